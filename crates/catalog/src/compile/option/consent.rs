//! The kinds in which a customer consents at the provider.

use super::{needed_url, optional_url, positive};
use crate::compile::Sink;
use crate::compile::parts::{self, Known};
use crate::option::{Device, OAuth1, OAuth2, TokenEndpoint, TokenPaths, TokenReading};
use crate::source::OptionFile;

pub(super) fn oauth2(
    sink: &mut Sink<'_>,
    at: &str,
    mut file: OptionFile,
    known: Known<'_>,
) -> Option<OAuth2> {
    let path = |name: &str| format!("{at}.{name}");
    let with_client = Known {
        client: true,
        ..known
    };
    let authorization_url = needed_url(
        sink,
        &path("authorization_url"),
        file.authorization_url.as_deref(),
        known,
    );
    let discovery = optional_url(sink, &path("discovery"), file.discovery.as_deref(), known);
    let registration_url = optional_url(
        sink,
        &path("registration_url"),
        file.registration_url.as_deref(),
        known,
    );
    let authorization_params = parts::texts(
        sink,
        &path("authorization_params"),
        &file.authorization_params,
        with_client,
    );
    let authorization_fragment = file
        .authorization_fragment
        .take()
        .and_then(|text| fragment(sink, &path("authorization_fragment"), text));
    parts::field_paths(
        sink,
        &path("redirect_metadata"),
        &file.redirect_metadata,
        known,
    );
    if discovery.is_some() && file.pkce == Some(false) {
        sink.add(
            &path("pkce"),
            "is needed with a server that is found out; leave it out",
        );
    }
    Some(OAuth2 {
        pkce: file.pkce.unwrap_or(true),
        scopes: file.scopes.take().unwrap_or_default(),
        issuer: file.issuer.take(),
        code_param: file.code_param.take().unwrap_or_else(|| "code".to_owned()),
        discovery,
        registration_url,
        authorization_fragment,
        authorization_params,
        skip_empty: std::mem::take(&mut file.skip_empty),
        raw_params: std::mem::take(&mut file.raw_params),
        redirect_metadata: std::mem::take(&mut file.redirect_metadata),
        endpoint: endpoint(sink, at, file, known)?,
        authorization_url: authorization_url?,
    })
}

/// A plain path; the parameters come behind it.
fn fragment(sink: &mut Sink<'_>, at: &str, text: String) -> Option<String> {
    let fits = text.starts_with('/')
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-._~!".contains(&b));
    if !fits {
        sink.add(
            at,
            format!("`{text}` is no path; write one such as `/oauth/authorize`"),
        );
    }
    fits.then_some(text)
}

pub(super) fn device(
    sink: &mut Sink<'_>,
    at: &str,
    mut file: OptionFile,
    known: Known<'_>,
) -> Option<Device> {
    let device_url = needed_url(
        sink,
        &format!("{at}.device_url"),
        file.device_url.as_deref(),
        known,
    );
    Some(Device {
        scopes: file.scopes.take().unwrap_or_default(),
        endpoint: endpoint(sink, at, file, known)?,
        authorization_url: device_url?,
    })
}

pub(super) fn oauth1(
    sink: &mut Sink<'_>,
    at: &str,
    file: &OptionFile,
    known: Known<'_>,
) -> Option<OAuth1> {
    let with_client = Known {
        client: true,
        ..known
    };
    let mut url =
        |name: &str, text: Option<&str>| needed_url(sink, &format!("{at}.{name}"), text, known);
    let request_url = url("request_url", file.request_url.as_deref());
    let authorization_url = url("authorization_url", file.authorization_url.as_deref());
    let token_url = url("token_url", file.token_url.as_deref());
    let mut params =
        |name: &str, texts| parts::texts(sink, &format!("{at}.{name}"), texts, with_client);
    let request_params = params("request_params", &file.request_params);
    let authorization_params = params("authorization_params", &file.authorization_params);
    Some(OAuth1 {
        request_url: request_url?,
        authorization_url: authorization_url?,
        token_url: token_url?,
        signature: file.signature_method.unwrap_or_default(),
        request_params,
        authorization_params,
    })
}

/// Everything about tokens; what is about consent was taken out of the file.
fn endpoint(
    sink: &mut Sink<'_>,
    at: &str,
    file: OptionFile,
    known: Known<'_>,
) -> Option<TokenEndpoint> {
    let path = |name: &str| format!("{at}.{name}");
    let with_client = Known {
        client: true,
        ..known
    };
    let token_url = needed_url(sink, &path("token_url"), file.token_url.as_deref(), known);
    let mut optional =
        |name: &str, text: Option<&str>| optional_url(sink, &path(name), text, known);
    let refresh_url = optional("refresh_url", file.refresh_url.as_deref());
    let revocation_url = optional("revocation_url", file.revocation_url.as_deref());
    let refreshing = Known {
        refresh_token: true,
        access_token: true,
        ..with_client
    };
    let params = parts::texts(sink, &path("token_params"), &file.token_params, with_client);
    let refresh_params = parts::texts(
        sink,
        &path("refresh_params"),
        &file.refresh_params,
        refreshing,
    );
    let headers = parts::headers(
        sink,
        &path("token_headers"),
        &file.token_headers,
        with_client,
    );
    let scope_separator = file.scope_separator.unwrap_or_else(|| " ".to_owned());
    if scope_separator.is_empty() {
        sink.add(&path("scope_separator"), "must not be empty");
    }
    parts::field_paths(sink, &path("metadata"), &file.metadata, known);
    positive(sink, &path("default_lifetime"), file.default_lifetime);
    let paths = file.token_answer.unwrap_or_default();
    token_paths(sink, &path("token_answer"), &paths);
    Some(TokenEndpoint {
        token_url: token_url?,
        refresh_url,
        revocation_url,
        scope_separator,
        client_auth: file.client_auth.unwrap_or_default(),
        method: file.token_method.unwrap_or_default(),
        body: file.token_body.unwrap_or_default(),
        params,
        refresh_params,
        headers,
        answer: TokenReading {
            paths,
            unit: file.expires_in_unit.unwrap_or_default(),
            default_lifetime: file.default_lifetime,
            metadata: file.metadata,
        },
    })
}

pub(super) fn token_paths(sink: &mut Sink<'_>, at: &str, paths: &TokenPaths) {
    for path in paths
        .access_token
        .as_slice()
        .iter()
        .filter(|path| !path.is_empty())
    {
        parts::dotted(sink, &format!("{at}.access_token"), path);
    }
    let others = [
        ("refresh_token", Some(&paths.refresh_token)),
        ("expires_in", Some(&paths.expires_in)),
        ("expires_at", paths.expires_at.as_ref()),
        ("scope", Some(&paths.scope)),
    ];
    for (name, path) in others {
        if let Some(path) = path {
            parts::dotted(sink, &format!("{at}.{name}"), path);
        }
    }
}
