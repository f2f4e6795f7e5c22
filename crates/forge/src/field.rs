//! What a customer is asked for: connection fields and typed credentials.

use regex::Regex;
use serde_json::{Value, json};

use crate::facts::{Input, Object};
use crate::names;

/// An example longer than this does not fit into an input.
const LONGEST_EXAMPLE: usize = 60;
const HOST: &str = r"^[A-Za-z0-9.-]+$";

/// A connection field. `in_host` says that the value is a part of a host name.
pub(crate) fn connection(input: &Input, in_host: bool) -> Object {
    let mut field = Object::new();
    field.insert("name".to_owned(), json!(input.name));
    if input.automated {
        field.insert("automated".to_owned(), json!(true));
        return field;
    }
    field.insert("label".to_owned(), json!(shown(input)));
    let help = input.help.clone().or_else(|| help(input));
    let help = help.filter(|_| input.choices.is_empty() || input.default_value.is_some());
    put(&mut field, "help", help);
    if input.choices.is_empty() {
        let pattern = pattern(input, in_host);
        let example = example(input, pattern.as_deref());
        put(&mut field, "pattern", pattern);
        put(&mut field, "example", example);
    } else {
        field.insert("options".to_owned(), json!(input.choices));
    }
    if input.optional || input.default_value.is_some() {
        field.insert("required".to_owned(), json!(false));
    }
    if input.developer {
        field.insert("by".to_owned(), json!("developer"));
        if input.secret {
            field.insert("secret".to_owned(), json!(true));
        }
    }
    field
}

/// A value that is sealed with the credential.
pub(crate) fn typed(input: &Input) -> Object {
    let mut field = Object::new();
    field.insert("name".to_owned(), json!(input.name));
    field.insert("label".to_owned(), json!(shown(input)));
    let is_secret = is_secret(input);
    if is_secret {
        field.insert("type".to_owned(), json!("password"));
    }
    put(&mut field, "help", input.help.clone());
    let placeholder = input
        .example
        .clone()
        .filter(|text| text.len() <= LONGEST_EXAMPLE && !text.contains('\n') && !is_secret);
    // What the facts say about the form of a key is a guess, and a key that is
    // refused for it could not be used at all. A format is no guess.
    put(&mut field, "pattern", of_format(input));
    put(&mut field, "placeholder", placeholder);
    put(
        &mut field,
        "default",
        input.default_value.clone().filter(|text| !text.is_empty()),
    );
    if input.optional {
        field.insert("required".to_owned(), json!(false));
    }
    field
}

fn put(object: &mut Object, key: &str, value: Option<String>) {
    if let Some(text) = value {
        object.insert(key.to_owned(), Value::String(text));
    }
}

fn shown(input: &Input) -> String {
    input
        .label
        .clone()
        .unwrap_or_else(|| names::label(&input.name))
}

fn is_secret(input: &Input) -> bool {
    const WORDS: [&str; 7] = [
        "secret",
        "password",
        "token",
        "api_key",
        "private_key",
        "access_key",
        "assertion",
    ];
    input.secret || WORDS.iter().any(|word| input.name.contains(word))
}

/// The facts ask for the value without its prefix and its suffix.
fn help(input: &Input) -> Option<String> {
    let optional = match input.default_value.as_deref() {
        Some(default) if !default.is_empty() => Some(format!("`{default}` if left empty.")),
        _ => None,
    };
    if input.whole_url {
        return Some("The whole address, with `https://`.".to_owned());
    }
    let place = match (input.prefix.as_deref(), input.suffix.as_deref()) {
        // An expression, which says nothing to a customer.
        (_, Some(suffix)) if suffix.contains('(') => None,
        (_, Some(suffix)) => Some(format!("What stands before `{suffix}` in the address.")),
        (Some("https://"), None) => Some("Without `https://`.".to_owned()),
        _ => None,
    };
    match (place, optional) {
        (Some(place), Some(optional)) => Some(format!("{place} {optional}")),
        (place, optional) => place.or(optional),
    }
}

fn pattern(input: &Input, in_host: bool) -> Option<String> {
    let given = input.pattern.as_deref().map(readable);
    let pattern = match given.as_deref() {
        // No host name has an underscore.
        Some("^[a-z0-9_-]+$") if in_host => Some("^[a-z0-9-]+$".to_owned()),
        Some(_) => given.filter(|pattern| Regex::new(pattern).is_ok()),
        None => None,
    };
    pattern
        .or_else(|| of_format(input))
        .or_else(|| in_host.then(|| HOST.to_owned()))
}

fn of_format(input: &Input) -> Option<String> {
    let pattern = match input.format.as_deref()? {
        "hostname" => HOST,
        "uuid" => r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
        "email" => r"^[^@\s]+@[^@\s]+$",
        "uri" => r"^https?://\S+$",
        _ => return None,
    };
    Some(pattern.to_owned())
}

/// The same expression for the whole value, without escapes that mean nothing.
fn readable(pattern: &str) -> String {
    let pattern = pattern.replace(r"\/", "/").replace(r"\:", ":");
    match (pattern.starts_with('^'), pattern.ends_with('$')) {
        (true, true) => pattern,
        _ => format!("^(?:{})$", pattern.trim_matches(['^', '$'])),
    }
}

fn example(input: &Input, pattern: Option<&str>) -> Option<String> {
    let example = match input.example.as_deref()? {
        // Says no more than the label.
        "domain" | "subdomain" => "acme",
        example => example,
    };
    let fits = pattern
        .and_then(|pattern| Regex::new(pattern).ok())
        .is_none_or(|pattern| pattern.is_match(example));
    (fits && example.len() <= LONGEST_EXAMPLE && !example.contains('\n'))
        .then(|| example.to_owned())
}
