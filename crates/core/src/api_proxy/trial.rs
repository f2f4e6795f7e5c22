//! A proxy tried out by the developer, with all that helps to find out why it fails.

use serde_json::{Map, Value, json};

use super::run::Trace;
use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;
use crate::scrub::without;

/// What came of it.
#[derive(Debug, Clone)]
pub struct Trial {
    pub success: bool,
    /// The request without the values of its headers; nothing when none was sent.
    pub curl: Option<String>,
    pub console: Vec<SaidLine>,
    /// The answer as a call has it, or the error.
    pub answer: Value,
}

/// What a script has said.
#[derive(Debug, Clone)]
pub struct SaidLine {
    pub level: &'static str,
    pub text: String,
}

impl Core {
    /// Runs the proxy as a call would. What the API or a script does wrong is an answer
    /// here, what the caller does wrong is not.
    pub async fn try_api_proxy(
        &self,
        caller: &AccountCtx,
        action_id: &str,
        input: &Map<String, Value>,
    ) -> Result<Trial, Error> {
        let trace = Trace::default();
        let ran = self
            .traced_api_proxy(caller, action_id, input, &trace)
            .await;
        let curl = trace.curl.lock().take();
        let (success, answer) = match ran {
            Ok(answer) => (
                true,
                json!({
                    "node_status": "Success",
                    "success": true,
                    "http_status": answer.status,
                    "data": answer.data,
                }),
            ),
            Err(Error::Fault(fault)) if fault.extra.contains_key("error_class") => {
                let mut answer = fault.extra.clone();
                answer.insert("node_status".to_owned(), "Errored".into());
                answer.insert("success".to_owned(), false.into());
                answer.insert("message".to_owned(), fault.message.clone().into());
                (false, Value::Object(answer))
            }
            Err(error) => return Err(error),
        };
        let customer = self.customer(caller).await?;
        let used = trace.secrets.lock().clone();
        let secrets: Vec<_> = customer.secrets().chain(&used).collect();
        let lines = trace.said.lines().into_iter().map(|line| SaidLine {
            level: line.level.as_str(),
            text: without(line.text, &secrets),
        });
        Ok(Trial {
            success,
            curl,
            console: lines.collect(),
            answer,
        })
    }
}
