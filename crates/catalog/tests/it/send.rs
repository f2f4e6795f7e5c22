//! Requests to a provider's API: what goes where, and what a caller cannot bend.

use proptest::prelude::*;
use serde_json::{Value, json};
use trunnel_catalog::{
    Access, BuildFault, Connector, Credential, action_request, probe_request, set_idempotency_key,
};
use trunnel_model::http::{HttpRequest, Redirects};
use trunnel_model::secret::Secret;

use crate::data::embedded;
use crate::support::{ACTION, CONNECTOR, access, acme, keys, load, object, token, typed, with};

fn send(connector: &Connector, action: &str, input: Value) -> Result<HttpRequest, BuildFault> {
    let secret = Secret::new("t0ken");
    let access = access(connector, "oauth2").with_credential(token(&secret));
    build(&access, action, input)
}

fn build(access: &Access<'_>, action: &str, input: Value) -> Result<HttpRequest, BuildFault> {
    let action = access.connector.action(action).unwrap();
    action_request(access, action, &object(input), None)
}

fn call(input: Value) -> Result<HttpRequest, BuildFault> {
    send(&acme(), "httprequest", input)
}

fn json_body(request: &HttpRequest) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[test]
fn inputs_go_where_the_action_puts_them() {
    let input = json!({ "id": 7, "name": "n", "tags": ["a", "b c"], "size": 1.5, "note": "x" });
    let request = send(&acme(), "change_thing", input).unwrap();
    assert_eq!(
        request.url.as_str(),
        "https://api.acme.example/v1/things/7/change?tag=a&tag=b%20c"
    );
    assert_eq!(request.headers["x-note"], "x");
    assert_eq!(request.headers["acme-version"], "7");
    assert_eq!(request.headers["authorization"], "Bearer t0ken");
    assert!(request.headers["authorization"].is_sensitive());
    assert_eq!(request.redirects, Redirects::SameOrigin);
    let expected = json!({
        "name": "n", "label": "a n", "size": 1.5, "fixed": { "one": 1 },
        "nested": { "size": 1.5 }, "list": ["n", 1.5]
    });
    assert_eq!(json_body(&request), expected);
}

#[test]
fn absent_inputs_leave_no_trace() {
    let request = send(&acme(), "change_thing", json!({ "id": "a/b" })).unwrap();
    assert_eq!(
        request.url.as_str(),
        "https://api.acme.example/v1/things/a%2Fb/change"
    );
    assert!(!request.headers.contains_key("x-note"));
    assert_eq!(json_body(&request), json!({ "fixed": { "one": 1 } }));
}

#[test]
fn faults_name_the_input() {
    for (input, said) in [
        (json!({}), "`id` is required"),
        (json!({ "id": "" }), "`id` must not be empty"),
        (
            json!({ "id": 1, "note": "a\nb" }),
            "`note` must not hold control characters",
        ),
        (
            json!({ "id": 1, "tags": [{}] }),
            "`tags` must be a text, a number, a boolean or a list",
        ),
    ] {
        let fault = send(&acme(), "change_thing", input).unwrap_err();
        assert_eq!(fault.as_input_fault().unwrap().to_string(), said);
    }
}

#[test]
fn a_key_is_placed_as_the_connector_says() {
    let catalog = embedded();
    let freshdesk = catalog.get("freshdesk").unwrap();
    let fields = object(json!({ "subdomain": "acme" }));
    let given = keys(&[("api_key", "k")]);
    let opened = access(freshdesk, "keybased")
        .with_fields(&fields)
        .with_credential(typed(&given));
    let request = probe_request(&opened).unwrap().unwrap();
    assert_eq!(request.headers["authorization"], "Basic azpY");
    assert_eq!(
        request.url.as_str(),
        "https://acme.freshdesk.com/api/v2/agents/me"
    );
    let place = "    place:\n      query:\n        api_key: ${credential.key}\n      body:\n        auth: { key: '${credential.key}' }\n      headers:\n";
    let connector = load(
        &with(CONNECTOR, "    place:\n      headers:\n", place),
        ACTION,
    )
    .unwrap();
    let acme = connector.get("acme").unwrap();
    let given = keys(&[("key", "k&1")]);
    let access = access(acme, "keybased").with_credential(typed(&given));
    let request = build(&access, "change_thing", json!({ "id": 1 })).unwrap();
    assert_eq!(request.url.query(), Some("api_key=k%261"));
    assert_eq!(json_body(&request)["auth"], json!({ "key": "k&1" }));
    assert!(!format!("{request:?}").contains("k&1") && !format!("{request:?}").contains("k%261"));
}

