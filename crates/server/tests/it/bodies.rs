//! What each route with a body reads. A route that is missing here fails a test by
//! its name.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::calls::{CALLS, Call};

/// The kind of value a field takes; everything of another kind is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text or a whole number.
    Id,
    Text,
    Texts,
    Bool,
    Object,
    /// An object of plain values.
    Plain,
    Number,
}

use Kind::{Bool, Id, Number, Object, Plain, Text, Texts};

/// A route with a body and the fields it reads; and whether nothing at all is a
/// fine body.
pub struct Reads {
    pub route: (&'static str, &'static str),
    pub fields: &'static [(&'static str, Kind)],
    pub empty_is_fine: bool,
}

pub const READS: &[Reads] = &[
    Reads {
        route: ("POST", "/api/v2/public/linked-account"),
        fields: &[
            ("account_id", Id),
            ("linked_account_id", Id),
            ("name", Text),
            ("scope", Text),
            ("udf", Plain),
            ("your_app", Object),
        ],
        empty_is_fine: false,
    },
    Reads {
        route: ("PUT", "/api/v2/public/linked-account"),
        fields: &[
            ("account_id", Id),
            ("linked_account_id", Id),
            ("name", Text),
            ("scope", Text),
            ("udf", Plain),
            ("your_app", Object),
            ("payload", Object),
        ],
        empty_is_fine: false,
    },
    Reads {
        route: ("POST", "/connect/api/session"),
        fields: &[("token", Text)],
        empty_is_fine: false,
    },
    Reads {
        route: ("POST", "/api/v2/public/session-token"),
        fields: &[("linked_account_id", Id), ("account_id", Id)],
        empty_is_fine: false,
    },
    Reads {
        route: (
            "PUT",
            "/api/v2/public/linked-account/integration/save-key-credentials/{slug}",
        ),
        fields: &[("api_key", Text)],
        empty_is_fine: false,
    },
    Reads {
        route: ("PUT", "/api/v2/public/connector/{slug}"),
        fields: &[
            ("enabled", Bool),
            ("credential_source", Text),
            ("client_id", Text),
            ("client_secret", Text),
            ("scopes", Texts),
        ],
        empty_is_fine: true,
    },
    Reads {
        route: ("POST", "/api/v2/public/custom-app"),
        fields: &[
            ("name", Text),
            ("slug", Text),
            ("description", Text),
            ("connector", Object),
        ],
        empty_is_fine: false,
    },
    Reads {
        route: ("POST", "/api/v2/public/custom-app/import"),
        fields: &[("name", Text), ("slug", Text), ("description", Text)],
        empty_is_fine: false,
    },
    Reads {
        route: ("PUT", "/api/v2/public/custom-app/{slug}"),
        fields: &[("name", Text), ("description", Text), ("connector", Object)],
        empty_is_fine: true,
    },
    Reads {
        route: ("POST", "/api/v2/public/custom-app/{slug}/action"),
        fields: &[("id", Text), ("name", Text), ("request", Object)],
        empty_is_fine: false,
    },
    Reads {
        route: ("PUT", "/api/v2/public/custom-app/{slug}/action/{id}"),
        fields: &[("id", Text), ("name", Text), ("request", Object)],
        empty_is_fine: false,
    },
    Reads {
        route: (
            "POST",
            "/api/v2/integration-schema/{slug}/actions/{action_id}/execute",
        ),
        fields: &[
            ("email", Text),
            ("name", Text),
            ("company", Text),
            ("phone", Text),
        ],
        empty_is_fine: false,
    },
    Reads {
        route: (
            "PUT",
            "/api/v2/public/linked-account/default-app/auth-credentials/{key}",
        ),
        fields: &[],
        empty_is_fine: false,
    },
    Reads {
        route: ("PUT", "/api/v2/public/my-app/authentication"),
        fields: &[("setup_auth", Object), ("token_injections", Object)],
        empty_is_fine: true,
    },
    Reads {
        route: ("POST", "/api/v2/public/api-proxy"),
        fields: API_PROXY,
        empty_is_fine: false,
    },
    Reads {
        route: ("PUT", "/api/v2/public/api-proxy/{id}"),
        fields: API_PROXY,
        empty_is_fine: true,
    },
    Reads {
        route: ("POST", "/api/v2/public/api-proxy/{id}/execute"),
        fields: &[],
        empty_is_fine: true,
    },
    Reads {
        route: ("POST", "/api/v2/public/api-proxy/{id}/test"),
        fields: &[
            ("linked_account_id", Id),
            ("account_id", Id),
            ("input", Object),
        ],
        empty_is_fine: false,
    },
    Reads {
        route: ("POST", "/api/v2/public/webhook"),
        fields: WEBHOOK,
        empty_is_fine: false,
    },
    Reads {
        route: ("PUT", "/api/v2/public/webhook/{id}"),
        fields: WEBHOOK,
        empty_is_fine: true,
    },
    Reads {
        route: ("PUT", "/api/v2/public/webhooks/group/edit"),
        fields: &[("webhookIds", Texts), ("group", Text)],
        empty_is_fine: false,
    },
];

