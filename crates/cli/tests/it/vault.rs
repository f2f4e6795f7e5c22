//! Sealing everything anew while a server runs, and however often it is cut off.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use trunnel_testing::chance::SeededChance;
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;
use trunnel_testing::receiver::Receiver;

use crate::api::{Api, is_signed_with, key_of};
use crate::program::Call;
use crate::running::{Running, Start};
use crate::sql::pairs;
use crate::time::pause;

/// Connections of each kind.
const CONNECTED: usize = 6;

/// What there is to open: keys, connections of both kinds, a webhook's secret.
struct Sealed {
    keys: [String; 2],
    sink: Receiver,
    whsec: String,
    made: usize,
}

impl Sealed {
    async fn make(test: &TestDb, server: &Running) -> Self {
        let keys = [key_of(test, "test").await, key_of(test, "live").await];
        let developer = server.with_key(&keys[0]);
        for at in 0..CONNECTED {
            let email = format!("user{at}@example.com");
            developer
                .account(&format!("oauth{at}"))
                .await
                .connect(&email)
                .await;
            developer
                .account(&format!("keys{at}"))
                .await
                .connect_with_key(&email)
                .await;
        }
        let sink = Receiver::start().await;
        let whsec = developer
            .webhook(&sink.url("/"), &["Connection Created"])
            .await;
        Self {
            keys,
            sink,
            whsec,
            made: 0,
        }
    }

    fn accounts() -> impl Iterator<Item = String> {
        (0..CONNECTED).flat_map(|at| [format!("oauth{at}"), format!("keys{at}")])
    }

    /// Opens each secret there is, and seals one more.
    async fn check(&mut self, test: &TestDb, server: &Running) {
        for (environment, key) in ["test", "live"].iter().zip(&self.keys) {
            assert_eq!(key_of(test, environment).await, *key);
        }
        let developer = server.with_key(&self.keys[0]);
        for account in Self::accounts() {
            act(&developer, &account).await;
        }
        self.made += 1;
        let account = developer.account(&format!("new{}", self.made)).await;
        account.connect_with_key("new@example.com").await;
        let told = self.sink.wait_for(self.made).await;
        assert!(is_signed_with(&self.whsec, told.last().unwrap()));
    }
}

async fn act(developer: &Api, account: &str) {
    let acted = developer
        .of(account)
        .act("list_contacts", json!({}))
        .await
        .ok();
    assert_eq!(acted["node_status"], json!("Success"), "{account}");
}

/// The data keys that there are now: their ids, and the master keys' names.
async fn data_keys(test: &TestDb) -> (BTreeSet<String>, BTreeSet<String>) {
    let rows = pairs(test, "SELECT id, master_key_id FROM data_key").await;
    rows.into_iter().unzip()
}

fn rotate(test: &TestDb, more: &[&str]) -> Call {
    Call::on(test, ["vault", "rotate", "--json"].iter().chain(more))
}

