//! Actions: one call to an app on a customer's behalf.

mod run;
mod wait;

use std::sync::Arc;

use trunnel_catalog::{Action, Connector};
use trunnel_model::fault::{Fault, FaultCode};

use crate::Core;

pub use run::ActionAnswer;

impl Core {
    /// The connector of an action route, which has words of its own for a missing one.
    pub fn action_connector(&self, slug: &str) -> Result<Arc<Connector>, Fault> {
        self.catalog().get(slug).cloned().ok_or_else(|| {
            Fault::not_found(
                FaultCode::ServerError,
                format!("Application app_type '{slug}' not found"),
            )
        })
    }

    pub fn action(&self, slug: &str, id: &str) -> Result<(Arc<Connector>, Arc<Action>), Fault> {
        let connector = self.action_connector(slug)?;
        let action = connector.action(id).cloned().ok_or_else(|| {
            Fault::not_found(
                FaultCode::ServerError,
                format!("Action {id} not found in Application {slug}"),
            )
        })?;
        Ok((connector, action))
    }
}
