//! Typed credentials that are sent, or that sign what is sent.

use anyhow::Context;
use serde_json::{Value, json};

use super::verify;
use crate::facts::{Input, Object, Provider};
use crate::{field, place};

pub(super) fn api_key(provider: &Provider) -> Object {
    let place = place::place(provider);
    option(&provider.credentials, place, provider)
}

/// User name and password. Where one of them is always the same, the other is a
/// key, and only that is asked for.
pub(super) fn basic(provider: &Provider) -> Object {
    let mut inputs = provider.credentials.clone();
    let mut basic = Object::new();
    for name in ["username", "password"] {
        let declared = inputs.iter().position(|input| input.name == name);
        let constant = declared
            .and_then(|at| inputs.get(at))
            .and_then(|input| input.default_value.clone());
        let value = constant
            .clone()
            .unwrap_or_else(|| format!("${{credential.{name}}}"));
        basic.insert(name.to_owned(), json!(value));
        match (declared, constant) {
            (Some(at), Some(_)) => {
                inputs.remove(at);
            }
            (None, None) => inputs.push(bare(name)),
            _ => {}
        }
    }
    if let [only] = inputs.as_mut_slice() {
        let key = json!("${credential.api_key}");
        basic.insert(std::mem::replace(&mut only.name, "api_key".to_owned()), key);
        only.secret = true;
    }
    let mut place = place::place(provider);
    let is_sent = |part: &Value| {
        let text = part.to_string();
        text.contains("${credential.username}") || text.contains("${credential.password}")
    };
    if !place.values().any(is_sent) {
        place.insert("basic".to_owned(), Value::Object(basic));
    }
    option(&inputs, place, provider)
}

/// A JWT made for every call.
pub(super) fn signed_token(provider: &Provider) -> anyhow::Result<Object> {
    let token = provider.token.as_ref().context("a JWT row has a `token`")?;
    let key = token.signing_key.as_ref().context("a JWT has a key")?;
    let mut signed = jwt(key, &token.header, &token.payload);
    if let Some(ms) = token.expires_in_ms.filter(|ms| *ms != 300_000) {
        signed.insert("lifetime".to_owned(), json!(ms / 1000));
    }
    if let Some(encoding) = provider
        .signature
        .hmac_secret_encoding
        .as_deref()
        .filter(|encoding| *encoding != "utf8")
    {
        signed.insert("key_encoding".to_owned(), json!(encoding));
    }
    let place = place::of_token(provider).unwrap_or_default();
    let mut option = option(&provider.credentials, place, provider);
    option.insert("token".to_owned(), Value::Object(signed));
    Ok(option)
}

/// Algorithm, key, header and claims. What every JWT has is added when it is made.
pub(super) fn jwt(key: &str, header: &Object, claims: &Object) -> Object {
    let mut jwt = Object::new();
    let algorithm = header.get("alg").cloned().unwrap_or_else(|| json!("RS256"));
    jwt.insert("algorithm".to_owned(), algorithm);
    jwt.insert("key".to_owned(), json!(key));
    let kept = |object: &Object, without: &[&str]| -> Object {
        object
            .iter()
            .filter(|(name, _)| !without.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    let header = kept(header, &["alg", "typ"]);
    if !header.is_empty() {
        jwt.insert("header".to_owned(), Value::Object(header));
    }
    let claims = kept(claims, &["iat", "exp", "jti"]);
    if !claims.is_empty() {
        jwt.insert("claims".to_owned(), Value::Object(claims));
    }
    jwt
}

pub(super) fn wsse(provider: &Provider) -> Object {
    let mut option = option(&provider.credentials, Object::new(), provider);
    let sign = json!({ "wsse": {
        "username": "${credential.username}",
        "password": "${credential.password}",
    }});
    option.insert("sign".to_owned(), sign);
    option
}

pub(super) fn sigv4(provider: &Provider) -> Object {
    let mut session = bare("session_token");
    session.optional = true;
    session.help = Some("Only for temporary credentials.".to_owned());
    let mut inputs = vec![bare("access_key"), bare("secret_key"), session];
    if let Some(access_key) = inputs.first_mut() {
        access_key.label = Some("Access key ID".to_owned());
    }
    let mut option = option(&inputs, Object::new(), provider);
    let sign = json!({ "aws_sigv4": {
        "access_key": "${credential.access_key}",
        "secret_key": "${credential.secret_key}",
        "session_token": "${credential.session_token}",
        "region": "${field.region}",
        "service": "${field.service}",
    }});
    option.insert("sign".to_owned(), sign);
    option
}

/// `fields`, `place` and the proof.
pub(super) fn option(inputs: &[Input], place: Object, provider: &Provider) -> Object {
    let mut option = Object::new();
    option.insert("fields".to_owned(), typed(inputs));
    if !place.is_empty() {
        option.insert("place".to_owned(), Value::Object(place));
    }
    verify(&mut option, provider);
    option
}

fn typed(inputs: &[Input]) -> Value {
    inputs
        .iter()
        .filter(|input| !input.automated)
        .map(|input| Value::Object(field::typed(input)))
        .collect()
}

pub(super) fn bare(name: &str) -> Input {
    Input {
        name: name.to_owned(),
        ..Input::default()
    }
}
