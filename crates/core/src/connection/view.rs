//! Connections as they are shown, whosever they are.

use std::collections::HashMap;
use std::sync::Arc;

use trunnel_catalog::Connector;
use trunnel_model::connection::Connection;
use trunnel_model::id::ConnectionId;
use trunnel_model::scope::Scope;
use trunnel_model::text::AccountId;
use trunnel_store::connection_list::{self, ConnectionFilter};
use trunnel_store::connector_setting;

use super::{Paged, ScopeView, no_such_connection};
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

/// A connection and what it may do.
#[derive(Debug, Clone)]
pub struct ConnectionView {
    pub connection: Connection,
    pub scopes: ScopeView,
}

/// What views are made with: the environment's settings, and each connector once.
pub(super) struct Viewer {
    selected: HashMap<String, Vec<String>>,
    connectors: HashMap<String, Option<Arc<Connector>>>,
}

impl Viewer {
    pub(super) async fn new(core: &Core, scope: &Scope) -> Result<Self, Error> {
        let settings = connector_setting::list(core.db(), scope).await?;
        let selected = settings.into_iter().map(|stored| stored.setting);
        Ok(Self {
            selected: selected.map(|s| (s.slug, s.scopes)).collect(),
            connectors: HashMap::new(),
        })
    }

    pub(super) async fn connector(
        &mut self,
        core: &Core,
        scope: &Scope,
        slug: &str,
    ) -> Result<Option<Arc<Connector>>, Error> {
        if let Some(known) = self.connectors.get(slug) {
            return Ok(known.clone());
        }
        let found = match core.find_connector(scope, slug).await {
            // A custom app that has to be corrected hides no connection.
            Err(Error::Fault(_)) => None,
            found => found?,
        };
        self.connectors.insert(slug.to_owned(), found.clone());
        Ok(found)
    }

    pub(super) async fn view(
        &mut self,
        core: &Core,
        scope: &Scope,
        connection: Connection,
    ) -> Result<ConnectionView, Error> {
        let connector = self.connector(core, scope, &connection.slug).await?;
        let selected = self.selected.get(&connection.slug);
        let selected = selected.map_or(&[][..], Vec::as_slice);
        Ok(ConnectionView {
            scopes: ScopeView::of(connector.as_deref(), selected, &connection),
            connection,
        })
    }
}

impl Core {
    /// The environment's connections, newest first.
    pub async fn connections(
        &self,
        ctx: &Ctx,
        filter: &ConnectionFilter,
        before: Option<&ConnectionId>,
        limit: i64,
    ) -> Result<Paged<ConnectionView>, Error> {
        let scope = &ctx.scope;
        let found = connection_list::list(self.db(), scope, filter, before, limit + 1).await?;
        let page = Paged::of(found, limit, |connection| connection.id.as_str());
        let mut viewer = Viewer::new(self, scope).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for connection in page.items {
            items.push(viewer.view(self, scope, connection).await?);
        }
        Ok(Paged {
            items,
            next: page.next,
        })
    }

    /// One connection; for a customer (`own`) those of others are not there.
    pub async fn connection(
        &self,
        ctx: &Ctx,
        own: Option<&AccountId>,
        id: &str,
    ) -> Result<ConnectionView, Error> {
        let connection = self.find_connection(ctx, own, id).await?;
        let mut viewer = Viewer::new(self, &ctx.scope).await?;
        viewer.view(self, &ctx.scope, connection).await
    }

    pub(super) async fn find_connection(
        &self,
        ctx: &Ctx,
        own: Option<&AccountId>,
        id: &str,
    ) -> Result<Connection, Error> {
        let unknown = || no_such_connection(id);
        let known = ConnectionId::parse(id).map_err(|_| unknown())?;
        let found = connection_list::find(self.db(), &ctx.scope, &known).await?;
        let found = found.filter(|found| own.is_none_or(|own| found.account_id == *own));
        Ok(found.ok_or_else(unknown)?)
    }
}
