//! Writing down what was kept in memory, and forgetting what nobody needs.

use trunnel_model::time::Timestamp;
use trunnel_model::usage::Day;
use trunnel_store::{
    Tx, connect_link, custom_connector, device_attempt, invitation, member_session, oauth_attempt,
    one_time_link, reset_code, session, trigger_event, usage, webhook, webhook_previous_secret,
    webhook_secret, webhook_version,
};

use super::runner::Stop;
use crate::Core;
use crate::error::Error;

const FLUSH_EVERY_MS: u64 = 5_000;
const FORGET_EVERY_MS: u64 = 600_000;

/// Delivered and given up messages stay visible for a month, and so does what providers
/// have told.
const MESSAGES_KEPT_MS: i64 = 30 * 24 * 3_600_000;

/// A year of use can be compared with the one before it.
const USAGE_KEPT_DAYS: i64 = 400;

/// Expired OAuth flows stay a little, so that a late return is told the truth.
const ATTEMPTS_KEPT_MS: i64 = 3_600_000;

pub(super) async fn flush(core: Core, mut stop: Stop) {
    loop {
        tokio::select! {
            () = stop.set() => {}
            () = core.sleep().sleep(FLUSH_EVERY_MS) => {}
            () = core.counters().full() => {}
        }
        if let Err(error) = core.flush_last_uses().await {
            tracing::error!(%error, "the keys' last uses could not be written");
        }
        if let Err(error) = core.flush_usage().await {
            tracing::error!(%error, "what was used could not be written");
        }
        if stop.is_set() {
            return;
        }
    }
}

/// Deleted custom apps stay until what was granted to them is revoked.
const APPS_KEPT_MS: i64 = 24 * 3_600_000;

/// Requests for reset codes count for an hour.
const REQUESTS_COUNTED_MS: i64 = 3_600_000;

/// Rows deleted per transaction: short enough that requests do not wait.
const BATCH: i64 = 500;

pub(super) async fn forget(core: Core, mut stop: Stop) {
    while !stop.is_set() {
        match forget_once(&core).await {
            // There may be more.
            Ok(forgotten) if forgotten >= BATCH.unsigned_abs() => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "old rows could not be deleted"),
        }
        tokio::select! {
            () = stop.set() => {}
            () = core.sleep().sleep(FORGET_EVERY_MS) => {}
        }
    }
}

async fn forget_once(core: &Core) -> Result<u64, Error> {
    let now = core.now();
    let forgotten = core
        .db()
        .write(move |tx| {
            Box::pin(async move {
                let late = now.plus_millis(-ATTEMPTS_KEPT_MS);
                let attempts = oauth_attempt::forget(tx, late, BATCH).await?;
                let devices = device_attempt::forget(tx, late, BATCH).await?;
                let sessions = session::forget(tx, now, BATCH).await?;
                let links = connect_link::forget(tx, now, BATCH).await?;
                let gone = now.plus_millis(-APPS_KEPT_MS);
                let apps = custom_connector::forget(tx, gone).await?;
                let old = now.plus_millis(-MESSAGES_KEPT_MS);
                let messages = webhook::forget(tx, old, BATCH).await?;
                let told = trigger_event::forget(tx, old, BATCH).await?;
                let versions = webhook_version::forget(tx, old, BATCH).await?;
                let secrets = webhook_secret::forget(tx, now, BATCH).await?
                    + webhook_previous_secret::forget(tx, now, BATCH).await?;
                let oldest = Day::of(now).plus(-USAGE_KEPT_DAYS);
                let used = usage::forget(tx, oldest, BATCH).await?;
                let members = forget_of_members(tx, now).await?;
                let known = apps + attempts + devices + sessions + links + members;
                Ok::<_, Error>(known + messages + told + versions + secrets + used)
            })
        })
        .await?;
    if forgotten > 0 {
        tracing::info!(forgotten, "old rows were deleted");
    }
    Ok(forgotten)
}

/// Sessions, links and codes of members that are over.
async fn forget_of_members(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, Error> {
    let sessions = member_session::forget(tx, now, BATCH).await?;
    let links = one_time_link::forget(tx, now, BATCH).await?;
    let invitations = invitation::forget(tx, now, BATCH).await?;
    let asked = now.plus_millis(-REQUESTS_COUNTED_MS);
    let codes = reset_code::forget(tx, now, asked, BATCH).await?;
    Ok(sessions + links + invitations + codes)
}
