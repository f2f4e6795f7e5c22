//! Many connections from a file.

use serde_json::{Value, json};
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Answer, TestApp};
use crate::provider::{
    Acme, LIST_CONTACTS, application, events, form_of, playground_key, subscribe, tokens,
};
use crate::setup::account;

const IMPORT: &str = "/api/v2/public/connection/import";
const ALL: &str = "/api/v2/public/connection";

async fn send(actor: &Actor, query: &str, kind: &str, text: &str) -> Answer {
    let path = format!("{IMPORT}{query}");
    let body = Some(text.as_bytes().to_vec());
    actor
        .and("content-type", kind)
        .send("POST", &path, body)
        .await
}

async fn csv(actor: &Actor, text: &str) -> Value {
    send(actor, "", "text/csv", text).await.ok()
}

fn results(answer: &Value) -> Vec<&str> {
    let rows = answer["rows"].as_array().unwrap().iter();
    rows.map(|row| row["result"].as_str().unwrap()).collect()
}

on_both! {
    async fn good_rows_are_imported_and_bad_ones_listed(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Created"]).await;
        developer.test.account("ada").await;
        let (ada, bob) = (
            playground_key(&app, "ada@example.com").await,
            playground_key(&app, "bob@example.com").await,
        );
        let file = format!(
            "linked_account_id,name,slug,auth_type,api_key,metadata.plan\n\
             ada,,playground_app,keybased,{ada},pro\n\
             bob,Bob & Sons,playground_app,keybased,{bob},\n\
             carl,,playground_app,keybased,{bob},\n\
             dora,Dora,playground_app,keybased,pg_a-wrong-secret-key,\n\
             ada,,nothing,keybased,{ada},\n\
             ada,,playground_app,keybased,{bob},\n\
             ,,playground_app,keybased,{bob},\n\
             emil,Emil,playground_app,oauth2,{bob},\n"
        );
        let dry = send(&developer.test, "?dry_run=true", "text/csv", &file).await.ok();
        let (valid, failed) = (json!(3), json!(5));
        assert_eq!((&dry["valid"], &dry["failed"], &dry["dry_run"]), (&valid, &failed, &json!(true)));
        assert_eq!(developer.test.get(ALL).await.ok()["docs"], json!([]));

        let done = csv(&developer.test, &file).await;
        let wanted = ["created", "created", "failed", "failed", "failed", "failed", "failed", "failed"];
        assert_eq!(results(&done), wanted, "{done}");
        assert_eq!((&done["total"], &done["created"], &done["failed"]), (&json!(8), &json!(2), &json!(6)));
        let rows = done["rows"].as_array().unwrap();
        let numbers: Vec<_> = rows.iter().map(|row| row["row"].as_u64().unwrap()).collect();
        assert_eq!(numbers, [2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(rows[2]["field"], json!("linked_account_id"));
        assert_eq!(rows[2]["error_code"], json!("INVALID_LINKED_ACCOUNT_ID"));
        assert!(rows[3]["error"].as_str().unwrap().contains("does not accept"), "{done}");
        assert!(rows[5]["error"].as_str().unwrap().contains("row 2"), "{done}");
        assert_eq!(rows[7]["field"], json!("access_token"));
        let text = done.to_string();
        for secret in [&ada, &bob, "a-wrong-secret-key"] {
            assert!(!text.contains(secret), "{text}");
        }
        // A row that failed leaves no account behind; a good one makes it.
        developer.test.get(&account("dora")).await.fault(404);
        assert_eq!(developer.test.get(&account("bob")).await.ok()["name"], json!("Bob & Sons"));
        developer.test.on("bob").post(LIST_CONTACTS, json!({})).await.ok();
        let shown = developer.test.get(&format!("{ALL}?linked_account_id=ada")).await.ok();
        assert_eq!(shown["docs"][0]["metadata"], json!({ "plan": "pro" }));
        assert_eq!(events(&sink.wait_for(2).await), ["Connection Created", "Connection Created"]);
    }

    async fn repeating_a_file_is_harmless(test: TestDb) {
        let provider = Acme::start().await;
        let app = TestApp::with(&test, provider.options()).await;
        let developer = app.developer().await;
        provider.enable(&developer.test).await;
        let sink = Receiver::start().await;
        subscribe(&developer.test, &sink, &["Connection Created"]).await;
        let row = |refresh: &str| {
            let values = json!({ "access_token": "imported-access", "refresh_token": refresh, "expires_in": 60 });
            let row = json!({
                "linked_account_id": "ada",
                "name": "Ada",
                "slug": "acme",
                "auth_type": "oauth2",
                "auth": values,
                "metadata": { "plan": "pro" },
            });
            format!("{row}\n")
        };
        let lines = |text: String| {
            let developer = developer.test.clone();
            async move { send(&developer, "", "application/x-ndjson", &text).await.ok() }
        };
        let first = lines(row("imported-refresh")).await;
        assert_eq!(results(&first), ["created"], "{first}");
        let id = &first["rows"][0]["connection_id"];
        app.delivered().await;
        // The tokens have been renewed since: what the file says is used up.
        let ada = developer.test.on("ada");
        app.clock.advance_ms(61_000);
        provider.login.answer_with([tokens(2, 3600)]);
        provider.api.answer_by_default(Scripted::json(200, r#"{"things":[]}"#));
        app.passing(5, provider.run(&ada, "list_things", json!({}))).await.ok();
        let asked = (provider.login.requests().len(), provider.api.requests().len());
        let again = lines(row("imported-refresh")).await;
        assert_eq!(results(&again), ["unchanged"]);
        assert_eq!(&again["rows"][0]["connection_id"], id);
        assert_eq!((provider.login.requests().len(), provider.api.requests().len()), asked);
        provider.run(&ada, "list_things", json!({})).await.ok();
        let sent = provider.api.requests();
        assert_eq!(sent.last().unwrap().header("authorization"), Some("Bearer access-2"));
        // Another credential for the same connection replaces it.
        let changed = lines(row("another-refresh")).await;
        assert_eq!(results(&changed), ["updated"]);
        assert_eq!(&changed["rows"][0]["connection_id"], id);
        let shown = application(&ada, "acme").await;
        assert_eq!(shown["connected_accounts"].as_array().unwrap().len(), 1);
        app.clock.advance_ms(61_000);
        provider.login.answer_with([tokens(3, 3600)]);
        app.passing(5, provider.run(&ada, "list_things", json!({}))).await.ok();
        let last = provider.login.requests().pop().unwrap();
        assert_eq!(form_of(&last, "refresh_token").as_deref(), Some("another-refresh"));
        app.delivered().await;
        assert_eq!(events(&sink.requests()), ["Connection Created"]);
        let audit = app.audit(&developer, Environment::Test).await;
        let created = audit.iter().filter(|e| e.action == AuditAction::ConnectionCreated);
        assert_eq!(created.count(), 1);
    }

    async fn a_file_that_is_no_table_is_refused_without_repeating_it(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        for (text, status) in [
            ("", 400),
            ("linked_account_id,slug\n", 400),
            ("ada,playground_app,a-very-secret-key\n", 400),
            ("\u{0}\u{1}", 400),
        ] {
            let refused = send(&developer.test, "", "text/csv", text).await;
            refused.fault(status);
            assert!(!refused.text.contains("a-very-secret-key"), "{}", refused.text);
        }
        let broken = "{\"linked_account_id\":\"ada\",\"api_key\":\"a-very-secret-key\"\n{}\n[1]\n{\"slug\":7,\"linked_account_id\":[]}\n";
        let answer = send(&developer.test, "", "application/x-ndjson", broken).await.ok();
        assert_eq!(results(&answer), ["failed"; 4]);
        assert!(!answer.to_string().contains("a-very-secret-key"), "{answer}");
        let rows: Vec<_> = (0..1001).map(|n| format!("{{\"linked_account_id\":\"a{n}\",\"slug\":\"x\"}}")).collect();
        let many = send(&developer.test, "", "application/x-ndjson", &rows.join("\n")).await;
        assert_eq!(many.fault(413).0, "PAYLOAD_TOO_LARGE");
        let session = developer.test.account("ada").await;
        drop(session);
        let session = developer.test.session("ada").await;
        assert_eq!(send(&session, "", "text/csv", "x").await.status, 401);
    }
}
