//! Rules that a connector must keep although it would load without.
//!
//! Loading asks whether a connector can work; these ask whether somebody can rely
//! on it, find its documentation, and read its errors.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::action::{Action, Call, RequestTemplate, Target};
use crate::catalog::Catalog;
use crate::connector::{Connector, Field};
use crate::option::{AuthOption, Method};
use crate::paginate::{ALL_PAGES, MAX_ITEMS};
use crate::template::Reference;
use crate::template::url::UrlTemplate;
use crate::trigger;

/// A connector with actions of its own has at least this many.
const FEWEST_ACTIONS: usize = 3;
/// How the names of secrets end: with more than `key` or `token`, since a `project_key` and
/// a `board_token` are none.
const SECRET_ENDINGS: [&str; 10] = [
    "secret",
    "password",
    "passphrase",
    "api_key",
    "app_key",
    "access_key",
    "application_key",
    "private_key",
    "access_token",
    "user_token",
];
/// A description shorter than this says nothing.
pub(crate) const SHORTEST_DESCRIPTION: usize = 12;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub file: String,
    pub line: Option<u32>,
    pub rule: &'static str,
    pub message: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.file, self.rule, self.message)
    }
}

/// Every broken rule of every connector, in the order of slugs and actions.
pub fn lint(catalog: &Catalog) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    for connector in catalog.iter() {
        lint_connector(connector, &mut findings);
        if let Some(triggers) = &connector.triggers {
            for (rule, message) in trigger::broken(triggers) {
                findings.add(&triggers.file, rule, message);
            }
        }
        for action in connector.actions() {
            if let (Some(file), Call::Template(template)) = (&action.file, &action.call) {
                lint_action(file, connector, action, template, &mut findings);
            }
        }
    }
    findings.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, file: &str, rule: &'static str, message: impl Into<String>) {
        let message = message.into();
        self.0.push(Finding {
            file: file.to_owned(),
            line: None,
            rule,
            message,
        });
    }
}

fn lint_connector(connector: &Connector, findings: &mut Findings) {
    let file = connector.file.as_str();
    described(file, &connector.name, &connector.description, findings);
    documented(file, &connector.docs, findings);
    if connector.categories.is_empty() {
        findings.add(
            file,
            "categories",
            "name at least one, so that the connector can be found",
        );
    }
    let own_actions = connector
        .actions()
        .filter(|action| action.file.is_some())
        .count();
    if (1..FEWEST_ACTIONS).contains(&own_actions) {
        let message = format!("has {own_actions}; write at least {FEWEST_ACTIONS}, or none");
        findings.add(file, "few-actions", message);
    }
    if !connector.instance && !connector.base_url.is_https() {
        findings.add(file, "https", "`base_url` is not https");
    }
    lint_fields(file, &connector.fields, findings);
    for option in &connector.auth {
        lint_fields(file, &option.fields, findings);
        lint_option(file, connector, option, findings);
    }
    let mut options = connector.auth.iter();
    if let Some(option) = options.find(|option| !renders_without_optional(connector, option)) {
        let message = format!(
            "`base_url` hangs on a value that a connection in the way `{}` may not have; write \
             `… || …` with a fallback, or make its field required",
            option.id
        );
        findings.add(file, "optional-in-url", message);
    }
}

fn described(file: &str, name: &str, description: &str, findings: &mut Findings) {
    if name.trim().is_empty() {
        findings.add(file, "name", "is empty");
    }
    if description.trim().len() < SHORTEST_DESCRIPTION {
        findings.add(file, "description", "say in a sentence what it does");
    }
}

fn documented(file: &str, docs: &str, findings: &mut Findings) {
    let is_https = url::Url::parse(docs).is_ok_and(|url| url.scheme() == "https");
    if !is_https {
        findings.add(
            file,
            "docs",
            "name the https page of the provider's documentation",
        );
    }
}

