//! Whether a provider's token endpoint is asked at all.

/// So many different connections have to fail in a row: one that fails alone is
/// held back by the pause in its own row.
const OPENS_AFTER: usize = 5;

/// How long nobody asks at first; each probe that fails doubles it.
const FIRST_PAUSE_MS: u64 = 5_000;
const LONGEST_PAUSE_MS: u64 = 120_000;

/// While one asks whether the provider is back, the others look again after this.
const PROBE_MS: u64 = 1_000;

/// One token endpoint's circuit. Times are milliseconds of a clock that never goes back.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    state: State,
    /// The connections that failed since the last answer.
    failing: Vec<String>,
    pause_ms: u64,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    /// Nobody asks before this.
    Open { until: u64 },
    /// One asks; its answer decides.
    Probing,
}

/// A way through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Free,
    /// This one finds out whether the provider is back.
    Probe,
}

impl Circuit {
    /// # Errors
    /// How many milliseconds to wait before asking again.
    pub(super) fn pass(&mut self, now: u64) -> Result<Pass, u64> {
        match self.state {
            State::Closed => Ok(Pass::Free),
            State::Open { until } if now < until => Err(until - now),
            State::Open { .. } => {
                self.state = State::Probing;
                Ok(Pass::Probe)
            }
            State::Probing => Err(PROBE_MS),
        }
    }

    /// The same question, without becoming the one who probes.
    pub(super) fn closed_for(&self, now: u64) -> Option<u64> {
        match self.state {
            State::Open { until } if now < until => Some(until - now),
            State::Probing => Some(PROBE_MS),
            State::Closed | State::Open { .. } => None,
        }
    }

    /// The provider has spoken: whatever it said, it is there. True when that closes
    /// the circuit.
    pub(super) fn answered(&mut self) -> bool {
        let was_open = self.state != State::Closed;
        *self = Self::default();
        was_open
    }

    /// True when this failure opens a circuit that was closed.
    pub(super) fn failed(&mut self, connection: &str, pass: Pass, now: u64) -> bool {
        match (self.state, pass) {
            (State::Closed, _) => {
                if self.failing.iter().all(|known| known != connection) {
                    self.failing.push(connection.to_owned());
                }
                if self.failing.len() < OPENS_AFTER {
                    return false;
                }
                self.open(FIRST_PAUSE_MS, now);
                true
            }
            (State::Probing, Pass::Probe) => {
                self.open((self.pause_ms * 2).min(LONGEST_PAUSE_MS), now);
                false
            }
            // It was under way when the circuit opened.
            (State::Open { .. } | State::Probing, _) => false,
        }
    }

    fn open(&mut self, pause_ms: u64, now: u64) {
        self.pause_ms = pause_ms;
        self.failing.clear();
        self.state = State::Open {
            until: now + pause_ms,
        };
    }

    /// A probe that came to nothing: the next one may be made at once.
    pub(super) fn abandoned(&mut self, pass: Pass, now: u64) {
        if pass == Pass::Probe && self.state == State::Probing {
            self.state = State::Open { until: now };
        }
    }

    /// Whether there is nothing to remember.
    pub(super) fn is_idle(&self) -> bool {
        self.state == State::Closed && self.failing.is_empty()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.state == State::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(now: u64) -> Circuit {
        let mut circuit = Circuit::default();
        for connection in ["a", "b", "c", "d"] {
            assert!(!circuit.failed(connection, Pass::Free, now));
        }
        assert!(circuit.failed("e", Pass::Free, now));
        circuit
    }

    #[test]
    fn one_connection_that_fails_alone_does_not_keep_others_out() {
        let mut circuit = Circuit::default();
        for _ in 0..100 {
            assert!(!circuit.failed("a", Pass::Free, 0));
        }
        assert_eq!(circuit.pass(0), Ok(Pass::Free));
    }

    #[test]
    fn an_answer_in_between_starts_the_count_again() {
        let mut circuit = Circuit::default();
        for connection in ["a", "b", "c", "d"] {
            circuit.failed(connection, Pass::Free, 0);
        }
        assert!(!circuit.answered());
        assert!(!circuit.failed("e", Pass::Free, 0));
        assert_eq!(circuit.pass(0), Ok(Pass::Free));
    }

    #[test]
    fn one_probe_at_a_time_and_a_pause_that_grows() {
        let mut circuit = opened(0);
        assert_eq!(circuit.pass(1_000), Err(4_000));
        let mut now = 0;
        for pause in [5_000, 10_000, 20_000, 40_000, 80_000, 120_000, 120_000] {
            now += pause;
            assert_eq!(circuit.pass(now - 1), Err(1));
            assert_eq!(circuit.pass(now), Ok(Pass::Probe));
            assert_eq!(circuit.pass(now), Err(PROBE_MS));
            // An old request that fails now says nothing new.
            assert!(!circuit.failed("z", Pass::Free, now));
            assert!(!circuit.failed("f", Pass::Probe, now));
        }
        now += 120_000;
        assert_eq!(circuit.pass(now), Ok(Pass::Probe));
        assert!(circuit.answered());
        assert!(circuit.is_idle());
    }

    #[test]
    fn a_probe_that_came_to_nothing_is_made_again() {
        let mut circuit = opened(0);
        let pass = circuit.pass(5_000).unwrap();
        circuit.abandoned(pass, 5_000);
        assert_eq!(circuit.pass(5_000), Ok(Pass::Probe));
    }
}
