//! One call of a proxy: authenticated, sent, gathered, told.

use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use trunnel_catalog::{PageChange, PageEnd};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_model::retry;
use trunnel_model::secret::Secret;
use trunnel_model::usage::UsageKind;
use trunnel_outbound::{Limits, SendFailure};
use url::Url;

use super::definition::Definition;
use super::field;
use crate::Core;
use crate::action::{ActionAnswer, not_acted, repeatable};
use crate::ctx::AccountCtx;
use crate::error::Error;
use crate::my_app::{
    Authentication, Customer, Draft, Exchanged, Said, curl, named_like_secrets, unfilled,
};
use crate::scrub::{answer_without, scrub};

/// The longest one exchange with the developer's API may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// Of an answer that is no JSON, at most this much is kept.
const TEXT_LIMIT: usize = 64 * 1024;

/// What is remembered of a call, for whoever tries it out.
#[derive(Default)]
pub(super) struct Trace {
    pub(super) said: Said,
    pub(super) curl: Mutex<Option<String>>,
    pub(super) secrets: Mutex<Vec<Secret>>,
}

struct Call<'a> {
    core: &'a Core,
    caller: &'a AccountCtx,
    definition: &'a Definition,
    authentication: &'a Authentication,
    customer: &'a Customer,
    input: &'a Map<String, Value>,
    trace: &'a Trace,
}

struct Answered {
    body: Value,
    http: HttpAnswer,
    url: Url,
}

/// Why an attempt failed, and whether another one may be made.
struct Failed {
    fault: Fault,
    again: bool,
    /// The API does not accept the customer's token.
    refused: bool,
}

impl Core {
    /// Calls the developer's API as the account.
    ///
    /// # Errors
    /// Faults carry `error_class`, and the API's status and body where it has answered.
    pub async fn run_api_proxy(
        &self,
        caller: &AccountCtx,
        action_id: &str,
        input: &Map<String, Value>,
    ) -> Result<ActionAnswer, Error> {
        self.traced_api_proxy(caller, action_id, input, &Trace::default())
            .await
    }

    pub(super) async fn traced_api_proxy(
        &self,
        caller: &AccountCtx,
        action_id: &str,
        input: &Map<String, Value>,
        trace: &Trace,
    ) -> Result<ActionAnswer, Error> {
        let definition = self.api_proxy_definition(&caller.ctx, action_id).await?;
        let customer = self.customer(caller).await?;
        let input = field::check(&definition.fields, definition.paginate.is_some(), input)?;
        let authentication = self.authentication(&caller.ctx.scope).await?;
        let (scope, account) = (&caller.ctx.scope, &caller.account);
        self.count(scope, Some(account), UsageKind::Action, 1);
        let call = Call {
            core: self,
            caller,
            definition: &definition,
            authentication: &authentication,
            customer: &customer,
            input: &input,
            trace,
        };
        call.gather().await
    }
}

