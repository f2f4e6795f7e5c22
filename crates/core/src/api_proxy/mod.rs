//! API proxies: named requests to the developer's own API, made as one customer.

mod change;
mod definition;
mod field;
mod run;
mod trial;

use serde_json::{Map, Value};
use trunnel_model::api_proxy::ApiProxy;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ApiProxyId;
use trunnel_store::api_proxy::{self, StoredProxy};
use trunnel_store::sealed::Place;

use self::definition::Definition;
use crate::Core;
use crate::ctx::Ctx;
use crate::error::Error;

pub use change::ApiProxyChange;
pub use trial::{SaidLine, Trial};

/// A proxy as the developer has written it.
#[derive(Debug, Clone)]
pub struct ApiProxyView {
    pub proxy: ApiProxy,
    /// `fields`, `request` and `options`.
    pub definition: Map<String, Value>,
}

impl Core {
    pub async fn api_proxies(&self, ctx: &Ctx) -> Result<Vec<ApiProxyView>, Error> {
        let mut views = Vec::new();
        for stored in api_proxy::list(self.db(), &ctx.scope).await? {
            views.push(self.opened(ctx, stored).await?);
        }
        Ok(views)
    }

    pub async fn api_proxy(&self, ctx: &Ctx, id: &str) -> Result<ApiProxyView, Error> {
        let stored = self.found(ctx, id).await?;
        self.opened(ctx, stored).await
    }

    /// The proxy with this id or, as people rather write, this action id.
    async fn found(&self, ctx: &Ctx, id: &str) -> Result<StoredProxy, Error> {
        let by_id = match ApiProxyId::parse(id) {
            Ok(known) => api_proxy::find(self.db(), &ctx.scope, &known).await?,
            Err(_) => None,
        };
        let found = match by_id {
            Some(stored) => Some(stored),
            None if is_action_id(id) => {
                api_proxy::find_by_action(self.db(), &ctx.scope, id).await?
            }
            None => None,
        };
        Ok(found.ok_or_else(|| not_found(id))?)
    }

    /// What a call of the proxy is made of.
    async fn api_proxy_definition(&self, ctx: &Ctx, id: &str) -> Result<Definition, Error> {
        let view = self.api_proxy(ctx, id).await?;
        Definition::read(&view.definition).map_err(|fault| {
            Error::Internal(format!(
                "stored API proxy {}: {}",
                view.proxy.id, fault.message
            ))
        })
    }

    async fn opened(&self, ctx: &Ctx, stored: StoredProxy) -> Result<ApiProxyView, Error> {
        let StoredProxy { proxy, definition } = stored;
        let id = proxy.id.as_str();
        let opened = self
            .vault()
            .open(&ctx.scope, Place::ApiProxy, id, &definition);
        let definition = serde_json::from_str(opened.await?.expose())
            .map_err(|error| Error::Internal(format!("stored API proxy {id}: {error}")))?;
        Ok(ApiProxyView { proxy, definition })
    }
}

/// Whether it could be one.
fn is_action_id(text: &str) -> bool {
    const LONGEST: usize = 100;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && text.len() <= LONGEST && text.chars().all(fits)
}

fn not_found(id: &str) -> Fault {
    let message = format!("API proxy {id} not found");
    Fault::not_found(FaultCode::ResourceNotFound, message)
}
