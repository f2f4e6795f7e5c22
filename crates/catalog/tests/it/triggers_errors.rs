//! Mistakes in `triggers.yaml`, each told with its line and what to do.

use trunnel_catalog::Catalog;
use trunnel_catalog::lint::lint;
use trunnel_catalog::load::{Sources, Text, Trust};

use crate::support::{CONNECTOR, with};

const TRIGGERS: &str = r#"docs: https://docs.acme.example/webhooks
verify:
  hmac:
    algorithm: sha256
    key: webhook_secret
    header: Acme-Signature
    encoding: hex
    payload: "${timestamp}.${body}"
    timestamp: { header: Acme-Time, unit: seconds, window: 300 }
challenge:
  - { when: { query: hello }, answer: { text: query } }
events:
  items: events
  type: [{ path: kind }, { path: action }]
  id: { path: id }
  account: { path: home, matches: home }
triggers:
  - id: thing_changed
    name: Thing changed
    description: A thing was changed by somebody.
    type: thing.changed
    docs: https://docs.acme.example/webhooks/thing
    sample: { kind: thing, action: changed, id: 1, home: x }
"#;

fn load(text: &str) -> Result<Catalog, Vec<String>> {
    let file = |name: &str, text: &str| Text {
        file: format!("acme/{name}"),
        text: text.to_owned(),
    };
    let sources = Sources {
        folder: "acme".to_owned(),
        connector: file("connector.yaml", CONNECTOR),
        actions: Vec::new(),
        triggers: Some(file("triggers.yaml", text)),
    };
    let loaded = Catalog::default().with_sources(&[sources], Trust::Folder);
    loaded.map_err(|errors| errors.0.iter().map(ToString::to_string).collect())
}

