//! The switches as routes, which exist only when the Playground was made with them.

use std::collections::VecDeque;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use trunnel_store::StoreError;
use trunnel_store::playground as store;

use super::state::{Change, Life};
use super::{Answer, Faults, perform};
use crate::Playground;
use crate::api::error::ApiError;
use crate::body::{self, Body};
use crate::email::Email;

/// A year; a longer life is a typing error.
const MAX_LIFE_S: u32 = 365 * 24 * 60 * 60;

/// Answers the API's requests as planned.
pub(crate) async fn interfere(
    State(playground): State<Playground>,
    request: Request,
    next: Next,
) -> Response {
    let answer = playground
        .faults()
        .map_or(Answer::Honest, Faults::next_api_answer);
    perform(answer, playground.sleep(), next.run(request)).await
}

/// `GET /playground/faults`
pub(crate) async fn show(State(playground): State<Playground>) -> Response {
    state(&playground)
}

/// `PUT /playground/faults`: what is not named stays as it is.
pub(crate) async fn set(
    State(playground): State<Playground>,
    body: Body,
) -> Result<Response, ApiError> {
    let change = change(&object(body)?)?;
    if let Some(faults) = playground.faults() {
        faults.set(change);
    }
    Ok(state(&playground))
}

/// `DELETE /playground/faults`
pub(crate) async fn reset(State(playground): State<Playground>) -> Response {
    if let Some(faults) = playground.faults() {
        faults.reset();
    }
    state(&playground)
}

/// `POST /playground/faults/revoke`: as if the user had thrown all clients out.
pub(crate) async fn revoke(
    State(playground): State<Playground>,
    body: Body,
) -> Result<Json<Value>, ApiError> {
    let object = object(body)?;
    let email = object
        .get("email")
        .and_then(Value::as_str)
        .and_then(|text| Email::parse(text).ok());
    let user = email
        .ok_or_else(|| ApiError::invalid("email", "is not an e-mail address"))?
        .into_user();
    let (grants, keys) = playground
        .db()
        .write(move |tx| {
            Box::pin(async move {
                let grants = store::remove_grants_of(tx, &user).await?;
                Ok::<_, StoreError>((grants, store::remove_keys_of(tx, &user).await?))
            })
        })
        .await?;
    Ok(Json(
        json!({"revoked_grants": grants, "revoked_keys": keys}),
    ))
}

fn state(playground: &Playground) -> Response {
    match playground.faults() {
        Some(faults) => Json(faults.show()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn object(body: Body) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_slice(&body::read(body)?).map_err(|_| ApiError::NotAnObject)
}

fn change(object: &Map<String, Value>) -> Result<Change, ApiError> {
    let mut change = Change::default();
    for (name, value) in object {
        match name.as_str() {
            "access_token_life_s" => change.access_life = Some(life(value)?),
            "next_token_answers" => {
                change.token_answers = Some(answers("next_token_answers", value)?);
            }
            "next_api_answers" => change.api_answers = Some(answers("next_api_answers", value)?),
            _ => {
                let why = "can be access_token_life_s, next_token_answers and next_api_answers";
                return Err(ApiError::invalid("body", why));
            }
        }
    }
    Ok(change)
}

fn life(value: &Value) -> Result<Life, ApiError> {
    if value.is_null() {
        return Ok(Life::Standard);
    }
    let life = value.as_u64().and_then(|life| u32::try_from(life).ok());
    life.filter(|life| *life <= MAX_LIFE_S)
        .map(Life::Seconds)
        .ok_or_else(|| ApiError::invalid("access_token_life_s", "is not a number of seconds"))
}

fn answers(name: &'static str, value: &Value) -> Result<VecDeque<Answer>, ApiError> {
    let list = value
        .as_array()
        .ok_or_else(|| ApiError::invalid(name, "is not a list"))?;
    list.iter()
        .map(|answer| {
            let parsed = answer.as_str().unwrap_or_default().parse::<Answer>();
            parsed.map_err(|bad| ApiError::invalid(name, bad.to_string()))
        })
        .collect()
}
