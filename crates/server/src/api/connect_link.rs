//! Links to the Connect portal, and what they carry for its page.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::IntoResponse;
use bytes::Bytes;
use serde_json::{Value, json};
use trunnel_core::{AccountCtx, NewLink};
use trunnel_model::connect_link::PlainLink;
use trunnel_model::fault::{Fault, FaultCode};

use crate::app::Server;
use crate::caller::{Account, Session, bearer};
use crate::input::{Params, Whole};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .post(Access::Account, "/api/v2/public/connect-url", create)
        .get(
            Access::Session,
            "/api/v2/public/hosted-properties",
            properties,
        )
}

async fn create(
    State(server): State<Server>,
    Account(caller): Account,
    params: Params,
    Whole(body): Whole,
) -> Result<Json<Value>, Problem> {
    let link = new_link(&params, &body)?;
    let made = server.core.create_connect_link(&caller, link).await?;
    Ok(Json(json!({ "hosted_url": made.hosted_url })))
}

/// The body is kept byte for byte, so it is not read as JSON here.
pub(crate) fn new_link(params: &Params, body: &Bytes) -> Result<NewLink, Fault> {
    let properties = std::str::from_utf8(body).map_err(|_| {
        Fault::bad_request(FaultCode::ValidationError, "the body is not valid UTF-8")
    })?;
    Ok(NewLink {
        config_id: params.text("config_id"),
        properties: properties.to_owned(),
    })
}

/// Who may read what a link carries: its account's session, or whoever has the link.
enum Holder {
    Session(AccountCtx),
    Link(String),
}

impl FromRequestParts<Server> for Holder {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        match bearer(&parts.headers) {
            Some(token) if token.starts_with(PlainLink::PREFIX) => Ok(Self::Link(token.to_owned())),
            _ => {
                let Session(caller) = Session::from_request_parts(parts, server).await?;
                Ok(Self::Session(caller))
            }
        }
    }
}

async fn properties(
    State(server): State<Server>,
    holder: Holder,
) -> Result<impl IntoResponse, Problem> {
    let text = match holder {
        Holder::Session(caller) => server.core.hosted_properties(&caller).await?,
        Holder::Link(token) => server.core.properties_of_link(&token).await?,
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}