on_both! {
    async fn a_rotation_goes_unnoticed_by_those_who_work(test: TestDb) {
        let start = Start::new(&test);
        let server = start.up().await;
        let mut sealed = Sealed::make(&test, &server).await;
        let (before, _) = data_keys(&test).await;
        assert_eq!(before.len(), 2);
        // Tokens that end all the time, so that they are sealed all the time, too.
        server.with_key(&sealed.keys[0]).faults(json!({ "access_token_life_s": 1 })).await;
        let mut load = JoinSet::new();
        for (at, account) in Sealed::accounts().enumerate() {
            let developer = server.with_key(&sealed.keys[0]);
            load.spawn(async move {
                for turn in 0_usize.. {
                    act(&developer, &account).await;
                    if at == 0 {
                        let email = "during@example.com";
                        let fresh = developer.account(&format!("during{turn}")).await;
                        fresh.connect_with_key(email).await;
                    }
                    pause(50).await;
                }
            });
        }
        let done = rotate(&test, &[]).end().await.object();
        // Nothing has failed: the tasks would have ended by it.
        assert!(load.try_join_next().is_none(), "{:?}", load.join_next().await);
        load.shutdown().await;
        let (after, _) = data_keys(&test).await;
        assert_eq!(done["keys_deleted"], json!(2));
        assert!(done["secrets"].as_u64().unwrap() >= 15, "{done}");
        assert_eq!(after.len(), 2);
        assert!(before.is_disjoint(&after), "{before:?} {after:?}");
        let during = sealed.sink.requests().len();
        sealed.made = during;
        sealed.check(&test, &server).await;
        server.stop().await;
        sealed.check(&test, &start.up().await).await;
    }

    async fn a_rotation_that_is_cut_off_goes_on_next_time(test: TestDb) {
        let start = Start::new(&test);
        let server = start.up().await;
        let mut sealed = Sealed::make(&test, &server).await;
        let chance = SeededChance::new();
        let (first, _) = data_keys(&test).await;
        for round in 0..20 {
            // Most of them while it seals; some at its end, after its long wait.
            let until = if round % 7 == 6 { 10_000 } else { 0 } + chance.next() % 500;
            let mut call = rotate(&test, if round % 2 == 0 { &[] } else { &["--new-master"] });
            call.command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
            let mut child = call.command.spawn().unwrap();
            let waited = tokio::time::timeout(Duration::from_millis(until), child.wait()).await;
            if let Ok(ended) = waited {
                assert!(ended.unwrap().success());
            }
            child.kill().await.unwrap();
            sealed.check(&test, &server).await;
        }
        rotate(&test, &["--new-master"]).end().await.object();
        let (last, masters) = data_keys(&test).await;
        assert_eq!((last.len(), masters.len()), (2, 1), "{last:?} {masters:?}");
        assert!(first.is_disjoint(&last), "{first:?} {last:?}");
        assert_eq!(master_keys(&test).lines().count(), 1);
        sealed.check(&test, &server).await;
        server.stop().await;
        sealed.check(&test, &start.up().await).await;
    }

    async fn a_new_master_key_replaces_the_old_one(test: TestDb) {
        let start = Start::new(&test);
        let server = start.up().await;
        let mut sealed = Sealed::make(&test, &server).await;
        let old = master_keys(&test);
        let (_, old_names) = data_keys(&test).await;
        rotate(&test, &["--new-master"]).end().await.object();
        let new = master_keys(&test);
        assert_eq!((old.lines().count(), new.lines().count()), (1, 1));
        assert_ne!(old, new);
        let (_, new_names) = data_keys(&test).await;
        assert!(old_names.is_disjoint(&new_names), "{old_names:?} {new_names:?}");

        sealed.check(&test, &server).await;
        server.stop().await;
        let server = start.up().await;
        sealed.check(&test, &server).await;
        server.stop().await;

        std::fs::write(file(&test), old).unwrap();
        let ended = start.refused().await;
        let words = "this database was sealed with master key mk_";
        assert!(ended.complaint().contains(words), "{ended:?}");
        std::fs::write(file(&test), new).unwrap();
        start.up().await;
    }

    async fn a_master_key_from_the_variable_is_not_replaced_in_the_file(test: TestDb) {
        let master = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        Call::on(&test, ["app", "create", "--json", "--name", "Acme"])
            .env("TRUNNEL_MASTER_KEY", master)
            .end()
            .await
            .object();
        let call = rotate(&test, &["--new-master"]).env("TRUNNEL_MASTER_KEY", master);
        let ended = call.end().await;
        assert!(ended.complaint().contains("Put a new key before it"), "{ended:?}");
        // As the sentence says.
        let new = master.chars().rev().collect::<String>();
        let both = format!("{new},{master}");
        rotate(&test, &[]).env("TRUNNEL_MASTER_KEY", &both).end().await.object();
        let show = || Call::on(&test, ["key", "show", "--json", "--env", "test"]);
        show().env("TRUNNEL_MASTER_KEY", &new).end().await.object();
        let ended = show().env("TRUNNEL_MASTER_KEY", master).end().await;
        assert!(ended.complaint().contains("was sealed with master key"), "{ended:?}");
        assert!(!file(&test).exists());
    }
}

fn file(test: &TestDb) -> PathBuf {
    test.location_args().data_dir.join("master.key")
}

fn master_keys(test: &TestDb) -> String {
    std::fs::read_to_string(file(test)).unwrap()
}

/// Someone who has read the old master key alone may make an app during a rotation.
#[tokio::test]
async fn a_master_key_that_is_still_needed_is_not_dropped() {
    let test = TestDb::sqlite();
    Call::on(&test, ["app", "create", "--name", "Acme"])
        .end()
        .await;
    let file = test.location_args().data_dir.join("master.key");
    let old = std::fs::read_to_string(&file).unwrap();
    test.tamper(
        "CREATE TRIGGER meanwhile AFTER INSERT ON data_key BEGIN \
         INSERT OR IGNORE INTO app SELECT 'app_meanwhile', organization_id, name, reveal_keys, \
         created_at FROM app LIMIT 1; \
         INSERT OR IGNORE INTO environment SELECT 'app_meanwhile', 'test', 0; \
         INSERT OR IGNORE INTO data_key SELECT 'app_meanwhile', 'test', id, master_key_id, sealed, \
         created_at, NULL FROM data_key WHERE id <> NEW.id ORDER BY id LIMIT 1; END",
    )
    .await;
    rotate(&test, &["--new-master"]).end().await.object();
    let kept = std::fs::read_to_string(&file).unwrap();
    assert_eq!(kept.lines().count(), 2);
    assert_eq!(kept.lines().last(), Some(old.trim()));
}
