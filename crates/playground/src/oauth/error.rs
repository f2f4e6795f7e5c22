//! What the token, revocation and registration endpoints refuse, in RFC 6749's words.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use trunnel_store::StoreError;

use crate::body::BadBody;
use crate::params::BadParams;

#[derive(Debug, thiserror::Error)]
pub(crate) enum OAuthError {
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error(transparent)]
    Params(#[from] BadParams),
    #[error(transparent)]
    Body(#[from] BadBody),
    #[error("the client is unknown or its secret is wrong")]
    InvalidClient,
    #[error("{0}")]
    InvalidGrant(&'static str),
    #[error("the grant types are authorization_code and refresh_token")]
    UnsupportedGrantType,
    #[error("the scope is unknown or more than was granted")]
    InvalidScope,
    #[error("{0}")]
    InvalidRedirectUri(&'static str),
    #[error("{0}")]
    InvalidClientMetadata(&'static str),
    #[error("there are as many clients as the Playground keeps")]
    Full,
    #[error("the Playground has a problem of its own")]
    Store(#[from] StoreError),
}

impl OAuthError {
    const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) | Self::Params(_) | Self::Body(_) => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidRedirectUri(_) => "invalid_redirect_uri",
            Self::InvalidClientMetadata(_) => "invalid_client_metadata",
            Self::Full => "temporarily_unavailable",
            Self::Store(_) => "server_error",
        }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::InvalidClient => StatusCode::UNAUTHORIZED,
            Self::Full => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Body(bad) => bad.status(),
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        if let Self::Store(cause) = &self {
            tracing::error!(error = %cause, "the Playground's storage failed");
        }
        let body = json!({"error": self.code(), "error_description": self.to_string()});
        let mut response = (self.status(), no_store(), Json(body)).into_response();
        if matches!(self, Self::InvalidClient) {
            let challenge = HeaderValue::from_static("Basic realm=\"playground\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// RFC 6749, 5.1: nothing on the way may keep what holds a token.
pub(crate) const fn no_store() -> [(header::HeaderName, &'static str); 2] {
    [
        (header::CACHE_CONTROL, "no-store"),
        (header::PRAGMA, "no-cache"),
    ]
}
