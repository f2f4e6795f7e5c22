//! The customer's stored values against a token, at the developer's token endpoint.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::http::HttpAnswer;
use trunnel_model::secret::Secret;
use trunnel_outbound::{Limits, SendFailure};

use super::authentication::{Authentication, Setup};
use super::cache::{Key, Turn};
use super::customer::Customer;
use super::script::Said;
use super::unfilled;
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;
use crate::scrub::answer_without;

/// What a token endpoint may take. Its answers are short.
const LIMITS: Limits = Limits::of(Duration::from_secs(20)).up_to(1024 * 1024);

/// What the customer's access is proved with.
#[derive(Debug, Clone)]
pub(crate) struct Exchanged {
    /// The token endpoint's answer, where there is an exchange.
    pub(crate) response: Option<Arc<Value>>,
    /// It was exchanged for an earlier call.
    pub(crate) kept: bool,
}

impl Exchanged {
    /// Nothing is exchanged.
    pub(crate) const fn none() -> Self {
        Self {
            response: None,
            kept: false,
        }
    }

    fn new(response: Arc<Value>) -> Self {
        Self {
            response: Some(response),
            kept: false,
        }
    }
}

impl Core {
    /// Exchanges, or answers what an exchange has brought before.
    pub(crate) async fn exchanged(
        &self,
        caller: &AccountCtx,
        authentication: &Authentication,
        customer: &Customer,
        said: &Said,
    ) -> Result<Exchanged, Error> {
        let Some(setup) = &authentication.setup else {
            return Ok(Exchanged::none());
        };
        if setup.cache_s == 0 {
            let response = Arc::new(self.exchange_customer(setup, customer, said).await?);
            return Ok(Exchanged::new(response));
        }
        let key = key(caller);
        let stamp = customer.stamp(authentication.version);
        let tokens = &self.0.my_app.tokens;
        loop {
            if let Some(kept) = tokens.get(&key, &stamp, self.now()) {
                return Ok(Exchanged {
                    response: Some(kept),
                    kept: true,
                });
            }
            let flight = match tokens.turn(&key, &stamp) {
                Turn::Mine(flight) => flight,
                Turn::Anothers(mut told) => {
                    // An error is that it was given up; then it is somebody else's turn.
                    let _ = told.changed().await;
                    match told.borrow().clone() {
                        Some(Err(fault)) => return Err(fault.into()),
                        Some(Ok(response)) => return Ok(Exchanged::new(response)),
                        None => continue,
                    }
                }
            };
            let response = match self.exchange_customer(setup, customer, said).await {
                Ok(response) => Arc::new(response),
                Err(Error::Fault(fault)) => {
                    flight.end(Err((*fault).clone()));
                    return Err(Error::Fault(fault));
                }
                Err(error) => return Err(error),
            };
            let now = self.now();
            let life = i64::try_from(setup.cache_s.saturating_mul(1000)).unwrap_or(i64::MAX);
            let until = now.plus_millis(life);
            tokens.put(key, stamp, Arc::clone(&response), (now, until));
            flight.end(Ok(Arc::clone(&response)));
            return Ok(Exchanged::new(response));
        }
    }

    /// The API does not take this token any more.
    pub(crate) fn forget_exchanged(&self, caller: &AccountCtx, exchanged: &Exchanged) {
        if let Some(response) = &exchanged.response {
            self.0.my_app.tokens.forget(&key(caller), response);
        }
    }

    async fn exchange_customer(
        &self,
        setup: &Setup,
        customer: &Customer,
        said: &Said,
    ) -> Result<Value, Error> {
        const WHAT: &str = "The request to the authentication URL";
        let nothing = Map::new();
        let values = customer.values(None, &nothing);
        let filled = setup.request.fill(&values);
        let mut draft = filled.map_err(|bad| unfilled(customer, WHAT, &bad))?;
        if let Some(script) = &setup.script {
            let named = ("pre-auth script", script.as_str());
            draft = self.scripted(named, &draft, customer, None, said).await?;
        }
        let request = draft.into_request().map_err(|problem| {
            let message = format!("{WHAT} cannot be built: {problem}.");
            Fault::bad_request(FaultCode::ValidationError, message)
        })?;
        metrics::counter!("trunnel_my_app_exchanges_total").increment(1);
        let answer = self.outbound().send(request, LIMITS).await;
        let answer = answer.map_err(|failure| unsent(&failure))?;
        read(&answer, customer)
    }
}

fn key(caller: &AccountCtx) -> Key {
    (caller.ctx.scope.clone(), caller.account.clone())
}

fn read(answer: &HttpAnswer, customer: &Customer) -> Result<Value, Error> {
    let status = answer.status;
    if !(200..300).contains(&status) {
        let transient = matches!(status, 408 | 425 | 429 | 500..=599);
        let (ours, class) = if transient {
            (502, "transient")
        } else {
            (400, "auth")
        };
        let secrets: Vec<&Secret> = customer.secrets().collect();
        let body = String::from_utf8_lossy(&answer.body);
        let message = format!("The authentication URL answered {status}.");
        let fault = Fault::new(ours, FaultCode::ExternalApiFailure, message);
        return Err(errored(fault, class)
            .with("http_status", status)
            .with("data", answer_without(&body, &secrets))
            .into());
    }
    let value: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let value = value.filter(|value| value.is_object() || value.is_array());
    Ok(value.ok_or_else(|| {
        let message = "The authentication URL answered no JSON object.";
        errored(
            Fault::new(502, FaultCode::ExternalApiFailure, message),
            "permanent",
        )
    })?)
}

fn unsent(failure: &SendFailure) -> Fault {
    let (status, class) = match failure {
        SendFailure::Refused(_) => (400, "permanent"),
        _ => (502, "transient"),
    };
    let message = format!("The authentication URL could not be called: {failure}.");
    errored(
        Fault::new(status, FaultCode::ExternalApiFailure, message),
        class,
    )
}

fn errored(fault: Fault, class: &str) -> Fault {
    fault
        .external()
        .with("error_class", class)
        .with("node_status", "Errored")
        .with("success", false)
}

/// What is a secret by its name, wherever it stands in the answer.
pub(crate) fn named_like_secrets(response: &Value, secrets: &mut Vec<Secret>) {
    const NAMES: [&str; 9] = [
        "token",
        "secret",
        "password",
        "key",
        "auth",
        "jwt",
        "session",
        "cookie",
        "signature",
    ];
    match response {
        Value::Object(members) => {
            for (name, member) in members {
                let lower = name.to_lowercase();
                match member.as_str() {
                    Some(text) if NAMES.iter().any(|known| lower.contains(known)) => {
                        secrets.push(Secret::new(text));
                    }
                    _ => named_like_secrets(member, secrets),
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                named_like_secrets(item, secrets);
            }
        }
        _ => {}
    }
}
