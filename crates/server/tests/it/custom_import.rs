//! Custom apps from `OpenAPI` documents.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use trunnel_testing::on_both;
use trunnel_testing::receiver::{Answer as Scripted, Receiver};

use crate::app::{Actor, Options, TestApp};
use crate::custom_app::APPS;

const IMPORT: &str = "/api/v2/public/custom-app/import";
const PETS: &str = "/api/v2/public/custom-app/pets";

/// A document with these operations, each at a path of its name.
fn document(api: &Receiver, operations: &[(&str, &str)]) -> Value {
    let path = |(id, summary): &(&str, &str)| {
        let operation = json!({
            "operationId": id,
            "summary": summary,
            "parameters": [{ "name": "limit", "in": "query", "schema": { "type": "integer" } }],
            "responses": { "200": { "description": "Fine." } },
        });
        (format!("/{id}"), json!({ "get": operation }))
    };
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Pets", "version": "1", "description": "Everything about pets." },
        "servers": [{ "url": api.url("/v1") }],
        "components": { "securitySchemes": { "key": { "type": "apiKey", "in": "header", "name": "X-Key" } } },
        "security": [{ "key": [] }],
        "paths": operations.iter().map(path).collect::<serde_json::Map<_, _>>(),
    })
}

fn ids(list: &Value) -> Vec<(&str, &str)> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| (one["id"].as_str().unwrap(), one["source"].as_str().unwrap()))
        .collect()
}

/// Nothing came of it, and the caller is told why.
async fn refused(developer: &Actor, body: Value, field: &str, why: &str) {
    let answer = developer.post(IMPORT, body).await;
    let (code, message) = answer.fault(400);
    assert_eq!(
        (code.as_str(), &answer.json()["field"]),
        ("VALIDATION_ERROR", &json!(field))
    );
    assert!(message.contains(why), "{message}");
    assert_eq!(developer.get(APPS).await.ok(), json!([]));
}

