//! The schemas for editors and the loader know the same keys and refuse the same files.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::data::{schema, schema_text};
use crate::support::{ACTION, CONNECTOR, by_auth, load, load_triggers, with};

/// Every object of `connector.yaml`, with a key in it that there is not, and where the
/// schema describes the object.
const CONNECTOR_PLACES: &[(&str, &str)] = &[
    ("{ no_key: 1 }", ""),
    ("{ fields: [{ no_key: 1 }] }", "/$defs/field"),
    ("{ limits: { no_key: 1 } }", "/$defs/limits"),
    ("{ retry: { no_key: 1 } }", "/$defs/retry"),
    ("{ failure: { no_key: 1 } }", "/$defs/failure"),
];

/// The same within an option.
const OPTION_PLACES: &[(&str, &str)] = &[
    ("{ no_key: 1 }", "/$defs/option"),
    (
        "{ scopes: { no_key: 1 } }",
        "/$defs/option/properties/scopes",
    ),
    (
        "{ refresh: { no_key: 1 } }",
        "/$defs/option/properties/refresh",
    ),
    (
        "{ certificate: { no_key: 1 } }",
        "/$defs/option/properties/certificate",
    ),
    ("{ extra_fields: [{ no_key: 1 }] }", "/$defs/field"),
    ("{ token_answer: { no_key: 1 } }", "/$defs/token_answer"),
    ("{ place: { no_key: 1 } }", "/$defs/place"),
    ("{ place: { basic: { no_key: 1 } } }", "/$defs/basic"),
    ("{ identity: { no_key: 1 } }", "/$defs/probe"),
    ("{ verify: { no_key: 1 } }", "/$defs/probe"),
    ("{ fields: [{ no_key: 1 }] }", "/$defs/key_field"),
    ("{ token: { no_key: 1 } }", "/$defs/jwt"),
    ("{ exchange: { no_key: 1 } }", "/$defs/exchange"),
    ("{ exchange: { basic: { no_key: 1 } } }", "/$defs/basic"),
    (
        "{ exchange: { answer: { no_key: 1 } } }",
        "/$defs/token_answer",
    ),
    ("{ exchange: { before: [{ no_key: 1 }] } }", "/$defs/step"),
    ("{ exchange: { refresh: { no_key: 1 } } }", "/$defs/step"),
    ("{ exchange: { assertion: { no_key: 1 } } }", "/$defs/jwt"),
    ("{ sign: { no_key: 1 } }", "/$defs/sign"),
    (
        "{ sign: { oauth1: { no_key: 1 } } }",
        "/$defs/sign/properties/oauth1",
    ),
    (
        "{ sign: { aws_sigv4: { no_key: 1 } } }",
        "/$defs/sign/properties/aws_sigv4",
    ),
    ("{ sign: { wsse: { no_key: 1 } } }", "/$defs/basic"),
    (
        "{ sign: { duo: { no_key: 1 } } }",
        "/$defs/sign/properties/duo",
    ),
    (
        "{ sign: { avanan: { no_key: 1 } } }",
        "/$defs/sign/properties/avanan",
    ),
    (
        "{ sign: { http_signature: { no_key: 1 } } }",
        "/$defs/sign/properties/http_signature",
    ),
];

const ACTION_PLACES: &[(&str, &str)] = &[
    ("{ no_key: 1 }", ""),
    ("{ request: { no_key: 1 } }", "/properties/request"),
    ("{ answer: { no_key: 1 } }", "/properties/answer"),
    ("{ failure: { no_key: 1 } }", "/properties/failure"),
    ("{ paginate: { no_key: 1 } }", "/properties/paginate"),
    (
        "{ paginate: { cursor: { no_key: 1 } } }",
        "/properties/paginate/properties/cursor",
    ),
    (
        "{ paginate: { link: { no_key: 1 } } }",
        "/properties/paginate/properties/link",
    ),
    ("{ paginate: { page: { no_key: 1 } } }", "/$defs/number"),
    ("{ paginate: { offset: { no_key: 1 } } }", "/$defs/number"),
    (
        "{ paginate: { size: { no_key: 1 } } }",
        "/properties/paginate/properties/size",
    ),
];

