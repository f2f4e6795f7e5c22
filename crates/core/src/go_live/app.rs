//! What concerns the whole app.

use trunnel_model::member::Member;
use trunnel_model::role::Role;
use trunnel_model::webhook::WebhookEvent;
use trunnel_store::{member, portal_setting, webhook};

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
        let portal = portal_setting::find(self.db(), &live.organization).await?;
        let framed = portal.is_some_and(|portal| !portal.allowed_origins.is_empty());
        let members = member::list(self.db(), &live.organization).await?;
        let owner = |member: &&Member| member.role == Role::Owner;
        let proved = members
            .iter()
            .find(owner)
            .is_some_and(|owner| owner.two_factor);
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
                GoLiveTopic::OwnerTwoFactor,
                (proved, Todo),
                "Protect the owner's account",
                (
                    "The owner signs in with an authenticator.",
                    "The owner signs in with a password alone. The owner sets an authenticator \
                     up under Profile and sign-in.",
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
                GoLiveTopic::PortalOrigins,
                (framed, Todo),
                "Say which pages may show the Connect portal",
                (
                    "The Connect portal may be shown inside of your own pages.",
                    "No page may show the Connect portal inside of itself. Enter your product's \
                     addresses as allowed origins under Settings > Connect portal, unless your \
                     customers open the portal in a window of its own.",
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
