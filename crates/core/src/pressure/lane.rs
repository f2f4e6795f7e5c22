//! One developer app's token requests to one provider: how many a second, how many
//! at once, and who is next.

use super::turns::{Turns, Waiter};

/// One request, in the unit the bucket is filled with.
const REQUEST: u64 = 1_000_000;

/// What is asked of a provider that says nothing of its limits: requests in a second.
const PER_SECOND: u64 = 20;

/// Requests under way at once.
const AT_ONCE: usize = 16;

/// After a 429 that names no pause.
const BUSY_MS: u64 = 1_000;

/// A provider may ask for a pause of this length at most.
const LONGEST_PAUSE_MS: u64 = 600_000;

/// Who goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// Someone waits for the token.
    Foreground,
    Background,
}

/// A rate, in the bucket's unit for each millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate(u64);

impl Rate {
    /// What a provider documents for all calls of one client, but no more than ours.
    pub(super) fn of(documented: Option<(u32, u32)>) -> Self {
        let ours = PER_SECOND * REQUEST / 1000;
        let theirs = documented.map(|(calls, seconds)| {
            u64::from(calls) * (REQUEST / 1000) / u64::from(seconds).max(1)
        });
        Self(theirs.map_or(ours, |theirs| theirs.clamp(1, ours)))
    }

    /// A second's worth, and one request at least.
    fn burst(self) -> u64 {
        (self.0 * 1000).max(REQUEST)
    }
}

pub(super) struct Lane {
    base: Rate,
    /// Halved by a 429, and then slowly back to what it was.
    rate: Rate,
    level: u64,
    filled_at: u64,
    running: usize,
    paused_until: u64,
    /// When all that was put off will have had its turn.
    put_off_until: u64,
    foreground: Turns,
    background: Turns,
}

impl Lane {
    pub(super) fn new(base: Rate, now: u64) -> Self {
        Self {
            base,
            rate: base,
            level: base.burst(),
            filled_at: now,
            running: 0,
            paused_until: 0,
            put_off_until: 0,
            foreground: Turns::default(),
            background: Turns::default(),
        }
    }

    fn fill(&mut self, now: u64) {
        let passed = now.saturating_sub(self.filled_at);
        let more = passed.saturating_mul(self.rate.0);
        self.level = self.level.saturating_add(more).min(self.rate.burst());
        self.filled_at = now;
    }

    fn turns(&mut self, priority: Priority) -> &mut Turns {
        match priority {
            Priority::Foreground => &mut self.foreground,
            Priority::Background => &mut self.background,
        }
    }

    pub(super) fn wait(&mut self, priority: Priority, account: &str, waiter: Waiter) {
        self.turns(priority).push(account, waiter);
    }

    /// Says whether it was still waiting.
    pub(super) fn give_up(&mut self, priority: Priority, account: &str, id: u64) -> bool {
        self.turns(priority).remove(account, id)
    }

    pub(super) fn is_waiting(&self, priority: Priority, account: &str, id: u64) -> bool {
        match priority {
            Priority::Foreground => self.foreground.contains(account, id),
            Priority::Background => self.background.contains(account, id),
        }
    }

    /// Lets through whoever may go now.
    pub(super) fn pump(&mut self, now: u64) {
        self.fill(now);
        while now >= self.paused_until && self.running < AT_ONCE && self.level >= REQUEST {
            let next = self.foreground.pop().or_else(|| self.background.pop());
            let Some(next) = next else { return };
            if next.tell.send(()).is_ok() {
                self.level -= REQUEST;
                self.running += 1;
            }
        }
    }

    /// About how long a new waiter would wait.
    pub(super) fn estimate_ms(&self, priority: Priority, account: &str, now: u64) -> u64 {
        let mut ahead = self.foreground.ahead_of(account);
        if priority == Priority::Background {
            ahead = self.foreground.len() + self.background.ahead_of(account);
        }
        let ahead = u64::try_from(ahead).unwrap_or(u64::MAX);
        self.paused_ms(now).max(self.reaches_ms(ahead))
    }

    /// When one that nobody waits for is to come again: one after the other, at the rate
    /// they can be served, so that thousands do not come back together.
    pub(super) fn put_off(&mut self, wait_ms: u64, now: u64) -> u64 {
        let from = self.put_off_until.max(now + wait_ms);
        self.put_off_until = from + REQUEST.div_ceil(self.rate.0);
        from - now
    }

    fn paused_ms(&self, now: u64) -> u64 {
        self.paused_until.saturating_sub(now)
    }

    /// Until the bucket has enough for one more than so many.
    fn reaches_ms(&self, ahead: u64) -> u64 {
        let needed = ahead.saturating_add(1).saturating_mul(REQUEST);
        needed.saturating_sub(self.level).div_ceil(self.rate.0)
    }

