//! What concerns the whole app.

use trunnel_model::webhook::WebhookEvent;
use trunnel_store::webhook;

use super::GoLiveState::{Blocking, Todo};
use super::{GoLiveItem, GoLiveTopic, item};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

impl Core {
    pub(super) async fn app_items(
        &self,
        live: &Ctx,
        enabled: bool,
        connected: bool,
    ) -> Result<Vec<GoLiveItem>, Error> {
        let keys = self.api_keys(live).await?;
        let used = keys.iter().any(|key| key.last_use.is_some());
        let webhooks = webhook::list(self.db(), &live.scope).await?;
        let told = webhooks.iter().any(|webhook| {
            let events = &webhook.events;
            webhook.is_enabled && events.contains(&WebhookEvent::ConnectionExpired)
        });
        Ok(vec![
            item(
                GoLiveTopic::LiveKeyUsed,
                (used, Todo),
                "Use the live key from your server",
                (
                    "The live key was used.",
                    "The live key was never used. Give your production server the key that \
                     begins with trn_live_; Settings > Credentials shows it.",
                ),
            ),
            item(
                GoLiveTopic::WebhookExpired,
                (told, Todo),
                "Be told when a connection expires",
                (
                    "A live webhook is subscribed to Connection Expired.",
                    "No live webhook is subscribed to Connection Expired. Add one under \
                     Developer > Webhooks in live, and ask the customer to reconnect when it \
                     is called.",
                ),
            ),
            item(
                GoLiveTopic::ConnectorEnabled,
                (enabled, Blocking),
                "Enable a connector in live",
                (
                    "At least one connector is enabled in live.",
                    "No connector is enabled in live, so customers have nothing to connect. \
                     Switch to live and enable one under Connectors.",
                ),
            ),
            item(
                GoLiveTopic::LiveConnection,
                (connected, Todo),
                "Connect a first customer",
                (
                    "Live has a connection.",
                    "Nobody is connected in live yet. Connect an account of your own first, to \
                     see what your customers will see.",
                ),
            ),
        ])
    }
}
