//! Every id type of the domain, one line each.
//!
//! An id is its prefix and 22 base62 characters: 48 bits of milliseconds and 80
//! bits of randomness, so ids of one kind sort by their time of creation, and a
//! log line shows what kind of thing it names. Two kinds cannot be confused:
//! mixing them does not compile, and parsing refuses another's prefix.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::base62;
use crate::chance::Chance;
use crate::time::Timestamp;

const BODY_LEN: usize = 22;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind; one starts with `{prefix}`")]
pub struct BadId {
    pub prefix: &'static str,
}

fn body(now: Timestamp, chance: &dyn Chance) -> String {
    let mut bytes = [0; 16];
    chance.fill(&mut bytes[6..]);
    bytes[..6].copy_from_slice(&millis(now));
    encoded(&bytes)
}

fn millis(at: Timestamp) -> [u8; 6] {
    let [_, _, millis @ ..] = at.as_millis().max(0).to_be_bytes();
    millis
}

/// 22 base62 characters hold any 128-bit number.
fn encoded(bytes: &[u8; 16]) -> String {
    base62::encode(bytes, BODY_LEN).unwrap_or_default()
}

impl AuditEntryId {
    /// Sorts behind the ids that this process has made before, also within one
    /// millisecond: what one use case writes is read in the order in which it happened.
    /// Of the randomness, a counter takes 32 bits; the 48 that are left keep two nodes'
    /// ids apart. Once in four billion entries the counter begins again.
    pub fn in_order(now: Timestamp, chance: &dyn Chance) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut bytes = [0; 16];
        chance.fill(&mut bytes[10..]);
        bytes[..6].copy_from_slice(&millis(now));
        bytes[6..10].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        Self(format!("{}{}", Self::PREFIX, encoded(&bytes)))
    }

    /// Not an entry's id, but the least that one made at this time could have.
    pub fn least(at: Timestamp) -> Self {
        let mut bytes = [0; 16];
        bytes[..6].copy_from_slice(&millis(at));
        Self(format!("{}{}", Self::PREFIX, encoded(&bytes)))
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            pub const PREFIX: &'static str = $prefix;

            pub fn new(now: Timestamp, chance: &dyn Chance) -> Self {
                Self(format!("{}{}", $prefix, body(now, chance)))
            }

            /// # Errors
            /// When the text is not an id of exactly this kind.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                match text.strip_prefix($prefix) {
                    Some(body) if body.len() == BODY_LEN && base62::is_base62(body) => {
                        Ok(Self(text.to_owned()))
                    }
                    _ => Err(BadId { prefix: $prefix }),
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

ids! {
    /// A tenant.
    OrganizationId = "org_";
    /// A developer app: an organization's workspace with its two environments.
    AppId = "app_";
    /// What an environment's secrets are sealed with; never the key itself.
    DataKeyId = "dk_";
    /// One API key; never the key itself.
    ApiKeyId = "key_";
    /// Something that was done, and by whom.
    AuditEntryId = "aud_";
    /// One linked account, a customer of the developer.
    LinkedAccountId = "acct_";
    /// One custom field of a linked account.
    UdfEntryId = "udf_";
    /// One session token; never the token itself.
    SessionTokenId = "ses_";
    /// One personal access token; never the token itself.
    AccessTokenId = "pat_";
    /// One link to the Connect portal; never its token.
    ConnectLinkId = "cln_";
    /// An OAuth flow on its way through a browser.
    OAuthAttemptId = "oat_";
    /// A device flow that a customer finishes elsewhere.
    DeviceAttemptId = "dev_";
    /// An OAuth client that has registered itself.
    RegisteredClientId = "reg_";
    /// One customer's authorized access to one connector.
    ConnectionId = "conn_";
    /// A connector that a developer has written.
    CustomConnectorId = "capp_";
    /// An action that a developer has written.
    CustomActionId = "cact_";
    /// Something that happened to a connection.
    ConnectionEventId = "cev_";
    /// Something that a provider has told.
    TriggerEventId = "tev_";
    /// A secret that a provider's events are verified with.
    WebhookSecretId = "whs_";
    /// Work for later.
    JobId = "job_";
    /// One request to the developer's own API.
    ApiProxyId = "prx_";
    /// One subscription to notifications.
    WebhookId = "wh_";
    /// A secret of a webhook that has been replaced and still signs.
    WebhookPreviousSecretId = "whp_";
    /// One notification, whoever receives it.
    MessageId = "msg_";
    /// One notification on its way to one webhook.
    DeliveryId = "dlv_";
    /// A person who signs in to the Console.
    MemberId = "mem_";
    /// A signed-in browser; never the cookie itself.
    MemberSessionId = "mses_";
    /// Somebody who was asked to become a member.
    InvitationId = "inv_";
    /// One request to this server.
    RequestId = "req_";
}
