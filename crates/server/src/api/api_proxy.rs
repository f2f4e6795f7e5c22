//! Named requests to the developer's own API.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};
use trunnel_core::{AccountCtx, ApiProxyChange, ApiProxyView, Ctx};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::text::AccountId;

use crate::app::Server;
use crate::caller::{Account, Developer};
use crate::input::{Body, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire;

const DEFINITION: [&str; 3] = ["fields", "request", "options"];

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/api/v2/public/api-proxy";
    const ONE: &str = "/api/v2/public/api-proxy/{id}";
    const EXECUTE: &str = "/api/v2/public/api-proxy/{id}/execute";
    const TEST: &str = "/api/v2/public/api-proxy/{id}/test";
    Routes::default()
        .get(Access::Developer, ALL, list)
        .post(Access::Developer, ALL, create)
        .get(Access::Developer, ONE, get)
        .put(Access::Developer, ONE, change)
        .delete(Access::Developer, ONE, delete)
        .post(Access::Account, EXECUTE, execute)
        .post(Access::Developer, TEST, test)
}

async fn list(
    State(server): State<Server>,
    Developer(ctx): Developer,
) -> Result<Json<Value>, Problem> {
    let views = server.core.api_proxies(&ctx).await?;
    Ok(Json(views.iter().map(|view| answer(&ctx, view)).collect()))
}

async fn create(
    State(server): State<Server>,
    Developer(ctx): Developer,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let view = server.core.create_api_proxy(&ctx, read(&body)?).await?;
    Ok(Json(answer(&ctx, &view)))
}

async fn get(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    let view = server.core.api_proxy(&ctx, &id).await?;
    Ok(Json(answer(&ctx, &view)))
}

async fn change(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(id): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let change = read(&body)?;
    let view = server.core.change_api_proxy(&ctx, &id, change).await?;
    Ok(Json(answer(&ctx, &view)))
}

async fn delete(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(id): PathText,
) -> Result<Json<Value>, Problem> {
    server.core.delete_api_proxy(&ctx, &id).await?;
    let message = "API proxy deleted successfully";
    Ok(Json(json!({ "success": true, "message": message })))
}

async fn execute(
    State(server): State<Server>,
    Account(caller): Account,
    PathText(action_id): PathText,
    Body(input): Body,
) -> Result<Json<Value>, Problem> {
    let answer = server
        .core
        .run_api_proxy(&caller, &action_id, &input)
        .await?;
    Ok(Json(json!({
        "node_status": "Success",
        "success": true,
        "http_status": answer.status,
        "data": answer.data,
    })))
}

async fn test(
    State(server): State<Server>,
    Developer(ctx): Developer,
    PathText(action_id): PathText,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let reader = Reader::new(&body);
    let input = reader.object("input")?.cloned().unwrap_or_default();
    let caller = AccountCtx {
        account: chosen(&reader)?,
        ctx,
    };
    let trial = server
        .core
        .try_api_proxy(&caller, &action_id, &input)
        .await?;
    let console = trial.console.iter();
    let console = console.map(|line| json!({ "level": line.level, "text": line.text }));
    Ok(Json(json!({
        "success": trial.success,
        "curl": trial.curl,
        "console": console.collect::<Value>(),
        "answer": trial.answer,
    })))
}

/// The account that the test is made as.
fn chosen(reader: &Reader<'_>) -> Result<AccountId, Fault> {
    const NAME: &str = "linked_account_id";
    let fault = |code, message: String| Fault::bad_request(code, message).with("field", NAME);
    let named = reader.either(NAME, "account_id")?.ok_or_else(|| {
        let message = format!("{NAME} is required: whom to test as");
        fault(FaultCode::MissingLinkedAccountId, message)
    })?;
    AccountId::parse(&named).map_err(|error| {
        fault(
            FaultCode::InvalidLinkedAccountId,
            format!("{NAME} has {error}"),
        )
    })
}

fn read(body: &Map<String, Value>) -> Result<ApiProxyChange, Fault> {
    const KNOWN: [&str; 3] = ["name", "action_id", "description"];
    let known = |name: &str| KNOWN.contains(&name) || DEFINITION.contains(&name);
    if let Some(unknown) = body.keys().find(|name| !known(name)) {
        let all = [KNOWN, DEFINITION].concat().join(", ");
        let message = format!("`{unknown}` is not a part of an API proxy; there are {all}");
        return Err(Fault::field(unknown, message));
    }
    let reader = Reader::new(body);
    let definition = DEFINITION
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), body.get(*name)?.clone())));
    Ok(ApiProxyChange {
        name: reader.text("name")?,
        action_id: reader.text("action_id")?,
        description: reader.text("description")?,
        definition: definition.collect(),
    })
}

fn answer(ctx: &Ctx, view: &ApiProxyView) -> Value {
    let proxy = &view.proxy;
    let part = |name: &str, empty: Value| {
        let given = view.definition.get(name).filter(|value| !value.is_null());
        given.cloned().unwrap_or(empty)
    };
    json!({
        "_id": proxy.id.as_str(),
        "action_id": proxy.action_id,
        "name": proxy.name,
        "description": proxy.description,
        "environment": ctx.scope.environment().wire(),
        "fields": part("fields", json!([])),
        "request": part("request", json!({})),
        "options": part("options", json!({})),
        "createdAt": wire::time(proxy.created_at),
        "updatedAt": wire::time(proxy.updated_at),
        "__v": proxy.version,
    })
}
