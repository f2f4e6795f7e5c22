//! An environment's API keys.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use serde_json::{Map, Value, json};
use trunnel_model::api_key::{ApiKey, LastUse};
use trunnel_model::fault::Fault;
use trunnel_model::role::Permission;
use trunnel_model::secret::Secret;

use super::caller::{Member, Scoped};
use crate::app::Server;
use crate::input::{Body, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

const LONGEST_GRACE_S: i64 = trunnel_core::MAX_GRACE_MS / 1000;

/// No browser and nobody between keeps a key.
const UNKEPT: [(HeaderName, HeaderValue); 1] =
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];

type PlainKey = ([(HeaderName, HeaderValue); 1], Json<Value>);

pub(crate) fn routes() -> Routes {
    const ALL: &str = "/console/api/{app_id}/{environment}/api-key";
    const REVEAL: &str = "/console/api/{app_id}/{environment}/api-key/reveal";
    const ROTATE: &str = "/console/api/{app_id}/{environment}/api-key/rotate";
    Routes::default()
        .get(Access::Member(Permission::KeysRead), ALL, list)
        .post(Access::Member(Permission::KeysReveal), REVEAL, reveal)
        .post(Access::Member(Permission::KeysRotate), ROTATE, rotate)
}

async fn list(
    State(server): State<Server>,
    Member(member): Member,
    Scoped(ctx): Scoped,
) -> Result<Json<Value>, Problem> {
    let keys = server.core.api_keys(&ctx).await?;
    let may_reveal = member.role.may(Permission::KeysReveal);
    Ok(Json(json!({
        "api_keys": keys.iter().map(api_key).collect::<Vec<_>>(),
        "can_reveal": may_reveal && server.core.reveals_api_keys(&ctx).await?,
    })))
}

async fn reveal(
    State(server): State<Server>,
    Member(member): Member,
    Scoped(ctx): Scoped,
    Body(body): Body,
) -> Result<PlainKey, Problem> {
    let password = Reader::new(&body).text("password")?;
    let password = password.filter(|text| !text.is_empty()).map(Secret::new);
    let key = server
        .core
        .reveal_api_key_to(&ctx, &member, password)
        .await?;
    Ok(plain(&key))
}

async fn rotate(
    State(server): State<Server>,
    Scoped(ctx): Scoped,
    Body(body): Body,
) -> Result<PlainKey, Problem> {
    let key = server.core.rotate_api_key(&ctx, grace_ms(&body)?).await?;
    Ok(plain(key.plain.secret()))
}

fn grace_ms(body: &Map<String, Value>) -> Result<i64, Fault> {
    const NAME: &str = "grace_s";
    let grace = match Reader::new(body).value(NAME) {
        None => Some(0),
        Some(value) => value.as_i64(),
    };
    let grace = grace.filter(|grace| (0..=LONGEST_GRACE_S).contains(grace));
    let seconds = grace.ok_or_else(|| {
        let message = format!("`{NAME}` is a whole number from 0 to {LONGEST_GRACE_S}, in seconds");
        Fault::field(NAME, message)
    })?;
    Ok(seconds * 1000)
}

fn plain(key: &Secret) -> PlainKey {
    (UNKEPT, Json(json!({ "api_key": key.expose() })))
}

fn api_key(key: &ApiKey) -> Value {
    json!({
        "id": key.id.as_str(),
        "hint": key.hint,
        "created_at": time(key.created_at),
        "expires_at": key.expires_at.map(time),
        "last_used": key.last_use.as_ref().map(last_use),
    })
}

fn last_use(used: &LastUse) -> Value {
    json!({ "at": time(used.at), "address": used.address, "route": used.route })
}
