//! `auth` of `connector.yaml`: one option each.

mod consent;
mod exchange;
mod keys;
mod sign;

use trunnel_model::connection::AuthType;

use super::Sink;
use super::connector::compile_fields;
use super::parts::{self, Known};
use crate::option::{AuthOption, GrantType, Method, Place};
use crate::source::{BasicFile, Kind, OptionFile, PlaceFile};
use crate::template::Template;
use crate::template::url::UrlTemplate;

/// What the placeholders of an option may name: the connector's names and its own.
pub(super) struct Names {
    pub(super) fields: Vec<String>,
    pub(super) credentials: Vec<String>,
}

impl Names {
    pub(super) fn of(connector_fields: &[String], file: &OptionFile) -> Self {
        let own = file.extra_fields.iter().map(|field| field.name.clone());
        Self {
            fields: connector_fields.iter().cloned().chain(own).collect(),
            credentials: file.fields.iter().map(|field| field.name.clone()).collect(),
        }
    }
}

/// The kind, which two ids imply.
/// What the file says, or what the option's name does.
pub(crate) fn option_kind(id: &str, file: &OptionFile) -> Option<Kind> {
    let implied = match id {
        "oauth2" => Some(Kind::OAuth2),
        "keybased" => Some(Kind::Keys),
        _ => None,
    };
    file.kind.or(implied)
}

pub(super) fn kind(sink: &mut Sink<'_>, id: &str, file: &OptionFile) -> Option<Kind> {
    let kind = option_kind(id, file);
    if kind.is_none() {
        let at = format!("auth.{id}.kind");
        sink.add(
            &at,
            "is missing; write oauth2, oauth1, device, keys or none",
        );
    }
    kind
}

pub(super) fn option(
    sink: &mut Sink<'_>,
    id: &str,
    mut file: OptionFile,
    names: &Names,
    instance: bool,
) -> Option<AuthOption> {
    let at = format!("auth.{id}");
    let kind = kind(sink, id, &file)?;
    misplaced(sink, &at, kind, &file);
    let known = Known {
        fields: &names.fields,
        credentials: &names.credentials,
        instance,
        ..Known::default()
    };
    let calls = in_calls(kind, &file, known);
    let fields = compile_fields(
        sink,
        &format!("{at}.extra_fields"),
        std::mem::take(&mut file.extra_fields),
    );
    let base_url = optional_url(
        sink,
        &format!("{at}.base_url"),
        file.base_url.as_deref(),
        known,
    );
    let headers = parts::headers(sink, &format!("{at}.headers"), &file.headers, calls);
    let place = placed(sink, &at, kind, &file, calls);
    parts::statuses(
        sink,
        &format!("{at}.expiry_statuses"),
        &file.expiry_statuses,
    );
    let (name, asked) = match kind {
        Kind::Keys => ("verify", file.verify.take()),
        _ => ("identity", file.identity.take()),
    };
    let probe = asked.and_then(|p| parts::probe(sink, &format!("{at}.{name}"), p, calls));
    policy(sink, &at, &file);
    let sign = file
        .sign
        .take()
        .and_then(|f| sign::sign(sink, &format!("{at}.sign"), f, calls));
    let certificate = file
        .certificate
        .take()
        .and_then(|f| sign::certificate(sink, &format!("{at}.certificate"), &f, calls));
    if kind == Kind::Keys && !place.uses_secret() && sign.is_none() && certificate.is_none() {
        let at = format!("{at}.place");
        sink.add(
            &at,
            "puts no credential anywhere; name one, as in `${credential.key}`",
        );
    }
    let auth_type = file
        .auth_type
        .unwrap_or_else(|| auth_family(kind, file.grant));
    let refresh = file.refresh;
    let label = file
        .label
        .take()
        .unwrap_or_else(|| default_label(kind).to_owned());
    let unverified_reason = file.unverified_reason.take();
    let expiry_statuses = std::mem::take(&mut file.expiry_statuses);
    let method = match kind {
        Kind::OAuth2 => {
            consent::oauth2(sink, &at, file, known).map(|m| Method::OAuth2(Box::new(m)))
        }
        Kind::OAuth1 => {
            consent::oauth1(sink, &at, &file, known).map(|m| Method::OAuth1(Box::new(m)))
        }
        Kind::Device => {
            consent::device(sink, &at, file, known).map(|m| Method::Device(Box::new(m)))
        }
        Kind::Keys => keys::keys(sink, &at, file, known).map(Method::Keys),
        Kind::None => Some(Method::None),
    };
    Some(AuthOption {
        id: id.to_owned(),
        auth_type,
        label,
        method: method?,
        fields,
        probe,
        unverified_reason,
        expiry_statuses,
        refresh,
        base_url,
        headers,
        place,
        sign,
        certificate,
    })
}

