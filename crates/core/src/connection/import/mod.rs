//! Taking over many connections at once, one a row.
//!
//! A row says which account, which app and what credential. Its connection remembers
//! what the row said, sealed with the credential: the same row again asks nobody and
//! changes nothing, also after the tokens that it brought have been renewed since.

mod read;

use std::collections::{BTreeMap, HashMap};

use futures_util::StreamExt as _;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use trunnel_catalog::Fields;
use trunnel_model::connection::Status;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ConnectionId;
use trunnel_model::linked_account::AccountChange;
use trunnel_model::text::AccountId;
use trunnel_store::connection::{self, StoredConnection};
use trunnel_store::linked_account;

pub use read::{ImportRow, RowReader};

use super::metadata::check_metadata;
use super::migrate::Brought;
use super::{Asked, Target, default_of, unknown_connection};
use crate::Core;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::Error;
use crate::hex;

/// So many rows are at their providers at once.
const AT_ONCE: usize = 8;

/// What came of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// It would be imported; nobody was asked about the credential.
    Valid,
    Created(ConnectionId),
    Updated(ConnectionId),
    Unchanged(ConnectionId),
}

/// A row's number in its file, and what came of it.
#[derive(Debug)]
pub struct RowResult {
    pub number: u64,
    pub account: Option<String>,
    pub outcome: Result<RowOutcome, Fault>,
}

/// A row whose form is right.
struct Ready {
    caller: AccountCtx,
    /// To be created with this name, where it is not there yet.
    missing: Option<String>,
    known: Option<StoredConnection>,
    brought: Brought,
    asked: Asked,
}

impl Core {
    /// Imports the rows that can be imported, and says what is wrong with the others.
    ///
    /// # Errors
    /// Only when this server itself fails; the rows before may be imported already.
    pub async fn import_connections(
        &self,
        ctx: &Ctx,
        rows: Vec<(u64, Result<ImportRow, Fault>)>,
        dry_run: bool,
    ) -> Result<Vec<RowResult>, Error> {
        let rows = refuse_repeated(rows);
        let import = |(number, row): (u64, Result<ImportRow, Fault>)| async move {
            let account = row.as_ref().ok().map(|row| row.account.clone());
            let outcome = match row {
                Ok(row) => self.import_row(ctx, row, dry_run).await,
                Err(fault) => Err(fault.into()),
            };
            let outcome = match outcome {
                Ok(imported) => Ok(imported),
                Err(Error::Fault(fault)) => Err(*fault),
                Err(error) => return Err(error),
            };
            Ok(RowResult {
                number,
                account,
                outcome,
            })
        };
        let results = futures_util::stream::iter(rows)
            .map(import)
            .buffered(AT_ONCE);
        let results: Vec<Result<RowResult, Error>> = results.collect().await;
        results.into_iter().collect()
    }

    async fn import_row(
        &self,
        ctx: &Ctx,
        row: ImportRow,
        dry_run: bool,
    ) -> Result<RowOutcome, Error> {
        let ready = self.check_row(ctx, row).await?;
        if let Some(known) = &ready.known
            && self.is_same(&ready, known).await?
        {
            return Ok(RowOutcome::Unchanged(known.connection.id.clone()));
        }
        if dry_run {
            return Ok(RowOutcome::Valid);
        }
        // It may use a refresh token up, so that it goes to its end.
        let core = self.clone();
        self.to_the_end(async move { core.keep_row(ready).await })
            .await
    }

