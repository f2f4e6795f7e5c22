//! What a connection may do, beside what it is asked for now.

use trunnel_catalog::{Connector, scopes_for};
use trunnel_model::connection::Connection;

/// The scopes of one connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeView {
    /// What the provider granted; nothing where it has no scopes or did not say.
    pub granted: Option<Vec<String>>,
    /// What a customer who connects today is asked for.
    pub requested: Vec<String>,
    /// What is asked for today and was not granted.
    pub missing: Vec<String>,
}

impl ScopeView {
    /// `selected` is what the environment has configured beside the mandatory ones.
    pub fn of(connector: Option<&Connector>, selected: &[String], connection: &Connection) -> Self {
        let option = connector.and_then(|connector| {
            let mut options = connector.auth.iter();
            options.find(|option| option.id == connection.auth_option)
        });
        let known = option.and_then(|option| option.scopes());
        let requested = known.map(|known| scopes_for(known, selected));
        let requested = requested.unwrap_or_default();
        let missing = match &connection.scopes {
            None => Vec::new(),
            Some(granted) => requested
                .iter()
                .filter(|wanted| !is_granted(wanted, granted))
                .cloned()
                .collect(),
        };
        Self {
            granted: connection.scopes.clone(),
            requested,
            missing,
        }
    }

    /// The customer has to consent again before everything works.
    pub fn needs_consent(&self) -> bool {
        !self.missing.is_empty()
    }
}

/// These ask for a token of some kind, not for access; answers often leave them out.
const NOT_ACCESS: [&str; 3] = ["openid", "offline_access", "refresh_token"];

/// Providers write a scope differently in the answer than in the request: whole or
/// without the address before it, in other case, or as a wider one that has it within.
fn is_granted(wanted: &str, granted: &[String]) -> bool {
    let wanted = plain(wanted);
    NOT_ACCESS.contains(&wanted.as_str())
        || granted.iter().any(|granted| {
            let granted = plain(granted);
            let within = wanted.strip_prefix(granted.as_str());
            granted == wanted || within.is_some_and(|rest| rest.starts_with(':'))
        })
}

/// The last part of the address that a scope may be.
fn plain(scope: &str) -> String {
    let last = scope.trim_end_matches('/').rsplit('/').next();
    let last = last.unwrap_or_default().to_ascii_lowercase();
    last.trim_start_matches("userinfo.").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn granted(wanted: &str, granted: &[&str]) -> bool {
        let granted: Vec<_> = granted.iter().map(ToString::to_string).collect();
        is_granted(wanted, &granted)
    }

    #[test]
    fn a_scope_is_known_however_the_provider_writes_it() {
        assert!(granted("contacts.read", &["contacts.read"]));
        assert!(granted(
            "https://graph.microsoft.com/Mail.Read",
            &["Mail.Read"]
        ));
        assert!(granted(
            "email",
            &["https://www.googleapis.com/auth/userinfo.email"]
        ));
        assert!(granted("repo:status", &["repo"]));
        assert!(granted("offline_access", &[]));
    }

    #[test]
    fn another_scope_is_not_the_one_that_is_asked_for() {
        assert!(!granted("contacts.write", &["contacts.read"]));
        assert!(!granted("repository", &["repo"]));
        assert!(!granted("repo", &["repo:status"]));
    }
}
