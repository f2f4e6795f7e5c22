//! What is counted of an environment's use.

use crate::scope::Scope;
use crate::text::AccountId;
use crate::time::Timestamp;

const DAY_MS: i64 = 24 * 3_600_000;

/// A day in UTC, as days since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(i64);

impl Day {
    pub const fn of(at: Timestamp) -> Self {
        Self(at.as_millis().div_euclid(DAY_MS))
    }

    pub const fn from_number(number: i64) -> Self {
        Self(number)
    }

    pub const fn number(self) -> i64 {
        self.0
    }

    #[must_use]
    pub const fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    pub const fn begin(self) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_mul(DAY_MS))
    }
}

/// What there is to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsageKind {
    /// A request with an API key or a session token, whatever its answer.
    ApiCall,
    /// An action, an API proxy or a request that was passed on, whatever the provider's answer.
    Action,
    /// A notification that its receiver has taken.
    Delivery,
    /// Something that a provider has told.
    Event,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsageCounts {
    pub api_calls: i64,
    pub actions: i64,
    pub deliveries: i64,
    pub events: i64,
}

impl UsageCounts {
    pub const fn count(&mut self, kind: UsageKind, by: i64) {
        let counter = match kind {
            UsageKind::ApiCall => &mut self.api_calls,
            UsageKind::Action => &mut self.actions,
            UsageKind::Delivery => &mut self.deliveries,
            UsageKind::Event => &mut self.events,
        };
        *counter = counter.saturating_add(by);
    }

    pub const fn add(&mut self, more: &Self) {
        self.count(UsageKind::ApiCall, more.api_calls);
        self.count(UsageKind::Action, more.actions);
        self.count(UsageKind::Delivery, more.deliveries);
        self.count(UsageKind::Event, more.events);
    }

    pub fn is_zero(&self) -> bool {
        *self == Self::default()
    }
}

/// What one customer, or nobody in particular, has used on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageRow {
    pub scope: Scope,
    pub day: Day,
    pub account: Option<AccountId>,
    pub counts: UsageCounts,
}
