//! What was done in an environment: a page of it, or a file.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};
use trunnel_core::{AuditFilter, AuditView, Ctx, MAX_EXPORT, Paged};
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::Fault;
use trunnel_model::id::AuditEntryId;
use trunnel_model::role::Permission;

use super::caller::Scoped;
use crate::app::Server;
use crate::input::Params;
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

const DAY_MS: i64 = 24 * 3_600_000;

/// The times that can be asked for.
const DAYS: [i64; 4] = [1, 7, 30, 90];

const LONGEST_PAGE: i64 = 200;

/// An export is read in pages of so many.
const EXPORT_PAGE: usize = 1000;

const COLUMNS: &str =
    "time,action,actor_kind,actor_name,actor,subject,address,environment,details,id\r\n";

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/console/api/{app_id}/{environment}/audit";
    const EXPORT: &str = "/console/api/{app_id}/{environment}/audit/export";
    Routes::default()
        .get(Access::Member(Permission::AuditRead), ALL, list)
        .get(Access::Member(Permission::AuditRead), EXPORT, export)
}

async fn list(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    params: Params,
) -> Result<Json<Value>, Problem> {
    let filter = filter(&server, &params)?;
    let limit = params.number("limit")?.unwrap_or(50);
    if !(1..=LONGEST_PAGE).contains(&limit) {
        let message = format!("`limit` is a whole number from 1 to {LONGEST_PAGE}");
        return Err(Fault::field("limit", message).into());
    }
    let before = cursor(&params)?;
    let found = server
        .core
        .audit(&ctx, &filter, before.as_ref(), limit)
        .await?;
    Ok(Json(json!({
        "entries": found.items.iter().map(entry).collect::<Vec<_>>(),
        "next_cursor": found.next,
        "actions": AuditAction::ALL.iter().map(|action| action.as_str()).collect::<Vec<_>>(),
    })))
}

fn filter(server: &Server, params: &Params) -> Result<AuditFilter, Fault> {
    let days = params.number("days")?.unwrap_or(7);
    if !DAYS.contains(&days) {
        let message = "`days` is 1, 7, 30 or 90";
        return Err(Fault::field("days", message));
    }
    let actions = params.text("action").unwrap_or_default();
    let actions = actions.split(',').map(str::trim);
    let actions = actions.filter(|name| !name.is_empty()).map(|name| {
        AuditAction::parse(name).map_err(|_| {
            let message = format!("`{name}` is no action; the list of entries names them all");
            Fault::field("action", message)
        })
    });
    Ok(AuditFilter {
        since: server.core.now().plus_millis(-days * DAY_MS),
        actions: actions.collect::<Result<_, _>>()?,
        actor: params.text("actor"),
        subject: params.text("subject"),
    })
}

fn cursor(params: &Params) -> Result<Option<AuditEntryId>, Fault> {
    let text = params.text("cursor");
    let parsed = text.map(|text| AuditEntryId::parse(&text)).transpose();
    parsed.map_err(|_| {
        let message = "`cursor` is not one that a page before has given as `next_cursor`";
        Fault::field("cursor", message)
    })
}

fn entry(view: &AuditView) -> Value {
    let entry = &view.entry;
    let details: Value = serde_json::from_str(&entry.details).unwrap_or_else(|_| json!({}));
    json!({
        "id": entry.id.as_str(),
        "action": entry.action.as_str(),
        "actor": entry.actor,
        "actor_name": view.actor_name,
        "actor_kind": view.actor_kind,
        "subject": entry.subject,
        "address": entry.address,
        "environment": view.environment.name(),
        "details": details,
        "created_at": time(entry.created_at),
    })
}

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Json,
}

/// A file on its way.
struct Export {
    server: Server,
    ctx: Ctx,
    filter: AuditFilter,
    format: Format,
    before: Option<AuditEntryId>,
    rows: usize,
    over: bool,
}

async fn export(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    params: Params,
) -> Result<Response, Problem> {
    let format = match params.text("format").as_deref() {
        None | Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        Some(_) => return Err(Fault::field("format", "`format` is csv or json").into()),
    };
    let environment = ctx.scope.environment().name();
    let mut export = Export {
        filter: filter(&server, &params)?,
        server,
        ctx,
        format,
        before: None,
        rows: 0,
        over: false,
    };
    // What fails at once is still a proper answer.
    let first = export.next().await?;
    let rest = stream::unfold(export, |mut export| async move {
        if export.over {
            return None;
        }
        // An error ends the answer in its middle, so that nobody takes it for whole.
        let next = export.next().await.inspect_err(|error| {
            tracing::error!(%error, "an export of the audit was cut off");
        });
        export.over |= next.is_err();
        Some((next, export))
    });
    let body = Body::from_stream(stream::iter([Ok(first)]).chain(rest));
    let (kind, end) = match format {
        Format::Csv => ("text/csv; charset=utf-8", "csv"),
        Format::Json => ("application/json", "json"),
    };
    let name = format!("attachment; filename=\"audit-{environment}.{end}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, body).into_response())
}

impl Export {
    /// One page as text, with the file's head before the first and its foot behind the
    /// last one.
    async fn next(&mut self) -> Result<Bytes, trunnel_core::Error> {
        let most = EXPORT_PAGE.min(MAX_EXPORT - self.rows);
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        let core = &self.server.core;
        let found = core.audit(&self.ctx, &self.filter, self.before.as_ref(), limit);
        let Paged { items, .. } = found.await?;
        let mut text = String::new();
        if self.before.is_none() {
            text.push_str(match self.format {
                Format::Csv => COLUMNS,
                Format::Json => "[",
            });
        }
        for view in &items {
            match self.format {
                Format::Csv => push_row(&mut text, view),
                Format::Json => {
                    text.push_str(if self.rows == 0 { "\n" } else { ",\n" });
                    text.push_str(&entry(view).to_string());
                }
            }
            self.rows += 1;
        }
        self.over = items.len() < most || self.rows == MAX_EXPORT;
        self.before = items.last().map(|view| view.entry.id.clone());
        if self.over && matches!(self.format, Format::Json) {
            text.push_str("\n]\n");
        }
        Ok(text.into())
    }
}

fn push_row(text: &mut String, view: &AuditView) {
    let entry = &view.entry;
    let at = time(entry.created_at);
    let cells = [
        at.as_str(),
        entry.action.as_str(),
        view.actor_kind,
        &view.actor_name,
        &entry.actor,
        &entry.subject,
        entry.address.as_deref().unwrap_or_default(),
        view.environment.name(),
        &entry.details,
        entry.id.as_str(),
    ];
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        push_cell(text, cell);
    }
    text.push_str("\r\n");
}

/// Quoted, and not what a spreadsheet takes for a formula: some of it comes from
/// customers.
fn push_cell(text: &mut String, cell: &str) {
    text.push('"');
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        text.push('\'');
    }
    text.push_str(&cell.replace('"', "\"\""));
    text.push('"');
}
