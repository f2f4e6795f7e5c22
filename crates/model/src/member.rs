//! Members of an organization, and how they come in.

use crate::id::{InvitationId, MemberId, MemberSessionId, OrganizationId};
use crate::role::Role;
use crate::time::Timestamp;

/// A person who signs in to the Console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub id: MemberId,
    pub organization: OrganizationId,
    pub email: Email,
    pub name: String,
    pub role: Role,
    /// Whether an authenticator is in force.
    pub two_factor: bool,
    /// Until then no password is looked at.
    pub locked_until: Option<Timestamp>,
    pub last_sign_in_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberSession {
    pub id: MemberSessionId,
    pub member: MemberId,
    pub created_at: Timestamp,
    /// Noted once an hour at most.
    pub used_at: Timestamp,
    pub expires_at: Timestamp,
}

/// Somebody who was asked to become a member and has not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: InvitationId,
    pub organization: OrganizationId,
    pub email: Email,
    pub name: Option<String>,
    pub role: Role,
    /// The name of whoever invited.
    pub invited_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A tenant as its members see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    pub id: OrganizationId,
    pub name: String,
    pub created_at: Timestamp,
    /// Whether its members need an authenticator.
    pub enforce_two_factor: bool,
}

/// An e-mail address in small letters, since that is how people mean it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Email(String);

impl Email {
    /// Surrounding white space is not part of it. Whether somebody reads what is
    /// sent there, only sending shows.
    ///
    /// # Errors
    /// When it has not the form of an address.
    pub fn parse(text: &str) -> Result<Self, BadEmail> {
        let text = text.trim().to_lowercase();
        let (user, host) = text.rsplit_once('@').ok_or(BadEmail)?;
        let odd = |c: char| c.is_control() || c.is_whitespace() || "<>,;\"\\()".contains(c);
        let fine = !user.is_empty()
            && !host.is_empty()
            && !user.contains('@')
            && !text.contains(odd)
            && text.len() <= 254;
        if fine { Ok(Self(text)) } else { Err(BadEmail) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address such as ada@example.com")]
pub struct BadEmail;
