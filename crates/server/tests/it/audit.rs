//! The record of what was done, as pages and as a file.

use serde_json::{Value, json};
use trunnel_core::Ctx;
use trunnel_model::audit::{AuditAction, AuditEntry};
use trunnel_model::environment::Environment;
use trunnel_model::id::AuditEntryId;
use trunnel_model::role::Role;
use trunnel_store::StoreError;
use trunnel_testing::on_both;

use crate::app::{Developer, TestApp};
use crate::console_api_key::id;
use crate::setup::connect;

const DAY_MS: i64 = 24 * 3_600_000;

fn path(developer: &Developer, query: &str) -> String {
    format!("{}/audit{query}", developer.console("test"))
}

fn actions(page: &Value) -> Vec<String> {
    let entries = page["entries"].as_array().unwrap().iter();
    entries
        .map(|entry| entry["action"].as_str().unwrap().to_owned())
        .collect()
}

/// Entries as some use case could have written them, all in one transaction.
async fn write(app: &TestApp, ctx: &Ctx, count: usize, subject: &str) {
    let now = app.core.now();
    let made = (0..count).map(|at| AuditEntry {
        id: AuditEntryId::in_order(now, &*app.chance),
        action: AuditAction::ConnectionExpired,
        actor: "system".to_owned(),
        subject: subject.to_owned(),
        address: None,
        details: json!({ "at": at }).to_string(),
        created_at: now,
    });
    let (made, scope): (Vec<_>, _) = (made.collect(), ctx.scope.clone());
    let written = app.db.write(move |tx| {
        Box::pin(async move {
            for entry in &made {
                trunnel_store::audit::add(tx, &scope, entry).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    written.await.unwrap();
}

async fn ctx(app: &TestApp, developer: &Developer) -> Ctx {
    app.core
        .command_line_ctx(&developer.app_id, Environment::Test)
        .await
        .unwrap()
}

on_both! {
    async fn entries_say_who_did_what(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Developer).await;
        app.clock.advance_ms(1000);
        let acme = developer.test.account("acme").await;
        app.clock.advance_ms(1000);
        connect(&acme, "ada@example.com").await;
        app.clock.advance_ms(1000);
        let rotate = format!("{}/api-key/rotate", developer.console("test"));
        member.post(&rotate, json!({})).await.ok();
        // The name stays when the member is gone.
        test.tamper("UPDATE member SET removed_at = 1").await;
        let reader = developer.member(Role::External).await;
        let page = reader.get(&path(&developer, "")).await;
        let mut shown = page.ok();
        // What the list of words is, its type says.
        let words = shown["actions"].take();
        assert_eq!(words.as_array().unwrap().len(), AuditAction::ALL.len());
        insta::assert_json_snapshot!("a_page_of_the_audit", shown, {
            ".entries[].id" => id("aud_"),
            ".entries[].actor" => insta::dynamic_redaction(|actor, _| {
                let actor = actor.as_str().unwrap().to_owned();
                actor.split_once('_').map_or(actor.clone(), |(kind, _)| format!("[{kind}]"))
            }),
            ".entries[].subject" => insta::dynamic_redaction(|subject, _| {
                let subject = subject.as_str().unwrap();
                let kind = subject.split_once('_').map(|(kind, _)| kind);
                format!("[{}]", kind.unwrap_or(subject))
            }),
            ".entries[].actor_name" => insta::dynamic_redaction(|name, _| {
                let name = name.as_str().unwrap();
                let fixed = ["trn_test_…", "Developer "];
                fixed.iter().find(|begin| name.starts_with(**begin))
                    .map_or(name.to_owned(), |begin| format!("{begin}.."))
            }),
        });
    }

    async fn pages_follow_each_other_in_the_order_of_what_happened(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Owner).await;
        // All of them in one millisecond.
        write(&app, &ctx(&app, &developer).await, 10, "conn_x").await;
        let (mut read, mut cursor) = (Vec::new(), String::new());
        loop {
            let query = format!("?subject=conn_x&limit=4{cursor}");
            let page = member.get(&path(&developer, &query)).await.ok();
            let entries = page["entries"].as_array().unwrap();
            assert!(entries.len() <= 4);
            read.extend(entries.iter().map(|entry| entry["details"]["at"].as_i64().unwrap()));
            match page["next_cursor"].as_str() {
                None => break,
                Some(next) => cursor = format!("&cursor={next}"),
            }
        }
        assert_eq!(read, (0..10).rev().collect::<Vec<_>>());
    }

    async fn a_list_shows_what_is_asked_for_only(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Owner).await;
        developer.test.account("acme").await;
        let read = async |query: &str| member.get(&path(&developer, query)).await.ok();
        let created = ["Linked Account Created", "API Key Created", "App Created"];
        assert_eq!(actions(&read("").await), created);
        let some = read("?action=App%20Created,Linked%20Account%20Created").await;
        assert_eq!(actions(&some), [created[0], created[2]]);
        assert_eq!(actions(&read("?actor=cli").await), created[1..]);
        assert_eq!(actions(&read("?actor=cli&action=Webhook%20Created").await), [""; 0]);
        let app_id = developer.app_id.as_str();
        assert_eq!(actions(&read(&format!("?subject={app_id}")).await), created[2..]);
        assert_eq!(actions(&read(&format!("?subject={app_id}'")).await), [""; 0]);
        let elsewhere = format!("{}/audit", developer.console("live"));
        assert_eq!(actions(&member.get(&elsewhere).await.ok()), created[1..]);
        app.clock.advance_ms(7 * DAY_MS + 1);
        assert_eq!(actions(&read("").await), [""; 0]);
        assert_eq!(actions(&read("?days=30").await), created);
    }

    async fn what_cannot_be_asked_is_refused_with_its_name(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::Owner).await;
        for (query, field) in [
            ("?days=0", "days"),
            ("?days=8", "days"),
            ("?days=x", "days"),
            ("?limit=0", "limit"),
            ("?limit=201", "limit"),
            ("?cursor=aud_1", "cursor"),
            ("?cursor=key_0000000000000000000000", "cursor"),
            ("?action=Nothing", "action"),
            ("/export?format=xml", "format"),
            ("/export?days=2", "days"),
        ] {
            let refused = member.get(&path(&developer, query)).await;
            assert_eq!(refused.fault(400).0, "VALIDATION_ERROR", "{query}");
            assert_eq!(refused.json()["field"], json!(field), "{query}");
        }
    }

    async fn the_audit_leaves_as_a_file(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let member = developer.member(Role::External).await;
        let ctx = ctx(&app, &developer).await;
        write(&app, &ctx, 1, "=1+1\"x").await;
        let one = member.get(&path(&developer, "/export?actor=system")).await;
        assert_eq!(one.header("content-type"), Some("text/csv; charset=utf-8"));
        let name = one.header("content-disposition").unwrap();
        assert_eq!(name, "attachment; filename=\"audit-test.csv\"");
        let lines: Vec<_> = one.text.lines().collect();
        assert_eq!(lines.len(), 2, "{}", one.text);
        // No spreadsheet runs it.
        assert!(lines[1].contains(r#""system","System","system","'=1+1""x","","test","{""at"":0}""#), "{}", lines[1]);

        app.clock.advance_ms(1);
        write(&app, &ctx, 2100, "conn_many").await;
        let query = "/export?format=json&subject=conn_many";
        let all = member.get(&path(&developer, query)).await.ok();
        let order: Vec<_> = all.as_array().unwrap().iter()
            .map(|entry| entry["details"]["at"].as_u64().unwrap()).collect();
        assert_eq!(order, (0..2100).rev().collect::<Vec<_>>());
        let csv = member.get(&path(&developer, "/export?subject=conn_many")).await;
        assert_eq!(csv.text.lines().count(), 2101);
        let none = member.get(&path(&developer, "/export?format=json&actor=nobody")).await;
        assert_eq!(none.ok(), json!([]));
        assert_eq!(app.anonymous().get(&path(&developer, "/export")).await.status, 401);
    }
}
