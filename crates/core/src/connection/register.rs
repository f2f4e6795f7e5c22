//! Clients that register themselves (RFC 7591), one per environment and issuer.

use serde::{Deserialize, Serialize};
use trunnel_catalog::{
    ClientAuth, Connector, Credential, Fields, OAuthClient, RegisteredClient, Registration,
    TokenFault, TokenFaultKind, read_registration, registration_request, registration_url,
};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::RegisteredClientId;
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_outbound::SendFailure;
use trunnel_store::connector_setting::StoredSetting;
use trunnel_store::registered_client::{self, StoredClient};
use trunnel_store::sealed::Place;
use url::Url;

use super::Bench;
use super::discover::Found;
use super::refresh::TOKEN_LIMITS;
use super::way::Way;
use crate::Core;
use crate::connector::ChosenClient;
use crate::ctx::Ctx;
use crate::error::{Error, build_fault};

/// What is sealed of a registered client.
#[derive(Serialize, Deserialize)]
struct Kept {
    secret: Option<String>,
    auth: Option<String>,
}

impl Core {
    /// The client that a new connection is asked for with: the one that was set, or,
    /// where the provider lets clients register themselves, one of our own making.
    pub(super) async fn consent_client(
        &self,
        ctx: &Ctx,
        way: &Way,
        stored: &StoredSetting,
        (fields, scopes): (&Fields, &[String]),
        found: Option<&Found>,
    ) -> Result<ChosenClient, Error> {
        let connector = &way.connector;
        if !way.option().registers() {
            return self.oauth_client(&ctx.scope, connector, stored).await;
        }
        // A client that was set is for the provider; what a customer names is none.
        if found.is_none()
            && let Some(set) = self.set_client(&ctx.scope, connector, stored).await?
        {
            return Ok(set);
        }
        let (issuer, url) = self.registry(way, fields, found)?;
        let now = self.now();
        let slug = &connector.slug;
        let known = registered_client::newest(self.db(), &ctx.scope, slug, &issuer, now).await?;
        if let Some(known) = known {
            return self.open_registered(&ctx.scope, &known).await;
        }
        let made = self
            .register(ctx, way, url, (fields, scopes), found)
            .await?;
        self.keep_registered(&ctx.scope, slug, issuer, made).await
    }

    /// Who registers clients for this connection, and where.
    fn registry(
        &self,
        way: &Way,
        fields: &Fields,
        found: Option<&Found>,
    ) -> Result<(String, Url), Error> {
        let bench = Bench::new(self);
        let access = bench.access(self, way, fields, Credential::default());
        if let Some(found) = found {
            let url = found.registration.clone();
            let url = url.ok_or_else(|| no_registry(&way.connector))?;
            Ok((found.issuer.name.clone(), url))
        } else {
            let url = registration_url(&access).map_err(|fault| build_fault(&fault))?;
            let url = url.ok_or_else(|| no_registry(&way.connector))?;
            Ok((url.to_string(), url))
        }
    }

    async fn register(
        &self,
        ctx: &Ctx,
        way: &Way,
        url: Url,
        (fields, scopes): (&Fields, &[String]),
        found: Option<&Found>,
    ) -> Result<RegisteredClient, Error> {
        let connector = &way.connector;
        let app = trunnel_store::app::find(self.db(), ctx.scope.app()).await?;
        let name = app.map_or_else(|| "Trunnel".to_owned(), |app| app.name);
        let client_auth = auth_for(way, found);
        let registration = Registration {
            client_name: &name,
            redirect_uri: &self.callback_url(&connector.slug),
            scopes,
            client_auth,
        };
        let bench = Bench::new(self);
        let access = bench.access(self, way, fields, Credential::default());
        let request = registration_request(&access, url, &registration);
        let sent = self.outbound().send(request, TOKEN_LIMITS).await;
        let answer = sent.map_err(|failure| unsent(connector, &failure))?;
        let made = read_registration(client_auth, &answer);
        Ok(made.map_err(|fault| refused(connector, &fault))?)
    }

    async fn keep_registered(
        &self,
        scope: &Scope,
        slug: &str,
        issuer: String,
        made: RegisteredClient,
    ) -> Result<ChosenClient, Error> {
        let now = self.now();
        let id = RegisteredClientId::new(now, self.chance());
        let sealer = self.vault().sealer(scope).await?;
        let secret = made.client.secret.as_ref();
        let kept = Kept {
            secret: secret.map(|secret| secret.expose().to_owned()),
            auth: made.client.auth.map(|auth| auth.wire_name().to_owned()),
        };
        // Texts always serialize.
        let plain = Secret::new(serde_json::to_string(&kept).unwrap_or_default());
        let ends = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
        let new = StoredClient {
            sealed: sealer.seal(Place::RegisteredClient, id.as_str(), plain.expose()),
            slug: slug.to_owned(),
            issuer,
            client_id: made.client.id.clone(),
            created_at: now,
            expires_at: made.secret_expires_at.map(ends),
            id,
        };
        let name = new.id.as_str().to_owned();
        let scope = scope.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    registered_client::add(tx, &scope, &new).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(ChosenClient {
            name,
            client: made.client,
        })
    }

