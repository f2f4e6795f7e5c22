//! One row of the facts as one way to connect, before it is put into a file.

use serde_json::Value;

use crate::facts::{Api, Auth, Object, Provider};
use crate::{field, names, option, place};

/// What one row contributes to a connector.
pub(crate) struct Draft {
    pub(crate) fact: String,
    pub(crate) auth: Auth,
    pub(crate) base_url: String,
    pub(crate) body_type: Option<&'static str>,
    /// Connection fields, in the order in which they are asked for.
    pub(crate) fields: Vec<Object>,
    /// Headers that carry no credential.
    pub(crate) headers: Object,
    pub(crate) retry: Object,
    /// The option without what its place in the file decides.
    pub(crate) option: Object,
}

impl Draft {
    pub(crate) fn of(provider: &Provider) -> anyhow::Result<Self> {
        let (headers, body_type) = plain_headers(&provider.api);
        Ok(Self {
            fact: provider.slug.clone(),
            auth: provider.auth,
            base_url: provider.api.base_url.trim_end_matches('/').to_owned(),
            body_type,
            fields: fields(provider),
            headers,
            retry: retry(&provider.api),
            option: option::of(provider)?,
        })
    }
}

/// The headers that carry no credential. The content type is not one of them: it
/// follows from how the bodies of actions are written.
fn plain_headers(api: &Api) -> (Object, Option<&'static str>) {
    let form = "application/x-www-form-urlencoded";
    let body_type = api
        .headers
        .get("content-type")
        .and_then(Value::as_str)
        .filter(|content_type| *content_type == form)
        .map(|_| "form");
    let plain = place::headers(&api.headers)
        .filter(|(name, value)| !place::is_credential(value) && name != "Content-Type")
        .collect();
    (plain, body_type)
}

fn retry(api: &Api) -> Object {
    let retry = &api.retry;
    let mut object = Object::new();
    // `Retry-After` is read in any case.
    let after: Vec<&String> = retry
        .after
        .iter()
        .filter(|name| !name.eq_ignore_ascii_case("retry-after"))
        .collect();
    if !after.is_empty() {
        object.insert("retry_after".to_owned(), serde_json::json!(after));
    }
    if !retry.at.is_empty() {
        object.insert("reset_at".to_owned(), serde_json::json!(retry.at));
    }
    if let Some(name) = &retry.remaining {
        object.insert("remaining".to_owned(), serde_json::json!(name));
    }
    object
}

/// The declared fields, and those that only an answer fills.
fn fields(provider: &Provider) -> Vec<Object> {
    let hosts = host_texts(provider);
    let mut fields: Vec<Object> = provider
        .fields
        .iter()
        .map(|input| {
            let mark = format!("${{field.{}}}", input.name);
            let in_host = !input.whole_url && hosts.iter().any(|host| host.contains(&mark));
            let mut input = input.clone();
            // Whoever decides the host is told the developer's client secret.
            input.developer |= option::decides_destination(provider, &input);
            field::connection(&input, in_host)
        })
        .collect();
    let metadata = provider
        .token_response_metadata
        .iter()
        .chain(&provider.redirect_uri_metadata)
        .map(|path| names::snake(path));
    let discovered = option::DISCOVERED
        .iter()
        .filter(|_| provider.auth == Auth::McpOAuth2Generic)
        .map(|(_, field)| (*field).to_owned());
    for name in metadata.chain(discovered) {
        match fields
            .iter_mut()
            .find(|field| field["name"] == name.as_str())
        {
            Some(field) => *field = automated(&name),
            None => fields.push(automated(&name)),
        }
    }
    fields
}

fn automated(name: &str) -> Object {
    let mut field = Object::new();
    field.insert("name".to_owned(), name.into());
    field.insert("automated".to_owned(), true.into());
    field
}

/// The hosts of all URLs of the row.
fn host_texts(provider: &Provider) -> Vec<String> {
    let urls = [
        Some(&provider.api.base_url),
        provider.authorization_url.as_ref(),
        provider.token_url.as_ref(),
        provider.refresh_url.as_ref(),
    ];
    urls.into_iter()
        .flatten()
        .flat_map(|url| url.split(" || "))
        .map(|url| option::host(url).to_owned())
        .collect()
}
