//! Made-up values for whatever a connector asks for, and requests in writing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use trunnel_catalog::option::{KeyField, KeyFieldKind};
use trunnel_catalog::{Access, AuthOption, BuildFault, Connector, Credential, Fields};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;

use crate::data::catalog_file;
use crate::support::{access, client};

/// Values for the asked and the automated fields that a URL may need.
pub(crate) fn example_fields(connector: &Connector, option: &AuthOption) -> Fields {
    let needed = connector
        .fields
        .iter()
        .chain(&option.fields)
        .filter(|field| field.required || field.automated);
    needed
        .map(|field| {
            let choice = field.options.first().map(|choice| choice.value.clone());
            let example = field.example.clone().or(choice);
            let example = example.unwrap_or_else(|| made_up(connector, &field.name));
            (field.name.clone(), Value::String(example))
        })
        .collect()
}

/// Where a URL of the file begins with the field, its value is one as well.
fn made_up(connector: &Connector, field: &str) -> String {
    let text = catalog_file(&format!("{}/connector.yaml", connector.slug)).unwrap_or_default();
    let is_url = ["url: ", "|| "]
        .iter()
        .any(|before| text.contains(&format!("{before}${{field.{field}}}")));
    let value = if is_url { "https://x.example" } else { "x" };
    value.to_owned()
}

pub(crate) const ACCESS_TOKEN: &str = "ACCESS-TOKEN-IN-PLAIN";
pub(crate) const KEY: &str = "KEY-IN-PLAIN";

pub(crate) fn show(title: &str, request: &HttpRequest, secrets: &[&str]) -> String {
    let mut text = format!("# {title}\n{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        let value = if value.is_sensitive() {
            "***"
        } else {
            value.to_str().unwrap()
        };
        writeln!(text, "{name}: {value}").unwrap();
    }
    // A header must be marked as secret; only a query or a body may hold one in plain.
    for secret in secrets {
        let head = text.lines().skip(2).any(|line| line.contains(secret));
        assert!(!head, "{title} shows a secret");
    }
    if request.certificate.is_some() {
        text.push_str("(with a client certificate)\n");
    }
    if !request.body.is_empty() {
        writeln!(
            text,
            "\n{}",
            unsigned(&String::from_utf8_lossy(&request.body))
        )
        .unwrap();
    }
    text + "\n"
}

/// Without the signatures of tokens, of which some are different every time.
fn unsigned(text: &str) -> String {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(ey[A-Za-z0-9_-]+\.ey[A-Za-z0-9_-]+)\.[A-Za-z0-9_-]+").unwrap()
    });
    TOKEN.replace_all(text, "$1.***").into_owned()
}

/// A connection of which there is nothing yet but the developer's client.
pub(crate) fn by_client<'a>(connector: &'a Connector, option: &str) -> Access<'a> {
    access(connector, option).with_credential(Credential {
        client: Some(client()),
        ..Credential::default()
    })
}

/// What may stand for a secret: a word, or a key of the kind that a signature needs.
const KEYS: [&str; 5] = [
    KEY,
    "00112233445566778899aabbccddeeff",
    include_str!("../../../sign/tests/it/keys/rsa_pkcs8.pem"),
    include_str!("../../../sign/tests/it/keys/p256_pkcs8.pem"),
    include_str!("../../../sign/tests/it/keys/ed25519.pem"),
];

fn example_value(field: &KeyField, secret: &str) -> String {
    if let Some(choice) = field.options.first() {
        return choice.value.clone();
    }
    let shown = field.placeholder.clone().or_else(|| field.default.clone());
    match field.kind {
        KeyFieldKind::Number => "1".to_owned(),
        KeyFieldKind::Boolean => "true".to_owned(),
        KeyFieldKind::Password => secret.to_owned(),
        KeyFieldKind::Text | KeyFieldKind::Select => shown.unwrap_or_else(|| KEY.to_owned()),
    }
}

fn example_keys(option: &AuthOption, secret: &str) -> BTreeMap<String, Secret> {
    let fields = option.key_fields().iter();
    let values = fields.map(|field| (field.name.clone(), example_value(field, secret)));
    values
        .map(|(name, value)| (name, Secret::new(value)))
        .collect()
}

/// Runs it for a connection that has everything, with a key that can sign if need be.
pub(crate) fn with_credential<T>(
    connector: &Connector,
    option: &AuthOption,
    run: impl Fn(&Access<'_>) -> Result<T, BuildFault>,
) -> Result<T, BuildFault> {
    let (token, secret) = (Secret::new(ACCESS_TOKEN), Secret::new("TOKEN-SECRET"));
    let fields = example_fields(connector, option);
    let mut last = None;
    for key in KEYS {
        let values = example_keys(option, key);
        let credential = Credential {
            access_token: Some(&token),
            token_secret: Some(&secret),
            refresh_token: None,
            values: Some(&values),
            client: Some(client()),
        };
        let access = access(connector, &option.id)
            .with_fields(&fields)
            .with_credential(credential);
        match run(&access) {
            Ok(value) => return Ok(value),
            Err(fault) => last = last.or(Some(fault)),
        }
    }
    Err(last.unwrap())
}
