//! Sending a customer to a provider to consent.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use trunnel_catalog::{
    AuthOption, AuthorizationRequest, Connector, Credential, Fields, Method, authorization_url,
    check_fields,
};
use trunnel_model::chance;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::OAuthAttemptId;
use trunnel_model::secret::Secret;
use trunnel_store::oauth_attempt::{self, Attempt};
use trunnel_store::sealed::Place;

use super::consent::{Asking, Begun};
use super::discover::Issuer;
use super::metadata::check_metadata;
use super::{Bench, Target, Way};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault, input_fault};

/// How long a customer may take to log in and consent.
const ATTEMPT_LIVES_MS: i64 = 10 * 60_000;

/// What is kept sealed while the customer is away.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Pending {
    #[serde(default)]
    pub(super) code_verifier: String,
    /// OAuth 1.0a: what stands for this consent, and its secret.
    #[serde(default)]
    pub(super) request_token: Option<String>,
    #[serde(default)]
    pub(super) token_secret: Option<String>,
    /// Whose answer it has to be, where that was found out.
    #[serde(default)]
    pub(super) issuer: Option<Issuer>,
    pub(super) fields: Fields,
    pub(super) auth_option: String,
    pub(super) target: Target,
    /// What was asked for, which is granted when the provider says nothing else.
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    #[serde(default)]
    pub(super) metadata: Option<Fields>,
}

impl Pending {
    pub(super) fn of(asking: &Asking) -> Self {
        Self {
            fields: asking.fields.clone(),
            auth_option: asking.way.option().id.clone(),
            target: asking.target.clone(),
            scopes: asking.scopes.clone(),
            metadata: asking.metadata.clone(),
            issuer: asking.issuer.clone(),
            ..Self::default()
        }
    }
}

/// What a caller says about the connection that is to be made.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// An auth option's id, or its family.
    pub auth_type: Option<String>,
    pub target: Target,
    /// The developer's own values about the connection.
    pub metadata: Option<Fields>,
}

impl Core {
    /// The URL to open in the customer's browser. It is bound to this account,
    /// connector and environment, works once and for ten minutes. A code to be typed
    /// lives as long as its provider says.
    pub async fn begin_oauth(
        &self,
        caller: &AccountCtx,
        slug: &str,
        asked: &Asked,
        given: &Map<String, Value>,
    ) -> Result<Begun, Error> {
        let connector = self.connector(&caller.ctx, slug).await?;
        check_metadata(asked.metadata.as_ref())?;
        self.require_account(caller).await?;
        let named = asked.auth_type.as_deref();
        let way = Way::named(&connector, named, AuthOption::asks_consent)?;
        let scope = &caller.ctx.scope;
        let stored = self.stored_setting(scope, &connector).await?;
        let mut fields =
            check_fields(&connector, way.option(), given).map_err(|faults| input_fault(&faults))?;
        fields.extend(self.developer_values(scope, &connector, &stored).await?);
        let asking = self.asking(caller, way, asked, &stored, fields).await?;
        match asking.way.option().method {
            Method::OAuth1(_) => self.begin_oauth1(caller, asking).await,
            Method::Device(_) => self.begin_device(caller, asking).await,
            _ => self.begin_code(caller, asking).await,
        }
    }

    async fn begin_code(&self, caller: &AccountCtx, asking: Asking) -> Result<Begun, Error> {
        let slug = &asking.way.connector.slug;
        let state = chance::secret_text(self.chance());
        let verifier = Secret::new(chance::secret_text(self.chance()));
        let redirect_uri = self.callback_url(slug);
        let request = AuthorizationRequest {
            redirect_uri: &redirect_uri,
            scopes: &asking.scopes,
            state: &state,
            code_challenge: Some(&challenge(&verifier)),
        };
        let credential = Credential {
            client: Some(&asking.client.client),
            ..Credential::default()
        };
        let bench = Bench::new(self);
        let access = bench.access(self, &asking.way, &asking.fields, credential);
        let url = authorization_url(&access, &request).map_err(|fault| build_fault(&fault))?;
        let pending = Pending {
            code_verifier: verifier.expose().to_owned(),
            ..Pending::of(&asking)
        };
        self.keep_attempt(
            caller,
            slug,
            &state,
            &redirect_uri,
            &asking.client.name,
            &pending,
        )
        .await?;
        Ok(Begun {
            auth_url: url,
            device: None,
        })
    }

    pub(super) async fn keep_attempt(
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
