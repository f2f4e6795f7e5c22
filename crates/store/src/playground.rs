//! The Playground's own tables.
//!
//! They have no scope: the Playground is a provider, and its users are nobody's
//! linked accounts until someone connects them.

use trunnel_model::time::Timestamp;

use crate::db::{Db, Tx};
use crate::error::StoreError;
use crate::statement::statements;
use crate::value::Row;

pub mod contact;

macro_rules! token {
    () => {
        "SELECT t.kind, t.generation, t.expires_at, g.id, g.client_id, g.email, g.scopes, \
        g.generation, g.confirmed \
        FROM playground_token t JOIN playground_grant g ON g.id = t.grant_id WHERE t.hash = ?1"
    };
}
macro_rules! contact {
    () => {
        "SELECT id, email, name, company, phone, created_at, updated_at FROM playground_contact \
        WHERE owner = ?1 AND id "
    };
}

statements! { "playground":
    PUT_CLIENT = "INSERT INTO playground_client (id, name, secret_hash, redirect_uris, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) \
        DO UPDATE SET name = ?2, secret_hash = ?3, redirect_uris = ?4";
    FIND_CLIENT = "SELECT id, name, secret_hash, redirect_uris FROM playground_client \
        WHERE id = ?1";
    COUNT_CLIENTS = "SELECT count(*) FROM playground_client";
    ADD_AUTHORIZATION = "INSERT INTO playground_authorization \
        (hash, stage, client_id, email, scopes, redirect_uri, state, challenge, expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    TAKE_LOGIN = "DELETE FROM playground_authorization WHERE hash = ?1 AND stage = 'login' \
        RETURNING client_id, email, scopes, redirect_uri, state, challenge, expires_at";
    LOCK_CODE = "SELECT client_id, email, scopes, redirect_uri, state, challenge, expires_at, \
        grant_id FROM playground_authorization WHERE hash = ?1 AND stage = 'code' \
        /*pg FOR UPDATE*/";
    USE_CODE = "UPDATE playground_authorization SET grant_id = ?2 WHERE hash = ?1";
    FORGET_AUTHORIZATIONS = "DELETE FROM playground_authorization \
        WHERE expires_at < ?1 AND grant_id IS NULL";
    ADD_GRANT = "INSERT INTO playground_grant \
        (id, client_id, email, scopes, generation, confirmed, created_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    CONFIRM = "UPDATE playground_grant SET confirmed = ?2 WHERE id = ?1 AND confirmed < ?2";
    ADVANCE = "UPDATE playground_grant SET generation = ?2 WHERE id = ?1";
    REMOVE_GRANT = "DELETE FROM playground_grant WHERE id = ?1";
    REMOVE_GRANTS_OF = "DELETE FROM playground_grant WHERE email = ?1";
    ADD_TOKEN = "INSERT INTO playground_token (hash, grant_id, kind, generation, expires_at) \
        VALUES (?1, ?2, ?3, ?4, ?5)";
    FIND_TOKEN = token!();
    LOCK_TOKEN = concat!(token!(), " /*pg FOR UPDATE OF g*/");
    REMOVE_TOKEN = "DELETE FROM playground_token WHERE hash = ?1";
    FORGET_TOKENS = "DELETE FROM playground_token WHERE grant_id = ?1 AND expires_at < ?2";
    ADD_KEY = "INSERT INTO playground_key (hash, email, created_at) VALUES (?1, ?2, ?3)";
    COUNT_KEYS = "SELECT count(*) FROM playground_key";
    FIND_KEY = "SELECT email FROM playground_key WHERE hash = ?1";
    REMOVE_KEY = "DELETE FROM playground_key WHERE hash = ?1";
    REMOVE_KEYS_OF = "DELETE FROM playground_key WHERE email = ?1";
    ADD_CONTACT = "INSERT INTO playground_contact \
        (owner, id, email, email_lower, name, company, phone, created_at, updated_at) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    UPDATE_CONTACT = "UPDATE playground_contact \
        SET email = ?3, email_lower = ?4, name = ?5, company = ?6, phone = ?7, updated_at = ?8 \
        WHERE owner = ?1 AND id = ?2";
    FIND_CONTACT = concat!(contact!(), "= ?2");
    LOCK_CONTACT = concat!(contact!(), "= ?2 /*pg FOR UPDATE*/");
    LIST_CONTACTS = concat!(contact!(), "> ?2 ORDER BY id LIMIT ?3");
    REMOVE_CONTACT = "DELETE FROM playground_contact WHERE owner = ?1 AND id = ?2";
}

/// The SHA-256 of a secret, which is all that is kept of one.
pub type Hash = [u8; 32];

