//! Tokens that come from elsewhere, as a caller writes them.

use serde_json::{Map, Value};
use trunnel_catalog::{read_moment, read_scopes};
use trunnel_model::fault::Fault;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

use super::credential::Held;

/// Longer than any token is.
const LONGEST: usize = 64 * 1024;

/// The longest life that is believed, in seconds.
const LONGEST_LIFE_S: i64 = 10 * 366 * 24 * 3600;

/// What was read of a set of tokens.
pub(super) struct Tokens {
    pub(super) held: Held,
    pub(super) expires_at: Option<Timestamp>,
    pub(super) scopes: Option<Vec<String>>,
    pub(super) client_id: Option<String>,
    /// What is left: the connection's own fields.
    pub(super) fields: Map<String, Value>,
}

impl Tokens {
    /// # Errors
    /// 400 naming the member that is not as it must be; its value is not repeated.
    pub(super) fn read(values: &Map<String, Value>, now: Timestamp) -> Result<Self, Fault> {
        let mut fields = values.clone();
        fields.retain(|_, value| !is_empty(value));
        let mut token = |name: &str| secret(&mut fields, name);
        let held = Held {
            access_token: token("access_token")?,
            refresh_token: token("refresh_token")?,
            token_secret: token("token_secret")?,
            ..Held::default()
        };
        if held.access_token.is_none() && held.refresh_token.is_none() {
            return Err(Fault::field(
                "access_token",
                "`access_token` or `refresh_token` is required",
            ));
        }
        let client_id = text(&mut fields, "client_id")?;
        let expires_at = end(&mut fields, now)?;
        let scopes = fields.remove("scope").or_else(|| fields.remove("scopes"));
        // What kind of token it is; the connector knows.
        fields.remove("token_type");
        let lifetime_s = expires_at.map(|at| at.since(now) / 1000);
        Ok(Self {
            held: Held {
                lifetime_s: lifetime_s.filter(|left| *left > 0),
                ..held
            },
            expires_at,
            scopes: scopes.as_ref().and_then(read_scopes),
            client_id,
            fields,
        })
    }
}

/// An empty cell of a table says nothing.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn text(values: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Fault> {
    let Some(value) = values.remove(name) else {
        return Ok(None);
    };
    let found = value.as_str().map(str::trim);
    let whole = |text: &&str| text.len() <= LONGEST && !text.chars().any(char::is_control);
    match found.filter(whole) {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(Fault::field(
            name,
            format!("`{name}` must be a text without control characters"),
        )),
    }
}

fn secret(values: &mut Map<String, Value>, name: &str) -> Result<Option<Secret>, Fault> {
    Ok(text(values, name)?.map(Secret::new))
}

/// `expires_in` in seconds from now, or `expires_at` as a moment.
fn end(values: &mut Map<String, Value>, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let (life, moment) = (values.remove("expires_in"), values.remove("expires_at"));
    if let Some(moment) = moment {
        return match read_moment(&moment) {
            Some(at) => Ok(Some(at)),
            None => Err(Fault::field(
                "expires_at",
                "`expires_at` must be a date such as 2026-01-31T12:00:00Z, or seconds or \
                 milliseconds since 1970",
            )),
        };
    }
    let Some(life) = life else { return Ok(None) };
    let seconds = match &life {
        Value::String(text) => text.trim().parse().ok(),
        life => life.as_i64(),
    };
    match seconds.filter(|seconds| (0..=LONGEST_LIFE_S).contains(seconds)) {
        Some(seconds) => Ok(Some(now.plus_millis(seconds * 1000))),
        None => Err(Fault::field(
            "expires_in",
            "`expires_in` must be a whole number of seconds from now",
        )),
    }
}
