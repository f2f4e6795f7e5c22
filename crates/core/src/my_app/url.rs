//! URLs with `{{...}}` in them.
//!
//! A customer's session may change the customer's own fields and credentials, and the
//! developer's secrets travel with the request. So where it goes is the developer's to
//! say: a value may be a part of a path, or a subdomain of a domain that is written
//! out, and never the host itself. Only the developer's own API, in its answer to the
//! exchange, may name another host.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::Url;

use super::template::{Reference, Root, Template, Unfilled, Values};

/// All but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

#[derive(Debug, Clone)]
pub(crate) struct UrlTemplate {
    /// Scheme and host, or the one reference to a whole URL.
    origin: Template,
    rest: Template,
    whole: bool,
}

/// Why a URL cannot be made of values that are all there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadUrl {
    Unfilled(Unfilled),
    Other(&'static str),
}

impl From<Unfilled> for BadUrl {
    fn from(unfilled: Unfilled) -> Self {
        Self::Unfilled(unfilled)
    }
}

impl UrlTemplate {
    /// # Errors
    /// What is wrong with it, in words that follow its name.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.contains('#') || text.contains('\\') || text.chars().any(char::is_control) {
            return Err("must not have a fragment, `\\` or control characters".to_owned());
        }
        let (origin, rest) = text.split_at(end_of_origin(text));
        let (origin, rest) = (Template::parse(origin)?, Template::parse(rest)?);
        let whole = origin
            .only()
            .is_some_and(|only| only.root == Root::Response);
        if !whole {
            check_origin(text, &origin)?;
        }
        Ok(Self {
            origin,
            rest,
            whole,
        })
    }

    pub(crate) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.origin.references().chain(self.rest.references())
    }

    pub(crate) fn fill(&self, values: &Values<'_>) -> Result<Url, BadUrl> {
        let label = |reference: &Reference, value: &str| {
            if self.whole || is_label(value) {
                Ok(value.to_owned())
            } else {
                let problem = "must be letters, digits and hyphens to be part of a host";
                Err(Unfilled::new(reference, problem))
            }
        };
        let origin = self.origin.fill(values, label)?;
        let origin = origin.ok_or(BadUrl::Other("a part of the host was left out"))?;
        let component = |_: &Reference, value: &str| {
            Ok::<_, Unfilled>(utf8_percent_encode(value, ENCODED).to_string())
        };
        let rest = self.rest.fill(values, component)?;
        let rest = rest.ok_or(BadUrl::Other("a part of the path was left out"))?;
        if has_dot_segment(&rest) {
            return Err(BadUrl::Other("the path has `.` or `..` segments"));
        }
        let origin = if self.whole {
            origin.trim_end_matches('/')
        } else {
            origin.as_str()
        };
        read_url(&format!("{origin}{rest}")).map_err(BadUrl::Other)
    }
}

/// A URL that may be sent to, as far as its form goes.
pub(crate) fn read_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "it is not a URL")?;
    let is_http = matches!(url.scheme(), "http" | "https");
    if !is_http || !url.has_host() {
        return Err("it is not an http or https URL");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it has a user name or password in it");
    }
    Ok(url)
}

/// The query's entries are added as they are; a list repeats its name.
pub(crate) fn push_query(url: &mut Url, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| push_query(url, name, item)),
        Value::String(text) => push_pair(url, name, text),
        other => push_pair(url, name, &other.to_string()),
    }
}

fn push_pair(url: &mut Url, name: &str, value: &str) {
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let before = url.query().filter(|query| !query.is_empty());
    let before = before.map(|query| format!("{query}&")).unwrap_or_default();
    let query = format!("{before}{}={}", encode(name), encode(value));
    url.set_query(Some(&query));
}

/// Where path or query begin; a reference is never cut in two.
fn end_of_origin(text: &str) -> usize {
    let scheme = text.find("://").map_or(0, |at| at + 3);
    if text.starts_with("{{") {
        return text.find("}}").map_or(text.len(), |at| at + 2);
    }
    let mut inside = false;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < scheme) {
        match c {
            '{' => inside = true,
            '}' => inside = false,
            '/' | '?' if !inside => return at,
            _ => {}
        }
    }
    text.len()
}

