//! What a way to connect is called.

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The keys of an option that decide what it is called.
#[derive(Deserialize)]
pub(super) struct OptionFile {
    kind: Option<Kind>,
    grant: Option<IgnoredAny>,
    discovery: Option<IgnoredAny>,
    registration_url: Option<IgnoredAny>,
    exchange: Option<IgnoredAny>,
    token: Option<IgnoredAny>,
    sign: Option<IgnoredAny>,
    certificate: Option<IgnoredAny>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    OAuth2,
    OAuth1,
    Device,
    Keys,
    None,
}

pub(super) fn of(id: &str, option: &OptionFile) -> &'static str {
    let implied = if id == "oauth2" {
        Kind::OAuth2
    } else {
        Kind::Keys
    };
    match option.kind.unwrap_or(implied) {
        Kind::OAuth2 if option.discovery.is_some() => "OAuth 2.0, discovered",
        Kind::OAuth2 if option.registration_url.is_some() => "OAuth 2.0, client registers itself",
        Kind::OAuth2 => "OAuth 2.0",
        Kind::OAuth1 => "OAuth 1.0a",
        Kind::Device => "device code",
        Kind::None => "nothing asked",
        Kind::Keys => keys(option),
    }
}

fn keys(option: &OptionFile) -> &'static str {
    let certificate = option.certificate.is_some();
    if option.sign.is_some() {
        "signed calls"
    } else if option.grant.is_some() && certificate {
        "client credentials with a certificate"
    } else if option.grant.is_some() {
        "client credentials"
    } else if option.exchange.is_some() && certificate {
        "key for a token, with a certificate"
    } else if option.exchange.is_some() {
        "key for a token"
    } else if option.token.is_some() {
        "signed token"
    } else if certificate {
        "certificate"
    } else {
        "key"
    }
}
