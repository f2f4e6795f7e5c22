//! What is missing before customers can use live, told from what is really there.

mod app;
mod connector;

use trunnel_model::environment::Environment;
use trunnel_model::scope::Scope;
use trunnel_store::{connection_list, connector_setting};

use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// What an item is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoLiveTopic {
    LiveKeyUsed,
    OwnerTwoFactor,
    WebhookExpired,
    PortalOrigins,
    ConnectorEnabled,
    OwnClient,
    CallbackUrl,
    ScopesEqual,
    FieldsSet,
    LiveConnection,
}

impl GoLiveTopic {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LiveKeyUsed => "live_key_used",
            Self::OwnerTwoFactor => "owner_two_factor",
            Self::WebhookExpired => "webhook_expired",
            Self::PortalOrigins => "portal_origins",
            Self::ConnectorEnabled => "connector_enabled",
            Self::OwnClient => "own_client",
            Self::CallbackUrl => "callback_url",
            Self::ScopesEqual => "scopes_equal",
            Self::FieldsSet => "fields_set",
            Self::LiveConnection => "live_connection",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoLiveState {
    Done,
    /// Customers can connect without it; it should be done all the same.
    Todo,
    /// Customers cannot connect before it is done.
    Blocking,
}

impl GoLiveState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Todo => "todo",
            Self::Blocking => "blocking",
        }
    }
}

#[derive(Debug, Clone)]
pub struct GoLiveItem {
    pub topic: GoLiveTopic,
    pub state: GoLiveState,
    pub title: String,
    /// What to do, or what is there.
    pub detail: String,
}

#[derive(Debug, Clone)]
pub struct GoLiveConnector {
    pub slug: String,
    pub name: String,
    pub ready: bool,
    pub items: Vec<GoLiveItem>,
}

#[derive(Debug, Clone)]
pub struct GoLive {
    /// Whether nothing is blocking.
    pub ready: bool,
    pub items: Vec<GoLiveItem>,
    /// Those that are enabled in live.
    pub connectors: Vec<GoLiveConnector>,
}

impl Core {
    /// Looks at the app's live environment, whichever the caller is in.
    pub async fn go_live(&self, ctx: &Ctx) -> Result<GoLive, Error> {
        let of = |environment| Ctx {
            scope: Scope::verified(ctx.scope.app().clone(), environment),
            ..ctx.clone()
        };
        let (test, live) = (of(Environment::Test), of(Environment::Live));
        let connected = connection_list::connected_slugs(self.db(), &live.scope).await?;
        let mut connectors = Vec::new();
        for stored in connector_setting::list(self.db(), &live.scope).await? {
            if stored.setting.enabled {
                let slug = &stored.setting.slug;
                connectors.extend(
                    self.connector_items(&test, &live, slug, connected.contains(slug))
                        .await?,
                );
            }
        }
        let real = |slug: &String| {
            let known = self.catalog().get(slug);
            known.is_none_or(|connector| !connector.instance)
        };
        let items = self
            .app_items(&live, !connectors.is_empty(), connected.iter().any(real))
            .await?;
        Ok(GoLive {
            ready: may_go(&items) && connectors.iter().all(|connector| connector.ready),
            items,
            connectors,
        })
    }
}

fn may_go(items: &[GoLiveItem]) -> bool {
    items.iter().all(|item| item.state != GoLiveState::Blocking)
}

fn item(
    topic: GoLiveTopic,
    (done, otherwise): (bool, GoLiveState),
    title: &str,
    (is_there, to_do): (&str, &str),
) -> GoLiveItem {
    GoLiveItem {
        topic,
        state: if done { GoLiveState::Done } else { otherwise },
        title: title.to_owned(),
        detail: if done { is_there } else { to_do }.to_owned(),
    }
}
