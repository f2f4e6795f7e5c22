//! A contact's fields as a caller writes them.

use serde_json::{Map, Value};
use trunnel_store::playground::contact::Contact;

use super::error::ApiError;
use crate::body::{self, Body};
use crate::email::Email;

const MAX_LEN: usize = 200;

/// What becomes of a field that may be empty.
enum Change {
    Keep,
    Clear,
    Set(String),
}

/// What is to change.
pub(crate) struct Fields {
    pub(crate) email: Option<String>,
    name: Change,
    company: Change,
    phone: Change,
}

impl Fields {
    /// Fields it does not know are ignored, as most APIs do.
    pub(crate) fn read(body: Body) -> Result<Self, ApiError> {
        let object: Map<String, Value> =
            serde_json::from_slice(&body::read(body)?).map_err(|_| ApiError::NotAnObject)?;
        Ok(Self {
            email: email(&object)?,
            name: line(&object, "name")?,
            company: line(&object, "company")?,
            phone: line(&object, "phone")?,
        })
    }

    pub(crate) fn apply(self, contact: &mut Contact) {
        if let Some(email) = self.email {
            contact.email = email;
        }
        let fields = [
            (&mut contact.name, self.name),
            (&mut contact.company, self.company),
            (&mut contact.phone, self.phone),
        ];
        for (field, change) in fields {
            match change {
                Change::Keep => {}
                Change::Clear => *field = None,
                Change::Set(value) => *field = Some(value),
            }
        }
    }
}

fn email(object: &Map<String, Value>) -> Result<Option<String>, ApiError> {
    let Some(value) = object.get("email") else {
        return Ok(None);
    };
    let email = value.as_str().and_then(|text| Email::parse(text).ok());
    let email = email.ok_or_else(|| ApiError::invalid("email", "is not an e-mail address"))?;
    Ok(Some(email.into_string()))
}

/// One line of text; an empty one is none.
fn line(object: &Map<String, Value>, name: &'static str) -> Result<Change, ApiError> {
    let text = match object.get(name) {
        None => return Ok(Change::Keep),
        Some(Value::Null) => return Ok(Change::Clear),
        Some(Value::String(text)) => text.trim(),
        Some(_) => return Err(ApiError::invalid(name, "is not a text")),
    };
    if text.chars().count() > MAX_LEN {
        return Err(ApiError::invalid(
            name,
            format!("is longer than {MAX_LEN} characters"),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(ApiError::invalid(name, "has control characters"));
    }
    Ok(if text.is_empty() {
        Change::Clear
    } else {
        Change::Set(text.to_owned())
    })
}
