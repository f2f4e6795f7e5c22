//! `auth` of `connector.yaml`.

use super::Sink;
use super::parts::{self, Known};
use crate::connector::{KeyBased, KeyField, KeyFieldKind, OAuth2, Place};
use crate::source::{BasicFile, KeyBasedFile, KeyFieldFile, OAuth2File, PlaceFile};
use crate::template::Template;
use crate::template::url::UrlTemplate;
use crate::view::label;

pub(crate) fn oauth2(sink: &mut Sink<'_>, file: OAuth2File, known: Known<'_>) -> Option<OAuth2> {
    let at = |name: &str| format!("auth.oauth2.{name}");
    let with_client = Known {
        client_id: true,
        ..known
    };
    let with_token = Known {
        access_token: true,
        ..known
    };
    let authorization_url = parts::url(
        sink,
        &at("authorization_url"),
        &file.authorization_url,
        known,
    );
    let token_url = parts::url(sink, &at("token_url"), &file.token_url, known);
    let mut optional = |name: &str, text: Option<String>| -> Option<UrlTemplate> {
        text.and_then(|text| parts::url(sink, &at(name), &text, known))
    };
    let refresh_url = optional("refresh_url", file.refresh_url);
    let revocation_url = optional("revocation_url", file.revocation_url);
    let mut params = |name: &str, texts| parts::texts(sink, &at(name), texts, with_client);
    let authorization_params = params("authorization_params", &file.authorization_params);
    let token_params = params("token_params", &file.token_params);
    let refresh_params = params("refresh_params", &file.refresh_params);
    let token_headers =
        parts::headers(sink, &at("token_headers"), &file.token_headers, with_client);
    parts::field_paths(sink, &at("metadata"), &file.metadata, known);
    parts::field_paths(
        sink,
        &at("redirect_metadata"),
        &file.redirect_metadata,
        known,
    );
    for (name, path) in [
        ("access_token", &file.token_answer.access_token),
        ("refresh_token", &file.token_answer.refresh_token),
        ("expires_in", &file.token_answer.expires_in),
        ("scope", &file.token_answer.scope),
    ] {
        parts::dotted(sink, &at(&format!("token_answer.{name}")), path);
    }
    parts::statuses(sink, &at("expiry_statuses"), &file.expiry_statuses);
    if file.default_lifetime.is_some_and(|seconds| seconds <= 0) {
        sink.add(
            &at("default_lifetime"),
            "must be a positive number of seconds",
        );
    }
    if file.scope_separator.is_empty() {
        sink.add(&at("scope_separator"), "must not be empty");
    }
    let place_file = file.place.unwrap_or_else(bearer);
    let place = place(sink, &at("place"), &place_file, with_token);
    let identity = file
        .identity
        .and_then(|p| parts::probe(sink, &at("identity"), p, with_token));
    Some(OAuth2 {
        authorization_url: authorization_url?,
        token_url: token_url?,
        refresh_url,
        revocation_url,
        pkce: file.pkce,
        mandatory_scopes: file.scopes.mandatory,
        optional_scopes: file.scopes.optional,
        issuer: file.issuer,
        default_lifetime: file.default_lifetime,
        expiry_statuses: file.expiry_statuses,
        identity,
        scope_separator: file.scope_separator,
        client_auth: file.client_auth,
        token_body: file.token_body,
        authorization_params,
        token_params,
        refresh_params,
        token_headers,
        token_answer: file.token_answer,
        metadata: file.metadata,
        redirect_metadata: file.redirect_metadata,
        place,
    })
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

pub(crate) fn keybased(sink: &mut Sink<'_>, file: KeyBasedFile, known: Known<'_>) -> KeyBased {
    let at = |name: &str| format!("auth.keybased.{name}");
    if file.fields.is_empty() {
        sink.add(&at("fields"), "needs at least one field");
    }
    for (index, field) in file.fields.iter().enumerate() {
        if (field.kind == KeyFieldKind::Select) == field.options.is_empty() {
            let at = at(&format!("fields[{index}].options"));
            sink.add(
                &at,
                "belongs to a field of type `select`, and to every such field",
            );
        }
    }
    let place = place(sink, &at("place"), &file.place, known);
    if !place.uses_secret() {
        sink.add(
            &at("place"),
            "puts no credential anywhere; name one, as in `${credential.key}`",
        );
    }
    parts::statuses(sink, &at("expiry_statuses"), &file.expiry_statuses);
    let verify = file
        .verify
        .and_then(|probe| parts::probe(sink, &at("verify"), probe, known));
    KeyBased {
        fields: file.fields.into_iter().map(key_field).collect(),
        verify,
        unverified_reason: file.unverified_reason,
        expiry_statuses: file.expiry_statuses,
        place,
    }
}

fn key_field(file: KeyFieldFile) -> KeyField {
    KeyField {
        label: file.label.unwrap_or_else(|| label(&file.name)),
        name: file.name,
        kind: file.kind,
        required: file.required,
        help: file.help,
        placeholder: file.placeholder,
        options: file.options.into_iter().map(Into::into).collect(),
        default: file.default,
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