/// Sends chunk after chunk and never says how many there will be.
async fn endless() -> (String, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/spec", listener.local_addr().unwrap());
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = [0; 1024];
        let _ = stream.read(&mut head).await.unwrap();
        let start = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(start).await.unwrap();
        let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
        for _ in 0..800 {
            if stream.write_all(chunk.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    (url, serving)
}

on_both! {
    async fn a_link_becomes_an_app_with_an_action_for_each_operation(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let developer = app.developer().await;
        let spec = document(&api, &[("listPets", "List pets"), ("listOwners", "List owners")]);
        api.answer_with([Scripted::redirect("/moved"), Scripted::json(200, &spec.to_string())]);
        let body = json!({ "name": "Pets", "description": "Pets of all kinds.", "url": api.url("/spec") });
        let done = developer.test.post(IMPORT, body).await.ok();
        assert_eq!(
            (&done["slug"], &done["actions"], &done["created"], &done["updated"]),
            (&json!("pets"), &json!(2), &json!(true), &json!(false)),
        );
        assert_eq!(done["report"]["added"], json!(["list_pets", "list_owners"]));
        let made = developer.test.get(PETS).await.ok();
        assert_eq!(
            (&made["source"], &made["source_url"], &made["description"], &made["enabled"]),
            (&json!("openapi"), &json!(api.url("/spec")), &json!("Pets of all kinds."), &json!(false)),
        );

        developer.test.put("/api/v2/public/connector/pets", json!({ "enabled": true })).await.ok();
        let acme = developer.test.account("acme").await;
        let save = "/api/v2/public/linked-account/integration/save-key-credentials/pets";
        acme.put(save, json!({ "api_key": "k" })).await.ok();
        api.answer_with([Scripted::json(200, "[]")]);
        let run = "/api/v2/integration-schema/pets/actions/list_pets/execute";
        acme.post(run, json!({ "limit": 3 })).await.ok();
        let asked = api.requests().pop().unwrap();
        assert_eq!((asked.path.as_str(), asked.query.as_deref()), ("/v1/listPets", Some("limit=3")));
        assert_eq!(asked.header("x-key"), Some("k"));
    }

    async fn a_second_import_updates_and_leaves_what_was_written_by_hand(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let developer = app.developer().await;
        let of = |operations: &[(&str, &str)]| {
            json!({ "document": document(&api, operations).to_string() })
        };
        let first = [("stays", "Stays"), ("changes", "Changes"), ("goes", "Goes"), ("mine", "Mine")];
        let done = developer.test.post(IMPORT, of(&first)).await.ok();
        assert_eq!(done["slug"], "pets");
        let hand = json!({
            "id": "by_hand",
            "name": "By hand",
            "request": { "method": "GET", "path": "/by-hand" },
        });
        developer.test.post(&format!("{PETS}/action"), hand).await.ok();
        // Whoever changes an imported action makes it their own.
        let mine = format!("{PETS}/action/mine");
        let mut action = developer.test.get(&mine).await.ok();
        action["name"] = json!("My own");
        assert_eq!(developer.test.put(&mine, action).await.ok()["source"], "own");

        let second = [("stays", "Stays"), ("changes", "Changed"), ("mine", "Other"), ("comes", "Comes")];
        let done = developer.test.post(IMPORT, of(&second)).await.ok();
        assert_eq!((&done["created"], &done["updated"], &done["actions"]), (&json!(false), &json!(true), &json!(5)));
        let report = &done["report"];
        assert_eq!(
            (&report["added"], &report["changed"], &report["removed"], &report["kept"]),
            (&json!(["comes"]), &json!(["changes"]), &json!(["goes"]), &json!(["mine", "by_hand"])),
        );
        let list = developer.test.get(&format!("{PETS}/action")).await.ok();
        assert_eq!(ids(&list), [
            ("by_hand", "own"), ("changes", "openapi"), ("comes", "openapi"), ("mine", "own"),
            ("stays", "openapi"),
        ]);
        let version = |id: &str| {
            list.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap()["version"].clone()
        };
        assert_eq!((version("stays"), version("changes")), (json!(1), json!(2)));
        assert_eq!(developer.test.get(&mine).await.ok()["name"], "My own");
        assert_eq!(developer.test.get(APPS).await.ok().as_array().unwrap().len(), 1);

        // So is the connector, once it was changed by hand.
        let mut connector = developer.test.get(PETS).await.ok()["connector"].clone();
        connector["base_url"] = json!("https://own.example");
        developer.test.put(PETS, json!({ "connector": connector })).await.ok();
        let done = developer.test.post(IMPORT, of(&second)).await.ok();
        assert!(done["report"]["notes"][0].as_str().unwrap().contains("changed by hand"), "{done}");
        assert_eq!(developer.test.get(PETS).await.ok()["connector"]["base_url"], "https://own.example");
    }

    async fn the_document_may_be_yaml_or_an_object(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let developer = app.developer().await;
        let yaml = format!(
            "openapi: 3.0.3\ninfo: {{ title: Yaml Pets, version: '1' }}\nservers:\n  - url: {}\npaths:\n  \
             /pets:\n    get:\n      responses: {{}}\n",
            api.url("")
        );
        let done = developer.test.post(IMPORT, json!({ "document": yaml })).await.ok();
        assert_eq!((&done["slug"], &done["name"]), (&json!("yaml_pets"), &json!("Yaml Pets")));
        let object = document(&api, &[("listPets", "List")]);
        let done = developer.test.post(IMPORT, json!({ "document": object, "slug": "other" })).await;
        assert_eq!(done.ok()["slug"], "other");
    }

    async fn a_link_that_leads_nowhere_creates_nothing(test: TestDb) {
        let options = Options { outbound_timeout: std::time::Duration::from_secs(2), ..Options::default() };
        let (app, api) = (TestApp::with(&test, options).await, Receiver::start().await);
        let developer = app.developer().await.test;
        let link = |url: &str| json!({ "name": "Pets", "url": url });
        refused(&developer, link("nothing"), "url", "it is no URL").await;
        refused(&developer, link("file:///etc/passwd"), "url", "must begin with https://").await;
        refused(&developer, link("http://10.0.0.1/spec"), "url", "private").await;
        refused(&developer, link("http://169.254.169.254/latest"), "url", "not sent").await;
        refused(&developer, link("http://user:pw@127.0.0.1/"), "url", "not sent").await;
        refused(&developer, link("http://127.0.0.1:1/"), "url", "refused the connection").await;
        for (answer, why) in [
            (Scripted::redirect("http://10.0.0.1/spec"), "private"),
            (Scripted::status(404), "answered 404"),
            (Scripted::never(), "in time"),
            (Scripted::hang_up(), "before its answer was complete"),
            (Scripted::status(200).body(vec![0xff, 0xfe]), "no text"),
            (Scripted::status(200).body(vec![b' '; 25 * 1024 * 1024]), "larger than 20 MB"),
        ] {
            api.answer_with([answer]);
            refused(&developer, link(&api.url("/spec")), "url", why).await;
        }
        api.answer_by_default(Scripted::redirect("/again"));
        refused(&developer, link(&api.url("/spec")), "url", "redirects").await;
        let (url, _serving) = endless().await;
        refused(&developer, link(&url), "url", "larger than 20 MB").await;
    }

    async fn a_document_that_is_none_creates_nothing(test: TestDb) {
        let (app, api) = (TestApp::start(&test).await, Receiver::start().await);
        let developer = app.developer().await.test;
        let text = |text: &str| json!({ "name": "Pets", "document": text });
        refused(&developer, text("<!doctype html><html></html>"), "document", "web page").await;
        refused(&developer, text(""), "document", "empty").await;
        refused(&developer, text("openapi: [3.0\n  x: :"), "document", "not valid YAML").await;
        refused(&developer, text("{\"openapi\": \"3.0.0\","), "document", "line 1").await;
        refused(&developer, text("{\"swagger\": \"2.0\"}"), "document", "Swagger 2.0").await;
        refused(&developer, text("a: 1"), "document", "no OpenAPI document").await;
        refused(&developer, json!({ "name": "Pets", "document": 7 }), "document", "text").await;
        refused(&developer, json!({ "name": "Pets" }), "url", "either").await;
        let both = json!({ "url": api.url("/"), "document": "x" });
        refused(&developer, both, "url", "either").await;
        let mut untitled = document(&api, &[("a", "A")]);
        untitled["info"]["title"] = json!("");
        refused(&developer, json!({ "document": untitled }), "name", "no title").await;

        // Read and understood, and nothing in it that can be called.
        let mut none = document(&api, &[("a", "A")]);
        none["paths"] = json!({ "/a": { "trace": { "operationId": "a" } } });
        let answer = developer.post(IMPORT, json!({ "name": "Pets", "document": none })).await;
        let (_, message) = answer.fault(400);
        assert!(message.starts_with("None of the document's operations"), "{message}");
        assert_eq!(answer.json()["report"]["skipped"][0]["operation"], "TRACE /a");
        assert_eq!(developer.get(APPS).await.ok(), json!([]));

        // Zero characters are no reason to fail, nor are ids that nobody can say.
        let mut odd = document(&api, &[("a", "A")]);
        odd["info"]["title"] = json!("Od\u{0}d");
        odd["paths"]["/a"]["get"]["summary"] = json!("A\u{0}B");
        odd["paths"]["/httprequest"] = json!({ "get": { "operationId": "httprequest" } });
        let done = developer.post(IMPORT, json!({ "document": odd })).await.ok();
        assert_eq!(done["actions"], 2, "{done}");

        let whole = document(&api, &[("a", "A")]);
        let taken = json!({ "slug": "github", "document": whole });
        let answer = developer.post(IMPORT, taken).await;
        assert_eq!((answer.fault(409).0.as_str(), &answer.json()["field"]), ("CONFLICT", &json!("slug")));
    }
}
