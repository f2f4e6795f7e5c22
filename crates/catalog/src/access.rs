//! What a request to a provider is made with.

use std::collections::BTreeMap;

use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

use crate::connector::{Connector, Fields, Instance};
use crate::option::{AuthOption, ClientAuth};
use crate::template::Scope;

/// The developer's registration with a provider.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    pub id: String,
    pub secret: Option<Secret>,
    /// How the provider has registered it to prove itself, where that is not for the
    /// connector to say.
    pub auth: Option<ClientAuth>,
}

/// What a customer's access is proved with, opened for one request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Credential<'a> {
    pub access_token: Option<&'a Secret>,
    /// The secret that belongs to an OAuth 1.0a token.
    pub token_secret: Option<&'a Secret>,
    pub refresh_token: Option<&'a Secret>,
    /// What the customer typed, by field.
    pub values: Option<&'a BTreeMap<String, Secret>>,
    pub client: Option<&'a OAuthClient>,
}

/// The moment of one request, for what must not be said twice: signatures,
/// assertions, nonces. There is no clock and no chance here.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    pub now: Timestamp,
    /// At least 128 random bits as letters and digits.
    pub random: &'a str,
}

/// One connection, opened for one request.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    pub connector: &'a Connector,
    pub option: &'a AuthOption,
    pub instance: &'a Instance,
    pub fields: &'a Fields,
    pub credential: Credential<'a>,
    pub moment: Moment<'a>,
}

impl<'a> Access<'a> {
    pub(crate) fn scope(&self) -> Scope<'a> {
        Scope::new(self.instance, self.fields)
            .with_credential(self.credential)
            .at(self.moment)
    }

    #[must_use]
    pub fn with_fields(self, fields: &'a Fields) -> Self {
        Self { fields, ..self }
    }

    #[must_use]
    pub fn with_credential(self, credential: Credential<'a>) -> Self {
        Self { credential, ..self }
    }
}
