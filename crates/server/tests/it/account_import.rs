//! Many accounts out of a CSV file.

use std::fmt::Write as _;

use serde_json::{Value, json};
use trunnel_model::audit::AuditAction;
use trunnel_model::environment::Environment;
use trunnel_model::role::Role;
use trunnel_testing::on_both;

use crate::app::{Actor, Answer, Developer, TestApp};
use crate::setup::{ACCOUNTS, account};

async fn import(member: &Actor, developer: &Developer, file: impl Into<Vec<u8>>) -> Answer {
    let path = format!("{}/account-import", developer.console("test"));
    let member = member.and("content-type", "text/csv");
    member.send("POST", &path, Some(file.into())).await
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines = answer.text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The rows that were not imported.
fn bad(lines: &[Value]) -> Vec<&Value> {
    let bad = lines.iter().filter(|line| line["message"].is_string());
    bad.collect()
}

fn counts(rows: u64, created: u64, updated: u64, failed: u64) -> Value {
    json!({ "rows": rows, "created": created, "updated": updated, "failed": failed })
}

fn done(mut counts: Value) -> Value {
    counts["done"] = json!(true);
    counts
}

async fn total(developer: &Developer) -> u64 {
    let page = developer.test.get(ACCOUNTS).await.ok();
    page["totalDocs"].as_u64().unwrap()
}

on_both! {
    async fn the_good_rows_of_a_hundred_are_there_and_the_bad_ones_are_named(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Solutions).await;
        let mut file = "linked_account_id,name,scope,plan\n".to_owned();
        for row in 2..=101 {
            match row {
                40 => writeln!(file, ",No id,eu,free"),
                77 => writeln!(file, "customer-77,{},eu,free", "n".repeat(501)),
                _ => writeln!(file, "customer-{row},Customer {row},eu,free"),
            }
            .unwrap();
        }
        let told = lines(&import(&member, &developer, file).await);
        assert_eq!(told.last().unwrap(), &done(counts(100, 98, 0, 2)));
        assert_eq!(bad(&told), [
            &json!({
                "row": 40, "linked_account_id": null, "column": "linked_account_id",
                "message": "`linked_account_id` is required",
            }),
            &json!({
                "row": 77, "linked_account_id": "customer-77", "column": "name",
                "message": "`name` has at most 500 characters, without control characters",
            }),
        ]);
        assert_eq!(total(&developer).await, 98);
        let one = developer.test.get(&account("customer-2")).await.ok();
        assert_eq!((&one["name"], &one["scope"]), (&json!("Customer 2"), &json!("eu")));
        let found = "env_variable_name=plan&env_variable_value=free&limit=1";
        let found = developer.test.get(&format!("{ACCOUNTS}?{found}")).await.ok();
        assert_eq!(found["totalDocs"], json!(98));
        let audit = app.audit(&developer, Environment::Test).await;
        let about_accounts: Vec<_> = audit.iter()
            .filter(|entry| entry.action.as_str().contains("Linked Account"))
            .collect();
        assert_eq!(about_accounts.len(), 1);
        assert_eq!(about_accounts[0].action, AuditAction::LinkedAccountsImported);
        let details: Value = serde_json::from_str(&about_accounts[0].details).unwrap();
        assert_eq!(details, counts(100, 98, 0, 2));
    }

    async fn a_file_as_spreadsheets_write_it_is_read(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Owner).await;
        let file = "\u{feff}Name,Account_ID,notes,\r\n\
            \"Ada, \"\"the first\"\"\",ada,\"two\r\nlines\",\r\n\
            \r\n\
            Bob,bob\r\n\
            Bob again,bob,,\r\n\
            Eve,eve,x,,y\r\n\
            Zoe,zoe,x,stray\r\n\
            Bad,\u{7},x,\r\n\
            ,last,x,";
        let told = lines(&import(&member, &developer, file).await);
        let bad = bad(&told);
        let rows: Vec<_> = bad.iter().map(|line| line["row"].as_u64().unwrap()).collect();
        assert_eq!(rows, [6, 7, 8, 9], "{told:#?}");
        assert_eq!(bad[0]["message"], json!("line 5 has this account already"));
        assert_eq!(bad[1]["message"], json!("the row has 5 cells and the first line 4 names"));
        assert_eq!(bad[2]["message"], json!("a cell stands in a column without a name"));
        assert_eq!(bad[3]["column"], json!("account_id"));
        assert_eq!(told.last().unwrap(), &done(counts(7, 3, 0, 4)));
        let ada = developer.test.get(&account("ada")).await.ok();
        assert_eq!(ada["name"], json!("Ada, \"the first\""));
        assert!(ada.to_string().contains("two\\r\\nlines"), "{ada}");
        // Semicolons and tabs do as well; each with its own end of a line.
        for (file, name) in [
            ("account_id;name\rs;A,B\r", "A,B"),
            ("account_id\tname\nt\tA;B\n", "A;B"),
        ] {
            let told = lines(&import(&member, &developer, file).await);
            assert_eq!(told.last().unwrap(), &done(counts(1, 1, 0, 0)), "{told:?}");
            let id = if name == "A,B" { "s" } else { "t" };
            assert_eq!(developer.test.get(&account(id)).await.ok()["name"], json!(name));
        }
        // A quote that nobody closes would swallow the rows behind it.
        let open = "account_id,name\nx,X\ny,\"Y\nz,Z\n";
        let told = lines(&import(&member, &developer, open).await);
        assert_eq!(told[0]["row"], json!(3));
        assert_eq!(told.last().unwrap(), &done(counts(2, 1, 0, 1)));
        assert_eq!(developer.test.get(&account("y")).await.status, 404);
        // Nothing is repeated of what cannot be read.
        let latin = [b"account_id,name\nq,".as_slice(), b"\xe4\xf6\n"].concat();
        let told = lines(&import(&member, &developer, latin).await);
        assert_eq!(told[0]["message"], json!("`name` is not UTF-8"));
    }

    async fn an_account_that_is_there_is_changed_as_a_put_would(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Owner).await;
        let ada = json!({
            "account_id": "ada", "name": "Ada", "scope": "eu",
            "udf": { "plan": "free", "seats": "3" },
        });
        developer.test.put(ACCOUNTS, ada).await.ok();
        let fields: serde_json::Map<String, Value> =
            (0..100).map(|at| (format!("f{at}"), json!("x"))).collect();
        let full = json!({ "account_id": "full", "udf": fields });
        developer.test.put(ACCOUNTS, full).await.ok();
        let file = "account_id,name,scope,plan\nada,Ada L,,paid\nfull,,,paid\nnew,,,\n";
        let told = lines(&import(&member, &developer, file).await);
        assert_eq!(told.last().unwrap(), &done(counts(3, 1, 1, 1)));
        assert_eq!(bad(&told)[0]["row"], json!(3));
        let ada = developer.test.get(&account("ada")).await.ok();
        // What a cell leaves empty stays.
        assert_eq!((&ada["name"], &ada["scope"]), (&json!("Ada L"), &json!("eu")));
        let plan = "env_variable_name=plan&env_variable_value=paid";
        let found = developer.test.get(&format!("{ACCOUNTS}?{plan}")).await.ok();
        assert_eq!(found["totalDocs"], json!(1));
        let seats = "env_variable_name=seats&env_variable_value=3";
        let found = developer.test.get(&format!("{ACCOUNTS}?{seats}")).await.ok();
        assert_eq!(found["totalDocs"], json!(1));
        assert_eq!(total(&developer).await, 3);
    }

    async fn two_imports_of_the_same_accounts_do_not_stop_each_other(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Owner).await;
        let row = |at: usize| format!("customer-{at},Customer\n");
        let up: String = (0..300).map(row).collect();
        let down: String = (0..300).rev().map(row).collect();
        let file = |rows: String| format!("account_id,name\n{rows}");
        let (one, other) = tokio::join!(
            import(&member, &developer, file(up)),
            import(&member, &developer, file(down)),
        );
        for answer in [one, other] {
            let told = lines(&answer);
            let last = told.last().unwrap();
            assert_eq!((&last["rows"], &last["failed"]), (&json!(300), &json!(0)), "{last}");
        }
        assert_eq!(total(&developer).await, 300);
    }

    async fn what_is_no_such_file_is_refused_and_changes_nothing(test: TestDb) {
        let app = TestApp::start(&test).await;
        let (developer, stranger) = (app.developer().await, app.developer().await);
        let member = developer.member(Role::Developer).await;
        let twice = (0..101).fold("account_id".to_owned(), |line, at| format!("{line},f{at}"));
        for (file, field) in [
            (String::new(), Value::Null),
            ("account_id,name\n".to_owned(), Value::Null),
            ("\n\n".to_owned(), Value::Null),
            ("name\nAda\n".to_owned(), json!("linked_account_id")),
            ("account_id,linked_account_id\na,a\n".to_owned(), json!("account_id")),
            ("account_id,name,Name\na,a,a\n".to_owned(), json!("name")),
            (format!("{twice}\na\n"), Value::Null),
        ] {
            let refused = import(&member, &developer, file).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR");
            assert_eq!(refused.json()["field"], field);
        }
        let wide = import(&member, &developer, b"\xff\xfea\0".to_vec()).await;
        assert!(wide.fault(400).1.contains("UTF-16"));
        let rows = format!("account_id\n{}", "a\n".repeat(100_001));
        let many = import(&member, &developer, rows).await;
        assert_eq!(many.fault(413).0, "PAYLOAD_TOO_LARGE");
        let large = import(&member, &developer, vec![b'a'; 20 * 1024 * 1024 + 1]).await;
        assert_eq!(large.fault(413).0, "PAYLOAD_TOO_LARGE");
        let good = "account_id\nada\n";
        let external = developer.member(Role::External).await;
        assert_eq!(import(&external, &developer, good).await.fault(403).0, "FORBIDDEN");
        let other = stranger.member(Role::Owner).await;
        assert_eq!(import(&other, &developer, good).await.status, 404);
        assert_eq!(import(&app.anonymous(), &developer, good).await.status, 401);
        assert_eq!(total(&developer).await, 0);
    }

    async fn who_goes_away_stops_the_import_behind_a_batch(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Owner).await;
        // Every second row is bad, so that there is more to tell than a socket holds.
        let mut file = "account_id,name\n".to_owned();
        let long = "n".repeat(200);
        for at in 0..50_000 {
            writeln!(file, "customer-{at},n\n{long}{at},\u{7}").unwrap();
        }
        let path = format!("{}/account-import", developer.console("test"));
        let mut answer = member.open("POST", &path, file.into_bytes()).await;
        assert!(answer.chunk().await.unwrap().is_some());
        drop(answer);
        app.core.drain().await;
        let there = total(&developer).await;
        assert!((100..50_000).contains(&there), "{there}");
        let audit = app.audit(&developer, Environment::Test).await;
        let entry = audit.iter().find(|entry| entry.action == AuditAction::LinkedAccountsImported);
        let details: Value = serde_json::from_str(&entry.unwrap().details).unwrap();
        assert_eq!(details["created"], json!(there));
    }
}
