//! URLs with placeholders, which no value can bend.
//!
//! A value in the path is one segment and stays one; a value in the host is a
//! host name's characters and nothing else; only the scheme and the structure
//! written in the connector's file decide where a request goes.

use std::fmt;

use url::Url;

use super::{Part, Parts, Reference, Scope, Template};
use crate::encode;
use crate::fault::BuildFault;

const NO_CALL: &str = "a function cannot stand in a URL";

const LIKE: &str = "not an http(s) URL; write one such as `https://api.example.com/v1` or \
                    `https://${field.subdomain}.example.com`";

/// A whole URL. Every alternative is split into origin, path and query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlTemplate {
    template: Template,
    forms: Vec<Form>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    origin: Origin,
    path: Parts,
    query: Parts,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// The value is itself a URL, as in `${field.instance_url}`.
    Whole(Reference),
    Host {
        scheme: &'static str,
        host: Parts,
    },
}

impl UrlTemplate {
    /// # Errors
    /// In plain words, when the text is no URL or holds a placeholder where none may be.
    pub fn parse(text: &str) -> Result<Self, String> {
        let template = Template::parse(text)?;
        let forms = template
            .alternatives()
            .iter()
            .map(Form::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self { template, forms })
    }

    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.template.references()
    }

    /// The value of the first alternative that has all its values.
    pub fn render(&self, scope: &Scope<'_>) -> Result<Url, BuildFault> {
        let chosen = self
            .template
            .alternatives()
            .iter()
            .position(|parts| scope.has_all(parts));
        match chosen.and_then(|index| self.forms.get(index)) {
            Some(form) => form.render(scope),
            None => Err(scope.absent(self.template.alternatives().iter())),
        }
    }

    pub(crate) fn has_query(&self) -> bool {
        self.forms.iter().any(|form| !form.query.is_empty())
    }

    /// Whether every alternative begins with this server's own URL.
    pub(crate) fn is_instance(&self) -> bool {
        self.forms
            .iter()
            .all(|f| matches!(&f.origin, Origin::Whole(r) if r.is_instance()))
    }

    pub(crate) fn is_https(&self) -> bool {
        self.forms
            .iter()
            .all(|f| !matches!(f.origin, Origin::Host { scheme: "http", .. }))
    }

    /// Whether some alternative needs none of the values that `avoided` tells.
    pub(crate) fn has_alternative_without(&self, avoided: impl Fn(&Reference) -> bool) -> bool {
        self.template.alternatives().iter().any(|parts| {
            parts
                .iter()
                .all(|part| !matches!(part, Part::Ref(reference) if avoided(reference)))
        })
    }

    /// What decides the host.
    pub(crate) fn host_references(&self) -> impl Iterator<Item = &Reference> {
        self.forms.iter().flat_map(|form| match &form.origin {
            Origin::Whole(reference) => vec![reference],
            Origin::Host { host, .. } => host.iter().flat_map(Part::references).collect(),
        })
    }

    /// Whether the registrable end of the host is written in the file, so that no
    /// value decides whom a secret is sent to.
    pub(crate) fn has_fixed_owner(&self) -> bool {
        self.forms.iter().all(|form| match &form.origin {
            Origin::Whole(reference) => reference.is_instance(),
            Origin::Host { host, .. } => match host.as_slice() {
                [Part::Text(_)] => true,
                [.., Part::Text(end)] => {
                    end.starts_with('.') && end.trim_matches('.').contains('.')
                }
                _ => false,
            },
        })
    }
}

impl fmt::Display for UrlTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.template.fmt(f)
    }
}

impl Form {
    fn parse(parts: &Parts) -> Result<Self, String> {
        let (origin, tail) = match parts.split_first() {
            Some((Part::Call(..), _)) => return Err(NO_CALL.to_owned()),
            Some((Part::Ref(reference), tail)) => (whole(reference)?, tail.to_vec()),
            Some((Part::Text(text), tail)) => {
                let (scheme, text) = split_scheme(text)?;
                let mut rest = vec![Part::Text(text.to_owned())];
                rest.extend_from_slice(tail);
                let (host, tail) = split_at(&rest, &['/', '?', '#']);
                (Origin::Host { scheme, host }, tail)
            }
            None => return Err(LIKE.to_owned()),
        };
        let (path, query) = split_at(&tail, &['?']);
        let form = Self {
            origin,
            path,
            query,
        };
        form.check()?;
        Ok(form)
    }

