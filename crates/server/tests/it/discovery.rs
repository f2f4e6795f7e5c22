//! Servers that customers name: what they say of themselves is believed no further than it goes.

use serde_json::{Value, json};
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};
use url::Url;

use crate::app::{Actor, TestApp};
use crate::consent::{OAUTH_URL, Provider, callback, enable, html, is_connected};
use crate::provider::{form_of, query_of};

const TEXT: &str = "
base_url: ${field.server}
fields:
  - { name: server, label: Server }
  - { name: authorization_endpoint, automated: true }
  - { name: token_endpoint, automated: true }
  - { name: registration_endpoint, automated: true }
auth:
  oauth2:
    discovery: ${field.server}
    authorization_url: ${field.authorization_endpoint}
    token_url: ${field.token_endpoint}
    registration_url: ${field.registration_endpoint}
";

fn page(body: &Value) -> Scripted {
    Scripted::json(200, &body.to_string())
}

/// What a server at this origin says, and how it differs from the ordinary.
fn metadata(origin: &str, otherwise: &Value) -> Scripted {
    let mut body = json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "registration_endpoint": format!("{origin}/register"),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    });
    for (name, value) in otherwise.as_object().unwrap() {
        body[name] = value.clone();
    }
    page(&body)
}

/// The three pages that come before the authorization server's.
fn no_resource() -> [Scripted; 3] {
    [404, 404, 404].map(Scripted::status)
}

fn client(id: &str, secret: &str) -> Scripted {
    let body = json!({ "client_id": id, "client_secret": secret });
    Scripted::json(201, &body.to_string())
}

fn begin(server: &str) -> String {
    let mut url: Url = format!("http://x{OAUTH_URL}").parse().unwrap();
    url.query_pairs_mut().append_pair("server", server);
    format!("{}?{}", url.path(), url.query().unwrap())
}

async fn begun(server: &Receiver, answers: Vec<Scripted>, actor: &Actor) -> Url {
    server.answer_with(answers);
    let begun = actor.get(&begin(&server.url("/mcp"))).await.ok();
    begun["auth_url"].as_str().unwrap().parse().unwrap()
}

