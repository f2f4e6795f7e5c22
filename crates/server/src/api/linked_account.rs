//! Linked accounts.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use trunnel_core::{AccountView, Ctx};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::linked_account::{AccountChange, AccountFilter, MAX_UDF_BYTES};
use trunnel_model::page::{BadPage, PageRequest};
use trunnel_model::text::AccountId;

use crate::app::Server;
use crate::caller::{Developer, DeveloperOrSession, Session};
use crate::input::{Body, Params, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire;

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/api/v2/public/linked-account";
    const ONE: &str = "/api/v2/public/linked-account/{linked_account_id}";
    const ACTIVE: &str = "/api/v2/public/session/active-linked-account";
    Routes::default()
        .get(Access::Developer, ALL, list)
        .post(Access::Developer, ALL, create)
        .put(Access::DeveloperOrSession, ALL, upsert)
        .get(Access::DeveloperOrSession, ONE, get)
        .delete(Access::Developer, ONE, delete)
        .get(Access::Session, ACTIVE, active)
}

/// The account as an answer.
pub(super) async fn answer(
    server: &Server,
    ctx: &Ctx,
    view: &AccountView,
) -> Result<Response, Problem> {
    let names = names(server, ctx, std::slice::from_ref(view)).await?;
    Ok(Json(wire::linked_account(ctx, view, &names)).into_response())
}

/// What the apps are called that these accounts are connected to.
async fn names(
    server: &Server,
    ctx: &Ctx,
    views: &[AccountView],
) -> Result<wire::AppNames, Problem> {
    let connections = views.iter().flat_map(|view| &view.connections);
    let slugs: BTreeSet<&str> = connections.map(|known| known.slug.as_str()).collect();
    Ok(server.core.app_names(ctx, slugs.into_iter()).await?)
}

async fn list(
    State(server): State<Server>,
    Developer(ctx): Developer,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let request = PageRequest::new(params.number("page")?, params.number("limit")?)
        .map_err(|error: BadPage| Fault::field(error.field(), error.to_string()))?;
    let page = server
        .core
        .accounts(&ctx, &filter(&params)?, request)
        .await?;
    let names = names(&server, &ctx, &page.items).await?;
    let docs: Vec<_> = page
        .items
        .iter()
        .map(|view| wire::linked_account(&ctx, view, &names))
        .collect();
    Ok(Json(wire::page(&docs, &page)))
}

fn filter(params: &Params) -> Result<AccountFilter, Fault> {
    let (name, value) = (
        label(params, "env_variable_name")?,
        params.text("env_variable_value"),
    );
    if value
        .as_ref()
        .is_some_and(|value| value.len() > MAX_UDF_BYTES)
    {
        return Err(Fault::field(
            "env_variable_value",
            format!("`env_variable_value` has at most {MAX_UDF_BYTES} bytes"),
        ));
    }
    let udf = match (name, value) {
        (Some(name), Some(value)) => Some((name, value)),
        (None, None) => None,
        (Some(_), None) => return Err(with_its_pair("env_variable_value", "env_variable_name")),
        (None, Some(_)) => return Err(with_its_pair("env_variable_name", "env_variable_value")),
    };
    Ok(AccountFilter {
        search: label(params, "search")?,
        scope: label(params, "scope")?,
        udf,
    })
}

/// What is looked for is no longer than what can be there, and no longer than what the
/// databases can look for.
fn label(params: &Params, name: &str) -> Result<Option<String>, Fault> {
    const MAX: usize = 255;
    let text = params.text(name);
    if text.as_ref().is_some_and(|text| text.chars().count() > MAX) {
        return Err(Fault::field(
            name,
            format!("`{name}` has at most {MAX} characters"),
        ));
    }
    Ok(text)
}

fn with_its_pair(missing: &str, given: &str) -> Fault {
    Fault::field(missing, format!("`{missing}` is required beside `{given}`"))
}