const TRIGGERS_PLACES: &[(&str, &str)] = &[
    ("{ no_key: 1 }", ""),
    ("{ verify: { no_key: 1 } }", "/$defs/verify"),
    ("{ verify: { hmac: { no_key: 1 } } }", "/$defs/hmac"),
    (
        "{ verify: { hmac: { timestamp: { no_key: 1 } } } }",
        "/$defs/timestamp",
    ),
    ("{ verify: { ecdsa: { no_key: 1 } } }", "/$defs/ecdsa"),
    ("{ verify: { token: { no_key: 1 } } }", "/$defs/token"),
    ("{ verify: { jwt: { no_key: 1 } } }", "/$defs/jwt"),
    ("{ challenge: [{ no_key: 1 }] }", "/$defs/challenge"),
    ("{ challenge: [{ when: { no_key: 1 } }] }", "/$defs/when"),
    ("{ challenge: [{ answer: { no_key: 1 } }] }", "/$defs/reply"),
    ("{ events: { no_key: 1 } }", "/$defs/events"),
    ("{ events: { id: { no_key: 1 } } }", "/$defs/source"),
    ("{ events: { account: { no_key: 1 } } }", "/$defs/account"),
    ("{ triggers: [{ no_key: 1 }] }", "/$defs/trigger"),
];

/// The keys that the loader says there are, in a file with a key that there is not.
fn loaded_keys(connector: &str, action: &str) -> BTreeSet<String> {
    told_keys(&load(connector, action).unwrap_err().to_string())
}

fn told_keys(errors: &str) -> BTreeSet<String> {
    let (_, keys) = errors
        .split_once("there is no such key; there are: ")
        .unwrap_or_else(|| panic!("{errors}"));
    let keys = keys.lines().next().unwrap();
    keys.split(", ").map(str::to_owned).collect()
}

