//! Running one action, for whoever calls it.

use std::time::Duration;

use serde_json::{Map, Value};
use trunnel_catalog::{
    Access, Action, Connector, FailureClass, Moment, Outcome, PageChange, PageEnd, action_request,
    classify, mapped, set_idempotency_key,
};
use trunnel_model::chance;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_model::retry;
use trunnel_model::usage::UsageKind;
use trunnel_outbound::{Limits, SendFailure};
use url::Url;

use super::wait::{asked_ms, not_acted, repeatable};
use crate::Core;
use crate::connection::{AfterRefusal, Evidence, Ready, Trouble, expired};
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault, input_fault};
use crate::scrub::scrub;

/// The longest one exchange with the provider may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// A provider that asks for a longer pause is left to the caller's own retry.
const LONGEST_WAIT_MS: u64 = 5_000;

/// The action in which callers write the request themselves.
const HTTP_REQUEST: &str = "httprequest";

/// What the provider answered to a call that succeeded.
#[derive(Debug, Clone)]
pub struct ActionAnswer {
    pub data: Value,
    pub status: u16,
}

/// One call on its way.
struct Call<'a> {
    core: &'a Core,
    caller: &'a AccountCtx,
    connector: &'a Connector,
    action: &'a Action,
    input: &'a Map<String, Value>,
    /// The same for every attempt, so that the provider can tell a repetition.
    key: String,
}

/// Why an attempt failed, and whether another one may be made.
struct Failed {
    fault: Fault,
    wait_ms: Option<u64>,
    repeatable: bool,
}

/// One answer of the provider, and the connection that it was asked with.
struct Got {
    ready: Ready,
    answer: Box<Answered>,
}

struct Answered {
    body: Value,
    http: HttpAnswer,
    url: Url,
}

enum Attempt {
    Success(Box<Answered>),
    /// The provider does not accept the credential.
    Refused(Fault),
    Failed(Failed),
}

impl Core {
    /// Calls the app with the account's credential.
    ///
    /// # Errors
    /// Faults carry `error_class`: `transient` (try again), `auth` (let the customer
    /// reconnect) or `permanent` (change the call), with the provider's status and
    /// body.
    pub async fn run_action(
        &self,
        caller: &AccountCtx,
        slug: &str,
        action: &str,
        connection: Option<&str>,
        input: &Map<String, Value>,
    ) -> Result<ActionAnswer, Error> {
        let (connector, action) = self.action(&caller.ctx.scope, slug, action).await?;
        let checked = Value::Object(input.clone());
        action
            .check(&checked)
            .map_err(|faults| input_fault(&faults))?;
        let call = Call {
            core: self,
            caller,
            connector: &connector,
            action: &action,
            input,
            key: chance::secret_text(self.chance()),
        };
        let ready = self.ready(caller, &connector, connection).await?;
        let (scope, account) = (&caller.ctx.scope, &caller.account);
        self.count(scope, Some(account), UsageKind::Action, 1);
        call.gather(ready).await
    }
}