    async fn check_row(&self, ctx: &Ctx, row: ImportRow) -> Result<Ready, Error> {
        let account = AccountId::parse(&row.account).map_err(|error| {
            Fault::field(
                "linked_account_id",
                format!("`linked_account_id` has {error}"),
            )
        })?;
        check_metadata(row.metadata.as_ref())?;
        let kind = row.auth_type.as_deref();
        let mut brought = self
            .check_brought(ctx, &row.slug, kind, &row.values)
            .await?;
        let digest = digest(&brought.way.option().id, &row.values, row.metadata.as_ref());
        brought.held.imported = Some(digest);
        let found = linked_account::find(self.db(), &ctx.scope, &account).await?;
        let missing = match (found, row.name) {
            (Some(_), _) => None,
            (None, Some(name)) => Some(name),
            (None, None) => return Err(no_account(&account).into()),
        };
        let known = connection::of_app(self.db(), &ctx.scope, &account, &row.slug).await?;
        let known = match &row.connection {
            None => {
                let option = brought.way.option().id.as_str();
                let same = known
                    .into_iter()
                    .filter(|known| known.connection.auth_option == option);
                default_of(same.collect())
            }
            Some(id) => {
                let mut known = known.into_iter();
                let found = known.find(|known| known.connection.id.as_str() == id);
                Some(found.ok_or_else(|| unknown_connection(id))?)
            }
        };
        let target = match &known {
            Some(known) => Target::Connection(known.connection.id.as_str().to_owned()),
            None => Target::Default,
        };
        Ok(Ready {
            caller: AccountCtx {
                ctx: ctx.clone(),
                account,
            },
            missing,
            known,
            brought,
            asked: Asked {
                auth_type: None,
                target,
                metadata: row.metadata,
            },
        })
    }

    /// Whether the connection was made from this very row, and works.
    async fn is_same(&self, ready: &Ready, known: &StoredConnection) -> Result<bool, Error> {
        if known.connection.status != Status::Active {
            return Ok(false);
        }
        let held = self.held_of(&ready.caller, known).await?;
        Ok(held.imported == ready.brought.held.imported)
    }

    async fn keep_row(&self, ready: Ready) -> Result<RowOutcome, Error> {
        let obtained = self.prove_brought(ready.brought, ready.asked).await?;
        if let Some(name) = ready.missing {
            let change = AccountChange {
                name: Some(name),
                ..AccountChange::default()
            };
            let (ctx, account) = (&ready.caller.ctx, ready.caller.account.clone());
            self.upsert_account(ctx, account, change).await?;
        }
        let id = self.establish(&ready.caller, obtained).await?;
        Ok(match ready.known {
            Some(_) => RowOutcome::Updated(id),
            None => RowOutcome::Created(id),
        })
    }
}

/// Two rows for one connection: the second would replace what the first has brought.
fn refuse_repeated(
    rows: Vec<(u64, Result<ImportRow, Fault>)>,
) -> Vec<(u64, Result<ImportRow, Fault>)> {
    let mut seen = HashMap::new();
    let once = |(number, row): (u64, Result<ImportRow, Fault>)| {
        let row = row.and_then(|row| {
            let key = (
                row.account.trim().to_owned(),
                row.slug.clone(),
                row.auth_type.clone(),
                row.connection.clone(),
            );
            if let Some(first) = seen.get(&key) {
                Err(Fault::field(
                    "linked_account_id",
                    format!(
                        "row {first} has this account, app and auth type already; name another \
                     `auth_type`, or a `connection_id`"
                    ),
                ))
            } else {
                seen.insert(key, number);
                Ok(row)
            }
        });
        (number, row)
    };
    rows.into_iter().map(once).collect()
}

/// What a row is known by. It is sealed where it is kept: a short password could be
/// guessed from it.
fn digest(option: &str, values: &Map<String, Value>, metadata: Option<&Fields>) -> String {
    let values: BTreeMap<_, _> = values.iter().collect();
    let metadata: Option<BTreeMap<_, _>> = metadata.map(|fields| fields.iter().collect());
    // JSON always serializes.
    let text = serde_json::to_string(&(option, values, metadata)).unwrap_or_default();
    hex::encode(&Sha256::digest(text))
}

fn no_account(account: &AccountId) -> Fault {
    Fault::bad_request(
        FaultCode::InvalidLinkedAccountId,
        format!("there is no linked account {account}; a `name` in this row would create it"),
    )
    .with("field", "linked_account_id")
}
