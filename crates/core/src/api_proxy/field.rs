//! What a caller of a proxy gives.

use serde_json::{Map, Value};
use trunnel_model::fault::{Fault, FaultCode};

use crate::my_app::Members;

const MOST_FIELDS: usize = 100;

/// What a proxy with pages takes besides its fields.
const ALL_PAGES: &str = "all_pages";
const MAX_ITEMS: &str = "max_items";

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) name: String,
    kind: Kind,
    required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Email,
    Number,
    Textarea,
    Url,
    Json,
}

impl Kind {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Text, "Text"),
        (Self::Email, "Email"),
        (Self::Number, "Number"),
        (Self::Textarea, "Textarea"),
        (Self::Url, "URL"),
        (Self::Json, "JSON"),
    ];

    fn parse(name: &str) -> Option<Self> {
        let mut all = Self::ALL.iter();
        let found = all.find(|(_, known)| known.eq_ignore_ascii_case(name));
        found.map(|(kind, _)| *kind)
    }
}

/// Reads the list of fields.
pub(super) fn read(value: Option<&Value>) -> Result<Vec<Field>, Fault> {
    let items = match value {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() <= MOST_FIELDS => items,
        Some(_) => {
            let message = format!("`fields` must be a list of at most {MOST_FIELDS} fields");
            return Err(Fault::field("fields", message));
        }
    };
    let mut fields: Vec<Field> = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let at = format!("fields.{index}");
        let Value::Object(object) = item else {
            return Err(Fault::field(&at, format!("`{at}` must be an object")));
        };
        let field = read_one(&Members { object, at: &at })?;
        if fields.iter().any(|known| known.name == field.name) {
            let message = format!("`{at}.name`: there are two fields `{}`", field.name);
            return Err(Fault::field(&format!("{at}.name"), message));
        }
        fields.push(field);
    }
    Ok(fields)
}

fn read_one(members: &Members<'_>) -> Result<Field, Fault> {
    members.only(&[
        "name",
        "label",
        "type",
        "required",
        "placeholder",
        "description",
    ])?;
    for name in ["label", "placeholder", "description"] {
        members.text(name)?;
    }
    let name = members.required("name")?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.len() > 100 || !name.chars().all(is_name) {
        let problem = "has 1 to 100 letters, digits, `_` and `-`";
        return Err(members.fault("name", problem));
    }
    if [ALL_PAGES, MAX_ITEMS].contains(&name) {
        return Err(members.fault("name", "is taken: proxies with pages have such an input"));
    }
    let kind = members.text("type")?.unwrap_or("Text");
    let kind = Kind::parse(kind).ok_or_else(|| {
        let known = Kind::ALL.map(|(_, name)| name).join(", ");
        members.fault("type", format!("must be one of {known}"))
    })?;
    Ok(Field {
        name: name.to_owned(),
        kind,
        required: members.yes("required")?,
    })
}

/// The input as the request takes it; every mistake is named.
pub(super) fn check(
    fields: &[Field],
    paged: bool,
    input: &Map<String, Value>,
) -> Result<Map<String, Value>, Fault> {
    let mut faults: Vec<(String, String)> = Vec::new();
    let mut checked = Map::new();
    for field in fields {
        let given = input.get(&field.name).filter(|value| !value.is_null());
        let empty = given.and_then(Value::as_str).is_some_and(str::is_empty);
        let read = match given {
            Some(value) if !empty => field.kind.read(value),
            _ if field.required => Err("is required"),
            _ => continue,
        };
        match read {
            Ok(value) => drop(checked.insert(field.name.clone(), value)),
            Err(problem) => faults.push((field.name.clone(), problem.to_owned())),
        }
    }
    for (name, value) in input {
        if paged && [ALL_PAGES, MAX_ITEMS].contains(&name.as_str()) {
            match page_input(name, value) {
                Ok(()) => drop(checked.insert(name.clone(), value.clone())),
                Err(problem) => faults.push((name.clone(), problem.to_owned())),
            }
        } else if fields.iter().all(|field| field.name != *name) {
            faults.push((name.clone(), "is not a field of this API proxy".to_owned()));
        }
    }
    match faults.first() {
        None => Ok(checked),
        Some((field, problem)) => {
            Err(Fault::field(field, format!("`{field}` {problem}")).with("errors", listed(&faults)))
        }
    }
}

fn listed(faults: &[(String, String)]) -> Value {
    let one = |(field, message): &(String, String)| serde_json::json!({ "field": field, "message": message });
    faults.iter().map(one).collect()
}

fn page_input(name: &str, value: &Value) -> Result<(), &'static str> {
    match (name, value) {
        (_, Value::Null) | (ALL_PAGES, Value::Bool(_)) => Ok(()),
        (MAX_ITEMS, value) if value.as_u64().is_some_and(|n| (1..=10_000).contains(&n)) => Ok(()),
        (ALL_PAGES, _) => Err("must be true or false"),
        _ => Err("must be a whole number from 1 to 10000"),
    }
}

impl Kind {
    fn read(self, value: &Value) -> Result<Value, &'static str> {
        let text = match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        };
        match (self, text) {
            (Self::Text | Self::Textarea, Some(text)) => Ok(text.into()),
            (Self::Text | Self::Textarea, None) => Err("must be a text"),
            (Self::Email, Some(text)) if is_email(&text) => Ok(text.into()),
            (Self::Email, _) => Err("must be an email address"),
            (Self::Url, Some(text)) if is_url(&text) => Ok(text.into()),
            (Self::Url, _) => Err("must be an http or https URL"),
            (Self::Number, _) if value.is_number() => Ok(value.clone()),
            (Self::Number, _) => number(value).ok_or("must be a number"),
            (Self::Json, _) => match value {
                Value::String(text) => {
                    serde_json::from_str(text).map_err(|_| "must be JSON, or a text that is")
                }
                value => Ok(value.clone()),
            },
        }
    }
}

fn number(value: &Value) -> Option<Value> {
    let number: serde_json::Number = value.as_str()?.trim().parse().ok()?;
    Some(Value::Number(number))
}

fn is_email(text: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(user, host)| {
        plain(user) && plain(host) && host.contains('.') && !user.contains('@')
    })
}

fn is_url(text: &str) -> bool {
    let url = url::Url::parse(text);
    url.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// So that a list of proxies says no more than there is.
pub(super) fn unknown(fields: &[Field], name: &str) -> Option<Fault> {
    let known = fields.iter().any(|field| field.name == name);
    let message = format!("`{{{{input.{name}}}}}` is not one of the proxy's fields");
    (!known).then(|| Fault::new(400, FaultCode::ValidationError, message).with("field", "request"))
}
