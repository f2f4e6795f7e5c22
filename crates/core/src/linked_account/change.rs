//! What a change makes of an account, and which changes are refused.

use std::collections::BTreeMap;

use trunnel_model::chance::Chance;
use trunnel_model::fault::Fault;
use trunnel_model::id::UdfEntryId;
use trunnel_model::linked_account::{
    AccountChange, LinkedAccount, MAX_UDF_BYTES, MAX_UDF_KEYS, UdfEntry,
};
use trunnel_model::text::check_label;
use trunnel_model::time::Timestamp;

use super::CREDENTIALS;

pub(super) fn changed(
    mut account: LinkedAccount,
    change: &AccountChange,
    now: Timestamp,
    chance: &dyn Chance,
) -> LinkedAccount {
    if change.name.is_some() {
        account.name.clone_from(&change.name);
    }
    if change.scope.is_some() {
        account.scope.clone_from(&change.scope);
    }
    account.udf = merged(account.udf, &change.udf, now, chance);
    account.version += 1;
    account.updated_at = now;
    account
}

/// Merges by name: a new value replaces, `None` removes, the rest stays in place.
pub(super) fn merged(
    mut entries: Vec<UdfEntry>,
    change: &BTreeMap<String, Option<String>>,
    now: Timestamp,
    chance: &dyn Chance,
) -> Vec<UdfEntry> {
    for (name, value) in change {
        let known = entries.iter().position(|entry| entry.name == *name);
        match (known, value) {
            (None, None) => {}
            (Some(at), None) => {
                entries.remove(at);
            }
            (Some(at), Some(value)) => {
                let entry = &mut entries[at];
                if entry.value != *value {
                    entry.value.clone_from(value);
                    entry.updated_at = now;
                }
            }
            (None, Some(value)) => entries.push(UdfEntry {
                id: UdfEntryId::new(now, chance),
                name: name.clone(),
                value: value.clone(),
                created_at: now,
                updated_at: now,
            }),
        }
    }
    entries
}

pub(super) fn merge_values(
    mut known: BTreeMap<String, String>,
    change: &BTreeMap<String, Option<String>>,
) -> BTreeMap<String, String> {
    for (name, value) in change {
        match value {
            Some(value) => known.insert(name.clone(), value.clone()),
            None => known.remove(name),
        };
    }
    known
}

pub(super) fn check_change(change: &AccountChange) -> Result<(), Fault> {
    for (field, text, max) in [("name", &change.name, 500), ("scope", &change.scope, 255)] {
        if let Some(text) = text {
            check_label(text, max)
                .map_err(|error| Fault::field(field, format!("`{field}` has {error}")))?;
        }
    }
    for (map, field) in [
        (&change.udf, "udf"),
        (&change.auth_credentials, CREDENTIALS),
    ] {
        if map.len() > MAX_UDF_KEYS {
            return Err(too_many(field));
        }
        for (name, value) in map {
            check_entry(field, name, value.as_deref())?;
        }
    }
    Ok(())
}

pub(super) fn check_entry(field: &str, name: &str, value: Option<&str>) -> Result<(), Fault> {
    let place = format!("{field}.{name}");
    if name.is_empty() || check_label(name, 255).is_err() {
        return Err(Fault::field(
            &place,
            format!("a key of `{field}` has 1 to 255 characters, without control characters"),
        ));
    }
    if value.is_some_and(|value| value.len() > MAX_UDF_BYTES || value.contains('\0')) {
        return Err(Fault::field(
            &place,
            format!("`{place}` has at most {MAX_UDF_BYTES} bytes and no zero character"),
        ));
    }
    Ok(())
}

pub(super) fn too_many(field: &str) -> Fault {
    Fault::field(
        field,
        format!("`{field}` has at most {MAX_UDF_KEYS} keys, with what the account has already"),
    )
}
