//! How to call each route about something that is there. A route that is missing
//! here fails a test by its name.

use std::collections::BTreeSet;

use trunnel_server::{Access, RouteInfo};

use crate::app::{Actor, Answer};

/// What the calls are about.
#[derive(Debug, Clone)]
pub struct Objects {
    pub account: String,
    pub webhook: String,
    /// The account's connection to the Playground.
    pub connection: String,
    /// A key that the Playground takes.
    pub playground_key: String,
}

/// One row: the route, a path of it and a body, where it takes one. `{account}`,
/// `{webhook}`, `{connection}` and `{key}` stand for the objects.
pub struct Call {
    pub method: &'static str,
    pub route: &'static str,
    pub path: &'static str,
    pub body: Option<&'static str>,
    /// What its rightful caller is answered.
    pub status: u16,
}

macro_rules! calls {
    ($($method:ident $route:literal => $path:literal $($body:literal)? -> $status:literal;)+) => {
        pub const CALLS: &[Call] = &[$(Call {
            method: stringify!($method),
            route: $route,
            path: $path,
            body: body!($($body)?),
            status: $status,
        }),+];
    };
}
macro_rules! body {
    () => {
        None
    };
    ($body:literal) => {
        Some($body)
    };
}

calls! {
    GET "/api/v2/public/linked-account" => "/api/v2/public/linked-account" -> 200;
    POST "/api/v2/public/linked-account" => "/api/v2/public/linked-account"
        r#"{"account_id":"{account}","name":"seized","udf":{"a":"b"}}"# -> 409;
    PUT "/api/v2/public/linked-account" => "/api/v2/public/linked-account"
        r#"{"account_id":"{account}","name":"seized","udf":{"plan":null}}"# -> 200;
    GET "/api/v2/public/linked-account/{linked_account_id}" =>
        "/api/v2/public/linked-account/{account}" -> 200;
    DELETE "/api/v2/public/linked-account/{linked_account_id}" =>
        "/api/v2/public/linked-account/{account}" -> 200;
    GET "/api/v2/public/session/active-linked-account" =>
        "/api/v2/public/session/active-linked-account" -> 200;
    POST "/api/v2/public/session-token" => "/api/v2/public/session-token"
        r#"{"linked_account_id":"{account}"}"# -> 200;
    POST "/api/v2/public/session-token/revoke" => "/api/v2/public/session-token/revoke" -> 200;
    GET "/api/v2/public/application" => "/api/v2/public/application" -> 200;
    GET "/api/v2/public/application/{slug}" => "/api/v2/public/application/playground_app" -> 200;
    GET "/api/v2/public/auth-structure/{slug}" =>
        "/api/v2/public/auth-structure/playground_app" -> 200;
    GET "/api/v2/public/linked-account/integration/oauth-url/{slug}" =>
        "/api/v2/public/linked-account/integration/oauth-url/playground_app" -> 200;
    PUT "/api/v2/public/linked-account/integration/save-key-credentials/{slug}" =>
        "/api/v2/public/linked-account/integration/save-key-credentials/playground_app"
        r#"{"api_key":"{key}"}"# -> 200;
    POST "/api/v2/public/linked-account/integration/device/{slug}" =>
        "/api/v2/public/linked-account/integration/device/playground_app"
        r#"{"device_attempt":"dev_0"}"# -> 404;
    GET "/api/v1/{slug}/integrate" => "/api/v1/playground_app/integrate" -> 200;
    POST "/api/v1/{slug}/integrate" => "/api/v1/playground_app/integrate"
        r#"{"client_id":"seized"}"# -> 400;
    POST "/api/v2/app/{slug}/save" => "/api/v2/app/playground_app/save"
        r#"{"api_key":"{key}"}"# -> 200;
    DELETE "/api/v2/public/linked-account/integration/{slug}" =>
        "/api/v2/public/linked-account/integration/playground_app" -> 200;
    GET "/api/v2/public/linked-account/integration/{slug}/log" =>
        "/api/v2/public/linked-account/integration/playground_app/log" -> 200;
    GET "/api/v2/public/connection" => "/api/v2/public/connection" -> 200;
    GET "/api/v2/public/connection/at-risk" => "/api/v2/public/connection/at-risk" -> 200;
    GET "/api/v2/public/connection/{id}" => "/api/v2/public/connection/{connection}" -> 200;
    PUT "/api/v2/public/connection/{id}" => "/api/v2/public/connection/{connection}"
        r#"{"is_default":true,"metadata":{"a":"seized"}}"# -> 200;
    DELETE "/api/v2/public/connection/{id}" => "/api/v2/public/connection/{connection}" -> 200;
    PUT "/api/v2/public/migrate-token" => "/api/v2/public/migrate-token"
        r#"{"slug":"playground_app","auth_object":{"keybased":{"api_key":"{key}"}}}"# -> 200;
    POST "/api/v2/public/connection/import" => "/api/v2/public/connection/import"
        r#"{"linked_account_id":"{account}","slug":"playground_app","api_key":"{key}"}"# -> 200;
    GET "/api/v2/public/connector" => "/api/v2/public/connector" -> 200;
    GET "/api/v2/public/connector/{slug}" => "/api/v2/public/connector/github" -> 200;
    PUT "/api/v2/public/connector/{slug}" => "/api/v2/public/connector/github"
        r#"{"client_id":"seized","enabled":false}"# -> 200;
    GET "/api/v2/public/custom-app" => "/api/v2/public/custom-app" -> 200;
    POST "/api/v2/public/custom-app" => "/api/v2/public/custom-app"
        r#"{"name":"Seized","slug":"seized","description":"","connector":{"base_url":"https://seized.example","auth":{"none":{"kind":"none"}}}}"#
        -> 200;
    POST "/api/v2/public/custom-app/import" => "/api/v2/public/custom-app/import"
        r#"{"name":"Seized","slug":"seized","description":"","document":"{\"openapi\":\"3.0.0\",\"servers\":[{\"url\":\"https://seized.example\"}],\"paths\":{\"/a\":{\"get\":{}}}}"}"#
        -> 200;
    GET "/api/v2/public/custom-app/{slug}" => "/api/v2/public/custom-app/victims_app" -> 200;
    PUT "/api/v2/public/custom-app/{slug}" => "/api/v2/public/custom-app/victims_app"
        r#"{"name":"Seized"}"# -> 200;
    DELETE "/api/v2/public/custom-app/{slug}" => "/api/v2/public/custom-app/victims_app" -> 200;
    GET "/api/v2/public/custom-app/{slug}/action" =>
        "/api/v2/public/custom-app/victims_app/action" -> 200;
    POST "/api/v2/public/custom-app/{slug}/action" =>
        "/api/v2/public/custom-app/victims_app/action"
        r#"{"id":"seized","name":"Seized","request":{"method":"GET","path":"/"}}"# -> 200;
    GET "/api/v2/public/custom-app/{slug}/action/{id}" =>
        "/api/v2/public/custom-app/victims_app/action/victims_action" -> 200;
    PUT "/api/v2/public/custom-app/{slug}/action/{id}" =>
        "/api/v2/public/custom-app/victims_app/action/victims_action"
        r#"{"name":"Seized","request":{"method":"GET","path":"/"}}"# -> 200;
    DELETE "/api/v2/public/custom-app/{slug}/action/{id}" =>
        "/api/v2/public/custom-app/victims_app/action/victims_action" -> 200;
    GET "/api/v2/integration-schema/{slug}/actions" =>
        "/api/v2/integration-schema/playground_app/actions" -> 200;
    GET "/api/v2/integration-schema/{slug}/actions/{action_id}" =>
        "/api/v2/integration-schema/playground_app/actions/create_contact" -> 200;
    POST "/api/v2/integration-schema/{slug}/actions/{action_id}/execute" =>
        "/api/v2/integration-schema/playground_app/actions/create_contact/execute"
        r#"{"email":"seized@example.com"}"# -> 200;
    PUT "/api/v2/public/linked-account/default-app/auth-credentials/{key}" =>
        "/api/v2/public/linked-account/default-app/auth-credentials/victims_key"
        r#"{"value":"seized"}"# -> 200;
    DELETE "/api/v2/public/linked-account/default-app/auth-credentials/{key}" =>
        "/api/v2/public/linked-account/default-app/auth-credentials/victims_key" -> 200;
    GET "/api/v2/public/my-app/authentication" => "/api/v2/public/my-app/authentication" -> 200;
    PUT "/api/v2/public/my-app/authentication" => "/api/v2/public/my-app/authentication"
        r#"{"setup_auth":{"url":"https://seized.example"}}"# -> 200;
    GET "/api/v2/public/api-proxy" => "/api/v2/public/api-proxy" -> 200;
    POST "/api/v2/public/api-proxy" => "/api/v2/public/api-proxy"
        r#"{"name":"Seized","request":{"base_url":"https://seized.example"}}"# -> 200;
    GET "/api/v2/public/api-proxy/{id}" => "/api/v2/public/api-proxy/victims_proxy" -> 200;
    PUT "/api/v2/public/api-proxy/{id}" => "/api/v2/public/api-proxy/victims_proxy"
        r#"{"name":"Seized"}"# -> 200;
    DELETE "/api/v2/public/api-proxy/{id}" => "/api/v2/public/api-proxy/victims_proxy" -> 200;
    POST "/api/v2/public/api-proxy/{id}/execute" =>
        "/api/v2/public/api-proxy/victims_proxy/execute" "{}" -> 200;
    POST "/api/v2/public/api-proxy/{id}/test" => "/api/v2/public/api-proxy/victims_proxy/test"
        r#"{"linked_account_id":"{account}"}"# -> 200;
    GET "/api/v2/proxy/{slug}/{*path}" =>
        "/api/v2/proxy/playground_app/playground/api/contacts" -> 200;
    POST "/api/v2/proxy/{slug}/{*path}" =>
        "/api/v2/proxy/playground_app/playground/api/contacts"
        r#"{"email":"proxied@example.com"}"# -> 201;
    PUT "/api/v2/proxy/{slug}/{*path}" =>
        "/api/v2/proxy/playground_app/playground/api/contacts"
        r#"{"email":"seized@example.com"}"# -> 405;
    PATCH "/api/v2/proxy/{slug}/{*path}" =>
        "/api/v2/proxy/playground_app/playground/api/contacts"
        r#"{"email":"seized@example.com"}"# -> 405;
    DELETE "/api/v2/proxy/{slug}/{*path}" =>
        "/api/v2/proxy/playground_app/playground/api/contacts" -> 405;
    GET "/api/v2/public/webhook" => "/api/v2/public/webhook" -> 200;
    POST "/api/v2/public/webhook" => "/api/v2/public/webhook"
        r#"{"url":"http://127.0.0.1:9/seized","events":["Connection Deleted"]}"# -> 200;
    GET "/api/v2/public/webhook/{id}" => "/api/v2/public/webhook/{webhook}" -> 200;
    PUT "/api/v2/public/webhook/{id}" => "/api/v2/public/webhook/{webhook}"
        r#"{"url":"http://127.0.0.1:9/seized"}"# -> 200;
    DELETE "/api/v2/public/webhook/{id}" => "/api/v2/public/webhook/{webhook}" -> 200;
    PUT "/api/v2/public/webhooks/group/edit" => "/api/v2/public/webhooks/group/edit"
        r#"{"webhookIds":["{webhook}"],"group":"seized"}"# -> 200;
    GET "/api/v1/{slug}/callback" => "/api/v1/playground_app/callback?state=x&code=y" -> 400;
    GET "/api/v2/public/trigger-event" =>
        "/api/v2/public/trigger-event?linked_account_id={account}" -> 200;
    GET "/api/v2/integration-schema/{slug}/triggers" =>
        "/api/v2/integration-schema/playground_app/triggers" -> 200;
    GET "/api/v2/public/connector/{slug}/webhook-token" =>
        "/api/v2/public/connector/notion/webhook-token?linked_account_id={account}" -> 404;
    GET "/api/v1/webhook/{place}/{slug}" => "/api/v1/webhook/app_0-test/slack" -> 404;
    POST "/api/v1/webhook/{place}/{slug}" => "/api/v1/webhook/app_0-test/slack" "{}" -> 404;
    POST "/api/v2/public/connect-url" => "/api/v2/public/connect-url"
        r#"{"name":"seized"}"# -> 200;
    GET "/api/v2/public/hosted-properties" => "/api/v2/public/hosted-properties" -> 200;
    POST "/connect/api/session" => "/connect/api/session" r#"{"token":"lnk_0"}"# -> 404;
    GET "/connect/api/portal" => "/connect/api/portal" -> 200;
    GET "/" => "/" -> 303;
    GET "/console" => "/console" -> 200;
    GET "/console/{*path}" => "/console/login" -> 200;
    GET "/connect/{name}" => "/connect/lnk_0" -> 200;
    GET "/assets/{*path}" => "/assets/console-3f9a.js" -> 200;
    GET "/favicon.svg" => "/favicon.svg" -> 200;
    GET "/healthz" => "/healthz" -> 200;
    GET "/readyz" => "/readyz" -> 200;
    GET "/metrics" => "/metrics" -> 200;
    GET "/api/openapi.json" => "/api/openapi.json" -> 200;
}

