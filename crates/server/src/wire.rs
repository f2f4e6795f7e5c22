//! Domain objects as the public API writes them.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use serde_json::{Value, json};
use trunnel_catalog::{AuthOption, Connector, GrantType, Method, auth_structure, input_fields_for};
use trunnel_core::{
    AccountView, AppName, ApplicationView, Begun, ConnectorView, Ctx, DeviceProgress, ScopeView,
};
use trunnel_model::connection::{Connection, Status};
use trunnel_model::id::ConnectionId;
use trunnel_model::page::Page;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::Webhook;

/// What the apps of some connections are called, by slug.
pub(crate) type AppNames = BTreeMap<String, AppName>;

/// ISO 8601 with milliseconds and a `Z`.
pub(crate) fn time(at: Timestamp) -> String {
    let at = DateTime::from_timestamp_millis(at.as_millis()).unwrap_or_default();
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

#[derive(Serialize)]
pub(crate) struct LinkedAccount<'a> {
    _id: &'a str,
    associated_org: &'a str,
    account_id: &'a str,
    name: Option<&'a str>,
    environment: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    udf: Vec<Udf<'a>>,
    is_seed: bool,
    tenant_account_id: Option<&'a str>,
    integrations: Vec<Integration<'a>>,
    #[serde(rename = "createdAt")]
    created_at: String,
    #[serde(rename = "updatedAt")]
    updated_at: String,
    __v: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) new_account: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) success: Option<bool>,
}

#[derive(Serialize)]
struct Udf<'a> {
    _id: &'a str,
    key_name: &'a str,
    key_value: &'a str,
    #[serde(rename = "createdAt")]
    created_at: String,
    #[serde(rename = "updatedAt")]
    updated_at: String,
}

#[derive(Serialize)]
struct Integration<'a> {
    _id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    name: &'a str,
    icon: Option<&'a str>,
    identifier: Option<&'a Value>,
    app_id: Option<&'a str>,
    auth_type: &'static str,
    status: &'static str,
    refresh_token_expired: bool,
    reauth_required: bool,
    #[serde(rename = "createdAt")]
    created_at: String,
    #[serde(rename = "updatedAt")]
    updated_at: String,
}

pub(crate) fn linked_account<'a>(
    ctx: &'a Ctx,
    view: &'a AccountView,
    names: &'a AppNames,
) -> LinkedAccount<'a> {
    let account = &view.account;
    let udf = account.udf.iter().map(|entry| Udf {
        _id: entry.id.as_str(),
        key_name: &entry.name,
        key_value: &entry.value,
        created_at: time(entry.created_at),
        updated_at: time(entry.updated_at),
    });
    LinkedAccount {
        _id: account.id.as_str(),
        associated_org: ctx.organization.as_str(),
        account_id: account.account_id.as_str(),
        name: account.name.as_deref(),
        environment: ctx.scope.environment().wire(),
        scope: account.scope.as_deref(),
        udf: udf.collect(),
        is_seed: false,
        tenant_account_id: None,
        integrations: view
            .connections
            .iter()
            .map(|known| integration(known, names))
            .collect(),
        created_at: time(account.created_at),
        updated_at: time(account.updated_at),
        __v: account.version,
        new_account: None,
        success: None,
    }
}

fn integration<'a>(connection: &'a Connection, names: &'a AppNames) -> Integration<'a> {
    let expired = connection.status == Status::Expired;
    let slug = connection.slug.as_str();
    let app = names.get(slug);
    let custom = app.is_some_and(|app| app.custom);
    Integration {
        _id: connection.id.as_str(),
        kind: if custom { "custom" } else { slug },
        name: app.map_or(slug, |app| app.name.as_str()),
        icon: None,
        identifier: connection.identifier.as_ref(),
        app_id: custom.then_some(slug),
        auth_type: connection.auth_type.as_str(),
        status: connection.status.as_str(),
        refresh_token_expired: expired,
        reauth_required: expired,
        created_at: time(connection.created_at),
        updated_at: time(connection.updated_at),
    }
}

/// One page in the compatible envelope.
pub(crate) fn page<T: Serialize>(docs: &[T], of: &Page<impl Sized>) -> Value {
    json!({
        "docs": docs,
        "totalDocs": of.total,
        "limit": of.request.limit(),
        "page": of.request.number(),
        "totalPages": of.total_pages(),
        "pagingCounter": of.first_place(),
        "hasPrevPage": of.previous().is_some(),
        "hasNextPage": of.next().is_some(),
        "prevPage": of.previous(),
        "nextPage": of.next(),
    })
}

pub(crate) fn application(view: &ApplicationView) -> Value {
    let connector = &view.connector;
    let first = connector.auth.first();
    let expired = view
        .connections
        .iter()
        .any(|known| known.status == Status::Expired);
    json!({
        "_id": connector.slug,
        "app_id": connector.slug,
        "name": connector.name,
        "slug": connector.slug,
        "type": connector.slug,
        "kind": if connector.custom { "custom" } else { "native" },
        "icon": "",
        "description": connector.description,
        "tags": connector.categories,
        "ecosystem": false,
        "version": { "_v": "v2", "description": "" },
        "auth_type": first.map(|option| option.auth_type.as_str()),
        "grant_type": grant_type(connector),
        "auth_type_options": type_options(connector),
        "auth_input_map": first.map(|option| input_fields_for(connector, option)).unwrap_or_default(),
        "auth_options": connector.auth.iter().map(|option| auth_option(connector, option)).collect::<Vec<_>>(),
        "connected": !view.connections.is_empty(),
        "connected_accounts": view.connections.iter().map(|known| connected_account(view, known)).collect::<Vec<_>>(),
        "reauth_required": expired,
        "webhook_url": view.webhook_url,
    })
}

