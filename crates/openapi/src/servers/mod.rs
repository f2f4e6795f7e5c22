//! Where the API is: `servers`, with their variables as fields of the connection.

mod template;

use serde_json::{Value, json};
use url::Url;

use crate::fault::ImportFault;
use crate::notes::Notes;
use template::template;

/// The fields of a connection, as the addresses ask for them.
#[derive(Default)]
pub(crate) struct Fields {
    entries: Vec<(String, Value)>,
}

impl Fields {
    fn add(&mut self, name: &str, field: Value) {
        if !self.entries.iter().any(|(other, _)| other == name) {
            self.entries.push((name.to_owned(), field));
        }
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.entries.into_iter().map(|(_, field)| field).collect()
    }
}

/// The address of the whole API as a template.
pub(crate) fn base_url(
    root: &Value,
    source: Option<&Url>,
    fields: &mut Fields,
    notes: &mut Notes,
) -> Result<String, ImportFault> {
    let servers = list(root);
    if servers.is_empty() {
        let here = template(&json!({ "url": "/" }), source, fields, false);
        let message = "the document does not say where the API is; add `servers`, or give the \
                       address that the document was loaded from";
        let here = here.ok_or_else(|| ImportFault::at("servers", message))?;
        notes.whole(format!(
            "the document names no server; calls go to `{here}`"
        ));
        return Ok(here);
    }
    let mut first = |only_secure| {
        servers
            .iter()
            .find_map(|server| template(server, source, fields, only_secure))
    };
    let Some(chosen) = first(true).or_else(|| first(false)) else {
        let message = "none is an http(s) address that can be called; write one such as \
                       `https://api.example.com/v1`, or give the address that the document was \
                       loaded from if they are relative to it";
        return Err(ImportFault::at("servers", message));
    };
    if servers.len() > 1 {
        let others = servers.len() - 1;
        notes.whole(format!(
            "the document names {others} more servers; calls go to `{chosen}`"
        ));
    }
    if chosen.starts_with("http://") {
        notes.whole(format!(
            "calls to `{chosen}` are not encrypted; change `base_url` to https"
        ));
    }
    Ok(chosen)
}

/// The address of one path or operation that is elsewhere than the others.
///
/// # Errors
/// A note, when it says that it is and there can be no such call.
pub(crate) fn own_url(
    nodes: [&Value; 2],
    base_url: &str,
    source: Option<&Url>,
    fields: &mut Fields,
) -> Result<Option<String>, &'static str> {
    let Some(servers) = nodes
        .into_iter()
        .map(list)
        .find(|servers| !servers.is_empty())
    else {
        return Ok(None);
    };
    let template = servers
        .iter()
        .find_map(|server| template(server, source, fields, false));
    match template {
        Some(template) => Ok(Some(template).filter(|template| template != base_url)),
        None => Err("its own server is no http(s) address; calls go to that of the whole API"),
    }
}

fn list(node: &Value) -> &[Value] {
    let servers = node.get("servers").and_then(Value::as_array);
    servers.map(Vec::as_slice).unwrap_or_default()
}
