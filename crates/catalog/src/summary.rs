//! A connector in short, for a list of all of them.

use trunnel_model::connection::AuthType;

use crate::compile::{auth_family, option_kind};
use crate::connector::Connector;
use crate::httprequest;
use crate::load::Sources;
use crate::source::ConnectorFile;

/// What a list says of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    pub slug: String,
    pub name: String,
    pub description: String,
    pub categories: Vec<String>,
    /// Each family once, the one that a customer is offered first before the others.
    pub auth_types: Vec<AuthType>,
    /// Actions of its own; each has `httprequest` beside them.
    pub actions: usize,
    pub instance: bool,
}

impl Summary {
    pub fn of(connector: &Connector) -> Self {
        let own = connector
            .actions()
            .filter(|action| action.id != httprequest::ID);
        Self {
            slug: connector.slug.clone(),
            name: connector.name.clone(),
            description: connector.description.clone(),
            categories: connector.categories.clone(),
            auth_types: connector.auth_types(),
            actions: own.count(),
            instance: connector.instance,
        }
    }

    /// The same from the files, of which the actions are only counted: to compile every
    /// connector for a list would take a hundred times as long, and its memory.
    pub(crate) fn read(sources: &Sources) -> Option<Self> {
        let file: ConnectorFile = serde_saphyr::from_str(&sources.connector.text).ok()?;
        let mut auth_types = Vec::new();
        for (id, option) in &file.auth {
            let kind = option_kind(id, option)?;
            let family = option
                .auth_type
                .unwrap_or_else(|| auth_family(kind, option.grant));
            if !auth_types.contains(&family) {
                auth_types.push(family);
            }
        }
        Some(Self {
            slug: file.slug,
            name: file.name,
            description: file.description,
            categories: file.categories,
            auth_types,
            actions: sources.actions.len(),
            instance: file.instance,
        })
    }
}
