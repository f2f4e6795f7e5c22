//! The last strokes: the order in which a person reads a file, and nothing that is
//! asked for in vain.

use serde_json::Value;

use crate::facts::Object;

/// The keys of a file in the order in which a person reads them.
const FILE: [&str; 13] = [
    "slug",
    "name",
    "description",
    "categories",
    "docs",
    "base_url",
    "headers",
    "body_type",
    "fields",
    "auth",
    "limits",
    "retry",
    "failure",
];

/// The same for an option; what is not here follows as it comes.
const OPTION: [&str; 14] = [
    "kind",
    "label",
    "grant",
    "base_url",
    "extra_fields",
    "headers",
    "fields",
    "exchange",
    "token",
    "sign",
    "certificate",
    "place",
    "verify",
    "unverified_reason",
];

/// The finished file.
pub(crate) fn file(mut file: Object) -> Object {
    let text = Value::Object(file.clone()).to_string();
    drop_unused(&mut file, "fields", &text);
    for option in file
        .get_mut("auth")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
    {
        if let Some(option) = option.1.as_object_mut() {
            drop_unused(option, "extra_fields", &text);
        }
    }
    arranged(&file, &FILE)
}

/// One option in its usual order.
pub(crate) fn option(option: &Object) -> Object {
    arranged(option, &OPTION)
}

/// Some rows ask for what only the calls of some integration need.
fn drop_unused(object: &mut Object, key: &str, text: &str) {
    let Some(fields) = object.get_mut(key).and_then(Value::as_array_mut) else {
        return;
    };
    fields.retain(|field| {
        let name = field["name"].as_str().unwrap_or_default();
        field["automated"] == true || text.contains(&format!("${{field.{name}}}"))
    });
    if fields.is_empty() {
        object.shift_remove(key);
    }
}

fn arranged(object: &Object, order: &[&str]) -> Object {
    let known = order.iter().filter_map(|key| object.get_key_value(*key));
    let others = object
        .iter()
        .filter(|(key, _)| !order.contains(&key.as_str()));
    let is_consent = object.contains_key("authorization_url");
    let mut arranged: Object = if is_consent {
        // Where a token goes follows from where it comes from.
        let (before, after): (Vec<_>, Vec<_>) = known.partition(|(key, _)| *key != "place");
        before
            .into_iter()
            .chain(others)
            .chain(after)
            .map(pair)
            .collect()
    } else {
        known.chain(others).map(pair).collect()
    };
    if let Some(identity) = arranged.shift_remove("identity") {
        arranged.insert("identity".to_owned(), identity);
    }
    arranged
}

fn pair((key, value): (&String, &Value)) -> (String, Value) {
    (key.clone(), value.clone())
}
