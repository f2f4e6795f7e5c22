//! Links to one customer's Connect portal: made by the developer's backend, or in the
//! Console, and read by the page.

use serde_json::{Map, Value};
use trunnel_model::audit::AuditAction;
use trunnel_model::connect_link::{ConnectLink, LINK_LIFE_MS, MAX_PROPERTIES, PlainLink};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::id::ConnectLinkId;
use trunnel_model::scope::Scope;
use trunnel_model::text::check_label;
use trunnel_model::time::Timestamp;
use trunnel_store::{Tx, access_token, audit, connect_link, linked_account, session};
use url::Url;

use crate::Core;
use crate::ctx::{AccountCtx, Actor, Ctx};
use crate::error::Error;
use crate::portal_setting::{check_page, origin_of};
use crate::session::{invalid_token, unknown_account};

/// What a link is made of, as the caller has sent it.
#[derive(Debug, Clone, Default)]
pub struct NewLink {
    pub config_id: Option<String>,
    /// A JSON object, byte for byte; nothing is an empty one.
    pub properties: String,
}

/// A new link, with its token in the clear for the only time.
#[derive(Debug, Clone)]
pub struct MadeLink {
    pub hosted_url: String,
    pub expires_at: Timestamp,
}

impl Core {
    /// Makes a link for the account. Whoever has it may connect on the account's behalf
    /// until it ends.
    pub async fn create_connect_link(
        &self,
        caller: &AccountCtx,
        new: NewLink,
    ) -> Result<MadeLink, Error> {
        let properties = checked_properties(&new.properties)?;
        if let Some(config) = &new.config_id {
            check_label(config, 255)
                .map_err(|error| Fault::field("config_id", format!("`config_id` has {error}")))?;
        }
        self.check_redirect(&caller.ctx, &properties).await?;
        let (ctx, now) = (&caller.ctx, self.now());
        let plain = PlainLink::generate(self.chance());
        let link = ConnectLink {
            id: ConnectLinkId::new(now, self.chance()),
            account_id: caller.account.clone(),
            config_id: new.config_id,
            properties: match new.properties.trim() {
                "" => "{}".to_owned(),
                _ => new.properties,
            },
            made_by: ctx.actor.name().to_owned(),
            created_at: now,
            expires_at: now.plus_millis(LINK_LIFE_MS),
        };
        let made = MadeLink {
            hosted_url: self.hosted_url(&plain),
            expires_at: link.expires_at,
        };
        let by_member = matches!(ctx.actor, Actor::Member(_));
        let entry = by_member.then(|| {
            let action = AuditAction::ConnectLinkCreated;
            let mut entry = ctx.audit(action, link.id.as_str(), now, self.chance());
            let account = link.account_id.as_str();
            entry.details = serde_json::json!({ "linked_account_id": account }).to_string();
            entry
        });
        let (scope, actor, hash) = (ctx.scope.clone(), ctx.actor.clone(), plain.hash());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let account = &link.account_id;
                    if linked_account::lock(tx, &scope, account).await?.is_none() {
                        return Err(Error::from(unknown_account(&scope, account)));
                    }
                    check_maker(tx, &scope, &actor).await?;
                    connect_link::add(tx, &scope, &hash, &link).await?;
                    if let Some(entry) = &entry {
                        audit::add(tx, &scope, entry).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        Ok(made)
    }

    fn hosted_url(&self, plain: &PlainLink) -> String {
        let base = self.settings().instance.public_url.as_str();
        let base = base.trim_end_matches('/');
        format!("{base}/connect/{}", plain.secret().expose())
    }

    /// Where the portal's Finish leads, if this link says so. An organization that has
    /// named its sites is not led elsewhere.
    async fn check_redirect(
        &self,
        ctx: &Ctx,
        properties: &Map<String, Value>,
    ) -> Result<(), Error> {
        const NAME: &str = "redirect_url";
        let Some(given) = properties.get(NAME).filter(|given| !given.is_null()) else {
            return Ok(());
        };
        let text = given.as_str().unwrap_or_default();
        let url = check_page(NAME, text)?;
        let settings = self.stored_portal_settings(&ctx.organization).await?;
        let own = settings.redirect_url.as_deref().map(Url::parse);
        let own = own.and_then(Result::ok).map(|url| origin_of(&url));
        let mut known = settings.allowed_origins;
        known.extend(own);
        if known.is_empty() || known.contains(&origin_of(&url)) {
            return Ok(());
        }
        let message = format!(
            "`{NAME}` leads to {}, which is none of the portal's allowed origins. Add it in the \
             Console's portal settings.",
            origin_of(&url)
        );
        Err(Fault::field(NAME, message).into())
    }

    /// The newest link that a caller knows of: one that its own session has made or was
    /// opened by, else the account's.
    pub(crate) async fn newest_link(
        &self,
        caller: &AccountCtx,
    ) -> Result<Option<ConnectLink>, Error> {
        let (scope, account, now) = (&caller.ctx.scope, &caller.account, self.now());
        if let Actor::Session(id) = &caller.ctx.actor {
            let own = connect_link::newest_of_session(self.db(), scope, account, id.as_str(), now);
            if let Some(link) = own.await? {
                return Ok(Some(link));
            }
        }
        Ok(connect_link::newest(self.db(), scope, account, now).await?)
    }

    /// What connect-url was given last, byte for byte.
    pub async fn hosted_properties(&self, caller: &AccountCtx) -> Result<String, Error> {
        let link = self.newest_link(caller).await?;
        Ok(link.map_or_else(|| "{}".to_owned(), |link| link.properties))
    }

    /// The same for whoever has the link itself.
    pub async fn properties_of_link(&self, token: &str) -> Result<String, Error> {
        let found = self.find_connect_link(token).await?;
        let (_, link) = found.ok_or_else(invalid_token)?;
        Ok(link.properties)
    }

    /// The link with this token, unless it has ended; a malformed token does not reach
    /// the database.
    pub(crate) async fn find_connect_link(
        &self,
        token: &str,
    ) -> Result<Option<(Scope, ConnectLink)>, Error> {
        let Some(plain) = PlainLink::parse(token) else {
            return Ok(None);
        };
        Ok(connect_link::find(self.db(), &plain.hash(), self.now()).await?)
    }
}

/// Any JSON object, since the portal's page is not the only one that reads it.
fn checked_properties(text: &str) -> Result<Map<String, Value>, Fault> {
    if text.len() > MAX_PROPERTIES {
        let message = "a link carries at most 64 KiB of JSON";
        return Err(Fault::new(413, FaultCode::PayloadTooLarge, message));
    }
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let bad = |message| Fault::bad_request(FaultCode::ValidationError, message);
    match serde_json::from_str(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(bad("the body must be a JSON object".to_owned())),
        Err(error) => Err(bad(format!("the body is not valid JSON: {error}"))),
    }
}

/// What has ended meanwhile makes no links; nor does what a link has opened, or a link
/// could be followed by another one for ever.
async fn check_maker(tx: &mut Tx<'_>, scope: &Scope, actor: &Actor) -> Result<(), Error> {
    match actor {
        Actor::Session(id) => match session::is_opened(tx, scope, id).await? {
            None => Err(invalid_token().into()),
            Some(false) => Ok(()),
            Some(true) => Err(Fault::new(
                403,
                FaultCode::Forbidden,
                "A session that was opened by a link makes no links. Make them with the API key, \
                 or with a session token of your backend.",
            )
            .into()),
        },
        Actor::AccessToken(id) if !access_token::is_there(tx, scope, id).await? => {
            Err(invalid_token().into())
        }
        _ => Ok(()),
    }
}
