//! Every provider of the facts, URL by URL: what the catalogue would send, built from
//! example values, beside what the facts say.
//!
//! The facts are read here as they are, without the generator's own reading of them.
//! Where a connector goes another way on purpose, [`OTHER_WAYS`] says so; an entry
//! that no longer deviates fails, too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use regex::Regex;
use serde_json::{Map, Value, json};
use trunnel_catalog::{
    Access, AuthOption, AuthorizationRequest, Catalog, Connector, Credential, ExchangeStep, Field,
    Fields, Grant, Instance, Method, Moment, OAuthClient, Steps, action_request, authorization_url,
    exchange_request, token_request,
};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use url::Url;

use crate::deviations::OTHER_WAYS;
use crate::support::repository;

const RSA_KEY: &str = include_str!("../../../sign/tests/it/keys/rsa_pkcs8.pem");
const EC_KEY: &str = include_str!("../../../sign/tests/it/keys/p256_pkcs8.pem");
const ED_KEY: &str = include_str!("../../../sign/tests/it/keys/ed25519.pem");

/// One way to connect with example values in everything.
struct Example<'a> {
    connector: &'a Connector,
    option: &'a AuthOption,
    instance: Instance,
    fields: Fields,
    values: BTreeMap<String, Secret>,
    client: OAuthClient,
    token: Secret,
}

impl<'a> Example<'a> {
    /// `whole`: fields that name an address hold a URL; otherwise a host.
    fn of(connector: &'a Connector, option: &'a AuthOption, whole: bool) -> Self {
        let here: Url = "https://trunnel.example".parse().unwrap();
        let all = connector.fields.iter().chain(&option.fields);
        let fields = all.map(|field| (field.name.clone(), Value::String(example(field, whole))));
        let written = format!("{option:?}");
        let key = match () {
            () if written.contains("ES256") => EC_KEY,
            () if written.contains("HttpSignature") => ED_KEY,
            () => RSA_KEY,
        };
        let values = option.key_fields().iter().map(|field| {
            let signs = written.contains("HttpSignature") && field.name == "password";
            let is_key = signs
                || field
                    .name
                    .to_lowercase()
                    .replace('_', "")
                    .contains("privatekey");
            let text = match (&field.default, field.options.first()) {
                _ if is_key => key.to_owned(),
                (Some(default), _) => default.clone(),
                (None, Some(option)) => option.value.clone(),
                // Letters that a host, a hexadecimal key and a header all take.
                (None, None) => "abcdef0123456789abcdef0123456789".to_owned(),
            };
            (field.name.clone(), Secret::new(text))
        });
        Self {
            fields: fields.collect(),
            values: values.collect(),
            client: OAuthClient {
                id: "the-client".to_owned(),
                secret: Some(Secret::new("the-secret")),
                auth: None,
            },
            token: Secret::new("the-token"),
            instance: Instance {
                url: here.clone(),
                public_url: here,
            },
            connector,
            option,
        }
    }

    fn access(&self) -> Access<'_> {
        let consented = !matches!(self.option.method, Method::Keys(_) | Method::None);
        let made = consented || self.option.exchange().is_some();
        Access {
            connector: self.connector,
            option: self.option,
            instance: &self.instance,
            fields: &self.fields,
            credential: Credential {
                access_token: made.then_some(&self.token),
                token_secret: Some(&self.token),
                refresh_token: Some(&self.token),
                values: Some(&self.values),
                client: Some(&self.client),
            },
            moment: Moment {
                now: Timestamp::from_millis(1_760_000_000_000),
                random: "0123456789abcdef0123456789abcdef",
            },
        }
    }

    fn call(&self) -> Result<HttpRequest, String> {
        let action = self.connector.action("httprequest").unwrap();
        let input: Map<String, Value> = json!({ "method": "GET", "path": "/" })
            .as_object()
            .cloned()
            .unwrap();
        action_request(&self.access(), action, &input, None).map_err(|fault| fault.to_string())
    }

    fn consent(&self) -> Result<Url, String> {
        let request = AuthorizationRequest {
            redirect_uri: "https://trunnel.example/callback",
            scopes: &[],
            state: "the-state",
            code_challenge: Some("the-challenge"),
        };
        authorization_url(&self.access(), &request).map_err(|fault| fault.to_string())
    }

    fn tokens(&self, grant: Grant<'_>) -> Result<Url, String> {
        let request = token_request(&self.access(), grant);
        request
            .map(|request| request.url)
            .map_err(|fault| fault.to_string())
    }

    fn exchange(&self) -> Result<HttpRequest, String> {
        let step = exchange_request(&self.access(), 0, &Steps::new());
        match step.map_err(|fault| fault.to_string())? {
            Some(ExchangeStep::Before(request) | ExchangeStep::Last(request)) => Ok(request),
            None => Err("exchanges nothing".to_owned()),
        }
    }
}

