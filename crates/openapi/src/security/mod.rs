//! How a customer's access is proved: `securitySchemes` as the connector's `auth`.

mod keys;
mod oauth;

use std::collections::HashSet;

use serde_json::{Map, Value, json};
use url::Url;

use crate::names::{self, unique};
use crate::notes::Notes;
use crate::refs::Refs;

/// More ways of authentication than a customer can choose from.
const MOST: usize = 8;
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "patch", "head", "options", "trace",
];

/// The connector's `auth`, and where its credentials go.
pub(crate) struct Security {
    pub auth: Map<String, Value>,
    /// `header x-api-key`: parameters of these names are the connection's.
    pub reserved: Vec<String>,
}

/// One scheme of the document.
pub(crate) struct Scheme<'d> {
    pub name: &'d str,
    pub node: &'d Value,
}

impl<'d> Scheme<'d> {
    pub(crate) fn text(&self, key: &str) -> Option<&'d str> {
        self.node.get(key).and_then(Value::as_str).map(str::trim)
    }
}

/// One way of authentication under the id that it would like to have.
struct Way {
    id: String,
    /// What the ids `oauth2` and `keybased` need not say.
    kind: &'static str,
    form: Map<String, Value>,
}

pub(crate) fn security<'d>(
    root: &'d Value,
    refs: &Refs<'d>,
    source: Option<&Url>,
    notes: &mut Notes,
) -> Security {
    let mut ways: Vec<Way> = Vec::new();
    let mut reserved = Vec::new();
    for names in alternatives(root) {
        let mut schemes = Vec::new();
        for name in &names {
            let node = root
                .pointer("/components/securitySchemes")
                .and_then(|all| all.get(*name));
            let node = node.and_then(|node| refs.target(node).ok());
            match node {
                Some(node) => schemes.push(Scheme { name, node }),
                None => notes.whole(format!("the security scheme `{name}` is not described")),
            }
        }
        if schemes.len() == names.len() {
            for way in of_schemes(&schemes, source, &mut reserved, notes) {
                if !ways.iter().any(|other| is_same(&other.form, &way.form)) {
                    ways.push(way);
                }
            }
        }
    }
    if ways.len() > MOST {
        let left = ways.len() - MOST;
        notes.whole(format!("{left} more ways of authentication are left out"));
        ways.truncate(MOST);
    }
    Security {
        auth: numbered(ways),
        reserved,
    }
}

/// Each set of schemes that some call accepts, the API's own first.
fn alternatives(root: &Value) -> Vec<Vec<&str>> {
    let mut all: Vec<Vec<&str>> = Vec::new();
    let mut seen: HashSet<Vec<&str>> = HashSet::new();
    let paths = root
        .get("paths")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let operations = paths.flat_map(|(_, item)| METHODS.iter().filter_map(|m| item.get(*m)));
    for node in std::iter::once(root).chain(operations) {
        let sets = node.get("security").and_then(Value::as_array);
        for set in sets.into_iter().flatten().filter_map(Value::as_object) {
            let names: Vec<&str> = set.keys().map(String::as_str).collect();
            if !names.is_empty() && seen.insert(names.clone()) {
                all.push(names);
            }
        }
    }
    if all.is_empty() && root.get("security").is_none() {
        // Described and never asked for: somebody forgot to.
        let schemes = root
            .pointer("/components/securitySchemes")
            .and_then(Value::as_object);
        all.extend(
            schemes
                .into_iter()
                .flatten()
                .map(|(name, _)| vec![name.as_str()]),
        );
    }
    all.truncate(100);
    all
}

fn of_schemes(
    schemes: &[Scheme<'_>],
    source: Option<&Url>,
    reserved: &mut Vec<String>,
    notes: &mut Notes,
) -> Vec<Way> {
    let is_oauth = |scheme: &&Scheme<'_>| scheme.text("type") == Some("oauth2");
    if let Some(scheme) = schemes.iter().find(is_oauth) {
        if schemes.iter().any(|other| !is_oauth(&other)) {
            notes.whole(format!(
                "some calls need another credential besides `{}`, which is left out",
                scheme.name
            ));
        }
        reserved.push("header authorization".to_owned());
        return oauth::ways(scheme, source, notes);
    }
    keys::way(schemes, reserved, notes).into_iter().collect()
}

/// Whether a customer could not tell the two apart: only what they are called differs.
fn is_same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let kept = |name: &str| name != "label" && name != "fields";
    let count = |form: &Map<String, Value>| form.keys().filter(|name| kept(name)).count();
    let same = |(name, value): (&String, &Value)| !kept(name) || other.get(name) == Some(value);
    count(one) == count(other) && one.iter().all(same)
}

/// The first of a kind takes the id that everybody knows.
fn numbered(ways: Vec<Way>) -> Map<String, Value> {
    let mut auth = Map::new();
    for mut way in ways {
        let known = match way.kind {
            "oauth2" => Some("oauth2"),
            "keys" if !way.form.contains_key("exchange") => Some("keybased"),
            _ => None,
        };
        if let Some(known) = known.filter(|known| !auth.contains_key(*known)) {
            auth.insert(known.to_owned(), Value::Object(way.form));
            continue;
        }
        // A scheme of such a name is not the one that everybody knows by it.
        if matches!(way.id.as_str(), "oauth2" | "keybased") {
            way.id.push_str("_other");
        }
        let id = unique(&way.id, |id| auth.contains_key(id));
        way.form.shift_insert(0, "kind".to_owned(), json!(way.kind));
        auth.insert(id, Value::Object(way.form));
    }
    if auth.is_empty() {
        auth.insert("none".to_owned(), json!({ "kind": "none" }));
    }
    auth
}

fn id(scheme: &str) -> String {
    names::id(scheme).unwrap_or_else(|| "other".to_owned())
}

const UNVERIFIED: &str = "The OpenAPI document does not say which call proves a credential.";
