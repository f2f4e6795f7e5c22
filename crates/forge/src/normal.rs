//! From a row as it is in the facts to a row in our own words: names in
//! `snake_case`, our placeholders, and fields that our format can express.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use anyhow::Context;
use regex::{Captures, Regex};
use serde_json::{Map, Value, json};
use trunnel_catalog::lint::names_a_secret;

use crate::facts::Provider;
use crate::names::snake;
use crate::patch::each_text;

/// A placeholder that holds no other.
static INNERMOST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\$\{([A-Za-z][A-Za-z0-9_.+:-]*)\}").ok());

const OR: &str = " || ";

/// Rewrites and reads one row. `row` has its corrections already.
pub(crate) fn provider(mut row: Value) -> anyhow::Result<Provider> {
    let slug = row["slug"].as_str().unwrap_or_default().to_owned();
    rename(&mut row);
    rewrite(&mut row)?;
    mark_secrets(&mut row);
    let is_oauth2 = row["auth"]
        .as_str()
        .is_some_and(|auth| matches!(auth, "OAUTH2" | "OAUTH1") || auth.starts_with("MCP_OAUTH2"));
    if is_oauth2 {
        // A field is not sealed, so no customer is asked for a secret in one.
        for field in inputs(&mut row, "fields") {
            if field.get("secret") == Some(&json!(true)) {
                field.insert("developer".to_owned(), json!(true));
            }
        }
    } else {
        move_secrets(&mut row)?;
    }
    settle_automated(&mut row, is_oauth2);
    whole_urls(&mut row)?;
    expand_defaults(&mut row);
    cut_unreachable(&mut row);
    serde_json::from_value(row).with_context(|| format!("the row `{slug}`"))
}

/// The names of inputs, which templates refer to.
fn rename(row: &mut Value) {
    for list in ["fields", "credentials"] {
        for input in inputs(row, list) {
            if let Some(name) = input.get("name").and_then(Value::as_str).map(snake) {
                input.insert("name".to_owned(), Value::String(name));
            }
        }
    }
}

fn inputs<'a>(
    row: &'a mut Value,
    list: &str,
) -> impl Iterator<Item = &'a mut Map<String, Value>> + use<'a> {
    row.get_mut(list)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
        .filter_map(Value::as_object_mut)
}

/// Lets `change` see every text that may be a template.
fn each_template(row: &mut Value, change: &mut impl FnMut(&mut String)) {
    const PLAIN: [&str; 8] = [
        "slug",
        "name",
        "categories",
        "auth",
        "fields",
        "credentials",
        "token_response_metadata",
        "redirect_uri_metadata",
    ];
    let Some(row) = row.as_object_mut() else {
        return;
    };
    for (key, value) in row.iter_mut() {
        if !PLAIN.contains(&key.as_str()) {
            each_text(value, change);
        }
    }
}

/// The placeholders of the facts as ours.
fn rewrite(row: &mut Value) -> anyhow::Result<()> {
    let innermost = INNERMOST
        .as_ref()
        .context("the expression for placeholders")?;
    let makes_assertion = row["assertion"].is_object();
    each_template(row, &mut |text| {
        let new = innermost.replace_all(text, |found: &Captures<'_>| match &found[1] {
            // Made, unless it is what the customer types.
            "credential.assertion" if makes_assertion => "${assertion}".to_owned(),
            name => placeholder(name),
        });
        *text = new.into_owned();
    });
    Ok(())
}

fn placeholder(name: &str) -> String {
    let known = match name {
        "clientId" => "client_id".to_owned(),
        "clientSecret" => "client_secret".to_owned(),
        "token" => "assertion".to_owned(),
        "assertionOption.privateKey" => "credential.private_key".to_owned(),
        "now+7:days:YYYY-MM-DD" => "date+7".to_owned(),
        other => match other.split_once('.') {
            Some((space @ ("field" | "credential"), rest)) => format!("{space}.{}", snake(rest)),
            Some((step, rest)) if step.starts_with("step") => format!("step.{}", snake(rest)),
            _ => other.to_owned(),
        },
    };
    format!("${{{known}}}")
}

