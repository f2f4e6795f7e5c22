//! A customer's browser coming back from a provider.

use std::collections::BTreeMap;

use trunnel_catalog::{
    Connector, Fields, Grant, TokenAnswer, TokenFault, TokenFaultKind, identity_request,
    read_fields, read_identifier, read_token_answer, redirect_fields, token_request,
};
use trunnel_model::connection::AuthType;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ConnectionId;
use trunnel_model::secret::Secret;
use trunnel_store::oauth_attempt::{self, Attempt};
use trunnel_store::sealed::Place;

use super::begin::{Pending, state_hash};
use super::credential::Tokens;
use super::establish::Obtained;
use super::refresh::TOKEN_LIMITS;
use crate::Core;
use crate::ctx::{AccountCtx, Actor, Ctx};
use crate::error::{Error, build_fault};

/// What the provider sent back through the browser.
#[derive(Clone)]
pub struct Callback {
    pub slug: String,
    pub query: BTreeMap<String, String>,
    pub address: Option<String>,
}

/// Of the query only the names: the code and the state are secrets.
impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callback")
            .field("slug", &self.slug)
            .field("query", &self.query.keys())
            .field("address", &self.address)
            .finish()
    }
}

/// What the customer is shown.
#[derive(Debug, Clone)]
pub struct CallbackResult {
    pub slug: String,
    pub app_name: String,
    pub connection: ConnectionId,
}

impl Core {
    /// Finishes the flow that the state belongs to.
    ///
    /// # Errors
    /// A state that is unknown, used, late or of another connector; a consent that
    /// was denied; a provider that does not hand out a token. None of them changes a
    /// connection.
    pub async fn finish_oauth(&self, callback: Callback) -> Result<CallbackResult, Error> {
        // From here on it goes to its end: the code works once, and so does its answer.
        let core = self.clone();
        self.to_the_end(async move { core.finish(callback).await })
            .await
    }

    async fn finish(&self, callback: Callback) -> Result<CallbackResult, Error> {
        let (caller, attempt) = self.take_attempt(&callback).await?;
        let connector = self.connector(&caller.ctx, &attempt.slug)?;
        if let Some(error) = callback.query.get("error") {
            return Err(denied(&connector, error).into());
        }
        check_issuer(&connector, &callback.query)?;
        let code = callback.query.get("code").ok_or_else(|| {
            callback_fault(format!("{} sent no code. Start again.", connector.name))
        })?;
        let pending = self.pending(&caller.ctx, &attempt).await?;
        let code = Secret::new(code);
        let answer = self
            .exchange(&caller, &connector, &attempt, &pending, &code)
            .await?;
        let mut fields = pending.fields;
        if let Some(oauth2) = &connector.oauth2 {
            fields.extend(redirect_fields(oauth2, &callback.query));
        }
        fields.extend(answer.fields.clone());
        let (identifier, told) = self.identify(&connector, &fields, &answer).await;
        fields.extend(told);
        let now = self.now();
        let tokens = Tokens::of(&answer);
        let obtained = Obtained {
            slug: attempt.slug.clone(),
            auth_type: AuthType::OAuth2,
            plain: tokens.write(),
            fields,
            identifier,
            scopes: answer.scopes.clone(),
            client_id: Some(attempt.client_id.clone()),
            expires_at: answer
                .expires_in_s
                .map(|s| now.plus_millis(s.saturating_mul(1000))),
        };
        let connection = self.establish(&caller, obtained).await?;
        Ok(CallbackResult {
            slug: attempt.slug,
            app_name: connector.name.clone(),
            connection,
        })
    }

    /// Uses the state up, and only then looks at it.
    async fn take_attempt(&self, callback: &Callback) -> Result<(AccountCtx, Attempt), Error> {
        let unknown = || {
            callback_fault(
                "This link is unknown, was used already or is older than ten minutes. Start \
                 again from the app you came from.",
            )
        };
        let state = callback.query.get("state").ok_or_else(unknown)?;
        let hash = state_hash(state);
        let taken = self
            .db()
            .write(move |tx| {
                Box::pin(async move { Ok::<_, Error>(oauth_attempt::take(tx, &hash).await?) })
            })
            .await?;
        let (scope, attempt) = taken.ok_or_else(unknown)?;
        if attempt.slug != callback.slug || attempt.expires_at <= self.now() {
            return Err(unknown().into());
        }
        let ctx = Ctx {
            organization: self.organization_of(scope.app()).await?,
            scope,
            actor: Actor::Customer,
            address: callback.address.clone(),
        };
        let account = attempt.account_id.clone();
        Ok((AccountCtx { ctx, account }, attempt))
    }

    async fn pending(&self, ctx: &Ctx, attempt: &Attempt) -> Result<Pending, Error> {
        let (place, id) = (Place::OAuthAttempt, attempt.id.as_str());
        let plain = self
            .vault()
            .open(&ctx.scope, place, id, &attempt.sealed)
            .await?;
        serde_json::from_str(plain.expose())
            .map_err(|error| Error::Internal(format!("pending attempt {id}: {error}")))
    }

