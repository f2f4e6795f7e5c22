//! The flows of an `oauth2` scheme.

use serde_json::{Map, Value, json};
use url::Url;

use super::{Scheme, Way, id};
use crate::names::label;
use crate::notes::Notes;

/// A way of authentication for each flow that can be kept.
pub(super) fn ways(scheme: &Scheme<'_>, source: Option<&Url>, notes: &mut Notes) -> Vec<Way> {
    let flows = scheme.node.get("flows").and_then(Value::as_object);
    let mut ways = Vec::new();
    for (name, flow) in flows.into_iter().flatten() {
        let made = match name.as_str() {
            "authorizationCode" => code(scheme, flow, source),
            "clientCredentials" => exchange(scheme, flow, source, &CLIENT_CREDENTIALS),
            "password" => exchange(scheme, flow, source, &PASSWORD),
            "implicit" => Err(
                "it has no refresh tokens and is no longer used; ask the provider for the \
                     addresses of the authorization code flow"
                    .to_owned(),
            ),
            _ => Err("it is unknown".to_owned()),
        };
        match made {
            Ok(way) => ways.push(way),
            Err(why) => notes.whole(format!(
                "the flow `{name}` of the security scheme `{}` is left out: {why}",
                scheme.name
            )),
        }
    }
    if flows.is_none_or(Map::is_empty) {
        notes.whole(format!(
            "the security scheme `{}` describes no flow",
            scheme.name
        ));
    }
    ways
}

fn code(scheme: &Scheme<'_>, flow: &Value, source: Option<&Url>) -> Result<Way, String> {
    let mut form = Map::new();
    form.insert("label".to_owned(), json!(label(scheme.name)));
    let authorization = address(flow, "authorizationUrl", source)?;
    form.insert("authorization_url".to_owned(), json!(authorization));
    form.insert(
        "token_url".to_owned(),
        json!(address(flow, "tokenUrl", source)?),
    );
    if flow.get("refreshUrl").is_some() {
        form.insert(
            "refresh_url".to_owned(),
            json!(address(flow, "refreshUrl", source)?),
        );
    }
    let scopes = flow.get("scopes").and_then(Value::as_object);
    let optional: Vec<&String> = scopes.into_iter().flatten().map(|(name, _)| name).collect();
    form.insert(
        "scopes".to_owned(),
        json!({ "mandatory": [], "optional": optional }),
    );
    Ok(Way {
        id: id(scheme.name),
        kind: "oauth2",
        form,
    })
}

/// What is typed and exchanged for a token that lives for a while.
struct Exchange {
    id: &'static str,
    label: &'static str,
    fields: &'static [(&'static str, &'static str, bool)],
}

const CLIENT_CREDENTIALS: Exchange = Exchange {
    id: "client_credentials",
    label: "Client credentials",
    fields: &[
        ("client_id", "text", true),
        ("client_secret", "password", true),
        ("scope", "text", false),
    ],
};

const PASSWORD: Exchange = Exchange {
    id: "password",
    label: "User name and password",
    fields: &[
        ("username", "text", true),
        ("password", "password", true),
        ("client_id", "text", false),
        ("client_secret", "password", false),
        ("scope", "text", false),
    ],
};

fn exchange(
    scheme: &Scheme<'_>,
    flow: &Value,
    source: Option<&Url>,
    kind: &Exchange,
) -> Result<Way, String> {
    let url = address(flow, "tokenUrl", source)?;
    let scopes = flow.get("scopes").and_then(Value::as_object);
    let scopes: Vec<&str> = scopes
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    let help = crate::names::shorten(
        &format!("Separated by blanks. There are: {}", scopes.join(", ")),
        600,
    );
    let mut body = Map::new();
    body.insert("grant_type".to_owned(), json!(kind.id));
    let mut fields = Vec::new();
    for (name, shown, required) in kind.fields {
        let mut field = json!({ "name": name, "label": label(name), "type": shown });
        if !required {
            field["required"] = json!(false);
        }
        if *name == "scope" && !scopes.is_empty() {
            field["help"] = json!(help);
        }
        fields.push(field);
        body.insert((*name).to_owned(), json!(format!("${{credential.{name}}}")));
    }
    let mut form = Map::new();
    form.insert(
        "label".to_owned(),
        json!(format!("{}: {}", label(scheme.name), kind.label)),
    );
    // The password flow has no name of its own in the catalogue.
    if kind.id == CLIENT_CREDENTIALS.id {
        form.insert("grant".to_owned(), json!(kind.id));
    }
    form.insert("fields".to_owned(), json!(fields));
    form.insert(
        "exchange".to_owned(),
        json!({ "url": url, "body_type": "form", "body": body }),
    );
    let place = json!({ "headers": { "Authorization": "Bearer ${access_token}" } });
    form.insert("place".to_owned(), place);
    form.insert("unverified_reason".to_owned(), json!(super::UNVERIFIED));
    Ok(Way {
        id: kind.id.to_owned(),
        kind: "keys",
        form,
    })
}

fn address(flow: &Value, key: &str, source: Option<&Url>) -> Result<String, String> {
    let refuse = || format!("its `{key}` is no http(s) address; write a whole one");
    let text = flow
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim();
    let url = match source {
        Some(source) if !text.is_empty() => source.join(text),
        _ => Url::parse(text),
    };
    let mut url = url.map_err(|_| refuse())?;
    url.set_fragment(None);
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    let text = url.as_str();
    // A template would read something into these.
    let odd = text.contains(['{', '}', '$', '|', '\\']) || text.contains("%7B");
    if plain && !odd {
        Ok(text.to_owned())
    } else {
        Err(refuse())
    }
}