fn schema_keys(schema: &Value, pointer: &str) -> BTreeSet<String> {
    let object = schema
        .pointer(pointer)
        .unwrap_or_else(|| panic!("{pointer}"));
    assert_eq!(object["additionalProperties"], false, "{pointer}");
    object["properties"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

#[test]
fn the_schemas_have_the_keys_that_the_loader_has() {
    let connector: Value = serde_json::from_str(&schema_text("connector")).unwrap();
    for (text, pointer) in CONNECTOR_PLACES {
        assert_eq!(
            loaded_keys(text, ACTION),
            schema_keys(&connector, pointer),
            "{text}"
        );
    }
    for (option, pointer) in OPTION_PLACES {
        let text = format!("{{ auth: {{ other: {option} }} }}");
        assert_eq!(
            loaded_keys(&text, ACTION),
            schema_keys(&connector, pointer),
            "{text}"
        );
    }
    let action: Value = serde_json::from_str(&schema_text("action")).unwrap();
    for (text, pointer) in ACTION_PLACES {
        assert_eq!(
            loaded_keys(CONNECTOR, text),
            schema_keys(&action, pointer),
            "{text}"
        );
    }
    let triggers: Value = serde_json::from_str(&schema_text("triggers")).unwrap();
    for (text, pointer) in TRIGGERS_PLACES {
        let errors = load_triggers(text).unwrap_err().to_string();
        assert_eq!(
            told_keys(&errors),
            schema_keys(&triggers, pointer),
            "{text}"
        );
    }
}

/// One of every kind, each of which both accept.
pub(crate) const KINDS: [&str; 9] = [
    "  oauth2:
    authorization_url: https://login.acme.example/authorize
    token_url: https://login.acme.example/token
",
    "  dynamic:
    kind: oauth2
    extra_fields:
      - { name: authorization_endpoint, automated: true }
      - { name: token_endpoint, automated: true }
      - { name: server_url }
    discovery: ${field.server_url}
    registration_url: https://login.acme.example/register
    authorization_url: ${field.authorization_endpoint}
    token_url: ${field.token_endpoint}
",
    "  old:
    kind: oauth1
    request_url: https://login.acme.example/request
    authorization_url: https://login.acme.example/authorize
    token_url: https://login.acme.example/token
",
    "  box:
    kind: device
    device_url: https://login.acme.example/device
    token_url: https://login.acme.example/token
",
    "  open: { kind: none }
",
    "  keybased:
    fields: [{ name: key, type: password }]
    place: { headers: { X-Key: '${credential.key}' } }
",
    "  app:
    kind: keys
    grant: client_credentials
    fields: [{ name: id }, { name: secret, type: password }]
    exchange:
      url: https://login.acme.example/token
      body: { id: '${credential.id}', secret: '${credential.secret}' }
",
    "  robot:
    kind: keys
    fields: [{ name: private_key, type: password }]
    token: { algorithm: RS256, key: '${credential.private_key}' }
",
    "  signed:
    kind: keys
    fields: [{ name: id }, { name: secret, type: password }]
    sign: { duo: { integration_key: '${credential.id}', secret_key: '${credential.secret}' } }
",
];

#[test]
fn both_accept_every_kind_of_option() {
    let schema = schema("connector");
    for auth in KINDS.into_iter().chain([KINDS.concat().as_str()]) {
        let text = by_auth(auth);
        let value: Value = serde_saphyr::from_str(&text).unwrap();
        let complaints: Vec<String> = schema.iter_errors(&value).map(|e| e.to_string()).collect();
        assert_eq!(complaints, Vec::<String>::new(), "{auth}");
        load(&text, ACTION).unwrap_or_else(|errors| panic!("{auth}: {errors}"));
    }
}

#[test]
fn both_refuse_the_same_mistakes_in_options() {
    let schema = schema("connector");
    for (kind, old, new) in [
        (0, "    token_url: https://login.acme.example/token\n", ""),
        (0, "  oauth2:\n", "  other:\n"),
        (0, "  oauth2:\n", "  oauth2:\n    fields: [{ name: key }]\n"),
        (
            0,
            "  oauth2:\n",
            "  oauth2:\n    device_url: https://a.example\n",
        ),
        (0, "  oauth2:\n", "  oauth2:\n    verify: { path: /me }\n"),
        (0, "  oauth2:\n", "  oauth2:\n    kind: keys\n"),
        (0, "  oauth2:\n", "  oauth2:\n    kind: saml\n"),
        (0, "  oauth2:\n", "  oauth2:\n    refresh: { margin: 0 }\n"),
        (
            0,
            "  oauth2:\n",
            "  oauth2:\n    authorization_fragment: '#/x'\n",
        ),
        (
            0,
            "  oauth2:\n",
            "  oauth2:\n    token_answer: { expires_at: a..b }\n",
        ),
        (0, "  oauth2:\n", "  oauth2:\n    auth_type: oauth1\n"),
        (
            2,
            "    request_url: https://login.acme.example/request\n",
            "",
        ),
        (
            2,
            "    kind: oauth1\n",
            "    kind: oauth1\n    refresh_url: https://a.example\n",
        ),
        (3, "    device_url: https://login.acme.example/device\n", ""),
        (
            3,
            "    kind: device\n",
            "    kind: device\n    pkce: true\n",
        ),
        (4, "kind: none", "kind: none, verify: { path: /me }"),
        (5, "    fields: [{ name: key, type: password }]\n", ""),
        (5, "type: password", "by: developer"),
        (
            5,
            "    place: { headers: { X-Key: '${credential.key}' } }\n",
            "",
        ),
        (6, "      url: https://login.acme.example/token\n", ""),
        (6, "    exchange:\n", "    exchange:\n      lifetime: 0\n"),
        (
            6,
            "    exchange:\n",
            "    exchange:\n      before: [{ keep: { a: b } }]\n",
        ),
        (7, "RS256", "none"),
        (7, "algorithm: RS256, ", ""),
        (8, "duo: {", "duo: {}, avanan: {"),
        (8, "sign: { duo", "sign: { uno"),
    ] {
        let text = by_auth(&with(KINDS[kind], old, new));
        let value: Value = serde_saphyr::from_str(&text).unwrap();
        assert!(!schema.is_valid(&value), "the schema takes {new:?}");
        assert!(load(&text, ACTION).is_err(), "the loader takes {new:?}");
    }
}

#[test]
fn both_refuse_the_same_mistakes_elsewhere() {
    let (connector, action) = (schema("connector"), schema("action"));
    for limits in [
        "{ calls: 0, seconds: 1 }",
        "{ calls: 1 }",
        "{ calls: 1, seconds: 1, per: day }",
    ] {
        let text = with(
            CONNECTOR,
            "retry:\n",
            &format!("limits: {limits}\nretry:\n"),
        );
        let value: Value = serde_saphyr::from_str(&text).unwrap();
        assert!(!connector.is_valid(&value), "the schema takes {limits}");
        assert!(load(&text, ACTION).is_err(), "the loader takes {limits}");
    }
    for paginate in [
        "{}",
        "{ page: { query: page }, offset: { query: offset } }",
        "{ page: {} }",
        "{ page: { query: a, body: b } }",
        "{ cursor: { query: after } }",
        "{ cursor: { path: a, last_item: id, query: after } }",
        "{ link: {} }",
        "{ link: { header: next }, size: { query: limit } }",
        "{ link: { header: next }, size: { query: limit, max: 0 } }",
        "{ link: { header: next }, items: a..b }",
    ] {
        let text = format!("{ACTION}paginate: {paginate}\n");
        let value: Value = serde_saphyr::from_str(&text).unwrap();
        assert!(!action.is_valid(&value), "the schema takes {paginate}");
        assert!(
            load(CONNECTOR, &text).is_err(),
            "the loader takes {paginate}"
        );
    }
}
