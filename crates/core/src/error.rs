//! What a use case can fail with.

use trunnel_catalog::{BuildFault, InputFault};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_store::StoreError;

use crate::vault::VaultError;

/// The caller's or the far side's fault, which the caller is told; or our own, of
/// which the caller learns nothing and the log everything.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}", .0.message)]
    Fault(Box<Fault>),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("{0}")]
    Internal(String),
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

/// The first mistake is the message and the field; all of them are listed.
pub(crate) fn input_fault(faults: &[InputFault]) -> Fault {
    let list: Vec<_> = faults
        .iter()
        .map(|fault| serde_json::json!({ "field": fault.field, "message": fault.message }))
        .collect();
    match faults.first() {
        Some(first) if !first.field.is_empty() => Fault::field(&first.field, first.to_string()),
        Some(first) => Fault::bad_request(FaultCode::ValidationError, first.message.clone()),
        None => Fault::bad_request(FaultCode::ValidationError, "the input is not valid"),
    }
    .with("errors", list)
}

/// A request that could not be built: the caller's values, or else what the
/// connection lacks.
pub(crate) fn build_fault(fault: &BuildFault) -> Fault {
    match fault.as_input_fault() {
        Some(input) => input_fault(&[input]),
        None => Fault::bad_request(
            FaultCode::ValidationError,
            format!("The request to the app cannot be built: {fault}."),
        ),
    }
}
