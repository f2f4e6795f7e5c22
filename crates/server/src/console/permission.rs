//! What a member's role must hold to call each public route in place of a key.

use axum::http::Method;
use trunnel_model::role::Permission as P;

const ROUTES: &[(&str, &str, P)] = &[
    ("GET", "/api/v2/public/linked-account", P::AccountsRead),
    ("POST", "/api/v2/public/linked-account", P::AccountsWrite),
    ("PUT", "/api/v2/public/linked-account", P::AccountsWrite),
    (
        "GET",
        "/api/v2/public/linked-account/{linked_account_id}",
        P::AccountsRead,
    ),
    (
        "DELETE",
        "/api/v2/public/linked-account/{linked_account_id}",
        P::AccountsWrite,
    ),
    (
        "GET",
        "/api/v2/public/session/active-linked-account",
        P::AccountsRead,
    ),
    ("POST", "/api/v2/public/session-token", P::AccountsWrite),
    ("POST", "/api/v2/public/connect-url", P::AccountsWrite),
    ("GET", "/api/v2/public/hosted-properties", P::AccountsRead),
    (
        "POST",
        "/api/v2/public/session-token/revoke",
        P::AccountsWrite,
    ),
    ("GET", "/api/v2/public/application", P::AppsRead),
    ("GET", "/api/v2/public/application/{slug}", P::AppsRead),
    ("GET", "/api/v2/public/auth-structure/{slug}", P::AppsRead),
    (
        "GET",
        "/api/v2/public/linked-account/integration/oauth-url/{slug}",
        P::AccountsWrite,
    ),
    (
        "PUT",
        "/api/v2/public/linked-account/integration/save-key-credentials/{slug}",
        P::AccountsWrite,
    ),
    (
        "POST",
        "/api/v2/public/linked-account/integration/device/{slug}",
        P::AccountsWrite,
    ),
    ("GET", "/api/v1/{slug}/integrate", P::AccountsWrite),
    ("POST", "/api/v1/{slug}/integrate", P::AccountsWrite),
    ("POST", "/api/v2/app/{slug}/save", P::AccountsWrite),
    (
        "DELETE",
        "/api/v2/public/linked-account/integration/{slug}",
        P::AccountsWrite,
    ),
    (
        "GET",
        "/api/v2/public/linked-account/integration/{slug}/log",
        P::LogsRead,
    ),
    ("GET", "/api/v2/public/connection", P::AccountsRead),
    ("GET", "/api/v2/public/connection/at-risk", P::AccountsRead),
    ("GET", "/api/v2/public/connection/{id}", P::AccountsRead),
    ("PUT", "/api/v2/public/connection/{id}", P::AccountsWrite),
    ("DELETE", "/api/v2/public/connection/{id}", P::AccountsWrite),
    ("PUT", "/api/v2/public/migrate-token", P::AccountsWrite),
    ("POST", "/api/v2/public/connection/import", P::AccountsWrite),
    ("GET", "/api/v2/public/connector", P::AppsRead),
    ("GET", "/api/v2/public/connector/{slug}", P::AppsRead),
    ("PUT", "/api/v2/public/connector/{slug}", P::ConnectorsWrite),
    ("GET", "/api/v2/public/custom-app", P::AppsRead),
    ("POST", "/api/v2/public/custom-app", P::ConnectorsWrite),
    (
        "POST",
        "/api/v2/public/custom-app/import",
        P::ConnectorsWrite,
    ),
    ("GET", "/api/v2/public/custom-app/{slug}", P::AppsRead),
    (
        "PUT",
        "/api/v2/public/custom-app/{slug}",
        P::ConnectorsWrite,
    ),
    (
        "DELETE",
        "/api/v2/public/custom-app/{slug}",
        P::ConnectorsWrite,
    ),
    (
        "GET",
        "/api/v2/public/custom-app/{slug}/action",
        P::AppsRead,
    ),
    (
        "POST",
        "/api/v2/public/custom-app/{slug}/action",
        P::ConnectorsWrite,
    ),
    (
        "GET",
        "/api/v2/public/custom-app/{slug}/action/{id}",
        P::AppsRead,
    ),
    (
        "PUT",
        "/api/v2/public/custom-app/{slug}/action/{id}",
        P::ConnectorsWrite,
    ),
    (
        "DELETE",
        "/api/v2/public/custom-app/{slug}/action/{id}",
        P::ConnectorsWrite,
    ),
    (
        "GET",
        "/api/v2/integration-schema/{slug}/actions",
        P::AppsRead,
    ),
    (
        "GET",
        "/api/v2/integration-schema/{slug}/actions/{action_id}",
        P::AppsRead,
    ),
    (
        "POST",
        "/api/v2/integration-schema/{slug}/actions/{action_id}/execute",
        P::ActionsRun,
    ),
    (
        "PUT",
        "/api/v2/public/linked-account/default-app/auth-credentials/{key}",
        P::AccountsWrite,
    ),
    (
        "DELETE",
        "/api/v2/public/linked-account/default-app/auth-credentials/{key}",
        P::AccountsWrite,
    ),
    (
        "GET",
        "/api/v2/public/my-app/authentication",
        P::ApiProxiesRead,
    ),
    (
        "PUT",
        "/api/v2/public/my-app/authentication",
        P::ApiProxiesWrite,
    ),
    ("GET", "/api/v2/public/api-proxy", P::ApiProxiesRead),
    ("POST", "/api/v2/public/api-proxy", P::ApiProxiesWrite),
    ("GET", "/api/v2/public/api-proxy/{id}", P::ApiProxiesRead),
    ("PUT", "/api/v2/public/api-proxy/{id}", P::ApiProxiesWrite),
    (
        "DELETE",
        "/api/v2/public/api-proxy/{id}",
        P::ApiProxiesWrite,
    ),
    (
        "POST",
        "/api/v2/public/api-proxy/{id}/execute",
        P::ActionsRun,
    ),
    ("POST", "/api/v2/public/api-proxy/{id}/test", P::ActionsRun),
    ("GET", "/api/v2/proxy/{slug}/{*path}", P::ActionsRun),
    ("POST", "/api/v2/proxy/{slug}/{*path}", P::ActionsRun),
    ("PUT", "/api/v2/proxy/{slug}/{*path}", P::ActionsRun),
    ("PATCH", "/api/v2/proxy/{slug}/{*path}", P::ActionsRun),
    ("DELETE", "/api/v2/proxy/{slug}/{*path}", P::ActionsRun),
    ("GET", "/api/v2/public/webhook", P::WebhooksRead),
    ("POST", "/api/v2/public/webhook", P::WebhooksWrite),
    ("GET", "/api/v2/public/webhook/{id}", P::WebhooksRead),
    ("PUT", "/api/v2/public/webhook/{id}", P::WebhooksWrite),
    ("DELETE", "/api/v2/public/webhook/{id}", P::WebhooksWrite),
    (
        "PUT",
        "/api/v2/public/webhooks/group/edit",
        P::WebhooksWrite,
    ),
    ("GET", "/api/v2/public/trigger-event", P::LogsRead),
    (
        "GET",
        "/api/v2/integration-schema/{slug}/triggers",
        P::AppsRead,
    ),
    (
        "GET",
        "/api/v2/public/connector/{slug}/webhook-token",
        P::WebhooksWrite,
    ),
];

/// The permission for a route of the public API, by its template; `None` when nobody
/// decided on one, and then nobody may.
pub fn permission_of(method: &Method, template: &str) -> Option<P> {
    let method = match method.as_str() {
        // Served by the same handler.
        "HEAD" => "GET",
        method => method,
    };
    let mut rows = ROUTES.iter();
    rows.find(|(known, path, _)| (*known, *path) == (method, template))
        .map(|(_, _, permission)| *permission)
}
