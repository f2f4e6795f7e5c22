//! Taking over credentials that another system has obtained.

use serde_json::{Map, Value};
use trunnel_catalog::{
    AuthOption, Fields, Grant, Method, TokenFaultKind, check_fields, check_key_credentials,
};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::time::Timestamp;
use trunnel_store::connector_setting::StoredSetting;

use super::begin::not_enabled;
use super::credential::Held;
use super::establish::Obtained;
use super::keys::{Proof, Proved};
use super::metadata::check_metadata;
use super::obtain::NoToken;
use super::tokens::Tokens;
use super::{Asked, Way};
use crate::Core;
use crate::connector::ChosenClient;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::{Error, build_fault, input_fault};
use crate::scrub::answer_without;

/// A credential whose form is right; nobody has been asked whether it works.
pub(super) struct Brought {
    pub(super) way: Way,
    pub(super) held: Held,
    fields: Fields,
    scopes: Option<Vec<String>>,
    expires_at: Option<Timestamp>,
    client: Option<ChosenClient>,
}

impl Core {
    /// Keeps a credential that was obtained elsewhere, once its form is right and the
    /// provider takes it.
    ///
    /// # Errors
    /// 400 when the form is wrong or the provider refuses it; nothing is kept then.
    pub async fn migrate_token(
        &self,
        caller: &AccountCtx,
        slug: &str,
        asked: Asked,
        values: &Map<String, Value>,
    ) -> Result<ConnectionId, Error> {
        check_metadata(asked.metadata.as_ref())?;
        let kind = asked.auth_type.as_deref();
        let brought = self.check_brought(&caller.ctx, slug, kind, values).await?;
        self.require_account(caller).await?;
        // A refresh uses the old token up, so that it goes to its end.
        let (core, caller) = (self.clone(), caller.clone());
        self.to_the_end(async move { core.keep_brought(&caller, brought, asked).await })
            .await
    }

    async fn keep_brought(
        &self,
        caller: &AccountCtx,
        brought: Brought,
        asked: Asked,
    ) -> Result<ConnectionId, Error> {
        let slug = brought.way.connector.slug.clone();
        let obtained = self.prove_brought(brought, asked).await;
        let obtained = self.tell_of(caller, &slug, obtained).await?;
        self.establish(caller, obtained).await
    }

    /// Checks everything about the credential that can be checked here.
    pub(super) async fn check_brought(
        &self,
        ctx: &Ctx,
        slug: &str,
        kind: Option<&str>,
        values: &Map<String, Value>,
    ) -> Result<Brought, Error> {
        let connector = self.connector(ctx, slug).await?;
        if self.catalog().get(slug).is_none() {
            return Err(custom(&connector.name).into());
        }
        let tokens = ["access_token", "refresh_token"];
        let has_token = tokens.iter().any(|name| values.contains_key(*name));
        let fits = |option: &AuthOption| kind.is_some() || option.needs_client() == has_token;
        let way = Way::named(&connector, kind, fits)?;
        let stored = self.stored_setting(&ctx.scope, &connector).await?;
        if !stored.setting.enabled {
            return Err(not_enabled(&connector, ctx.scope.environment().name()).into());
        }
        let mut brought = match way.option().method {
            Method::OAuth2(_) | Method::OAuth1(_) | Method::Device(_) => {
                self.tokens_brought(&ctx.scope, way, &stored, values)
                    .await?
            }
            Method::Keys(_) | Method::None => keys_brought(way, values)?,
        };
        let set = self.developer_values(&ctx.scope, &connector, &stored);
        brought.fields.extend(set.await?);
        Ok(brought)
    }

    async fn tokens_brought(
        &self,
        scope: &Scope,
        way: Way,
        stored: &StoredSetting,
        values: &Map<String, Value>,
    ) -> Result<Brought, Error> {
        let tokens = Tokens::read(values, self.now())?;
        let fields = check_fields(&way.connector, way.option(), &tokens.fields)
            .map_err(|faults| input_fault(&faults))?;
        let client: ChosenClient = match &tokens.client_id {
            None => self.oauth_client(scope, &way.connector, stored).await?,
            Some(id) => {
                let found = self.client_of(scope, &way.connector, Some(id)).await;
                let name = &way.connector.name;
                found.map_err(|error| other_client(error, name))?.into()
            }
        };
        Ok(Brought {
            way,
            held: tokens.held,
            fields,
            scopes: tokens.scopes,
            expires_at: tokens.expires_at,
            client: Some(client),
        })
    }

    /// Asks the provider whether the credential works. What needs to be renewed, is.
    pub(super) async fn prove_brought(
        &self,
        brought: Brought,
        asked: Asked,
    ) -> Result<Obtained, Error> {
        let proved = if brought.client.is_some() {
            self.prove_tokens(brought).await?
        } else {
            self.prove_keys(brought).await?
        };
        let (brought, identifier) = proved;
        let option = brought.way.option();
        Ok(Obtained {
            slug: brought.way.connector.slug.clone(),
            auth_type: option.auth_type,
            auth_option: option.id.clone(),
            target: asked.target,
            // The grant is another system's, too: it is not ours to end.
            revocable: false,
            plain: brought.held.write(),
            renewable: brought.way.renews(brought.held.refresh_token.is_some()),
            fields: brought.way.connector.in_the_clear(brought.fields),
            metadata: asked.metadata,
            identifier,
            scopes: brought.scopes,
            client_id: brought.client.map(|client| client.name),
            expires_at: brought.expires_at,
        })
    }

