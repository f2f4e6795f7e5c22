//! The developer's own API ("My App"): how a customer is authenticated there.
//!
//! Three stages: values stored for the customer; where they are not enough, an exchange
//! of them for a token at the developer's token endpoint; and what is then put into
//! every request. `api_proxy` makes the requests.

mod authentication;
mod cache;
mod curl;
mod customer;
mod draft;
mod exchange;
mod form;
mod script;
mod template;
mod url;

use std::sync::Arc;

use tokio::sync::Semaphore;
use trunnel_model::fault::{Fault, FaultCode};

pub(crate) use authentication::Authentication;
pub use authentication::AuthenticationView;
pub(crate) use curl::curl;
pub(crate) use customer::Customer;
pub(crate) use draft::Draft;
pub(crate) use exchange::{Exchanged, named_like_secrets};
pub(crate) use form::{Members, RequestForm, script};
pub(crate) use script::Said;
pub(crate) use template::Root;
pub(crate) use url::{BadUrl, UrlTemplate};

/// More scripts than this wait: each may hold a thread and its memory.
const SCRIPTS_AT_ONCE: usize = 8;

/// What this node keeps of the exchanges and scripts.
pub(crate) struct MyApp {
    tokens: cache::Tokens,
    scripts: Arc<Semaphore>,
}

impl Default for MyApp {
    fn default() -> Self {
        Self {
            tokens: cache::Tokens::default(),
            scripts: Arc::new(Semaphore::new(SCRIPTS_AT_ONCE)),
        }
    }
}

/// A request that cannot be made of what is known of the customer.
pub(crate) fn unfilled(customer: &Customer, what: &str, bad: &BadUrl) -> Fault {
    let unfilled = match bad {
        BadUrl::Unfilled(unfilled) => unfilled,
        BadUrl::Other(problem) => {
            let message = format!("{what} cannot be built: {problem}.");
            return Fault::bad_request(FaultCode::ValidationError, message);
        }
    };
    let reference = &unfilled.reference;
    if let Some(field) = reference.field() {
        return Fault::field(field, format!("`{field}` {}", unfilled.problem));
    }
    let account = &customer.account.account_id;
    let message = format!(
        "{what} cannot be built: `{{{{{reference}}}}}` {} for linked account {account}.",
        unfilled.problem
    );
    Fault::bad_request(FaultCode::ValidationError, message).with("reference", reference.to_string())
}
