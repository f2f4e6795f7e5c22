//! `$ref`, inside the document only: nothing is ever fetched.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Longer chains lead nowhere.
const LONGEST_CHAIN: usize = 32;

/// What all schemas of one document together may cost, so that one that was made
/// to be expensive is not. An API of 1200 operations costs a sixth of it.
const ALLOWANCE: usize = 1_000_000;

/// Why a reference leads to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RefFault {
    #[error("it refers to `{0}`, which is outside of the document; bundle the files into one")]
    External(String),
    #[error("it refers to `{0}`, which is not in the document")]
    Missing(String),
    #[error("it refers to `{0}`, which only refers back to itself")]
    Circular(String),
}

/// Looks references up; each is searched for once.
pub(crate) struct Refs<'d> {
    root: &'d Value,
    found: RefCell<HashMap<&'d str, Result<&'d Value, RefFault>>>,
    allowance: Cell<usize>,
}

impl<'d> Refs<'d> {
    pub(crate) fn new(root: &'d Value) -> Self {
        Self {
            root,
            found: RefCell::default(),
            allowance: Cell::new(ALLOWANCE),
        }
    }

    /// What one `$ref` names; that may be a reference again.
    pub(crate) fn step(&self, reference: &'d str) -> Result<&'d Value, RefFault> {
        if let Some(found) = self.found.borrow().get(reference) {
            return found.clone();
        }
        let found = self.search(reference);
        self.found.borrow_mut().insert(reference, found.clone());
        found
    }

    /// What is left for the schemas that are not converted yet.
    pub(crate) fn allowance(&self) -> usize {
        self.allowance.get()
    }

    pub(crate) fn spend(&self, cost: usize) {
        self.allowance
            .set(self.allowance.get().saturating_sub(cost));
    }

    fn search(&self, reference: &str) -> Result<&'d Value, RefFault> {
        let Some(pointer) = reference.strip_prefix('#') else {
            return Err(RefFault::External(reference.to_owned()));
        };
        let missing = || RefFault::Missing(reference.to_owned());
        // The escapes of a URL are outside of those of a pointer.
        let pointer = percent_decode_str(pointer).decode_utf8_lossy();
        if !pointer.starts_with('/') {
            return Err(missing());
        }
        self.root.pointer(&pointer).ok_or_else(missing)
    }

    /// The end of a chain of references; the node itself when it is none.
    pub(crate) fn target(&self, node: &'d Value) -> Result<&'d Value, RefFault> {
        let mut node = node;
        for _ in 0..LONGEST_CHAIN {
            match reference(node) {
                Some(reference) => node = self.step(reference)?,
                None => return Ok(node),
            }
        }
        Err(RefFault::Circular(
            reference(node).unwrap_or_default().to_owned(),
        ))
    }
}

pub(crate) fn reference(node: &Value) -> Option<&str> {
    node.get("$ref").and_then(Value::as_str)
}
