//! What a token may do.

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    ContactsRead,
    ContactsWrite,
    Profile,
}

impl Scope {
    pub(crate) const ALL: [Self; 3] = [Self::ContactsRead, Self::ContactsWrite, Self::Profile];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ContactsRead => "contacts.read",
            Self::ContactsWrite => "contacts.write",
            Self::Profile => "profile",
        }
    }

    /// What the consent page says about it.
    pub(crate) const fn meaning(self) -> &'static str {
        match self {
            Self::ContactsRead => "See your contacts",
            Self::ContactsWrite => "Add, change and delete your contacts",
            Self::Profile => "See your name",
        }
    }
}

/// A set of scopes, in one order whatever order they were asked in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scopes(Vec<Scope>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scopes are contacts.read, contacts.write and profile")]
pub(crate) struct BadScope;

impl Scopes {
    /// What a client gets that asks for nothing in particular.
    pub(crate) fn standard() -> Self {
        Self(vec![Scope::ContactsRead, Scope::Profile])
    }

    pub(crate) fn parse(text: &str) -> Result<Self, BadScope> {
        let asked: Vec<&str> = text.split(' ').filter(|name| !name.is_empty()).collect();
        let known = |name: &&str| Scope::ALL.iter().any(|scope| scope.name() == *name);
        if asked.is_empty() || !asked.iter().all(known) {
            return Err(BadScope);
        }
        let wanted = |scope: &Scope| asked.contains(&scope.name());
        Ok(Self(Scope::ALL.into_iter().filter(wanted).collect()))
    }

    pub(crate) fn has(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.iter().all(|scope| self.has(scope))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Scope> {
        self.0.iter().copied()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Scope::name).collect();
        f.write_str(&names.join(" "))
    }
}
