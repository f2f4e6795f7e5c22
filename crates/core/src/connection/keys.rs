//! Connecting with keys that the customer types.

use serde_json::{Map, Value};
use trunnel_catalog::{
    AuthOption, Fields, GrantType, Method, OAuthClient, TokenFaultKind, Verification,
    check_key_credentials, probe_request, read_fields, read_verification,
};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ConnectionId;
use trunnel_model::secret::Secret;
use trunnel_outbound::SendFailure;

use super::begin::{Asked, not_enabled};
use super::credential::Held;
use super::establish::Obtained;
use super::metadata::check_metadata;
use super::obtain::NoToken;
use super::refresh::TOKEN_LIMITS;
use super::{Bench, Way};
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault, input_fault};
use crate::scrub::answer_without;

/// A credential that the provider has accepted.
pub(super) struct Proved {
    pub(super) held: Held,
    pub(super) identifier: Option<String>,
    pub(super) fields: Fields,
}

impl Core {
    /// Connects with a client of the customer's own: the first option that takes one.
    ///
    /// # Errors
    /// As [`Core::save_keys`]; and 400 where the connector has no such option.
    pub async fn connect_client(
        &self,
        caller: &AccountCtx,
        slug: &str,
        mut asked: Asked,
        given: &Map<String, Value>,
    ) -> Result<ConnectionId, Error> {
        let connector = self.connector(&caller.ctx, slug).await?;
        let own = |option: &AuthOption| option.grant_type() == Some(GrantType::ClientCredentials);
        let way = Way::named(&connector, asked.auth_type.as_deref(), own)?;
        asked.auth_type = Some(way.option().id.clone());
        self.save_keys(caller, slug, asked, given).await
    }

    /// Checks the keys' form, asks the provider whether they work, and keeps them.
    ///
    /// # Errors
    /// 400 naming the field, or 422 when the provider refuses the keys; nothing is
    /// kept then.
    pub async fn save_keys(
        &self,
        caller: &AccountCtx,
        slug: &str,
        asked: Asked,
        given: &Map<String, Value>,
    ) -> Result<ConnectionId, Error> {
        let connector = self.connector(&caller.ctx, slug).await?;
        check_metadata(asked.metadata.as_ref())?;
        self.require_account(caller).await?;
        let typed = |option: &AuthOption| matches!(option.method, Method::Keys(_) | Method::None);
        // Without a name keys are meant; a client's own grant only where there are none.
        let way = match asked.auth_type.as_deref() {
            None => Way::named(&connector, Some("keybased"), typed)
                .or_else(|_| Way::named(&connector, None, typed))?,
            named => Way::named(&connector, named, typed)?,
        };
        let scope = &caller.ctx.scope;
        let stored = self.stored_setting(scope, &connector).await?;
        if !stored.setting.enabled {
            return Err(not_enabled(&connector, scope.environment().name()).into());
        }
        let (keys, mut fields) = check_key_credentials(&connector, way.option(), given)
            .map_err(|faults| input_fault(&faults))?;
        fields.extend(self.developer_values(scope, &connector, &stored).await?);
        let proved = self.prove(&way, fields, Held::typed(keys)).await;
        let proved = self.tell_of(caller, slug, proved).await?;
        let lifetime = proved.held.lifetime_s;
        let obtained = Obtained {
            slug: slug.to_owned(),
            auth_type: way.option().auth_type,
            auth_option: way.option().id.clone(),
            target: asked.target,
            revocable: false,
            plain: proved.held.write(),
            fields: connector.in_the_clear(proved.fields),
            metadata: asked.metadata,
            renewable: way.renews(false),
            identifier: proved.identifier,
            scopes: None,
            client_id: None,
            expires_at: lifetime.map(|s| self.now().plus_millis(s.saturating_mul(1000))),
        };
        self.establish(caller, obtained).await
    }

