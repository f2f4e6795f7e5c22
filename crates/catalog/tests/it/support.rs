//! A connector to try things on, and the means to change it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use http::HeaderMap;
use serde_json::{Map, Value};
use trunnel_catalog::load::{Sources, Text, Trust};
use trunnel_catalog::{Catalog, Connector, Instance, LoadErrors, OAuthClient};
use trunnel_model::http::HttpAnswer;
use trunnel_model::secret::Secret;

pub(crate) const CONNECTOR: &str = r#"slug: acme
name: Acme
description: A provider that exists nowhere.
categories: [crm]
docs: https://docs.acme.example/
base_url: https://${field.region}.api.acme.example/v1 || https://api.acme.example/v1
headers:
  Acme-Version: "7"
fields:
  - name: region
    pattern: ^[a-z.-]+$
    example: eu
    required: false
  - name: home
    automated: true
auth:
  oauth2:
    authorization_url: https://login.acme.example/authorize?kind=app
    token_url: https://login.acme.example/token
    refresh_url: https://login.acme.example/refresh
    revocation_url: https://login.acme.example/revoke
    scopes:
      mandatory: [read]
      optional: [write]
    metadata:
      home: team.url
    redirect_metadata:
      home: home
    identity:
      path: /me
      identifier: user.id
      fields:
        home: user.home
  keybased:
    fields:
      - name: key
        type: password
      - name: seats
        type: number
        required: false
    place:
      headers:
        X-Key: ${credential.key}
    verify:
      path: /me
      identifier: user.id
retry:
  retry_after: [retry-after]
  reset_at: [x-reset]
  remaining: x-left
"#;

pub(crate) const ACTION: &str = r"id: change_thing
name: Change thing
description: Changes a thing of some kind.
docs: https://docs.acme.example/things
input:
  type: object
  required: [id]
  properties:
    id: { title: Thing, type: [string, integer] }
    name: { title: Name, type: string }
    tags: { title: Tags, type: array }
    size: { title: Size, type: number }
    note: { title: Note, type: string }
request:
  method: POST
  path: /things/${input.id}/change
  query:
    tag: ${input.tags}
  headers:
    X-Note: ${input.note}
  body:
    name: ${input.name}
    label: a ${input.name}
    size: ${input.size}
    fixed: { one: 1 }
    nested:
      size: ${input.size}
    list:
      - ${input.name}
      - ${input.size}
answer:
  path: data.thing
";

fn text(file: &str, text: &str) -> Text {
    Text {
        file: format!("catalog/connectors/acme/{file}"),
        text: text.to_owned(),
    }
}

pub(crate) fn sources(connector: &str, action: &str) -> Sources {
    Sources {
        folder: "acme".to_owned(),
        connector: text("connector.yaml", connector),
        actions: vec![text("actions/change_thing.yaml", action)],
    }
}

pub(crate) fn load(connector: &str, action: &str) -> Result<Catalog, LoadErrors> {
    Catalog::default().with_sources(&[sources(connector, action)], Trust::Folder)
}

/// Loaded once, since the property tests ask for it thousands of times.
static ACME: LazyLock<Arc<Connector>> = LazyLock::new(|| {
    let catalog = load(CONNECTOR, ACTION).unwrap_or_else(|errors| panic!("{errors}"));
    catalog.get("acme").unwrap().clone()
});

pub(crate) fn acme() -> Arc<Connector> {
    Arc::clone(&ACME)
}

/// The text with one piece changed, which must be there.
pub(crate) fn with(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "`{old}` must be there once");
    text.replace(old, new)
}

pub(crate) fn instance() -> Instance {
    Instance {
        url: "http://127.0.0.1:8080".parse().unwrap(),
        public_url: "https://trunnel.example".parse().unwrap(),
    }
}

pub(crate) fn client() -> OAuthClient {
    OAuthClient {
        id: "client-1".to_owned(),
        secret: Some(Secret::new("s3cret")),
    }
}

pub(crate) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        other => panic!("{other} is no object"),
    }
}

pub(crate) fn keys(pairs: &[(&str, &str)]) -> BTreeMap<String, Secret> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Secret::new(*value)))
        .collect()
}

pub(crate) fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> HttpAnswer {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| {
            (
                http::HeaderName::from_static(name),
                value.parse::<http::HeaderValue>().unwrap(),
            )
        })
        .collect();
    HttpAnswer {
        status,
        headers,
        body: body.to_owned().into(),
    }
}
