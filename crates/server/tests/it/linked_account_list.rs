//! Listing linked accounts: pages and filters.

use serde_json::{Value, json};
use trunnel_testing::on_both;

use crate::app::{Actor, TestApp};
use crate::setup::{ACCOUNTS, account};

/// What the list says about its page.
fn pager(listed: &Value) -> Value {
    let mut pager = listed.clone();
    pager.as_object_mut().unwrap().remove("docs");
    pager
}

/// The ids a query finds, in the order of the answer; the count must fit.
async fn found(developer: &Actor, query: &[(&str, &str)]) -> Vec<String> {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    let listed = developer.get(&format!("{ACCOUNTS}?{query}")).await.ok();
    let docs = listed["docs"].as_array().unwrap();
    assert_eq!(listed["totalDocs"], json!(docs.len()), "{query}");
    docs.iter()
        .map(|doc| doc["account_id"].as_str().unwrap().to_owned())
        .collect()
}

on_both! {
    async fn a_page_says_where_it_is(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        for at in 1..=23 {
            developer.account(&format!("a{at}")).await;
            app.clock.advance_ms(1);
        }
        let page = |query: &'static str| {
            let developer = developer.clone();
            async move { developer.get(&format!("{ACCOUNTS}{query}")).await.ok() }
        };
        let third = page("?page=3&limit=10").await;
        assert_eq!(pager(&third), json!({
            "totalDocs": 23, "limit": 10, "page": 3, "totalPages": 3, "pagingCounter": 21,
            "hasPrevPage": true, "hasNextPage": false, "prevPage": 2, "nextPage": null,
        }));
        let first = page("").await;
        assert_eq!(pager(&first), json!({
            "totalDocs": 23, "limit": 10, "page": 1, "totalPages": 3, "pagingCounter": 1,
            "hasPrevPage": false, "hasNextPage": true, "prevPage": null, "nextPage": 2,
        }));
        let beyond = page("?page=9&limit=10").await;
        assert_eq!(pager(&beyond), json!({
            "totalDocs": 23, "limit": 10, "page": 9, "totalPages": 3, "pagingCounter": 81,
            "hasPrevPage": true, "hasNextPage": false, "prevPage": 3, "nextPage": null,
        }));
        assert_eq!(beyond["docs"], json!([]));

        let mut seen = Vec::new();
        for listed in [&first, &page("?page=2").await, &third] {
            let docs = listed["docs"].as_array().unwrap().iter();
            seen.extend(docs.map(|doc| doc["account_id"].as_str().unwrap().to_owned()));
        }
        let newest_first: Vec<_> = (1..=23).rev().map(|at| format!("a{at}")).collect();
        assert_eq!(seen, newest_first);
        assert_eq!(page("?limit=100").await["docs"].as_array().unwrap().len(), 23);
    }

    async fn the_total_follows_creates_and_deletes(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let empty = developer.get(ACCOUNTS).await.ok();
        assert_eq!((&empty["totalDocs"], &empty["totalPages"]), (&json!(0), &json!(1)));
        for at in 0..5 {
            developer.account(&format!("a{at}")).await;
        }
        developer.put(ACCOUNTS, json!({ "account_id": "a0" })).await.ok();
        developer.post(ACCOUNTS, json!({ "account_id": "a0" })).await.fault(409);
        developer.delete(&account("a4")).await.ok();
        developer.delete(&account("a4")).await.fault(404);
        assert_eq!(developer.get(ACCOUNTS).await.ok()["totalDocs"], json!(4));
    }

    async fn a_search_finds_a_part_of_the_name_or_id_in_any_case(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        for (id, name) in [
            ("c-1", "Müller & Söhne"),
            ("c-2", "100% Wool_Co"),
            ("c-3", "1000 Woolico"),
            ("ACME-9", "back\\slash! \"quoted\" 'single'"),
        ] {
            developer.post(ACCOUNTS, json!({ "account_id": id, "name": name })).await.ok();
            app.clock.advance_ms(1);
        }
        for (search, ids) in [
            ("MÜLLER", vec!["c-1"]),
            ("söhne", vec!["c-1"]),
            ("&", vec!["c-1"]),
            ("100%", vec!["c-2"]),
            ("l_c", vec!["c-2"]),
            ("wool", vec!["c-3", "c-2"]),
            ("acme", vec!["ACME-9"]),
            ("k\\s", vec!["ACME-9"]),
            ("h!", vec!["ACME-9"]),
            ("\"quoted\"", vec!["ACME-9"]),
            ("'", vec!["ACME-9"]),
            ("%", vec!["c-2"]),
            ("c-", vec!["c-3", "c-2", "c-1"]),
            ("nobody", vec![]),
            ("' OR '1'='1", vec![]),
            ("", vec!["ACME-9", "c-3", "c-2", "c-1"]),
        ] {
            assert_eq!(found(&developer, &[("search", search)]).await, ids, "{search}");
        }
    }

    async fn a_scope_and_a_custom_field_narrow_exactly(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        for (id, scope, plan) in [
            ("a", "emea", "pro"),
            ("b", "emea", "free"),
            ("c", "EMEA", "pro"),
            ("d", "em%", "Pro "),
        ] {
            let body = json!({ "account_id": id, "scope": scope, "udf": { "plan é": plan } });
            developer.post(ACCOUNTS, body).await.ok();
            app.clock.advance_ms(1);
        }
        developer.account("plain").await;
        let plan = |value| [("env_variable_name", "plan é"), ("env_variable_value", value)];
        assert_eq!(found(&developer, &[("scope", "emea")]).await, ["b", "a"]);
        assert_eq!(found(&developer, &[("scope", "em%")]).await, ["d"]);
        assert_eq!(found(&developer, &plan("pro")).await, ["c", "a"]);
        assert_eq!(found(&developer, &plan("Pro ")).await, ["d"]);
        assert_eq!(found(&developer, &plan("%")).await, Vec::<String>::new());
        let both = [("scope", "emea"), plan("pro")[0], plan("pro")[1]];
        assert_eq!(found(&developer, &both).await, ["a"]);
        let all = [("search", "A"), both[0], both[1], both[2]];
        assert_eq!(found(&developer, &all).await, ["a"]);
        let none = [("search", "b"), both[0], both[1], both[2]];
        assert_eq!(found(&developer, &none).await, Vec::<String>::new());

        let changed = json!({ "account_id": "a", "udf": { "plan é": "free" } });
        developer.put(ACCOUNTS, changed).await.ok();
        assert_eq!(found(&developer, &plan("pro")).await, ["c"]);
        developer.delete(&account("c")).await.ok();
        assert_eq!(found(&developer, &plan("pro")).await, Vec::<String>::new());
    }

    /// No index takes so many bytes that do not compress.
    async fn a_long_custom_field_is_kept_and_found(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        let random = || trunnel_model::chance::secret_text(&*app.chance);
        let long: String = (0..95).map(|_| random()).collect();
        let name = long[..255].to_owned();
        assert!((4000..=4096).contains(&long.len()));
        let other = format!("{}!", &long[..long.len() - 1]);
        for (id, value) in [("a", &long), ("b", &other)] {
            let body = json!({ "account_id": id, "udf": { (name.clone()): value } });
            developer.post(ACCOUNTS, body).await.ok();
        }
        let by = |value| [("env_variable_name", name.as_str()), ("env_variable_value", value)];
        assert_eq!(found(&developer, &by(&long)).await, ["a"]);
        assert_eq!(found(&developer, &by(&other)).await, ["b"]);
        let changed = json!({ "account_id": "b", "udf": { (name.clone()): &long } });
        developer.put(ACCOUNTS, changed).await.ok();
        assert_eq!(found(&developer, &by(&long)).await.len(), 2);
    }

    async fn what_is_looked_for_has_a_length(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        for (name, max) in [
            ("search", 255),
            ("scope", 255),
            ("env_variable_name", 255),
            ("env_variable_value", 4096),
        ] {
            for length in [max, max + 1, 7_000] {
                let mut query = format!("{name}={}", "_".repeat(length));
                query += match name {
                    "env_variable_name" => "&env_variable_value=x",
                    "env_variable_value" => "&env_variable_name=x",
                    _ => "",
                };
                let answer = developer.get(&format!("{ACCOUNTS}?{query}")).await;
                if length == max {
                    assert_eq!(answer.ok()["docs"], json!([]), "{name}");
                    continue;
                }
                assert_eq!(answer.fault(400).0, "VALIDATION_ERROR", "{name}");
                assert_eq!(answer.json()["field"], name);
            }
        }
        let most = "🦀".repeat(255);
        assert_eq!(found(&developer, &[("search", &most)]).await, Vec::<String>::new());
    }

    async fn half_a_custom_field_filter_is_refused(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await.test;
        for (given, missing) in [
            ("env_variable_name", "env_variable_value"),
            ("env_variable_value", "env_variable_name"),
        ] {
            let answer = developer.get(&format!("{ACCOUNTS}?{given}=x")).await;
            assert_eq!(answer.fault(400).0, "VALIDATION_ERROR");
            assert_eq!(answer.json()["field"], missing);
        }
    }
}
