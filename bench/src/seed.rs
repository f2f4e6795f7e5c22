//! Data directories with many linked accounts, written through the store.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;
use trunnel_model::chance::Chance;
use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, LinkedAccountId};
use trunnel_model::linked_account::LinkedAccount;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_model::time::Timestamp;
use trunnel_store::{Db, Location, StoreError, linked_account};

/// Accounts per transaction.
const BATCH: u64 = 5_000;

/// Random enough for ids that need only differ.
struct Counting(std::sync::atomic::AtomicU64);

impl Chance for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let next = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let mixed = next.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes();
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = mixed[at % 8] ^ u8::try_from(at / 8).unwrap_or(0);
        }
    }
}

/// A directory as `trunnel app create` leaves it, with accounts in its test
/// environment.
pub(crate) fn data_dir(
    binary: &Path,
    runtime: &tokio::runtime::Runtime,
    accounts: u64,
) -> anyhow::Result<TempDir> {
    let data = tempfile::tempdir()?;
    let created = Command::new(binary)
        .args(["app", "create", "--name", "Bench", "--json", "--data-dir"])
        .arg(data.path())
        .output()?;
    let created: Value = serde_json::from_slice(&created.stdout).context("trunnel app create")?;
    let app = AppId::parse(created["app_id"].as_str().context("app_id")?)?;
    let scope = Scope::verified(app, Environment::Test);
    runtime.block_on(write(&data.path().join("trunnel.db"), &scope, accounts))?;
    Ok(data)
}

async fn write(file: &Path, scope: &Scope, accounts: u64) -> Result<(), StoreError> {
    let db = Db::open(&Location::File(file))?;
    let chance = Counting(std::sync::atomic::AtomicU64::new(1));
    for first in (0..accounts).step_by(usize::try_from(BATCH).unwrap_or(1)) {
        let batch: Vec<_> = (first..accounts.min(first + BATCH))
            .map(|number| account(number, &chance))
            .collect();
        let scope = scope.clone();
        db.write(move |tx| {
            Box::pin(async move {
                for account in &batch {
                    linked_account::add(tx, &scope, account).await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .await?;
    }
    Ok(())
}

fn account(number: u64, chance: &dyn Chance) -> LinkedAccount {
    let at = Timestamp::from_millis(1_767_225_600_000 + i64::try_from(number).unwrap_or(0));
    LinkedAccount {
        id: LinkedAccountId::new(at, chance),
        #[expect(clippy::expect_used, reason = "the id is written here and is one")]
        account_id: AccountId::parse(&format!("account-{number}")).expect("an account id"),
        name: Some("A customer of ordinary length".to_owned()),
        scope: None,
        udf: Vec::new(),
        version: 0,
        created_at: at,
        updated_at: at,
    }
}
