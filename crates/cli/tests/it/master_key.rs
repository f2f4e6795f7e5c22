//! A server without its own master key must not start: it would seal with another
//! one, beside secrets that it cannot open.

use std::path::PathBuf;

use serde_json::json;
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::api::{ACCOUNTS, key_of};
use crate::program::Call;
use crate::running::Start;

const OTHER: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn file(test: &TestDb) -> PathBuf {
    test.location_args().data_dir.join("master.key")
}

/// Neither the server nor a subcommand goes on, and nothing is written.
async fn refused(start: &Start<'_>, words: &[&str]) {
    let before = std::fs::read(file(start.test())).ok();
    let ended = start.refused().await;
    for words in words {
        assert!(
            ended.complaint().contains(words),
            "{words}: {}",
            ended.stderr
        );
    }
    assert_eq!(std::fs::read(file(start.test())).ok(), before);
}

on_both! {
    async fn only_the_right_master_key_opens_a_database(test: TestDb) {
        let start = Start::new(&test);
        let server = start.up().await;
        let key = key_of(&test, "test").await;
        server.with_key(&key).account("acme").await;
        server.stop().await;
        let right = std::fs::read_to_string(file(&test)).unwrap();

        std::fs::write(file(&test), OTHER).unwrap();
        let place = file(&test).display().to_string();
        let wrong = ["this database was sealed with master key mk_", &place, "holds mk_"];
        refused(&start, &wrong).await;
        let args = ["key", "rotate", "--env", "test"];
        let ended = Call::on(&test, args).end().await;
        assert!(ended.complaint().contains(wrong[0]), "{ended:?}");

        std::fs::write(file(&test), "not a key\n").unwrap();
        refused(&start, &[&place, "a master key is 64 hexadecimal digits", "line 1"]).await;
        std::fs::write(file(&test), format!("{right}\n{}", &OTHER[2..])).unwrap();
        refused(&start, &[&place, "a master key is 64 hexadecimal digits", "is not"]).await;
        std::fs::write(file(&test), "\n").unwrap();
        refused(&start, &[&place, "holds no master key"]).await;

        std::fs::remove_file(file(&test)).unwrap();
        let missing = ["the master key is missing", &place, "TRUNNEL_MASTER_KEY is not set", "mk_"];
        refused(&start, &missing).await;
        let ended = Call::on(&test, ["key", "show", "--env", "test"]).end().await;
        assert!(ended.complaint().contains(missing[0]), "{ended:?}");
        assert!(!file(&test).exists());

        let start = start.env("TRUNNEL_MASTER_KEY", OTHER);
        refused(&start, &[wrong[0], "TRUNNEL_MASTER_KEY holds mk_"]).await;
        let start = start.env("TRUNNEL_MASTER_KEY", "0");
        let garbage = ["TRUNNEL_MASTER_KEY: a master key is 64 hexadecimal digits", "is not"];
        refused(&start, &garbage).await;

        // The variable does as well as the file.
        let start = start.env("TRUNNEL_MASTER_KEY", right.trim());
        let server = start.up().await;
        let account = server.with_key(&key).get(&format!("{ACCOUNTS}/acme")).await.ok();
        assert_eq!(account["account_id"], json!("acme"));
        assert!(!file(&test).exists(), "the variable is not written down");
        for secret in [right.trim(), OTHER] {
            assert!(!start.log().contains(secret));
        }
    }
}