fn check_origin(text: &str, origin: &Template) -> Result<(), String> {
    let lower = text.to_ascii_lowercase();
    if !lower.starts_with("https://") && !lower.starts_with("http://") {
        return Err("must begin with https:// or http://".to_owned());
    }
    if text[..end_of_origin(text)].contains('@') {
        return Err("must not have a user name or password".to_owned());
    }
    let Some(plain) = origin.plain() else {
        let host = &text[..end_of_origin(text)];
        let written_out = host.rsplit_once("}}").map_or("", |(_, end)| end);
        let labels = written_out.split(':').next().unwrap_or_default();
        let labels: Vec<_> = labels.split('.').collect();
        let is_domain = labels.len() >= 3
            && labels[0].is_empty()
            && labels[1..].iter().all(|label| is_label(label));
        return if is_domain {
            Ok(())
        } else {
            Err(
                "must name its host: a value may only stand before a domain that is written \
                out, as in https://{{linked_account.udf.region}}.example.com"
                    .to_owned(),
            )
        };
    };
    read_url(plain)
        .map(|_| ())
        .map_err(|problem| format!("cannot be used: {problem}"))
}

fn is_label(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 63
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn has_dot_segment(rest: &str) -> bool {
    let path = rest.split('?').next().unwrap_or_default();
    path.split('/').any(|segment| {
        let plain = segment.to_ascii_lowercase().replace("%2e", ".");
        plain == "." || plain == ".."
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;

    fn fill(template: &str, value: &str) -> Result<Url, BadUrl> {
        let (udf, credentials) = (
            BTreeMap::from([("v".to_owned(), value.to_owned())]),
            BTreeMap::new(),
        );
        let response = json!({ "v": value });
        let values = Values {
            account_id: "acme",
            udf: &udf,
            credentials: &credentials,
            response: Some(&response),
            input: &Map::new(),
        };
        UrlTemplate::parse(template)
            .expect("it can be read")
            .fill(&values)
    }

    #[test]
    fn the_host_is_the_developers() {
        for refused in [
            "https://{{linked_account.udf.v}}/x",
            "https://{{linked_account.udf.v}}.com",
            "https://a.{{linked_account.udf.v}}",
            "https://a.com{{linked_account.udf.v}}",
            "https://a.com:{{linked_account.udf.v}}/",
            "https://{{linked_account.udf.v}}@a.com/",
            "https://u:p@a.com/",
            "{{linked_account.udf.v}}/x",
            "{{input.v}}",
            "ftp://a.com",
            "a.com/x",
            "https:///x",
            "https://a.com/#{{linked_account.udf.v}}",
        ] {
            assert!(UrlTemplate::parse(refused).is_err(), "{refused}");
        }
        for (template, value, expected) in [
            (
                "https://{{linked_account.udf.v}}.acme.com/x",
                "eu-1",
                "https://eu-1.acme.com/x",
            ),
            (
                "https://acme.com/{{linked_account.udf.v}}?a={{linked_account.udf.v}}",
                "a/b&c",
                "https://acme.com/a%2Fb%26c?a=a%2Fb%26c",
            ),
            (
                "{{response.v}}/x",
                "https://eu.acme.com/api/",
                "https://eu.acme.com/api/x",
            ),
        ] {
            assert_eq!(
                fill(template, value).map(String::from),
                Ok(expected.to_owned())
            );
        }
        for value in ["evil.com/", "a.b", "", "a@b", "a:1"] {
            assert!(
                fill("https://{{linked_account.udf.v}}.acme.com", value).is_err(),
                "{value}"
            );
        }
        for value in ["..", ".", "%2e%2E"] {
            let filled = fill("https://acme.com/a/{{linked_account.udf.v}}/b", value);
            assert!(filled.is_err() || filled.is_ok_and(|url| url.path().starts_with("/a/%25")));
        }
        assert!(fill("{{response.v}}/x", "file:///etc").is_err());
    }

    proptest! {
        #[test]
        fn no_value_leaves_its_place(value in any::<String>()) {
            let template = "https://acme.com/a/{{linked_account.udf.v}}/b?c={{linked_account.udf.v}}&d=1";
            if let Ok(url) = fill("https://{{linked_account.udf.v}}.acme.com", &value) {
                prop_assert!(url.host_str().is_some_and(|host| host.ends_with(".acme.com")));
            }
            if let Ok(url) = fill(template, &value) {
                prop_assert_eq!(url.host_str(), Some("acme.com"));
                let segments: Vec<_> = url.path_segments().into_iter().flatten().collect();
                prop_assert_eq!(segments.len(), 3);
                let pairs: Vec<_> = url.query_pairs().into_owned().collect();
                prop_assert_eq!(pairs, vec![("c".to_owned(), value), ("d".to_owned(), "1".to_owned())]);
            }
        }
    }
}
