//! Whose an event is.

use std::collections::HashMap;
use std::sync::Arc;

use trunnel_catalog::trigger::{IDENTIFIER, InboundEvent, Triggers};
use trunnel_model::id::ConnectionId;
use trunnel_model::linked_account::LinkedAccount;
use trunnel_model::text::AccountId;
use trunnel_store::connection_key::{self, Key};
use trunnel_store::{connection, linked_account};

use super::receive::Door;
use crate::Core;
use crate::error::Error;

/// An event is passed on to so many accounts at most. More customers than that share
/// no one workspace of a provider.
const MOST_ACCOUNTS: i64 = 100;

/// An event and whom it is for.
pub(super) struct Addressed {
    pub(super) event: InboundEvent,
    pub(super) to: Vec<Target>,
}

#[derive(Clone)]
pub(super) struct Target {
    pub(super) account: Arc<LinkedAccount>,
    pub(super) connection: ConnectionId,
}

impl Core {
    /// Finds out whose each event is.
    pub(super) async fn addressed(
        &self,
        door: &Door,
        triggers: &Triggers,
        events: Vec<InboundEvent>,
    ) -> Result<Vec<Addressed>, Error> {
        if let Some(account) = door.account() {
            let to = self.own_connection(door, account).await?;
            let all = events.into_iter();
            return Ok(all
                .map(|event| Addressed {
                    event,
                    to: to.clone(),
                })
                .collect());
        }
        let mut known: HashMap<String, Vec<Target>> = HashMap::new();
        let mut all = Vec::with_capacity(events.len());
        for event in events {
            let to = match (&event.account, triggers.account_field()) {
                (Some(value), Some(field)) => {
                    if let Some(to) = known.get(value) {
                        to.clone()
                    } else {
                        let to = self.connected(door, field, value).await?;
                        known.insert(value.clone(), to.clone());
                        to
                    }
                }
                _ => Vec::new(),
            };
            all.push(Addressed { event, to });
        }
        Ok(all)
    }

    /// The account whose own address it is, if it is connected.
    async fn own_connection(&self, door: &Door, account: &AccountId) -> Result<Vec<Target>, Error> {
        let (scope, slug) = (&door.ctx.scope, door.connector.slug.as_str());
        let Some(found) = linked_account::find(self.db(), scope, account).await? else {
            return Ok(Vec::new());
        };
        let stored = connection::of_app(self.db(), scope, account, slug).await?;
        let default = crate::connection::default_of(stored);
        let account = Arc::new(found);
        let target = default.map(|known| Target {
            account,
            connection: known.connection.id,
        });
        Ok(target.into_iter().collect())
    }

    /// Every account that is connected to what the event is about, each once.
    async fn connected(&self, door: &Door, field: &str, value: &str) -> Result<Vec<Target>, Error> {
        let (scope, slug) = (&door.ctx.scope, door.connector.slug.as_str());
        let key = match field {
            IDENTIFIER => Key::Identifier,
            field => Key::Field(field),
        };
        let found =
            connection_key::find(self.db(), scope, slug, (key, value), MOST_ACCOUNTS).await?;
        let mut targets: Vec<Target> = Vec::with_capacity(found.len());
        for (connection, account) in found {
            if targets
                .iter()
                .any(|known| known.account.account_id == account)
            {
                continue;
            }
            let account = linked_account::find(self.db(), scope, &account).await?;
            targets.extend(account.map(|account| Target {
                account: Arc::new(account),
                connection,
            }));
        }
        Ok(targets)
    }
}