    /// Until the next may be let through, as far as time has a say in it.
    pub(super) fn next_ms(&self, now: u64) -> u64 {
        self.paused_ms(now).max(self.reaches_ms(0))
    }

    /// One has ended. One that was not made after all does not count.
    pub(super) fn leave(&mut self, made: bool) {
        self.running = self.running.saturating_sub(1);
        if !made {
            self.level = (self.level + REQUEST).min(self.rate.burst());
        }
    }

    /// The provider takes no more for now.
    pub(super) fn busy(&mut self, asked_ms: Option<u64>, now: u64) {
        let pause = asked_ms.unwrap_or(BUSY_MS).clamp(BUSY_MS, LONGEST_PAUSE_MS);
        self.paused_until = self.paused_until.max(now + pause);
        self.rate = Rate((self.rate.0 / 2).max(self.base.0 / 20).max(1));
        self.level = self.level.min(self.rate.burst());
    }

    pub(super) fn answered(&mut self) {
        let more = (self.base.0 / 50).max(1);
        self.rate = Rate((self.rate.0 + more).min(self.base.0));
    }

    pub(super) fn waiting(&self) -> usize {
        self.foreground.len() + self.background.len()
    }

    /// Whether a new one would be the same.
    pub(super) fn is_idle(&mut self, now: u64) -> bool {
        self.fill(now);
        self.running == 0
            && self.waiting() == 0
            && now >= self.paused_until.max(self.put_off_until)
            && self.rate == self.base
            && self.level == self.base.burst()
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    fn ask(lane: &mut Lane, priority: Priority, account: &str) -> oneshot::Receiver<()> {
        let (tell, told) = oneshot::channel();
        lane.wait(priority, account, Waiter { id: 0, tell });
        told
    }

    fn served(waiting: &mut [oneshot::Receiver<()>]) -> usize {
        waiting
            .iter_mut()
            .map(|one| usize::from(one.try_recv().is_ok()))
            .sum()
    }

    #[test]
    fn a_second_has_its_budget_and_no_more_run_at_once_than_may() {
        let mut lane = Lane::new(Rate::of(None), 0);
        let ask = |lane: &mut Lane, n: usize| ask(lane, Priority::Background, &n.to_string());
        let mut waiting: Vec<_> = (0..100).map(|n| ask(&mut lane, n)).collect();
        lane.pump(0);
        assert_eq!(served(&mut waiting), AT_ONCE);
        (0..AT_ONCE).for_each(|_| lane.leave(true));
        lane.pump(0);
        assert_eq!(served(&mut waiting), 20 - AT_ONCE);
        (0..20 - AT_ONCE).for_each(|_| lane.leave(true));
        assert_eq!(lane.next_ms(0), 50);
        lane.pump(500);
        assert_eq!(served(&mut waiting), 10);
    }

    #[test]
    fn whoever_is_waited_for_goes_first() {
        let mut lane = Lane::new(Rate::of(Some((1, 1))), 0);
        let mut first = [ask(&mut lane, Priority::Background, "a")];
        let mut second = [ask(&mut lane, Priority::Foreground, "b")];
        lane.pump(0);
        assert_eq!((served(&mut first), served(&mut second)), (0, 1));
        assert_eq!(lane.estimate_ms(Priority::Background, "c", 0), 2_000);
        assert_eq!(lane.estimate_ms(Priority::Foreground, "c", 0), 1_000);
    }

    #[test]
    fn a_429_pauses_everyone_and_halves_the_rate_for_a_while() {
        let mut lane = Lane::new(Rate::of(None), 0);
        lane.busy(Some(30_000), 0);
        let mut waiting = [ask(&mut lane, Priority::Foreground, "a")];
        lane.pump(29_999);
        assert_eq!(served(&mut waiting), 0);
        assert_eq!(lane.next_ms(29_999), 1);
        lane.pump(30_000);
        assert_eq!(served(&mut waiting), 1);
        assert_eq!(lane.rate, Rate(Rate::of(None).0 / 2));
        (0..25).for_each(|_| lane.answered());
        assert_eq!(lane.rate, lane.base);
    }

    #[test]
    fn what_is_put_off_comes_back_at_the_rate_it_can_be_served() {
        let mut lane = Lane::new(Rate::of(None), 0);
        let due: Vec<_> = (0..1_000).map(|_| lane.put_off(2_000, 0)).collect();
        assert_eq!((due[0], due[1], due[999]), (2_000, 2_050, 51_950));
        assert_eq!(lane.put_off(2_000, 60_000), 2_000);
    }

    #[test]
    fn a_documented_limit_is_kept_where_it_is_lower() {
        assert_eq!(Rate::of(Some((3, 10))).0, 300);
        assert_eq!(Rate::of(Some((1000, 1))), Rate::of(None));
        assert_eq!(Rate::of(Some((1, u32::MAX))).0, 1);
    }
}