async fn create(
    State(server): State<Server>,
    Developer(ctx): Developer,
    Body(body): Body,
) -> Result<Response, Problem> {
    let id = required_id(&body)?;
    let view = server.core.create_account(&ctx, id, change(&body)?).await?;
    let names = wire::AppNames::new();
    let mut account = wire::linked_account(&ctx, &view, &names);
    account.success = Some(true);
    Ok(Json(account).into_response())
}

async fn upsert(
    State(server): State<Server>,
    caller: DeveloperOrSession,
    Body(body): Body,
) -> Result<Response, Problem> {
    let id = match &caller {
        DeveloperOrSession::Developer(_) => required_id(&body)?,
        DeveloperOrSession::Session(session) => {
            own_account(&body, &session.account)?;
            session.account.clone()
        }
    };
    let change = merged_change(&body)?;
    let ctx = caller.ctx();
    let (view, created) = server.core.upsert_account(ctx, id, change).await?;
    let names = names(&server, ctx, std::slice::from_ref(&view)).await?;
    let mut account = wire::linked_account(ctx, &view, &names);
    account.new_account = Some(created);
    account.success = Some(true);
    Ok(Json(account).into_response())
}

async fn get(
    State(server): State<Server>,
    caller: DeveloperOrSession,
    PathText(text): PathText,
) -> Result<Response, Problem> {
    let ctx = caller.ctx();
    let id = AccountId::parse(&text).ok().filter(|id| caller.may_see(id));
    let id = id.ok_or_else(|| server.core.unknown_account(ctx, &text))?;
    let view = server.core.account(ctx, &id).await?;
    answer(&server, ctx, &view).await
}

async fn delete(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(text): PathText,
) -> Result<Json<Value>, Problem> {
    let id = AccountId::parse(&text).map_err(|_| server.core.unknown_account(&ctx, &text))?;
    server.core.delete_account(&ctx, &id).await?;
    Ok(Json(
        json!({ "message": "User deleted successfully", "success": true }),
    ))
}

async fn active(
    State(server): State<Server>,
    Session(caller): Session,
) -> Result<Response, Problem> {
    let view = server.core.account(&caller.ctx, &caller.account).await?;
    answer(&server, &caller.ctx, &view).await
}

fn given_id(body: &Map<String, Value>) -> Result<Option<String>, Fault> {
    Reader::new(body).either("account_id", "linked_account_id")
}

fn required_id(body: &Map<String, Value>) -> Result<AccountId, Fault> {
    let fault = |message: String| {
        Fault::bad_request(FaultCode::InvalidLinkedAccountId, message)
            .with("field", "linked_account_id")
    };
    let text = given_id(body)?.ok_or_else(|| fault("linked_account_id required".to_owned()))?;
    AccountId::parse(&text).map_err(|error| fault(format!("linked_account_id has {error}")))
}

/// A session changes its own account; naming another one is a mistake worth telling.
fn own_account(body: &Map<String, Value>, own: &AccountId) -> Result<(), Fault> {
    match given_id(body)? {
        Some(named) if named.trim() != own.as_str() => Err(Fault::new(
            403,
            FaultCode::Forbidden,
            "A session token acts for its own linked account only.",
        )),
        _ => Ok(()),
    }
}

/// Fields may be flat or under `payload`; there they win.
fn merged_change(body: &Map<String, Value>) -> Result<AccountChange, Fault> {
    let Some(payload) = Reader::new(body).object("payload")? else {
        return change(body);
    };
    let mut merged = body.clone();
    merged.extend(payload.clone());
    change(&merged)
}

fn change(body: &Map<String, Value>) -> Result<AccountChange, Fault> {
    let reader = Reader::new(body);
    let auth_credentials = match reader.object("your_app")? {
        None => std::collections::BTreeMap::new(),
        Some(your_app) => Reader::new(your_app).plain_values("auth_credentials")?,
    };
    Ok(AccountChange {
        name: reader.text("name")?,
        scope: reader.text("scope")?,
        udf: reader.plain_values("udf")?,
        auth_credentials,
    })
}
