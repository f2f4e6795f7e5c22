//! The owner comes in by a link that works once.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use trunnel_core::NewOwner;
use trunnel_model::secret::Secret;

use super::caller::Address;
use super::view;
use crate::app::Server;
use crate::input::{Body, PathText, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const LINK: &str = "/console/api/setup/{token}";
    Routes::default()
        .get(Access::Public, LINK, look)
        .post(Access::Public, LINK, complete)
}

async fn look(
    State(server): State<Server>,
    PathText(token): PathText,
) -> Result<Json<Value>, Problem> {
    let organization = server.core.setup_organization(&token).await?;
    Ok(Json(json!({ "organization": organization.name })))
}

async fn complete(
    State(server): State<Server>,
    Address(address): Address,
    PathText(token): PathText,
    Body(body): Body,
) -> Result<Response, Problem> {
    let reader = Reader::new(&body);
    let owner = NewOwner {
        name: reader.required("name")?,
        email: reader.required("email")?,
        password: Secret::new(reader.required("password")?),
        organization: reader.text("organization")?,
    };
    let signed_in = server.core.complete_setup(&token, owner, address).await?;
    view::signed_in(&server, Some(&signed_in)).await
}
