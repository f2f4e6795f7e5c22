//! Our own decisions about the facts, which a re-run keeps.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::facts::Object;

/// `catalog/facts/corrections.yaml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Corrections {
    /// Registrable domain of an API to the page that documents it.
    pub(crate) sites: BTreeMap<String, String>,
    /// Where the tokens of a token endpoint are revoked as in RFC 7009.
    pub(crate) revocations: BTreeMap<String, String>,
    /// Connectors that are written by hand, and the option of each row they cover.
    pub(crate) written_by_hand: BTreeMap<String, BTreeMap<String, String>>,
    /// Rows of either file that become nothing, and why.
    pub(crate) left_out: BTreeMap<String, String>,
    /// Row of the apps to the row of the providers that is the same.
    pub(crate) apps: BTreeMap<String, String>,
    /// Rows of the apps that a connector with another slug covers.
    pub(crate) covered: BTreeMap<String, String>,
    /// By row of the providers.
    pub(crate) rows: BTreeMap<String, RowCorrection>,
    /// By slug of the connector.
    pub(crate) connectors: BTreeMap<String, ConnectorCorrection>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RowCorrection {
    /// The row whose connector it is an option of.
    pub(crate) with: Option<String>,
    /// Slug of the connector that the row is the main row of.
    pub(crate) slug: Option<String>,
    /// Id of the option.
    pub(crate) id: Option<String>,
    pub(crate) label: Option<String>,
    /// Laid over the row.
    pub(crate) facts: Option<Value>,
    /// Laid over the option that the row becomes.
    pub(crate) option: Option<Object>,
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ConnectorCorrection {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) docs: Option<String>,
    pub(crate) categories: Option<Vec<String>>,
    /// Laid over the file; alone, it is the file of a provider without a row.
    pub(crate) file: Option<Object>,
}