    /// The registered client of this name, if it is one of the connector's.
    pub(crate) async fn registered(
        &self,
        scope: &Scope,
        connector: &Connector,
        name: &str,
    ) -> Result<Option<OAuthClient>, Error> {
        if RegisteredClientId::parse(name).is_err() {
            return Ok(None);
        }
        let known = registered_client::find(self.db(), scope, name).await?;
        match known.filter(|known| known.slug == connector.slug) {
            Some(known) => Ok(Some(self.open_registered(scope, &known).await?.client)),
            None => Ok(None),
        }
    }

    async fn open_registered(
        &self,
        scope: &Scope,
        known: &StoredClient,
    ) -> Result<ChosenClient, Error> {
        let id = known.id.as_str();
        let plain = self
            .vault()
            .open(scope, Place::RegisteredClient, id, &known.sealed)
            .await?;
        let kept: Kept = serde_json::from_str(plain.expose())
            .map_err(|error| Error::Internal(format!("registered client {id}: {error}")))?;
        Ok(ChosenClient {
            name: id.to_owned(),
            client: OAuthClient {
                id: known.client_id.clone(),
                secret: kept.secret.map(Secret::new),
                auth: kept.auth.and_then(|name| ClientAuth::of_name(&name)),
            },
        })
    }

    /// The provider no longer knows the client. One that has registered itself is
    /// registered anew when the next connection is made.
    pub(super) async fn note_refusal(
        &self,
        scope: &Scope,
        client_name: Option<&str>,
        code: Option<&str>,
    ) -> Result<(), Error> {
        let name = client_name.filter(|name| RegisteredClientId::parse(name).is_ok());
        let (Some(name), Some("invalid_client" | "unauthorized_client")) = (name, code) else {
            return Ok(());
        };
        let (scope, name) = (scope.clone(), name.to_owned());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    registered_client::spoil(tx, &scope, &name).await?;
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}

/// The way that the connector's file names, or, when the server does not have it, one
/// that it has.
fn auth_for(way: &Way, found: Option<&Found>) -> ClientAuth {
    let written = way
        .option()
        .oauth2()
        .map(|oauth2| oauth2.endpoint.client_auth);
    let written = written.unwrap_or_default();
    let offered = found.map_or(&[][..], |found| &found.client_auth);
    if offered.is_empty() || offered.contains(&written) {
        return written;
    }
    let by_choice = [ClientAuth::Basic, ClientAuth::Body, ClientAuth::None];
    let mut by_choice = by_choice.into_iter();
    by_choice
        .find(|auth| offered.contains(auth))
        .unwrap_or(written)
}

fn no_registry(connector: &Connector) -> Fault {
    Fault::bad_request(
        FaultCode::AppCredentialsMissing,
        format!(
            "The server of {} does not let clients register themselves, so it cannot be \
             connected this way.",
            connector.name
        ),
    )
    .with("slug", connector.slug.as_str())
}

fn unsent(connector: &Connector, failure: &SendFailure) -> Fault {
    let name = &connector.name;
    match failure {
        SendFailure::Refused(_) => Fault::bad_request(
            FaultCode::BadRequest,
            format!("The server of {name} cannot be used: {failure}."),
        ),
        _ => unavailable(format!("{name}: {failure}. Start again.")),
    }
}

fn refused(connector: &Connector, fault: &TokenFault) -> Fault {
    let (name, status) = (&connector.name, fault.status);
    let answer = match fault.kind {
        TokenFaultKind::Transient { .. } => unavailable(format!(
            "{name} is not available ({status}). Start again in a moment."
        )),
        _ if (400..500).contains(&status) => Fault::bad_request(
            FaultCode::AppCredentialsRefused,
            format!("{name} refuses to register a client ({status})."),
        ),
        _ => unavailable(format!(
            "{name} registered no client ({status}). Start again."
        )),
    };
    match &fault.error {
        Some(code) => answer.with("provider_error", code.as_str()),
        None => answer,
    }
}

fn unavailable(message: String) -> Fault {
    Fault::new(502, FaultCode::ExternalApiFailure, message).external()
}
