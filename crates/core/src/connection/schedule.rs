//! When a token is renewed, whether someone asks for it or not.

use trunnel_model::time::Timestamp;

use super::Way;
use super::credential::Held;

/// A token is renewed when so much of its life is left, unless a fifth is less.
const FIVE_MINUTES_MS: i64 = 300_000;

/// After so many failures in a row the background asks seldom; calls still do.
const MANY_FAILURES: i64 = 8;
const SELDOM_MS: i64 = 300_000;

/// How a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    Fresh,
    /// Works still, and ends soon.
    Aging,
    Over,
}

/// One that cannot be renewed is used until the provider refuses it.
pub(super) fn freshness(
    way: &Way,
    held: &Held,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Freshness {
    let renews = way.renews(held.refresh_token.is_some());
    let Some(expires_at) = expires_at.filter(|_| renews) else {
        return Freshness::Fresh;
    };
    let left = expires_at.since(now);
    if left <= 0 {
        Freshness::Over
    } else if left <= margin_ms(way, held) {
        Freshness::Aging
    } else {
        Freshness::Fresh
    }
}

/// A token is renewed when a fifth of its life is left, or five minutes, whichever is
/// less, unless the connector knows better.
fn margin_ms(way: &Way, held: &Held) -> i64 {
    let life = held.lifetime_s.unwrap_or(0).saturating_mul(1000);
    match way.option().refresh.margin {
        // A margin as long as the life would renew a token again and again.
        Some(margin) if life > 0 => margin.saturating_mul(1000).min(life / 3),
        Some(margin) => margin.saturating_mul(1000),
        None => (life / 5).min(FIVE_MINUTES_MS),
    }
}

/// When a token that was kept at `kept` is to be renewed without being asked for: up
/// to twice its margin before its end, so that tokens which end together are not
/// renewed together; or before the grant dies of idleness, if that is sooner.
pub(super) fn due_at(
    way: &Way,
    held: &Held,
    expires_at: Option<Timestamp>,
    kept: Timestamp,
    chance: u64,
) -> Option<Timestamp> {
    if !way.renews(held.refresh_token.is_some()) {
        return None;
    }
    let margin = margin_ms(way, held);
    let before_end = expires_at.map(|end| end.plus_millis(-margin - up_to(margin, chance)));
    let keep_alive = way.option().refresh.keep_alive;
    let before_idle = keep_alive.map(|seconds| {
        let idle = seconds.saturating_mul(1000);
        kept.plus_millis(idle - up_to(idle / 20, chance))
    });
    before_end.into_iter().chain(before_idle).min()
}

/// Whether it is time for a connection that was taken as due.
pub(super) fn is_due(
    way: &Way,
    held: &Held,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> bool {
    let early = margin_ms(way, held).saturating_mul(2);
    way.option().refresh.keep_alive.is_some()
        || expires_at.is_none_or(|end| end.since(now) <= early)
}

/// When the background tries again after a failure.
pub(super) fn after_failure(not_before: Timestamp, failures: i64, chance: u64) -> Timestamp {
    let more = if failures > MANY_FAILURES {
        SELDOM_MS
    } else {
        0
    };
    not_before.plus_millis(more + up_to(1_000 + more, chance))
}

/// A random part of so many milliseconds.
pub(super) fn up_to(millis: i64, chance: u64) -> i64 {
    let most = u64::try_from(millis).unwrap_or(0);
    i64::try_from(chance % (most + 1)).unwrap_or(0)
}
