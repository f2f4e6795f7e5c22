//! Rules that triggers must keep although they would load without.

use trunnel_sign::inbound::TimestampSource;

use super::{Trigger, Triggers, Verify};

/// The broken rules' names, and what to do.
pub(crate) fn broken(triggers: &Triggers) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if !is_page(&triggers.docs) {
        let message = "`docs` is not the https page of the provider's documentation";
        found.push(("docs", message.to_owned()));
    }
    if let Verify::Hmac { rule, .. } = &triggers.verify
        && let Some(time) = &rule.timestamp
    {
        let in_body = matches!(time.source, TimestampSource::Body(_));
        if time.window.is_none() {
            let message = "the time is signed and not compared; write the provider's `window`";
            found.push(("window", message.to_owned()));
        } else if !in_body && !rule.payload.needs_timestamp() {
            let message = "the time is compared and not signed, so that it proves nothing";
            found.push(("window", message.to_owned()));
        }
    }
    for trigger in &triggers.list {
        found.extend(of_trigger(trigger).map(|(rule, why)| {
            let message = format!("`{}` {why}", trigger.id);
            (rule, message)
        }));
    }
    found
}

fn of_trigger(trigger: &Trigger) -> impl Iterator<Item = (&'static str, &'static str)> {
    let id = trigger.id.as_bytes();
    let snake = id.first().is_some_and(u8::is_ascii_lowercase)
        && id
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_');
    let documented = trigger.docs.as_deref().is_some_and(is_page);
    let rules = [
        (snake, "trigger-id", "is not snake_case"),
        (!trigger.name.trim().is_empty(), "name", "has no name"),
        (
            trigger.description.trim().len() >= crate::lint::SHORTEST_DESCRIPTION,
            "description",
            "needs a sentence that says when it happens",
        ),
        (documented, "docs", "needs the https page that documents it"),
    ];
    let broken = rules.into_iter().filter(|(kept, ..)| !kept);
    broken.map(|(_, rule, why)| (rule, why))
}

fn is_page(docs: &str) -> bool {
    url::Url::parse(docs).is_ok_and(|url| url.scheme() == "https")
}
