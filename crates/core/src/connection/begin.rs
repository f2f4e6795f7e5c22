//! Sending a customer to a provider to consent.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use trunnel_catalog::{
    AuthorizationRequest, Connector, Fields, authorization_url, check_fields, scopes_for,
};
use trunnel_model::chance;
use trunnel_model::connection::AuthType;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::OAuthAttemptId;
use trunnel_model::secret::Secret;
use trunnel_store::oauth_attempt::{self, Attempt};
use trunnel_store::sealed::Place;

use super::require_type;
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault, input_fault};

/// How long a customer may take to log in and consent.
const ATTEMPT_LIVES_MS: i64 = 10 * 60_000;

/// What is kept sealed while the customer is away.
#[derive(Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) code_verifier: String,
    pub(super) fields: Fields,
}

impl Core {
    /// The URL to open in the customer's browser. It is bound to this account,
    /// connector and environment, works once and for ten minutes.
    pub async fn begin_oauth(
        &self,
        caller: &AccountCtx,
        slug: &str,
        given: &Map<String, Value>,
    ) -> Result<url::Url, Error> {
        let connector = self.connector(&caller.ctx, slug)?;
        self.require_account(caller).await?;
        require_type(&connector, AuthType::OAuth2)?;
        let fields = check_fields(&connector, given).map_err(|faults| input_fault(&faults))?;
        let scope = &caller.ctx.scope;
        let stored = self.stored_setting(scope, &connector).await?;
        let client = self.oauth_client(scope, &connector, &stored).await?;
        if !stored.setting.enabled {
            return Err(not_enabled(&connector, scope.environment().name()).into());
        }
        let state = chance::secret_text(self.chance());
        let verifier = Secret::new(chance::secret_text(self.chance()));
        let redirect_uri = self.callback_url(slug);
        let scopes = connector
            .oauth2
            .as_ref()
            .map(|oauth2| scopes_for(oauth2, &stored.setting.scopes))
            .unwrap_or_default();
        let request = AuthorizationRequest {
            client_id: &client.id,
            redirect_uri: &redirect_uri,
            scopes: &scopes,
            state: &state,
            code_challenge: Some(&challenge(&verifier)),
        };
        let instance = &self.settings().instance;
        let url = authorization_url(&connector, instance, &fields, &request)
            .map_err(|fault| build_fault(&fault))?;
        let pending = Pending {
            code_verifier: verifier.expose().to_owned(),
            fields,
        };
        self.keep_attempt(caller, slug, &state, &redirect_uri, &client.id, &pending)
            .await?;
        Ok(url)
    }

    async fn keep_attempt(
        &self,
        caller: &AccountCtx,
        slug: &str,
        state: &str,
        redirect_uri: &str,
        client_id: &str,
        pending: &Pending,
    ) -> Result<(), Error> {
        let scope = caller.ctx.scope.clone();
        let now = self.now();
        let id = OAuthAttemptId::new(now, self.chance());
        // Texts and JSON always serialize.
        let plain = serde_json::to_string(pending).unwrap_or_default();
        let sealer = self.vault().sealer(&scope).await?;
        let attempt = Attempt {
            sealed: sealer.seal(Place::OAuthAttempt, id.as_str(), &plain),
            id,
            account_id: caller.account.clone(),
            slug: slug.to_owned(),
            redirect_uri: redirect_uri.to_owned(),
            client_id: client_id.to_owned(),
            created_at: now,
            expires_at: now.plus_millis(ATTEMPT_LIVES_MS),
        };
        let hash = state_hash(state);
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    oauth_attempt::add(tx, &scope, &hash, &attempt).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}

pub(super) fn state_hash(state: &str) -> [u8; 32] {
    Sha256::digest(state).into()
}

/// PKCE's S256.
fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

pub(super) fn not_enabled(connector: &Connector, environment: &str) -> Fault {
    Fault::bad_request(
        FaultCode::AppNotEnabled,
        format!(
            "{} is not enabled in {environment}. Enable it under Connectors > {}, or with PUT \
             /api/v2/public/connector/{}.",
            connector.name, connector.name, connector.slug
        ),
    )
    .with("slug", connector.slug.as_str())
}