/// Where the credential goes: a token as RFC 6750 has it, unless the file says more.
fn placed(sink: &mut Sink<'_>, at: &str, kind: Kind, file: &OptionFile, calls: Known<'_>) -> Place {
    let at = format!("{at}.place");
    let made = file.exchange.is_some() || file.token.is_some();
    match (kind, &file.place) {
        (_, Some(written)) => place(sink, &at, written, calls),
        (Kind::OAuth2 | Kind::Device, None) => place(sink, &at, &bearer(), calls),
        (Kind::Keys, None) if made => place(sink, &at, &bearer(), calls),
        (_, None) => Place::default(),
    }
}

/// What is known when a call to the API is built.
fn in_calls<'a>(kind: Kind, file: &OptionFile, known: Known<'a>) -> Known<'a> {
    let consent = matches!(kind, Kind::OAuth2 | Kind::OAuth1 | Kind::Device);
    let made = file.exchange.is_some() || file.token.is_some();
    Known {
        access_token: consent || made,
        client: consent,
        ..known
    }
}

pub(crate) fn auth_family(kind: Kind, grant: Option<GrantType>) -> AuthType {
    match kind {
        Kind::OAuth2 | Kind::OAuth1 | Kind::Device => AuthType::OAuth2,
        Kind::Keys if grant.is_some() => AuthType::OAuth2,
        Kind::Keys | Kind::None => AuthType::KeyBased,
    }
}

const fn default_label(kind: Kind) -> &'static str {
    match kind {
        Kind::OAuth2 => "OAuth 2.0",
        Kind::OAuth1 => "OAuth 1.0a",
        Kind::Device => "Device code",
        Kind::Keys => "API key",
        Kind::None => "No credential",
    }
}

