//! What the program refuses to start with, and in which words.

use std::path::PathBuf;

use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::program::Call;
use crate::running::Start;

/// The folder of a test, with one file in it.
fn file(test: &TestDb, name: &str, content: &str) -> PathBuf {
    let path = test.location_args().data_dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path
}

async fn refused(start: Start<'_>, words: &[&str]) {
    let ended = start.refused().await;
    for words in words {
        assert!(
            ended.complaint().contains(words),
            "{words}: {}",
            ended.stderr
        );
    }
    let dir = start.test().location_args().data_dir;
    assert!(!dir.join("master.key").exists(), "nothing was made");
}

#[tokio::test]
async fn a_misspelt_variable_is_refused_with_the_nearest_name() {
    let test = TestDb::sqlite();
    let start = Start::new(&test).env("TRUNNEL_EGRES_ALLOW", "10.0.0.0/8");
    refused(
        start,
        &[
            "TRUNNEL_EGRES_ALLOW is not a setting",
            "TRUNNEL_EGRESS_ALLOW?",
        ],
    )
    .await;
    // So does every other subcommand.
    let ended = Call::bare(["connectors", "list"])
        .env("TRUNNEL_CONECTORS", "/")
        .end()
        .await;
    assert!(
        ended
            .complaint()
            .contains("Did you mean TRUNNEL_CONNECTORS?"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_mistake_in_the_settings_file_is_named() {
    for (text, words) in [
        (
            "[shared_clients.hubspot]\nclient_idd = \"a\"\n",
            "client_idd",
        ),
        (
            "[shared_client.hubspot]\nclient_id = \"a\"\n",
            "shared_client",
        ),
        (
            "[shared_clients.hubspott]\nclient_id = \"a\"\n",
            "no connector is called `hubspott`",
        ),
        ("[shared_clients.hubspot]\n", "client_id"),
        ("[shared_clients\n", "line 1"),
    ] {
        let test = TestDb::sqlite();
        let path = file(&test, "trunnel.toml", text);
        let start = Start::new(&test).option("--settings", &path);
        let place = path.to_str().unwrap();
        refused(start, &["settings file", place, words]).await;
    }
    let test = TestDb::sqlite();
    let start = Start::new(&test).option("--settings", "/no/such/file.toml");
    refused(start, &["settings file /no/such/file.toml", "No such file"]).await;
}

#[tokio::test]
async fn a_broken_connector_is_named_with_its_line_and_field() {
    let test = TestDb::sqlite();
    let yaml = "slug: acme\nname: Acme\ndescription: It is broken.\ncategories: [crm]\n\
        docs: https://acme.example/\nbase_url: https://api.acme.example\nauth:\n  oauth2:\n    \
        authorization_url: https://acme.example/authorize\n    token_url: nowhere\n";
    let path = file(&test, "connectors/acme/connector.yaml", yaml);
    let place = format!("{}:10: auth.oauth2.token_url:", path.display());
    let folder = test.location_args().data_dir.join("connectors");
    refused(Start::new(&test).option("--connectors", &folder), &[&place]).await;
    let listed = Call::bare(["connectors", "list"])
        .with("--connectors", &folder)
        .end()
        .await;
    assert!(listed.complaint().contains(&place), "{listed:?}");
}

#[tokio::test]
async fn a_setting_that_cannot_be_read_is_named() {
    let cases: [(&str, &str, &[&str]); 4] = [
        ("--log", "trunnel=loud", &["--log trunnel=loud"]),
        (
            "--public-url",
            "ftp://example.com",
            &["--public-url", "http:// or https://"],
        ),
        ("--egress-allow", "10.0.0.0/99", &["10.0.0.0/99"]),
        ("--session-ttl", "soon", &["--session-ttl", "soon"]),
    ];
    for (name, value, words) in cases {
        let test = TestDb::sqlite();
        let mut start = Start::new(&test);
        if name != "--log" && name != "--egress-allow" {
            start = start.option(name, value);
        } else {
            let variable = format!("TRUNNEL_{}", name[2..].to_uppercase().replace('-', "_"));
            start = start.env(&variable, value);
        }
        let ended = start.refused().await;
        for words in words {
            assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
        }
        assert!(
            !test.location_args().data_dir.join("master.key").exists(),
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_address_in_use_is_said_to_be() {
    let test = TestDb::sqlite();
    let server = Start::new(&test).up().await;
    let taken = server.greeting["listen"].as_str().unwrap();
    let other = TestDb::sqlite();
    let words = format!("cannot listen on {taken}");
    refused(Start::new(&other).listen(taken), &[&words, "in use"]).await;
}

#[tokio::test]
async fn one_data_directory_has_one_server() {
    let test = TestDb::sqlite();
    let start = Start::new(&test);
    let server = start.up().await;
    let ended = start.refused().await;
    let words = format!(
        "another server is running on {}",
        test.location_args().data_dir.display()
    );
    assert!(ended.complaint().contains(&words), "{ended:?}");
    assert!(ended.complaint().contains("DATABASE_URL"), "{ended:?}");
    // The lock ends with its holder, however that ends.
    server.kill().await;
    start.up().await;
}

#[tokio::test]
async fn one_postgresql_database_has_any_number_of_servers() {
    let test = TestDb::postgres().await;
    let (one, other) = (Start::new(&test), Start::new(&test));
    let (one, other) = (one.up().await, other.up().await);
    let key = crate::api::key_of(&test, "test").await;
    one.with_key(&key).account("acme").await;
    let path = format!("{}/acme", crate::api::ACCOUNTS);
    other.with_key(&key).get(&path).await.ok();
}

on_both! {
    async fn a_newer_schema_is_left_alone(test: TestDb) {
        let start = Start::new(&test);
        start.up().await.stop().await;
        test.tamper("INSERT INTO schema_migration (number, name) VALUES (9999, 'later')").await;
        let ended = start.refused().await;
        let words = "this database was written by a newer Trunnel (its schema is 9999";
        assert!(ended.complaint().contains(words), "{ended:?}");
        let listed = Call::on(&test, ["app", "list"]).end().await;
        assert!(listed.complaint().contains(words), "{listed:?}");
        test.tamper("DELETE FROM schema_migration WHERE number = 9999").await;
        start.up().await;
    }
}
