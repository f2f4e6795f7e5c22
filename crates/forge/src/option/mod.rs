//! One option of `auth` per row, by the row's kind of authentication.

mod exchange;
mod keys;
mod oauth;

use serde_json::{Value, json};

use crate::facts::{Auth, Input, Object, Provider};
use crate::place;

/// The option, without its id.
pub(crate) fn of(provider: &Provider) -> anyhow::Result<Object> {
    let mut option = match provider.auth {
        Auth::OAuth2 | Auth::McpOAuth2 => oauth::oauth2(provider),
        Auth::McpOAuth2Generic => oauth::discovered(provider),
        Auth::OAuth1 => oauth::oauth1(provider),
        Auth::ApiKey => keys::api_key(provider),
        Auth::Basic => keys::basic(provider),
        Auth::Jwt => keys::signed_token(provider)?,
        Auth::Signature => keys::wsse(provider),
        Auth::AwsSigV4 => keys::sigv4(provider),
        Auth::ClientCredentials => exchange::client_credentials(provider),
        Auth::TwoStep => exchange::two_step(provider)?,
        Auth::Open => Object::new(),
    };
    if let Some(seconds) = provider.token_expiration_buffer {
        option.insert("refresh".to_owned(), json!({ "margin": seconds }));
    }
    Ok(option)
}

/// Key of an option to the field that the discovery of a server fills.
pub(crate) const DISCOVERED: [(&str, &str); 3] = [
    ("registration_url", "registration_endpoint"),
    ("authorization_url", "authorization_endpoint"),
    ("token_url", "token_endpoint"),
];

/// Why there is no call that proves a typed credential.
const UNVERIFIED: &str = "No call is known that proves the credential and does nothing else.";

/// `verify`, or the reason why there is none.
fn verify(option: &mut Object, provider: &Provider) {
    let probe = provider
        .api
        .verification
        .as_ref()
        .and_then(|verification| place::probe(verification, &provider.api.base_url));
    match probe {
        Some(probe) => option.insert("verify".to_owned(), Value::Object(probe)),
        None => option.insert("unverified_reason".to_owned(), json!(UNVERIFIED)),
    };
}

/// The host of a URL template, with its placeholders.
pub(crate) fn host(url: &str) -> &str {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .unwrap_or(url);
    let mut depth = 0_usize;
    let end = rest.char_indices().find(|(_, letter)| {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && "/?#".contains(*letter)
    });
    end.map_or(rest, |(at, _)| rest.get(..at).unwrap_or(rest))
}

/// Whether the value of this field decides who is told the developer's client
/// secret. Where the end of the host is written out, or where the value is one of
/// a few, it does not.
pub(crate) fn decides_destination(provider: &Provider, input: &Input) -> bool {
    let with_secret = provider.auth == Auth::OAuth2
        || (provider.auth == Auth::McpOAuth2 && provider.registration_url.is_none());
    if !with_secret || !input.choices.is_empty() || input.automated {
        return false;
    }
    let mark = format!("${{field.{}}}", input.name);
    [&provider.token_url, &provider.refresh_url]
        .into_iter()
        .flatten()
        .flat_map(|url| url.split(" || "))
        .map(host)
        .any(|host| host.contains(&mark) && !has_fixed_end(host))
}

fn has_fixed_end(host: &str) -> bool {
    match host.rsplit_once('}') {
        Some((_, end)) => end.starts_with('.') && end.trim_matches('.').contains('.'),
        None => true,
    }
}
