//! Documents to import, and the catalogue to try what comes of them.

use serde_json::{Map, Value, json};
use trunnel_catalog::Catalog;
use trunnel_catalog::load::{Sources, Text, Trust};
use trunnel_openapi::{ImportFault, Imported, Options, import};

pub(crate) fn options() -> Options {
    Options {
        slug: "acme".to_owned(),
        ..Options::default()
    }
}

/// A document of 3.1 with one server and these paths.
pub(crate) fn document(paths: Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Acme", "version": "1" },
        "servers": [{ "url": "https://api.acme.example/v1" }],
        "paths": paths,
    })
}

/// With more or other members at the top.
pub(crate) fn with(mut document: Value, members: Value) -> Value {
    let Value::Object(members) = members else {
        panic!("members are an object");
    };
    document.as_object_mut().unwrap().extend(members);
    document
}

pub(crate) fn imported(document: &Value) -> Imported {
    let imported = import(&document.to_string(), &options()).unwrap();
    compile(&imported);
    imported
}

pub(crate) fn refused(text: &str) -> ImportFault {
    import(text, &options()).expect_err("this must not import")
}

/// The one action of `GET /things` or of another method, with this operation.
pub(crate) fn action(method: &str, operation: Value) -> Value {
    action_of(&document(json!({ "/things": { method: operation } })))
}

pub(crate) fn action_of(document: &Value) -> Value {
    let mut imported = imported(document);
    assert_eq!(imported.report.skipped, [], "{document}");
    assert_eq!(imported.actions.len(), 1);
    imported.actions.remove(0).1
}

/// Why the one operation is skipped.
pub(crate) fn skipped(document: &Value) -> String {
    let imported = imported(document);
    match imported.report.skipped.as_slice() {
        [one] => format!("{}: {}", one.operation, one.reason),
        other => panic!("not one skipped: {other:?}"),
    }
}

/// Everything through the door that a folder of connectors goes through.
pub(crate) fn compile(imported: &Imported) -> Catalog {
    let sources = sources(imported);
    Catalog::default()
        .with_sources(&[sources], Trust::Folder)
        .unwrap_or_else(|errors| panic!("{errors}"))
}

fn sources(imported: &Imported) -> Sources {
    let slug = imported.connector["slug"].as_str().unwrap();
    let text = |file: String, value: &Value| Text {
        file: format!("connectors/{slug}/{file}"),
        text: value.to_string(),
    };
    let actions = imported.actions.iter();
    Sources {
        folder: slug.to_owned(),
        connector: text("connector.yaml".to_owned(), &imported.connector),
        actions: actions
            .map(|(id, action)| text(format!("actions/{id}.yaml"), action))
            .collect(),
        triggers: None,
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("not an object: {other}"),
    }
}