const API_PROXY: &[(&str, Kind)] = &[
    ("name", Text),
    ("action_id", Text),
    ("description", Text),
    ("request", Object),
    ("options", Object),
];

const WEBHOOK: &[(&str, Kind)] = &[
    ("url", Id),
    ("events", Texts),
    ("webhook_url", Id),
    ("webhook_events", Texts),
    ("webhook_headers", Object),
    ("method", Text),
    ("webhook_type", Text),
    ("slug", Text),
    ("workflow_ids", Texts),
    ("description", Text),
    ("webhook_description", Text),
    ("group", Text),
    ("is_enabled", Bool),
];

/// Routes that take a body's method and read none.
const READ_NOTHING: &[(&str, &str)] = &[("POST", "/api/v2/public/session-token/revoke")];

/// Routes whose body is no object of fields known beforehand: a file, an app's own
/// request, a connector's fields. Each is tried in tests of its own.
const OF_THEIR_OWN: &[(&str, &str)] = &[
    ("POST", "/api/v2/public/connect-url"),
    ("POST", "/api/v1/webhook/{place}/{slug}"),
    ("POST", "/api/v1/{slug}/integrate"),
    ("POST", "/api/v2/app/{slug}/save"),
    ("POST", "/api/v2/proxy/{slug}/{*path}"),
    ("POST", "/api/v2/public/connection/import"),
    (
        "POST",
        "/api/v2/public/linked-account/integration/device/{slug}",
    ),
    ("PUT", "/api/v2/proxy/{slug}/{*path}"),
    ("PUT", "/api/v2/public/connection/{id}"),
    ("PUT", "/api/v2/public/migrate-token"),
];

/// Values that a field of this kind does not take.
pub fn wrong(kind: Kind) -> Vec<Value> {
    let all = [
        (&[Id, Text][..], json!("text")),
        (&[Id, Number], json!(1)),
        (&[], json!(1.5)),
        (&[Bool], json!(true)),
        (&[Texts], json!(["text"])),
        (&[], json!([1])),
        (&[], json!([["text"]])),
        (&[Plain, Object], json!({ "a": "b" })),
        (&[Object], json!({ "a": { "b": 1 } })),
        (&[], json!("a\u{0}b")),
        (&[], json!(["a\u{0}b"])),
    ];
    all.into_iter()
        .filter(|(fits, _)| !fits.contains(&kind))
        .map(|(_, value)| value)
        .collect()
}

pub fn call_of(reads: &Reads) -> &'static Call {
    let found = CALLS
        .iter()
        .find(|call| (call.method, call.route) == reads.route);
    found.unwrap_or_else(|| panic!("{:?} is not a route", reads.route))
}

#[test]
fn every_route_with_a_body_is_tried() {
    let table = trunnel_server::route_table();
    let with_body = table
        .iter()
        .filter(|route| ["POST", "PUT"].contains(&route.method));
    let routes: BTreeSet<_> = with_body.map(|route| (route.method, route.path)).collect();
    let tried: BTreeSet<_> = READS
        .iter()
        .map(|reads| reads.route)
        .chain(READ_NOTHING.iter().copied())
        .chain(OF_THEIR_OWN.iter().copied())
        .collect();
    assert_eq!(routes, tried);
}
