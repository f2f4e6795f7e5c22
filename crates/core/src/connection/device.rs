//! The device flow (RFC 8628): the customer types a code at the provider, which is asked
//! now and then what became of it, by whoever waits and by a job of ours.

use serde::{Deserialize, Serialize};
use trunnel_catalog::{
    Connector, Credential, DeviceAnswer, DeviceCode, Fields, Grant, TokenFault, device_request,
    read_device_answer, read_device_code, token_request,
};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{ConnectionId, DeviceAttemptId};
use trunnel_model::secret::Secret;
use trunnel_store::device_attempt::{self, DeviceAttempt, State};
use trunnel_store::sealed::Place;

use super::consent::{Asking, Begun, DeviceBegun, Granted};
use super::device_job::queue;
use super::finish::{callback_fault, denied, exchange_fault, upstream};
use super::oauth1::request_fault;
use super::refresh::TOKEN_LIMITS;
use super::{Bench, Target, Way};
use crate::Core;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::{Error, build_fault};

/// RFC 8628, 3.5: what `slow_down` adds to the interval.
const SLOWER_S: i64 = 5;

/// Longer than one exchange takes; whoever asks has the right to for so long.
const LEASE_MS: i64 = 30_000;

/// What is kept sealed while the customer is away.
#[derive(Serialize, Deserialize)]
struct Waiting {
    device_code: String,
    fields: Fields,
    auth_option: String,
    target: Target,
    scopes: Vec<String>,
    metadata: Option<Fields>,
}

/// How a device flow stands.
#[derive(Debug, Clone)]
pub struct DeviceProgress {
    /// Nothing while the customer has not decided.
    pub connection: Option<ConnectionId>,
    pub interval_s: i64,
}

impl Core {
    pub(super) async fn begin_device(
        &self,
        caller: &AccountCtx,
        asking: Asking,
    ) -> Result<Begun, Error> {
        let connector = &asking.way.connector;
        let bench = Bench::new(self);
        let credential = Credential {
            client: Some(&asking.client.client),
            ..Credential::default()
        };
        let access = bench.access(self, &asking.way, &asking.fields, credential);
        let request =
            device_request(&access, &asking.scopes).map_err(|fault| build_fault(&fault))?;
        let sent = self.outbound().send(request, TOKEN_LIMITS).await;
        let answer = sent.map_err(|failure| {
            upstream(502, format!("{}: {failure}. Start again.", connector.name))
        })?;
        let code = read_device_code(&answer).map_err(|fault| request_fault(connector, &fault))?;
        let attempt = self.keep_device(caller, &asking, &code).await?;
        let page = code.verification_uri_complete.clone();
        Ok(Begun {
            auth_url: page.unwrap_or_else(|| code.verification_uri.clone()),
            device: Some(DeviceBegun {
                attempt: attempt.as_str().to_owned(),
                user_code: code.user_code,
                verification_uri: code.verification_uri,
                verification_uri_complete: code.verification_uri_complete,
                expires_in_s: code.expires_in_s,
                interval_s: code.interval_s,
            }),
        })
    }