fn example(field: &Field, whole: bool) -> String {
    let chosen = field.options.first().map(|option| option.value.clone());
    let shown = field.example.clone().filter(|text| !text.contains('*'));
    chosen.or(shown).unwrap_or_else(|| {
        let address = ["url", "point", "uri", "host", "domain", "region"];
        match address.iter().any(|word| field.name.contains(word)) {
            true if whole => "https://host.example.com".to_owned(),
            true => "host.example.com".to_owned(),
            false => "value".to_owned(),
        }
    })
}

/// Whether a URL is what one of the templates of the facts makes: their text as it
/// stands, anything where they have a placeholder.
fn fits(template: &str, url: &Url) -> bool {
    let whole = url.as_str().split(['?', '#']).next().unwrap_or_default();
    template.split("||").any(|one| {
        let one = one.trim().split(['?', '#']).next().unwrap_or_default();
        let placeholder = Regex::new(r"\$\{[^}]*\}").unwrap();
        let literal: Vec<String> = placeholder
            .split(one.trim_end_matches('/'))
            .map(regex::escape)
            .collect();
        let pattern = format!("^{}/?$", literal.join(".*?"));
        let pattern = if one.starts_with("${") {
            pattern.replacen('^', "^(https://)?", 1)
        } else {
            pattern
        };
        Regex::new(&pattern)
            .unwrap()
            .is_match(whole.trim_end_matches('/'))
            || Regex::new(&pattern).unwrap().is_match(whole)
    })
}

/// What is different from the facts, if anything.
fn differences(example: &Example<'_>, fact: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |what: &str, expected: &Value, built: Result<Url, String>| {
        let Some(template) = expected.as_str() else {
            return;
        };
        match built {
            Ok(url) if fits(template, &url) => {}
            Ok(url) => found.push(format!("{what}: {url} is not {template}")),
            Err(fault) => found.push(format!("{what}: {fault}")),
        }
    };
    let base = &fact["api"]["base_url"];
    check("base_url", base, example.call().map(|request| request.url));
    match example.option.method {
        Method::OAuth2(_) => {
            let (code, verifier) = (Secret::new("c"), Secret::new("v"));
            let grant = Grant::Code {
                code: &code,
                redirect_uri: "https://trunnel.example/callback",
                code_verifier: Some(&verifier),
            };
            check(
                "authorization_url",
                &fact["authorization_url"],
                example.consent(),
            );
            check("token_url", &fact["token_url"], example.tokens(grant));
            let refresh = Grant::Refresh {
                refresh_token: &example.token,
            };
            check("refresh_url", &fact["refresh_url"], example.tokens(refresh));
        }
        Method::Keys(_) if example.option.exchange().is_some() => {
            let built = example.exchange().map(|request| request.url);
            check("token_url", &fact["token_url"], built);
        }
        _ => {}
    }
    found.extend(missing_headers(example, &fact["api"]["headers"]));
    found
}

/// Headers of the facts that a call does not have. Their values are compared where
/// they hold no placeholder.
fn missing_headers(example: &Example<'_>, headers: &Value) -> Vec<String> {
    let Ok(request) = example.call() else {
        return Vec::new();
    };
    let wanted = headers.as_object().into_iter().flatten();
    wanted
        .filter(|(name, _)| !["content-type", "accept", "user-agent"].contains(&name.as_str()))
        .filter_map(|(name, value)| {
            let Some(sent) = request.headers.get(name) else {
                return Some(format!("header {name} is not sent"));
            };
            let value = value.as_str()?;
            let same = value.contains("${") || sent.to_str().is_ok_and(|sent| sent == value);
            (!same).then(|| format!("header {name}: {sent:?} is not {value}"))
        })
        .collect()
}

#[test]
fn every_provider_is_called_where_the_facts_say() {
    let root = repository();
    let text = fs::read_to_string(root.join("catalog/facts/providers.jsonl")).unwrap();
    let facts = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let facts: BTreeMap<String, Value> = facts
        .map(|fact| (fact["slug"].as_str().unwrap().to_owned(), fact))
        .collect();
    let (catalog, mut wrong, mut used, mut checked) =
        (Catalog::embedded(), Vec::new(), BTreeSet::new(), 0);
    for mapped in trunnel_forge::mapping(&root).unwrap() {
        let connector = catalog.get(&mapped.connector).unwrap();
        let option = connector.option(&mapped.option).unwrap();
        let fact = &facts[&mapped.fact];
        let ways = [true, false].map(|whole| Example::of(connector, option, whole));
        let lists = ways.map(|example| differences(&example, fact));
        let fewest = lists.into_iter().min_by_key(Vec::len).unwrap();
        for difference in fewest {
            let known = OTHER_WAYS
                .iter()
                .position(|(fact, start, _)| *fact == mapped.fact && difference.starts_with(start));
            match known {
                Some(index) => drop(used.insert(index)),
                None => wrong.push(format!("{}: {difference}", mapped.fact)),
            }
        }
        checked += 1;
    }
    for (index, (fact, start, _)) in OTHER_WAYS.iter().enumerate() {
        if !used.contains(&index) {
            wrong.push(format!(
                "{fact}: `{start}` no longer deviates; take it off the list"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {checked}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(checked >= 900, "{checked}");
}
