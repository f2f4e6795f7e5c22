//! A provider that rotates refresh tokens, notices when one is used twice, and keeps
//! a book of what every client did: the book is what the judge reads.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::life::{Epoch, Life};
use crate::seed::Seed;

/// What this provider does with tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// A refresh brings a new refresh token and ends the old one.
    pub(crate) rotates: bool,
    /// So long an old one still does; after that its use ends the whole family.
    pub(crate) grace_ms: Option<u64>,
    /// How long access tokens are said to live.
    pub(crate) life_s: u64,
    /// How much earlier they really end.
    pub(crate) early_s: u64,
}

impl Policy {
    pub(crate) fn draw(seed: &Seed) -> Self {
        Self {
            rotates: !seed.one_in(4),
            grace_ms: seed.one_in(2).then(|| seed.between(600, 1_800) * 1_000),
            life_s: [60, 90, 180, 300, 600][usize::try_from(seed.between(0, 4)).unwrap_or(0)],
            early_s: seed.between(0, 5),
        }
    }
}

/// One grant and every token it has brought.
#[derive(Debug)]
pub(crate) struct Family {
    pub(crate) alive: bool,
    /// A tombstone: when and why.
    pub(crate) death: Option<(u64, String)>,
    /// It died although a perfect client would have kept it.
    pub(crate) lost: bool,
    current: usize,
    /// What was left of the access token when the newest came.
    left_ms: Option<i64>,
    pub(crate) issues: Vec<Issue>,
    open: Vec<Open>,
    /// When token requests with a refresh token came in.
    arrivals: Vec<u64>,
    /// When it refused an access token although the family lives.
    pub(crate) refusals: Vec<u64>,
}

/// One refresh token and the access token that came with it.
#[derive(Debug)]
pub(crate) struct Issue {
    /// Whoever asked for it was gone when it was issued.
    orphaned: bool,
    superseded_at: Option<u64>,
    delivered: Option<(Arc<Life>, u64)>,
    presented: bool,
    access_until: u64,
}

/// A token request that is under way, as the provider sees it.
#[derive(Debug)]
struct Open {
    id: u64,
    life: Arc<Life>,
    sent_at: u64,
}

/// A holder that died may be replaced when so long has passed since it asked.
const LEASE_MS: u64 = 55_000;

/// Who received a token and died sooner may not have written it down.
const WRITES_WITHIN_MS: u64 = 30_000;

#[derive(Debug, Default)]
struct Book {
    families: Vec<Family>,
    requests: u64,
    exchanges: u64,
    violations: Vec<String>,
    /// The least that was left of an access token when the next came.
    least_left_ms: Option<i64>,
}

pub(crate) struct Provider {
    pub(crate) policy: Policy,
    epoch: Epoch,
    book: Mutex<Book>,
}

/// What a token request asks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// A consent: it makes a family.
    Code(usize),
    /// Family and number of the refresh token.
    Refresh(usize, usize),
}

/// What acting on a token request came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Acted {
    /// Family and number of what was issued.
    Issued(usize, usize),
    InvalidGrant,
}

