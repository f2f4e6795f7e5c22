//! The developer's own fields that are secret: sealed, apart from the others, never shown,
//! and never copied into a customer's connection.

use serde_json::Value;
use trunnel_catalog::{Connector, Field, Fields, check_developer_fields, developer_fields};
use trunnel_model::connector_setting::ConnectorSetting;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::scope::Scope;
use trunnel_store::connector_setting::StoredSetting;
use trunnel_store::sealed::{Place, Sealed};
use trunnel_store::{Tx, connector_secret, connector_setting};

use crate::Core;
use crate::error::{Error, input_fault};
use crate::vault::Sealer;

/// What stands for a secret field that is set.
pub const FIELD_MASK: &str = "********";

/// Secret fields as they were read and as they are to be.
pub(super) struct Resealed {
    slug: String,
    before: Option<Sealed>,
    after: Option<Sealed>,
}

impl Core {
    /// Everything that the developer has set for all customers, the secret fields opened.
    pub(crate) async fn developer_values(
        &self,
        scope: &Scope,
        connector: &Connector,
        stored: &StoredSetting,
    ) -> Result<Fields, Error> {
        let mut fields = stored.setting.fields.clone();
        fields.extend(self.secret_fields(scope, connector).await?);
        Ok(fields)
    }

    /// The secret ones alone; most connectors have none, and for those nothing is read.
    pub(crate) async fn secret_fields(
        &self,
        scope: &Scope,
        connector: &Connector,
    ) -> Result<Fields, Error> {
        if secrets(connector).next().is_none() {
            return Ok(Fields::new());
        }
        let slug = connector.slug.as_str();
        if let Some(sealed) = connector_secret::find(self.db(), scope, slug).await? {
            return self.open_fields(scope, slug, Some(&sealed)).await;
        }
        // Set before there was a place for secrets, and not saved since.
        let stored = connector_setting::find(self.db(), scope, slug).await?;
        let mut fields = stored
            .map(|stored| stored.setting.fields)
            .unwrap_or_default();
        fields.retain(|name, _| secrets(connector).any(|field| field.name == *name));
        Ok(fields)
    }

    async fn open_fields(
        &self,
        scope: &Scope,
        slug: &str,
        sealed: Option<&Sealed>,
    ) -> Result<Fields, Error> {
        let Some(sealed) = sealed else {
            return Ok(Fields::new());
        };
        let place = Place::ConnectorSecret;
        let plain = self.vault().open(scope, place, slug, sealed).await?;
        serde_json::from_str(plain.expose())
            .map_err(|error| Error::Internal(format!("secret fields of {slug}: {error}")))
    }

    /// Puts a mask for each secret field that is set.
    pub(super) async fn mask_fields(
        &self,
        scope: &Scope,
        connector: &Connector,
        setting: &mut ConnectorSetting,
    ) -> Result<(), Error> {
        setting
            .fields
            .extend(self.secret_fields(scope, connector).await?);
        for field in secrets(connector) {
            if let Some(value) = setting.fields.get_mut(&field.name) {
                *value = Value::from(FIELD_MASK);
            }
        }
        Ok(())
    }

    /// Checks the developer's fields and takes the secret ones out of them. A mask stands
    /// for the secret that is set.
    pub(super) async fn seal_fields(
        &self,
        scope: &Scope,
        connector: &Connector,
        sealer: &Sealer,
        fields: &mut Fields,
    ) -> Result<Option<Resealed>, Error> {
        let names: Vec<_> = secrets(connector).map(|field| &field.name).collect();
        if names.is_empty() {
            check(connector, fields)?;
            return Ok(None);
        }
        let slug = connector.slug.as_str();
        let before = connector_secret::find(self.db(), scope, slug).await?;
        let mut known = self.stored_setting(scope, connector).await?.setting.fields;
        known.extend(self.open_fields(scope, slug, before.as_ref()).await?);
        for name in &names {
            if fields.get(*name).is_some_and(is_mask) {
                match known.get(*name) {
                    Some(value) => fields.insert((*name).clone(), value.clone()),
                    None => fields.remove(*name),
                };
            }
        }
        check(connector, fields)?;
        let mut hidden = Fields::new();
        for name in names {
            if let Some(value) = fields.remove(name) {
                hidden.insert(name.clone(), value);
            }
        }
        let seal = || sealer.seal(Place::ConnectorSecret, slug, &json(hidden.clone()));
        Ok(Some(Resealed {
            slug: slug.to_owned(),
            before,
            after: (!hidden.is_empty()).then(seal),
        }))
    }
}

impl Resealed {
    /// # Errors
    /// 409 when somebody has changed them since they were read: a mask would have put
    /// the older secret back.
    pub(super) async fn write(&self, tx: &mut Tx<'_>, scope: &Scope) -> Result<(), Error> {
        if connector_secret::find_in(tx, scope, &self.slug).await? != self.before {
            let why = "Somebody else has changed these fields at the same moment. Load them \
                       again, then save.";
            return Err(Fault::new(409, FaultCode::Conflict, why)
                .with("field", "fields")
                .into());
        }
        match &self.after {
            Some(sealed) => connector_secret::put(tx, scope, &self.slug, sealed).await?,
            None => connector_secret::delete(tx, scope, &self.slug).await?,
        }
        Ok(())
    }
}

fn secrets(connector: &Connector) -> impl Iterator<Item = &Field> {
    developer_fields(connector).filter(|field| field.is_secret())
}

fn check(connector: &Connector, fields: &Fields) -> Result<(), Error> {
    check_developer_fields(connector, fields).map_err(|faults| input_fault(&faults))?;
    Ok(())
}

fn is_mask(value: &Value) -> bool {
    let text = value.as_str();
    text.is_some_and(|text| !text.is_empty() && text.chars().all(|c| c == '*'))
}

fn json(fields: Fields) -> String {
    Value::Object(fields).to_string()
}
