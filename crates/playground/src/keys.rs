//! API keys, the other way in.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use trunnel_model::secret::Secret;
use trunnel_store::playground as store;

use crate::api::auth::presented_key;
use crate::api::error::ApiError;
use crate::body::{self, Body};
use crate::email::Email;
use crate::pages::{self, Page};
use crate::params::Params;
use crate::{DEMO_PASSWORD, MAX_MADE, Playground, minted};

/// `GET /playground/api-keys`
pub(crate) async fn page() -> Page {
    pages::key_form("", None)
}

/// `POST /playground/api-keys`, by the page's form or by a program; a browser is
/// told apart by what it accepts.
pub(crate) async fn create(
    State(playground): State<Playground>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let credentials = match Credentials::read(&headers, body) {
        Ok(credentials) => credentials,
        Err(error) => return error.into_response(),
    };
    let made = match credentials.check() {
        Ok(user) => make(&playground, user).await,
        Err(error) => Err(error),
    };
    match (made, wants_page(&headers)) {
        (Ok(key), true) => pages::key_made(&key).into_response(),
        (Ok(key), false) => {
            let body = Json(json!({"api_key": key.expose()}));
            (
                StatusCode::CREATED,
                [(header::CACHE_CONTROL, "no-store")],
                body,
            )
                .into_response()
        }
        (Err(ApiError::Store(error)), true) => pages::failure(&error).into_response(),
        (Err(error), true) => {
            pages::key_form(&credentials.email, Some(&error.to_string())).into_response()
        }
        (Err(error), false) => error.into_response(),
    }
}

/// `DELETE /playground/api-keys`: the key in the header is revoked.
pub(crate) async fn revoke(
    State(playground): State<Playground>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let key = presented_key(&headers).ok_or(ApiError::NoCredential)?;
    let hash = minted::hash(key);
    let found = playground
        .db()
        .write(move |tx| Box::pin(async move { store::remove_key(tx, &hash).await }))
        .await?;
    if !found {
        return Err(ApiError::BadCredential);
    }
    if let Some(faults) = playground.faults() {
        faults.count_revocation();
    }
    Ok(StatusCode::NO_CONTENT)
}

struct Credentials {
    email: String,
    password: Secret,
}

impl Credentials {
    fn read(headers: &HeaderMap, body: Body) -> Result<Self, ApiError> {
        let body = body::read(body)?;
        if body::is(headers, body::JSON) {
            let fields: Map<String, Value> =
                serde_json::from_slice(&body).map_err(|_| ApiError::NotAnObject)?;
            let field = |name| fields.get(name).and_then(Value::as_str).unwrap_or_default();
            return Ok(Self::new(field("email"), field("password")));
        }
        let params = Params::parse(&body)?;
        let field = |name| params.get(name).unwrap_or_default();
        Ok(Self::new(field("email"), field("password")))
    }

    fn new(email: &str, password: &str) -> Self {
        Self {
            email: email.to_owned(),
            password: Secret::new(password),
        }
    }

    /// The user these are right for.
    fn check(&self) -> Result<String, ApiError> {
        let invalid = |field, why: &str| ApiError::invalid(field, why);
        let email =
            Email::parse(&self.email).map_err(|_| invalid("email", "is not an e-mail address"))?;
        if self.password.expose() != DEMO_PASSWORD {
            return Err(invalid("password", "is wrong: it is “playground”"));
        }
        Ok(email.into_user())
    }
}

async fn make(playground: &Playground, user: String) -> Result<Secret, ApiError> {
    let now = playground.now();
    let key = minted::mint("pg_", playground.chance());
    playground
        .db()
        .write(move |tx| {
            Box::pin(async move {
                if store::count_keys(tx).await? >= MAX_MADE {
                    return Err(ApiError::Full);
                }
                store::add_key(tx, &key.hash, &user, now).await?;
                Ok(key.text)
            })
        })
        .await
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}
