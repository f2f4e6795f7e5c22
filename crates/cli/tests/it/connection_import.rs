//! `trunnel connection import`, beside the server that goes on serving.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::api::{Api, key_of};
use crate::program::{Call, Ended};
use crate::running::{Running, Start};
use crate::time::until;

/// More than what is imported in one piece.
const CUSTOMERS: usize = 230;
const CONNECTIONS: &str = "/api/v2/public/connection?limit=100";
const CONTACTS: &str = "/api/v2/integration-schema/playground_app/actions/list_contacts/execute";

/// A key of the Playground for each customer, in a file as another system would leave it.
async fn exported(server: &Running, folder: &Path) -> PathBuf {
    let playground = Api::new(&server.url);
    let mut text = "linked_account_id,name,slug,auth_type,api_key\n".to_owned();
    for number in 0..CUSTOMERS {
        let email = format!("customer-{number}@example.com");
        let body = json!({ "email": email, "password": "playground" });
        let made = playground.post("/playground/api-keys", body).await.json();
        let key = made["api_key"].as_str().unwrap();
        writeln!(
            text,
            "c{number},Customer {number},playground_app,keybased,{key}"
        )
        .unwrap();
    }
    written(folder, "good.csv", &text)
}

fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn import(test: &TestDb, server: &Running, file: &Path) -> Call {
    let address = server.url.strip_prefix("http://").unwrap();
    let mut call = Call::on(test, ["connection", "import", "--env", "test", "--json"])
        .with("--listen", address)
        .env("TRUNNEL_EGRESS_ALLOW", "127.0.0.0/8");
    call.command.arg(file);
    call
}

/// What was told by a call that may have failed for some rows.
fn told(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended:?}"))
}

fn counts(told: &Value) -> [u64; 4] {
    ["valid", "created", "unchanged", "failed"].map(|name| told[name].as_u64().unwrap())
}

/// How many there are, over all pages.
async fn connections(developer: &Api) -> u64 {
    let (mut count, mut path) = (0, CONNECTIONS.to_owned());
    loop {
        let page = developer.get(&path).await.ok();
        count += page["docs"].as_array().unwrap().len() as u64;
        match page["next_cursor"].as_str() {
            Some(next) => path = format!("{CONNECTIONS}&cursor={next}"),
            None => return count,
        }
    }
}

on_both! {
    async fn a_file_is_tried_imported_and_repeated(test: TestDb) {
        let server = Start::new(&test).up().await;
        let developer = server.with_key(&key_of(&test, "test").await);
        let folder = tempfile::tempdir().unwrap();
        let good = exported(&server, folder.path()).await;
        let mut text = std::fs::read_to_string(&good).unwrap();
        text.push_str("late-1,Late,playground_app,keybased,not-a-key\n");
        text.push_str("late-2,Late,no_such_app,keybased,whatever\n");
        let some_bad = written(folder.path(), "some-bad.csv", &text);
        let all = CUSTOMERS as u64;

        let mut dry = import(&test, &server, &good);
        dry.command.arg("--dry-run");
        let dry = dry.end().await.object();
        assert_eq!(counts(&dry), [all, 0, 0, 0], "{dry}");
        assert_eq!(connections(&developer).await, 0);

        let first = import(&test, &server, &some_bad).end().await;
        assert!(!first.success, "{first:?}");
        let first = told(&first);
        assert_eq!(counts(&first), [0, all, 0, 2], "{first}");
        let rows: Vec<_> = first["errors"].as_array().unwrap().iter().map(|e| &e["row"]).collect();
        // As an editor counts them: the first line names the columns.
        assert_eq!(rows, [&json!(all + 2), &json!(all + 3)], "{first}");
        assert_eq!(connections(&developer).await, all);
        developer.of("c7").post(CONTACTS, json!({})).await.ok();

        let again = import(&test, &server, &good).end().await.object();
        assert_eq!(counts(&again), [0, 0, all, 0], "{again}");
        server.stop().await;
    }

    async fn what_a_kill_has_interrupted_is_finished_by_repeating_it(test: TestDb) {
        let server = Start::new(&test).up().await;
        let developer = server.with_key(&key_of(&test, "test").await);
        let folder = tempfile::tempdir().unwrap();
        let good = exported(&server, folder.path()).await;
        let mut call = import(&test, &server, &good);
        call.command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut running = call.command.spawn().unwrap();
        let begun = async || (connections(&developer).await > 0).then_some(());
        until("the first connection", begun).await;
        running.kill().await.unwrap();
        let before = connections(&developer).await;
        let all = CUSTOMERS as u64;
        assert!((1..=all).contains(&before), "{before}");

        let rest = import(&test, &server, &good).end().await.object();
        assert_eq!(counts(&rest), [0, all - before, before, 0], "{rest}");
        assert_eq!(connections(&developer).await, all);
        server.stop().await;
    }
}