/// An OAuth client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: String,
    pub name: String,
    pub secret_hash: Vec<u8>,
    pub redirect_uris: Vec<String>,
}

/// Adds the client, or makes the one with this id be like it.
pub async fn put_client(
    tx: &mut Tx<'_>,
    client: &Client,
    now: Timestamp,
) -> Result<(), StoreError> {
    let redirect_uris = serde_json::Value::from(client.redirect_uris.as_slice()).to_string();
    let params = [
        (&client.id).into(),
        (&client.name).into(),
        (&client.secret_hash).into(),
        (&redirect_uris).into(),
        now.into(),
    ];
    tx.execute(&PUT_CLIENT, &params).await?;
    Ok(())
}

pub async fn count_clients(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let count = tx.one(&COUNT_CLIENTS, &[], |row| row.int(0)).await?;
    Ok(count.unwrap_or(0))
}

pub async fn find_client(db: &Db, id: &str) -> Result<Option<Client>, StoreError> {
    db.one(&FIND_CLIENT, &[id.into()], |row| {
        Ok(Client {
            id: row.text(0)?,
            name: row.text(1)?,
            secret_hash: row.bytes(2)?,
            redirect_uris: row.parsed(3, "playground_client.redirect_uris", |text| {
                serde_json::from_str(text)
            })?,
        })
    })
    .await
}

/// How far an authorization has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Login,
    Code,
}

/// What a client asks for, and whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorization {
    pub client_id: String,
    pub email: String,
    pub scopes: String,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub challenge: String,
    pub expires_at: Timestamp,
}

pub async fn add_authorization(
    tx: &mut Tx<'_>,
    hash: &Hash,
    stage: Stage,
    authorization: &Authorization,
) -> Result<(), StoreError> {
    let stage = match stage {
        Stage::Login => "login",
        Stage::Code => "code",
    };
    let params = [
        hash.as_slice().into(),
        stage.into(),
        (&authorization.client_id).into(),
        (&authorization.email).into(),
        (&authorization.scopes).into(),
        (&authorization.redirect_uri).into(),
        authorization.state.as_deref().into(),
        (&authorization.challenge).into(),
        authorization.expires_at.into(),
    ];
    tx.execute(&ADD_AUTHORIZATION, &params).await?;
    Ok(())
}

/// Removes a login and hands it over: its form works once.
pub async fn take_login(tx: &mut Tx<'_>, hash: &Hash) -> Result<Option<Authorization>, StoreError> {
    tx.one(&TAKE_LOGIN, &[hash.as_slice().into()], authorization)
        .await
}

/// A code, and the grant it was exchanged for if it was. Whoever else asks waits
/// until this transaction has ended.
pub async fn lock_code(
    tx: &mut Tx<'_>,
    hash: &Hash,
) -> Result<Option<(Authorization, Option<String>)>, StoreError> {
    tx.one(&LOCK_CODE, &[hash.as_slice().into()], |row| {
        Ok((authorization(row)?, row.opt_text(7)?))
    })
    .await
}

/// Notes what the code was exchanged for.
pub async fn use_code(tx: &mut Tx<'_>, hash: &Hash, grant_id: &str) -> Result<(), StoreError> {
    tx.execute(&USE_CODE, &[hash.as_slice().into(), grant_id.into()])
        .await?;
    Ok(())
}

/// Deletes what nobody finished. An exchanged code stays for as long as its grant.
pub async fn forget_authorizations(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(&FORGET_AUTHORIZATIONS, &[before.into()]).await
}

fn authorization(row: &Row<'_>) -> Result<Authorization, StoreError> {
    Ok(Authorization {
        client_id: row.text(0)?,
        email: row.text(1)?,
        scopes: row.text(2)?,
        redirect_uri: row.text(3)?,
        state: row.opt_text(4)?,
        challenge: row.text(5)?,
        expires_at: row.time(6)?,
    })
}

/// What a user has allowed a client to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub id: String,
    pub client_id: String,
    pub email: String,
    pub scopes: String,
    /// The newest pair of tokens.
    pub generation: i64,
    /// The newest generation of which a token was used.
    pub confirmed: i64,
}

pub async fn add_grant(tx: &mut Tx<'_>, grant: &Grant, now: Timestamp) -> Result<(), StoreError> {
    let params = [
        (&grant.id).into(),
        (&grant.client_id).into(),
        (&grant.email).into(),
        (&grant.scopes).into(),
        grant.generation.into(),
        grant.confirmed.into(),
        now.into(),
    ];
    tx.execute(&ADD_GRANT, &params).await?;
    Ok(())
}

