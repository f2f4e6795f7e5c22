//! On whose data a call may act.

use crate::environment::Environment;
use crate::id::AppId;

/// One developer app in one environment: a required argument of every store call.
///
/// It is built from a verified credential only; nothing a caller writes into a
/// query, header or body can choose or change it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    app: AppId,
    environment: Environment,
}

impl Scope {
    /// For the places that have just verified a credential, and for the command line.
    pub const fn verified(app: AppId, environment: Environment) -> Self {
        Self { app, environment }
    }

    pub const fn app(&self) -> &AppId {
        &self.app
    }

    pub const fn environment(&self) -> Environment {
        self.environment
    }
}
