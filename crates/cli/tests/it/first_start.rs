//! The first start makes what is needed, and only the first one does.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;
use trunnel_testing::db::TestDb;
use trunnel_testing::on_both;

use crate::api::key_of;
use crate::program::Call;
use crate::running::Start;

on_both! {
    async fn the_first_start_makes_an_app_and_the_second_does_not(test: TestDb) {
        let start = Start::new(&test);
        let first = start.up().await;
        assert_eq!(first.greeting["first_start"], json!(true));
        let (of_test, of_live) = (key_of(&test, "test").await, key_of(&test, "live").await);
        assert!(of_test.starts_with("trn_test_"), "{of_test}");
        assert!(of_live.starts_with("trn_live_"), "{of_live}");
        assert!(first.with_key(&of_test).is_let_in().await);
        assert!(first.with_key(&of_live).is_let_in().await);
        assert_eq!(first.stop().await, "", "it answers once");

        let second = start.up().await;
        assert_eq!(second.greeting["first_start"], json!(false));
        assert!(second.with_key(&of_test).is_let_in().await);
        let apps = Call::on(&test, ["app", "list", "--json"]).end().await.object();
        assert_eq!(apps["apps"].as_array().unwrap().len(), 1, "{apps}");
    }

    async fn the_first_start_says_where_the_owner_begins(test: TestDb) {
        let start = Start::new(&test);
        let first = start.up().await;
        let path = |url: &serde_json::Value| {
            let (_, path) = url.as_str().unwrap().split_once("/console/").unwrap();
            format!("/console/api/{path}")
        };
        let link = path(&first.greeting["setup_url"]);
        let anyone = first.with_key("");
        anyone.get(&link).await.ok();
        assert!(!start.log().contains(link.rsplit('/').next().unwrap()), "{}", start.log());

        // A new one ends the first, and there is none once there is an owner.
        let new = ["member", "setup-link", "--json", "--public-url", "https://ours.example"];
        let made = Call::on(&test, new).end().await.object();
        let url = made["setup_url"].as_str().unwrap();
        assert!(url.starts_with("https://ours.example/console/setup/"), "{url}");
        assert_eq!(anyone.get(&link).await.status, 404);
        let owner = json!({
            "name": "Ada", "email": "ada@example.com", "password": "correct horse battery",
        });
        anyone.post(&path(&made["setup_url"]), owner).await.ok();
        let refused = Call::on(&test, new).end().await;
        let told = refused.complaint();
        assert!(told.contains("Every organization has an owner"), "{told}");
        // An app needs no owner of its own organization to be made, nor for its keys.
        Call::on(&test, ["app", "create", "--name", "Second", "--json"]).end().await.object();
        Call::on(&test, new).end().await.object();

        first.stop().await;
        let second = start.up().await;
        assert_eq!(second.greeting["setup_url"], json!(null));
    }

    async fn starting_prints_no_key(test: TestDb) {
        // As people start it, without `--json`, and as programs do.
        let start = Start::new(&test);
        let first = start.up().await;
        let told = first.greeting.to_string();
        // Gone for good, with its lock on the data, before the next one starts.
        first.kill().await;
        let mut call = Call::on(&test, ["serve", "--listen", "127.0.0.1:0"])
            .env("TRUNNEL_LOG", "trace");
        call.command.stdout(std::process::Stdio::piped());
        call.command.stderr(std::process::Stdio::piped());
        let mut child = call.command.spawn().unwrap();
        let mut greeting = vec![0; 2000];
        let out = child.stdout.as_mut().unwrap();
        let read = tokio::io::AsyncReadExt::read(out, &mut greeting).await.unwrap();
        let greeting = String::from_utf8_lossy(&greeting[..read]).into_owned();
        child.start_kill().unwrap();
        let rest = child.wait_with_output().await.unwrap();
        let stderr = String::from_utf8_lossy(&rest.stderr);

        assert!(greeting.contains("trunnel key show --env test"), "{greeting}");
        for environment in ["test", "live"] {
            let key = key_of(&test, environment).await;
            for text in [&told, &greeting, stderr.as_ref(), &start.log()] {
                assert!(!text.contains(&key), "{text}");
                // Nor another one: no key is made for showing.
                assert!(!text.contains("trn_test_") && !text.contains("trn_live_"), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn nobody_else_can_read_the_data() {
    let test = TestDb::sqlite();
    let data = test.location_args().data_dir.join("below/data");
    let made = Call::bare(["app", "create", "--name", "Acme", "--json", "--data-dir"]);
    let mut made = made;
    made.command.arg(&data);
    made.end().await.object();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    assert_eq!(mode(&data.join("master.key")), 0o600);
}

#[tokio::test]
async fn nothing_is_made_by_those_who_only_look() {
    let test = TestDb::sqlite();
    let data = test.location_args().data_dir.join("elsewhere");
    for args in [
        &["app", "list"][..],
        &["app", "set", "--reveal-keys", "off"],
        &["key", "show", "--env", "test"],
        &["key", "rotate", "--env", "test"],
        &["vault", "rotate"],
        &["vault", "rotate", "--new-master"],
    ] {
        let ended = Call::bare(args).with("--data-dir", &data).end().await;
        let told = ended.complaint();
        assert!(told.contains("there is no database in"), "{told}");
        assert!(told.contains("elsewhere"), "{told}");
        assert!(!data.exists(), "{args:?}");
    }
}

on_both! {
    async fn many_first_starts_at_once_make_one_master_key(test: TestDb) {
        let mut racing = tokio::task::JoinSet::new();
        for name in ["One", "Two", "Three", "Four"] {
            let create = Call::on(&test, ["app", "create", "--json", "--name", name]);
            racing.spawn(create.end());
        }
        for ended in racing.join_all().await {
            ended.object();
        }
        let data = test.location_args().data_dir;
        let key = std::fs::read_to_string(data.join("master.key")).unwrap();
        assert_eq!(key.lines().count(), 1);
        let names: Vec<_> = std::fs::read_dir(data).unwrap().map(|it| it.unwrap().file_name()).collect();
        let left = names.iter().filter(|name| name.to_string_lossy().starts_with("master.key"));
        assert_eq!(left.count(), 1, "{names:?}");
        let apps = Call::on(&test, ["app", "list", "--json"]).end().await.object();
        for app in apps["apps"].as_array().unwrap() {
            let args = ["key", "show", "--env", "live", "--app", app["app_id"].as_str().unwrap()];
            assert!(Call::on(&test, args).end().await.success);
        }
    }

    async fn who_comes_second_with_another_master_key_seals_nothing(test: TestDb) {
        test.open().await;
        test.tamper("INSERT INTO instance_fact (name, value) VALUES ('master_key', 'mk_theirs')")
            .await;
        for _ in 0..2 {
            let ended = Call::on(&test, ["app", "create", "--name", "Acme"]).end().await;
            let told = ended.complaint();
            assert!(told.contains("begun to use this database with master key mk_theirs"), "{told}");
            assert!(told.contains("copy it here"), "{told}");
            assert!(!test.location_args().data_dir.join("master.key").exists());
        }
        let other = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let refused = Start::new(&test).env("TRUNNEL_MASTER_KEY", other).refused().await;
        assert!(refused.complaint().contains("mk_theirs"), "{refused:?}");
    }
}

#[tokio::test]
async fn two_nodes_with_separate_directories_do_not_seal_with_two_keys() {
    let test = TestDb::postgres().await;
    let url = test.location_args().database_url.unwrap().to_owned();
    let dirs = ["one", "other"].map(|name| test.location_args().data_dir.join(name));
    let create = |at: usize| {
        let call = Call::bare(["app", "create", "--json", "--name", "Acme"]);
        call.env("DATABASE_URL", &url)
            .with("--data-dir", &dirs[at])
            .end()
    };
    let (one, other) = tokio::join!(create(0), create(1));
    let ended = [one, other];
    assert_eq!(
        ended.iter().filter(|ended| ended.success).count(),
        1,
        "{ended:?}"
    );
    for (ended, dir) in ended.iter().zip(&dirs) {
        assert_eq!(dir.join("master.key").exists(), ended.success, "{ended:?}");
        if !ended.success {
            assert!(ended.complaint().contains("master key"), "{ended:?}");
        }
    }
}

#[tokio::test]
async fn the_playground_can_be_left_out() {
    let test = TestDb::sqlite();
    let start = Start::new(&test);
    let server = start.up().await;
    let slugs = |listed: &serde_json::Value| listed.to_string().contains("playground_app");
    let connectors = "/api/v2/public/connector";
    let key = key_of(&test, "test").await;
    assert!(slugs(&server.with_key(&key).get(connectors).await.ok()));
    assert_eq!(
        server
            .with_key(&key)
            .get("/playground/api-keys")
            .await
            .status,
        200
    );
    server.stop().await;
    let server = start.env("TRUNNEL_NO_PLAYGROUND", "true");
    let server = server.up().await;
    let developer = server.with_key(&key);
    assert!(!slugs(&developer.get(connectors).await.ok()));
    for path in [
        "/playground/api-keys",
        "/playground/oauth/register",
        "/playground/faults",
    ] {
        assert_eq!(developer.get(path).await.status, 404, "{path}");
    }
    let account = developer.account("acme").await;
    let path = "/api/v2/public/linked-account/integration/oauth-url/playground_app";
    assert_eq!(account.get(path).await.status, 404);
}