    fn check(&self) -> Result<(), String> {
        if let Origin::Host { host, .. } = &self.origin {
            check_host(host)?;
        }
        if !matches!(self.path.first(), None | Some(Part::Text(_)))
            || matches!(self.path.first(), Some(Part::Text(text)) if !text.starts_with('/'))
        {
            return Err(LIKE.to_owned());
        }
        check_literals(self.path.iter().chain(&self.query))?;
        check_no_secret(self.path.iter().chain(&self.query))?;
        let sample = format!(
            "{}{}{}",
            self.sample_origin(),
            sample(&self.path),
            sample(&self.query)
        );
        Url::parse(&sample).map(|_| ()).map_err(|_| LIKE.to_owned())
    }

    fn sample_origin(&self) -> String {
        match &self.origin {
            Origin::Whole(_) => "https://x.example".to_owned(),
            Origin::Host { scheme, host } => format!("{scheme}://{}", sample(host)),
        }
    }

    fn render(&self, scope: &Scope<'_>) -> Result<Url, BuildFault> {
        let origin = match &self.origin {
            Origin::Whole(reference) => whole_value(reference, scope)?,
            Origin::Host { scheme, host } => format!("{scheme}://{}", render_host(host, scope)?),
        };
        let path = render_path(&self.path, scope)?;
        let query = render_encoded(&self.query, scope)?;
        parse_same_origin(&origin, &format!("{origin}{path}{query}"))
    }
}

fn whole(reference: &Reference) -> Result<Origin, String> {
    match reference {
        Reference::Field(_)
        | Reference::Credential(_)
        | Reference::Step(_)
        | Reference::InstanceUrl
        | Reference::InstancePublicUrl => Ok(Origin::Whole(reference.clone())),
        other => Err(format!("a URL cannot begin with `${{{other}}}`")),
    }
}

fn split_scheme(text: &str) -> Result<(&'static str, &str), String> {
    ["https", "http"]
        .into_iter()
        .find_map(|scheme| Some((scheme, text.strip_prefix(scheme)?.strip_prefix("://")?)))
        .ok_or_else(|| LIKE.to_owned())
}

/// Splits before the first of the characters that stands in a literal text.
fn split_at(parts: &[Part], ends: &[char]) -> (Parts, Parts) {
    for (index, part) in parts.iter().enumerate() {
        let Part::Text(text) = part else { continue };
        let Some(at) = text.find(ends) else { continue };
        let (before, after) = text.split_at(at);
        let mut head = parts[..index].to_vec();
        if !before.is_empty() {
            head.push(Part::Text(before.to_owned()));
        }
        let mut tail = vec![Part::Text(after.to_owned())];
        tail.extend_from_slice(&parts[index + 1..]);
        return (head, tail);
    }
    (
        parts
            .iter()
            .filter(|p| !matches!(p, Part::Text(t) if t.is_empty()))
            .cloned()
            .collect(),
        vec![],
    )
}

fn check_host(host: &Parts) -> Result<(), String> {
    if host.is_empty() {
        return Err(LIKE.to_owned());
    }
    for part in host {
        match part {
            Part::Text(text) if text.contains(['@', '%', '\\']) || has_space(text) => {
                return Err("the host holds a character that no host has".to_owned());
            }
            Part::Text(_)
            | Part::Ref(Reference::Field(_) | Reference::Credential(_) | Reference::Step(_)) => {}
            Part::Call(..) => return Err(NO_CALL.to_owned()),
            Part::Ref(other) => {
                return Err(format!(
                    "`${{{other}}}` cannot stand in the host; only ${{field.…}} and \
                     ${{credential.…}} can"
                ));
            }
        }
    }
    Ok(())
}

pub(super) fn check_literals<'a>(parts: impl Iterator<Item = &'a Part>) -> Result<(), String> {
    for part in parts {
        if matches!(part, Part::Call(..)) {
            return Err(NO_CALL.to_owned());
        }
        if let Part::Text(text) = part
            && (text.contains(['#', '\\']) || has_space(text))
        {
            return Err(format!(
                "`{text}` holds a blank, a `#` or a `\\`; encode it"
            ));
        }
    }
    Ok(())
}