#[test]
fn a_credential_of_the_wrong_kind_builds_nothing() {
    let (acme, secret, given) = (acme(), Secret::new("t0ken"), keys(&[("key", "k")]));
    for (option, credential, missing) in [
        ("keybased", token(&secret), "credential.key"),
        ("keybased", Credential::default(), "credential.key"),
        ("oauth2", typed(&given), "access_token"),
    ] {
        let access = access(&acme, option).with_credential(credential);
        let fault = build(&access, "change_thing", json!({ "id": 1 })).unwrap_err();
        let name = missing.to_owned();
        assert_eq!(fault, BuildFault::Absent { name });
        assert_eq!(fault.as_input_fault(), None);
    }
    let catalog = embedded();
    let stripe = catalog.get("stripe").unwrap();
    let access = access(stripe, "keybased").with_credential(token(&secret));
    assert!(build(&access, "get_balance", json!({})).is_err());
}

#[test]
fn forms_write_nested_names_in_brackets() {
    let catalog = embedded();
    let stripe = catalog.get("stripe").unwrap();
    let input = json!({ "email": "a@b.c", "metadata": { "order": 7, "list": ["x"] } });
    let given = keys(&[("api_key", "sk")]);
    let access = access(stripe, "keybased").with_credential(typed(&given));
    let action = stripe.action("create_customer").unwrap();
    let mut request = build(&access, "create_customer", input).unwrap();
    assert_eq!(
        &request.body[..],
        b"email=a%40b.c&metadata%5Border%5D=7&metadata%5Blist%5D%5B0%5D=x"
    );
    set_idempotency_key(action, &mut request, "run-1");
    assert_eq!(request.headers["idempotency-key"], "run-1");
    let action = stripe.action("get_balance").unwrap();
    request.headers.clear();
    set_idempotency_key(action, &mut request, "run-1");
    assert!(request.headers.is_empty());
}

#[test]
fn a_caller_writes_a_whole_request() {
    let request = call(json!({
        "method": "PUT", "path": "/a%20b/c?x=1", "query": { "y": [1, true], "z": null },
        "headers": { "X-Mine": 5 }, "body": { "k": [1] }
    }));
    let request = request.unwrap();
    assert_eq!(request.method, http::Method::PUT);
    assert_eq!(
        request.url.as_str(),
        "https://api.acme.example/v1/a%20b/c?x=1&y=1&y=true"
    );
    assert_eq!(request.headers["x-mine"], "5");
    assert_eq!(request.headers["authorization"], "Bearer t0ken");
    assert_eq!(json_body(&request), json!({ "k": [1] }));
    let request = call(json!({ "method": "GET", "path": "things" })).unwrap();
    assert_eq!(request.url.as_str(), "https://api.acme.example/v1/things");
    assert!(request.body.is_empty() && !request.headers.contains_key("content-type"));
}

#[test]
fn a_caller_chooses_how_the_body_is_written() {
    let send = |kind: &str, body: Value| {
        let headers = json!({ "Content-Type": kind });
        let input = json!({ "method": "POST", "path": "/x", "headers": headers, "body": body });
        let request = call(input).unwrap();
        assert_eq!(request.headers["content-type"], kind);
        String::from_utf8(request.body.to_vec()).unwrap()
    };
    assert_eq!(send("text/csv", json!("a,b")), "a,b");
    assert_eq!(
        send("application/x-www-form-urlencoded", json!({ "a": "b c" })),
        "a=b+c"
    );
    assert_eq!(
        send("application/vnd.api+json", json!({ "a": 1 })),
        r#"{"a":1}"#
    );
    let request = call(json!({ "method": "POST", "path": "/x", "body": "text" })).unwrap();
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(&request.body[..], b"\"text\"");
}

