//! How hard this node asks providers for tokens.
//!
//! Each app, environment and connector has a lane with a budget; each environment and
//! token endpoint has a circuit that opens when the endpoint fails for everyone. Both
//! live in memory: another node has its own, and the fence in the connection's row
//! still keeps a connection to one refresh at a time. No lock is held while anything
//! is waited for.

mod circuit;
mod lane;
mod turns;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::oneshot;
use trunnel_catalog::Connector;
use trunnel_catalog::connector::RatePer;
use trunnel_model::scope::Scope;
use trunnel_model::time::{Clock, Sleep};

use circuit::{Circuit, Pass};
use lane::{Lane, Rate};
use turns::Waiter;

pub(crate) use lane::Priority;

/// A lane is looked at this often at least, whatever its estimate says.
const LOOK_EVERY_MS: u64 = 1_000;

/// Beyond so many endpoints, those that fail only now and then are forgotten.
const CIRCUITS: usize = 10_000;

/// App, environment, connector.
type LaneKey = (String, &'static str, String);
/// Environment, host.
type CircuitKey = (&'static str, String);

pub(crate) struct Pressure {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    lanes: BTreeMap<LaneKey, Lane>,
    circuits: BTreeMap<CircuitKey, Circuit>,
    waiters: u64,
}

/// Who wants to ask for a token, and of whom.
pub(crate) struct Asking<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) connector: &'a Connector,
    /// The token endpoint's, if the connection says enough to know it.
    pub(crate) host: Option<String>,
    pub(crate) account: &'a str,
    pub(crate) connection: &'a str,
    pub(crate) priority: Priority,
}

/// Not now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) wait_ms: u64,
    pub(crate) why: &'static str,
}

const BUDGET: &str = "more tokens of it end than it may be asked to renew at a time";
const CIRCUIT: &str = "its token endpoint fails for everyone";

/// What the provider made of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It answered, whatever it said.
    Answered,
    /// It takes no more for now.
    Busy { asked_ms: Option<u64> },
    /// It is not well.
    Failing,
}

impl Pressure {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            state: Mutex::default(),
        })
    }

    fn now(&self) -> u64 {
        self.clock.ticks() / 1_000_000
    }

    /// Waits for a turn, but not longer than about `patience_ms`.
    ///
    /// # Errors
    /// How long to wait before asking again, where that is longer.
    pub(crate) async fn enter(
        self: &Arc<Self>,
        asking: &Asking<'_>,
        sleep: &dyn Sleep,
        patience_ms: u64,
    ) -> Result<Permit, Held> {
        let mut ticket = self.queue(asking, patience_ms)?;
        let began = self.now();
        loop {
            let wait = self.next_ms(&ticket.lane);
            tokio::select! {
                biased;
                told = &mut ticket.told => {
                    // The sender is dropped only by a ticket that gave up.
                    if told.is_ok() {
                        return self.pass(ticket, asking);
                    }
                    return Err(Held { wait_ms: LOOK_EVERY_MS, why: BUDGET });
                }
                () = sleep.sleep(wait) => {}
            }
            let now = self.now();
            self.pump(&ticket.lane, now);
            // The estimate was wrong: a pause has begun, or others went first.
            if now.saturating_sub(began) > patience_ms.saturating_mul(2) && !ticket.is_called() {
                let wait_ms = self.next_ms(&ticket.lane).max(LOOK_EVERY_MS);
                return Err(held(asking, wait_ms, BUDGET));
            }
        }
    }

    fn queue(self: &Arc<Self>, asking: &Asking<'_>, patience_ms: u64) -> Result<Ticket, Held> {
        let now = self.now();
        let mut state = self.state.lock();
        let state = &mut *state;
        let circuit = asking.circuit().and_then(|key| state.circuits.get(&key));
        let shut = circuit.and_then(|circuit| circuit.closed_for(now));
        let key = asking.lane();
        let rate = asking.rate();
        let lane = state.lanes.entry(key.clone());
        let lane = lane.or_insert_with(|| Lane::new(rate, now));
        lane.pump(now);
        let estimate = lane.estimate_ms(asking.priority, asking.account, now);
        let (wait_ms, why) = match shut {
            Some(left) => (estimate.max(left), CIRCUIT),
            None => (estimate, BUDGET),
        };
        if shut.is_some() || wait_ms > patience_ms {
            let wait_ms = match asking.priority {
                Priority::Foreground => wait_ms,
                Priority::Background => lane.put_off(wait_ms, now),
            };
            return Err(held(asking, wait_ms, why));
        }
        state.waiters += 1;
        let id = state.waiters;
        let (tell, told) = oneshot::channel();
        lane.wait(asking.priority, asking.account, Waiter { id, tell });
        lane.pump(now);
        waiting(&key.2).increment(1.0);
        Ok(Ticket {
            pressure: Arc::clone(self),
            lane: key,
            account: asking.account.to_owned(),
            priority: asking.priority,
            id,
            told,
            used: false,
        })
    }

    /// The lane has let it through; now the circuit.
    fn pass(self: &Arc<Self>, mut ticket: Ticket, asking: &Asking<'_>) -> Result<Permit, Held> {
        let now = self.now();
        let pass = match asking.circuit() {
            None => Ok(Pass::Free),
            Some(key) => {
                let mut state = self.state.lock();
                match state.circuits.get_mut(&key) {
                    Some(circuit) => circuit.pass(now),
                    None => Ok(Pass::Free),
                }
            }
        };
        match pass {
            Ok(pass) => {
                ticket.used = true;
                Ok(Permit {
                    pressure: Arc::clone(self),
                    lane: ticket.lane.clone(),
                    circuit: asking.circuit(),
                    connection: asking.connection.to_owned(),
                    pass,
                    made: true,
                    verdict: None,
                })
            }
            Err(wait_ms) => Err(held(asking, wait_ms, CIRCUIT)),
        }
    }

    fn next_ms(&self, key: &LaneKey) -> u64 {
        let now = self.now();
        let state = self.state.lock();
        let next = state.lanes.get(key).map_or(0, |lane| lane.next_ms(now));
        next.clamp(5, LOOK_EVERY_MS)
    }

    fn pump(&self, key: &LaneKey, now: u64) {
        if let Some(lane) = self.state.lock().lanes.get_mut(key) {
            lane.pump(now);
        }
    }

    /// One is through with it: whoever waits may be next.
    fn left(&self, key: &LaneKey, made: bool, verdict: Option<Verdict>) {
        let now = self.now();
        let mut state = self.state.lock();
        let Some(lane) = state.lanes.get_mut(key) else {
            return;
        };
        lane.leave(made);
        match verdict {
            Some(Verdict::Answered) => lane.answered(),
            Some(Verdict::Busy { asked_ms }) => lane.busy(asked_ms, now),
            Some(Verdict::Failing) | None => {}
        }
        lane.pump(now);
        if lane.is_idle(now) {
            state.lanes.remove(key);
        }
    }

    fn judged(&self, permit: &Permit) {
        let Some(key) = &permit.circuit else { return };
        let (now, app) = (self.now(), permit.lane.2.clone());
        let mut state = self.state.lock();
        if state.circuits.len() > CIRCUITS {
            state.circuits.retain(|_, circuit| !circuit.is_closed());
        }
        match permit.verdict {
            Some(Verdict::Failing) => {
                let circuit = state.circuits.entry(key.clone()).or_default();
                if circuit.failed(&permit.connection, permit.pass, now) {
                    tracing::warn!(
                        host = key.1,
                        "a token endpoint fails for everyone; it is left alone"
                    );
                    metrics::counter!("trunnel_token_circuits_opened_total", "app" => app.clone())
                        .increment(1);
                    metrics::gauge!("trunnel_token_circuits_open", "app" => app).increment(1.0);
                }
            }
            Some(Verdict::Answered | Verdict::Busy { .. }) => {
                let Some(circuit) = state.circuits.get_mut(key) else {
                    return;
                };
                if circuit.answered() {
                    tracing::info!(host = key.1, "a token endpoint is back");
                    metrics::gauge!("trunnel_token_circuits_open", "app" => app).decrement(1.0);
                }
                if circuit.is_idle() {
                    state.circuits.remove(key);
                }
            }
            None => {
                if let Some(circuit) = state.circuits.get_mut(key) {
                    circuit.abandoned(permit.pass, now);
                }
            }
        }
    }
}

