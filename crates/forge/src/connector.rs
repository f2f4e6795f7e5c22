//! Rows that belong together as one `connector.yaml`.

use anyhow::Context;
use serde_json::{Value, json};

use crate::corrections::{ConnectorCorrection, Corrections};
use crate::draft::Draft;
use crate::facts::{Auth, Object, Provider};
use crate::{patch, polish, site, words};

/// One row within its connector.
pub(crate) struct Member<'a> {
    pub(crate) provider: &'a Provider,
    /// Id of the option it becomes.
    pub(crate) option: String,
}

/// The rows of one connector in the order of its options.
pub(crate) struct Group<'a> {
    pub(crate) slug: String,
    pub(crate) members: Vec<Member<'a>>,
}

impl<'a> Group<'a> {
    /// Orders the rows and gives every option its id.
    pub(crate) fn new(
        slug: String,
        mut providers: Vec<&'a Provider>,
        corrections: &Corrections,
    ) -> anyhow::Result<Self> {
        let is_main = |provider: &Provider| {
            let row = corrections.rows.get(&provider.slug);
            row.is_none_or(|row| row.with.is_none())
        };
        providers.sort_by_key(|provider| (provider.auth, !is_main(provider)));
        let mut members: Vec<Member<'a>> = Vec::new();
        for provider in providers {
            let taken = |id: &str| members.iter().any(|member| member.option == id);
            let given = corrections
                .rows
                .get(&provider.slug)
                .and_then(|row| row.id.clone());
            let option = match given {
                Some(id) => id,
                None => ids(provider.auth)
                    .iter()
                    .find(|id| !taken(id))
                    .map(|id| (*id).to_owned())
                    .with_context(|| format!("`{}` needs an option id", provider.slug))?,
            };
            anyhow::ensure!(!taken(&option), "`{slug}` has two options `{option}`");
            members.push(Member { provider, option });
        }
        Ok(Self { slug, members })
    }
}

/// Ids that an option of this kind may have, the best first.
fn ids(auth: Auth) -> &'static [&'static str] {
    match auth {
        Auth::OAuth2 | Auth::McpOAuth2 | Auth::McpOAuth2Generic => &["oauth2"],
        Auth::OAuth1 => &["oauth1"],
        Auth::ApiKey => &["keybased", "api_key"],
        Auth::Basic => &["keybased", "basic"],
        Auth::ClientCredentials => &["client_credentials"],
        Auth::TwoStep => &["keybased", "exchange"],
        Auth::Jwt => &["keybased", "jwt"],
        Auth::AwsSigV4 | Auth::Signature => &["keybased", "signature"],
        Auth::Open => &["none"],
    }
}

/// The whole file.
pub(crate) fn file(group: &Group<'_>, corrections: &Corrections) -> anyhow::Result<Object> {
    let mut drafts = Vec::new();
    for member in &group.members {
        drafts.push(Draft::of(member.provider)?);
    }
    let none = ConnectorCorrection::default();
    let own = corrections.connectors.get(&group.slug).unwrap_or(&none);
    let mut file = Object::new();
    if let Some(first) = group.members.first() {
        described(&mut file, group, first.provider, own, corrections)?;
        calls(&mut file, &drafts);
        file.insert(
            "auth".to_owned(),
            Value::Object(auth(group, &drafts, corrections)),
        );
        let retry = drafts
            .iter()
            .map(|draft| &draft.retry)
            .find(|retry| !retry.is_empty());
        if let Some(retry) = retry {
            file.insert("retry".to_owned(), Value::Object(retry.clone()));
        }
    } else {
        without_rows(&mut file, group, own);
    }
    if let Some(patch) = &own.file {
        patch::apply_map(&mut file, patch);
    }
    Ok(polish::file(file))
}

