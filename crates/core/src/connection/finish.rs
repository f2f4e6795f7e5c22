//! A customer's browser coming back from a provider.

use std::collections::BTreeMap;

use trunnel_catalog::{
    Connector, Fields, Grant, OAuth2, OAuthClient, TokenAnswer, TokenFault, TokenFaultKind,
    probe_request, read_fields, read_identifier, redirect_fields,
};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ConnectionId;
use trunnel_model::secret::Secret;
use trunnel_store::oauth_attempt::{self, Attempt};
use trunnel_store::sealed::Place;

use super::begin::{Pending, state_hash};
use super::consent::Granted;
use super::credential::Held;
use super::discover::Issuer;
use super::obtain::NoToken;
use super::refresh::TOKEN_LIMITS;
use super::{Bench, Way};
use crate::Core;
use crate::ctx::{AccountCtx, Actor, Ctx};
use crate::error::{Error, build_fault};
use crate::scrub::answer_without;

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
        let finished = self.finish_attempt(&caller, &attempt, &callback).await;
        self.tell_of(&caller, &attempt.slug, finished).await
    }

    async fn finish_attempt(
        &self,
        caller: &AccountCtx,
        attempt: &Attempt,
        callback: &Callback,
    ) -> Result<CallbackResult, Error> {
        let connector = self.connector(&caller.ctx, &attempt.slug).await?;
        if let Some(error) = callback.query.get("error") {
            return Err(denied(&connector, error).into());
        }
        let pending = self.pending(&caller.ctx, attempt).await?;
        let way = Way::stored(&connector, &pending.auth_option)?;
        let scope = &caller.ctx.scope;
        let client = self
            .client_of(scope, &connector, Some(&attempt.client_id))
            .await?;
        let (answer, fields) = if let Some(oauth2) = way.option().oauth2() {
            let of = (attempt, &pending, &client);
            self.finish_code(caller, &way, oauth2, of, &callback.query)
                .await?
        } else {
            let query = &callback.query;
            let answer = self.finish_oauth1(&way, &pending, &client, query).await?;
            (answer, pending.fields)
        };
        let granted = Granted {
            answer,
            fields,
            scopes: pending.scopes,
            target: pending.target,
            metadata: pending.metadata,
            client_id: attempt.client_id.clone(),
        };
        let connection = self.keep_granted(caller, &way, &client, granted).await?;
        Ok(CallbackResult {
            slug: attempt.slug.clone(),
            app_name: connector.name.clone(),
            connection,
        })
    }

    /// Turns the code that the browser brought back into tokens.
    async fn finish_code(
        &self,
        caller: &AccountCtx,
        way: &Way,
        oauth2: &OAuth2,
        (attempt, pending, client): (&Attempt, &Pending, &OAuthClient),
        query: &BTreeMap<String, String>,
    ) -> Result<(TokenAnswer, Fields), Error> {
        let connector = &way.connector;
        check_issuer(connector, oauth2, pending.issuer.as_ref(), query)?;
        let code = query.get(&oauth2.code_param).ok_or_else(|| {
            callback_fault(format!("{} sent no code. Start again.", connector.name))
        })?;
        // Some providers name in the redirect where the code is to be exchanged.
        let mut fields = pending.fields.clone();
        fields.extend(redirect_fields(oauth2, query));
        let of = (attempt, pending, client);
        let answer = self
            .exchange(caller, way, of, &fields, &Secret::new(code))
            .await?;
        Ok((answer, fields))
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
        way: &Way,
        (attempt, pending, client): (&Attempt, &Pending, &OAuthClient),
        fields: &Fields,
        code: &Secret,
    ) -> Result<TokenAnswer, Error> {
        let verifier = Secret::new(pending.code_verifier.as_str());
        let grant = Grant::Code {
            code,
            redirect_uri: &attempt.redirect_uri,
            code_verifier: Some(&verifier),
        };
        let name = &way.connector.name;
        let obtained = self.obtain(way, fields, client, grant).await;
        if let Err(NoToken::Refused(fault)) = &obtained {
            let (name, code) = (Some(attempt.client_id.as_str()), fault.error.as_deref());
            self.note_refusal(&caller.ctx.scope, name, code).await?;
        }
        obtained.map_err(|trouble| match trouble {
            NoToken::Build(fault) => build_fault(&fault).into(),
            NoToken::Unsent(failure) => {
                upstream(502, format!("{name}: {failure}. Start again.")).into()
            }
            NoToken::Refused(fault) => {
                let secrets = [Some(code), Some(&verifier), client.secret.as_ref()];
                let secrets: Vec<_> = secrets.into_iter().flatten().collect();
                let told = answer_without(&fault.answer, &secrets);
                exchange_fault(&way.connector, &fault)
                    .with("provider_answer", told)
                    .into()
            }
        })
    }

    /// Who the provider says this is, and the fields that come only with that. Nice
    /// to have for most: a connection without it works.
    pub(super) async fn identify(
        &self,
        way: &Way,
        fields: &Fields,
        held: &Held,
        client: Option<&OAuthClient>,
    ) -> (Option<String>, Fields) {
        let nothing = (None, Fields::new());
        let bench = Bench::new(self);
        let access = bench.access(self, way, fields, held.credential(client));
        let request = probe_request(&access);
        let (Some(probe), Ok(Some(request))) = (&way.option().probe, request) else {
            return nothing;
        };
        match self.wire().send(request, TOKEN_LIMITS).await {
            Ok(answer) => (read_identifier(probe, &answer), read_fields(probe, &answer)),
            Err(failure) => {
                let slug = &way.connector.slug;
                tracing::info!(slug, %failure, "the provider did not say who it is");
                nothing
            }
        }
    }
}

pub(super) fn callback_fault(message: impl Into<String>) -> Fault {
    Fault::bad_request(FaultCode::BadRequest, message)
}

pub(super) fn upstream(status: u16, message: String) -> Fault {
    Fault::new(status, FaultCode::ExternalApiFailure, message).external()
}

/// The provider's `error` is a code from RFC 6749; anything else is not repeated.
pub(super) fn denied(connector: &Connector, error: &str) -> Fault {
    let name = &connector.name;
    let known = error.len() <= 60 && error.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    callback_fault(match error {
        "access_denied" => format!("Access to {name} was not granted. Nothing was connected."),
        code if known => format!("{name} could not complete the connection ({code}). Start again."),
        _ => format!("{name} could not complete the connection. Start again."),
    })
}

/// RFC 9207: an answer that claims to come from another provider is a mix-up attack.
fn check_issuer(
    connector: &Connector,
    oauth2: &OAuth2,
    found: Option<&Issuer>,
    query: &BTreeMap<String, String>,
) -> Result<(), Fault> {
    let promised = match found {
        // What was found out may not have promised to say it, and may not lie.
        Some(found) if found.names_itself || query.contains_key("iss") => Some(&found.name),
        _ => oauth2.issuer.as_ref(),
    };
    match (promised, query.get("iss")) {
        (None, _) => Ok(()),
        (Some(promised), Some(issuer)) if promised == issuer => Ok(()),
        (Some(_), _) => Err(callback_fault(format!(
            "The answer does not come from {}. Nothing was connected.",
            connector.name
        ))),
    }
}

pub(super) fn exchange_fault(connector: &Connector, fault: &TokenFault) -> Fault {
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
