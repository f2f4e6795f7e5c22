//! Contacts.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};
use trunnel_model::time::Timestamp;
use trunnel_store::StoreError;
use trunnel_store::playground::contact::{self as store, Contact};

use super::auth::Caller;
use super::error::ApiError;
use super::fields::Fields;
use crate::body::Body;
use crate::params::Params;
use crate::scopes::Scope;
use crate::{Playground, minted};

const STANDARD_LIMIT: i64 = 20;
const MAX_LIMIT: i64 = 100;

type Id = Result<Path<String>, PathRejection>;

/// `GET /playground/api/contacts?limit&cursor`
pub(crate) async fn list(
    State(playground): State<Playground>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let owner = caller.user_for(Scope::ContactsRead)?;
    let params = Params::parse(query.unwrap_or_default().as_bytes())?;
    let limit = limit(&params)?;
    let after = after(&params)?;
    // One more than was asked for says whether there is a next page.
    let mut contacts = store::list(playground.db(), &owner, &after, limit + 1).await?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = contacts.len() > wanted;
    contacts.truncate(wanted);
    let last = contacts.last().filter(|_| more);
    let next_cursor = last.map(|contact| URL_SAFE_NO_PAD.encode(&contact.id));
    let data: Vec<Value> = contacts.iter().map(show_one).collect();
    Ok(Json(json!({"data": data, "next_cursor": next_cursor})))
}

/// `POST /playground/api/contacts`
pub(crate) async fn create(
    State(playground): State<Playground>,
    caller: Caller,
    body: Body,
) -> Result<Response, ApiError> {
    let owner = caller.user_for(Scope::ContactsWrite)?;
    let mut fields = Fields::read(body)?;
    let email = fields.email.take();
    let now = playground.now();
    let mut contact = Contact {
        id: minted::id("con_", now, playground.chance()),
        email: email.ok_or_else(|| ApiError::invalid("email", "is missing"))?,
        name: None,
        company: None,
        phone: None,
        created_at: now,
        updated_at: now,
    };
    fields.apply(&mut contact);
    let contact = playground
        .db()
        .write(move |tx| {
            Box::pin(async move {
                store::add(tx, &owner, &contact).await.map_err(duplicate)?;
                Ok::<_, ApiError>(contact)
            })
        })
        .await?;
    let place = [(
        header::LOCATION,
        format!("{}/api/contacts/{}", playground.issuer(), contact.id),
    )];
    Ok((StatusCode::CREATED, place, Json(show_one(&contact))).into_response())
}

/// `GET /playground/api/contacts/{id}`
pub(crate) async fn show(
    State(playground): State<Playground>,
    caller: Caller,
    id: Id,
) -> Result<Json<Value>, ApiError> {
    let owner = caller.user_for(Scope::ContactsRead)?;
    let contact = store::find(playground.db(), &owner, &checked(id)?).await?;
    Ok(Json(show_one(&contact.ok_or(ApiError::NotFound)?)))
}

/// `PATCH /playground/api/contacts/{id}`
pub(crate) async fn update(
    State(playground): State<Playground>,
    caller: Caller,
    id: Id,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let owner = caller.user_for(Scope::ContactsWrite)?;
    let (id, fields) = (checked(id)?, Fields::read(body)?);
    let now = playground.now();
    let contact = playground
        .db()
        .write(move |tx| {
            Box::pin(async move {
                let found = store::lock(tx, &owner, &id).await?;
                let mut contact = found.ok_or(ApiError::NotFound)?;
                fields.apply(&mut contact);
                contact.updated_at = now;
                store::update(tx, &owner, &contact)
                    .await
                    .map_err(duplicate)?;
                Ok::<_, ApiError>(contact)
            })
        })
        .await?;
    Ok(Json(show_one(&contact)))
}

/// `DELETE /playground/api/contacts/{id}`
pub(crate) async fn delete(
    State(playground): State<Playground>,
    caller: Caller,
    id: Id,
) -> Result<StatusCode, ApiError> {
    let owner = caller.user_for(Scope::ContactsWrite)?;
    let id = checked(id)?;
    let found = playground
        .db()
        .write(move |tx| Box::pin(async move { store::remove(tx, &owner, &id).await }))
        .await?;
    if found {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(ApiError::NotFound)
    }
}

fn limit(params: &Params) -> Result<i64, ApiError> {
    let Some(text) = params.get("limit") else {
        return Ok(STANDARD_LIMIT);
    };
    text.parse()
        .ok()
        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
        .ok_or_else(|| ApiError::invalid("limit", "is not a whole number from 1 to 100"))
}

/// The id after which the page begins; an empty one comes before all.
fn after(params: &Params) -> Result<String, ApiError> {
    let Some(cursor) = params.get("cursor") else {
        return Ok(String::new());
    };
    let id = URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|id| String::from_utf8(id).ok());
    id.filter(|id| is_id(id))
        .ok_or_else(|| ApiError::invalid("cursor", "is not one that this API gave out"))
}

fn checked(id: Id) -> Result<String, ApiError> {
    let id = id.map(|Path(id)| id).unwrap_or_default();
    if is_id(&id) {
        Ok(id)
    } else {
        Err(ApiError::NotFound)
    }
}

fn is_id(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("con_")
        .is_some_and(|body| body.len() == 32 && body.bytes().all(hex))
}

fn duplicate(error: StoreError) -> ApiError {
    match error {
        StoreError::Taken => ApiError::Duplicate,
        other => other.into(),
    }
}

fn show_one(contact: &Contact) -> Value {
    json!({
        "id": contact.id,
        "email": contact.email,
        "name": contact.name,
        "company": contact.company,
        "phone": contact.phone,
        "created_at": show_time(contact.created_at),
        "updated_at": show_time(contact.updated_at),
    })
}

fn show_time(at: Timestamp) -> Option<String> {
    DateTime::from_timestamp_millis(at.as_millis())
        .map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}
