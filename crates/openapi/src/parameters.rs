//! Parameters: an input each, and their place in the request.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use crate::inputs::{self, Inputs};
use crate::names::literal;
use crate::query;
use crate::refs::Refs;
use crate::schema::{Converter, Direction};

/// Headers that every request has already, or that belong to the connection. The
/// specification says as well that the first three are no parameters.
const SET_ELSEWHERE: [&str; 9] = [
    "accept",
    "authorization",
    "content-type",
    "connection",
    "content-length",
    "cookie",
    "host",
    "transfer-encoding",
    "user-agent",
];
/// Headers by which a provider recognises a repeated call; the server fills them.
const IDEMPOTENCY: [&str; 2] = ["idempotency-key", "x-idempotency-key"];

/// What the parameters of one operation come to.
#[derive(Default)]
pub(crate) struct Placed {
    /// By the name in the path's braces.
    pub path: BTreeMap<String, String>,
    pub query: Map<String, Value>,
    pub headers: Map<String, Value>,
    pub idempotency_header: Option<String>,
    pub notes: Vec<String>,
}

/// A parameter with its references followed.
pub(crate) struct Parameter<'d> {
    pub name: &'d str,
    pub node: &'d Value,
    pub required: bool,
}

impl<'d> Parameter<'d> {
    fn place(node: &'d Value) -> Option<&'d str> {
        node.get("in").and_then(Value::as_str)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&'d str> {
        self.node.get(key).and_then(Value::as_str)
    }

    fn content(&self) -> Option<&'d Value> {
        self.node.get("content")?.as_object()?.values().next()
    }

    /// The schema, with what the parameter says about itself.
    fn convert(&self, refs: &Refs<'d>) -> Result<Map<String, Value>, String> {
        let schema = self
            .node
            .get("schema")
            .or_else(|| self.content()?.get("schema"));
        let schemas: Vec<&Value> = schema.into_iter().collect();
        let converted = Converter::new(refs, Direction::Input).convert(&schemas, 1);
        let converted = converted.map_err(|e| format!("parameter `{}`: {e}", self.name))?;
        let mut schema = converted.unwrap_or_default();
        if let Some(description) = self
            .text("description")
            .filter(|text| !text.trim().is_empty())
        {
            let description = crate::names::shorten(description, 500);
            schema.insert("description".to_owned(), json!(description));
        }
        if self.node.get("deprecated") == Some(&Value::Bool(true)) {
            schema.insert("deprecated".to_owned(), json!(true));
        }
        let listed = self.node.get("examples").and_then(Value::as_object);
        let listed = listed.and_then(|all| all.values().next()?.get("value"));
        let example = self.node.get("example").or(listed);
        if let Some(example) = example.filter(|value| crate::schema::is_small(value)) {
            schema.insert("examples".to_owned(), json!([example]));
        }
        Ok(schema)
    }
}

/// Adds an input for each parameter. `reserved` are the places of the credential.
///
/// # Errors
/// Why the whole operation cannot be called.
pub(crate) fn place<'d>(
    refs: &Refs<'d>,
    lists: [Option<&'d Value>; 2],
    reserved: &[String],
    inputs: &mut Inputs,
) -> Result<Placed, String> {
    let mut placed = Placed::default();
    for node in merged(refs, lists)? {
        let Some(name) = node
            .get("name")
            .and_then(Value::as_str)
            .filter(|n| !n.is_empty())
        else {
            placed
                .notes
                .push("a parameter without a name is left out".to_owned());
            continue;
        };
        let place = Parameter::place(node).unwrap_or_default();
        let required = place == "path" || node.get("required") == Some(&Value::Bool(true));
        let parameter = Parameter {
            name,
            node,
            required,
        };
        if reserved.contains(&format!("{place} {}", name.to_ascii_lowercase())) {
            continue;
        }
        match place {
            "path" => path(refs, &parameter, inputs, &mut placed)?,
            "query" => one_query(refs, &parameter, inputs, &mut placed)?,
            "header" => header(refs, &parameter, inputs, &mut placed)?,
            "cookie" => placed
                .notes
                .push(format!("the cookie `{name}` is left out")),
            other => {
                let note = format!("the parameter `{name}` is left out, being in `{other}`");
                placed.notes.push(note);
            }
        }
        if inputs.len() > inputs::MOST {
            return Err(format!("it has more than {} parameters", inputs::MOST));
        }
    }
    Ok(placed)
}

