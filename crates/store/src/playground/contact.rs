//! Contacts: each user of the Playground has an address book, in which an e-mail
//! address stands once, whatever its capitals. Lower case is made here and not in SQL,
//! where each database has its own idea of it.

use trunnel_model::time::Timestamp;

use super::{
    ADD_CONTACT, FIND_CONTACT, LIST_CONTACTS, LOCK_CONTACT, REMOVE_CONTACT, UPDATE_CONTACT,
};
use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::value::Row;

/// One entry of a user's address book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub id: String,
    pub email: String,
    pub name: Option<String>,
    pub company: Option<String>,
    pub phone: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// [`StoreError::Taken`] when the owner has a contact with this e-mail address.
pub async fn add(tx: &mut Tx<'_>, owner: &str, contact: &Contact) -> Result<(), StoreError> {
    let lower = contact.email.to_lowercase();
    let params = [
        owner.into(),
        (&contact.id).into(),
        (&contact.email).into(),
        (&lower).into(),
        contact.name.as_deref().into(),
        contact.company.as_deref().into(),
        contact.phone.as_deref().into(),
        contact.created_at.into(),
        contact.updated_at.into(),
    ];
    tx.execute(&ADD_CONTACT, &params).await?;
    Ok(())
}

/// [`StoreError::Taken`] when another contact of the owner has this e-mail address.
pub async fn update(tx: &mut Tx<'_>, owner: &str, contact: &Contact) -> Result<(), StoreError> {
    let lower = contact.email.to_lowercase();
    let params = [
        owner.into(),
        (&contact.id).into(),
        (&contact.email).into(),
        (&lower).into(),
        contact.name.as_deref().into(),
        contact.company.as_deref().into(),
        contact.phone.as_deref().into(),
        contact.updated_at.into(),
    ];
    tx.execute(&UPDATE_CONTACT, &params).await?;
    Ok(())
}

pub async fn find(db: &Db, owner: &str, id: &str) -> Result<Option<Contact>, StoreError> {
    db.one(&FIND_CONTACT, &[owner.into(), id.into()], read)
        .await
}

/// The contact; it stays as it is until this transaction has ended.
pub async fn lock(tx: &mut Tx<'_>, owner: &str, id: &str) -> Result<Option<Contact>, StoreError> {
    tx.one(&LOCK_CONTACT, &[owner.into(), id.into()], read)
        .await
}

/// The owner's contacts that come after `after` in the order of ids; an empty
/// `after` comes before all.
pub async fn list(
    db: &Db,
    owner: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<Contact>, StoreError> {
    let params = [owner.into(), after.into(), limit.into()];
    db.all(&LIST_CONTACTS, &params, read).await
}

/// Whether there was such a contact.
pub async fn remove(tx: &mut Tx<'_>, owner: &str, id: &str) -> Result<bool, StoreError> {
    Ok(tx
        .execute(&REMOVE_CONTACT, &[owner.into(), id.into()])
        .await?
        > 0)
}

fn read(row: &Row<'_>) -> Result<Contact, StoreError> {
    Ok(Contact {
        id: row.text(0)?,
        email: row.text(1)?,
        name: row.opt_text(2)?,
        company: row.opt_text(3)?,
        phone: row.opt_text(4)?,
        created_at: row.time(5)?,
        updated_at: row.time(6)?,
    })
}