/// Notes that a token of this generation was used.
pub async fn confirm(tx: &mut Tx<'_>, grant_id: &str, generation: i64) -> Result<(), StoreError> {
    tx.execute(&CONFIRM, &[grant_id.into(), generation.into()])
        .await?;
    Ok(())
}

/// Makes this the grant's newest generation.
pub async fn advance(tx: &mut Tx<'_>, grant_id: &str, generation: i64) -> Result<(), StoreError> {
    tx.execute(&ADVANCE, &[grant_id.into(), generation.into()])
        .await?;
    Ok(())
}

/// Revokes a grant: its tokens and its code go with it.
pub async fn remove_grant(tx: &mut Tx<'_>, id: &str) -> Result<bool, StoreError> {
    Ok(tx.execute(&REMOVE_GRANT, &[id.into()]).await? > 0)
}

/// Revokes all of a user's grants, and says how many there were.
pub async fn remove_grants_of(tx: &mut Tx<'_>, email: &str) -> Result<u64, StoreError> {
    tx.execute(&REMOVE_GRANTS_OF, &[email.into()]).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    Access,
    Refresh,
}

impl TokenKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        match text {
            "access" => Ok(Self::Access),
            "refresh" => Ok(Self::Refresh),
            _ => Err("neither `access` nor `refresh`"),
        }
    }
}

/// A token with the grant it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub generation: i64,
    pub expires_at: Timestamp,
    pub grant: Grant,
}

pub async fn add_token(
    tx: &mut Tx<'_>,
    hash: &Hash,
    kind: TokenKind,
    grant: &Grant,
    expires_at: Timestamp,
) -> Result<(), StoreError> {
    let params = [
        hash.as_slice().into(),
        (&grant.id).into(),
        kind.name().into(),
        grant.generation.into(),
        expires_at.into(),
    ];
    tx.execute(&ADD_TOKEN, &params).await?;
    Ok(())
}

/// The token, expired or not.
pub async fn find_token(db: &Db, hash: &Hash) -> Result<Option<Token>, StoreError> {
    db.one(&FIND_TOKEN, &[hash.as_slice().into()], token).await
}

/// The token, expired or not. Whoever else wants to change its grant waits until
/// this transaction has ended.
pub async fn lock_token(tx: &mut Tx<'_>, hash: &Hash) -> Result<Option<Token>, StoreError> {
    tx.one(&LOCK_TOKEN, &[hash.as_slice().into()], token).await
}

pub async fn remove_token(tx: &mut Tx<'_>, hash: &Hash) -> Result<(), StoreError> {
    tx.execute(&REMOVE_TOKEN, &[hash.as_slice().into()]).await?;
    Ok(())
}

/// Deletes the grant's tokens that expired before this moment.
pub async fn forget_tokens(
    tx: &mut Tx<'_>,
    grant_id: &str,
    before: Timestamp,
) -> Result<u64, StoreError> {
    tx.execute(&FORGET_TOKENS, &[grant_id.into(), before.into()])
        .await
}

fn token(row: &Row<'_>) -> Result<Token, StoreError> {
    Ok(Token {
        kind: row.parsed(0, "playground_token.kind", TokenKind::parse)?,
        generation: row.int(1)?,
        expires_at: row.time(2)?,
        grant: Grant {
            id: row.text(3)?,
            client_id: row.text(4)?,
            email: row.text(5)?,
            scopes: row.text(6)?,
            generation: row.int(7)?,
            confirmed: row.int(8)?,
        },
    })
}

pub async fn add_key(
    tx: &mut Tx<'_>,
    hash: &Hash,
    email: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    let params = [hash.as_slice().into(), email.into(), now.into()];
    tx.execute(&ADD_KEY, &params).await?;
    Ok(())
}

pub async fn count_keys(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    let count = tx.one(&COUNT_KEYS, &[], |row| row.int(0)).await?;
    Ok(count.unwrap_or(0))
}

/// Whose key this is.
pub async fn find_key(db: &Db, hash: &Hash) -> Result<Option<String>, StoreError> {
    db.one(&FIND_KEY, &[hash.as_slice().into()], |row| row.text(0))
        .await
}

/// Whether there was such a key.
pub async fn remove_key(tx: &mut Tx<'_>, hash: &Hash) -> Result<bool, StoreError> {
    Ok(tx.execute(&REMOVE_KEY, &[hash.as_slice().into()]).await? > 0)
}

/// Removes all of a user's keys, and says how many there were.
pub async fn remove_keys_of(tx: &mut Tx<'_>, email: &str) -> Result<u64, StoreError> {
    tx.execute(&REMOVE_KEYS_OF, &[email.into()]).await
}