impl Asking<'_> {
    fn lane(&self) -> LaneKey {
        let (app, environment) = (self.scope.app().as_str(), self.scope.environment().name());
        (app.to_owned(), environment, self.connector.slug.clone())
    }

    fn circuit(&self) -> Option<CircuitKey> {
        Some((self.scope.environment().name(), self.host.clone()?))
    }

    fn rate(&self) -> Rate {
        let limits = self.connector.limits;
        let documented = limits.filter(|limits| limits.per == RatePer::Client);
        Rate::of(documented.map(|limits| (limits.calls, limits.seconds)))
    }
}

fn held(asking: &Asking<'_>, wait_ms: u64, why: &'static str) -> Held {
    let reason = if why == CIRCUIT { "circuit" } else { "budget" };
    metrics::counter!(
        "trunnel_token_requests_held_total",
        "app" => asking.connector.slug.clone(), "reason" => reason
    )
    .increment(1);
    Held { wait_ms, why }
}

fn waiting(slug: &str) -> metrics::Gauge {
    metrics::gauge!("trunnel_token_requests_waiting", "app" => slug.to_owned())
}

/// A place in a lane's queue. Whoever goes away leaves it to the next.
struct Ticket {
    pressure: Arc<Pressure>,
    lane: LaneKey,
    account: String,
    priority: Priority,
    id: u64,
    told: oneshot::Receiver<()>,
    used: bool,
}

impl Ticket {
    fn is_called(&mut self) -> bool {
        let mut state = self.pressure.state.lock();
        let lane = state.lanes.get_mut(&self.lane);
        !lane.is_some_and(|lane| lane.is_waiting(self.priority, &self.account, self.id))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        waiting(&self.lane.2).decrement(1.0);
        if self.used {
            return;
        }
        let was_waiting = {
            let mut state = self.pressure.state.lock();
            let lane = state.lanes.get_mut(&self.lane);
            lane.is_some_and(|lane| lane.give_up(self.priority, &self.account, self.id))
        };
        if !was_waiting {
            // It had been called already.
            self.pressure.left(&self.lane, false, None);
        }
    }
}

/// Leave to ask once. What came of it is said with [`Permit::judge`]; a permit that is
/// dropped without a word says nothing of the provider.
pub(crate) struct Permit {
    pressure: Arc<Pressure>,
    lane: LaneKey,
    circuit: Option<CircuitKey>,
    connection: String,
    pass: Pass,
    made: bool,
    verdict: Option<Verdict>,
}

impl Permit {
    pub(crate) fn judge(&mut self, verdict: Verdict) {
        self.verdict = Some(verdict);
    }

    /// Nothing was asked after all.
    pub(crate) fn unused(mut self) {
        self.made = false;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.pressure.judged(self);
        self.pressure.left(&self.lane, self.made, self.verdict);
    }
}