    async fn exchange(
        &self,
        caller: &AccountCtx,
        connector: &Connector,
        attempt: &Attempt,
        pending: &Pending,
        code: &Secret,
    ) -> Result<TokenAnswer, Error> {
        let scope = &caller.ctx.scope;
        let client = self
            .client_of(scope, connector, Some(&attempt.client_id))
            .await?;
        let verifier = Secret::new(pending.code_verifier.as_str());
        let oauth2 = connector
            .oauth2
            .as_ref()
            .ok_or_else(|| Error::Internal("an attempt without OAuth".to_owned()))?;
        let grant = Grant::Code {
            code,
            redirect_uri: &attempt.redirect_uri,
            code_verifier: oauth2.pkce.then_some(&verifier),
        };
        let instance = &self.settings().instance;
        let request = token_request(connector, instance, &pending.fields, &client, grant)
            .map_err(|fault| build_fault(&fault))?;
        let answer = self
            .outbound()
            .send(request, TOKEN_LIMITS)
            .await
            .map_err(|failure| {
                upstream(502, format!("{}: {failure}. Start again.", connector.name))
            })?;
        Ok(
            read_token_answer(oauth2, &answer)
                .map_err(|fault| exchange_fault(connector, &fault))?,
        )
    }

    /// Who the provider says this is, and the fields that come only with that. Nice
    /// to have for most: a connection without it works.
    async fn identify(
        &self,
        connector: &Connector,
        fields: &Fields,
        answer: &TokenAnswer,
    ) -> (Option<String>, Fields) {
        let nothing = (None, Fields::new());
        let probe = connector
            .oauth2
            .as_ref()
            .and_then(|oauth2| oauth2.identity.as_ref());
        let instance = &self.settings().instance;
        let request = identity_request(connector, instance, fields, &answer.access_token);
        let (Some(probe), Ok(Some(request))) = (probe, request) else {
            return nothing;
        };
        match self.outbound().send(request, TOKEN_LIMITS).await {
            Ok(answer) => (read_identifier(probe, &answer), read_fields(probe, &answer)),
            Err(failure) => {
                tracing::info!(slug = connector.slug, %failure, "the provider did not say who it is");
                nothing
            }
        }
    }
}

fn callback_fault(message: impl Into<String>) -> Fault {
    Fault::bad_request(FaultCode::BadRequest, message)
}

fn upstream(status: u16, message: String) -> Fault {
    Fault::new(status, FaultCode::ExternalApiFailure, message).external()
}

/// The provider's `error` is a code from RFC 6749; anything else is not repeated.
fn denied(connector: &Connector, error: &str) -> Fault {
    let name = &connector.name;
    let known = error.len() <= 60 && error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    callback_fault(match error {
        "access_denied" => format!("Access to {name} was not granted. Nothing was connected."),
        code if known => format!("{name} could not complete the connection ({code}). Start again."),
        _ => format!("{name} could not complete the connection. Start again."),
    })
}

/// RFC 9207: an answer that claims to come from another provider is a mix-up attack.
fn check_issuer(connector: &Connector, query: &BTreeMap<String, String>) -> Result<(), Fault> {
    let promised = connector
        .oauth2
        .as_ref()
        .and_then(|oauth2| oauth2.issuer.as_ref());
    match (promised, query.get("iss")) {
        (None, _) => Ok(()),
        (Some(promised), Some(issuer)) if promised == issuer => Ok(()),
        (Some(_), _) => Err(callback_fault(format!(
            "The answer does not come from {}. Nothing was connected.",
            connector.name
        ))),
    }
}

fn exchange_fault(connector: &Connector, fault: &TokenFault) -> Fault {
    let name = &connector.name;
    let status = fault.status;
    let answer = match fault.kind {
        TokenFaultKind::GrantDead => callback_fault(format!(
            "{name} no longer accepts this consent. Start again."
        )),
        TokenFaultKind::ClientRefused => Fault::bad_request(
            FaultCode::AppCredentialsRefused,
            format!(
                "{name} refuses the OAuth client. Check its client id, secret and callback URL \
                 in the connector's settings."
            ),
        ),
        TokenFaultKind::Transient { .. } => upstream(
            502,
            format!("{name} is not available ({status}). Start again in a moment."),
        ),
        // Refused in a way of its own: the code that came with the browser is no good.
        TokenFaultKind::Nonsense if (400..500).contains(&status) => callback_fault(format!(
            "{name} refused to connect ({status}). Start again."
        )),
        TokenFaultKind::Nonsense => upstream(
            502,
            format!("{name} sent no token ({status}). Start again in a moment."),
        ),
    };
    match &fault.error {
        Some(code) => answer.with("provider_error", code.as_str()),
        None => answer,
    }
}