/// Whether a field's name says that its value is a secret.
pub fn names_a_secret(name: &str) -> bool {
    SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// A connection's fields are kept in the clear.
fn lint_fields(file: &str, fields: &[Field], findings: &mut Findings) {
    let asked = fields
        .iter()
        .filter(|field| !field.automated && !field.is_developers());
    for field in asked {
        let name = field.name.as_str();
        if names_a_secret(name) {
            let message = format!(
                "the field `{name}` is not sealed; ask for it in `auth.….fields` with \
                 `type: password` and write `${{credential.{name}}}`"
            );
            findings.add(file, "open-secret", message);
        }
    }
}

fn lint_option(file: &str, connector: &Connector, option: &AuthOption, findings: &mut Findings) {
    for (name, url) in urls(option) {
        if !connector.instance && !url.is_https() {
            let id = &option.id;
            findings.add(file, "https", format!("`auth.{id}.{name}` is not https"));
        }
    }
    for (_, message) in open_destinations(connector, option) {
        findings.add(file, "secret-destination", message);
    }
    if option.keys().is_some() && option.probe.is_none() && option.unverified_reason.is_none() {
        let message = "give `verify` a cheap call, or say in `unverified_reason` why there is none";
        findings.add(file, "unproved-key", message);
    }
}

fn urls(option: &AuthOption) -> Vec<(&'static str, &UrlTemplate)> {
    let mut urls: Vec<_> = option
        .base_url
        .iter()
        .map(|url| ("base_url", url))
        .collect();
    match &option.method {
        Method::OAuth2(oauth2) => urls.push(("authorization_url", &oauth2.authorization_url)),
        Method::OAuth1(oauth1) => urls.push(("authorization_url", &oauth1.authorization_url)),
        Method::Keys(_) => urls.extend(option.exchange().map(|e| ("exchange.url", &e.request.url))),
        Method::Device(_) | Method::None => {}
    }
    urls.extend(secret_urls(option));
    urls
}

/// Where the developer's client secret goes. One that the server itself has handed
/// out, by dynamic registration, is no secret to it.
fn secret_urls(option: &AuthOption) -> Vec<(&'static str, &UrlTemplate)> {
    let endpoint = match &option.method {
        Method::OAuth2(oauth2) if oauth2.registration_url.is_none() => &oauth2.endpoint,
        Method::Device(device) => &device.endpoint,
        _ => return Vec::new(),
    };
    let mut urls = vec![("token_url", &endpoint.token_url)];
    urls.extend(
        endpoint
            .refresh_url
            .as_ref()
            .map(|url| ("refresh_url", url)),
    );
    urls.extend(
        endpoint
            .revocation_url
            .as_ref()
            .map(|url| ("revocation_url", url)),
    );
    urls
}

/// The URLs that the developer's client secret is sent to, and whose host somebody
/// else decides.
pub(crate) fn open_destinations(
    connector: &Connector,
    option: &AuthOption,
) -> Vec<(&'static str, String)> {
    let mut open = secret_urls(option);
    open.retain(|(_, url)| !url.has_fixed_owner() && !is_set_by_developer(connector, option, url));
    let told = open.into_iter().map(|(name, _)| {
        let message = format!(
            "the developer's client secret is sent to `{name}`, so the end of its host must be \
             written out, or its field be `by: developer`"
        );
        (name, message)
    });
    told.collect()
}

/// Whether every field in the URL's host is the developer's, or one of a few values.
fn is_set_by_developer(connector: &Connector, option: &AuthOption, url: &UrlTemplate) -> bool {
    url.host_references().all(|reference| {
        let Reference::Field(name) = reference else {
            return false;
        };
        let mut fields = connector.fields.iter().chain(&option.fields);
        fields
            .find(|field| field.name == *name)
            .is_some_and(|field| field.is_developers() || !field.options.is_empty())
    })
}

/// Whether the base URL can be built from what every connection in this way has.
fn renders_without_optional(connector: &Connector, option: &AuthOption) -> bool {
    let fields = connector.fields.iter().chain(&option.fields);
    let sure: BTreeSet<&str> = fields
        .filter(|field| field.required || field.automated)
        .map(|field| field.name.as_str())
        .collect();
    let keys = option.key_fields().iter().filter(|field| field.required);
    let typed: BTreeSet<&str> = keys.map(|field| field.name.as_str()).collect();
    let url = option.base_url.as_ref().unwrap_or(&connector.base_url);
    url.has_alternative_without(|reference| match reference {
        Reference::Field(name) => !sure.contains(name.as_str()),
        Reference::Credential(name) => !typed.contains(name.as_str()),
        _ => false,
    })
}

fn lint_action(
    file: &str,
    connector: &Connector,
    action: &Action,
    template: &RequestTemplate,
    findings: &mut Findings,
) {
    described(file, &action.name, &action.description, findings);
    documented(file, action.docs.as_deref().unwrap_or_default(), findings);
    if !is_snake_case(&action.id) {
        findings.add(
            file,
            "action-id",
            format!("`{}` is not snake_case", action.id),
        );
    }
    if let Target::Url(url) = &template.target
        && !connector.instance
        && !url.is_https()
    {
        findings.add(file, "https", "`request.url` is not https");
    }
    let required = names(&action.input["required"]);
    for name in inputs(template.target.references()) {
        if !required.contains(name) {
            let message = format!("`{name}` is part of the path and must be among `required`");
            findings.add(file, "path-input", message);
        }
    }
    lint_inputs(
        file,
        &action.input,
        &required,
        &inputs(template.references()),
        findings,
    );
}

fn lint_inputs(
    file: &str,
    schema: &Value,
    required: &BTreeSet<&str>,
    used: &BTreeSet<&str>,
    findings: &mut Findings,
) {
    let no_properties = serde_json::Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&no_properties);
    for (name, property) in properties {
        let of_paging = [ALL_PAGES, MAX_ITEMS].contains(&name.as_str());
        if !of_paging && !used.contains(name.as_str()) {
            findings.add(
                file,
                "unused-input",
                format!("`{name}` is asked for and never used"),
            );
        }
        if !property["title"].is_string() {
            findings.add(file, "input-title", format!("`{name}` needs a `title`"));
        }
    }
    for name in required
        .iter()
        .filter(|name| !properties.contains_key(**name))
    {
        findings.add(
            file,
            "required-input",
            format!("`{name}` is required and not described"),
        );
    }
}

fn inputs(references: Vec<&Reference>) -> BTreeSet<&str> {
    let inputs = references
        .into_iter()
        .filter_map(|reference| match reference {
            Reference::Input(steps) => steps.first().map(String::as_str),
            _ => None,
        });
    inputs.collect()
}

fn names(list: &Value) -> BTreeSet<&str> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).collect()
}

fn is_snake_case(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}