    /// Asks the provider for a token, where one is exchanged for the keys, and whose
    /// credential it is.
    pub(super) async fn prove(
        &self,
        way: &Way,
        mut fields: Fields,
        mut held: Held,
    ) -> Result<Proved, Error> {
        let name = &way.connector.name;
        if way.option().exchange().is_some() {
            let answer = match self.exchange_typed(way, &fields, &held).await {
                Ok(answer) => answer,
                Err(trouble) => {
                    return Err(no_token(name, trouble, &held.secrets()).into());
                }
            };
            fields.extend(answer.fields.clone());
            held = held.renewed(&answer);
        }
        let proof = self.verify(way, &fields, &held, None).await?;
        let (identifier, told) = proof.accepted(name)?;
        fields.extend(told);
        Ok(Proved {
            held,
            identifier,
            fields,
        })
    }

    /// Asks the provider about a credential, where it has a call for that.
    pub(super) async fn verify(
        &self,
        way: &Way,
        fields: &Fields,
        held: &Held,
        client: Option<&OAuthClient>,
    ) -> Result<Proof, Error> {
        let bench = Bench::new(self);
        let access = bench.access(self, way, fields, held.credential(client));
        let request = probe_request(&access).map_err(|fault| build_fault(&fault))?;
        let (Some(request), Some(probe)) = (request, &way.option().probe) else {
            return Ok(Proof::None);
        };
        Ok(match self.wire().send(request, TOKEN_LIMITS).await {
            Ok(answer) => match read_verification(&way.connector, way.option(), &answer) {
                Verification::Accepted { identifier } => {
                    Proof::Accepted(identifier, read_fields(probe, &answer))
                }
                Verification::Rejected => {
                    let text = String::from_utf8_lossy(&answer.body);
                    Proof::Rejected(answer_without(&text, &held.secrets()))
                }
                Verification::Unclear { .. } => Proof::Unclear,
            },
            Err(failure) => {
                let slug = &way.connector.slug;
                tracing::info!(slug, %failure, "keys could not be verified");
                Proof::Unclear
            }
        })
    }
}

fn rejected(reason: &str) -> Fault {
    Fault::new(
        422,
        FaultCode::ServerError,
        format!("Failed to verify credentials: {reason}"),
    )
}

fn unavailable(name: &str) -> Fault {
    Fault::new(
        502,
        FaultCode::ExternalApiFailure,
        format!("Failed to verify credentials: {name} is not available. Try again in a moment."),
    )
    .external()
}

fn no_token(name: &str, trouble: NoToken, secrets: &[&Secret]) -> Fault {
    match trouble {
        NoToken::Build(fault) => build_fault(&fault),
        NoToken::Unsent(failure @ (SendFailure::Refused(_) | SendFailure::Certificate(_))) => {
            rejected(&format!("{name} cannot be asked for a token: {failure}"))
        }
        NoToken::Unsent(_) => unavailable(name),
        NoToken::Refused(fault) => match fault.kind {
            TokenFaultKind::Transient { .. } => unavailable(name),
            _ => rejected(&format!(
                "{name} hands out no token for them ({})",
                fault.status
            ))
            .with("provider_answer", answer_without(&fault.answer, secrets)),
        },
    }
}

/// What is known of some keys.
pub(super) enum Proof {
    /// The provider has no call that proves a credential.
    None,
    /// Whose it is, and the connection fields that came with that.
    Accepted(Option<String>, Fields),
    /// What the provider said.
    Rejected(Value),
    /// It said nothing about the credential, or nothing at all.
    Unclear,
}

impl Proof {
    /// # Errors
    /// Unless the credential may be kept.
    pub(super) fn accepted(self, name: &str) -> Result<(Option<String>, Fields), Fault> {
        match self {
            Self::None => Ok((None, Fields::new())),
            Self::Accepted(identifier, fields) => Ok((identifier, fields)),
            Self::Rejected(answer) => {
                Err(rejected(&format!("{name} does not accept them"))
                    .with("provider_answer", answer))
            }
            Self::Unclear => Err(unavailable(name)),
        }
    }
}