    async fn prove_keys(&self, brought: Brought) -> Result<(Brought, Option<String>), Error> {
        let Brought {
            way, held, fields, ..
        } = brought;
        let imported = held.imported.clone();
        let proved = self.prove(&way, fields, held).await;
        let Proved {
            held,
            identifier,
            fields,
        } = proved.map_err(as_bad_request)?;
        let lifetime = held.lifetime_s;
        let brought = Brought {
            way,
            held: Held { imported, ..held },
            fields,
            scopes: None,
            expires_at: lifetime.map(|s| self.now().plus_millis(s.saturating_mul(1000))),
            client: None,
        };
        Ok((brought, identifier))
    }

    async fn prove_tokens(&self, mut brought: Brought) -> Result<(Brought, Option<String>), Error> {
        let name = brought.way.connector.name.clone();
        let over = brought.expires_at.is_some_and(|at| at <= self.now());
        let renews = brought.way.renews(brought.held.refresh_token.is_some());
        if brought.held.access_token.is_none() || (over && renews) {
            brought = self.renew_brought(brought).await?;
        }
        let mut proof = self.proof_of(&brought).await?;
        if matches!(proof, Proof::Rejected(_)) && renews && !over {
            brought = self.renew_brought(brought).await?;
            proof = self.proof_of(&brought).await?;
        }
        let (identifier, told) = proof.accepted(&name).map_err(as_400)?;
        brought.fields.extend(told);
        Ok((brought, identifier))
    }

    async fn proof_of(&self, brought: &Brought) -> Result<Proof, Error> {
        let Brought {
            way,
            held,
            fields,
            client,
            ..
        } = brought;
        let client = client.as_ref().map(|chosen| &chosen.client);
        self.verify(way, fields, held, client).await
    }

    async fn renew_brought(&self, mut brought: Brought) -> Result<Brought, Error> {
        let name = &brought.way.connector.name;
        let (Some(refresh_token), Some(chosen)) = (&brought.held.refresh_token, &brought.client)
        else {
            return Err(Fault::field("access_token", "`access_token` is required").into());
        };
        let grant = Grant::Refresh { refresh_token };
        let answer = self
            .obtain(&brought.way, &brought.fields, &chosen.client, grant)
            .await
            .map_err(|trouble| not_renewed(name, trouble, &brought))?;
        brought.fields.extend(answer.fields.clone());
        brought.expires_at = answer
            .expires_in_s
            .map(|s| self.now().plus_millis(s.saturating_mul(1000)));
        brought.scopes = answer.scopes.clone().or(brought.scopes);
        brought.held = brought.held.renewed(&answer);
        Ok(brought)
    }
}

fn keys_brought(way: Way, values: &Map<String, Value>) -> Result<Brought, Error> {
    let (keys, fields) = check_key_credentials(&way.connector, way.option(), values)
        .map_err(|faults| input_fault(&faults))?;
    Ok(Brought {
        way,
        held: Held::typed(keys),
        fields,
        scopes: None,
        expires_at: None,
        client: None,
    })
}

fn custom(name: &str) -> Fault {
    Fault::field(
        "slug",
        format!("{name} is a custom app; credentials can be taken over for catalogue apps only"),
    )
}

/// Tokens can only be renewed with the client that they were handed out to.
fn other_client(error: Error, name: &str) -> Error {
    match error {
        Error::Fault(_) => Fault::field(
            "client_id",
            format!(
                "`client_id` is not the OAuth client that is set for {name} in this \
                 environment; only the client that got the tokens can renew them"
            ),
        )
        .into(),
        error => error,
    }
}

/// A refused credential is the caller's mistake here.
fn as_400(fault: Fault) -> Fault {
    match fault.status {
        422 => Fault {
            status: 400,
            ..fault
        },
        _ => fault,
    }
}

fn as_bad_request(error: Error) -> Error {
    match error {
        Error::Fault(fault) => as_400(*fault).into(),
        error => error,
    }
}

fn not_renewed(name: &str, trouble: NoToken, brought: &Brought) -> Error {
    let fault = match trouble {
        NoToken::Build(fault) => build_fault(&fault),
        NoToken::Unsent(failure) => unavailable(name, &failure.to_string()),
        NoToken::Refused(fault) => {
            let client = brought.client.as_ref();
            let secret = client.and_then(|chosen| chosen.client.secret.as_ref());
            let secrets: Vec<_> = brought.held.secrets().into_iter().chain(secret).collect();
            let code = fault.error.as_deref().unwrap_or("no code");
            let status = fault.status;
            let told = match fault.kind {
                TokenFaultKind::Transient { .. } => {
                    unavailable(name, &format!("its token endpoint answered {status}"))
                }
                TokenFaultKind::ClientRefused => Fault::bad_request(
                    FaultCode::AppCredentialsRefused,
                    format!("{name} refuses the OAuth client ({status}, {code})."),
                ),
                TokenFaultKind::GrantDead | TokenFaultKind::Nonsense => Fault::bad_request(
                    FaultCode::ServerError,
                    format!("{name} does not accept the refresh token ({status}, {code})."),
                )
                .with("field", "refresh_token"),
            };
            told.with("provider_answer", answer_without(&fault.answer, &secrets))
        }
    };
    fault.into()
}

fn unavailable(name: &str, why: &str) -> Fault {
    Fault::new(
        502,
        FaultCode::ExternalApiFailure,
        format!("The refresh token could not be tried at {name}: {why}. Try again."),
    )
    .external()
}
