//! From a text to a document: JSON or YAML, and really `OpenAPI`.

use serde_json::Value;
use serde_json::error::Category;
use serde_saphyr::UserMessageFormatter;

use crate::fault::ImportFault;

/// Larger documents are refused before they are parsed.
pub const LARGEST: usize = 20 * 1024 * 1024;

const WANTED: &str = "give the OpenAPI document itself, often `openapi.json` or `openapi.yaml`";

/// The document as a tree, checked to be one that can be imported.
pub(crate) fn document(text: &str) -> Result<Value, ImportFault> {
    if text.len() > LARGEST {
        let message = "the document is larger than 20 MB; give one without embedded examples, or \
                       one for each part of the API";
        return Err(ImportFault::whole(message));
    }
    let text = text.trim_start_matches('\u{feff}');
    let start = text.trim_start();
    if start.is_empty() {
        return Err(ImportFault::whole(format!(
            "the document is empty; {WANTED}"
        )));
    }
    if start.starts_with('<') {
        let message = format!("this is a web page or XML, not an OpenAPI document; {WANTED}");
        return Err(ImportFault::on_line(1, message));
    }
    let tree = if start.starts_with(['{', '[']) {
        json(text)?
    } else {
        yaml(text)?
    };
    check(&tree)?;
    Ok(tree)
}

fn json(text: &str) -> Result<Value, ImportFault> {
    let error = match serde_json::from_str(text) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let line = u64::try_from(error.line()).unwrap_or_default();
    if error.classify() == Category::Eof {
        let message = "the document ends in the middle; it was probably cut off, so fetch it again";
        return Err(ImportFault::on_line(line, message));
    }
    // YAML in braces, or JSON with comments and trailing commas.
    if let Ok(tree @ Value::Object(_)) = yaml(text) {
        return Ok(tree);
    }
    let message = format!("not valid JSON: {error}; correct it, or export the document again");
    Err(ImportFault::on_line(line, message))
}

fn yaml(text: &str) -> Result<Value, ImportFault> {
    // Large enough for the largest text that is let in, small enough that aliases
    // cannot multiply it, nor nesting exhaust the stack.
    let budget = serde_saphyr::budget! {
        max_events: 8_000_000,
        max_nodes: 3_000_000,
        max_depth: 64,
    };
    let alias_limits = serde_saphyr::alias_limits! { max_total_replayed_events: 300_000 };
    let options = serde_saphyr::options! {
        budget: budget,
        alias_limits: alias_limits,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let error = error.without_snippet();
        let line = error.location().map_or(0, |at| at.line());
        let words = error.render_with_formatter(&UserMessageFormatter);
        let words = words.lines().next().unwrap_or_default();
        let words = words
            .rsplit_once(" at line ")
            .map_or(words, |(words, _)| words);
        let message = format!("not valid YAML: {words}; correct it, or export the document again");
        ImportFault::on_line(line, message)
    })
}

fn check(tree: &Value) -> Result<(), ImportFault> {
    let Value::Object(root) = tree else {
        return Err(ImportFault::whole(format!(
            "this is no OpenAPI document; {WANTED}"
        )));
    };
    if let Some(version) = root.get("swagger") {
        let version = version
            .as_str()
            .map_or_else(|| version.to_string(), str::to_owned);
        let message = format!(
            "this is Swagger {version}; convert it to OpenAPI 3 first, for example with `npx \
             swagger2openapi swagger.json -o openapi.json` or in editor.swagger.io under Edit, \
             Convert to OpenAPI 3"
        );
        return Err(ImportFault::at("swagger", message));
    }
    let Some(version) = root.get("openapi") else {
        return Err(ImportFault::whole(no_version(tree)));
    };
    // YAML reads `openapi: 3.1` as a number.
    let version = version
        .as_str()
        .map_or_else(|| version.to_string(), str::to_owned);
    if !(version == "3" || version.starts_with("3.")) {
        let message = format!("OpenAPI {version} cannot be read; give a document of 3.0 or 3.1");
        return Err(ImportFault::at("openapi", message));
    }
    let paths = root.get("paths").and_then(Value::as_object);
    if paths.is_none_or(serde_json::Map::is_empty) {
        let message = "the document describes no paths, so there is nothing to import; give one \
                       with the API's operations";
        return Err(ImportFault::at("paths", message));
    }
    Ok(())
}

fn no_version(tree: &Value) -> String {
    let has = |name: &str| tree.get(name).is_some();
    let kind = if has("asyncapi") {
        "an AsyncAPI document"
    } else if has("item") && has("info") {
        "a Postman collection"
    } else if has("resources") && has("log") || has("_type") {
        "a recording of requests"
    } else if has("discoveryVersion") {
        "a Google discovery document"
    } else if has("__schema") || has("data") {
        "a GraphQL schema"
    } else {
        return format!("the key `openapi` is missing, so this is no OpenAPI document; {WANTED}");
    };
    format!("this is {kind}, not an OpenAPI document; {WANTED}")
}
