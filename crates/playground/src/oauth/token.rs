//! The token endpoint.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::client;
use super::error::{OAuthError, no_store};
use super::exchange::{self, Issued};
use crate::body::{self, Body};
use crate::faults::{Answer, Faults};
use crate::params::Params;
use crate::{Playground, faults, minted};

/// `POST /playground/oauth/token`
pub(crate) async fn token(
    State(playground): State<Playground>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let params = form(&headers, body);
    match playground.faults() {
        None => match grant(&playground, &headers, params).await {
            Ok(issued) => show(&issued, true),
            Err(error) => error.into_response(),
        },
        Some(faults) => with_faults(&playground, faults, &headers, params).await,
    }
}

/// The same, counted and perhaps spoiled.
async fn with_faults(
    playground: &Playground,
    faults: &Faults,
    headers: &HeaderMap,
    params: Result<Params, OAuthError>,
) -> Response {
    let answer = faults.next_token_answer();
    let refresh = params
        .as_ref()
        .ok()
        .and_then(|params| params.get("refresh_token"));
    // Held until the end, as the request is in flight until then.
    let _in_flight = match refresh {
        Some(token) => faults.watch(playground.db(), &minted::hash(token)).await,
        None => None,
    };
    let by_code = refresh.is_none();
    let work = async {
        match grant(playground, headers, params).await {
            Ok(issued) => {
                if by_code {
                    faults.count_request_of(&issued.grant);
                }
                show(&issued, answer != Answer::NoExpiresIn)
            }
            Err(error) => error.into_response(),
        }
    };
    Box::pin(faults::perform(answer, playground.sleep(), work)).await
}

/// The form that the token and revocation endpoints take.
pub(crate) fn form(headers: &HeaderMap, body: Body) -> Result<Params, OAuthError> {
    if !body::is(headers, body::FORM) {
        return Err(OAuthError::InvalidRequest(
            "the body is not application/x-www-form-urlencoded",
        ));
    }
    Ok(Params::parse(&body::read(body)?)?)
}

async fn grant(
    playground: &Playground,
    headers: &HeaderMap,
    params: Result<Params, OAuthError>,
) -> Result<Issued, OAuthError> {
    let params = params?;
    let client = client::authenticate(playground, headers, &params).await?;
    match params.get("grant_type") {
        Some("authorization_code") => exchange::by_code(playground, client, &params).await,
        Some("refresh_token") => exchange::by_refresh(playground, client, &params).await,
        Some(_) => Err(OAuthError::UnsupportedGrantType),
        None => Err(OAuthError::InvalidRequest("grant_type is missing")),
    }
}

fn show(issued: &Issued, with_life: bool) -> Response {
    let mut body = json!({
        "access_token": issued.access.expose(),
        "token_type": "Bearer",
        "expires_in": issued.life_s,
        "refresh_token": issued.refresh.expose(),
        "scope": issued.grant.scopes,
    });
    if let Some(fields) = body.as_object_mut().filter(|_| !with_life) {
        fields.remove("expires_in");
    }
    (no_store(), Json(body)).into_response()
}
