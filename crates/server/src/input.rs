//! What a caller sends, read leniently and refused clearly.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde_json::{Map, Value};
use trunnel_model::fault::{Fault, FaultCode};

use crate::problem::Problem;

/// A JSON object. An empty body is an empty object; the content type is not asked
/// for, because many clients get it wrong.
pub(crate) struct Body(pub(crate) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|error| unread(&error))?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Map::new()));
        }
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(members)) => Ok(Self(members)),
            Ok(_) => Err(bad_json("the body must be a JSON object".to_owned()).into()),
            Err(error) => Err(bad_json(format!("the body is not valid JSON: {error}")).into()),
        }
    }
}

/// A body of any form, whole.
pub(crate) struct Whole(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Whole {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        Ok(Self(bytes.map_err(|error| unread(&error))?))
    }
}

/// The bytes as they came.
pub(crate) struct RawBody(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        Ok(Self(bytes.map_err(|error| unread(&error))?))
    }
}

fn bad_json(message: String) -> Fault {
    Fault::bad_request(FaultCode::ValidationError, message)
}

fn unread(error: &BytesRejection) -> Fault {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Fault::new(
            413,
            FaultCode::PayloadTooLarge,
            "the body is larger than 1 MiB",
        );
    }
    Fault::bad_request(FaultCode::BadRequest, "the body could not be read")
}

/// One part of the path, beside the app and the environment that a member's path
/// names.
pub(crate) struct PathText(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut texts = path_texts(parts, state).await?;
        Ok(Self(texts.next().unwrap_or_default()))
    }
}

/// Two parts of the path, in the same way.
pub(crate) struct PathTexts(pub(crate) String, pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for PathTexts {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let mut texts = path_texts(parts, state).await?;
        let mut next = || texts.next().unwrap_or_default();
        Ok(Self(next(), next()))
    }
}

async fn path_texts<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<impl Iterator<Item = String>, Problem> {
    let path = Path::<Vec<(String, String)>>::from_request_parts(parts, state).await;
    let Path(named) = path.map_err(|error| bad_path(&error))?;
    let own = |name: &str| !matches!(name, "app_id" | "environment");
    let texts = named.into_iter().filter(move |(name, _)| own(name));
    Ok(texts.map(|(_, text)| text))
}

fn bad_path(_: &PathRejection) -> Fault {
    Fault::bad_request(FaultCode::BadRequest, "the path is not valid UTF-8")
}

/// The query. Of a parameter that is sent twice, the first counts.
pub(crate) struct Params(pub(crate) BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        // No text that we keep or look for has a zero character; databases disagree
        // on what one means.
        match percent_encoding::percent_decode_str(query).decode_utf8() {
            Ok(decoded) if !decoded.contains('\0') => Ok(Self::lenient(query)),
            _ => Err(Fault::bad_request(
                FaultCode::BadRequest,
                "the query is not valid UTF-8, or has a zero character",
            )
            .into()),
        }
    }
}

impl Params {
    /// Reads what can be read; for what others than our callers have written.
    pub(crate) fn lenient(query: &str) -> Self {
        let mut params = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            params
                .entry(name.into_owned())
                .or_insert_with(|| value.into_owned());
        }
        Self(params)
    }

    /// An empty value is no value.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|text| !text.is_empty()).cloned()
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<i64>, Fault> {
        self.text(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Fault::field(name, format!("`{name}` must be a whole number")))
            })
            .transpose()
    }

    pub(crate) fn yes(&self, name: &str) -> Result<bool, Fault> {
        match self.text(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(Fault::field(
                name,
                format!("`{name}` must be true or false"),
            )),
        }
    }
}

/// Reads members of a JSON object; `null` counts as absent.
pub(crate) struct Reader<'a> {
    members: &'a Map<String, Value>,
    /// Stands before the names in messages.
    prefix: &'a str,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(members: &'a Map<String, Value>) -> Self {
        Self {
            members,
            prefix: "",
        }
    }

    fn fault(&self, name: &str, must: &str) -> Fault {
        let place = format!("{}{name}", self.prefix);
        Fault::field(&place, format!("`{place}` must be {must}"))
    }

    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.contains('\0') => Ok(Some(text.clone())),
            Some(_) => Err(self.fault(name, "a text")),
        }
    }

    /// A text that must be there; white space alone is nothing.
    pub(crate) fn required(&self, name: &str) -> Result<String, Fault> {
        self.present(name, self.text(name)?)
    }

    /// The same for a text that may be written as a number.
    pub(crate) fn required_id(&self, name: &str) -> Result<String, Fault> {
        self.present(name, self.id(name)?)
    }

    fn present(&self, name: &str, text: Option<String>) -> Result<String, Fault> {
        let text = text.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| {
            let place = format!("{}{name}", self.prefix);
            let message = format!("`{place}` is required");
            Fault::bad_request(FaultCode::MissingRequiredField, message).with("field", place)
        })
    }

    /// A text, or a number written as one: ids often come as numbers.
    pub(crate) fn id(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.value(name) {
            Some(Value::Number(number)) if !number.is_f64() => Ok(Some(number.to_string())),
            _ => self.text(name),
        }
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(yes)) => Ok(Some(*yes)),
            Some(_) => Err(self.fault(name, "true or false")),
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let must = "a list of texts";
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) => {
                let text = |item: &Value| {
                    let text = item.as_str().filter(|text| !text.contains('\0'))?;
                    Some(text.to_owned())
                };
                let texts: Option<Vec<_>> = items.iter().map(text).collect();
                texts.map(Some).ok_or_else(|| self.fault(name, must))
            }
            Some(_) => Err(self.fault(name, must)),
        }
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Fault> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(members)) => Ok(Some(members)),
            Some(_) => Err(self.fault(name, "an object")),
        }
    }

    /// A flat object of texts, numbers, true/false; `null` asks to remove.
    pub(crate) fn plain_values(
        &self,
        name: &str,
    ) -> Result<BTreeMap<String, Option<String>>, Fault> {
        let Some(members) = self.object(name)? else {
            return Ok(BTreeMap::new());
        };
        let plain = |(key, value): (&String, &Value)| {
            let text = match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                Value::Bool(yes) => Some(yes.to_string()),
                Value::Array(_) | Value::Object(_) => {
                    let place = format!("{name}.{key}");
                    return Err(self.fault(&place, "a text, a number, true, false or null"));
                }
            };
            Ok((key.clone(), text))
        };
        members.iter().map(plain).collect()
    }

    /// The member under one of two names; both are fine as long as they agree.
    pub(crate) fn either(&self, name: &str, alias: &str) -> Result<Option<String>, Fault> {
        match (self.id(name)?, self.id(alias)?) {
            (Some(one), Some(other)) if one != other => Err(Fault::field(
                name,
                format!("`{name}` and `{alias}` mean the same and must not differ"),
            )),
            (one, other) => Ok(one.or(other)),
        }
    }
}
