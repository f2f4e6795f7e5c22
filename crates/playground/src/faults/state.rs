//! What is switched, and what was counted.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use trunnel_store::Db;
use trunnel_store::playground::{self as store, Grant, Hash, TokenKind};

use super::Answer;

/// The switches and counters of one process; clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<State>>);

/// How long new access tokens live.
#[derive(Clone, Copy, Default)]
pub(crate) enum Life {
    #[default]
    Standard,
    Seconds(u32),
}

impl Life {
    const fn seconds(self) -> Option<u32> {
        match self {
            Self::Standard => None,
            Self::Seconds(seconds) => Some(seconds),
        }
    }
}

#[derive(Default)]
struct State {
    access_life: Life,
    token_answers: VecDeque<Answer>,
    api_answers: VecDeque<Answer>,
    token_requests: u64,
    by_grant: BTreeMap<String, u64>,
    by_email: BTreeMap<String, u64>,
    in_flight: BTreeMap<String, u64>,
    in_flight_max: u64,
    revocations: u64,
}

/// New settings; what is `None` stays as it is.
#[derive(Default)]
pub(crate) struct Change {
    pub(crate) access_life: Option<Life>,
    pub(crate) token_answers: Option<VecDeque<Answer>>,
    pub(crate) api_answers: Option<VecDeque<Answer>>,
}

impl Faults {
    pub(crate) fn access_life_s(&self) -> Option<u32> {
        self.0.lock().access_life.seconds()
    }

    /// Counts a token request and takes the answer that is planned for it.
    pub(crate) fn next_token_answer(&self) -> Answer {
        let mut state = self.0.lock();
        state.token_requests += 1;
        state.token_answers.pop_front().unwrap_or(Answer::Honest)
    }

    pub(crate) fn next_api_answer(&self) -> Answer {
        self.0
            .lock()
            .api_answers
            .pop_front()
            .unwrap_or(Answer::Honest)
    }

    pub(crate) fn count_revocation(&self) {
        self.0.lock().revocations += 1;
    }

    pub(crate) fn count_request_of(&self, grant: &Grant) {
        self.0.lock().count_request_of(grant);
    }

    /// Counts a refresh request as its grant's, and as in flight until the guard is
    /// dropped. A token nobody knows, or a database that fails, counts for no grant.
    pub(crate) async fn watch(&self, db: &Db, refresh: &Hash) -> Option<InFlight> {
        let found = store::find_token(db, refresh).await.ok().flatten()?;
        let grant = Some(found)
            .filter(|token| token.kind == TokenKind::Refresh)?
            .grant;
        let mut state = self.0.lock();
        state.count_request_of(&grant);
        let now = state.in_flight.entry(grant.id.clone()).or_default();
        *now += 1;
        let now = *now;
        state.in_flight_max = state.in_flight_max.max(now);
        Some(InFlight {
            faults: self.clone(),
            grant_id: grant.id,
        })
    }

    pub(crate) fn set(&self, change: Change) {
        let mut state = self.0.lock();
        if let Some(life) = change.access_life {
            state.access_life = life;
        }
        if let Some(answers) = change.token_answers {
            state.token_answers = answers;
        }
        if let Some(answers) = change.api_answers {
            state.api_answers = answers;
        }
    }

    /// Back to an honest provider that has counted nothing. What is in flight stays.
    pub(crate) fn reset(&self) {
        let mut state = self.0.lock();
        let in_flight = std::mem::take(&mut state.in_flight);
        *state = State {
            in_flight,
            ..State::default()
        };
    }

    pub(crate) fn show(&self) -> Value {
        let state = self.0.lock();
        json!({
            "access_token_life_s": state.access_life.seconds(),
            "next_token_answers": texts(&state.token_answers),
            "next_api_answers": texts(&state.api_answers),
            "token_requests": state.token_requests,
            "token_requests_by_grant": state.by_grant,
            "token_requests_by_email": state.by_email,
            "refresh_in_flight_max": state.in_flight_max,
            "revocations": state.revocations,
        })
    }
}

impl State {
    fn count_request_of(&mut self, grant: &Grant) {
        *self.by_grant.entry(grant.id.clone()).or_default() += 1;
        *self.by_email.entry(grant.email.clone()).or_default() += 1;
    }
}

fn texts(answers: &VecDeque<Answer>) -> Vec<String> {
    answers.iter().map(ToString::to_string).collect()
}

/// A refresh request that is being answered.
pub(crate) struct InFlight {
    faults: Faults,
    grant_id: String,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        let mut state = self.faults.0.lock();
        if let Some(now) = state.in_flight.get_mut(&self.grant_id) {
            *now = now.saturating_sub(1);
            if *now == 0 {
                state.in_flight.remove(&self.grant_id);
            }
        }
    }
}
