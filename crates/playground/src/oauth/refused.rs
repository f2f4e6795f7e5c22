//! Why a browser is not taken further, and who is told.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use trunnel_store::StoreError;

use crate::pages;

pub(crate) enum Refused {
    /// The person in front of it: there is nobody else to tell.
    Here(StatusCode, &'static str),
    /// The client, by a redirect.
    Client(Box<Response>),
    Store(StoreError),
}

impl Refused {
    pub(crate) const fn bad(why: &'static str) -> Self {
        Self::Here(StatusCode::BAD_REQUEST, why)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Here(status, why) => pages::problem(status, why).into_response(),
            Self::Client(response) => *response,
            Self::Store(error) => pages::failure(&error).into_response(),
        }
    }
}