/// Those of the path and of the operation, of which the operation's win. Names of
/// headers are the same in any case of letters.
fn merged<'d>(refs: &Refs<'d>, lists: [Option<&'d Value>; 2]) -> Result<Vec<&'d Value>, String> {
    let mut found: Vec<&Value> = Vec::new();
    let mut index: HashMap<(String, String), usize> = HashMap::new();
    let nodes = lists
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten();
    for node in nodes {
        let node = refs
            .target(node)
            .map_err(|e| format!("one of its parameters: {e}"))?;
        let text = |key: &str| node.get(key).and_then(Value::as_str).unwrap_or_default();
        let (place, mut name) = (text("in").to_owned(), text("name").to_owned());
        if place == "header" {
            name.make_ascii_lowercase();
        }
        let key = (place, name);
        if let Some(earlier) = index.get(&key).and_then(|at| found.get_mut(*at)) {
            *earlier = node;
        } else {
            index.insert(key, found.len());
            found.push(node);
        }
    }
    // The order of a form: what is needed to name the thing comes first.
    found.sort_by_key(|node| Parameter::place(node) != Some("path"));
    Ok(found)
}

fn path<'d>(
    refs: &Refs<'d>,
    parameter: &Parameter<'d>,
    inputs: &mut Inputs,
    placed: &mut Placed,
) -> Result<(), String> {
    let schema = query::as_text(parameter.convert(refs)?, ",");
    let name = inputs.add(parameter.name, "path", schema, true);
    let value = inputs::refer(&[&name]);
    let value = match parameter.text("style") {
        Some("label") => format!(".{value}"),
        Some("matrix") => format!(";{}={value}", parameter.name),
        _ => value,
    };
    placed.path.insert(parameter.name.to_owned(), value);
    Ok(())
}

fn one_query<'d>(
    refs: &Refs<'d>,
    parameter: &Parameter<'d>,
    inputs: &mut Inputs,
    placed: &mut Placed,
) -> Result<(), String> {
    let mut schema = parameter.convert(refs)?;
    if parameter.content().is_some() && !query::is_scalar(&schema) {
        schema = query::described(&schema, "Written as JSON.");
    }
    if let Some(only) = only_value(parameter, &schema) {
        placed.query.insert(parameter.name.to_owned(), json!(only));
        return Ok(());
    }
    match query::entries(parameter, schema, inputs) {
        Some(entries) => {
            for (name, value) in entries {
                placed.query.entry(name).or_insert(json!(value));
            }
            Ok(())
        }
        None => left_out(parameter, "its form cannot be written into a query", placed),
    }
}

fn header<'d>(
    refs: &Refs<'d>,
    parameter: &Parameter<'d>,
    inputs: &mut Inputs,
    placed: &mut Placed,
) -> Result<(), String> {
    let lower = parameter.name.to_ascii_lowercase();
    if SET_ELSEWHERE.contains(&lower.as_str()) {
        return Ok(());
    }
    if http::HeaderName::try_from(lower.as_str()).is_err() {
        return left_out(parameter, "its name is no header's", placed);
    }
    if IDEMPOTENCY.contains(&lower.as_str()) {
        placed.idempotency_header = Some(parameter.name.to_owned());
        return Ok(());
    }
    let schema = parameter.convert(refs)?;
    let value = only_value(parameter, &schema).unwrap_or_else(|| {
        let schema = query::as_text(schema, ",");
        let name = inputs.add(parameter.name, "header", schema, parameter.required);
        inputs::refer(&[&name])
    });
    placed
        .headers
        .insert(parameter.name.to_owned(), json!(value));
    Ok(())
}

/// The value of a parameter that must be given and can only be one: nobody needs
/// to be asked.
fn only_value(parameter: &Parameter<'_>, schema: &Map<String, Value>) -> Option<String> {
    let listed = schema.get("enum").and_then(Value::as_array);
    let only = match listed.map(Vec::as_slice) {
        Some([only]) => Some(only),
        _ => schema.get("const"),
    };
    let text = only.filter(|_| parameter.required)?.as_str()?;
    literal(text).filter(|text| !text.is_empty() && !text.contains(char::is_control))
}

fn left_out(parameter: &Parameter<'_>, why: &str, placed: &mut Placed) -> Result<(), String> {
    let name = parameter.name;
    if parameter.required {
        return Err(format!("its parameter `{name}` is required, and {why}"));
    }
    placed
        .notes
        .push(format!("the parameter `{name}` is left out: {why}"));
    Ok(())
}
