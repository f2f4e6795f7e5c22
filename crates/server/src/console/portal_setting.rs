//! How the organization's Connect portal looks, and who may frame it.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value};
use trunnel_core::PortalChange;
use trunnel_model::fault::Fault;
use trunnel_model::portal_setting::{Collection, Navigation, Palette, Theme};
use trunnel_model::role::Permission;

use super::caller::Member;
use crate::app::Server;
use crate::input::{Body, Reader};
use crate::portal::settings;
use crate::problem::Problem;
use crate::routes::{Access, Routes};

pub(crate) fn routes() -> Routes {
    const PATH: &str = "/console/api/portal-settings";
    Routes::default()
        .get(Access::Member(Permission::SettingsRead), PATH, show)
        .put(Access::Member(Permission::PortalWrite), PATH, change)
}

async fn show(
    State(server): State<Server>,
    Member(caller): Member,
) -> Result<Json<Value>, Problem> {
    let known = server.core.portal_settings(&caller).await?;
    Ok(Json(settings(&known)))
}

async fn change(
    State(server): State<Server>,
    Member(caller): Member,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let change = read(&body)?;
    let now = server.core.update_portal_settings(&caller, change).await?;
    Ok(Json(settings(&now)))
}

fn read(body: &Map<String, Value>) -> Result<PortalChange, Fault> {
    let reader = Reader::new(body);
    Ok(PortalChange {
        theme: word(&reader, "theme", Theme::WORDS, Theme::parse)?,
        palette: word(&reader, "palette", Palette::WORDS, Palette::parse)?,
        navigation: word(&reader, "navigation", Navigation::WORDS, Navigation::parse)?,
        collection: word(&reader, "collection", Collection::WORDS, Collection::parse)?,
        show_organization: reader.boolean("show_organization")?,
        show_linked_account: reader.boolean("show_linked_account")?,
        remove_branding: reader.boolean("remove_branding")?,
        connection_log: reader.boolean("connection_log")?,
        redirect_url: address(body, "redirect_url")?,
        terms_url: address(body, "terms_url")?,
        privacy_url: address(body, "privacy_url")?,
        allowed_origins: reader.texts("allowed_origins")?,
    })
}

fn word<T, E>(
    reader: &Reader<'_>,
    name: &str,
    words: &[&str],
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<T>, Fault> {
    let Some(text) = reader.text(name)? else {
        return Ok(None);
    };
    let wrong = |_| Fault::field(name, format!("`{name}` is one of {}", words.join(", ")));
    parse(&text).map(Some).map_err(wrong)
}

/// `null` and an empty text remove it; what is absent stays.
#[expect(
    clippy::option_option,
    reason = "absent, removed and given are three things"
)]
fn address(body: &Map<String, Value>, name: &str) -> Result<Option<Option<String>>, Fault> {
    if !body.contains_key(name) {
        return Ok(None);
    }
    let text = Reader::new(body).text(name)?;
    let text = text.map(|text| text.trim().to_owned());
    Ok(Some(text.filter(|text| !text.is_empty())))
}
