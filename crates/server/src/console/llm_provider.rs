//! The organization's LLM provider.

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use trunnel_model::fault::Fault;
use trunnel_model::llm_provider::{LlmProvider, LlmVendor};
use trunnel_model::role::Permission;
use trunnel_model::secret::Secret;

use super::caller::Member;
use crate::app::Server;
use crate::input::{Body, Reader};
use crate::problem::Problem;
use crate::routes::{Access, Routes};
use crate::wire::time;

pub(crate) fn routes() -> Routes {
    const PATH: &str = "/console/api/llm-provider";
    Routes::default()
        .get(Access::Member(Permission::SettingsRead), PATH, get)
        .put(Access::Member(Permission::SettingsWrite), PATH, change)
        .delete(Access::Member(Permission::SettingsWrite), PATH, remove)
}

async fn get(State(server): State<Server>, Member(member): Member) -> Result<Json<Value>, Problem> {
    let found = server.core.llm_provider(&member).await?;
    Ok(Json(view(found.as_ref())))
}

async fn change(
    State(server): State<Server>,
    Member(member): Member,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let reader = Reader::new(&body);
    let vendor = LlmVendor::parse(&reader.required("provider")?)
        .map_err(|error| Fault::field("provider", format!("`provider`: {error}")))?;
    // An empty key, or a mask of stars, is none: the one that is there stays.
    let key = reader.text("api_key")?.map(|text| text.trim().to_owned());
    let key = key.filter(|text| text.chars().any(|c| c != '*'));
    let saved = server
        .core
        .set_llm_provider(&member, vendor, key.map(Secret::new))
        .await?;
    Ok(Json(view(Some(&saved))))
}

async fn remove(
    State(server): State<Server>,
    Member(member): Member,
) -> Result<Json<Value>, Problem> {
    server.core.remove_llm_provider(&member).await?;
    Ok(Json(json!({ "done": true })))
}

/// The key is never a part of it.
fn view(found: Option<&LlmProvider>) -> Value {
    json!({
        "provider": found.map(|set| set.vendor.as_str()),
        "has_key": found.is_some(),
        "updated_at": found.map(|set| time(set.updated_at)),
    })
}