#[test]
fn what_is_right_loads_and_breaks_no_rule() {
    let catalog = load(TRIGGERS).unwrap();
    let triggers = catalog.get("acme").unwrap().triggers.as_ref().unwrap();
    assert_eq!(
        triggers.get("thing_changed").unwrap().kind.as_deref(),
        Some("thing.changed")
    );
    assert_eq!(lint(&catalog), []);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one list of mistakes")]
fn mistakes_are_told_with_their_line() {
    for (old, new, told) in [
        (
            "sha256",
            "md5",
            "acme/triggers.yaml:4: verify.hmac.algorithm: `md5` is not known; write sha256, sha1, sha384 or sha512",
        ),
        (
            "encoding: hex",
            "encoding: octal",
            "acme/triggers.yaml:7: verify.hmac.encoding: `octal` is not known; write hex or base64",
        ),
        (
            "header: Acme-Signature",
            "header: 'Acme Signature'",
            "acme/triggers.yaml:6: verify.hmac.header: `Acme Signature` is no header name",
        ),
        (
            "${timestamp}.${body}",
            "${timestamp}",
            "acme/triggers.yaml:8: verify.hmac.payload: leaves out the body, of which nothing would be proved",
        ),
        (
            "${timestamp}.${body}",
            "${time}.${body}",
            "acme/triggers.yaml:8: verify.hmac.payload: holds an unknown placeholder; `${body}`, `${form}`, `${timestamp}`, `${method}`, `${url}` and `${header.NAME}` are known",
        ),
        (
            "    timestamp: { header: Acme-Time, unit: seconds, window: 300 }\n",
            "",
            "acme/triggers.yaml:8: verify.hmac.payload: holds `${timestamp}`, so `timestamp` must say where it is",
        ),
        (
            "window: 300",
            "window: 0",
            "acme/triggers.yaml:9: verify.hmac.timestamp.window: is a number of seconds above zero",
        ),
        (
            "header: Acme-Time",
            "part: t",
            "acme/triggers.yaml:9: verify.hmac.timestamp.part: needs `parts` beside `header`, which says what separates them",
        ),
        (
            "header: Acme-Time, ",
            "",
            "acme/triggers.yaml:9: verify.hmac.timestamp: needs one of header, part and body",
        ),
        (
            "    encoding: hex\n",
            "    encoding: hex\n    signature_part: v1\n",
            "acme/triggers.yaml:8: verify.hmac.signature_part: needs `parts`, which says what separates them",
        ),
        (
            "verify:\n",
            "verify:\n  none: unsigned\n",
            "acme/triggers.yaml:2: verify: needs one of hmac, ecdsa, token, jwt and none",
        ),
        (
            "{ query: hello }, answer: { text: query }",
            "{ method: POST }, answer: {}",
            "acme/triggers.yaml:11: challenge[0].when.method: a handshake is made by GET or HEAD",
        ),
        (
            "when: { query: hello }",
            "when: { query: hello, method: GET }",
            "acme/triggers.yaml:11: challenge[0].when: needs one of method, header, query and body",
        ),
        (
            "{ query: hello }, answer: { text: query }",
            "{ header: Hello }, answer: { header: Other }",
            "acme/triggers.yaml:11: challenge[0].answer.header: is the header that `when` names",
        ),
        (
            "when: { query: hello }",
            "when: { body: hello }",
            "acme/triggers.yaml:11: challenge[0].answer.text: echoes the query parameter that `when` names",
        ),
        (
            "answer: { text: query } }",
            "answer: {}, keep: true }",
            "acme/triggers.yaml:11: challenge[0].keep: only a header or a member of the body can be kept as the secret",
        ),
        (
            "items: events",
            "items: 'the events'",
            "acme/triggers.yaml:13: events.items: `the events` is no dotted path; write one such as `data.id`",
        ),
        (
            "id: { path: id }",
            "id: { header: Acme-Id }",
            "acme/triggers.yaml:15: events.id: a header names the request, not each event of its list",
        ),
        (
            "id: { path: id }",
            "id: {}",
            "acme/triggers.yaml:15: events.id: needs either `path` or `header`",
        ),
        (
            "matches: home",
            "matches: team",
            "acme/triggers.yaml:16: events.account.matches: `team` is neither `identifier` nor a field of the connector",
        ),
        (
            "  type: [{ path: kind }, { path: action }]\n",
            "",
            "acme/triggers.yaml:20: triggers[0].type: `events` does not say where the type is",
        ),
        (
            "id: thing_changed",
            "id: thing changed",
            "acme/triggers.yaml:18: triggers[0].id: `thing changed` is no name; use letters, digits and `_`",
        ),
    ] {
        let found = load(&with(TRIGGERS, old, new)).unwrap_err();
        assert_eq!(found, [told], "{new}");
    }
    let twice = format!(
        "{TRIGGERS}{}",
        TRIGGERS.split_once("triggers:\n").unwrap().1
    );
    let found = load(&twice).unwrap_err();
    assert_eq!(
        found,
        [
            "acme/triggers.yaml:24: triggers[1].id: is the id of another trigger already",
            "acme/triggers.yaml:27: triggers[1].type: is the type of another trigger already",
        ]
    );
    let untyped = twice.replace("    type: thing.changed\n", "");
    assert!(
        load(&untyped)
            .unwrap_err()
            .iter()
            .any(|told| told.contains("only a trigger that is alone"))
    );
    assert!(load("triggers: [").unwrap_err()[0].starts_with("acme/triggers.yaml:"));
    let unknown = load(&with(TRIGGERS, "    name: Thing", "    nmae: Thing")).unwrap_err();
    assert!(unknown[0].contains("there is no such key"), "{unknown:?}");
}

#[test]
fn each_rule_catches_its_mistake() {
    for (old, new, rule) in [
        (
            "docs: https://docs.acme.example/webhooks\n",
            "docs: http://acme.example\n",
            "docs",
        ),
        (", window: 300", "", "window"),
        ("${timestamp}.${body}", "${body}", "window"),
        ("id: thing_changed", "id: ThingChanged", "trigger-id"),
        ("name: Thing changed", "name: ' '", "name"),
        ("A thing was changed by somebody.", "Changed", "description"),
        (
            "    docs: https://docs.acme.example/webhooks/thing\n",
            "",
            "docs",
        ),
    ] {
        let found = lint(&load(&with(TRIGGERS, old, new)).unwrap());
        let rules: Vec<_> = found.iter().map(|finding| finding.rule).collect();
        assert_eq!(rules, [rule], "{new}");
        assert!(
            found[0].to_string().starts_with("acme/triggers.yaml: "),
            "{}",
            found[0]
        );
    }
}