impl Provider {
    pub(crate) fn new(policy: Policy, epoch: Epoch) -> Arc<Self> {
        Arc::new(Self {
            policy,
            epoch,
            book: Mutex::default(),
        })
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&[Family]) -> T) -> T {
        read(&self.book.lock().families)
    }

    pub(crate) fn violate(&self, what: &str) {
        let at = self.epoch.ms();
        self.book
            .lock()
            .violations
            .push(format!("at {at} ms: {what}"));
    }

    pub(crate) fn least_left_ms(&self) -> Option<i64> {
        self.book.lock().least_left_ms
    }

    pub(crate) fn violations(&self) -> Vec<String> {
        self.book.lock().violations.clone()
    }

    /// Token requests that came in, and those that brought tokens.
    pub(crate) fn counted(&self) -> (u64, u64) {
        let book = self.book.lock();
        (book.requests, book.exchanges)
    }

    /// A node is about to send. It must know no newer refresh token than the one it
    /// presents: none that anyone received and lived on to write down.
    pub(crate) fn sending(&self, asked: Asked, life: &Arc<Life>) {
        let Asked::Refresh(family, number) = asked else {
            return;
        };
        if !self.policy.rotates {
            return;
        }
        let newest = {
            let mut book = self.book.lock();
            let issues = &mut book.families[family].issues;
            issues[number].presented = true;
            issues.iter().rposition(Issue::is_known)
        };
        if newest.is_some_and(|newest| newest > number) {
            self.violate(&format!(
                "family {family}: refresh token {number} was sent although {newest:?} had been \
                 received (sender dead: {})",
                life.is_dead()
            ));
        }
    }

    /// A token request came in. No two of one family may be under way at a time, unless
    /// the other one's sender is dead, its socket stayed open and its lease is over.
    pub(crate) fn arrived(&self, asked: Asked, life: &Arc<Life>, sent_at: u64, id: u64) {
        let now = self.epoch.ms();
        let mut book = self.book.lock();
        book.requests += 1;
        let Asked::Refresh(family, number) = asked else {
            return;
        };
        let known = &mut book.families[family];
        known.arrivals.push(now);
        let other = known.open.iter().find(|open| {
            !(open.life.died_silently() && now.saturating_sub(open.sent_at) >= LEASE_MS)
        });
        let together = other.map(|open| open.sent_at);
        known.open.push(Open {
            id,
            life: Arc::clone(life),
            sent_at,
        });
        if let Some(before) = together {
            let what = format!(
                "at {now} ms: family {family}: two token requests under way, sent at {before} and \
                 {sent_at} ms (token {number})"
            );
            book.violations.push(what);
        }
    }

    /// It was answered, or its client hung up.
    pub(crate) fn ended(&self, asked: Asked, id: u64) {
        if let Asked::Refresh(family, _) = asked {
            self.book.lock().families[family]
                .open
                .retain(|open| open.id != id);
        }
    }

    /// A killed process' sockets are closed by its machine.
    pub(crate) fn hung_up(&self, life: &Arc<Life>) {
        for family in &mut self.book.lock().families {
            family.open.retain(|open| !Arc::ptr_eq(&open.life, life));
        }
    }

    /// `orphaned`: whoever asked has hung up or died meanwhile.
    pub(crate) fn act(&self, asked: Asked, orphaned: bool) -> Acted {
        let mut book = self.book.lock();
        let acted = match asked {
            Asked::Code(family) => {
                while book.families.len() <= family {
                    book.families.push(Family::new());
                }
                self.issue(&mut book.families[family], family, orphaned)
            }
            Asked::Refresh(family, number) => {
                self.refresh(&mut book.families[family], (family, number), orphaned)
            }
        };
        if let Acted::Issued(family, _) = acted {
            book.exchanges += 1;
            if let Some(left) = book.families[family].left_ms {
                book.least_left_ms = Some(book.least_left_ms.map_or(left, |least| least.min(left)));
            }
        }
        acted
    }

    fn refresh(
        &self,
        known: &mut Family,
        (family, number): (usize, usize),
        orphaned: bool,
    ) -> Acted {
        let now = self.epoch.ms();
        if !known.alive {
            return Acted::InvalidGrant;
        }
        if number == known.current || !self.policy.rotates {
            return self.issue(known, family, orphaned);
        }
        let superseded = known.issues[number].superseded_at.unwrap_or(now);
        let late = match self.policy.grace_ms {
            Some(grace) => now.saturating_sub(superseded) > grace,
            None => true,
        };
        if !late {
            return self.issue(known, family, orphaned);
        }
        known.alive = false;
        let later = &known.issues[number + 1..];
        let excused = orphaned || later.iter().any(|issue| issue.orphaned);
        let mut why = format!("refresh token {number} was used twice");
        if excused {
            // No client could have known.
        } else if known.newest_is_known() {
            why += "; the newest had been received";
            known.lost = true;
        } else if let Some(grace) = self.policy.grace_ms {
            let in_time = superseded + 1..=superseded + grace;
            if !known.arrivals.iter().any(|at| in_time.contains(at)) {
                why += "; nobody tried within the grace";
                known.lost = true;
            }
        }
        known.death = Some((now, why));
        Acted::InvalidGrant
    }

    fn issue(&self, known: &mut Family, family: usize, orphaned: bool) -> Acted {
        let now = self.epoch.ms();
        let number = known.issues.len();
        if let Some(last) = known.issues.last() {
            let left = i64::try_from(last.access_until).unwrap_or(i64::MAX);
            known.left_ms = Some(left - i64::try_from(now).unwrap_or(i64::MAX));
        }
        if let Some(current) = known.issues.get_mut(known.current) {
            current.superseded_at.get_or_insert(now);
        }
        known.issues.push(Issue {
            orphaned,
            superseded_at: None,
            delivered: None,
            presented: false,
            access_until: now + (self.policy.life_s - self.policy.early_s) * 1_000,
        });
        known.current = number;
        Acted::Issued(family, number)
    }

    /// The tokens reached a node that was alive.
    pub(crate) fn delivered(&self, family: usize, number: usize, life: &Arc<Life>) {
        let now = self.epoch.ms();
        let mut book = self.book.lock();
        let issue = &mut book.families[family].issues[number];
        issue.delivered.get_or_insert((Arc::clone(life), now));
    }

    /// Whether an access token is good for a call.
    pub(crate) fn accepts(&self, family: usize, number: usize) -> bool {
        let now = self.epoch.ms();
        let mut book = self.book.lock();
        let known = &mut book.families[family];
        let good = known.alive && now < known.issues[number].access_until;
        if known.alive && !good {
            known.refusals.push(now);
        }
        good
    }

    /// As if the customer had thrown the client out.
    pub(crate) fn revoke(&self, family: usize) {
        let now = self.epoch.ms();
        let mut book = self.book.lock();
        let Some(known) = book.families.get_mut(family).filter(|known| known.alive) else {
            return;
        };
        known.alive = false;
        known.death = Some((now, "the customer revoked it".to_owned()));
    }
}

impl Family {
    const fn new() -> Self {
        Self {
            alive: true,
            death: None,
            lost: false,
            current: 0,
            left_ms: None,
            issues: Vec::new(),
            open: Vec::new(),
            arrivals: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// Whether the newest token is one that somebody received: then nothing excuses
    /// the use of an older one.
    fn newest_is_known(&self) -> bool {
        self.issues.last().is_some_and(Issue::is_known)
    }
}

impl Issue {
    /// Somebody received it and lived on to write it down, or has used it since.
    fn is_known(&self) -> bool {
        let kept = |(life, at): &(Arc<Life>, u64)| {
            !life.is_dead() || life.lived_on_ms(*at) > WRITES_WITHIN_MS
        };
        self.presented || self.delivered.as_ref().is_some_and(kept)
    }
}
