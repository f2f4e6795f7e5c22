//! What each role may call: the matrix of `model/src/role.rs`, tried over HTTP on every
//! route of the Console and on every public route behind it.

use std::collections::BTreeSet;

use axum::http::Method;
use serde_json::json;
use trunnel_model::role::{Permission, Role};
use trunnel_server::{Access, permission_of};
use trunnel_testing::on_both;

use crate::app::{Actor, Developer, TestApp};

/// The path of a template, about nothing that is there.
fn path_of(template: &str, developer: &Developer) -> String {
    let path = template
        .replace("{app_id}", developer.app_id.as_str())
        .replace("{environment}", "test")
        .replace("{slug}", "playground_app");
    let placeholder = regex::Regex::new(r"\{\*?[a-z_]+\}").unwrap();
    placeholder.replace_all(&path, "nothing").into_owned()
}

async fn call(actor: &Actor, method: &str, path: &str) -> (u16, String) {
    let body = (method != "GET").then(|| b"{}".to_vec());
    // Some public routes ask for whose thing it is before anything else.
    let answer = actor.on("nobody").send(method, path, body).await;
    (answer.status, answer.text)
}

/// Who is refused is told so with 403; who is not is told something else.
async fn check(
    actor: &Actor,
    role: Role,
    permission: Option<Permission>,
    method: &str,
    path: &str,
) {
    let (status, text) = call(actor, method, path).await;
    let name = format!("{} {method} {path}: {status} {text}", role.as_str());
    match permission {
        Some(permission) if !role.may(permission) => {
            assert_eq!(status, 403, "{name}");
            assert!(text.contains(permission.as_str()), "{name}");
        }
        _ => assert!(!text.contains("does not hold") && status != 401, "{name}"),
    }
}

on_both! {
    async fn every_role_on_every_public_route_behind_the_console(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let mut table = trunnel_server::nested_route_table();
        // What only reads first.
        table.sort_by_key(|route| route.method != "GET");
        for role in Role::ALL.iter().copied() {
            let member = developer.member(role).await;
            for route in &table {
                let inner = path_of(route.path, &developer);
                let path = format!("{}{inner}", developer.console("test"));
                if route.access == Access::Session {
                    assert_eq!(call(&member, route.method, &path).await.0, 401, "{path}");
                    continue;
                }
                let method = Method::from_bytes(route.method.as_bytes()).unwrap();
                let permission = permission_of(&method, route.path);
                let permission = permission.filter(|_| route.access != Access::Public);
                check(&member, role, permission, route.method, &path).await;
            }
        }
    }

    async fn every_role_on_every_route_of_the_console(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let visitor = app.anonymous();
        for role in Role::ALL.iter().copied() {
            let member = developer.member(role).await;
            for route in trunnel_server::console_route_table() {
                let path = path_of(route.path, &developer);
                if route.access == Access::Public || route.access == Access::Nested {
                    continue;
                }
                assert_eq!(call(&visitor, route.method, &path).await.0, 401, "{path}");
                // It would end the session that the others are tried with.
                if path.ends_with("/sign-out") {
                    continue;
                }
                let permission = match route.access {
                    Access::Member(permission) => Some(permission),
                    _ => None,
                };
                check(&member, role, permission, route.method, &path).await;
            }
        }
    }

    async fn a_member_works_with_the_environment_of_the_path_only(test: TestDb) {
        let app = TestApp::start(&test).await;
        let developer = app.developer().await;
        let stranger = app.developer().await;
        let member = developer.member(Role::Solutions).await;
        let accounts = |of: &Developer, environment: &str| {
            format!("{}/api/v2/public/linked-account", of.console(environment))
        };
        let body = json!({ "linked_account_id": "acme", "name": "Acme" });
        member.post(&accounts(&developer, "test"), body).await.ok();
        let listed = member.get(&accounts(&developer, "test")).await.ok();
        assert_eq!(listed, developer.test.get("/api/v2/public/linked-account").await.ok());
        assert!(listed.to_string().contains("acme"));
        let live = member.get(&accounts(&developer, "live")).await.ok();
        assert!(!live.to_string().contains("acme"), "{live}");
        for path in [accounts(&stranger, "test"), accounts(&developer, "staging")] {
            assert_eq!(member.get(&path).await.fault(404).0, "RESOURCE_NOT_FOUND");
        }
        // What a key may be used for is none of the cookie's business, and vice versa.
        assert_eq!(member.get("/api/v2/public/linked-account").await.status, 401);
        let with_key = app.anonymous().and("x-api-key", developer.test.key());
        assert_eq!(with_key.get(&accounts(&developer, "test")).await.fault(401).0, "NOT_SIGNED_IN");
        let wrong = member.send("PATCH", &accounts(&developer, "test"), None).await;
        assert_eq!(wrong.fault(405).0, "METHOD_NOT_ALLOWED");
        let nothing = format!("{}/api/v2/public/nothing", developer.console("test"));
        assert_eq!(member.get(&nothing).await.fault(404).0, "RESOURCE_NOT_FOUND");
    }
}

#[test]
fn every_public_route_has_a_permission() {
    let table = trunnel_server::nested_route_table();
    for route in table.iter().filter(|route| route.access != Access::Session) {
        let method = Method::from_bytes(route.method.as_bytes()).unwrap();
        assert!(
            permission_of(&method, route.path).is_some(),
            "{} {}",
            route.method,
            route.path
        );
    }
}

/// `docs/signing-in.md` shows the matrix as it is.
#[test]
fn the_documentation_shows_the_matrix() {
    let page = include_str!("../../../../docs/signing-in.md");
    let documented: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    let row = |permission: &Permission| {
        let cells = Role::ALL.iter().map(|role| role.may(*permission));
        let cells: String = cells.map(|may| if may { " x |" } else { " |" }).collect();
        format!("| `{}` |{cells}", permission.as_str())
    };
    let enforced: Vec<_> = Permission::ALL.iter().map(row).collect();
    assert_eq!(documented, enforced);
}

#[test]
fn what_reads_and_what_changes_differ() {
    // Nobody who only looks may change anything.
    let reads: BTreeSet<_> = Role::External
        .permissions()
        .map(Permission::as_str)
        .collect();
    assert!(
        reads
            .iter()
            .all(|name| name.rsplit('.').next() == Some("read")),
        "{reads:?}"
    );
    for (above, below) in [
        (Role::Owner, Role::Admin),
        (Role::Admin, Role::Developer),
        (Role::Developer, Role::Solutions),
        (Role::Solutions, Role::External),
    ] {
        assert!(below.permissions().all(|permission| above.may(permission)));
        assert!(!above.permissions().all(|permission| below.may(permission)));
    }
}
