//! The API's own document: the fragments in `openapi/`, one per noun, as one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use bytes::Bytes;
use include_dir::{Dir, File, include_dir};
use serde_json::{Map, Value, json};

use crate::routes::{Access, Routes};

static FRAGMENTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/openapi");

/// The file with what the document has once.
const HEAD: &str = "_document.yaml";

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| merged(&fragments()).expect("a test reads every fragment"));

pub(crate) fn routes() -> Routes {
    Routes::default().get(Access::Public, "/api/openapi.json", document)
}

/// The `OpenAPI` document of this server's routes, always in the same order.
pub fn openapi_document() -> Value {
    DOCUMENT.clone()
}

async fn document() -> impl IntoResponse {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| DOCUMENT.to_string().into());
    ([(header::CONTENT_TYPE, "application/json")], TEXT.clone())
}

/// Name and text of each file, by name.
fn fragments() -> Vec<(&'static str, &'static str)> {
    let fragments = FRAGMENTS.files().filter(|file| {
        let extension = file.path().extension();
        extension.is_some_and(|extension| extension == "yaml")
    });
    let named = |file: &'static File<'static>| {
        let name = file.path().file_name()?.to_str()?;
        Some((name, file.contents_utf8()?))
    };
    let mut all: Vec<_> = fragments.filter_map(named).collect();
    all.sort_unstable();
    all
}

/// What several fragments may add to, by name.
#[derive(Default)]
struct Merger {
    paths: BTreeMap<String, Map<String, Value>>,
    components: BTreeMap<String, BTreeMap<String, Value>>,
}

/// # Errors
/// What is wrong, with its file.
fn merged(fragments: &[(&str, &str)]) -> Result<Value, String> {
    let mut document = Map::new();
    let mut merger = Merger::default();
    for (file, text) in fragments {
        let read: Map<String, Value> =
            serde_saphyr::from_str(text).map_err(|error| format!("{file}: {error}"))?;
        for (name, value) in read {
            let added = match name.as_str() {
                "paths" => merger.add_paths(value),
                "components" => merger.add_components(value),
                _ if *file == HEAD => {
                    document.insert(name, value);
                    Ok(())
                }
                _ => Err(format!("`{name}` belongs into {HEAD}")),
            };
            added.map_err(|problem| format!("{file}: {problem}"))?;
        }
    }
    let Some(Value::Object(info)) = document.get_mut("info") else {
        return Err(format!("{HEAD}: `info` is required"));
    };
    info.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    document.insert("paths".to_owned(), json!(merger.paths));
    document.insert("components".to_owned(), json!(merger.components));
    Ok(Value::Object(document))
}

impl Merger {
    fn add_paths(&mut self, paths: Value) -> Result<(), String> {
        for (path, item) in object("paths", paths)? {
            let known = self.paths.entry(path.clone()).or_default();
            for (name, mut part) in object(&path, item)? {
                with_errors(&mut part);
                if known.insert(name.clone(), part).is_some() {
                    return Err(format!("`{name}` of {path} is there already"));
                }
            }
        }
        Ok(())
    }

    fn add_components(&mut self, components: Value) -> Result<(), String> {
        for (kind, parts) in object("components", components)? {
            let known = self.components.entry(kind.clone()).or_default();
            for (name, part) in object(&kind, parts)? {
                if known.insert(name.clone(), part).is_some() {
                    return Err(format!("{kind}/{name} is there already"));
                }
            }
        }
        Ok(())
    }
}

/// An operation that does not say how it fails fails like all others.
fn with_errors(part: &mut Value) {
    if let Some(Value::Object(responses)) = part.get_mut("responses") {
        responses
            .entry("default")
            .or_insert_with(|| json!({ "$ref": "#/components/responses/Error" }));
    }
}

fn object(name: &str, value: Value) -> Result<Map<String, Value>, String> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(format!("`{name}` must be an object")),
    }
}
