//! How each organization's Connect portal looks.

use trunnel_model::id::OrganizationId;
use trunnel_model::portal_setting::{Collection, Navigation, Palette, PortalSettings, Theme};
use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::Row;

macro_rules! columns {
    () => {
        "theme, palette, navigation, collection, show_organization, show_linked_account, \
        remove_branding, connection_log, redirect_url, terms_url, privacy_url, allowed_origins"
    };
}

statements! { "portal_setting":
    FIND = concat!("SELECT ", columns!(), " FROM portal_setting WHERE organization_id = ?1");
    LOCK_ORGANIZATION = "SELECT name FROM organization WHERE id = ?1 /*pg FOR NO KEY UPDATE*/";
    ORGANIZATION_NAME = "SELECT name FROM organization WHERE id = ?1";
    PUT = concat!("INSERT INTO portal_setting (organization_id, ", columns!(), ", updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) \
        ON CONFLICT (organization_id) DO UPDATE SET theme = ?2, palette = ?3, navigation = ?4, \
        collection = ?5, show_organization = ?6, show_linked_account = ?7, \
        remove_branding = ?8, connection_log = ?9, redirect_url = ?10, terms_url = ?11, \
        privacy_url = ?12, allowed_origins = ?13, updated_at = ?14");
}

/// What was set; nothing where nothing ever was.
pub async fn find(
    db: &Db,
    organization: &OrganizationId,
) -> Result<Option<PortalSettings>, StoreError> {
    db.one(&FIND, &[organization.as_str().into()], settings)
        .await
}

pub async fn organization_name(
    db: &Db,
    organization: &OrganizationId,
) -> Result<Option<String>, StoreError> {
    let params = [organization.as_str().into()];
    db.one(&ORGANIZATION_NAME, &params, |row| row.text(0)).await
}

/// The same as [`find`], with others kept from changing it until the transaction ends.
pub async fn lock(
    tx: &mut Tx<'_>,
    organization: &OrganizationId,
) -> Result<Option<PortalSettings>, StoreError> {
    let params = [organization.as_str().into()];
    tx.one(&LOCK_ORGANIZATION, &params, |row| row.text(0))
        .await?;
    tx.one(&FIND, &params, settings).await
}

pub async fn put(
    tx: &mut Tx<'_>,
    organization: &OrganizationId,
    settings: &PortalSettings,
    now: Timestamp,
) -> Result<(), StoreError> {
    // Texts always serialize.
    let origins = serde_json::to_string(&settings.allowed_origins).unwrap_or_default();
    let params = [
        organization.as_str().into(),
        settings.theme.as_str().into(),
        settings.palette.as_str().into(),
        settings.navigation.as_str().into(),
        settings.collection.as_str().into(),
        settings.show_organization.into(),
        settings.show_linked_account.into(),
        settings.remove_branding.into(),
        settings.connection_log.into(),
        settings.redirect_url.as_deref().into(),
        settings.terms_url.as_deref().into(),
        settings.privacy_url.as_deref().into(),
        (&origins).into(),
        now.into(),
    ];
    tx.execute(&PUT, &params).await?;
    Ok(())
}

fn settings(row: &Row<'_>) -> Result<PortalSettings, StoreError> {
    Ok(PortalSettings {
        theme: row.parsed(0, "portal_setting.theme", Theme::parse)?,
        palette: row.parsed(1, "portal_setting.palette", Palette::parse)?,
        navigation: row.parsed(2, "portal_setting.navigation", Navigation::parse)?,
        collection: row.parsed(3, "portal_setting.collection", Collection::parse)?,
        show_organization: row.yes(4)?,
        show_linked_account: row.yes(5)?,
        remove_branding: row.yes(6)?,
        connection_log: row.yes(7)?,
        redirect_url: row.opt_text(8)?,
        terms_url: row.opt_text(9)?,
        privacy_url: row.opt_text(10)?,
        allowed_origins: row.parsed(11, "portal_setting.allowed_origins", |text| {
            serde_json::from_str::<Vec<String>>(text)
        })?,
    })
}