pub(super) fn check_no_secret<'a>(mut parts: impl Iterator<Item = &'a Part>) -> Result<(), String> {
    let secret = parts.find_map(|part| match part {
        // A step's value is kept for the next address; a credential is not.
        Part::Ref(reference)
            if reference.is_secret() && !matches!(reference, Reference::Step(_)) =>
        {
            Some(reference)
        }
        _ => None,
    });
    secret.map_or(Ok(()), |reference| {
        Err(format!(
            "`${{{reference}}}` in a URL would end up in logs; send it as a header, as a query \
             entry of `place`, or in the body"
        ))
    })
}

fn has_space(text: &str) -> bool {
    text.chars().any(|c| c.is_whitespace() || c.is_control())
}

pub(super) fn sample(parts: &Parts) -> String {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => text.as_str(),
            Part::Ref(_) | Part::Call(..) => "x",
        })
        .collect()
}

fn whole_value(reference: &Reference, scope: &Scope<'_>) -> Result<String, BuildFault> {
    let text = scope.find_text(reference)?.unwrap_or_default();
    let problem = "must be an http(s) URL without user name, query and fragment";
    let url = Url::parse(&text).map_err(|_| BuildFault::value(reference, problem))?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if !plain {
        return Err(BuildFault::value(reference, problem));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn render_host(host: &Parts, scope: &Scope<'_>) -> Result<String, BuildFault> {
    let mut text = String::new();
    for part in host {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Ref(reference) => {
                let value = scope.find_text(reference)?.unwrap_or_default();
                let fits = !value.is_empty()
                    && value
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
                if !fits {
                    let problem = "may hold only letters, digits, dots and hyphens, because it is \
                                   part of a host name";
                    return Err(BuildFault::value(reference, problem));
                }
                text.push_str(&value);
            }
            Part::Call(..) => return Err(BuildFault::Url(NO_CALL.to_owned())),
        }
    }
    Ok(text)
}

fn render_encoded(parts: &Parts, scope: &Scope<'_>) -> Result<String, BuildFault> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Ref(reference) => {
                text.push_str(&encode::component(
                    &scope.find_text(reference)?.unwrap_or_default(),
                ));
            }
            Part::Call(..) => return Err(BuildFault::Url(NO_CALL.to_owned())),
        }
    }
    Ok(text)
}

/// The path, each value one segment or a piece of one.
pub(super) fn render_path(parts: &Parts, scope: &Scope<'_>) -> Result<String, BuildFault> {
    for part in parts {
        if let Part::Ref(reference) = part {
            let value = scope.find_text(reference)?.unwrap_or_default();
            if value.is_empty() {
                // An empty segment would turn "one contact" into "all contacts".
                return Err(BuildFault::value(reference, "must not be empty"));
            }
        }
    }
    let path = render_encoded(parts, scope)?;
    let valued = parts.iter().find_map(|part| match part {
        Part::Ref(reference) => Some(reference),
        Part::Text(_) | Part::Call(..) => None,
    });
    match valued {
        Some(reference) if has_dot_segment(&path) => {
            Err(BuildFault::value(reference, "must not be `.` or `..`"))
        }
        _ => Ok(path),
    }
}

/// Whether a URL parser would resolve a segment away; it also reads `%2e` as a dot.
pub(crate) fn has_dot_segment(path: &str) -> bool {
    path.split(['/', '\\'])
        .map(|segment| segment.to_ascii_lowercase().replace("%2e", "."))
        .any(|segment| segment == "." || segment == "..")
}

/// Parses `text`, which was put together to begin with `origin`, and makes sure
/// that the parser read it so.
pub(crate) fn parse_same_origin(origin: &str, text: &str) -> Result<Url, BuildFault> {
    let fault = |e: url::ParseError| BuildFault::Url(e.to_string());
    let meant = Url::parse(origin).map_err(fault)?;
    let url = Url::parse(text).map_err(fault)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if url.origin() != meant.origin() || !url.origin().is_tuple() || !plain {
        return Err(BuildFault::Url(
            "it leaves the origin written in the connector".to_owned(),
        ));
    }
    Ok(url)
}
