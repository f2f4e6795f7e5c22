//! A script, and what came of it.

use std::time::Duration;

use serde_json::{Value, json};
use trunnel_script::{Given, Limits, Ran, ScriptFault};

/// Short, so that what never ends is soon over.
pub fn limits() -> Limits {
    Limits {
        cpu: Duration::from_millis(300),
        ..Limits::default()
    }
}

pub fn run(script: &str) -> Ran {
    run_within(script, &limits())
}

pub fn run_within(script: &str, limits: &Limits) -> Ran {
    let globals = json!({
        "request": {
            "method": "POST",
            "url": "https://api.acme.example/things",
            "query": { "page": "1" },
            "headers": { "accept": "application/json" },
            "body": { "name": "Ada" },
        },
        "linked_account": { "account_id": "acme", "udf": {}, "auth_credentials": { "key": "k-1" } },
        "response": { "token": "t-1" },
    });
    let Value::Object(globals) = globals else {
        unreachable!("an object was written")
    };
    let given = Given {
        globals,
        now_ms: 1_700_000_000_000,
        nonce: "a-nonce".to_owned(),
    };
    trunnel_script::run(script, &given, "request", limits)
}

/// The request as the script leaves it.
#[track_caller]
pub fn left(script: &str) -> Value {
    let ran = run(script);
    ran.result
        .unwrap_or_else(|fault| panic!("{script}: {fault}"))
}

/// Why the script failed.
#[track_caller]
pub fn fault(script: &str) -> ScriptFault {
    match run(script).result {
        Ok(left) => panic!("{script}: {left}"),
        Err(fault) => fault,
    }
}
