//! A request as the developer writes it down, checked, and filled in for one customer.

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};
use trunnel_model::fault::Fault;

use super::draft::{BodyType, Draft};
use super::template::{Reference, Template, Values};
use super::url::{BadUrl, UrlTemplate};

/// The most entries of a query or of headers.
const MOST_ENTRIES: usize = 100;

/// What belongs to the connection between two machines.
const RESERVED: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

#[derive(Debug, Clone)]
pub(crate) struct RequestForm {
    method: Method,
    url: UrlTemplate,
    entries: Entries,
    body_type: BodyType,
}

/// Where values stand in a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Entries {
    query: Vec<(String, JsonTemplate)>,
    headers: Vec<(HeaderName, Template)>,
    body: Option<JsonTemplate>,
}

#[derive(Debug, Clone)]
enum JsonTemplate {
    Text(Template),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
    Plain(Value),
}

/// Members of one object of the caller's, read by name.
pub(crate) struct Members<'a> {
    pub(crate) object: &'a Map<String, Value>,
    /// What stands before their names in messages.
    pub(crate) at: &'a str,
}

impl<'a> Members<'a> {
    pub(crate) fn place(&self, name: &str) -> String {
        if self.at.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.at)
        }
    }

    pub(crate) fn fault(&self, name: &str, problem: impl std::fmt::Display) -> Fault {
        let place = self.place(name);
        Fault::field(&place, format!("`{place}` {problem}"))
    }

    /// `null` counts as absent.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.contains('\0') => Ok(Some(text)),
            Some(_) => Err(self.fault(name, "must be a text")),
        }
    }

    pub(crate) fn required(&self, name: &str) -> Result<&'a str, Fault> {
        let text = self.text(name)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.fault(name, "is required"))
    }

    pub(crate) fn yes(&self, name: &str) -> Result<bool, Fault> {
        match self.value(name) {
            None => Ok(false),
            Some(Value::Bool(yes)) => Ok(*yes),
            Some(_) => Err(self.fault(name, "must be true or false")),
        }
    }

    pub(crate) fn members(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(self.fault(name, "must be an object")),
        }
    }

    /// Refuses what is misspelt.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self
            .object
            .keys()
            .find(|name| !known.contains(&name.as_str()))
        {
            None => Ok(()),
            Some(unknown) => {
                let problem = format!("is not known; there are {}", known.join(", "));
                Err(self.fault(unknown, problem))
            }
        }
    }
}

/// A script that can be read.
pub(crate) fn script(members: &Members<'_>, name: &str) -> Result<Option<String>, Fault> {
    let Some(script) = members.text(name)?.filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    trunnel_script::check(script)
        .map_err(|fault| members.fault(name, format!("cannot be read: {fault}")))?;
    Ok(Some(script.to_owned()))
}

impl RequestForm {
    /// `url` is read by the caller, whose forms of it differ.
    pub(crate) fn read(
        members: &Members<'_>,
        url: UrlTemplate,
        default: &Method,
    ) -> Result<Self, Fault> {
        let method = match members.text("method")? {
            None => default.clone(),
            Some(name) => method(name).ok_or_else(|| {
                members.fault("method", "must be GET, POST, PUT, PATCH, DELETE or HEAD")
            })?,
        };
        let entries = Entries::read(members)?;
        let body_type = match members.text("body_type")? {
            None => BodyType::Json,
            Some(name) => BodyType::parse(name)
                .ok_or_else(|| members.fault("body_type", "must be json, form or text"))?,
        };
        let fits = match (&entries.body, body_type) {
            (None, _) | (Some(_), BodyType::Json) => true,
            (Some(body), BodyType::Text) => matches!(body, JsonTemplate::Text(_)),
            (Some(body), BodyType::Form) => matches!(body, JsonTemplate::Object(_)),
        };
        if !fits {
            return Err(members.fault("body", "must be a text for `text` and an object for `form`"));
        }
        if entries.body.is_some() && matches!(method, Method::GET | Method::HEAD) {
            return Err(members.fault("body", format!("cannot be sent with {method}")));
        }
        Ok(Self {
            method,
            url,
            entries,
            body_type,
        })
    }

    pub(crate) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.url.references().chain(self.entries.references())
    }

    pub(crate) fn fill(&self, values: &Values<'_>) -> Result<Draft, BadUrl> {
        let mut draft = Draft::new(self.method.clone(), self.url.fill(values)?, self.body_type);
        let filled = self.entries.fill(values)?;
        draft.query = filled.query;
        draft.headers = filled.headers;
        // A body whose every member was left out is still a body.
        let emptied = matches!(self.entries.body, Some(JsonTemplate::Object(_)));
        draft.body = filled
            .body
            .or_else(|| emptied.then(|| Value::Object(Map::new())));
        Ok(draft)
    }
}

pub(crate) fn method(name: &str) -> Option<Method> {
    let known = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];
    let upper = name.trim().to_ascii_uppercase();
    let known = known.iter().find(|known| **known == upper)?;
    Method::from_bytes(known.as_bytes()).ok()
}

/// A header's name, where it may be set.
pub(crate) fn header_name(name: &str) -> Option<HeaderName> {
    let name = HeaderName::try_from(name).ok()?;
    (!RESERVED.contains(&name.as_str())).then_some(name)
}

