//! Actions: one call to an app on a customer's behalf.

mod run;
mod wait;

use std::sync::Arc;

use serde_json::{Value, json};
use trunnel_catalog::{Action, Connector, auth_structure};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::scope::Scope;
use trunnel_store::{custom_action, custom_connector};

use crate::Core;
use crate::custom_app::can_be;
use crate::error::Error;

pub use run::ActionAnswer;
pub(crate) use wait::{not_acted, repeatable};

/// What a list of actions shows of one.
#[derive(Debug, Clone)]
pub struct ActionEntry {
    pub id: String,
    pub name: String,
    pub description: String,
    pub tag: String,
}

impl Core {
    /// What a credential of the app consists of; that is no secret of anybody. Of a
    /// custom app it is the developer's own, and nobody is told.
    pub async fn public_auth_structure(&self, slug: &str) -> Result<Value, Error> {
        match self.catalog().get(slug) {
            Some(connector) => Ok(auth_structure(connector)),
            None if can_be(slug) && custom_connector::is_known(self.db(), slug).await? => {
                Ok(json!({}))
            }
            None => Err(unknown(slug).into()),
        }
    }

    /// The connector's actions, and those that the developer has put beside them.
    pub async fn actions(&self, scope: &Scope, slug: &str) -> Result<Vec<ActionEntry>, Error> {
        let connector = self.action_connector(scope, slug).await?;
        let built_in = connector.actions().map(|action| ActionEntry {
            id: action.id.clone(),
            name: action.name.clone(),
            description: action.description.clone(),
            tag: action.tag.clone(),
        });
        let mut actions: Vec<_> = built_in.collect();
        for own in custom_action::list(self.db(), scope, slug).await? {
            if connector.action(&own.action_id).is_none() {
                actions.push(ActionEntry {
                    id: own.action_id,
                    name: own.name,
                    description: own.description,
                    tag: own.tag,
                });
            }
        }
        actions.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(actions)
    }

    /// The connector of an action route, which has words of its own for a missing one.
    pub async fn action_connector(
        &self,
        scope: &Scope,
        slug: &str,
    ) -> Result<Arc<Connector>, Error> {
        let found = self.find_connector(scope, slug).await?;
        Ok(found.ok_or_else(|| unknown(slug))?)
    }

    pub async fn action(
        &self,
        scope: &Scope,
        slug: &str,
        id: &str,
    ) -> Result<(Arc<Connector>, Arc<Action>), Error> {
        let connector = self.action_connector(scope, slug).await?;
        let found = match connector.action(id) {
            Some(action) => Some(Arc::clone(action)),
            None => self.custom_action(scope, &connector, id).await?,
        };
        let action = found.ok_or_else(|| {
            Fault::not_found(
                FaultCode::ServerError,
                format!("Action {id} not found in Application {slug}"),
            )
        })?;
        Ok((connector, action))
    }
}

fn unknown(slug: &str) -> Fault {
    Fault::not_found(
        FaultCode::ServerError,
        format!("Application app_type '{slug}' not found"),
    )
}
