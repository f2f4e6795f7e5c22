//! Whose OAuth client is used.

use trunnel_catalog::{Connector, OAuthClient};
use trunnel_model::connector_setting::CredentialSource;
use trunnel_model::environment::Environment;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::scope::Scope;
use trunnel_store::connector_setting::StoredSetting;
use trunnel_store::sealed::Place;

use crate::Core;
use crate::error::Error;

/// A client, and how a connection names it: by its id, or, when it has registered
/// itself, by ours. Two servers may call their clients the same.
#[derive(Debug, Clone)]
pub(crate) struct ChosenClient {
    pub(crate) name: String,
    pub(crate) client: OAuthClient,
}

impl From<OAuthClient> for ChosenClient {
    fn from(client: OAuthClient) -> Self {
        Self {
            name: client.id.clone(),
            client,
        }
    }
}

/// One of the operator's clients, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedClient {
    pub slug: String,
    pub name: String,
    pub client_id: String,
}

impl Core {
    /// The operator's shared clients, by slug; they work in test only.
    pub fn shared_clients(&self) -> Vec<SharedClient> {
        let all = self.settings().shared_clients.iter();
        let mut clients: Vec<_> = all
            .map(|(slug, client)| {
                let connector = self.catalog().get(slug);
                SharedClient {
                    slug: slug.clone(),
                    name: connector.map_or_else(|| slug.clone(), |known| known.name.clone()),
                    client_id: client.id.clone(),
                }
            })
            .collect();
        clients.sort_by(|a, b| a.slug.cmp(&b.slug));
        clients
    }

    /// The OAuth client that new connections are made with.
    pub(crate) async fn oauth_client(
        &self,
        scope: &Scope,
        connector: &Connector,
        stored: &StoredSetting,
    ) -> Result<ChosenClient, Error> {
        let set = self.set_client(scope, connector, stored).await?;
        Ok(set.ok_or_else(|| client_missing(connector, scope.environment()))?)
    }

    /// The same, where there may be none.
    pub(crate) async fn set_client(
        &self,
        scope: &Scope,
        connector: &Connector,
        stored: &StoredSetting,
    ) -> Result<Option<ChosenClient>, Error> {
        let own = self.own_client(scope, stored).await?;
        let own = own.filter(|_| stored.setting.source == CredentialSource::Own);
        let client = own.or_else(|| self.shared_client(scope, connector));
        Ok(client.map(ChosenClient::from))
    }

    /// The client that a connection was made with, which alone can refresh it.
    pub(crate) async fn client_of(
        &self,
        scope: &Scope,
        connector: &Connector,
        client_id: Option<&str>,
    ) -> Result<OAuthClient, Error> {
        if let Some(name) = client_id
            && let Some(registered) = self.registered(scope, connector, name).await?
        {
            return Ok(registered);
        }
        let stored = self.stored_setting(scope, connector).await?;
        let own = self.own_client(scope, &stored).await?;
        let shared = self.shared_client(scope, connector);
        let same = |client: &OAuthClient| client_id.is_none_or(|id| id == client.id);
        own.into_iter().chain(shared).find(same).ok_or_else(|| {
            Fault::bad_request(
                FaultCode::AppCredentialsMissing,
                format!(
                    "{} was connected with another OAuth client than the one set now. Restore \
                     that client or let the customer reconnect.",
                    connector.name
                ),
            )
            .into()
        })
    }

    async fn own_client(
        &self,
        scope: &Scope,
        stored: &StoredSetting,
    ) -> Result<Option<OAuthClient>, Error> {
        let Some(id) = &stored.setting.client_id else {
            return Ok(None);
        };
        let secret = match &stored.secret {
            None => None,
            Some(sealed) => {
                let slug = &stored.setting.slug;
                Some(
                    self.vault()
                        .open(scope, Place::ConnectorSetting, slug, sealed)
                        .await?,
                )
            }
        };
        Ok(Some(OAuthClient {
            id: id.clone(),
            secret,
            auth: None,
        }))
    }

    /// Shared clients are for trying things out; live has none, whatever is set.
    fn shared_client(&self, scope: &Scope, connector: &Connector) -> Option<OAuthClient> {
        let shared = &self.settings().shared_clients;
        (scope.environment() == Environment::Test)
            .then(|| shared.get(&connector.slug).cloned())
            .flatten()
    }
}

pub(super) fn client_missing(connector: &Connector, environment: Environment) -> Fault {
    let reason = match environment {
        Environment::Live => "Shared credentials exist only in test.",
        Environment::Test => "This instance has no shared client for it.",
    };
    Fault::bad_request(
        FaultCode::AppCredentialsMissing,
        format!(
            "{} has no OAuth client in {environment}. {reason} Set your own client id and secret \
             under Connectors > {} > Settings, or with PUT /api/v2/public/connector/{}.",
            connector.name, connector.name, connector.slug
        ),
    )
    .with("slug", connector.slug.as_str())
}
