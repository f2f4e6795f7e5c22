//! Scripts of the developer's, away from the threads that serve requests.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::time::timeout;
use trunnel_model::chance;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::secret::Secret;
use trunnel_script::{Given, Limits, Line};

use super::customer::Customer;
use super::draft::Draft;
use super::exchange::named_like_secrets;
use crate::Core;
use crate::error::Error;
use crate::scrub::without;

/// For the machine to find a thread, and for the script. It ends itself long before,
/// unless it holds the engine up in a place where nothing can interrupt it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the scripts of one call have said.
#[derive(Debug, Default)]
pub(crate) struct Said(Mutex<Vec<Line>>);

impl Said {
    const MOST: usize = 200;

    fn add(&self, lines: Vec<Line>) {
        let mut said = self.0.lock();
        let room = Self::MOST.saturating_sub(said.len());
        said.extend(lines.into_iter().take(room));
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        self.0.lock().clone()
    }
}

impl Core {
    /// Lets a script change the request.
    pub(crate) async fn scripted(
        &self,
        (name, script): (&str, &str),
        draft: &Draft,
        customer: &Customer,
        response: Option<&Value>,
        said: &Said,
    ) -> Result<Draft, Error> {
        let mut globals = Map::new();
        globals.insert("request".to_owned(), draft.to_script());
        globals.insert("linked_account".to_owned(), customer.to_script());
        globals.insert("response".to_owned(), response.cloned().unwrap_or_default());
        let given = Given {
            globals,
            now_ms: self.now().as_millis(),
            nonce: chance::secret_text(self.chance()),
        };
        let ran = self.run_script(script.to_owned(), given).await?;
        said.add(ran.console);
        let mut known: Vec<Secret> = customer.secrets().cloned().collect();
        if let Some(response) = response {
            named_like_secrets(response, &mut known);
        }
        let failed = |why: String, line: Option<u32>| {
            let known: Vec<&Secret> = known.iter().collect();
            let message = without(format!("The {name} failed: {why}."), &known);
            Fault::bad_request(FaultCode::ValidationError, message)
                .with("error_class", "permanent")
                .with("line", line)
        };
        let left = ran
            .result
            .map_err(|fault| failed(fault.to_string(), fault.line()))?;
        Ok(draft.changed_by(&left).map_err(|why| failed(why, None))?)
    }

    async fn run_script(&self, script: String, given: Given) -> Result<trunnel_script::Ran, Error> {
        let busy = || {
            let message = "Too many scripts are running. Try again in a moment.";
            Fault::new(503, FaultCode::ServiceUnavailable, message)
        };
        let free = Arc::clone(&self.0.my_app.scripts).acquire_owned();
        let permit = timeout(PATIENCE, free).await.map_err(|_| busy())?;
        let permit = permit.map_err(|_| busy())?;
        let task = tokio::task::spawn_blocking(move || {
            let ran = trunnel_script::run(&script, &given, "request", &Limits::default());
            // Only now: a script that cannot be ended keeps others from following it.
            drop(permit);
            ran
        });
        match timeout(PATIENCE, task).await {
            Ok(Ok(ran)) => Ok(ran),
            Ok(Err(error)) => Err(Error::Internal(format!(
                "a script's thread failed: {error}"
            ))),
            Err(_) => Ok(trunnel_script::Ran {
                result: Err(trunnel_script::ScriptFault::Time),
                console: Vec::new(),
            }),
        }
    }
}
