//! The list of routes, and what is reachable when.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use trunnel_playground::ROUTES;
use trunnel_testing::db::TestDb;

use crate::harness::World;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn is_fault_route(path: &str) -> bool {
    path.starts_with("/playground/faults")
}

async fn status(world: &World, method: &str, path: &str) -> StatusCode {
    let path = path.replace("{id}", "x");
    world.call(method, &path, &[], String::new()).await.status
}

#[tokio::test]
async fn the_list_holds_every_route_and_no_other() {
    let world = World::with_faults(TestDb::sqlite()).await;
    let paths: BTreeSet<&str> = ROUTES.iter().map(|(_, path)| *path).collect();
    assert!(paths.iter().all(|path| path.starts_with("/playground/")));
    for path in paths {
        for method in METHODS {
            let status = status(&world, method, path).await;
            let listed = ROUTES.contains(&(method, path));
            assert_eq!(
                status != StatusCode::METHOD_NOT_ALLOWED,
                listed,
                "{method} {path}"
            );
            assert_ne!(status, StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn without_faults_the_switches_are_unknown_paths() {
    let world = World::new(TestDb::sqlite()).await;
    let unknown = world.get("/playground/nothing").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    for (method, path) in ROUTES.iter().filter(|(_, path)| is_fault_route(path)) {
        let body = "{\"email\":\"ada@example.com\"}".to_owned();
        let answer = world.call(method, path, &[], body).await;
        assert_eq!(answer.status, unknown.status, "{method} {path}");
        assert_eq!(answer.body, unknown.body, "{method} {path}");
    }
    assert!(ROUTES.iter().any(|(_, path)| is_fault_route(path)));
}

#[tokio::test]
async fn the_metadata_names_routes_that_exist() {
    let world = World::new(TestDb::sqlite()).await;
    let answer = world
        .get("/playground/.well-known/oauth-authorization-server")
        .await;
    let metadata = answer.json();
    assert_eq!(metadata["issuer"], crate::harness::ISSUER);
    assert_eq!(
        metadata["code_challenge_methods_supported"],
        serde_json::json!(["S256"])
    );
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") {
            let path = value
                .as_str()
                .unwrap()
                .strip_prefix("https://hub.example.com/base")
                .unwrap();
            assert!(
                ROUTES.iter().any(|(_, known)| *known == path),
                "{name} {path}"
            );
        }
    }
}
