//! Who is next: one of each account in turn, so that a customer with a thousand
//! connections does not keep another one's single connection waiting.

use std::collections::{BTreeMap, VecDeque};

use tokio::sync::oneshot;

/// Someone who waits to be let through.
pub(super) struct Waiter {
    pub(super) id: u64,
    pub(super) tell: oneshot::Sender<()>,
}

#[derive(Default)]
pub(super) struct Turns {
    accounts: BTreeMap<String, VecDeque<Waiter>>,
    /// Every account with a waiter, once; the first is next.
    order: VecDeque<String>,
}

impl Turns {
    pub(super) fn push(&mut self, account: &str, waiter: Waiter) {
        let waiting = self.accounts.entry(account.to_owned()).or_default();
        if waiting.is_empty() {
            self.order.push_back(account.to_owned());
        }
        waiting.push_back(waiter);
    }

    pub(super) fn pop(&mut self) -> Option<Waiter> {
        let account = self.order.pop_front()?;
        let waiting = self.accounts.get_mut(&account)?;
        let next = waiting.pop_front();
        if waiting.is_empty() {
            self.accounts.remove(&account);
        } else {
            self.order.push_back(account);
        }
        next
    }

    /// Says whether it was still waiting.
    pub(super) fn remove(&mut self, account: &str, id: u64) -> bool {
        let Some(waiting) = self.accounts.get_mut(account) else {
            return false;
        };
        let before = waiting.len();
        waiting.retain(|waiter| waiter.id != id);
        let found = waiting.len() < before;
        if waiting.is_empty() {
            self.accounts.remove(account);
            self.order.retain(|known| known != account);
        }
        found
    }

    pub(super) fn contains(&self, account: &str, id: u64) -> bool {
        let waiting = self.accounts.get(account);
        waiting.is_some_and(|waiting| waiting.iter().any(|waiter| waiter.id == id))
    }

    pub(super) fn len(&self) -> usize {
        self.accounts.values().map(VecDeque::len).sum()
    }

    /// How many come before a new waiter of this account.
    pub(super) fn ahead_of(&self, account: &str) -> usize {
        let own = self.accounts.get(account).map_or(0, VecDeque::len);
        let others = self.accounts.iter().filter(|(known, _)| *known != account);
        let others: usize = others.map(|(_, waiting)| waiting.len().min(own + 1)).sum();
        own + others
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(turns: &mut Turns, account: &str, id: u64) {
        let (tell, _) = oneshot::channel();
        turns.push(account, Waiter { id, tell });
    }

    #[test]
    fn a_customer_with_one_connection_does_not_wait_for_one_with_many() {
        let mut turns = Turns::default();
        for id in 0..100 {
            wait(&mut turns, "large", id);
        }
        assert_eq!(turns.ahead_of("small"), 1);
        wait(&mut turns, "small", 100);
        assert_eq!(turns.ahead_of("large"), 101);
        let served: Vec<_> = (0..4).filter_map(|_| turns.pop()).map(|w| w.id).collect();
        assert_eq!(served, [0, 100, 1, 2]);
        assert_eq!(turns.len(), 97);
    }

    #[test]
    fn whoever_gives_up_is_not_called() {
        let mut turns = Turns::default();
        wait(&mut turns, "one", 1);
        wait(&mut turns, "two", 2);
        assert!(turns.remove("one", 1));
        assert!(!turns.remove("one", 1));
        assert_eq!(turns.pop().map(|waiter| waiter.id), Some(2));
        assert!(turns.pop().is_none());
    }
}
