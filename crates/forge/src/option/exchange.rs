//! Typed credentials that are exchanged for a token.

use anyhow::Context;
use regex::Regex;
use serde_json::{Map, Value, json};

use super::keys::{bare, jwt, option};
use super::oauth::paths;
use crate::facts::{Assertion, Input, Object, Provider};
use crate::place;

const CLIENT_BY_BASIC: &str =
    "Basic ${base64(${credential.client_id}:${credential.client_secret})}";

/// One request in the words of the facts.
struct Asked<'a> {
    url: &'a str,
    method: Option<&'a str>,
    body_format: Option<&'a str>,
    headers: &'a Object,
    params: Object,
}

/// A client of the customer's own, by its id and its secret.
pub(super) fn client_credentials(provider: &Provider) -> Object {
    let mut inputs = provider.credentials.clone();
    for name in ["client_secret", "client_id"] {
        if !inputs.iter().any(|input| input.name == name) {
            inputs.insert(0, bare(name));
        }
    }
    let is_basic = provider.token_request_auth_method.as_deref() == Some("basic");
    let mut headers = provider.token_headers.clone();
    let mut params = Object::new();
    params.insert("grant_type".to_owned(), json!("client_credentials"));
    if is_basic {
        headers.insert("authorization".to_owned(), json!(CLIENT_BY_BASIC));
    } else {
        params.insert("client_id".to_owned(), json!("${credential.client_id}"));
        params.insert(
            "client_secret".to_owned(),
            json!("${credential.client_secret}"),
        );
    }
    params.extend(provider.token_params.clone());
    if !params.contains_key("scope") {
        let separator = provider.scope_separator.as_deref().unwrap_or(" ");
        let scope = if provider.default_scopes.is_empty() {
            let mut scope = bare("scope");
            scope.label = Some("Scopes".to_owned());
            scope.help = Some("Separated by blanks; empty for what the client has.".to_owned());
            scope.optional = true;
            inputs.push(scope);
            "${credential.scope}".to_owned()
        } else {
            provider.default_scopes.join(separator)
        };
        params.insert("scope".to_owned(), json!(scope));
    }
    let mut exchange = request(&Asked {
        url: provider.token_url.as_deref().unwrap_or_default(),
        method: provider.token_request_method.as_deref(),
        body_format: Some(provider.body_format.as_deref().unwrap_or("form")),
        headers: &headers,
        params,
    });
    read_answer(&mut exchange, provider);
    let mut option = finish(provider, &inputs, exchange);
    option.insert("grant".to_owned(), json!("client_credentials"));
    option
}

/// One request or several; the last one's answer holds the token.
pub(super) fn two_step(provider: &Provider) -> anyhow::Result<Object> {
    let first = Asked {
        url: provider
            .token_url
            .as_deref()
            .context("an exchange has a URL")?,
        method: provider.token_request_method.as_deref(),
        body_format: provider.body_format.as_deref(),
        headers: &provider.token_headers,
        params: provider.token_params.clone(),
    };
    let mut requests = vec![request(&first)];
    for step in &provider.additional_steps {
        requests.push(request(&Asked {
            url: &step.token_url,
            method: step.token_request_method.as_deref(),
            body_format: step.body_format.as_deref(),
            headers: &step.token_headers,
            params: step.token_params.clone(),
        }));
    }
    let mut exchange = requests.pop().unwrap_or_default();
    keep_what_is_used(&mut requests, &exchange)?;
    if !requests.is_empty() {
        exchange.insert("before".to_owned(), json!(requests));
    }
    let mut inputs = provider.credentials.clone();
    if let Some(assertion) = &provider.assertion {
        let made = assertion_of(assertion);
        if assertion.key == "${credential.private_key}"
            && !inputs.iter().any(|input| input.name == "private_key")
        {
            inputs.push(bare("private_key"));
        }
        exchange.insert("assertion".to_owned(), Value::Object(made));
    } else if let Some(token) = &provider.token {
        let key = token.signing_key.as_deref().unwrap_or_default();
        let made = jwt(key, &token.header, &token.payload);
        exchange.insert("assertion".to_owned(), Value::Object(made));
    }
    read_answer(&mut exchange, provider);
    Ok(finish(provider, &inputs, exchange))
}

fn assertion_of(assertion: &Assertion) -> Object {
    let mut made = jwt(&assertion.key, &assertion.header, &assertion.payload);
    debug_assert_eq!(assertion.kind, "jwt", "no other kind can be made");
    if let Some(seconds) = assertion.lifetime.filter(|seconds| *seconds != 300) {
        made.insert("lifetime".to_owned(), json!(seconds));
    }
    made
}

