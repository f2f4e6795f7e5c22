//! Whose language models an organization uses, and its key there.

use trunnel_model::audit::AuditAction;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::llm_provider::{LlmProvider, LlmVendor};
use trunnel_model::secret::Secret;
use trunnel_store::sealed::Place;
use trunnel_store::{audit, llm_provider};

use crate::Core;
use crate::error::Error;
use crate::member::MemberCtx;

const LONGEST_KEY: usize = 1000;

impl Core {
    /// What is set, without the key.
    pub async fn llm_provider(&self, caller: &MemberCtx) -> Result<Option<LlmProvider>, Error> {
        let organization = &caller.organization;
        let scope = self.organization_scope(organization).await?;
        Ok(llm_provider::find(self.db(), &scope, organization).await?)
    }

    /// Chooses the provider. Without a key, the one that is there stays, as long as it is
    /// this provider's.
    ///
    /// # Errors
    /// 400 when there is no key, or when it cannot be one.
    pub async fn set_llm_provider(
        &self,
        caller: &MemberCtx,
        vendor: LlmVendor,
        key: Option<Secret>,
    ) -> Result<LlmProvider, Error> {
        let organization = caller.organization.clone();
        let Some(key) = key else {
            let known = self.llm_provider(caller).await?;
            let known = known.filter(|known| known.vendor == vendor);
            return Ok(known.ok_or_else(|| key_missing(vendor))?);
        };
        check_key(&key)?;
        let ctx = self.member_ctx(caller).await?;
        let now = self.now();
        let sealer = self.vault().sealer(&ctx.scope).await?;
        let sealed = sealer.seal(Place::LlmProvider, organization.as_str(), key.expose());
        let new = LlmProvider {
            vendor,
            updated_at: now,
        };
        let mut entry = ctx.audit(
            AuditAction::LlmProviderUpdated,
            organization.as_str(),
            now,
            self.chance(),
        );
        entry.details = serde_json::json!({ "provider": vendor.as_str() }).to_string();
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    llm_provider::put(tx, &ctx.scope, &organization, &new, &sealed).await?;
                    audit::add(tx, &ctx.scope, &entry).await?;
                    Ok::<_, Error>(new)
                })
            })
            .await
    }

    /// Forgets the provider and its key; fine when there is none.
    pub async fn remove_llm_provider(&self, caller: &MemberCtx) -> Result<(), Error> {
        let organization = caller.organization.clone();
        let ctx = self.member_ctx(caller).await?;
        let (action, id) = (AuditAction::LlmProviderRemoved, organization.as_str());
        let entry = ctx.audit(action, id, self.now(), self.chance());
        self.db()
            .write(move |tx| {
                Box::pin(async move {
                    if llm_provider::delete(tx, &ctx.scope, &organization).await? {
                        audit::add(tx, &ctx.scope, &entry).await?;
                    }
                    Ok::<_, Error>(())
                })
            })
            .await
    }
}

fn key_missing(vendor: LlmVendor) -> Fault {
    let message = format!(
        "`api_key` is required: there is no key of {} yet.",
        vendor.label()
    );
    Fault::bad_request(FaultCode::MissingRequiredField, message).with("field", "api_key")
}

fn check_key(key: &Secret) -> Result<(), Fault> {
    let text = key.expose();
    let odd = |c: char| !c.is_ascii_graphic();
    if text.is_empty() || text.len() > LONGEST_KEY || text.contains(odd) {
        let message = format!(
            "`api_key` has 1 to {LONGEST_KEY} letters, digits and signs, without white space"
        );
        return Err(Fault::field("api_key", message));
    }
    Ok(())
}
