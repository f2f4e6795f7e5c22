//! What was done, by whom, to what.

use crate::id::AuditEntryId;
use crate::time::Timestamp;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: AuditEntryId,
    pub action: AuditAction,
    /// Who: a key's id, a session token's id, a member's id, `cli`, `system`.
    pub actor: String,
    /// To what: an id.
    pub subject: String,
    pub address: Option<String>,
    /// More about it, as a JSON object; never a secret.
    pub details: String,
    pub created_at: Timestamp,
}

macro_rules! actions {
    ($($name:ident = $wire:literal;)+) => {
        /// The closed list of audited actions, with the words people read.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AuditAction { $($name),+ }

        impl AuditAction {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire),+ }
            }

            pub fn parse(text: &str) -> Result<Self, UnknownAction> {
                match text { $($wire => Ok(Self::$name),)+ _ => Err(UnknownAction) }
            }
        }
    };
}

actions! {
    AppCreated = "App Created";
    AppUpdated = "App Updated";
    ApiKeyCreated = "API Key Created";
    ApiKeyRegenerated = "API Key Regenerated";
    ApiKeyRevealed = "API Key Revealed";
    VaultRotated = "Vault Rotated";
    LlmProviderUpdated = "LLM Provider Updated";
    LlmProviderRemoved = "LLM Provider Removed";
    LinkedAccountCreated = "Linked Account Created";
    LinkedAccountUpdated = "Linked Account Updated";
    LinkedAccountDeleted = "Linked Account Deleted";
    LinkedAccountsImported = "Bulk Linked Account Created";
    SessionTokenRevoked = "Session Token Revoked";
    AccessTokenCreated = "Access Token Created";
    AccessTokenRevoked = "Access Token Revoked";
    ConnectLinkCreated = "Connect Link Created";
    PortalSettingsUpdated = "Portal Settings Updated";
    ConnectorUpdated = "Connector Updated";
    CustomAppCreated = "Custom App Created";
    CustomAppUpdated = "Custom App Updated";
    CustomAppImported = "Custom App Imported";
    CustomAppDeleted = "Custom App Deleted";
    CustomActionCreated = "Custom Action Created";
    CustomActionUpdated = "Custom Action Updated";
    CustomActionDeleted = "Custom Action Deleted";
    ConnectionCreated = "Connection Created";
    ConnectionReauthenticated = "Connection Reauthenticated";
    ConnectionExpired = "Connection Expired";
    ConnectionErrored = "Connection Errored";
    ConnectionUpdated = "Connection Updated";
    ConnectionDeleted = "Connection Deleted";
    AuthCredentialUpdated = "Auth Credential Updated";
    AuthCredentialDeleted = "Auth Credential Deleted";
    MyAppAuthenticationUpdated = "My App Authentication Updated";
    ApiProxyCreated = "API Proxy Created";
    ApiProxyUpdated = "API Proxy Updated";
    ApiProxyDeleted = "API Proxy Deleted";
    WebhookCreated = "Webhook Created";
    WebhookUpdated = "Webhook Updated";
    WebhookDeleted = "Webhook Deleted";
    WebhookTested = "Webhook Tested";
    WebhookSecretRotated = "Webhook Secret Rotated";
    WebhookDeliveryReplayed = "Webhook Delivery Replayed";
    WebhookSecretBrought = "Webhook Secret Brought";
    Login = "Login";
    Logout = "Logout";
    LoginFailed = "Login Failed";
    MemberLocked = "Member Locked";
    MemberUnlocked = "Member Unlocked";
    PasswordChanged = "Password Changed";
    PasswordReset = "Password Reset";
    TwoFactorEnabled = "Two Factor Enabled";
    TwoFactorDisabled = "Two Factor Disabled";
    MemberInvited = "Member Invited";
    InvitationWithdrawn = "Invitation Withdrawn";
    MemberJoined = "Member Joined";
    MemberRemoved = "Member Removed";
    RoleUpdated = "Role Updated";
    PolicyUpdated = "Policy Updated";
    OrganizationUpdated = "Organization Updated";
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an audited action")]
pub struct UnknownAction;
