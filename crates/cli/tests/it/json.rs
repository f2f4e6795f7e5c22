//! With `--json`, every subcommand prints one JSON object and nothing else.

use serde_json::json;
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::program::Call;
use crate::running::Start;

on_both! {
    async fn every_subcommand_answers_with_one_object(test: TestDb) {
        let created = Call::on(&test, ["app", "create", "--json", "--name", "Acme"]);
        let created = created.end().await.object();
        assert!(created["app_id"].is_string(), "{created}");
        let listed = Call::on(&test, ["app", "list", "--json"]).end().await.object();
        assert_eq!(listed["apps"][0]["app_id"], created["app_id"]);
        for command in ["show", "rotate"] {
            let key = Call::on(&test, ["key", command, "--json", "--env", "live"]);
            let key = key.end().await.object();
            assert_eq!(key.as_object().unwrap().len(), 1, "{key}");
            assert!(key["api_key"].as_str().unwrap().starts_with("trn_live_"), "{key}");
        }
        let rotated = Call::on(&test, ["vault", "rotate", "--json"]).end().await.object();
        assert_eq!(rotated["environments"], json!(2));
        // `serve` reads one line; stopping gives what came after it.
        let server = Start::new(&test).up().await;
        assert!(server.greeting.is_object());
        assert_eq!(server.stop().await, "");
    }
}

#[tokio::test]
async fn the_catalogue_is_one_object() {
    let listed = Call::bare(["connectors", "list", "--json"])
        .end()
        .await
        .object();
    let slugs = listed["connectors"].as_array().unwrap().iter();
    let slugs: Vec<_> = slugs
        .map(|connector| connector["slug"].as_str().unwrap())
        .collect();
    assert!(
        slugs.contains(&"hubspot") && slugs.contains(&"playground_app"),
        "{slugs:?}"
    );
    let told = Call::bare(["connectors", "lint"]).end().await;
    assert_eq!(
        (told.success, told.stdout.as_str()),
        (true, "no findings\n"),
        "{told:?}"
    );
}

/// Without it, a key stands alone, so that a shell can take it.
#[tokio::test]
async fn without_it_the_answer_is_for_people() {
    let test = TestDb::sqlite();
    let created = Call::on(&test, ["app", "create", "--name", "Acme"])
        .end()
        .await;
    let shown = Call::on(&test, ["key", "show", "--env", "test"])
        .end()
        .await;
    let key = shown.stdout.trim_end();
    assert!(
        key.starts_with("trn_test_") && !key.contains(char::is_whitespace),
        "{shown:?}"
    );
    assert!(
        created.stdout.contains(&format!("test  {key}")),
        "{created:?}"
    );
}

#[tokio::test]
async fn the_document_of_the_api_is_one_object() {
    let document = Call::bare(["openapi"]).end().await.object();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/api/v2/public/linked-account"]["get"].is_object());
}