    async fn keep_device(
        &self,
        caller: &AccountCtx,
        asking: &Asking,
        code: &DeviceCode,
    ) -> Result<DeviceAttemptId, Error> {
        let (scope, now) = (caller.ctx.scope.clone(), self.now());
        let id = DeviceAttemptId::new(now, self.chance());
        let waiting = Waiting {
            device_code: code.device_code.expose().to_owned(),
            fields: asking.fields.clone(),
            auth_option: asking.way.option().id.clone(),
            target: asking.target.clone(),
            scopes: asking.scopes.clone(),
            metadata: asking.metadata.clone(),
        };
        // Texts and JSON always serialize.
        let plain = Secret::new(serde_json::to_string(&waiting).unwrap_or_default());
        let sealer = self.vault().sealer(&scope).await?;
        let attempt = DeviceAttempt {
            sealed: sealer.seal(Place::DeviceAttempt, id.as_str(), plain.expose()),
            id: id.clone(),
            account_id: caller.account.clone(),
            slug: asking.way.connector.slug.clone(),
            client_id: asking.client.name.clone(),
            state: State::Pending,
            interval_s: code.interval_s,
            ask_at: now.plus_millis(code.interval_s.saturating_mul(1000)),
            connection_id: None,
            created_at: now,
            expires_at: now.plus_millis(code.expires_in_s.saturating_mul(1000)),
        };
        let core = self.clone();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    device_attempt::add(tx, &scope, &attempt).await?;
                    queue(&core, tx, &scope, &attempt.id, attempt.ask_at).await
                })
            })
            .await?;
        Ok(id)
    }

    /// How the account's flow stands. The provider is asked no more often than it
    /// allows, however often this is called.
    ///
    /// # Errors
    /// An attempt that is not there, was denied, has expired or failed.
    pub async fn poll_device(
        &self,
        caller: &AccountCtx,
        slug: &str,
        attempt: &str,
    ) -> Result<DeviceProgress, Error> {
        let connector = self.connector(&caller.ctx, slug).await?;
        self.require_account(caller).await?;
        let found = device_attempt::find(self.db(), &caller.ctx.scope, attempt).await?;
        let mine = |known: &DeviceAttempt| {
            known.account_id == caller.account && known.slug == connector.slug
        };
        let seen = found.filter(mine).ok_or_else(|| unknown(&connector))?;
        let now = self.ask_device(caller, seen).await?;
        let error = match now.state {
            State::Pending | State::Connected => {
                return Ok(DeviceProgress {
                    connection: now.connection_id,
                    interval_s: now.interval_s,
                });
            }
            State::Denied => denied(&connector, "access_denied"),
            State::Expired => callback_fault(format!(
                "The code for {} was not used in time. Start again.",
                connector.name
            )),
            State::Failed => callback_fault(format!(
                "{} could not complete the connection. Start again.",
                connector.name
            )),
        };
        Err(error.into())
    }

    /// Asks the provider, if it may be asked now, and answers how the flow stands.
    pub(super) async fn ask_device(
        &self,
        caller: &AccountCtx,
        seen: DeviceAttempt,
    ) -> Result<DeviceAttempt, Error> {
        if seen.state != State::Pending || seen.ask_at > self.now() {
            return Ok(seen);
        }
        // A granted answer is the only copy of a token: it is kept to the end.
        let (core, caller) = (self.clone(), caller.clone());
        self.to_the_end(async move { core.ask_device_now(&caller, seen).await })
            .await
    }

    async fn ask_device_now(
        &self,
        caller: &AccountCtx,
        seen: DeviceAttempt,
    ) -> Result<DeviceAttempt, Error> {
        let scope = caller.ctx.scope.clone();
        if seen.expires_at <= self.now() {
            return self.end_device(caller, seen, State::Expired, None).await;
        }
        let (until, taken) = (self.now().plus_millis(LEASE_MS), seen.clone());
        let mine = self
            .db()
            .write(move |tx| {
                Box::pin(async move {
                    Ok::<_, Error>(device_attempt::take(tx, &scope, &taken, until).await?)
                })
            })
            .await?;
        if !mine {
            return Ok(seen);
        }
        let slug = seen.slug.clone();
        let asked = self.exchange_device(caller, seen).await;
        self.tell_of(caller, &slug, asked).await
    }

    async fn exchange_device(
        &self,
        caller: &AccountCtx,
        seen: DeviceAttempt,
    ) -> Result<DeviceAttempt, Error> {
        let scope = &caller.ctx.scope;
        let connector = self.connector(&caller.ctx, &seen.slug).await?;
        let waiting = self.waiting(&caller.ctx, &seen).await?;
        let way = Way::stored(&connector, &waiting.auth_option)?;
        let client = self
            .client_of(scope, &connector, Some(&seen.client_id))
            .await?;
        let bench = Bench::new(self);
        let credential = Credential {
            client: Some(&client),
            ..Credential::default()
        };
        let access = bench.access(self, &way, &waiting.fields, credential);
        let device_code = Secret::new(waiting.device_code);
        let grant = Grant::Device {
            device_code: &device_code,
        };
        let request = token_request(&access, grant).map_err(|fault| build_fault(&fault))?;
        let answer = match self.outbound().send(request, TOKEN_LIMITS).await {
            Ok(answer) => answer,
            Err(failure) => {
                tracing::info!(slug = seen.slug, %failure, "no word of a device code");
                // RFC 8628, 3.5: a time-out is answered by asking less often.
                return self.wait_longer(caller, seen, SLOWER_S).await;
            }
        };
        match read_device_answer(way.option(), &answer, self.now()) {
            DeviceAnswer::Granted(answer) => {
                let granted = Granted {
                    answer: *answer,
                    fields: waiting.fields.clone(),
                    scopes: waiting.scopes,
                    target: waiting.target,
                    metadata: waiting.metadata,
                    client_id: seen.client_id.clone(),
                };
                let id = self.keep_granted(caller, &way, &client, granted).await?;
                self.end_device(caller, seen, State::Connected, Some(id))
                    .await
            }
            DeviceAnswer::Pending => self.wait_longer(caller, seen, 0).await,
            DeviceAnswer::SlowDown => self.wait_longer(caller, seen, SLOWER_S).await,
            DeviceAnswer::Denied => self.end_device(caller, seen, State::Denied, None).await,
            DeviceAnswer::Expired => self.end_device(caller, seen, State::Expired, None).await,
            DeviceAnswer::Failed(fault) if may_pass(&fault) => {
                self.wait_longer(caller, seen, SLOWER_S).await
            }
            DeviceAnswer::Failed(fault) => {
                self.note_refusal(scope, Some(&seen.client_id), fault.error.as_deref())
                    .await?;
                self.end_device(caller, seen, State::Failed, None).await?;
                Err(exchange_fault(&connector, &fault).into())
            }
        }
    }

    async fn waiting(&self, ctx: &Ctx, seen: &DeviceAttempt) -> Result<Waiting, Error> {
        let (place, id) = (Place::DeviceAttempt, seen.id.as_str());
        let plain = self
            .vault()
            .open(&ctx.scope, place, id, &seen.sealed)
            .await?;
        serde_json::from_str(plain.expose())
            .map_err(|error| Error::Internal(format!("device attempt {id}: {error}")))
    }

    async fn wait_longer(
        &self,
        caller: &AccountCtx,
        mut seen: DeviceAttempt,
        more_s: i64,
    ) -> Result<DeviceAttempt, Error> {
        seen.interval_s = seen.interval_s.saturating_add(more_s);
        seen.ask_at = self.now().plus_millis(seen.interval_s.saturating_mul(1000));
        let (scope, now) = (caller.ctx.scope.clone(), seen.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    device_attempt::wait(tx, &scope, &now.id, now.ask_at, now.interval_s).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(seen)
    }

    async fn end_device(
        &self,
        caller: &AccountCtx,
        mut seen: DeviceAttempt,
        state: State,
        connection: Option<ConnectionId>,
    ) -> Result<DeviceAttempt, Error> {
        (seen.state, seen.connection_id) = (state, connection);
        let (scope, now) = (caller.ctx.scope.clone(), seen.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let connection = now.connection_id.as_ref();
                    device_attempt::end(tx, &scope, &now.id, state, connection).await?;
                    Ok::<_, Error>(())
                })
            })
            .await?;
        Ok(seen)
    }
}

/// A failure after which the same question may be answered.
fn may_pass(fault: &TokenFault) -> bool {
    use trunnel_catalog::TokenFaultKind::Transient;
    matches!(fault.kind, Transient { .. }) || fault.status >= 500 || fault.error.is_none()
}

fn unknown(connector: &Connector) -> Fault {
    Fault::not_found(
        FaultCode::ResourceNotFound,
        format!(
            "There is no such attempt to connect {} for this account. Start again.",
            connector.name
        ),
    )
    .with("field", "device_attempt")
}