/// The grant of the first option of the OAuth family.
fn grant_type(connector: &Connector) -> Option<&'static str> {
    let mut grants = connector.auth.iter().filter_map(AuthOption::grant_type);
    grants.next().map(GrantType::as_str)
}

/// What each family asks for; the first option of a family answers for it.
fn type_options(connector: &Connector) -> Value {
    let mut options = serde_json::Map::new();
    for option in &connector.auth {
        let family = option.auth_type.as_str();
        if !options.contains_key(family) {
            let fields = json!(input_fields_for(connector, option));
            options.insert(family.to_owned(), fields);
        }
    }
    Value::Object(options)
}

/// One way to connect, as a chooser shows it.
fn auth_option(connector: &Connector, option: &AuthOption) -> Value {
    json!({
        "id": option.id,
        "auth_type": option.auth_type.as_str(),
        "label": option.label,
        "method": method_name(option),
        "grant_type": option.grant_type().map(GrantType::as_str),
        "fields": input_fields_for(connector, option),
    })
}

/// What a client has to do for it.
fn method_name(option: &AuthOption) -> &'static str {
    match option.method {
        Method::OAuth2(_) | Method::OAuth1(_) => "redirect",
        Method::Device(_) => "device_code",
        Method::Keys(_) => "form",
        Method::None => "none",
    }
}

fn connected_account(view: &ApplicationView, connection: &Connection) -> Value {
    let scopes = ScopeView::of(Some(&view.connector), &view.selected, connection);
    json!({
        "identifier": connection.identifier,
        "auth_type": connection.auth_type.as_str(),
        "auth_option": connection.auth_option,
        "is_default": connection.is_default,
        "connectedAt": time(connection.connected_at),
        "status": connection.status.as_str(),
        "connection_id": connection.id.as_str(),
        "last_error": connection.last_error,
        "scopes_granted": scopes.granted,
        "scopes_requested": scopes.requested,
        "scopes_missing": scopes.missing,
        "needs_consent": scopes.needs_consent(),
    })
}

/// Where the customer goes, and what is typed there, where there is something.
pub(crate) fn begun(begun: &Begun) -> Value {
    let mut answer = json!({ "auth_url": begun.auth_url.as_str() });
    if let Some(device) = &begun.device {
        let complete = device.verification_uri_complete.as_ref();
        answer["device_attempt"] = json!(device.attempt);
        answer["user_code"] = json!(device.user_code);
        answer["verification_uri"] = json!(device.verification_uri.as_str());
        answer["verification_uri_complete"] = json!(complete.map(url::Url::as_str));
        answer["expires_in"] = json!(device.expires_in_s);
        answer["interval"] = json!(device.interval_s);
    }
    answer
}

pub(crate) fn device_progress(progress: &DeviceProgress) -> Value {
    let connection = progress.connection.as_ref();
    json!({
        "connected": connection.is_some(),
        "status": if connection.is_some() { "connected" } else { "pending" },
        "connection_id": connection.map(ConnectionId::as_str),
        "interval": progress.interval_s,
    })
}

/// A connector's setting; the client secret is only ever a mask.
pub(crate) fn connector(ctx: &Ctx, view: &ConnectorView) -> Value {
    let (connector, setting) = (&view.connector, &view.setting);
    let scopes = connector.auth.iter().find_map(AuthOption::scopes);
    json!({
        "slug": connector.slug,
        "name": connector.name,
        "description": connector.description,
        "tags": connector.categories,
        "docs": connector.docs,
        "environment": ctx.scope.environment().wire(),
        "auth_types": connector.auth_types().iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "auth_structure": auth_structure(connector),
        "enabled": setting.enabled,
        "credential_source": setting.source.as_str(),
        "shared_credentials_available": view.shared_available,
        "client_id": setting.client_id,
        "client_secret": setting.has_secret.then_some("********"),
        "callback_url": view.callback_url,
        "webhook_url": view.webhook.url,
        "webhook_secret": view.webhook.has_secret.then_some("********"),
        "scopes": {
            "mandatory": scopes.map(|scopes| &scopes.mandatory),
            "optional": scopes.map(|scopes| &scopes.optional),
            "selected": setting.scopes,
        },
        "fields": setting.fields,
        "missing": view.missing,
        "createdAt": time(setting.created_at),
        "updatedAt": time(setting.updated_at),
    })
}

pub(crate) fn webhook(ctx: &Ctx, webhook: &Webhook) -> Value {
    json!({
        "_id": webhook.id.as_str(),
        "org_id": ctx.organization.as_str(),
        "environment": ctx.scope.environment().wire(),
        "is_enabled": webhook.is_enabled,
        "webhook_events": webhook.events.iter().map(|event| event.as_str()).collect::<Vec<_>>(),
        "webhook_url": webhook.url,
        "webhook_description": webhook.description,
        "description": webhook.description,
        "webhook_headers": webhook.headers,
        "webhook_body": webhook.body.clone().unwrap_or_else(|| json!("{{event}}")),
        "method": webhook.method.as_str(),
        "slug": webhook.slug,
        "workflow_ids": webhook.workflow_ids,
        "webhook_type": webhook.kind.as_str(),
        "group": webhook.group,
        "createdAt": time(webhook.created_at),
        "updatedAt": time(webhook.updated_at),
        "__v": webhook.version,
    })
}