on_both! {
    async fn what_a_server_says_is_checked_before_it_is_used(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        let acme = developer.test.account("acme").await;
        let (origin, server) = (provider.server.url(""), provider.server.url("/mcp"));
        let (code, _) = acme.get(&begin(&server)).await.fault(400);
        assert_eq!(code, "APP_NOT_ENABLED");
        assert!(provider.server.requests().is_empty(), "asked for nobody");
        enable(&developer.test, false).await;
        let said = |body: Value| vec![Scripted::status(401), page(&body)];
        let about = |otherwise: Value| {
            let mut pages = no_resource().to_vec();
            pages.push(metadata(&origin, &otherwise));
            pages
        };
        let elsewhere = json!({
            "resource": "https://elsewhere.example/mcp",
            "authorization_servers": [origin],
        });
        let private = json!({ "resource": server, "authorization_servers": ["http://10.1.2.3"] });
        let mut wrong_issuer = said(json!({ "resource": server, "authorization_servers": [origin] }));
        wrong_issuer.push(metadata(&origin, &json!({ "issuer": "https://other.example" })));
        for (answers, words) in [
            (vec![html(), html(), html(), html(), html()], "has no OAuth metadata"),
            (said(elsewhere), "is another server's"),
            (said(private), "only public addresses"),
            (said(json!({ "resource": server })), "lacks an endpoint"),
            (wrong_issuer, "is another server's"),
            (about(json!({ "issuer": "https://other.example" })), "is another server's"),
            (about(json!({ "token_endpoint": "http://169.254.1.1/t" })), "only public addresses"),
            (about(json!({ "token_endpoint": "http://plain.example/t" })), "lacks an endpoint"),
            (about(json!({ "authorization_endpoint": "javascript:alert(1)" })), "lacks an endpoint"),
            (about(json!({ "registration_endpoint": "http://192.168.0.1/r" })), "only public addresses"),
            (about(json!({ "code_challenge_methods_supported": ["plain"] })), "does not support PKCE"),
            (about(json!({ "registration_endpoint": null })), "let clients register"),
        ] {
            provider.server.answer_with(answers);
            let refused = acme.get(&begin(&server)).await;
            assert_eq!(refused.status, 400, "{words}: {}", refused.text);
            assert!(refused.text.contains(words), "{words}: {}", refused.text);
            // Each begins anew, with none of the former's answers left.
            drain(&provider.server).await;
        }
        for address in ["http://10.0.0.1/mcp", "http://[fd00::1]/mcp", "ftp://x.example/mcp"] {
            let refused = acme.get(&begin(address)).await;
            assert_eq!(refused.status, 400, "{address}: {}", refused.text);
        }
        assert!(provider.requests("/register").is_empty());
        assert!(!is_connected(&acme).await);
    }

    async fn a_server_that_registers_nobody_connects_nobody(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        enable(&developer.test, false).await;
        let acme = developer.test.account("acme").await;
        let refusal = Scripted::json(400, r#"{"error":"invalid_redirect_uri"}"#);
        for (answer, status, code) in [
            (refusal, 400, "APP_CREDENTIALS_REFUSED"),
            (Scripted::status(403), 400, "APP_CREDENTIALS_REFUSED"),
            (Scripted::status(500), 502, "EXTERNAL_API_FAILURE"),
            (html(), 502, "EXTERNAL_API_FAILURE"),
            (Scripted::hang_up(), 502, "EXTERNAL_API_FAILURE"),
        ] {
            let origin = provider.server.url("");
            provider.server.answer_with(no_resource());
            provider.server.answer_with([metadata(&origin, &json!({})), answer]);
            let refused = acme.get(&begin(&provider.server.url("/mcp"))).await;
            assert_eq!(refused.fault(status).0, code, "{}", refused.text);
        }
        // There is no client of the developer's to set: it would be everybody's.
        let setting = json!({ "client_id": "mine", "client_secret": "mine" });
        let path = "/api/v2/public/connector/scripted";
        let (_, message) = developer.test.put(path, setting).await.fault(400);
        assert!(message.contains("registers a client with each server itself"), "{message}");
    }

    async fn a_client_is_shown_to_the_server_that_made_it_only(test: TestDb) {
        let provider = Provider::start(TEXT).await;
        let (first, second) = (&provider.server, Receiver::start().await);
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        enable(&developer.live, false).await;
        let (acme, bolt) = (developer.live.account("acme").await, developer.live.account("bolt").await);
        let about = |server: &Receiver, secret: &str| {
            let names_itself = json!({ "authorization_response_iss_parameter_supported": true });
            let mut pages = no_resource().to_vec();
            pages.push(metadata(&server.url(""), &names_itself));
            pages.push(client("the-same-name", secret));
            pages
        };
        let of_first = begun(first, about(first, "secret-of-the-first"), &acme).await;
        let of_second = begun(&second, about(&second, "secret-of-the-second"), &bolt).await;
        for (server, url, secret) in [
            (first, &of_first, "secret-of-the-first"),
            (&second, &of_second, "secret-of-the-second"),
        ] {
            assert_eq!(query_of(url, "client_id").as_deref(), Some("the-same-name"));
            assert_eq!(query_of(url, "resource"), Some(server.url("/mcp")));
            assert!(query_of(url, "code_challenge").is_some());
            let state = query_of(url, "state").unwrap();
            let tokens = r#"{"access_token":"at","refresh_token":"rt","expires_in":60}"#;
            server.answer_with([Scripted::json(200, tokens)]);
            let issuer = server.url("");
            let back = callback(&app, &format!("state={state}&code=c&iss={issuer}")).await;
            assert_eq!(back.status, 200, "{}", back.text);
            let sent = server.requests().pop().unwrap();
            assert_eq!(form_of(&sent, "client_secret").as_deref(), Some(secret));
            assert_eq!(form_of(&sent, "resource"), Some(server.url("/mcp")));
            assert!(form_of(&sent, "code_verifier").is_some());
        }
        // Refreshed with the same client, at the same server, for the same resource.
        app.clock.advance_ms(120_000);
        let run = "/api/v2/integration-schema/scripted/actions/get_me/execute";
        let tokens = Scripted::json(200, r#"{"access_token":"at2","expires_in":60}"#);
        second.answer_with([tokens, Scripted::json(200, "{}")]);
        bolt.post(run, json!({})).await.ok();
        let mut sent = second.requests();
        sent.retain(|request| request.path == "/token");
        let last = sent.pop().unwrap();
        assert_eq!(form_of(&last, "grant_type").as_deref(), Some("refresh_token"));
        assert_eq!(form_of(&last, "client_secret").as_deref(), Some("secret-of-the-second"));
        assert_eq!(form_of(&last, "resource"), Some(second.url("/mcp")));

        // An answer of the other server's, and one that does not say whose it is.
        for iss in [format!("&iss={}", second.url("")), String::new()] {
            let mut pages = no_resource().to_vec();
            let names_itself = json!({ "authorization_response_iss_parameter_supported": true });
            pages.push(metadata(&first.url(""), &names_itself));
            let url = begun(first, pages, &acme).await;
            let state = query_of(&url, "state").unwrap();
            let page = callback(&app, &format!("state={state}&code=c{iss}")).await;
            assert_eq!(page.status, 400, "{}", page.text);
            assert!(page.text.contains("does not come from"), "{}", page.text);
        }
        let registered = provider.requests("/register");
        assert_eq!(registered.len(), 1, "used again");
        let asked: Value = serde_json::from_slice(&registered[0].body).unwrap();
        assert_eq!(asked["redirect_uris"], json!([app.core.callback_url("scripted")]));
        assert_eq!(asked["client_name"], json!("Acme"));
        assert_eq!(asked["token_endpoint_auth_method"], json!("client_secret_post"));
    }
}

/// Uses up the answers that are left over.
async fn drain(server: &Receiver) {
    for _ in 0..5 {
        let url = server.url("/drained");
        crate::browser::http_client().get(url).send().await.ok();
    }
}