/// `fields`, `certificate`, `exchange`, `place` and the proof.
fn finish(provider: &Provider, inputs: &[Input], exchange: Object) -> Object {
    let place = place::of_token(provider).unwrap_or_default();
    let mut option = option(inputs, place, provider);
    option.insert("exchange".to_owned(), Value::Object(exchange));
    if let Some(reason) = option.get_mut("unverified_reason") {
        *reason = json!("The request for a token proves the credential.");
    }
    if provider.require_client_certificate {
        let certificate = json!({
            "certificate": "${credential.client_certificate}",
            "key": "${credential.client_private_key}",
        });
        option.insert("certificate".to_owned(), certificate);
    }
    option
}

/// Only what differs from `POST` with a form is written.
fn request(asked: &Asked<'_>) -> Object {
    let mut request = Object::new();
    if let Some(method) = asked.method.filter(|method| *method != "POST") {
        request.insert("method".to_owned(), json!(method));
    }
    let (url, mut query) = place::split_query(asked.url);
    request.insert("url".to_owned(), json!(url));
    let content_type = asked
        .headers
        .get("content-type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let body_type = match asked.body_format {
        _ if asked.params.is_empty() => "none",
        Some("query") => "query",
        Some(format) => format,
        None if asked.method == Some("GET") => "query",
        None if content_type.contains("form") => "form",
        None => "json",
    };
    let mut headers: Object = place::headers(asked.headers)
        .filter(|(name, value)| {
            name != "Content-Type" && (name != "Accept" || value != "application/json")
        })
        .collect();
    let basic = headers.get("Authorization").and_then(place::basic_of);
    if basic.is_some() {
        headers.shift_remove("Authorization");
    }
    if body_type == "query" {
        query.extend(place::texts(&asked.params));
    }
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            request.insert(key.to_owned(), value);
        }
    };
    let filled = |object: Object| (!object.is_empty()).then_some(Value::Object(object));
    put("headers", filled(headers));
    put("query", filled(query));
    put("basic", basic);
    match body_type {
        "form" => put("body", filled(place::texts(&asked.params))),
        "json" => {
            put("body_type", Some(json!("json")));
            put("body", filled(asked.params.clone()));
        }
        _ => put("body_type", Some(json!("none"))),
    }
    request
}

/// An earlier request keeps what a later one names as `${step.x}`.
fn keep_what_is_used(requests: &mut [Object], last: &Object) -> anyhow::Result<()> {
    let named = Regex::new(r"\$\{step\.([a-z0-9_]+)\}")?;
    let mut later = vec![Value::Object(last.clone()).to_string()];
    for request in requests.iter_mut().rev() {
        let keep: Map<String, Value> = later
            .first()
            .into_iter()
            .flat_map(|text| named.captures_iter(text))
            .map(|found| (found[1].to_owned(), json!(answered_as(&found[1]))))
            .collect();
        later.insert(0, Value::Object(request.clone()).to_string());
        if !keep.is_empty() {
            request.insert("keep".to_owned(), Value::Object(keep));
        }
    }
    Ok(())
}

/// `DocuWare` answers in capitals; everybody else as we name it.
fn answered_as(name: &str) -> &str {
    match name {
        "identity_service_url" => "IdentityServiceUrl",
        other => other,
    }
}

/// How the answer is read, where it differs from RFC 6749.
fn read_answer(exchange: &mut Object, provider: &Provider) {
    let read = &provider.token_response;
    let mut answer = Object::new();
    let mut put = |key: &str, path: Option<&String>, standard: &str| {
        if let Some(path) = path.filter(|path| *path != standard) {
            answer.insert(key.to_owned(), json!(path));
        }
    };
    put("access_token", read.token.as_ref(), "access_token");
    put(
        "refresh_token",
        read.refresh_token.as_ref(),
        "refresh_token",
    );
    match read.token_expiration_strategy.as_deref() {
        Some("expireAt") => put("expires_at", read.token_expiration.as_ref(), ""),
        _ => put("expires_in", read.token_expiration.as_ref(), "expires_in"),
    }
    if !answer.is_empty() {
        exchange.insert("answer".to_owned(), Value::Object(answer));
    }
    if let Some(unit) = &provider.expires_in_unit {
        exchange.insert("expires_in_unit".to_owned(), json!(unit));
    }
    if let Some(ms) = provider.token_expires_in_ms.filter(|ms| *ms > 0) {
        exchange.insert("lifetime".to_owned(), json!(ms / 1000));
    }
    if let Some(metadata) = paths(&provider.token_response_metadata) {
        exchange.insert("metadata".to_owned(), metadata);
    }
}
