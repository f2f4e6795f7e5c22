//! Keys, tokens, user names and passwords that a customer types.

use serde_json::{Map, Value, json};

use super::{Scheme, UNVERIFIED, Way, id};
use crate::names::{label, placeholder, shorten, unique};
use crate::notes::Notes;

/// Where the typed values go.
#[derive(Default)]
struct Place {
    asked: Vec<Value>,
    names: Vec<String>,
    headers: Map<String, Value>,
    query: Map<String, Value>,
    basic: Option<Value>,
    reserved: Vec<String>,
}

/// All the schemes together, or nothing when one of them cannot be kept.
pub(super) fn way(
    schemes: &[Scheme<'_>],
    reserved: &mut Vec<String>,
    notes: &mut Notes,
) -> Option<Way> {
    let mut place = Place::default();
    for scheme in schemes {
        if let Err(why) = add(scheme, schemes.len() > 1, &mut place) {
            notes.whole(format!(
                "the security scheme `{}` is left out: {why}",
                scheme.name
            ));
            return None;
        }
    }
    let names: Vec<String> = schemes.iter().map(|scheme| label(scheme.name)).collect();
    let mut form = Map::new();
    form.insert("label".to_owned(), json!(names.join(" and ")));
    form.insert("fields".to_owned(), json!(place.asked));
    let mut placed = Map::new();
    if !place.headers.is_empty() {
        placed.insert("headers".to_owned(), Value::Object(place.headers));
    }
    if !place.query.is_empty() {
        placed.insert("query".to_owned(), Value::Object(place.query));
    }
    placed.extend(place.basic.map(|basic| ("basic".to_owned(), basic)));
    form.insert("place".to_owned(), Value::Object(placed));
    form.insert("unverified_reason".to_owned(), json!(UNVERIFIED));
    reserved.extend(place.reserved);
    let ids: Vec<&str> = schemes.iter().map(|scheme| scheme.name).collect();
    Some(Way {
        id: id(&ids.join("_")),
        kind: "keys",
        form,
    })
}

fn add(scheme: &Scheme<'_>, several: bool, place: &mut Place) -> Result<(), String> {
    let mut ask = |name: &str, kind: &str, help: Option<&str>| {
        let wanted = if several {
            placeholder(scheme.name) + "_" + name
        } else {
            name.to_owned()
        };
        let names = &place.names;
        let given = unique(&wanted, |n| names.iter().any(|other| other == n));
        let mut field = Map::new();
        field.insert("name".to_owned(), json!(given));
        let shown = if several {
            label(scheme.name)
        } else {
            label(name)
        };
        field.insert("label".to_owned(), json!(shown));
        field.insert("type".to_owned(), json!(kind));
        if let Some(help) = help.map(str::trim).filter(|help| !help.is_empty()) {
            field.insert("help".to_owned(), json!(shorten(help, 300)));
        }
        place.asked.push(Value::Object(field));
        place.names.push(given.clone());
        format!("${{credential.{given}}}")
    };
    let help = scheme.text("description");
    let kind = scheme.text("type").unwrap_or_default();
    match (
        kind,
        scheme
            .text("scheme")
            .map(str::to_ascii_lowercase)
            .as_deref(),
    ) {
        ("apiKey", _) => {
            let name = scheme
                .text("name")
                .filter(|name| !name.is_empty())
                .ok_or("it has no name")?;
            match scheme.text("in") {
                Some("header") => {
                    http::HeaderName::try_from(name).map_err(|_| "its name is no header's")?;
                    let whole = "The whole value of the header, with a word such as `Bearer` where \
                                 the provider wants one.";
                    let whole = name.eq_ignore_ascii_case("authorization").then_some(whole);
                    let key = ask("api_key", "password", help.or(whole));
                    place.headers.insert(name.to_owned(), json!(key));
                    place
                        .reserved
                        .push(format!("header {}", name.to_ascii_lowercase()));
                }
                Some("query") => {
                    let key = ask("api_key", "password", help);
                    place.query.insert(name.to_owned(), json!(key));
                    place
                        .reserved
                        .push(format!("query {}", name.to_ascii_lowercase()));
                }
                other => return Err(format!("it is in a {}", other.unwrap_or("place unknown"))),
            }
        }
        ("http", Some("basic")) => {
            let username = ask("username", "text", help);
            let password = ask("password", "password", None);
            place.basic = Some(json!({ "username": username, "password": password }));
        }
        ("http", Some("bearer")) => {
            let token = ask("token", "password", help);
            let value = format!("Bearer {token}");
            place
                .headers
                .insert("Authorization".to_owned(), json!(value));
        }
        ("http", other) => {
            let other = other.unwrap_or("unknown");
            return Err(format!(
                "HTTP authentication of the kind `{other}` is not supported"
            ));
        }
        ("openIdConnect", _) => {
            return Err(
                "OpenID Connect names no addresses; write `auth.oauth2` by hand from \
                        its discovery document"
                    .to_owned(),
            );
        }
        ("mutualTLS", _) => return Err("client certificates are not described further".to_owned()),
        (other, _) => return Err(format!("its type `{other}` is unknown")),
    }
    Ok(())
}