/// The facts do not mark every secret; some are known by their names.
fn mark_secrets(row: &mut Value) {
    for field in inputs(row, "fields") {
        let is_asked = field.get("automated") != Some(&json!(true));
        let name = field.get("name").and_then(Value::as_str);
        if is_asked && name.is_some_and(names_a_secret) {
            field.insert("secret".to_owned(), json!(true));
        }
    }
}

/// What is secret is typed with the credential, where it is sealed.
fn move_secrets(row: &mut Value) -> anyhow::Result<()> {
    let Some(fields) = row.get_mut("fields").and_then(Value::as_array_mut) else {
        return Ok(());
    };
    let (secret, plain): (Vec<_>, Vec<_>) = fields
        .drain(..)
        .partition(|field| field["secret"] == json!(true));
    *fields = plain;
    for input in secret {
        let name = input["name"].as_str().unwrap_or_default().to_owned();
        replace(
            row,
            &format!("${{field.{name}}}"),
            &format!("${{credential.{name}}}"),
        );
        let object = row.as_object_mut().context("a row is an object")?;
        let credentials = object.entry("credentials").or_insert_with(|| json!([]));
        if let Some(list) = credentials.as_array_mut() {
            list.push(input);
        }
    }
    Ok(())
}

fn replace(row: &mut Value, from: &str, to: &str) {
    each_template(row, &mut |text| *text = text.replace(from, to));
}

/// The facts call a field automated that nobody asks a customer for. What no
/// answer fills is left out where there is another way, or else asked for.
fn settle_automated(row: &mut Value, is_oauth2: bool) {
    let filled: BTreeSet<String> = ["token_response_metadata", "redirect_uri_metadata"]
        .iter()
        .filter_map(|key| row[*key].as_array())
        .flatten()
        .filter_map(|path| path.as_str().map(snake))
        .collect();
    let unfilled: Vec<String> = inputs(row, "fields")
        .filter(|field| field.get("automated") == Some(&json!(true)))
        .filter_map(|field| field.get("name")?.as_str().map(str::to_owned))
        .filter(|name| !filled.contains(name))
        .collect();
    for name in unfilled {
        let mark = format!("${{field.{name}}}");
        drop_alternatives(row, &mark);
        if is_used(row, &mark) {
            for field in inputs(row, "fields").filter(|field| field["name"] == json!(name)) {
                field.shift_remove("automated");
                field.insert("developer".to_owned(), json!(is_oauth2));
            }
        } else if let Some(fields) = row.get_mut("fields").and_then(Value::as_array_mut) {
            fields.retain(|field| field["name"] != json!(name));
        }
    }
}

fn drop_alternatives(row: &mut Value, mark: &str) {
    each_template(row, &mut |text| {
        let kept: Vec<&str> = text.split(OR).filter(|part| !part.contains(mark)).collect();
        if !kept.is_empty() {
            *text = kept.join(OR);
        }
    });
}

fn is_used(row: &mut Value, mark: &str) -> bool {
    let mut used = false;
    each_template(row, &mut |text| used |= text.contains(mark));
    used
}

/// A host that may have a port or a path is asked for as a whole URL.
fn whole_urls(row: &mut Value) -> anyhow::Result<()> {
    let names: Vec<String> = inputs(row, "fields")
        .filter(|field| field["name"].is_string() && is_more_than_host(field))
        .filter_map(|field| field.get("name")?.as_str().map(str::to_owned))
        .collect();
    for name in names {
        let begins = Regex::new(&format!(r"https://\$\{{field\.{name}\}}($|[/ ])"))?;
        let mark = format!("${{field.{name}}}");
        let mut found = false;
        each_template(row, &mut |text| found |= text.starts_with(&mark));
        each_template(row, &mut |text| {
            found |= begins.is_match(text);
            *text = begins
                .replace_all(text, format!("$${{field.{name}}}$1"))
                .into_owned();
        });
        if !found {
            continue;
        }
        for field in inputs(row, "fields").filter(|field| field["name"] == json!(name)) {
            as_whole_url(field);
        }
    }
    Ok(())
}

