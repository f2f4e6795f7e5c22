//! OAuth 1.0a: a request token first, then the consent, then the access token.

use std::collections::BTreeMap;

use trunnel_catalog::{
    Connector, Credential, OAuthClient, TokenAnswer, TokenFault, TokenFaultKind,
    access_token_request, consent_url, read_access_token, read_request_token,
    request_token_request,
};
use trunnel_model::chance;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_outbound::SendFailure;

use super::begin::Pending;
use super::consent::{Asking, Begun};
use super::finish::{callback_fault, denied, exchange_fault, upstream};
use super::refresh::TOKEN_LIMITS;
use super::{Bench, Way};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault};

impl Core {
    /// The provider's version of the flow has no state: ours goes into the callback.
    pub(super) async fn begin_oauth1(
        &self,
        caller: &AccountCtx,
        asking: Asking,
    ) -> Result<Begun, Error> {
        let state = chance::secret_text(self.chance());
        let slug = &asking.way.connector.slug;
        let redirect_uri = self.callback_url(slug);
        let callback = format!("{redirect_uri}?state={state}");
        let (bench, signed) = (Bench::new(self), Bench::new(self));
        let credential = Credential {
            client: Some(&asking.client.client),
            ..Credential::default()
        };
        let access = bench.access(self, &asking.way, &asking.fields, credential);
        let asked = signed.access(self, &asking.way, &asking.fields, credential);
        let request =
            request_token_request(&asked, &callback).map_err(|fault| build_fault(&fault))?;
        let answer = self.say(&asking.way.connector, request).await?;
        let pair = read_request_token(&answer)
            .map_err(|fault| request_fault(&asking.way.connector, &fault))?;
        let url = consent_url(&access, &pair.token).map_err(|fault| build_fault(&fault))?;
        let pending = Pending {
            request_token: Some(pair.token.expose().to_owned()),
            token_secret: Some(pair.secret.expose().to_owned()),
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

    /// Turns what the browser brought back into an access token.
    pub(super) async fn finish_oauth1(
        &self,
        way: &Way,
        pending: &Pending,
        client: &OAuthClient,
        query: &BTreeMap<String, String>,
    ) -> Result<TokenAnswer, Error> {
        let connector = &way.connector;
        let refused = query.get("oauth_problem").map(String::as_str);
        if query.contains_key("denied") || refused == Some("permission_denied") {
            return Err(denied(connector, "access_denied").into());
        }
        if let Some(problem) = refused {
            return Err(denied(connector, problem).into());
        }
        let internal = || Error::Internal("an attempt without a request token".to_owned());
        let token = pending.request_token.as_deref().ok_or_else(internal)?;
        let secret = pending.token_secret.as_deref().ok_or_else(internal)?;
        // Another flow's token would attach somebody else's account.
        if query.get("oauth_token").map(String::as_str) != Some(token) {
            return Err(callback_fault(format!(
                "The answer does not belong to this consent for {}. Nothing was connected.",
                connector.name
            ))
            .into());
        }
        let verifier = query.get("oauth_verifier").filter(|text| !text.is_empty());
        let verifier = verifier.ok_or_else(|| {
            callback_fault(format!("{} sent no verifier. Start again.", connector.name))
        })?;
        let (token, secret) = (Secret::new(token), Secret::new(secret));
        let bench = Bench::new(self);
        let credential = Credential {
            access_token: Some(&token),
            token_secret: Some(&secret),
            client: Some(client),
            ..Credential::default()
        };
        let access = bench.access(self, way, &pending.fields, credential);
        let request = access_token_request(&access, &Secret::new(verifier))
            .map_err(|fault| build_fault(&fault))?;
        let answer = self.say(connector, request).await?;
        Ok(read_access_token(&answer).map_err(|fault| exchange_fault(connector, &fault))?)
    }

    async fn say(
        &self,
        connector: &Connector,
        request: HttpRequest,
    ) -> Result<trunnel_model::http::HttpAnswer, Error> {
        let sent = self.outbound().send(request, TOKEN_LIMITS).await;
        Ok(sent.map_err(|failure| unsent(connector, &failure))?)
    }
}

fn unsent(connector: &Connector, failure: &SendFailure) -> Fault {
    upstream(502, format!("{}: {failure}. Start again.", connector.name))
}

/// Nothing of the customer's was in the request: a refusal is about the client.
pub(super) fn request_fault(connector: &Connector, fault: &TokenFault) -> Fault {
    let (name, status) = (&connector.name, fault.status);
    let answer = match fault.kind {
        TokenFaultKind::Transient { .. } => upstream(
            502,
            format!("{name} is not available ({status}). Start again in a moment."),
        ),
        _ if (400..500).contains(&status) => Fault::bad_request(
            FaultCode::AppCredentialsRefused,
            format!(
                "{name} refuses the OAuth client ({status}). Check its key, secret and callback \
                 URL in the connector's settings."
            ),
        ),
        _ => upstream(
            502,
            format!(
                "{name} sent nothing to ask the customer with ({status}). Start again in a moment."
            ),
        ),
    };
    match &fault.error {
        Some(code) => answer.with("provider_error", code.as_str()),
        None => answer,
    }
}
