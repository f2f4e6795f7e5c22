//! Reading a request's body without trusting it.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};

/// A body as the handlers take it: reading it may have failed.
pub(crate) type Body = Result<Bytes, BytesRejection>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadBody {
    #[error("the body is too large")]
    TooLarge,
    #[error("the body did not arrive whole")]
    Broken,
}

impl BadBody {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }
}

pub(crate) fn read(body: Body) -> Result<Bytes, BadBody> {
    body.map_err(|rejection| {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            BadBody::TooLarge
        } else {
            BadBody::Broken
        }
    })
}

/// Whether the body is said to be of this type, parameters such as `charset` aside.
pub(crate) fn is(headers: &HeaderMap, media_type: &str) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type))
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";
pub(crate) const JSON: &str = "application/json";
