//! A signed-in member proves once more who it is.

use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::secret::Secret;
use trunnel_store::member;

use super::MemberCtx;
use super::sign_in::{check_lock, invalid_sign_in};
use crate::Core;
use crate::error::Error;

impl Core {
    /// Whether the password is the member's own. Failures count as those of signing in do,
    /// so that a browser that was left open is no place to guess from.
    ///
    /// # Errors
    /// 403 `PASSWORD_WRONG`, and 403 `MEMBER_LOCKED` after too many of them.
    pub(crate) async fn confirm_password(
        &self,
        caller: &MemberCtx,
        password: Secret,
    ) -> Result<(), Error> {
        let found = member::find(self.db(), &caller.organization, &caller.member).await?;
        let found = found.ok_or_else(invalid_sign_in)?;
        check_lock(found.locked_until, self.now())?;
        let proof = member::proof(self.db(), &found.email).await?;
        let hash = proof.and_then(|proof| proof.password_hash);
        if self.is_password(&password, hash.as_deref()).await? {
            return Ok(());
        }
        let wrong = Fault::new(403, FaultCode::PasswordWrong, "The password is wrong.");
        let wrong = wrong.with("field", "password");
        Err(self
            .count_failure(&found, caller.address.clone(), wrong)
            .await?)
    }
}
