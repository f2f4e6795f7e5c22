//! Corrections laid over what the facts say.

use serde_json::{Map, Value};

/// Lays `patch` over `base`: objects are merged, a `null` takes a member away,
/// everything else takes the place of what was there.
pub(crate) fn apply(base: &mut Value, patch: &Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => apply_map(base, patch),
        (base, patch) => *base = without_nulls(patch),
    }
}

pub(crate) fn apply_map(base: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        match base.get_mut(key) {
            _ if value.is_null() => {
                // `shift_remove` keeps the order of what stays.
                base.shift_remove(key);
            }
            Some(member) => apply(member, value),
            None => {
                base.insert(key.clone(), without_nulls(value));
            }
        }
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut kept = Map::new();
            apply_map(&mut kept, map);
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

/// Lets `change` see every text in `value`, however deep.
pub(crate) fn each_text(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| each_text(item, change)),
        Value::Object(map) => map.values_mut().for_each(|item| each_text(item, change)),
        _ => {}
    }
}