fn is_more_than_host(field: &Map<String, Value>) -> bool {
    let beyond = |text: &str| {
        let text = text.strip_prefix("https://").unwrap_or(text);
        text.contains([':', '/'])
    };
    let texts = field
        .get("enum")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let pattern = field.get("pattern").and_then(Value::as_str);
    field.get("whole_url") == Some(&json!(true))
        || texts
            .chain(field.get("example"))
            .filter_map(Value::as_str)
            .any(beyond)
        || pattern.is_some_and(|pattern| beyond(&pattern.replace("(?:", "(")))
}

fn as_whole_url(field: &mut Map<String, Value>) {
    field.insert("whole_url".to_owned(), json!(true));
    field.shift_remove("format");
    field.shift_remove("prefix");
    field.shift_remove("suffix");
    field.insert("pattern".to_owned(), json!(r"^https://[^\s?#]+$"));
    let absolute = |text: &str| {
        let bare = text.trim_end_matches('/');
        match bare.split_once("://") {
            Some((_, rest)) => format!("https://{rest}"),
            None => format!("https://{bare}"),
        }
    };
    for key in ["enum", "example"] {
        if let Some(value) = field.get_mut(key) {
            each_text(value, &mut |text| *text = absolute(text));
        }
    }
}

/// What follows an alternative that always has its values is never used.
fn cut_unreachable(row: &mut Value) {
    let may_be_absent = |input: &Map<String, Value>| {
        ["optional", "automated"]
            .iter()
            .any(|key| input.get(*key) == Some(&json!(true)))
    };
    let mut absent: Vec<String> = Vec::new();
    for (list, space) in [("fields", "field"), ("credentials", "credential")] {
        let names = inputs(row, list).filter(|input| may_be_absent(input));
        let names = names.filter_map(|input| input.get("name")?.as_str().map(str::to_owned));
        absent.extend(names.map(|name| format!("${{{space}.{name}}}")));
    }
    for key in ["token_response_metadata", "redirect_uri_metadata"] {
        let paths = row[key].as_array().into_iter().flatten();
        let names = paths.filter_map(Value::as_str).map(snake);
        absent.extend(names.map(|name| format!("${{field.{name}}}")));
    }
    each_template(row, &mut |text| {
        let alternatives: Vec<&str> = text.split(OR).collect();
        let always = |part: &&str| !absent.iter().any(|mark| part.contains(mark.as_str()));
        if let Some(last) = alternatives.iter().position(always) {
            *text = alternatives.get(..=last).unwrap_or_default().join(OR);
        }
    });
}

/// A field with a default is optional; each text that needs it gets an
/// alternative that is written with the default.
fn expand_defaults(row: &mut Value) {
    let defaults: Vec<(String, String)> = inputs(row, "fields")
        .filter_map(|field| {
            let default = field.get("default_value")?.as_str()?.to_owned();
            Some((field.get("name")?.as_str()?.to_owned(), default))
        })
        .collect();
    for (name, default) in defaults {
        let mark = format!("${{field.{name}}}");
        if !default.is_empty() {
            each_template(row, &mut |text| *text = with_default(text, &mark, &default));
        }
        for field in inputs(row, "fields").filter(|field| field["name"] == json!(name)) {
            field.insert("optional".to_owned(), json!(true));
        }
    }
}

fn with_default(text: &str, mark: &str, default: &str) -> String {
    let alternatives: Vec<String> = text
        .split(OR)
        .flat_map(|part| {
            let fallback = part.contains(mark).then(|| part.replace(mark, default));
            [Some(part.to_owned()), fallback]
        })
        .flatten()
        .collect();
    alternatives.join(OR)
}
