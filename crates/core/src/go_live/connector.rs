//! What concerns one connector that is enabled in live.

use std::collections::BTreeSet;

use trunnel_catalog::{AuthOption, developer_fields};
use trunnel_model::connector_setting::CredentialSource;
use trunnel_store::connector_setting;

use super::GoLiveState::{Blocking, Todo};
use super::{GoLiveConnector, GoLiveItem, GoLiveTopic, item, may_go};
use crate::Core;
use crate::connector::ConnectorView;
use crate::ctx::Ctx;
use crate::error::Error;

impl Core {
    /// Nothing for a connector that is there for trying things out.
    pub(super) async fn connector_items(
        &self,
        test: &Ctx,
        live: &Ctx,
        slug: &str,
        connected: bool,
    ) -> Result<Option<GoLiveConnector>, Error> {
        let view = match self.connector_setting(live, slug).await {
            Ok(view) => view,
            Err(Error::Fault(fault)) => return Ok(Some(broken(slug, fault.message))),
            Err(error) => return Err(error),
        };
        if view.connector.instance {
            return Ok(None);
        }
        let in_test = connector_setting::find(self.db(), &test.scope, slug).await?;
        let in_test = in_test.map(|stored| stored.setting.scopes);
        let mut items = Vec::new();
        items.extend(client(&view));
        items.extend(fields(&view));
        items.extend(callback(&view, connected));
        items.extend(scopes(&view, in_test.as_deref()));
        items.push(item(
            GoLiveTopic::LiveConnection,
            (connected, Todo),
            "A customer is connected",
            (
                "Live has a connection to it.",
                "Nobody is connected in live yet. Connect an account of your own first.",
            ),
        ));
        Ok(Some(GoLiveConnector {
            slug: view.connector.slug.clone(),
            name: view.connector.name.clone(),
            ready: may_go(&items),
            items,
        }))
    }
}

/// A custom app that cannot be compiled any more.
fn broken(slug: &str, why: String) -> GoLiveConnector {
    GoLiveConnector {
        slug: slug.to_owned(),
        name: slug.to_owned(),
        ready: false,
        items: vec![GoLiveItem {
            topic: GoLiveTopic::ConnectorEnabled,
            state: Blocking,
            title: "Correct the app".to_owned(),
            detail: why,
        }],
    }
}

fn client(view: &ConnectorView) -> Option<GoLiveItem> {
    let name = &view.connector.name;
    let setting = &view.setting;
    let own = setting.source == CredentialSource::Own && setting.client_id.is_some();
    let to_do = format!(
        "Live has no OAuth client for {name}, and shared ones exist only in test. Register one \
         with {name}, and set its client id and secret in live under Connectors > {name} > \
         Settings."
    );
    view.connector.needs_client().then(|| {
        item(
            GoLiveTopic::OwnClient,
            (own, Blocking),
            "Set your own OAuth client",
            ("Live has an OAuth client of your own.", &to_do),
        )
    })
}

fn fields(view: &ConnectorView) -> Option<GoLiveItem> {
    let required = || developer_fields(&view.connector).filter(|field| field.required);
    let unset = required().filter(|field| !view.setting.fields.contains_key(&field.name));
    let unset: Vec<_> = unset.map(|field| field.label.as_str()).collect();
    let name = &view.connector.name;
    let to_do = format!(
        "Set {} in live under Connectors > {name} > Settings.",
        unset.join(", ")
    );
    required().next().map(|_| {
        item(
            GoLiveTopic::FieldsSet,
            (unset.is_empty(), Blocking),
            "Fill in what the provider wants of you",
            ("Everything that it needs is set in live.", &to_do),
        )
    })
}

/// Whether the URL is registered, only the provider knows: a connection shows it.
fn callback(view: &ConnectorView, connected: bool) -> Option<GoLiveItem> {
    let name = &view.connector.name;
    let to_do = format!(
        "Enter {} as a redirect URL of your OAuth client at {name}. This is done once a \
         customer has connected in live.",
        view.callback_url
    );
    view.connector.needs_client().then(|| {
        item(
            GoLiveTopic::CallbackUrl,
            (connected, Todo),
            "Register the callback URL",
            ("A connection came back to the callback URL.", &to_do),
        )
    })
}

fn scopes(view: &ConnectorView, in_test: Option<&[String]>) -> Option<GoLiveItem> {
    view.connector.auth.iter().find_map(AuthOption::scopes)?;
    let sorted = |scopes: &[String]| scopes.iter().cloned().collect::<BTreeSet<_>>();
    let live = sorted(&view.setting.scopes);
    let test = in_test.map(sorted).unwrap_or_default();
    let only = |these: &BTreeSet<String>, those: &BTreeSet<String>| {
        let only: Vec<_> = these.difference(those).map(String::as_str).collect();
        if only.is_empty() {
            "nothing more".to_owned()
        } else {
            only.join(", ")
        }
    };
    let name = &view.connector.name;
    let to_do = format!(
        "Test and live ask for different scopes: test for {}, live for {}. Choose the same ones \
         under Connectors > {name} > Settings, so that what you have tried is what customers get.",
        only(&test, &live),
        only(&live, &test)
    );
    Some(item(
        GoLiveTopic::ScopesEqual,
        (test == live, Todo),
        "Ask for the same scopes in test and live",
        ("Test and live ask for the same scopes.", &to_do),
    ))
}
