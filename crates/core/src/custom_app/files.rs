//! From what a developer sends to the files that are kept.

use serde_json::{Map, Value, json};
use trunnel_catalog::custom::{compile_action, compile_connector};
use trunnel_catalog::{Connector, InputFault, LoadErrors};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::text::check_label;

use crate::Core;
use crate::error::input_fault;

const LONGEST_SLUG: usize = 64;
const LONGEST_NAME: usize = 80;
const LONGEST_DESCRIPTION: usize = 2_000;
const LONGEST_ACTION_ID: usize = 120;

/// Slugs that mean something else in some route.
const RESERVED: [&str; 2] = ["import", "default_app"];

/// What this server adds to an action's file when it shows it; sent back, it is ignored.
const ADDED: [&str; 5] = ["_id", "source", "version", "createdAt", "updatedAt"];

/// What an action's file says of itself.
#[derive(Debug, Clone)]
pub(super) struct Action {
    pub id: String,
    pub name: String,
    pub description: String,
    pub tag: String,
    pub file: String,
}

/// `Acme Billing` as `acme_billing`.
pub fn slug_of(name: &str) -> Result<String, Fault> {
    let mut slug = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
        if slug.len() >= LONGEST_SLUG {
            break;
        }
    }
    let slug = slug.trim_end_matches('_');
    if slug.is_empty() {
        return Err(Fault::field(
            "slug",
            "No slug can be made of that name; give one in `slug`.",
        ));
    }
    Ok(slug.to_owned())
}

impl Core {
    pub(super) fn check_slug(&self, slug: &str) -> Result<(), Fault> {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        let starts = slug.starts_with(|c: char| c.is_ascii_alphanumeric());
        if !starts || slug.len() > LONGEST_SLUG || !slug.bytes().all(fits) {
            return Err(Fault::field(
                "slug",
                "`slug` has 1 to 64 lower-case letters, digits, `_` and `-`, and begins with a \
                 letter or a digit",
            ));
        }
        if self.catalog().get(slug).is_some() || RESERVED.contains(&slug) {
            return Err(Fault::new(
                409,
                FaultCode::Conflict,
                format!("`{slug}` is an app of the catalogue; choose another slug."),
            )
            .with("field", "slug"));
        }
        Ok(())
    }
}

/// Whether something can have this slug or id at all; of others no database is asked.
pub(crate) fn can_be(name: &str) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    (1..=LONGEST_ACTION_ID).contains(&name.len()) && name.bytes().all(fits)
}

pub(super) fn check_name(name: &str) -> Result<(), Fault> {
    if name.trim().is_empty() || check_label(name, LONGEST_NAME).is_err() {
        return Err(Fault::field(
            "name",
            format!("`name` has 1 to {LONGEST_NAME} characters, without control characters"),
        ));
    }
    Ok(())
}

pub(super) fn check_description(text: &str) -> Result<(), Fault> {
    check_label(text, LONGEST_DESCRIPTION)
        .map_err(|error| Fault::field("description", format!("`description` has {error}")))
}

/// The connector's file, checked by the catalogue's own compiler.
pub(super) fn connector_file(
    slug: &str,
    name: &str,
    description: &str,
    given: &Map<String, Value>,
) -> Result<(String, Connector), Fault> {
    let mut file = given.clone();
    file.entry("slug").or_insert_with(|| json!(slug));
    file.insert("name".to_owned(), json!(name));
    file.insert("description".to_owned(), json!(description));
    file.entry("categories")
        .or_insert_with(|| json!(["custom"]));
    file.entry("docs").or_insert_with(|| json!(""));
    let file = Value::Object(file);
    let compiled = compile_connector(slug, &in_lines(&file));
    let compiled = compiled.map_err(|errors| load_fault("connector.", &errors))?;
    Ok((file.to_string(), compiled))
}

/// An action's file, checked in the same way.
pub(super) fn action_file(
    connector: &Connector,
    given: &Map<String, Value>,
) -> Result<Action, Fault> {
    let mut file = given.clone();
    for name in ADDED {
        file.remove(name);
    }
    let id = text(&file, "id")?;
    check_action_id(&id)?;
    check_name(&text(&file, "name")?)?;
    file.entry("description").or_insert_with(|| json!(""));
    check_description(&text(&file, "description")?)?;
    file.entry("docs").or_insert_with(|| json!(connector.docs));
    let no_input = || json!({ "type": "object", "properties": {} });
    file.entry("input").or_insert_with(no_input);
    let file = Value::Object(file);
    let checked = compile_action(connector, &id, &in_lines(&file));
    let checked = checked.map_err(|errors| load_fault("", &errors))?;
    Ok(told(checked, file.to_string()))
}

/// One key a line: the compiler finds some mistakes by their line.
fn in_lines(file: &Value) -> String {
    serde_json::to_string_pretty(file).unwrap_or_else(|_| file.to_string())
}

pub(super) fn compiled_action(
    connector: &Connector,
    id: &str,
    file: &str,
) -> Result<Action, LoadErrors> {
    let compiled = compile_action(connector, id, file)?;
    Ok(told(compiled, file.to_owned()))
}

fn told(compiled: trunnel_catalog::Action, file: String) -> Action {
    Action {
        id: compiled.id,
        name: storable(&compiled.name),
        description: storable(&compiled.description),
        tag: storable(&compiled.tag),
        file,
    }
}

/// Without zero characters, which no database keeps alike.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "")
}

fn text(file: &Map<String, Value>, name: &str) -> Result<String, Fault> {
    match file.get(name) {
        Some(Value::String(text)) if !text.contains('\0') => Ok(text.clone()),
        Some(_) => Err(Fault::field(name, format!("`{name}` must be a text"))),
        None => Err(Fault::field(name, format!("`{name}` is required"))),
    }
}

fn check_action_id(id: &str) -> Result<(), Fault> {
    if !can_be(id) {
        return Err(Fault::field(
            "id",
            "`id` has 1 to 120 letters, digits, `_` and `-`, such as `create_invoice`",
        ));
    }
    Ok(())
}

/// The compiler's complaints as faults of the fields that were sent.
pub(super) fn load_fault(prefix: &str, errors: &LoadErrors) -> Fault {
    let faults = errors.0.iter().map(|error| InputFault {
        field: match error.field.as_deref() {
            Some(field) if !field.is_empty() => format!("{prefix}{field}"),
            _ => prefix.trim_end_matches('.').to_owned(),
        },
        message: error.message.clone(),
    });
    input_fault(&faults.collect::<Vec<_>>())
}