/// Keys that an option of this kind does not have.
fn misplaced(sink: &mut Sink<'_>, at: &str, kind: Kind, file: &OptionFile) {
    let code = kind == Kind::OAuth2;
    let tokens = code || kind == Kind::Device;
    let consent = tokens || kind == Kind::OAuth1;
    let keys = kind == Kind::Keys;
    let given = [
        ("discovery", file.discovery.is_some(), code),
        ("registration_url", file.registration_url.is_some(), code),
        (
            "request_url",
            file.request_url.is_some(),
            kind == Kind::OAuth1,
        ),
        (
            "device_url",
            file.device_url.is_some(),
            kind == Kind::Device,
        ),
        (
            "authorization_url",
            file.authorization_url.is_some(),
            code || kind == Kind::OAuth1,
        ),
        (
            "authorization_fragment",
            file.authorization_fragment.is_some(),
            code,
        ),
        ("token_url", file.token_url.is_some(), consent),
        ("refresh_url", file.refresh_url.is_some(), tokens),
        ("revocation_url", file.revocation_url.is_some(), tokens),
        ("pkce", file.pkce.is_some(), code),
        ("scopes", file.scopes.is_some(), tokens),
        ("scope_separator", file.scope_separator.is_some(), tokens),
        ("client_auth", file.client_auth.is_some(), tokens),
        ("token_method", file.token_method.is_some(), tokens),
        ("token_body", file.token_body.is_some(), tokens),
        ("code_param", file.code_param.is_some(), code),
        (
            "signature_method",
            file.signature_method.is_some(),
            kind == Kind::OAuth1,
        ),
        (
            "request_params",
            !file.request_params.is_empty(),
            kind == Kind::OAuth1,
        ),
        (
            "authorization_params",
            !file.authorization_params.is_empty(),
            code || kind == Kind::OAuth1,
        ),
        ("skip_empty", !file.skip_empty.is_empty(), code),
        ("raw_params", !file.raw_params.is_empty(), code),
        ("token_params", !file.token_params.is_empty(), tokens),
        ("refresh_params", !file.refresh_params.is_empty(), tokens),
        ("token_headers", !file.token_headers.is_empty(), tokens),
        ("token_answer", file.token_answer.is_some(), tokens),
        ("expires_in_unit", file.expires_in_unit.is_some(), tokens),
        ("metadata", !file.metadata.is_empty(), tokens),
        (
            "redirect_metadata",
            !file.redirect_metadata.is_empty(),
            code,
        ),
        ("issuer", file.issuer.is_some(), code),
        ("default_lifetime", file.default_lifetime.is_some(), tokens),
        ("identity", file.identity.is_some(), consent),
        ("verify", file.verify.is_some(), keys),
        ("unverified_reason", file.unverified_reason.is_some(), keys),
        ("fields", !file.fields.is_empty(), keys),
        ("grant", file.grant.is_some(), keys),
        ("exchange", file.exchange.is_some(), keys),
        ("token", file.token.is_some(), keys),
        ("sign", file.sign.is_some(), keys),
        ("certificate", file.certificate.is_some(), true),
    ];
    for (name, is_given, belongs) in given {
        if is_given && !belongs {
            let hint = if name == "fields" {
                "; write `extra_fields`"
            } else {
                ""
            };
            sink.add(
                &format!("{at}.{name}"),
                format!("does not belong to an option of this kind{hint}"),
            );
        }
    }
}

fn policy(sink: &mut Sink<'_>, at: &str, file: &OptionFile) {
    for (name, seconds) in [
        ("margin", file.refresh.margin),
        ("keep_alive", file.refresh.keep_alive),
    ] {
        positive(sink, &format!("{at}.refresh.{name}"), seconds);
    }
}

fn positive(sink: &mut Sink<'_>, at: &str, seconds: Option<i64>) {
    if seconds.is_some_and(|seconds| seconds <= 0) {
        sink.add(at, "must be a positive number of seconds");
    }
}

fn optional_url(
    sink: &mut Sink<'_>,
    at: &str,
    text: Option<&str>,
    known: Known<'_>,
) -> Option<UrlTemplate> {
    text.and_then(|text| parts::url(sink, at, text, known))
}

fn needed_url(
    sink: &mut Sink<'_>,
    at: &str,
    text: Option<&str>,
    known: Known<'_>,
) -> Option<UrlTemplate> {
    if text.is_none() {
        sink.add(at, "is missing");
    }
    optional_url(sink, at, text, known)
}

/// Where a token goes unless the connector says otherwise (RFC 6750).
fn bearer() -> PlaceFile {
    let header = (
        "Authorization".to_owned(),
        "Bearer ${access_token}".to_owned(),
    );
    PlaceFile {
        headers: [header].into(),
        ..PlaceFile::default()
    }
}

fn place(sink: &mut Sink<'_>, at: &str, file: &PlaceFile, known: Known<'_>) -> Place {
    Place {
        headers: parts::headers(sink, &format!("{at}.headers"), &file.headers, known),
        query: parts::texts(sink, &format!("{at}.query"), &file.query, known),
        body: parts::json_entries(sink, &format!("{at}.body"), &file.body, known),
        basic: file
            .basic
            .as_ref()
            .and_then(|basic| basic_auth(sink, at, basic, known)),
    }
}

fn basic_auth(
    sink: &mut Sink<'_>,
    at: &str,
    file: &BasicFile,
    known: Known<'_>,
) -> Option<(Template, Template)> {
    let username = parts::template(sink, &format!("{at}.basic.username"), &file.username, known);
    let password = parts::template(sink, &format!("{at}.basic.password"), &file.password, known);
    username.zip(password)
}