#[test]
fn a_caller_cannot_leave_the_base() {
    for path in [
        "https://evil.example/x",
        "//evil.example/x",
        "http://api.acme.example/v1",
        "/../v2",
        "/a/%2E%2e/b",
        "..",
        "/a\\..\\b",
        "/a#b",
        "/a\nb",
        "/\t/evil.example",
    ] {
        let fault = call(json!({ "method": "GET", "path": path })).unwrap_err();
        assert!(fault.to_string().contains("input.path"), "{path}: {fault}");
    }
    // Odd, and still a path of the provider.
    for path in [
        "@evil.example",
        ":80/x",
        "/x@evil.example",
        "?x=https://evil.example",
        ".evil.example",
    ] {
        let url = call(json!({ "method": "GET", "path": path })).unwrap().url;
        assert_eq!(url.host_str(), Some("api.acme.example"), "{path}");
        assert_eq!(url.username(), "");
    }
}

#[test]
fn a_caller_cannot_speak_for_the_connection() {
    for name in [
        "Authorization",
        "host",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Cookie",
        "Proxy-Authorization",
    ] {
        let fault = call(json!({ "method": "GET", "path": "/", "headers": { name: "x" } }));
        assert!(
            fault
                .unwrap_err()
                .to_string()
                .contains("is set by the connection"),
            "{name}"
        );
    }
    for value in ["a\r\nX-B: b", "a\tb", "a\u{85}b", "a\0"] {
        let fault = call(json!({ "method": "GET", "path": "/", "headers": { "X-A": value } }));
        assert!(
            fault
                .unwrap_err()
                .to_string()
                .contains("control characters"),
            "{value:?}"
        );
    }
    // The header that carries the key is the connection's as well.
    let acme = acme();
    let given = keys(&[("key", "k")]);
    let input = json!({ "method": "GET", "path": "/", "headers": { "x-key": "mine" } });
    let access = access(&acme, "keybased").with_credential(typed(&given));
    let fault = build(&access, "httprequest", input);
    assert!(
        fault
            .unwrap_err()
            .to_string()
            .contains("is set by the connection")
    );
}

#[test]
fn the_playground_is_all_of_this_server_that_can_be_called() {
    let catalog = embedded();
    let playground = catalog.get("playground_app").unwrap();
    let call = |path: &str| {
        send(
            playground,
            "httprequest",
            json!({ "method": "GET", "path": path }),
        )
    };
    assert!(call("/playground/api/contacts").is_ok());
    for path in [
        "/metrics",
        "/api/v2/public/linked-account",
        "/playgrounds/x",
        "/playground/../metrics",
        "/",
    ] {
        assert!(call(path).is_err(), "{path}");
    }
}

#[test]
fn httprequest_checks_its_input() {
    let acme = acme();
    let action = acme.action("httprequest").unwrap();
    assert!(
        action
            .check(&json!({ "method": "GET", "path": "/" }))
            .is_ok()
    );
    for bad in [
        json!({}),
        json!({ "method": "TRACE", "path": "/" }),
        json!({ "method": "GET", "path": "" }),
    ] {
        assert!(action.check(&bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn no_path_of_a_caller_leaves_the_base(path in "[a-z./\\\\?#@:%2eE \t\n-]{0,12}|\\PC{0,12}") {
        if let Ok(request) = call(json!({ "method": "GET", "path": path })) {
            let url = request.url;
            prop_assert_eq!(url.origin().ascii_serialization(), "https://api.acme.example");
            prop_assert!(url.path() == "/v1" || url.path().starts_with("/v1/"), "{}", url);
            prop_assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
        }
    }

    #[test]
    fn no_header_of_a_caller_breaks_out(value in any::<String>()) {
        let input = json!({ "method": "GET", "path": "/", "headers": { "X-A": value } });
        if let Ok(request) = call(input) {
            let sent = request.headers["x-a"].as_bytes();
            prop_assert!(!sent.iter().any(u8::is_ascii_control));
            prop_assert_eq!(&request.headers["authorization"], "Bearer t0ken");
        }
    }
}

#[test]
fn a_connector_to_this_server_follows_no_redirect() {
    let catalog = embedded();
    let playground = catalog.get("playground_app").unwrap();
    let anything = json!({ "method": "GET", "path": "/playground/api/me" });
    for (action, input) in [("list_contacts", json!({})), ("httprequest", anything)] {
        let request = send(playground, action, input).unwrap();
        assert_eq!(request.redirects, Redirects::Never, "{action}");
    }
}

#[test]
fn the_catalogue_can_do_without_connectors_to_this_server() {
    let all = embedded();
    let others = all.clone().without_instance();
    assert!(others.get("playground_app").is_none());
    assert_eq!(others.iter().count(), all.iter().count() - 1);
}