impl Call<'_> {
    async fn gather(&self) -> Result<ActionAnswer, Error> {
        let mut exchanged = self.exchanged().await?;
        let pages = self.definition.paginate.as_ref();
        let Some(mut pages) = pages.and_then(|pages| pages.pages(self.input)) else {
            let Answered { body, http, .. } = self.run(&mut exchanged, None).await?;
            return Ok(answer(http.status, body));
        };
        loop {
            let got = self.run(&mut exchanged, Some(pages.change())).await?;
            match pages.take(&got.http, got.body, &got.url) {
                PageEnd::More => {}
                PageEnd::Done(body) => return Ok(answer(got.http.status, body)),
            }
        }
    }

    async fn exchanged(&self) -> Result<Exchanged, Error> {
        let wanted = !self.definition.without_tokens || self.definition.wants_response();
        if !wanted {
            return Ok(Exchanged::none());
        }
        let (authentication, said) = (self.authentication, &self.trace.said);
        self.core
            .exchanged(self.caller, authentication, self.customer, said)
            .await
    }

    /// Attempts, with pauses, until one succeeds or none more is allowed. A kept token
    /// that is refused is exchanged anew, once.
    async fn run(
        &self,
        exchanged: &mut Exchanged,
        page: Option<&PageChange>,
    ) -> Result<Answered, Error> {
        let mut attempts = 0;
        loop {
            let failed = match self.attempt(exchanged, page).await? {
                Ok(answered) => return Ok(answered),
                Err(failed) => failed,
            };
            if failed.refused && exchanged.kept {
                self.core.forget_exchanged(self.caller, exchanged);
                *exchanged = self.exchanged().await?;
                // Not a second time, even if another call has brought this one.
                exchanged.kept = false;
                continue;
            }
            attempts += 1;
            let wait = retry::ACTION.wait_ms(attempts, self.core.random_u64());
            match wait {
                Some(wait) if failed.again => self.core.sleep().sleep(wait).await,
                _ => return Err(failed.fault.into()),
            }
        }
    }

    async fn attempt(
        &self,
        exchanged: &Exchanged,
        page: Option<&PageChange>,
    ) -> Result<Result<Answered, Failed>, Error> {
        let secrets = self.secrets(exchanged);
        self.trace.secrets.lock().clone_from(&secrets);
        let secrets: Vec<&Secret> = secrets.iter().collect();
        let request = self.request(exchanged, page).await?;
        let repeatable = repeatable(&request, false);
        let url = request.url.clone();
        self.trace
            .curl
            .lock()
            .get_or_insert_with(|| curl(&request, &secrets));
        let sent = self.core.wire().send(request, Limits::of(CALL_TIMEOUT));
        let http = match sent.await {
            Ok(answer) => answer,
            Err(failure) => return Ok(Err(unsent(&failure, repeatable))),
        };
        metrics::counter!("trunnel_api_proxy_calls_total").increment(1);
        let body = scrub(body(&http), &http.body, &secrets);
        Ok(match failed(&http, &body, repeatable) {
            Some(failed) => Err(failed),
            None => Ok(Answered { body, http, url }),
        })
    }

    /// The request: what the proxy says, then the tokens, then what its script makes of it.
    async fn request(
        &self,
        exchanged: &Exchanged,
        page: Option<&PageChange>,
    ) -> Result<HttpRequest, Error> {
        const WHAT: &str = "The request";
        let mut draft = self.filled(exchanged)?;
        if let Some(page) = page {
            page.turn(&mut draft.url, &mut draft.query, &mut draft.body);
        }
        if let Some(script) = &self.definition.script {
            let named = ("pre-request script", script.as_str());
            let (response, said) = (exchanged.response.as_deref(), &self.trace.said);
            draft = self
                .core
                .scripted(named, &draft, self.customer, response, said)
                .await?;
        }
        let request = draft.into_request();
        Ok(request.map_err(|problem| cannot(WHAT, problem))?)
    }

    fn filled(&self, exchanged: &Exchanged) -> Result<Draft, Fault> {
        const WHAT: &str = "The request";
        let values = self
            .customer
            .values(exchanged.response.as_deref(), self.input);
        let filled = self.definition.request.fill(&values);
        let mut draft = filled.map_err(|bad| unfilled(self.customer, WHAT, &bad))?;
        if !self.definition.without_tokens {
            let tokens = self.authentication.injections.fill(&values);
            let tokens = tokens.map_err(|bad| unfilled(self.customer, WHAT, &bad))?;
            draft
                .inject(tokens)
                .map_err(|problem| cannot(WHAT, problem))?;
        }
        Ok(draft)
    }

    /// What must not come out again, whatever the API repeats.
    fn secrets(&self, exchanged: &Exchanged) -> Vec<Secret> {
        let mut secrets: Vec<Secret> = self.customer.secrets().cloned().collect();
        if let Some(response) = exchanged.response.as_deref() {
            let injected = self.authentication.injections.references();
            let own = self.definition.request.references();
            let values = self.customer.values(Some(response), self.input);
            let used = injected
                .chain(own)
                .filter(|reference| reference.is_response());
            let used = used.filter_map(|reference| values.get(reference));
            secrets.extend(used.filter_map(|value| Some(Secret::new(value.as_str()?))));
            named_like_secrets(response, &mut secrets);
        }
        secrets
    }
}

fn answer(status: u16, data: Value) -> ActionAnswer {
    ActionAnswer { data, status }
}

fn cannot(what: &str, problem: &str) -> Fault {
    let message = format!("{what} cannot be built: {problem}.");
    Fault::bad_request(FaultCode::ValidationError, message)
}

/// The answer's JSON; a text when it is none, `null` when there is nothing.
fn body(http: &HttpAnswer) -> Value {
    if http.body.is_empty() {
        return Value::Null;
    }
    serde_json::from_slice(&http.body).unwrap_or_else(|_| {
        let kept = &http.body[..http.body.len().min(TEXT_LIMIT)];
        answer_without(&String::from_utf8_lossy(kept), &[])
    })
}

fn failed(http: &HttpAnswer, body: &Value, repeatable: bool) -> Option<Failed> {
    let status = http.status;
    if (200..300).contains(&status) {
        return None;
    }
    let (ours, class, said) = match status {
        401 => (400, "auth", "does not accept the customer's token"),
        408 | 425 | 429 | 500..=599 => (502, "transient", "is not available"),
        _ => (400, "permanent", "refused the call"),
    };
    let fault = Fault::new(
        ours,
        FaultCode::ExternalApiFailure,
        format!("The API {said} ({status})."),
    );
    let fault = errored(fault, class).with("http_status", status);
    Some(Failed {
        fault: fault.with("data", body.clone()),
        again: class == "transient" && (repeatable || not_acted(status)),
        refused: status == 401,
    })
}

/// No answer. What may have been acted upon is repeated only if that is harmless.
fn unsent(failure: &SendFailure, repeatable: bool) -> Failed {
    let (status, class) = match failure {
        SendFailure::Refused(_) | SendFailure::Certificate(_) => (400, "permanent"),
        SendFailure::TooLarge => (502, "permanent"),
        _ => (502, "transient"),
    };
    let message = format!("The API could not be called: {failure}.");
    Failed {
        fault: errored(
            Fault::new(status, FaultCode::ExternalApiFailure, message),
            class,
        ),
        again: class == "transient" && (repeatable || !failure.is_ambiguous()),
        refused: false,
    }
}

fn errored(fault: Fault, class: &str) -> Fault {
    fault
        .external()
        .with("error_class", class)
        .with("node_status", "Errored")
        .with("success", false)
}
