//! A provider that repeats a credential in its answer does not get it out of here.

use serde_json::Value;
use trunnel_model::secret::Secret;

/// What stands where a secret was.
const MARK: &str = "[redacted]";

/// Shorter texts are no secrets, and would be found everywhere.
const SHORTEST: usize = 8;

/// Takes the secrets out of a value; a value without them is not walked through.
pub(crate) fn scrub(mut value: Value, body: &[u8], secrets: &[&Secret]) -> Value {
    let found: Vec<&str> = known(secrets)
        .filter(|secret| stands_in(body, secret))
        .collect();
    if !found.is_empty() {
        walk(&mut value, &found);
    }
    value
}

/// The same for a text.
pub(crate) fn without(mut text: String, secrets: &[&Secret]) -> String {
    let known: Vec<&str> = known(secrets).collect();
    clean(&mut text, &known);
    text
}

/// A provider's answer as a value to show: its JSON, or its text.
pub(crate) fn answer_without(text: &str, secrets: &[&Secret]) -> Value {
    match serde_json::from_str(text) {
        Ok(value) => scrub(value, text.as_bytes(), secrets),
        Err(_) => Value::String(without(text.to_owned(), secrets)),
    }
}

fn known<'a>(secrets: &'a [&'a Secret]) -> impl Iterator<Item = &'a str> {
    let exposed = secrets.iter().map(|secret| secret.expose());
    exposed.filter(|secret| secret.len() >= SHORTEST)
}

/// JSON may write a slash with a backslash before it, and anything as a number.
fn stands_in(body: &[u8], secret: &str) -> bool {
    let plain = |text: &str| memchr::memmem::find(body, text.as_bytes()).is_some();
    plain(secret)
        || (secret.contains('/') && plain(&secret.replace('/', "\\/")))
        || memchr::memmem::find(body, b"\\u").is_some()
}

fn walk(value: &mut Value, secrets: &[&str]) {
    match value {
        Value::String(text) => clean(text, secrets),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, secrets)),
        Value::Object(members) => {
            // A name can hold one as well.
            let named = members.keys().any(|name| holds(name, secrets));
            members.values_mut().for_each(|value| walk(value, secrets));
            if named {
                let cleaned = std::mem::take(members)
                    .into_iter()
                    .map(|(mut name, value)| {
                        clean(&mut name, secrets);
                        (name, value)
                    });
                *members = cleaned.collect();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn holds(text: &str, secrets: &[&str]) -> bool {
    secrets.iter().any(|secret| text.contains(secret))
}

fn clean(text: &mut String, secrets: &[&str]) {
    for secret in secrets {
        if text.contains(secret) {
            *text = text.replace(secret, MARK);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn no_place_keeps_a_secret(secret in "[A-Za-z0-9]{8,40}", before in "[ -~]{0,9}", at in 0..5) {
            let text = format!("{before}{secret}!");
            let value = match at {
                0 => json!(text),
                1 => json!({ "a": [1, { "b": text }] }),
                2 => json!({ text.clone(): null }),
                3 => json!([[text.clone(), text]]),
                _ => json!({ text.clone(): { text.clone(): text } }),
            };
            let body = value.to_string();
            prop_assume!(body.contains(&secret));
            let cleaned = scrub(value, body.as_bytes(), &[&Secret::new(secret.as_str())]);
            prop_assert!(!cleaned.to_string().contains(&secret));
        }

        #[test]
        fn what_holds_no_secret_stays(text in "[ -~]{0,40}") {
            let value = json!({ "a": text, "b": [true, null, 7] });
            let body = value.to_string();
            let secret = Secret::new("a secret that is nowhere");
            prop_assert_eq!(scrub(value.clone(), body.as_bytes(), &[&secret]), value);
        }
    }
}
