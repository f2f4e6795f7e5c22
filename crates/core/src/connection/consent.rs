//! What a consent is asked with, and what is kept when it was given.

use trunnel_catalog::{AuthOption, Fields, OAuthClient, TokenAnswer, scopes_for};
use trunnel_model::id::ConnectionId;
use trunnel_store::connector_setting::StoredSetting;
use url::Url;

use super::Target;
use super::begin::{Asked, not_enabled};
use super::credential::Held;
use super::discover::Issuer;
use super::establish::Obtained;
use super::way::Way;
use crate::Core;
use crate::connector::ChosenClient;
use crate::ctx::AccountCtx;
use crate::error::Error;

/// A consent that was begun.
#[derive(Debug, Clone)]
pub struct Begun {
    /// To be opened in the customer's browser.
    pub auth_url: Url,
    /// For a provider that the customer tells a code.
    pub device: Option<DeviceBegun>,
}

/// A code for the customer to type, and how to ask what became of it.
#[derive(Debug, Clone)]
pub struct DeviceBegun {
    pub attempt: String,
    pub user_code: String,
    pub verification_uri: Url,
    pub verification_uri_complete: Option<Url>,
    pub expires_in_s: i64,
    pub interval_s: i64,
}

/// All that one consent is asked with.
pub(super) struct Asking {
    pub(super) way: Way,
    pub(super) fields: Fields,
    pub(super) scopes: Vec<String>,
    pub(super) client: ChosenClient,
    /// Whose answer it has to be.
    pub(super) issuer: Option<Issuer>,
    pub(super) target: Target,
    pub(super) metadata: Option<Fields>,
}

/// What a consent has brought.
pub(super) struct Granted {
    pub(super) answer: TokenAnswer,
    pub(super) fields: Fields,
    /// What was asked for.
    pub(super) scopes: Vec<String>,
    pub(super) target: Target,
    pub(super) metadata: Option<Fields>,
    /// As the connection is to name its client.
    pub(super) client_id: String,
}

impl Core {
    /// Finds what a consent needs besides what the caller gave: the provider's
    /// servers, where they are not written down, and a client.
    pub(super) async fn asking(
        &self,
        caller: &AccountCtx,
        way: Way,
        asked: &Asked,
        stored: &StoredSetting,
        mut fields: Fields,
    ) -> Result<Asking, Error> {
        let ready = || {
            if stored.setting.enabled {
                Ok(())
            } else {
                let environment = caller.ctx.scope.environment().name();
                Err(not_enabled(&way.connector, environment))
            }
        };
        let known = way.option().scopes();
        let mut scopes = known
            .map(|known| scopes_for(known, &stored.setting.scopes))
            .unwrap_or_default();
        // Nothing is registered for what customers do not see.
        if way.option().registers() {
            ready()?;
        }
        let found = self.discover(&way, &fields).await?;
        if let Some(found) = &found {
            fields.extend(found.fields.clone());
            if scopes.is_empty() {
                scopes.clone_from(&found.scopes);
            }
        }
        let client = self
            .consent_client(
                &caller.ctx,
                &way,
                stored,
                (&fields, &scopes),
                found.as_ref(),
            )
            .await?;
        ready()?;
        Ok(Asking {
            fields,
            scopes,
            client,
            issuer: found.map(|found| found.issuer),
            target: asked.target.clone(),
            metadata: asked.metadata.clone(),
            way,
        })
    }

    /// Asks whose it is, and keeps it.
    pub(super) async fn keep_granted(
        &self,
        caller: &AccountCtx,
        way: &Way,
        client: &OAuthClient,
        granted: Granted,
    ) -> Result<ConnectionId, Error> {
        let option: &AuthOption = way.option();
        let answer = &granted.answer;
        let mut fields = granted.fields;
        fields.extend(answer.fields.clone());
        let held = Held::of(answer);
        let (identifier, told) = self.identify(way, &fields, &held, Some(client)).await;
        fields.extend(told);
        let asked = Some(granted.scopes).filter(|scopes| !scopes.is_empty());
        let now = self.now();
        let obtained = Obtained {
            slug: way.connector.slug.clone(),
            auth_type: option.auth_type,
            auth_option: option.id.clone(),
            target: granted.target,
            revocable: true,
            plain: held.write(),
            fields: way.connector.in_the_clear(fields),
            metadata: granted.metadata,
            renewable: way.renews(held.refresh_token.is_some()),
            identifier,
            // RFC 6749, 5.1: what is not said is what was asked for.
            scopes: answer.scopes.clone().or(asked),
            client_id: Some(granted.client_id),
            expires_at: answer
                .expires_in_s
                .map(|s| now.plus_millis(s.saturating_mul(1000))),
        };
        self.establish(caller, obtained).await
    }
}
