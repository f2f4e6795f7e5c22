//! A connector, read and checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use http::HeaderName;
use regex::Regex;
use serde_json::{Map, Value};
pub use trunnel_model::connection::AuthType;
use trunnel_model::http::Egress;
use url::Url;

use crate::action::Action;
use crate::option::AuthOption;
use crate::response::Failure;
use crate::source::BodyType;
use crate::template::Template;
use crate::template::url::UrlTemplate;
use crate::trigger::Triggers;

/// Non-secret values of one connection, such as its region.
pub type Fields = Map<String, Value>;

/// Where this server is: as it reaches itself, and as the world does.
#[derive(Debug, Clone)]
pub struct Instance {
    pub url: Url,
    pub public_url: Url,
}

/// One third-party app.
#[derive(Debug)]
pub struct Connector {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub categories: Vec<String>,
    /// The provider's documentation.
    pub docs: String,
    pub fields: Vec<Field>,
    /// The ways to connect; the one a customer is offered first comes first.
    pub auth: Vec<AuthOption>,
    /// How often its API may be called, as its documentation says.
    pub limits: Option<RateLimit>,
    /// Whether its calls go to this very server.
    pub instance: bool,
    /// What its provider tells by webhook.
    pub triggers: Option<Triggers>,
    /// Whether a developer has written it, for an environment of their own.
    pub custom: bool,
    pub(crate) base_url: UrlTemplate,
    pub(crate) headers: Vec<(HeaderName, Template)>,
    /// How bodies are written where an action says nothing.
    pub(crate) body_type: BodyType,
    pub(crate) retry: Retry,
    pub(crate) failure: Option<Failure>,
    /// By id, `httprequest` included.
    pub(crate) actions: BTreeMap<String, Arc<Action>>,
    /// The file it was read from, for findings.
    pub(crate) file: String,
}

impl Connector {
    pub fn action(&self, id: &str) -> Option<&Arc<Action>> {
        self.actions.get(id)
    }

    /// Sorted by id.
    pub fn actions(&self) -> impl Iterator<Item = &Arc<Action>> {
        self.actions.values()
    }

    /// The families of its auth options, each once.
    pub fn auth_types(&self) -> Vec<AuthType> {
        let mut types = Vec::new();
        for option in &self.auth {
            if !types.contains(&option.auth_type) {
                types.push(option.auth_type);
            }
        }
        types
    }

    /// The option with this id, or the first of this family.
    pub fn option(&self, name: &str) -> Option<&AuthOption> {
        let by_id = self.auth.iter().find(|option| option.id == name);
        by_id.or_else(|| {
            self.auth
                .iter()
                .find(|option| option.auth_type.as_str() == name)
        })
    }

    /// The developer has to register a client of their own with this provider.
    pub fn needs_client(&self) -> bool {
        self.auth.iter().any(AuthOption::needs_client)
    }

    /// Such a client may be set.
    pub fn takes_client(&self) -> bool {
        self.auth.iter().any(AuthOption::takes_client)
    }

    /// A client registers itself where none is set.
    pub fn registers(&self) -> bool {
        self.auth.iter().any(AuthOption::registers)
    }

    /// The fields without the developer's secrets, as a connection keeps them.
    #[must_use]
    pub fn in_the_clear(&self, mut fields: Fields) -> Fields {
        let of_options = self.auth.iter().flat_map(|option| &option.fields);
        for field in self.fields.iter().chain(of_options) {
            if field.is_secret() {
                fields.remove(&field.name);
            }
        }
        fields
    }

    pub(crate) fn egress(&self) -> Egress {
        if self.instance {
            Egress::Instance
        } else {
            Egress::Public
        }
    }
}

/// A value of a connection that is not secret.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub help: Option<String>,
    pub example: Option<String>,
    pub required: bool,
    pub options: Vec<Choice>,
    /// Filled from a provider's answer, never asked for.
    pub automated: bool,
    pub by: GivenBy,
    pub(crate) pattern: Option<Regex>,
}

/// Who gives a field its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenBy {
    Customer,
    /// Once per environment, since a client secret is sent there.
    Developer,
    /// The same, kept sealed and never shown: a key of the developer's own.
    DeveloperInSecret,
}

impl Field {
    pub fn is_developers(&self) -> bool {
        self.by != GivenBy::Customer
    }

    pub fn is_secret(&self) -> bool {
        self.by == GivenBy::DeveloperInSecret
    }
}

/// One of the values to pick from.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Choice {
    pub name: String,
    pub value: String,
}

/// Where a provider says how long to wait.
#[derive(Debug, Default)]
pub struct Retry {
    /// Headers with seconds or a date.
    pub(crate) after: Vec<String>,
    /// Headers with the moment, in seconds or milliseconds since 1970.
    pub(crate) reset_at: Vec<String>,
    /// The header that says how many calls are left.
    pub(crate) remaining: Option<String>,
}

/// So many calls in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    pub calls: u32,
    pub seconds: u32,
    #[serde(default)]
    pub per: RatePer,
}

/// Whose calls are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RatePer {
    #[default]
    Connection,
    Client,
}
