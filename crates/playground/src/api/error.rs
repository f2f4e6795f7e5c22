//! What the API refuses: `{"error": {"code", "message", "field"}}`.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use trunnel_store::StoreError;

use crate::body::BadBody;
use crate::params::BadParams;
use crate::scopes::Scope;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("send an access token, or a key in X-Playground-Key")]
    NoCredential,
    #[error("the access token or key is unknown, expired or revoked")]
    BadCredential,
    #[error("this needs the scope {}", .0.name())]
    InsufficientScope(Scope),
    #[error("{field} {why}")]
    Invalid { field: &'static str, why: String },
    #[error("the body is not a JSON object")]
    NotAnObject,
    #[error(transparent)]
    Params(#[from] BadParams),
    #[error(transparent)]
    Body(#[from] BadBody),
    #[error("there is no such contact")]
    NotFound,
    #[error("there is a contact with this e-mail address")]
    Duplicate,
    #[error("there are as many keys as the Playground keeps; revoke some")]
    Full,
    #[error("the Playground has a problem of its own")]
    Store(#[from] StoreError),
}

impl ApiError {
    pub(crate) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            why: why.into(),
        }
    }

    const fn kind(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NoCredential => (StatusCode::UNAUTHORIZED, "unauthorized"),
            Self::BadCredential => (StatusCode::UNAUTHORIZED, "invalid_token"),
            Self::InsufficientScope(_) => (StatusCode::FORBIDDEN, "insufficient_scope"),
            Self::Invalid { .. } => (StatusCode::BAD_REQUEST, "invalid_field"),
            Self::NotAnObject | Self::Params(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::Body(bad) => (bad.status(), "invalid_request"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::Duplicate => (StatusCode::CONFLICT, "duplicate"),
            Self::Full => (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable"),
            Self::Store(_) => (StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
        }
    }

    const fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid { field, .. } => Some(field),
            Self::Duplicate => Some("email"),
            _ => None,
        }
    }

    /// RFC 6750, 3: what would have been accepted.
    fn challenge(&self) -> Option<(HeaderName, String)> {
        let realm = "Bearer realm=\"playground\"";
        let challenge = match self {
            Self::NoCredential => realm.to_owned(),
            Self::BadCredential => {
                format!("{realm}, error=\"invalid_token\", error_description=\"{self}\"")
            }
            Self::InsufficientScope(scope) => {
                format!(
                    "{realm}, error=\"insufficient_scope\", scope=\"{}\"",
                    scope.name()
                )
            }
            _ => return None,
        };
        Some((header::WWW_AUTHENTICATE, challenge))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Store(cause) = &self {
            tracing::error!(error = %cause, "the Playground's storage failed");
        }
        let (status, code) = self.kind();
        let error = json!({"code": code, "message": self.to_string(), "field": self.field()});
        let body = Json(json!({"error": error}));
        match self.challenge() {
            Some(challenge) => (status, [challenge], body).into_response(),
            None => (status, body).into_response(),
        }
    }
}
