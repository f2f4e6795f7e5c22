//! What a webhook's body and headers look like. What was sent is shown by filling it in
//! again, so that a change here changes what is shown of the past.

use serde_json::{Map, Value};
use trunnel_model::webhook::{Message, Webhook, WebhookKind};

/// The bytes to send, and to sign.
pub(super) fn render(webhook: &Webhook, message: &Message) -> Vec<u8> {
    let event = payload(message);
    match (webhook.kind, &webhook.body) {
        (WebhookKind::Slack, _) => slack(&event).to_string().into_bytes(),
        (WebhookKind::Custom, Some(template)) => {
            match fill(template, &event, message) {
                // A template that is one text is the body itself, not a JSON string.
                Value::String(text) => text.into_bytes(),
                other => other.to_string().into_bytes(),
            }
        }
        (WebhookKind::Custom | WebhookKind::Default, _) => message.payload.clone().into_bytes(),
    }
}

/// The developer's extra headers, filled in.
pub(super) fn headers(webhook: &Webhook, message: &Message) -> Vec<(String, String)> {
    let event = payload(message);
    let text = |value: &Value| match fill(value, &event, message) {
        Value::String(text) => text,
        other => other.to_string(),
    };
    webhook
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

fn payload(message: &Message) -> Map<String, Value> {
    // It was written by `publish`, as an object.
    serde_json::from_str(&message.payload).unwrap_or_default()
}

fn slack(event: &Map<String, Value>) -> Value {
    let part = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or("-");
    let mark = if event.contains_key("is_test") {
        "[Test] "
    } else {
        ""
    };
    serde_json::json!({
        "text": format!(
            "{mark}{}: {} for {} ({})",
            part("event"),
            part("slug"),
            part("linked_account_id"),
            part("environment"),
        )
    })
}

/// Replaces `{{event}}`, `{{event.<key>}}` and `{{linked_account_name}}`. A text that
/// is only a placeholder becomes the value itself; an unknown one becomes empty.
fn fill(template: &Value, event: &Map<String, Value>, message: &Message) -> Value {
    match template {
        Value::String(text) => fill_text(text, event, message),
        Value::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| fill(item, event, message))
                .collect(),
        ),
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), fill(value, event, message)))
                .collect(),
        ),
        other => other.clone(),
    }
}

fn fill_text(text: &str, event: &Map<String, Value>, message: &Message) -> Value {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else {
            break;
        };
        let value = look_up(name.trim(), event, message);
        if before.is_empty() && behind.is_empty() && filled.is_empty() {
            return value;
        }
        filled.push_str(before);
        match value {
            Value::String(text) => filled.push_str(&text),
            Value::Null => {}
            other => filled.push_str(&other.to_string()),
        }
        rest = behind;
    }
    filled.push_str(rest);
    Value::String(filled)
}

fn look_up(name: &str, event: &Map<String, Value>, message: &Message) -> Value {
    match name {
        "event" => Value::Object(event.clone()),
        "linked_account_name" => message.account_name.clone().unwrap_or_default().into(),
        _ => name
            .strip_prefix("event.")
            .and_then(|key| event.get(key))
            .cloned()
            .unwrap_or(Value::Null),
    }
}
