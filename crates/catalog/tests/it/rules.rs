//! The rules beyond loading: each is shown to catch what it is for.

use trunnel_catalog::lint::lint;

use crate::support::{ACTION, CONNECTOR, by_auth, load, with};

/// The names of the rules that the two files break.
fn broken(connector: &str, action: &str) -> Vec<&'static str> {
    let catalog = load(connector, action).unwrap_or_else(|errors| panic!("{errors}"));
    let rules = lint(&catalog).into_iter().map(|finding| finding.rule);
    // One action is too few, and this file is about the other rules.
    rules.filter(|rule| *rule != "few-actions").collect()
}

#[test]
fn the_connector_that_the_tests_break_keeps_the_rules() {
    assert_eq!(broken(CONNECTOR, ACTION), Vec::<&str>::new());
    let catalog = load(CONNECTOR, ACTION).unwrap();
    let finding = lint(&catalog).remove(0);
    assert_eq!(
        finding.to_string(),
        "catalog/connectors/acme/connector.yaml: few-actions: has 1; write at least 3, or none"
    );
}

#[test]
fn each_rule_of_a_connector_catches_its_mistake() {
    for (old, new, rule) in [
        (
            "description: A provider that exists nowhere.",
            "description: Acme",
            "description",
        ),
        (
            "docs: https://docs.acme.example/",
            "docs: http://docs.acme.example/",
            "docs",
        ),
        ("categories: [crm]", "categories: []", "categories"),
        ("name: Acme", "name: ' '", "name"),
        (
            " || https://api.acme.example/v1",
            " || http://api.acme.example/v1",
            "https",
        ),
        (" || https://api.acme.example/v1", "", "optional-in-url"),
        (
            "https://login.acme.example/token",
            "https://${field.region}/token",
            "secret-destination",
        ),
        (
            "https://login.acme.example/refresh",
            "https://acme.${field.region}/x",
            "secret-destination",
        ),
        (
            "https://login.acme.example/revoke",
            "${field.home}/revoke",
            "secret-destination",
        ),
        (
            "https://login.acme.example/token",
            "https://${field.region}.com/token",
            "secret-destination",
        ),
        (
            "    verify:\n      path: /me\n      identifier: user.id\nretry",
            "retry",
            "unproved-key",
        ),
    ] {
        assert_eq!(broken(&with(CONNECTOR, old, new), ACTION), [rule], "{new}");
    }
    for name in ["api_password", "app_key", "staff_user_token"] {
        let (old, new) = ("name: region", format!("name: {name}"));
        let renamed = with(CONNECTOR, old, &new).replace("field.region", &format!("field.{name}"));
        assert_eq!(broken(&renamed, ACTION), ["open-secret"], "{name}");
    }
    // What one option asks for, another may not have.
    for base_url in [
        "https://${field.site}.acme.example",
        "https://${credential.key}.acme.example",
    ] {
        let own = "  oauth2:\n    authorization_url: https://login.acme.example/authorize\n    token_url: https://login.acme.example/token\n    extra_fields: [{ name: site }]\n  keybased:\n    fields: [{ name: key }]\n    place: { headers: { X-Key: '${credential.key}' } }\n    unverified_reason: There is no such call.\n";
        let text = by_auth(own);
        let written = text
            .lines()
            .find(|line| line.starts_with("base_url:"))
            .unwrap();
        let changed = with(&text, written, &format!("base_url: {base_url}"));
        let rules = broken(&changed.replace("${field.region}", "x"), ACTION);
        assert_eq!(rules, ["optional-in-url"], "{base_url}");
    }
    // A value may choose among the provider's own hosts.
    let own = with(
        CONNECTOR,
        "token_url: https://login.acme",
        "token_url: https://${field.region}.acme",
    );
    assert_eq!(broken(&own, ACTION), Vec::<&str>::new());
    let verify = "    verify:\n      path: /me\n      identifier: user.id\nretry";
    let reason = with(
        CONNECTOR,
        verify,
        "    unverified_reason: There is no such call.\nretry",
    );
    assert_eq!(broken(&reason, ACTION), Vec::<&str>::new());
}

#[test]
fn each_rule_of_an_action_catches_its_mistake() {
    for (old, new, rule) in [
        (
            "description: Changes a thing of some kind.",
            "description: Changes",
            "description",
        ),
        (
            "docs: https://docs.acme.example/things",
            "docs: see above",
            "docs",
        ),
        ("required: [id]", "required: [name]", "path-input"),
        (
            "required: [id]",
            "required: [id, size, weight]",
            "required-input",
        ),
        (
            "    X-Note: ${input.note}",
            "    X-Note: fixed",
            "unused-input",
        ),
        ("title: Name, ", "", "input-title"),
        (
            "path: /things/${input.id}/change",
            "url: 'http://api.acme.example/${input.id}'",
            "https",
        ),
    ] {
        assert_eq!(broken(CONNECTOR, &with(ACTION, old, new)), [rule], "{new}");
    }
}
