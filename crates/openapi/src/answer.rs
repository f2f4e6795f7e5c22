//! What an operation answers when it succeeds.

use serde_json::Value;

use crate::body::{essence, is_json};
use crate::refs::Refs;
use crate::schema::{Converter, Direction};

/// A larger description of an answer helps nobody.
const LARGEST: usize = 64 * 1024;

/// The answer's form, and what to ask for where that is not JSON.
#[derive(Default)]
pub(crate) struct Answer {
    pub output: Option<Value>,
    pub accept: Option<String>,
    pub note: Option<String>,
}

pub(crate) fn answer<'d>(refs: &Refs<'d>, operation: &'d Value) -> Answer {
    let responses = operation.get("responses").and_then(Value::as_object);
    let mut good: Vec<(&String, &Value)> = responses
        .into_iter()
        .flatten()
        .filter(|(status, _)| status.starts_with('2'))
        .collect();
    // `2XX` comes last.
    good.sort_by_key(|(status, _)| status.as_str());
    let contents = good.iter().filter_map(|(_, node)| {
        let content = refs.target(node).ok()?.get("content")?.as_object()?;
        (!content.is_empty()).then_some(content)
    });
    let contents: Vec<_> = contents.collect();
    let types = || contents.iter().flat_map(|content| content.iter());
    let Some((name, media)) = types().find(|(name, _)| is_json(essence(name))) else {
        return Answer {
            accept: types().find_map(|(name, _)| concrete(name)),
            ..Answer::default()
        };
    };
    let plain = types().any(|(name, _)| matches!(essence(name), "application/json" | "*/*"));
    let accept = if plain { None } else { concrete(name) };
    let schemas: Vec<&Value> = media.get("schema").into_iter().collect();
    match Converter::new(refs, Direction::Output).convert(&schemas, 0) {
        Ok(schema) => {
            let schema = schema
                .filter(|schema| !schema.is_empty())
                .map(Value::Object);
            Answer {
                output: schema.filter(|schema| schema.to_string().len() <= LARGEST),
                accept,
                note: None,
            }
        }
        Err(fault) => Answer {
            output: None,
            accept,
            note: Some(format!("the form of the answer is left out: {fault}")),
        },
    }
}

/// A media type that can be asked for.
fn concrete(media_type: &str) -> Option<String> {
    let essence = essence(media_type);
    let fits = essence.contains('/')
        && !essence.contains(['*', '$', '|'])
        && http::HeaderValue::from_str(essence).is_ok();
    fits.then(|| essence.to_owned())
}
