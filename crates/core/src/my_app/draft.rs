//! A request while it is put together: the very object that scripts change.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value, json};
use trunnel_model::http::{HttpRequest, Redirects};
use url::Url;

use super::form::{Filled, header_name, header_value, method};
use super::url::{push_query, read_url};

/// The longest body that is sent.
const LONGEST_BODY: usize = 10 * 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyType {
    Json,
    Form,
    Text,
}

impl BodyType {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "form" => Some(Self::Form),
            "text" => Some(Self::Text),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) query: Map<String, Value>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Option<Value>,
    body_type: BodyType,
}

impl Draft {
    pub(crate) fn new(method: Method, url: Url, body_type: BodyType) -> Self {
        Self {
            method,
            url,
            query: Map::new(),
            headers: Vec::new(),
            body: None,
            body_type,
        }
    }

    /// Adds what every request carries. What the request says itself stays.
    pub(crate) fn inject(&mut self, filled: Filled) -> Result<(), &'static str> {
        for (name, value) in filled.query {
            self.query.entry(name).or_insert(value);
        }
        for (name, value) in filled.headers {
            if self.headers.iter().all(|(known, _)| *known != name) {
                self.headers.push((name, value));
            }
        }
        let Some(Value::Object(members)) = filled.body else {
            return Ok(());
        };
        let has_body = !matches!(self.method, Method::GET | Method::HEAD);
        if self.body.is_none() && !has_body {
            return Ok(());
        }
        let body = self.body.get_or_insert_with(|| Value::Object(Map::new()));
        let Value::Object(body) = body else {
            return Err("the body must be an object, because a token is put into it");
        };
        for (name, value) in members {
            body.entry(name).or_insert(value);
        }
        Ok(())
    }

    /// As a script sees it.
    pub(crate) fn to_script(&self) -> Value {
        let headers: Map<_, _> = self
            .headers
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes());
                (name.as_str().to_owned(), Value::from(value))
            })
            .collect();
        json!({
            "method": self.method.as_str(),
            "url": self.url.as_str(),
            "query": self.query,
            "headers": headers,
            "body": self.body,
        })
    }

    /// What a script has made of it.
    ///
    /// # Errors
    /// What of it cannot be sent.
    pub(crate) fn changed_by(&self, left: &Value) -> Result<Self, String> {
        let text = |name: &str| {
            let text = left[name].as_str();
            text.ok_or_else(|| format!("`request.{name}` must be a text"))
        };
        let method = method(text("method")?).ok_or("`request.method` cannot be used")?;
        let url = read_url(text("url")?).map_err(|why| format!("`request.url`: {why}"))?;
        let query = match &left["query"] {
            Value::Null => Map::new(),
            Value::Object(query) => query.clone(),
            _ => return Err("`request.query` must be an object".to_owned()),
        };
        let headers = match &left["headers"] {
            Value::Null => Vec::new(),
            Value::Object(headers) => script_headers(headers)?,
            _ => return Err("`request.headers` must be an object".to_owned()),
        };
        let body = left["body"].clone();
        Ok(Self {
            method,
            url,
            query,
            headers,
            body: Some(body).filter(|body| !body.is_null()),
            body_type: self.body_type,
        })
    }

    /// # Errors
    /// Why it cannot be sent.
    pub(crate) fn into_request(self) -> Result<HttpRequest, &'static str> {
        let mut url = self.url;
        for (name, value) in &self.query {
            push_query(&mut url, name, value);
        }
        let mut request = HttpRequest::new(self.method, url);
        request.redirects = Redirects::SameOrigin;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        if let Some(body) = self.body {
            let (content_type, text) = written(self.body_type, body)?;
            if text.len() > LONGEST_BODY {
                return Err("its body is longer than 10 MiB");
            }
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static(content_type));
            request.body = text.into();
        }
        request.headers = headers;
        Ok(request)
    }
}

fn script_headers(headers: &Map<String, Value>) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let mut read = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => return Err(format!("the header `{name}` must be a text")),
        };
        let name_read = header_name(name);
        let mut pair = name_read
            .zip(header_value(&text))
            .ok_or_else(|| format!("the header `{name}` cannot be sent"))?;
        pair.1.set_sensitive(true);
        read.push(pair);
    }
    Ok(read)
}

fn written(body_type: BodyType, body: Value) -> Result<(&'static str, String), &'static str> {
    match (body_type, body) {
        (BodyType::Json, body) => Ok(("application/json", body.to_string())),
        (BodyType::Text, Value::String(text)) => Ok(("text/plain", text)),
        (BodyType::Text, _) => Err("its body must be a text"),
        (BodyType::Form, Value::Object(members)) => {
            let mut form = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in &members {
                push_form(&mut form, name, value);
            }
            Ok(("application/x-www-form-urlencoded", form.finish()))
        }
        (BodyType::Form, _) => Err("its body must be an object, as a form is"),
    }
}

/// A list repeats its name.
fn push_form(form: &mut url::form_urlencoded::Serializer<'_, String>, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(text) => {
            form.append_pair(name, text);
        }
        Value::Array(items) => items.iter().for_each(|item| push_form(form, name, item)),
        other => {
            form.append_pair(name, &other.to_string());
        }
    }
}