/// A provider of which nothing is in the facts: everything is in the corrections.
fn without_rows(file: &mut Object, group: &Group<'_>, own: &ConnectorCorrection) {
    file.insert("slug".to_owned(), json!(group.slug));
    let name = own.name.clone().unwrap_or_else(|| group.slug.clone());
    let categories = own.categories.clone().unwrap_or_default();
    let description = own
        .description
        .clone()
        .unwrap_or_else(|| words::description(&name, &categories));
    file.insert("name".to_owned(), json!(name));
    file.insert("description".to_owned(), json!(description));
    file.insert("categories".to_owned(), json!(categories));
    file.insert("docs".to_owned(), json!(own.docs));
}

fn described(
    file: &mut Object,
    group: &Group<'_>,
    first: &Provider,
    own: &ConnectorCorrection,
    corrections: &Corrections,
) -> anyhow::Result<()> {
    let name = own
        .name
        .clone()
        .unwrap_or_else(|| words::connector_name(&first.name));
    let categories = own.categories.clone().unwrap_or_else(|| {
        let mut all: Vec<String> = Vec::new();
        for category in group
            .members
            .iter()
            .flat_map(|member| &member.provider.categories)
        {
            if !all.contains(category) {
                all.push(category.clone());
            }
        }
        all
    });
    let description = own
        .description
        .clone()
        .unwrap_or_else(|| words::description(&name, &categories));
    let urls: Vec<&str> = group
        .members
        .iter()
        .flat_map(|member| urls(member.provider))
        .collect();
    let docs = own
        .docs
        .clone()
        .or_else(|| site::page(&corrections.sites, &urls))
        .with_context(|| format!("`{}` needs `docs` in the corrections", group.slug))?;
    file.insert("slug".to_owned(), json!(group.slug));
    file.insert("name".to_owned(), json!(name));
    file.insert("description".to_owned(), json!(description));
    file.insert("categories".to_owned(), json!(categories));
    file.insert("docs".to_owned(), json!(docs));
    Ok(())
}

fn urls(provider: &Provider) -> impl Iterator<Item = &str> {
    let urls = [
        Some(&provider.api.base_url),
        provider.authorization_url.as_ref(),
        provider.token_url.as_ref(),
    ];
    urls.into_iter().flatten().map(String::as_str)
}

/// What is the same for all options: address, headers and fields.
fn calls(file: &mut Object, drafts: &[Draft]) {
    let Some(first) = drafts.first() else {
        return;
    };
    file.insert("base_url".to_owned(), json!(first.base_url));
    let headers = shared_headers(drafts);
    if !headers.is_empty() {
        file.insert("headers".to_owned(), Value::Object(headers));
    }
    if let Some(body_type) = first.body_type {
        file.insert("body_type".to_owned(), json!(body_type));
    }
    let fields: Vec<&Object> = shared_fields(drafts).collect();
    if !fields.is_empty() {
        file.insert("fields".to_owned(), json!(fields));
    }
}