impl Call<'_> {
    /// One page, or all of them where the caller asks for that.
    async fn gather(&self, mut ready: Ready) -> Result<ActionAnswer, Error> {
        let Some(mut pages) = self.action.pages(self.input) else {
            let Answered { body, http, .. } = *self.run(ready, None).await?.answer;
            return Ok(self.answer(&http, body));
        };
        loop {
            let got = self.run(ready, Some(pages.change())).await?;
            let Answered { body, http, url } = *got.answer;
            match pages.take(&http, body, &url) {
                PageEnd::More => ready = got.ready,
                PageEnd::Done(body) => return Ok(self.answer(&http, body)),
            }
        }
    }

    fn answer(&self, http: &HttpAnswer, body: Value) -> ActionAnswer {
        ActionAnswer {
            data: mapped(self.action, http, body),
            status: http.status,
        }
    }

    /// Attempts, with pauses, until one succeeds or none more is allowed. A refused
    /// credential is renewed once.
    async fn run(&self, mut ready: Ready, page: Option<&PageChange>) -> Result<Got, Error> {
        let (mut attempts, mut renewed) = (0, false);
        loop {
            match self.attempt(&ready, page).await? {
                Attempt::Success(answer) => return Ok(Got { ready, answer }),
                Attempt::Refused(fault) if renewed => return Err(fault.into()),
                Attempt::Refused(fault) => {
                    ready = self.renew(ready, fault).await?;
                    renewed = true;
                }
                Attempt::Failed(failed) => {
                    attempts += 1;
                    let wait = retry::ACTION.wait_ms(attempts, self.core.random_u64());
                    let wait = wait.map(|wait| wait.max(failed.wait_ms.unwrap_or(0)));
                    match wait {
                        Some(wait) if failed.repeatable && wait <= LONGEST_WAIT_MS => {
                            self.core.sleep().sleep(wait).await;
                        }
                        _ => return Err(failed.fault.into()),
                    }
                }
            }
        }
    }

    async fn renew(&self, refused: Ready, fault: Fault) -> Result<Ready, Error> {
        let why = Trouble {
            message: provider_words(&fault),
            provider: fault.extra.get("data").cloned(),
        };
        let after = self
            .core
            .after_refusal(self.caller, &refused, why, self.evidence())
            .await?;
        match after {
            AfterRefusal::Renewed(ready) => return Ok(*ready),
            AfterRefusal::Stands => return Err(fault.into()),
            AfterRefusal::Expired => {}
        }
        let told = expired(&refused.stored.connection, &self.connector.name);
        Err(Fault {
            extra: fault.extra.into_iter().chain(told.extra).collect(),
            ..told
        }
        .into())
    }

    /// What a refused call proves. A request that the caller has written may be refused
    /// for what it asks, whatever it is signed with.
    fn evidence(&self) -> Evidence {
        if self.action.id == HTTP_REQUEST {
            Evidence::Weak
        } else {
            Evidence::Strong
        }
    }

    async fn attempt(&self, ready: &Ready, page: Option<&PageChange>) -> Result<Attempt, Error> {
        let (request, keyed) = self.request(ready, page)?;
        let url = request.url.clone();
        let repeatable = repeatable(&request, keyed);
        let limits = Limits::of(CALL_TIMEOUT);
        let answer = match self.core.wire().send(request, limits).await {
            Ok(answer) => answer,
            Err(failure) => return Ok(self.unsent(&failure, repeatable)),
        };
        metrics::counter!("trunnel_action_calls_total", "app" => self.connector.slug.clone())
            .increment(1);
        let clean = |value| scrub(value, &answer.body, &ready.secrets());
        let outcome = classify(self.connector, self.action, ready.way.option(), &answer);
        Ok(match outcome {
            Outcome::Success(body) => Attempt::Success(Box::new(Answered {
                body: clean(body),
                http: answer,
                url,
            })),
            Outcome::Failure {
                class,
                status,
                body,
            } => self.failed(class, status, clean(body), repeatable),
        })
    }

    fn request(
        &self,
        ready: &Ready,
        page: Option<&PageChange>,
    ) -> Result<(HttpRequest, bool), Error> {
        let access = Access {
            connector: self.connector,
            option: ready.way.option(),
            instance: &self.core.settings().instance,
            fields: &ready.fields,
            credential: ready.credential(),
            moment: Moment {
                now: self.core.now(),
                random: &self.nonce(),
            },
        };
        let mut request = action_request(&access, self.action, self.input, page)
            .map_err(|fault| build_fault(&fault))?;
        set_idempotency_key(self.action, &mut request, &self.key);
        Ok((request, self.action.idempotency_header.is_some()))
    }

    /// Another one for each attempt: a signature that is seen twice is refused.
    fn nonce(&self) -> String {
        chance::secret_text(self.core.chance())
    }

    fn failed(&self, class: FailureClass, status: u16, body: Value, repeatable: bool) -> Attempt {
        let name = &self.connector.name;
        match class {
            FailureClass::Auth => Attempt::Refused(provider_fault(
                400,
                "auth",
                format!("{name} does not accept the connection's credential ({status})."),
                status,
                body,
            )),
            FailureClass::Permanent => Attempt::Failed(Failed {
                fault: provider_fault(
                    400,
                    "permanent",
                    format!("{name} refused the call ({status})."),
                    status,
                    body,
                ),
                wait_ms: None,
                repeatable: false,
            }),
            FailureClass::Transient { retry_after } => {
                let wait_ms = retry_after.and_then(|after| asked_ms(&after, self.core.now()));
                let mut fault = provider_fault(
                    502,
                    "transient",
                    format!("{name} is not available ({status}). Try again."),
                    status,
                    body,
                );
                fault.retry_after_s = wait_ms.map(|wait| wait.div_ceil(1000));
                Attempt::Failed(Failed {
                    fault,
                    wait_ms,
                    repeatable: repeatable || not_acted(status),
                })
            }
        }
    }

    /// No answer. What may have been acted upon is repeated only if that is harmless.
    fn unsent(&self, failure: &SendFailure, repeatable: bool) -> Attempt {
        let name = &self.connector.name;
        let (status, class) = match failure {
            SendFailure::Refused(_) | SendFailure::Certificate(_) => (400, "permanent"),
            // The same call has the same answer: it has to ask for less.
            SendFailure::TooLarge => (502, "permanent"),
            _ => (502, "transient"),
        };
        let fault = Fault::new(
            status,
            FaultCode::ExternalApiFailure,
            format!("{name} could not be called: {failure}."),
        )
        .external()
        .with("error_class", class)
        .with("node_status", "Errored")
        .with("success", false);
        Attempt::Failed(Failed {
            fault,
            wait_ms: None,
            repeatable: class == "transient" && (repeatable || !failure.is_ambiguous()),
        })
    }
}

/// The provider's own status and body, beside our class and sentence.
fn provider_fault(status: u16, class: &str, message: String, theirs: u16, body: Value) -> Fault {
    Fault::new(status, FaultCode::ExternalApiFailure, message)
        .external()
        .with("error_class", class)
        .with("node_status", "Errored")
        .with("success", false)
        .with("http_status", theirs)
        .with("data", body)
}

/// The provider's words, short enough to show.
fn provider_words(fault: &Fault) -> String {
    let body = fault
        .extra
        .get("data")
        .map(ToString::to_string)
        .unwrap_or_default();
    let status = fault
        .extra
        .get("http_status")
        .map(ToString::to_string)
        .unwrap_or_default();
    format!("{status} {body}").chars().take(500).collect()
}
