//! Connecting with keys that the customer types.

use serde_json::{Map, Value};
use trunnel_catalog::auth::keys::Verification;
use trunnel_catalog::{
    Connector, Fields, check_key_credentials, read_verification, verify_request,
};
use trunnel_model::connection::AuthType;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ConnectionId;

use super::begin::not_enabled;
use super::credential::{Keys, write_keys};
use super::establish::Obtained;
use super::refresh::TOKEN_LIMITS;
use super::require_type;
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault, input_fault};

impl Core {
    /// Checks the keys' form, asks the provider whether they work, and keeps them.
    ///
    /// # Errors
    /// 400 naming the field, or 422 when the provider refuses the keys; nothing is
    /// kept then.
    pub async fn save_keys(
        &self,
        caller: &AccountCtx,
        slug: &str,
        auth_type: Option<AuthType>,
        given: &Map<String, Value>,
    ) -> Result<ConnectionId, Error> {
        let connector = self.connector(&caller.ctx, slug)?;
        self.require_account(caller).await?;
        if auth_type == Some(AuthType::OAuth2) {
            return Err(Fault::field(
                "auth_type",
                "keys are saved with `auth_type=keybased`; use the OAuth URL for `oauth2`",
            )
            .into());
        }
        require_type(&connector, AuthType::KeyBased)?;
        let scope = &caller.ctx.scope;
        let stored = self.stored_setting(scope, &connector).await?;
        if !stored.setting.enabled {
            return Err(not_enabled(&connector, scope.environment().name()).into());
        }
        let (keys, fields) =
            check_key_credentials(&connector, given).map_err(|faults| input_fault(&faults))?;
        let identifier = self.prove(&connector, &fields, &keys).await?;
        let obtained = Obtained {
            slug: slug.to_owned(),
            auth_type: AuthType::KeyBased,
            plain: write_keys(&keys),
            fields,
            identifier,
            scopes: None,
            client_id: None,
            expires_at: None,
        };
        self.establish(caller, obtained).await
    }

    async fn prove(
        &self,
        connector: &Connector,
        fields: &Fields,
        keys: &Keys,
    ) -> Result<Option<String>, Error> {
        let failed = |reason: &str| {
            Fault::new(
                422,
                FaultCode::ServerError,
                format!("Failed to verify credentials: {reason}"),
            )
        };
        match self.verify_keys(connector, fields, keys).await? {
            Proof::None => Ok(None),
            Proof::Verified(Verification::Accepted { identifier }) => Ok(identifier),
            Proof::Verified(Verification::Rejected) => {
                Err(failed(&format!("{} does not accept them", connector.name)).into())
            }
            Proof::Verified(Verification::Unclear { .. }) | Proof::NoAnswer => Err(Fault::new(
                502,
                FaultCode::ExternalApiFailure,
                format!(
                    "Failed to verify credentials: {} is not available. Try again in a moment.",
                    connector.name
                ),
            )
            .external()
            .into()),
        }
    }

    /// Asks the provider about keys, where it has a call for that.
    pub(super) async fn verify_keys(
        &self,
        connector: &Connector,
        fields: &Fields,
        keys: &Keys,
    ) -> Result<Proof, Error> {
        let instance = &self.settings().instance;
        let request = verify_request(connector, instance, fields, keys)
            .map_err(|fault| build_fault(&fault))?;
        let Some(request) = request else {
            return Ok(Proof::None);
        };
        Ok(match self.outbound().send(request, TOKEN_LIMITS).await {
            Ok(answer) => Proof::Verified(read_verification(connector, &answer)),
            Err(failure) => {
                tracing::info!(slug = connector.slug, %failure, "keys could not be verified");
                Proof::NoAnswer
            }
        })
    }
}

/// What is known of some keys.
pub(super) enum Proof {
    /// The provider has no call that proves a key.
    None,
    Verified(Verification),
    NoAnswer,
}
