//! Credentials that were obtained elsewhere: one, or many at once.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Map, Value, json};
use trunnel_core::{RowOutcome, RowReader, RowResult};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ConnectionId;

use super::connection::asked_with;
use crate::app::Server;
use crate::caller::{Account, Developer};
use crate::input::{Body, Params, Reader, Whole};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

/// More are sent in several requests.
const MAX_ROWS: usize = 1000;

const OBJECT: &str = "auth_object";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .put(Access::Account, "/api/v2/public/migrate-token", migrate)
        .post(
            Access::Developer,
            "/api/v2/public/connection/import",
            import,
        )
}

async fn migrate(
    State(server): State<Server>,
    Account(caller): Account,
    params: Params,
    Body(mut body): Body,
) -> Result<Json<Value>, Problem> {
    let mut asked = asked_with(&params, &mut body)?;
    let reader = Reader::new(&body);
    let slug = reader.text("slug")?.ok_or_else(|| missing("slug"))?;
    let object = reader.object(OBJECT)?.ok_or_else(|| missing(OBJECT))?;
    let (kind, values) = only_type(object)?;
    asked.auth_type = Some(kind.to_owned());
    let connection = server
        .core
        .migrate_token(&caller, &slug, asked, values)
        .await?;
    Ok(Json(json!({
        "success": true,
        "message": "Token migrated successfully",
        "connection_id": connection.as_str(),
    })))
}

fn only_type(object: &Map<String, Value>) -> Result<(&str, &Map<String, Value>), Fault> {
    let mut types = object.iter();
    match (types.next(), types.next()) {
        (Some((kind, Value::Object(values))), None) => Ok((kind, values)),
        (Some((kind, _)), None) => {
            let place = format!("{OBJECT}.{kind}");
            Err(Fault::field(&place, format!("`{place}` must be an object")))
        }
        _ => Err(Fault::field(
            OBJECT,
            format!("`{OBJECT}` must have exactly one auth type, such as `oauth2`"),
        )),
    }
}

fn missing(name: &str) -> Fault {
    Fault::bad_request(
        FaultCode::MissingRequiredField,
        format!("`{name}` is required"),
    )
    .with("field", name)
}

async fn import(
    State(server): State<Server>,
    Developer(ctx): Developer,
    params: Params,
    Whole(body): Whole,
) -> Result<Json<Value>, Problem> {
    let dry_run = params.yes("dry_run")?;
    let rows = rows_of(&body)?;
    let results = server.core.import_connections(&ctx, rows, dry_run).await?;
    let count = |name: &str| {
        let named = results.iter().filter(|result| outcome(result).0 == name);
        named.count()
    };
    Ok(Json(json!({
        "dry_run": dry_run,
        "total": results.len(),
        "valid": count("valid"),
        "created": count("created"),
        "updated": count("updated"),
        "unchanged": count("unchanged"),
        "failed": count("failed"),
        "rows": results.iter().map(row).collect::<Vec<_>>(),
    })))
}

type Rows = Vec<(u64, Result<trunnel_core::ImportRow, Fault>)>;

fn rows_of(body: &Bytes) -> Result<Rows, Fault> {
    let rows: Rows = RowReader::new(&body[..])?.take(MAX_ROWS + 1).collect();
    if rows.len() > MAX_ROWS {
        return Err(Fault::new(
            413,
            FaultCode::PayloadTooLarge,
            format!("one request imports at most {MAX_ROWS} rows; send them in several"),
        ));
    }
    if rows.is_empty() {
        let message = "there is no row to import";
        return Err(Fault::bad_request(FaultCode::ValidationError, message));
    }
    Ok(rows)
}

fn outcome(result: &RowResult) -> (&'static str, Option<&ConnectionId>) {
    match &result.outcome {
        Ok(RowOutcome::Valid) => ("valid", None),
        Ok(RowOutcome::Created(id)) => ("created", Some(id)),
        Ok(RowOutcome::Updated(id)) => ("updated", Some(id)),
        Ok(RowOutcome::Unchanged(id)) => ("unchanged", Some(id)),
        Err(_) => ("failed", None),
    }
}

fn row(result: &RowResult) -> Value {
    let (name, connection) = outcome(result);
    let fault = result.outcome.as_ref().err();
    json!({
        "row": result.number,
        "ok": fault.is_none(),
        "result": name,
        "linked_account_id": result.account,
        "connection_id": connection.map(ConnectionId::as_str),
        "error_code": fault.map(|fault| fault.code.as_str()),
        "field": fault.and_then(|fault| fault.extra.get("field")),
        "error": fault.map(|fault| &fault.message),
    })
}
