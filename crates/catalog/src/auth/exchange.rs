//! Typed values for a short-lived token, in one request or several.

use std::collections::BTreeMap;

use http::header::{ACCEPT, AUTHORIZATION};
use trunnel_model::http::{HttpAnswer, HttpRequest, Redirects};
use trunnel_model::secret::Secret;

use super::jwt;
use super::token::{TokenFault, body, fault, is_success};
use crate::access::Access;
use crate::encode;
use crate::fault::BuildFault;
use crate::option::{Exchange, StepRequest};
use crate::path::{dig, plain_text};
use crate::request::{JSON, basic, render_body, set_body, set_certificate, set_headers};
use crate::sign::sign_exchange;
use crate::template::Scope;

/// What the requests of one exchange have brought so far.
pub type Steps = BTreeMap<String, Secret>;

/// The next request of an exchange.
#[derive(Debug)]
pub enum ExchangeStep {
    /// Its answer goes to [`keep_step`].
    Before(HttpRequest),
    /// Its answer holds the token.
    Last(HttpRequest),
}

/// The request at `index`, or nothing when the option exchanges nothing.
pub fn exchange_request(
    access: &Access<'_>,
    index: usize,
    steps: &Steps,
) -> Result<Option<ExchangeStep>, BuildFault> {
    let Some(exchange) = access.option.exchange() else {
        return Ok(None);
    };
    if let Some(step) = exchange.before.get(index) {
        return step_request(access, exchange, &step.request, steps)
            .map(|request| Some(ExchangeStep::Before(request)));
    }
    step_request(access, exchange, &exchange.request, steps)
        .map(|request| Some(ExchangeStep::Last(request)))
}

/// The request that renews the token with a refresh token, where the provider has one.
pub fn renewal_request(access: &Access<'_>) -> Result<Option<HttpRequest>, BuildFault> {
    let Some(exchange) = access.option.exchange() else {
        return Ok(None);
    };
    let refreshable = access.credential.refresh_token.is_some();
    match exchange.refresh.as_ref().filter(|_| refreshable) {
        Some(request) => step_request(access, exchange, request, &Steps::new()).map(Some),
        None => Ok(None),
    }
}

/// Keeps what later requests need of an answer.
pub fn keep_step(
    access: &Access<'_>,
    index: usize,
    answer: &HttpAnswer,
    steps: &mut Steps,
) -> Result<(), TokenFault> {
    let step = access
        .option
        .exchange()
        .and_then(|exchange| exchange.before.get(index));
    let body = body(answer);
    let Some(step) = step.filter(|_| is_success(answer)) else {
        return Err(fault(answer, &body));
    };
    for (name, path) in &step.keep {
        let Some(text) = dig(&body, path).and_then(plain_text) else {
            return Err(fault(answer, &body));
        };
        steps.insert(name.clone(), Secret::new(text));
    }
    Ok(())
}

fn step_request(
    access: &Access<'_>,
    exchange: &Exchange,
    step: &StepRequest,
    steps: &Steps,
) -> Result<HttpRequest, BuildFault> {
    let scope = Scope {
        steps: Some(steps),
        ..access.scope()
    };
    let assertion = match &exchange.assertion {
        Some(template) => Some(jwt::sign(template, &scope)?),
        None => None,
    };
    let scope = Scope {
        assertion: assertion.as_ref(),
        ..scope
    };
    let mut request = HttpRequest::new(step.method.clone(), step.url.render(&scope)?);
    request.egress = access.connector.egress();
    request.redirects = Redirects::Never;
    request.headers.insert(ACCEPT, JSON);
    set_headers(&mut request.headers, &step.headers, &scope)?;
    if let Some((username, password)) = &step.basic {
        request
            .headers
            .insert(AUTHORIZATION, basic(username, password, &scope)?);
    }
    let mut query = Vec::new();
    for (name, template) in &step.query {
        query.extend(scope.text(template)?.map(|text| (name.clone(), text)));
    }
    encode::push_query(&mut request.url, &query);
    let body = render_body(step.body.as_ref(), &scope)?;
    set_body(&mut request, body.as_ref(), step.body_type);
    set_certificate(&mut request, access.option, &scope)?;
    sign_exchange(&mut request, access, &scope)?;
    Ok(request)
}
