//! Writes a JSON value as the YAML that a person would write: blocks, plain
//! texts where they are safe, short lists of words on one line.

use serde_json::{Map, Value};

/// A list of words is written on its line up to this length.
const WIDEST: usize = 96;

/// The document with one key per line, in the order of the map.
pub(crate) fn document(map: &Map<String, Value>) -> String {
    let mut out = String::new();
    write_map(&mut out, map, 0);
    out
}

fn write_map(out: &mut String, map: &Map<String, Value>, indent: usize) {
    for (key, value) in map {
        pad(out, indent);
        write_entry(out, key, value, indent);
    }
}

fn write_entry(out: &mut String, key: &str, value: &Value, indent: usize) {
    out.push_str(&text(key));
    out.push(':');
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            write_map(out, map, indent + 2);
        }
        Value::Array(items) if !items.is_empty() => {
            if let Some(line) = flow(items, indent + key.len() + 2) {
                line_end(out, &line);
            } else {
                out.push('\n');
                write_items(out, items, indent + 2);
            }
        }
        other => line_end(out, &scalar(other)),
    }
}

fn write_items(out: &mut String, items: &[Value], indent: usize) {
    for item in items {
        pad(out, indent);
        out.push('-');
        match item {
            Value::Object(map) if !map.is_empty() => write_item_map(out, map, indent + 2),
            Value::Array(inner) if !inner.is_empty() => {
                out.push('\n');
                write_items(out, inner, indent + 2);
            }
            other => line_end(out, &scalar(other)),
        }
    }
}

fn write_item_map(out: &mut String, map: &Map<String, Value>, indent: usize) {
    out.push(' ');
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 {
            pad(out, indent);
        }
        write_entry(out, key, value, indent);
    }
}

fn line_end(out: &mut String, text: &str) {
    out.push(' ');
    out.push_str(text);
    out.push('\n');
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// `[a, b]`, where every item is a short scalar and the line stays short.
fn flow(items: &[Value], before: usize) -> Option<String> {
    let scalars = items.iter().map(flow_scalar).collect::<Option<Vec<_>>>()?;
    let line = format!("[{}]", scalars.join(", "));
    (before + line.len() <= WIDEST).then_some(line)
}

fn flow_scalar(value: &Value) -> Option<String> {
    match value {
        Value::Object(_) | Value::Array(_) => None,
        Value::String(word) if word.contains([',', '[', ']', '{', '}']) => Some(quoted(word)),
        other => Some(scalar(other)),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(word) => text(word),
        Value::Array(_) => "[]".to_owned(),
        Value::Object(_) => "{}".to_owned(),
        other => other.to_string(),
    }
}

fn text(word: &str) -> String {
    if is_plain(word) {
        word.to_owned()
    } else {
        quoted(word)
    }
}

fn quoted(word: &str) -> String {
    if word.chars().any(char::is_control) {
        // JSON's escapes are YAML's.
        Value::String(word.to_owned()).to_string()
    } else if !word.contains(['"', '\\']) {
        format!("\"{word}\"")
    } else {
        format!("'{}'", word.replace('\'', "''"))
    }
}

/// Whether a YAML reader takes the bare word as this very text.
fn is_plain(word: &str) -> bool {
    let Some(first) = word.chars().next() else {
        return false;
    };
    let opens = "!&*-?:,[]{}#|>@`\"'%=~".contains(first) || first.is_whitespace();
    let breaks = word.contains(": ")
        || word.contains(" #")
        || word.ends_with([':', ' '])
        || word.chars().any(char::is_control);
    !opens && !breaks && !is_number_like(word) && !is_keyword(word)
}

fn is_number_like(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit() || "+.".contains(c))
        && word
            .chars()
            .all(|c| c.is_ascii_hexdigit() || "+-._:xoTZ".contains(c))
}

fn is_keyword(word: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    WORDS.contains(&word.to_ascii_lowercase().as_str())
}
