//! Whose connection an event of a provider is about: every connection's identifier and
//! plain fields, to be looked up by their value.
//!
//! A table of its own rather than an index into the JSON of `connection`, because the
//! two databases have no common word for that. All values are in it, whatever the
//! connector's triggers ask for today, so that a new trigger needs no rebuilding. None
//! of them is secret. Rows go with their connection, by the foreign key.

use serde_json::Value;
use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::scoped;

statements! { "connection_key":
    CLEAR = "DELETE FROM connection_key \
        WHERE app_id = ?1 AND environment = ?2 AND connection_id = ?3";
    CLEAR_FIELDS = "DELETE FROM connection_key WHERE app_id = ?1 AND environment = ?2 \
        AND connection_id = ?3 AND name <> 'identifier'";
    ADD = "INSERT INTO connection_key (app_id, environment, name, value, connection_id) \
        VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
    FIND = "SELECT c.id, c.account_id FROM connection_key k JOIN connection c \
        ON c.app_id = k.app_id AND c.environment = k.environment AND c.id = k.connection_id \
        WHERE k.app_id = ?1 AND k.environment = ?2 AND k.name = ?3 AND k.value = ?4 \
        AND c.slug = ?5 ORDER BY c.id LIMIT ?6";
}

/// The identifier's name; fields have a prefix, so that one may be called the same.
const IDENTIFIER: &str = "identifier";

/// No provider's ids are longer, and an index holds no text of any length.
const LONGEST: usize = 255;

/// What a connection can be found by.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    Identifier,
    Field(&'a str),
}

impl Key<'_> {
    fn name(self) -> String {
        match self {
            Self::Identifier => IDENTIFIER.to_owned(),
            Self::Field(name) => format!("field:{name}"),
        }
    }
}

/// Up to `limit` connections to one connector that have this value, oldest first.
pub async fn find(
    db: &Db,
    scope: &Scope,
    slug: &str,
    (key, value): (Key<'_>, &str),
    limit: i64,
) -> Result<Vec<(ConnectionId, AccountId)>, StoreError> {
    let name = key.name();
    let params = scoped![scope, &name, value, slug, limit];
    db.all(&FIND, &params, |row| {
        Ok((
            row.parsed(0, "connection.id", ConnectionId::parse)?,
            row.parsed(1, "connection.account_id", AccountId::parse)?,
        ))
    })
    .await
}

/// Puts the connection's values in the place of those it had. Both are JSON.
pub(crate) async fn put(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    identifier: Option<&str>,
    fields: &str,
) -> Result<(), StoreError> {
    tx.execute(&CLEAR, &scoped![scope, id.as_str()]).await?;
    let identifier = identifier.and_then(|json| serde_json::from_str::<Value>(json).ok());
    if let Some(value) = identifier.as_ref().and_then(plain) {
        add(tx, scope, id, Key::Identifier, &value).await?;
    }
    add_fields(tx, scope, id, fields).await
}

/// The same for the fields alone.
pub async fn put_fields(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    fields: &str,
) -> Result<(), StoreError> {
    tx.execute(&CLEAR_FIELDS, &scoped![scope, id.as_str()])
        .await?;
    add_fields(tx, scope, id, fields).await
}

async fn add_fields(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    fields: &str,
) -> Result<(), StoreError> {
    let fields: Value = serde_json::from_str(fields).unwrap_or_default();
    for (name, value) in fields.as_object().into_iter().flatten() {
        if let Some(value) = plain(value) {
            add(tx, scope, id, Key::Field(name), &value).await?;
        }
    }
    Ok(())
}

async fn add(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: &ConnectionId,
    key: Key<'_>,
    value: &str,
) -> Result<(), StoreError> {
    let name = key.name();
    tx.execute(&ADD, &scoped![scope, &name, value, id.as_str()])
        .await?;
    Ok(())
}

/// An id that is a number in one place may be a text in another.
fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let fine = (1..=LONGEST).contains(&text.len()) && !text.contains('\0');
    fine.then_some(text)
}
