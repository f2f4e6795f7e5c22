//! One of a connector's ways to connect, chosen.

use std::sync::Arc;

use trunnel_catalog::{AuthOption, Connector, Method};
use trunnel_model::fault::Fault;

use crate::error::Error;

/// A connector and which of its auth options is meant.
#[derive(Debug, Clone)]
pub(crate) struct Way {
    pub(crate) connector: Arc<Connector>,
    index: usize,
}

impl Way {
    /// The option that a stored connection was made with.
    pub(crate) fn stored(connector: &Arc<Connector>, option: &str) -> Result<Self, Error> {
        Self::find(connector, |known| known.id == option).ok_or_else(|| {
            Error::Internal(format!(
                "{} no longer has the auth option {option}",
                connector.slug
            ))
        })
    }

    /// The option that a caller names by its id or its family; without a name the
    /// first that fits.
    ///
    /// # Errors
    /// 400 naming the options that the connector offers.
    pub(crate) fn named(
        connector: &Arc<Connector>,
        name: Option<&str>,
        fits: impl Fn(&AuthOption) -> bool,
    ) -> Result<Self, Fault> {
        let found = match name {
            None => Self::find(connector, |option| fits(option)),
            Some(name) => Self::find(connector, |option| option.id == name && fits(option))
                .or_else(|| {
                    Self::find(connector, |option| {
                        option.auth_type.as_str() == name && fits(option)
                    })
                }),
        };
        found.ok_or_else(|| not_offered(connector, name, &fits))
    }

    fn find(connector: &Arc<Connector>, is: impl Fn(&AuthOption) -> bool) -> Option<Self> {
        let index = connector.auth.iter().position(is)?;
        Some(Self {
            connector: Arc::clone(connector),
            index,
        })
    }

    pub(crate) fn option(&self) -> &AuthOption {
        // It was found there, and a connector never changes.
        &self.connector.auth[self.index]
    }

    /// Whether there is something to renew a token with.
    pub(crate) fn renews(&self, has_refresh_token: bool) -> bool {
        match self.option().method {
            Method::OAuth2(_) | Method::Device(_) => has_refresh_token,
            Method::Keys(_) => self.option().exchange().is_some(),
            Method::OAuth1(_) | Method::None => false,
        }
    }
}

fn not_offered(
    connector: &Connector,
    name: Option<&str>,
    fits: &impl Fn(&AuthOption) -> bool,
) -> Fault {
    let fitting = connector.auth.iter().filter(|option| fits(option));
    let mut names: Vec<&str> = fitting.map(|option| option.id.as_str()).collect();
    names.dedup();
    let offered = if names.is_empty() {
        "nothing of that kind".to_owned()
    } else {
        names.join(", ")
    };
    let message = match name {
        Some(name) => format!(
            "{} does not offer `{name}` here; it offers {offered}",
            connector.name
        ),
        None => format!(
            "{} offers {offered}; connect it in another way",
            connector.name
        ),
    };
    Fault::field("auth_type", message)
}