/// A header's value; control characters and line ends are refused.
pub(crate) fn header_value(text: &str) -> Option<HeaderValue> {
    if text.chars().any(char::is_control) {
        return None;
    }
    HeaderValue::from_bytes(text.as_bytes()).ok()
}

/// Entries with their values.
pub(crate) struct Filled {
    pub(crate) query: Map<String, Value>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Option<Value>,
}

impl Entries {
    /// Reads `query`, `headers` and `body`.
    pub(crate) fn read(members: &Members<'_>) -> Result<Self, Fault> {
        let mut entries = Self::default();
        for (name, value) in members.members("query")?.into_iter().flatten() {
            let place = members.place(&format!("query.{name}"));
            entries.query.push((name.clone(), json(&place, value)?));
        }
        for (name, value) in members.members("headers")?.into_iter().flatten() {
            let at = format!("headers.{name}");
            let header = header_name(name)
                .ok_or_else(|| members.fault(&at, "is not a header that can be set"))?;
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                _ => return Err(members.fault(&at, "must be a text")),
            };
            if header_value(&text).is_none() {
                return Err(members.fault(&at, "must not hold control characters"));
            }
            let template = Template::parse(&text).map_err(|problem| members.fault(&at, problem))?;
            entries.headers.push((header, template));
        }
        if entries.query.len() > MOST_ENTRIES || entries.headers.len() > MOST_ENTRIES {
            let at = if entries.query.len() > MOST_ENTRIES {
                "query"
            } else {
                "headers"
            };
            return Err(members.fault(at, format!("has at most {MOST_ENTRIES} entries")));
        }
        if let Some(body) = members.value("body") {
            entries.body = Some(json(&members.place("body"), body)?);
        }
        Ok(entries)
    }

    pub(crate) fn is_object_or_absent(&self) -> bool {
        matches!(self.body, None | Some(JsonTemplate::Object(_)))
    }

    pub(crate) fn references(&self) -> impl Iterator<Item = &Reference> {
        let json = self.query.iter().map(|(_, value)| value).chain(&self.body);
        let headers = self
            .headers
            .iter()
            .flat_map(|(_, value)| value.references());
        json.flat_map(JsonTemplate::references).chain(headers)
    }

    pub(crate) fn fill(&self, values: &Values<'_>) -> Result<Filled, BadUrl> {
        let mut query = Map::new();
        for (name, template) in &self.query {
            query.extend(template.fill(values)?.map(|value| (name.clone(), value)));
        }
        let mut headers = Vec::with_capacity(self.headers.len());
        for (name, template) in &self.headers {
            let Some(text) = template.fill(values, |_, text| Ok(text.to_owned()))? else {
                continue;
            };
            let mut value = header_value(&text).ok_or(BadUrl::Other(
                "a value holds control characters, which no header can hold",
            ))?;
            value.set_sensitive(true);
            headers.push((name.clone(), value));
        }
        let body = self
            .body
            .as_ref()
            .map(|body| body.fill(values))
            .transpose()?;
        Ok(Filled {
            query,
            headers,
            body: body.flatten(),
        })
    }
}

fn json(place: &str, value: &Value) -> Result<JsonTemplate, Fault> {
    Ok(match value {
        Value::String(text) => {
            let template = Template::parse(text);
            let fault = |problem| Fault::field(place, format!("`{place}` {problem}"));
            JsonTemplate::Text(template.map_err(fault)?)
        }
        Value::Array(items) => {
            let items = items.iter().enumerate();
            let read = items.map(|(at, item)| json(&format!("{place}.{at}"), item));
            JsonTemplate::List(read.collect::<Result<_, _>>()?)
        }
        Value::Object(members) => {
            let read = members.iter().map(|(name, member)| {
                Ok::<_, Fault>((name.clone(), json(&format!("{place}.{name}"), member)?))
            });
            JsonTemplate::Object(read.collect::<Result<_, _>>()?)
        }
        plain => JsonTemplate::Plain(plain.clone()),
    })
}

impl JsonTemplate {
    fn references(&self) -> Vec<&Reference> {
        match self {
            Self::Text(template) => template.references().collect(),
            Self::List(items) => items.iter().flat_map(Self::references).collect(),
            Self::Object(members) => {
                let members = members.iter();
                members
                    .flat_map(|(_, member)| member.references())
                    .collect()
            }
            Self::Plain(_) => Vec::new(),
        }
    }

    /// What was left out is not there, nor an object all of whose members were.
    fn fill(&self, values: &Values<'_>) -> Result<Option<Value>, BadUrl> {
        Ok(match self {
            Self::Text(template) => template.value(values)?,
            Self::Plain(value) => Some(value.clone()),
            Self::List(items) => {
                let mut filled = Vec::with_capacity(items.len());
                for item in items {
                    filled.extend(item.fill(values)?);
                }
                Some(Value::Array(filled))
            }
            Self::Object(members) => {
                let mut filled = Map::new();
                for (name, member) in members {
                    filled.extend(member.fill(values)?.map(|value| (name.clone(), value)));
                }
                (!filled.is_empty() || members.is_empty()).then_some(Value::Object(filled))
            }
        })
    }
}
