//! The kinds in which a customer consents at the provider.

use serde_json::{Value, json};

use crate::facts::{Object, Provider};
use crate::names::snake;
use crate::place;

/// Parameters that are sent in any case.
const OF_AUTHORIZATION: [(&str, &str); 1] = [("response_type", "code")];
const OF_TOKEN: [(&str, &str); 1] = [("grant_type", "authorization_code")];
const OF_REFRESH: [(&str, &str); 1] = [("grant_type", "refresh_token")];

pub(super) fn oauth2(provider: &Provider) -> Object {
    let mut option = Object::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            option.insert(key.to_owned(), value);
        }
    };
    let text = |text: &Option<String>| text.as_ref().map(|text| json!(text));
    put("registration_url", text(&provider.registration_url));
    put("authorization_url", text(&provider.authorization_url));
    let url = |url: &Option<String>| url.as_deref().map(|url| bound(url, provider));
    let fragment = provider.authorization_url_fragment.as_deref();
    let fragment = fragment.map(|path| format!("/{}", path.trim_start_matches('/')));
    put("authorization_fragment", text(&fragment));
    put("token_url", url(&provider.token_url));
    put("refresh_url", url(&provider.refresh_url));
    put("pkce", provider.disable_pkce.then(|| json!(false)));
    let scopes = (!provider.default_scopes.is_empty())
        .then(|| json!({ "mandatory": provider.default_scopes }));
    put("scopes", scopes);
    let separator = provider
        .scope_separator
        .as_ref()
        .filter(|text| *text != " ");
    put("scope_separator", separator.map(|text| json!(text)));
    put(
        "client_auth",
        proves_by_basic(provider).then(|| json!("basic")),
    );
    let is_get = provider.token_request_method.as_deref() == Some("GET");
    put("token_method", is_get.then(|| json!("GET")));
    let body = provider
        .body_format
        .as_deref()
        .filter(|body| *body != "form");
    put("token_body", body.map(|body| json!(body)));
    put(
        "code_param",
        text(&provider.authorization_code_param_in_callback),
    );
    put(
        "authorization_params",
        params(&provider.authorization_params, &OF_AUTHORIZATION),
    );
    let skip = provider.authorization_url_skip_empty;
    put("skip_empty", skip.then(|| json!(["scope"])));
    let raw = provider
        .authorization_url_skip_encode
        .iter()
        .any(|part| part == "scopes");
    put("raw_params", raw.then(|| json!(["scope"])));
    put("token_params", params(&provider.token_params, &OF_TOKEN));
    put(
        "refresh_params",
        params(&provider.refresh_params, &OF_REFRESH),
    );
    put("token_headers", headers(&provider.token_headers));
    put("token_answer", answer(provider));
    put("expires_in_unit", text(&provider.expires_in_unit));
    put("metadata", paths(&provider.token_response_metadata));
    put("redirect_metadata", paths(&provider.redirect_uri_metadata));
    let lifetime = provider.token_expires_in_ms.map(|ms| ms / 1000);
    put("default_lifetime", lifetime.map(|seconds| json!(seconds)));
    put("place", place::of_token(provider).map(Value::Object));
    put("identity", identity(provider));
    option
}

/// An MCP server says itself where its customers log in.
pub(super) fn discovered(provider: &Provider) -> Object {
    let mut option = Object::new();
    option.insert("discovery".to_owned(), json!(provider.api.base_url));
    for (key, field) in super::DISCOVERED {
        option.insert(key.to_owned(), json!(format!("${{field.{field}}}")));
    }
    option
}

pub(super) fn oauth1(provider: &Provider) -> Object {
    let mut option = Object::new();
    let urls = [
        ("request_url", &provider.request_url),
        ("authorization_url", &provider.authorization_url),
        ("token_url", &provider.token_url),
    ];
    for (key, url) in urls {
        if let Some(url) = url {
            option.insert(key.to_owned(), json!(url));
        }
    }
    if let Some(method) = provider
        .signature_method
        .as_deref()
        .filter(|m| *m != "HMAC-SHA1")
    {
        option.insert("signature_method".to_owned(), json!(method));
    }
    if let Some(params) = params(&provider.request_params, &[]) {
        option.insert("request_params".to_owned(), params);
    }
    if let Some(params) = params(&provider.authorization_params, &[]) {
        option.insert("authorization_params".to_owned(), params);
    }
    option
}

/// What a redirect brings may not decide where the client secret goes.
fn bound(url: &str, provider: &Provider) -> Value {
    let brought: Vec<String> = provider
        .redirect_uri_metadata
        .iter()
        .map(|name| format!("${{field.{}}}", snake(name)))
        .collect();
    let kept: Vec<&str> = url
        .split(" || ")
        .filter(|alternative| {
            !brought
                .iter()
                .any(|mark| alternative.starts_with(mark.as_str()))
        })
        .collect();
    json!(kept.join(" || "))
}

fn proves_by_basic(provider: &Provider) -> bool {
    provider.authorization_method.as_deref() == Some("header")
        || provider.token_request_auth_method.as_deref() == Some("basic")
}

fn params(params: &Object, standard: &[(&str, &str)]) -> Option<Value> {
    let kept: Object = place::texts(params)
        .into_iter()
        .filter(|(name, value)| {
            !standard
                .iter()
                .any(|(plain, usual)| name == plain && value == usual)
        })
        .collect();
    (!kept.is_empty()).then_some(Value::Object(kept))
}

fn headers(headers: &Object) -> Option<Value> {
    let kept: Object = place::headers(headers)
        .filter(|(name, value)| name != "Content-Type" && value != "application/json")
        .collect();
    (!kept.is_empty()).then_some(Value::Object(kept))
}

fn answer(provider: &Provider) -> Option<Value> {
    let mut answer = Object::new();
    if let Some(path) = &provider.alternate_access_token_response_path {
        let paths = json!(["access_token", format!("{path}.access_token")]);
        answer.insert("access_token".to_owned(), paths);
    }
    (!answer.is_empty()).then_some(Value::Object(answer))
}

/// Field name to path: `team.id` is kept in `team_id`.
pub(super) fn paths(paths: &[String]) -> Option<Value> {
    let object: Object = paths
        .iter()
        .map(|path| (snake(path), json!(path)))
        .collect();
    (!object.is_empty()).then_some(Value::Object(object))
}

fn identity(provider: &Provider) -> Option<Value> {
    let verification = provider.api.verification.as_ref()?;
    place::probe(verification, &provider.api.base_url).map(Value::Object)
}