impl Call {
    pub fn of(route: &RouteInfo) -> &'static Self {
        CALLS
            .iter()
            .find(|call| (call.method, call.route) == (route.method, route.path))
            .unwrap_or_else(|| panic!("{} {} is not in `CALLS`", route.method, route.path))
    }

    pub async fn send(&self, actor: &Actor, objects: &Objects) -> Answer {
        let filled = |text: &str| {
            text.replace("{account}", &objects.account)
                .replace("{webhook}", &objects.webhook)
                .replace("{connection}", &objects.connection)
                .replace("{key}", &objects.playground_key)
        };
        let body = self.body.map(|body| filled(body).into_bytes());
        actor.send(self.method, &filled(self.path), body).await
    }
}

/// The rightful caller of a route, of whom all three are about the same account.
pub fn rightful<'a>(
    access: Access,
    anyone: &'a Actor,
    developer: &'a Actor,
    session: &'a Actor,
) -> &'a Actor {
    match access {
        Access::Public => anyone,
        Access::Developer | Access::Account | Access::DeveloperOrSession => developer,
        Access::Session => session,
        Access::Member(_) | Access::SignedIn | Access::Entering | Access::Nested => {
            unreachable!("`member_role.rs` is about the Console's routes")
        }
    }
}

#[test]
fn every_route_has_a_call_and_every_call_a_route() {
    let table = trunnel_server::route_table();
    let routes: BTreeSet<_> = table
        .iter()
        .map(|route| (route.method, route.path))
        .collect();
    let calls: BTreeSet<_> = CALLS.iter().map(|call| (call.method, call.route)).collect();
    assert_eq!(
        routes.difference(&calls).collect::<Vec<_>>(),
        Vec::<&(&str, &str)>::new()
    );
    assert_eq!(
        calls.difference(&routes).collect::<Vec<_>>(),
        Vec::<&(&str, &str)>::new()
    );
    assert_eq!(routes.len(), table.len(), "a route is there twice");
    assert_eq!(calls.len(), CALLS.len(), "a call is there twice");
}