fn shared_headers(drafts: &[Draft]) -> Object {
    let Some((first, rest)) = drafts.split_first() else {
        return Object::new();
    };
    first
        .headers
        .iter()
        .filter(|(name, value)| {
            rest.iter()
                .all(|draft| draft.headers.get(*name) == Some(*value))
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn shared_fields(drafts: &[Draft]) -> impl Iterator<Item = &Object> {
    let (first, rest) = match drafts.split_first() {
        Some((first, rest)) => (first.fields.as_slice(), rest),
        None => (&[][..], &[][..]),
    };
    first
        .iter()
        .filter(move |field| rest.iter().all(|draft| has_field(&draft.fields, field)))
}

/// Whether one of the same name is asked for in the same way. A host and a whole URL
/// are not the same.
fn has_field(fields: &[Object], wanted: &Object) -> bool {
    let same = |key: &str, field: &Object| field.get(key) == wanted.get(key);
    let is_url = |field: &Object| {
        let pattern = field.get("pattern").and_then(Value::as_str);
        pattern.is_some_and(|pattern| pattern.starts_with("^http"))
    };
    fields.iter().any(|field| {
        let keys = ["name", "automated", "by", "required"];
        keys.iter().all(|key| same(key, field)) && is_url(field) == is_url(wanted)
    })
}

fn auth(group: &Group<'_>, drafts: &[Draft], corrections: &Corrections) -> Object {
    let shared: Vec<&Value> = shared_fields(drafts)
        .filter_map(|field| field.get("name"))
        .collect();
    let headers = shared_headers(drafts);
    let base_url = drafts.first().map(|draft| draft.base_url.as_str());
    let mut auth = Object::new();
    for (member, draft) in group.members.iter().zip(drafts) {
        let correction = corrections.rows.get(&draft.fact);
        let mut option = Object::new();
        if let Some(kind) = kind(&member.option, draft.auth) {
            option.insert("kind".to_owned(), json!(kind));
        }
        let given = correction.and_then(|row| row.label.clone());
        let label = given.or_else(|| label(member, draft));
        if let Some(label) = label {
            option.insert("label".to_owned(), json!(label));
        }
        if base_url != Some(draft.base_url.as_str()) {
            option.insert("base_url".to_owned(), json!(draft.base_url));
        }
        let extra: Vec<&Object> = draft
            .fields
            .iter()
            .filter(|field| field.get("name").is_none_or(|name| !shared.contains(&name)))
            .collect();
        if !extra.is_empty() {
            option.insert("extra_fields".to_owned(), json!(extra));
        }
        let own_headers: Object = draft
            .headers
            .iter()
            .filter(|(name, _)| !headers.contains_key(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if !own_headers.is_empty() {
            option.insert("headers".to_owned(), Value::Object(own_headers));
        }
        option.extend(draft.option.clone());
        revocable(&mut option, corrections);
        if let Some(patch) = correction.and_then(|row| row.option.as_ref()) {
            patch::apply_map(&mut option, patch);
        }
        auth.insert(
            member.option.clone(),
            Value::Object(polish::option(&option)),
        );
    }
    auth
}

/// The facts do not know where a token is revoked.
fn revocable(option: &mut Object, corrections: &Corrections) {
    let token_url = option.get("token_url").and_then(Value::as_str);
    let revocation = token_url.and_then(|url| corrections.revocations.get(url));
    let at = option.keys().position(|key| key == "token_url");
    if let (Some(url), Some(at)) = (revocation, at) {
        option.shift_insert(at + 1, "revocation_url".to_owned(), json!(url));
    }
}

/// Two ids say their kind themselves.
fn kind(id: &str, auth: Auth) -> Option<&'static str> {
    let kind = match auth {
        Auth::OAuth2 | Auth::McpOAuth2 | Auth::McpOAuth2Generic => "oauth2",
        Auth::OAuth1 => "oauth1",
        Auth::Open => "none",
        _ => "keys",
    };
    (!matches!((id, kind), ("oauth2", "oauth2") | ("keybased", "keys"))).then_some(kind)
}

/// What is typed, for the chooser, where it is not an API key.
fn label(member: &Member<'_>, draft: &Draft) -> Option<String> {
    let typed = draft.option.get("fields").and_then(Value::as_array);
    let typed = typed.map(Vec::as_slice).unwrap_or_default();
    let asks = |part: &str| {
        let names = typed.iter().filter_map(|field| field["name"].as_str());
        names.into_iter().any(|name| name.contains(part))
    };
    let usual = match member.provider.auth {
        Auth::Basic if typed.len() == 1 => return None,
        Auth::Basic => "User name and password",
        Auth::ClientCredentials => "Client credentials",
        Auth::TwoStep if asks("password") => "Login",
        Auth::TwoStep if asks("private_key") => "Key pair",
        Auth::TwoStep if asks("client_secret") => "Client credentials",
        Auth::Jwt => "Key pair",
        _ => "",
    };
    words::option_label(&member.provider.name)
        .filter(|label| label != "API key")
        .or_else(|| (!usual.is_empty()).then(|| usual.to_owned()))
}
