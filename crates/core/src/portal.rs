//! The Connect portal: a link is exchanged for a session, and the page is told what to show.

use trunnel_model::connect_link::ConnectLink;
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::{AppId, OrganizationId, SessionTokenId};
use trunnel_model::portal_setting::PortalSettings;
use trunnel_model::scope::Scope;
use trunnel_model::session::SessionToken;
use trunnel_model::text::AccountId;
use trunnel_store::{connect_link, linked_account, portal_setting, session};

use crate::Core;
use crate::ctx::AccountCtx;
use crate::error::Error;

/// What the page shows.
#[derive(Debug, Clone)]
pub struct PortalView {
    pub app: AppId,
    pub environment: Environment,
    /// The organization's name.
    pub organization: String,
    pub account: AccountId,
    pub account_name: Option<String>,
    pub config_id: Option<String>,
    /// A JSON object, as it was given.
    pub properties: String,
    pub settings: PortalSettings,
}

/// A browser's session, and what its page shows.
pub struct OpenedPortal {
    pub session_token: String,
    pub expires_in_s: i64,
    pub view: PortalView,
}

impl Core {
    /// Exchanges a link's token for a session, which ends with the link at the latest.
    /// The same session again while it is good for more than a tenth of its life.
    pub async fn open_portal(&self, token: &str) -> Result<OpenedPortal, Error> {
        let found = self.find_connect_link(token).await?;
        let (scope, link) = found.ok_or_else(link_invalid)?;
        let session = self.open_session(&scope, &link).await?;
        let organization = self.organization_of(scope.app()).await?;
        Ok(OpenedPortal {
            session_token: self.session_text(&scope, &organization, &session).await?,
            expires_in_s: session.expires_at.since(self.now()) / 1000,
            view: self
                .portal_view(&scope, &organization, &link.account_id.clone(), Some(link))
                .await?,
        })
    }

    async fn open_session(&self, scope: &Scope, link: &ConnectLink) -> Result<SessionToken, Error> {
        let (now, life) = (self.now(), self.settings().session.token_ms);
        let expires_at = now.plus_millis(life).min(link.expires_at);
        let fresh = SessionToken {
            id: SessionTokenId::new(now, self.chance()),
            account_id: link.account_id.clone(),
            created_at: now,
            expires_at,
            refresh_expires_at: expires_at,
        };
        let reuse_until = now
            .plus_millis(life / 10)
            .min(link.expires_at.plus_millis(-1));
        let (scope, link) = (scope.clone(), link.id.clone());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let account = linked_account::lock(tx, &scope, &fresh.account_id).await?;
                    // It may have ended since it was found.
                    if account.is_none() || !connect_link::is_there(tx, &scope, &link).await? {
                        return Err(Error::from(link_invalid()));
                    }
                    let latest = session::latest_opened(tx, &scope, &link).await?;
                    if let Some(known) = latest.filter(|known| known.expires_at > reuse_until) {
                        return Ok(known);
                    }
                    session::add_opened(tx, &scope, &fresh, &link).await?;
                    Ok(fresh)
                })
            })
            .await
    }

    /// What the page shows to a session that is open.
    pub async fn portal(&self, caller: &AccountCtx) -> Result<PortalView, Error> {
        let link = self.newest_link(caller).await?;
        let ctx = &caller.ctx;
        self.portal_view(&ctx.scope, &ctx.organization, &caller.account, link)
            .await
    }

    async fn portal_view(
        &self,
        scope: &Scope,
        organization: &OrganizationId,
        account: &AccountId,
        link: Option<ConnectLink>,
    ) -> Result<PortalView, Error> {
        let found = linked_account::find(self.db(), scope, account).await?;
        // Deleted since the session was looked at.
        let found = found.ok_or_else(link_invalid)?;
        let name = portal_setting::organization_name(self.db(), organization).await?;
        let (config_id, properties) = match link {
            Some(link) => (link.config_id, link.properties),
            None => (None, "{}".to_owned()),
        };
        Ok(PortalView {
            app: scope.app().clone(),
            environment: scope.environment(),
            organization: name.unwrap_or_default(),
            account: found.account_id,
            account_name: found.name,
            config_id,
            properties,
            settings: self.stored_portal_settings(organization).await?,
        })
    }

    /// Who may frame the portal's page under this name: a link's token or an app's id.
    /// Nobody, where nothing is behind the name.
    pub async fn portal_origins(&self, name: &str) -> Result<Vec<String>, Error> {
        let app = if let Ok(app) = AppId::parse(name) {
            Some(app)
        } else {
            let found = self.find_connect_link(name).await?;
            found.map(|(scope, _)| scope.app().clone())
        };
        let Some(app) = app else {
            return Ok(Vec::new());
        };
        let Some(app) = trunnel_store::app::find(self.db(), &app).await? else {
            return Ok(Vec::new());
        };
        let settings = self.stored_portal_settings(&app.organization).await?;
        Ok(settings.allowed_origins)
    }
}

fn link_invalid() -> Fault {
    Fault::not_found(
        FaultCode::LinkInvalid,
        "This link is unknown or has ended. Ask for a new one.",
    )
}
