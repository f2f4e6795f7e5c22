//! The contacts API.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Value, json};
use trunnel_testing::on_both;

use crate::harness::{ALL_SCOPES, Caller, World};

const ADA: &str = "ada@example.com";

async fn create(world: &World, caller: &Caller, email: &str) -> String {
    let answer = world
        .api(caller, "POST", "/contacts", &json!({"email": email}))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

on_both! {
    async fn a_contact_is_made_read_changed_and_deleted(test: TestDb) {
        let world = World::new(test).await;
        let key = world.key(ADA).await;
        let body = json!({"email": "Bob@example.com", "name": " Bob ", "company": "", "x": 1});
        let made = world.api(&key, "POST", "/contacts", &body).await;
        let contact = made.json();
        assert_eq!(contact["email"], "Bob@example.com");
        assert_eq!(contact["name"], "Bob");
        assert_eq!(contact["company"], Value::Null);
        assert_eq!(contact["created_at"], "2026-01-15T12:00:00.000Z");
        let path = format!("/contacts/{}", contact["id"].as_str().unwrap());
        assert!(made.header("location").ends_with(&path));
        assert_eq!(
            world.api(&key, "GET", &path, &Value::Null).await.json(),
            contact
        );
        world.pass(1);
        let change = json!({"phone": "+49 1", "name": null});
        let changed = world.api(&key, "PATCH", &path, &change).await.json();
        assert_eq!(changed["phone"], "+49 1");
        assert_eq!(changed["name"], Value::Null);
        assert_eq!(changed["email"], "Bob@example.com");
        assert_eq!(changed["created_at"], contact["created_at"]);
        assert_eq!(changed["updated_at"], "2026-01-15T12:00:01.000Z");
        assert_eq!(
            world.api(&key, "GET", &path, &Value::Null).await.json(),
            changed
        );
        let gone = world.api(&key, "DELETE", &path, &Value::Null).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        for (method, body) in [
            ("GET", Value::Null),
            ("PATCH", json!({})),
            ("DELETE", Value::Null),
        ] {
            let answer = world.api(&key, method, &path, &body).await;
            assert_eq!(answer.api_error(), (404, "not_found".to_owned(), None));
        }
    }

    async fn fields_are_checked(test: TestDb) {
        let world = World::new(test).await;
        let key = world.key(ADA).await;
        let long = "x".repeat(201);
        let bad = [
            (json!({}), "email"),
            (json!({"email": null}), "email"),
            (json!({"email": "nobody"}), "email"),
            (json!({"email": 5}), "email"),
            (json!({"email": "a@b.c", "name": 5}), "name"),
            (json!({"email": "a@b.c", "company": long}), "company"),
            (json!({"email": "a@b.c", "phone": "1\u{0}2"}), "phone"),
        ];
        for (body, field) in bad {
            let answer = world.api(&key, "POST", "/contacts", &body).await;
            let error = (400, "invalid_field".to_owned(), Some(field.to_owned()));
            assert_eq!(answer.api_error(), error, "{body}");
        }
        let answer = world.api(&key, "POST", "/contacts", &json!(["a"])).await;
        assert_eq!(
            answer.api_error(),
            (400, "invalid_request".to_owned(), None)
        );
    }

    async fn an_address_is_in_a_book_once(test: TestDb) {
        let world = World::new(test).await;
        let (ada, bob) = (world.key(ADA).await, world.key("bob@example.com").await);
        create(&world, &ada, "c@example.com").await;
        let duplicate = (409, "duplicate".to_owned(), Some("email".to_owned()));
        let again = json!({"email": "C@example.com"});
        let answer = world.api(&ada, "POST", "/contacts", &again).await;
        assert_eq!(answer.api_error(), duplicate);
        let other = create(&world, &ada, "d@example.com").await;
        let path = format!("/contacts/{other}");
        let answer = world.api(&ada, "PATCH", &path, &again).await;
        assert_eq!(answer.api_error(), duplicate);
        let same = json!({"email": "D@example.com"});
        assert_eq!(
            world.api(&ada, "PATCH", &path, &same).await.status,
            StatusCode::OK
        );
        create(&world, &bob, "c@example.com").await;
    }

    async fn a_users_contacts_are_nobody_elses(test: TestDb) {
        let world = World::new(test).await;
        let (ada, bob) = (world.key(ADA).await, world.key("bob@example.com").await);
        let path = format!("/contacts/{}", create(&world, &ada, "c@example.com").await);
        for (method, body) in [
            ("GET", Value::Null),
            ("PATCH", json!({})),
            ("DELETE", Value::Null),
        ] {
            assert_eq!(
                world.api(&bob, method, &path, &body).await.status,
                StatusCode::NOT_FOUND
            );
        }
        let list = world.api(&bob, "GET", "/contacts", &Value::Null).await;
        assert_eq!(list.json(), json!({"data": [], "next_cursor": null}));
    }

    async fn scopes_say_what_a_token_may_do(test: TestDb) {
        let world = World::new(test).await;
        let client = world.register("Acme").await;
        let reader = world.tokens(&client, "contacts.read", ADA).await.caller();
        let writer = world.tokens(&client, "contacts.write", ADA).await.caller();
        let body = json!({"email": "c@example.com"});
        let denied = world.api(&reader, "POST", "/contacts", &body).await;
        assert_eq!(
            denied.api_error(),
            (403, "insufficient_scope".to_owned(), None)
        );
        assert!(
            denied
                .header("www-authenticate")
                .contains("scope=\"contacts.write\"")
        );
        let path = format!(
            "/contacts/{}",
            create(&world, &writer, "c@example.com").await
        );
        for (caller, method, body, status) in [
            (&reader, "GET", Value::Null, 200),
            (&writer, "GET", Value::Null, 403),
            (&reader, "PATCH", json!({}), 403),
            (&reader, "DELETE", Value::Null, 403),
            (&writer, "PATCH", json!({}), 200),
            (&writer, "DELETE", Value::Null, 204),
        ] {
            let answer = world.api(caller, method, &path, &body).await;
            assert_eq!(answer.status.as_u16(), status, "{method}");
        }
        let me = world.api(&reader, "GET", "/me", &Value::Null).await;
        assert_eq!(me.json(), json!({"email": ADA}));
    }

    async fn strangers_learn_how_to_come_in(test: TestDb) {
        let world = World::new(test).await;
        let answer = world.get("/playground/api/contacts").await;
        assert_eq!(answer.api_error(), (401, "unauthorized".to_owned(), None));
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer realm=\"playground\""
        );
        let client = world.register("Acme").await;
        let tokens = world.tokens(&client, ALL_SCOPES, ADA).await;
        world.pass(3600);
        let answer = world
            .api(&tokens.caller(), "GET", "/me", &Value::Null)
            .await;
        assert_eq!(answer.api_error(), (401, "invalid_token".to_owned(), None));
        assert!(
            answer
                .header("www-authenticate")
                .contains("error=\"invalid_token\"")
        );
    }

    /// While others come and go, walking the pages shows everything that was there all
    /// the time, and nothing twice.
    async fn paging_loses_and_repeats_nothing(test: TestDb) {
        let world = World::new(test).await;
        let key = world.key(ADA).await;
        for limit in [1, 2, 3, 7, 100] {
            let mut stable = BTreeSet::new();
            let mut passing = Vec::new();
            for number in 0..24 {
                let id = create(&world, &key, &format!("p{limit}-{number}@example.com")).await;
                if number % 3 == 0 {
                    passing.push(id);
                } else {
                    stable.insert(id);
                }
                // Some are made in the same millisecond and some are not.
                world.pass(number % 2);
            }
            let mut seen = Vec::new();
            let mut path = format!("/contacts?limit={limit}");
            loop {
                let page = world.api(&key, "GET", &path, &Value::Null).await.json();
                let data = page["data"].as_array().unwrap();
                assert!(data.len() <= limit);
                seen.extend(data.iter().map(|c| c["id"].as_str().unwrap().to_owned()));
                if let Some(id) = passing.pop() {
                    world
                        .api(&key, "DELETE", &format!("/contacts/{id}"), &Value::Null)
                        .await;
                    create(&world, &key, &format!("{id}@example.com")).await;
                }
                let Some(cursor) = page["next_cursor"].as_str() else {
                    break;
                };
                path = format!("/contacts?limit={limit}&cursor={cursor}");
            }
            let unique: BTreeSet<String> = seen.iter().cloned().collect();
            assert_eq!(unique.len(), seen.len(), "limit {limit}");
            assert!(stable.is_subset(&unique), "limit {limit}");
            for id in &unique {
                world
                    .api(&key, "DELETE", &format!("/contacts/{id}"), &Value::Null)
                    .await;
            }
        }
    }

    async fn bad_pages_are_refused(test: TestDb) {
        let world = World::new(test).await;
        let key = world.key(ADA).await;
        for (query, field) in [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=x", "limit"),
            ("limit=99999999999999999999", "limit"),
            ("cursor=x", "cursor"),
            ("cursor=Y29uX3g", "cursor"),
            ("cursor=%00", "cursor"),
        ] {
            let answer = world
                .api(&key, "GET", &format!("/contacts?{query}"), &Value::Null)
                .await;
            let error = (400, "invalid_field".to_owned(), Some(field.to_owned()));
            assert_eq!(answer.api_error(), error, "{query}");
        }
    }
}
