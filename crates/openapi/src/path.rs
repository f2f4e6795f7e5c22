//! `/pets/{petId}` as the path of a request.

use std::collections::BTreeMap;

use crate::names::literal;

/// A path of the document, split.
pub(crate) struct PathPattern {
    parts: Vec<Part>,
    /// Some documents write a fixed query into the path.
    pub query: Vec<(String, String)>,
}

enum Part {
    Text(String),
    Name(String),
}

impl PathPattern {
    /// Or why no request can have such a path.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let refuse = |problem: &str| Err(format!("its path `{text}` {problem}"));
        if text.contains('#') {
            return refuse("holds a `#`, which is never sent");
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut parts, mut rest) = (Vec::new(), path);
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                return refuse("has a `{` that is never closed");
            };
            // A template reads `$${` as no placeholder.
            let before = match before.strip_suffix('$') {
                Some(before) => format!("{before}%24"),
                None => before.to_owned(),
            };
            parts.push(Part::Text(before));
            parts.push(Part::Name(bare(name)));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        let sample: String = parts.iter().map(Part::sample).collect();
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\' || c == '}';
        if sample.contains(odd) {
            return refuse("holds a character that no path has");
        }
        let segments = sample.replace("%2e", ".").replace("%2E", ".");
        if segments.contains("//") || segments.split('/').any(|s| s == "." || s == "..") {
            return refuse("has an empty, `.` or `..` segment");
        }
        if query.contains(['{', '$']) || query.contains(" || ") {
            return refuse("has parameters in its query; describe them as `in: query`");
        }
        let query = query.split('&').filter(|entry| !entry.is_empty());
        let query = query.map(|entry| entry.split_once('=').unwrap_or((entry, "")));
        Ok(Self {
            parts,
            query: query
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Name(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// With what stands for each name.
    pub(crate) fn render(&self, values: &BTreeMap<String, String>) -> String {
        let mut path = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => path.push_str(&literal(text).unwrap_or_default()),
                Part::Name(name) => path.extend(values.get(name).map(String::as_str)),
            }
        }
        if path.starts_with('/') {
            path
        } else {
            format!("/{path}")
        }
    }
}

impl Part {
    fn sample(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Name(_) => "x",
        }
    }
}

/// Frameworks write `{id:[0-9]+}` and `{path+}` for what a document calls `id` and `path`.
fn bare(name: &str) -> String {
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    name.trim().trim_end_matches(['+', '*']).to_owned()
}
