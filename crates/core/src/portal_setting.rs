//! How the organization's Connect portal looks, and who may frame it.

use serde_json::json;
use trunnel_model::audit::AuditAction;
use trunnel_model::fault::Fault;
use trunnel_model::id::OrganizationId;
use trunnel_model::portal_setting::{Collection, Navigation, Palette, PortalSettings, Theme};
use trunnel_store::{audit, portal_setting};
use url::{Host, Url};

use crate::error::Error;
use crate::{Core, MemberCtx};

const MAX_URL: usize = 2048;
const MAX_ORIGINS: usize = 20;

/// What is to be otherwise; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct PortalChange {
    pub theme: Option<Theme>,
    pub palette: Option<Palette>,
    pub navigation: Option<Navigation>,
    pub collection: Option<Collection>,
    pub show_organization: Option<bool>,
    pub show_linked_account: Option<bool>,
    pub remove_branding: Option<bool>,
    pub connection_log: Option<bool>,
    /// `Some(None)` removes it; the same below.
    pub redirect_url: Option<Option<String>>,
    pub terms_url: Option<Option<String>>,
    pub privacy_url: Option<Option<String>>,
    pub allowed_origins: Option<Vec<String>>,
}

impl PortalChange {
    /// # Errors
    /// Names the value that cannot be.
    fn check(&mut self) -> Result<(), Fault> {
        for (name, url) in [
            ("redirect_url", &self.redirect_url),
            ("terms_url", &self.terms_url),
            ("privacy_url", &self.privacy_url),
        ] {
            if let Some(Some(url)) = url {
                check_page(name, url)?;
            }
        }
        if let Some(origins) = &mut self.allowed_origins {
            *origins = checked_origins(origins)?;
        }
        Ok(())
    }

    /// Answers the names of what is otherwise now.
    fn apply(self, to: &mut PortalSettings) -> Vec<&'static str> {
        let mut changed = Vec::new();
        macro_rules! apply {
            ($($name:ident),+) => {$(
                if let Some(value) = self.$name && to.$name != value {
                    to.$name = value;
                    changed.push(stringify!($name));
                }
            )+};
        }
        apply!(
            theme,
            palette,
            navigation,
            collection,
            show_organization,
            show_linked_account,
            remove_branding,
            connection_log,
            redirect_url,
            terms_url,
            privacy_url,
            allowed_origins
        );
        changed
    }
}

impl Core {
    pub async fn portal_settings(&self, caller: &MemberCtx) -> Result<PortalSettings, Error> {
        self.stored_portal_settings(&caller.organization).await
    }

    /// Changes what is there of the change; the audit names what is otherwise now.
    pub async fn update_portal_settings(
        &self,
        caller: &MemberCtx,
        mut change: PortalChange,
    ) -> Result<PortalSettings, Error> {
        change.check()?;
        let ctx = self.member_ctx(caller).await?;
        let (now, organization) = (self.now(), caller.organization.clone());
        let action = AuditAction::PortalSettingsUpdated;
        let mut entry = ctx.audit(action, organization.as_str(), now, self.chance());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    let known = portal_setting::lock(tx, &organization).await?;
                    let mut settings = known.unwrap_or_default();
                    let changed = change.apply(&mut settings);
                    if !changed.is_empty() {
                        entry.details = json!({ "changed": changed }).to_string();
                        portal_setting::put(tx, &organization, &settings, now).await?;
                        audit::add(tx, &ctx.scope, &entry).await?;
                    }
                    Ok::<_, Error>(settings)
                })
            })
            .await
    }

    /// What was set, or what holds without that.
    pub(crate) async fn stored_portal_settings(
        &self,
        organization: &OrganizationId,
    ) -> Result<PortalSettings, Error> {
        let known = portal_setting::find(self.db(), organization).await?;
        Ok(known.unwrap_or_default())
    }
}

/// The address of a page: what a browser may be led to.
pub(crate) fn check_page(name: &str, text: &str) -> Result<Url, Fault> {
    let wrong = || {
        let message = format!("`{name}` must be an address that starts with https:// or http://");
        Fault::field(name, message)
    };
    let odd = |c: char| c.is_control() || c.is_whitespace();
    if text.len() > MAX_URL || text.contains(odd) {
        return Err(wrong());
    }
    let url = Url::parse(text).map_err(|_| wrong())?;
    let fine = matches!(url.scheme(), "http" | "https") && url.has_host();
    if fine { Ok(url) } else { Err(wrong()) }
}

pub(crate) fn origin_of(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The origins, each once.
fn checked_origins(texts: &[String]) -> Result<Vec<String>, Fault> {
    let mut origins = Vec::new();
    for text in texts {
        let origin = checked_origin(text.trim())?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    if origins.len() > MAX_ORIGINS {
        let message = format!("`allowed_origins` has at most {MAX_ORIGINS} entries");
        return Err(Fault::field("allowed_origins", message));
    }
    Ok(origins)
}

/// They are written into a header, so nothing passes but the plainest form.
fn checked_origin(text: &str) -> Result<String, Fault> {
    const EXAMPLE: &str = "https://app.example.com";
    let wrong = |instead: &str| {
        let shown: String = text.chars().take(100).collect();
        let message = format!(
            "`allowed_origins` are scheme and host, such as {instead}, without a path or a \
             wildcard; `{shown}` is not"
        );
        Fault::field("allowed_origins", message)
    };
    let url = Url::parse(text).map_err(|_| wrong(EXAMPLE))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let host = match url.host() {
        Some(Host::Domain(name)) => name.len() <= 253 && name.chars().all(plain),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    };
    if !host || !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(EXAMPLE));
    }
    let origin = origin_of(&url);
    if text.eq_ignore_ascii_case(&origin) {
        Ok(origin)
    } else {
        Err(wrong(&origin))
    }
}
