//! Domain objects as the public API writes them.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat};
use serde::Serialize;
use serde_json::{Value, json};
use trunnel_catalog::{auth_structure, input_fields_for};
use trunnel_core::{AccountView, ApplicationView, ConnectorView, Ctx};
use trunnel_model::connection::{AuthType, Connection, Status};
use trunnel_model::page::Page;
use trunnel_model::time::Timestamp;
use trunnel_model::webhook::Webhook;

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
    slug: &'a str,
    name: Cow<'a, str>,
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
    names: &impl Fn(&'a str) -> Cow<'a, str>,
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

fn integration<'a>(
    connection: &'a Connection,
    names: &impl Fn(&'a str) -> Cow<'a, str>,
) -> Integration<'a> {
    let expired = connection.status == Status::Expired;
    Integration {
        _id: connection.id.as_str(),
        slug: &connection.slug,
        name: names(&connection.slug),
        icon: None,
        identifier: connection.identifier.as_ref(),
        app_id: None,
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
    let types = connector.auth_types();
    let options = types.iter().map(|kind| {
        (
            kind.as_str().to_owned(),
            json!(input_fields_for(connector, *kind)),
        )
    });
    let first = types.first().copied();
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
        "kind": "native",
        "icon": "",
        "description": connector.description,
        "tags": connector.categories,
        "ecosystem": false,
        "version": { "_v": "v2", "description": "" },
        "auth_type": first.map(AuthType::as_str),
        "grant_type": connector.oauth2.as_ref().map(|_| "authorization_code"),
        "auth_type_options": options.collect::<serde_json::Map<_, _>>(),
        "auth_input_map": first.map(|kind| input_fields_for(connector, kind)).unwrap_or_default(),
        "connected": !view.connections.is_empty(),
        "connected_accounts": view.connections.iter().map(connected_account).collect::<Vec<_>>(),
        "reauth_required": expired,
    })
}

fn connected_account(connection: &Connection) -> Value {
    json!({
        "identifier": connection.identifier,
        "auth_type": connection.auth_type.as_str(),
        "connectedAt": time(connection.connected_at),
        "status": connection.status.as_str(),
        "connection_id": connection.id.as_str(),
        "last_error": connection.last_error,
    })
}

/// A connector's setting; the client secret is only ever a mask.
pub(crate) fn connector(ctx: &Ctx, view: &ConnectorView) -> Value {
    let (connector, setting) = (&view.connector, &view.setting);
    let oauth2 = connector.oauth2.as_ref();
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
        "scopes": {
            "mandatory": oauth2.map(|oauth2| &oauth2.mandatory_scopes),
            "optional": oauth2.map(|oauth2| &oauth2.optional_scopes),
            "selected": setting.scopes,
        },
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
