//! A connector to try things on, and the means to change it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use http::HeaderMap;
use serde_json::{Map, Value};
use trunnel_catalog::load::{Sources, Text, Trust};
use trunnel_catalog::{
    Access, Catalog, Connector, Credential, Fields, Instance, LoadErrors, Moment, OAuthClient,
};
use trunnel_model::http::HttpAnswer;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

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
        triggers: None,
    }
}

pub(crate) fn load(connector: &str, action: &str) -> Result<Catalog, LoadErrors> {
    Catalog::default().with_sources(&[sources(connector, action)], Trust::Folder)
}

/// The same with triggers.
pub(crate) fn load_triggers(triggers: &str) -> Result<Catalog, LoadErrors> {
    let mut sources = sources(CONNECTOR, ACTION);
    sources.triggers = Some(text("triggers.yaml", triggers));
    Catalog::default().with_sources(&[sources], Trust::Folder)
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

static INSTANCE: LazyLock<Instance> = LazyLock::new(instance);
static CLIENT: LazyLock<OAuthClient> = LazyLock::new(|| OAuthClient {
    id: "client-1".to_owned(),
    secret: Some(Secret::new("s3cret")),
    auth: None,
});
static NO_FIELDS: LazyLock<Fields> = LazyLock::new(Fields::new);

pub(crate) fn client() -> &'static OAuthClient {
    &CLIENT
}

/// The moment of every request here: 2026-03-05, 12:00:00.250 UTC.
pub(crate) const MOMENT: Moment<'static> = Moment {
    now: Timestamp::from_millis(1_772_712_000_250),
    random: "0123456789abcdef0123456789abcdef",
};

/// A connection in the way of this option, with neither fields nor a credential.
pub(crate) fn access<'a>(connector: &'a Connector, option: &str) -> Access<'a> {
    Access {
        connector,
        option: connector.option(option).unwrap(),
        instance: &INSTANCE,
        fields: &NO_FIELDS,
        credential: Credential::default(),
        moment: MOMENT,
    }
}

/// With the token that a consent has brought, and the developer's client.
pub(crate) fn token(access_token: &Secret) -> Credential<'_> {
    Credential {
        access_token: Some(access_token),
        client: Some(client()),
        ..Credential::default()
    }
}

/// With what the customer has typed.
pub(crate) fn typed(values: &BTreeMap<String, Secret>) -> Credential<'_> {
    Credential {
        values: Some(values),
        ..Credential::default()
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

/// The connector with other ways to connect.
pub(crate) fn by_auth(auth: &str) -> String {
    let (head, rest) = CONNECTOR.split_once("auth:\n").unwrap();
    let (_, tail) = rest.split_once("retry:\n").unwrap();
    format!("{head}auth:\n{auth}retry:\n{tail}")
}

pub(crate) fn acme_by(auth: &str) -> Arc<Connector> {
    let catalog = load(&by_auth(auth), ACTION).unwrap_or_else(|errors| panic!("{errors}"));
    catalog.get("acme").unwrap().clone()
}

/// What is said about a connector with these ways to connect, which must not load.
pub(crate) fn complaint_by(auth: &str) -> String {
    load(&by_auth(auth), ACTION).unwrap_err().to_string()
}
