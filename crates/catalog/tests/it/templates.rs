//! Templates: what they mean, and what no value can make of them.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use trunnel_catalog::template::json::JsonTemplate;
use trunnel_catalog::template::path::PathTemplate;
use trunnel_catalog::template::url::UrlTemplate;
use trunnel_catalog::template::{Scope, Template};
use trunnel_catalog::{BuildFault, Fields};
use url::Url;

use crate::support::{instance, object};

fn path(template: &str, input: &Map<String, Value>) -> Result<Url, BuildFault> {
    let (instance, fields) = (instance(), Fields::new());
    let scope = Scope::new(&instance, &fields).with_input(input);
    let base: Url = "https://api.acme.example/v1".parse().unwrap();
    PathTemplate::parse(template).unwrap().render(&base, &scope)
}

fn url(template: &str, fields: Value) -> Result<Url, BuildFault> {
    let (instance, fields) = (instance(), object(fields));
    UrlTemplate::parse(template)
        .unwrap()
        .render(&Scope::new(&instance, &fields))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "calls read better with the value in place"
)]
fn render(template: Value, input: Value) -> Option<Value> {
    let (instance, fields, input) = (instance(), Fields::new(), object(input));
    let scope = Scope::new(&instance, &fields).with_input(&input);
    JsonTemplate::parse(&template, "", &mut |_, message| panic!("{message}"))
        .render(&scope)
        .unwrap()
}

#[test]
fn a_value_keeps_its_type_where_it_stands_alone() {
    let input = json!({ "n": 7, "b": false, "o": { "x": [1] }, "z": null });
    let template =
        json!({ "n": "${input.n}", "b": "${input.b}", "x": "${input.o.x}", "z": "${input.z}" });
    let expected = json!({ "n": 7, "b": false, "x": [1], "z": null });
    assert_eq!(render(template, input.clone()), Some(expected));
    assert_eq!(
        render(json!("no. ${input.n}"), input.clone()),
        Some(json!("no. 7"))
    );
    assert_eq!(render(json!("${input.o.x.0}"), input), Some(json!(1)));
}

#[test]
fn what_hangs_on_an_absent_value_is_left_out() {
    let template = json!({
        "a": "${input.a}",
        "text": "is ${input.a}",
        "list": ["${input.a}", "x"],
        "only": ["${input.a}"],
        "inner": { "a": "${input.a}" },
        "empty": {},
        "null": null
    });
    let expected = json!({ "list": ["x"], "empty": {}, "null": null });
    assert_eq!(render(template, json!({ "b": 1 })), Some(expected));
}

#[test]
fn the_first_alternative_with_all_its_values_is_taken() {
    let template = "https://${field.region}.acme.example/x || https://acme.example";
    let at = |fields| url(template, fields).unwrap().to_string();
    assert_eq!(at(json!({ "region": "eu" })), "https://eu.acme.example/x");
    assert_eq!(at(json!({})), "https://acme.example/");
    assert_eq!(at(json!({ "region": null })), "https://acme.example/");
    assert_eq!(
        render(json!("${input.a} || ${input.b}"), json!({ "b": 2 })),
        Some(json!(2))
    );
}

#[test]
fn an_absent_value_in_a_url_is_named() {
    let fault = url("https://${field.region}.acme.example", json!({})).unwrap_err();
    assert_eq!(
        fault,
        BuildFault::Absent {
            name: "field.region".to_owned()
        }
    );
    let fault = path("/things/${input.id}", &Map::new()).unwrap_err();
    assert_eq!(
        fault.as_input_fault().unwrap().to_string(),
        "`id` is required"
    );
}

#[test]
fn hosts_take_only_the_characters_of_hosts() {
    for bad in [
        "evil.com/",
        "evil.com#",
        "a@evil.com",
        "a:b",
        "a b",
        "a\t",
        "é",
        "",
        "a%2f",
        "a\\b",
    ] {
        assert!(
            url("https://${field.h}.acme.example/x", json!({ "h": bad })).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn a_whole_url_is_a_plain_one() {
    let at = |value: &str| url("${field.u}/api", json!({ "u": value }));
    assert_eq!(
        at("https://a.example/b/").unwrap().as_str(),
        "https://a.example/b/api"
    );
    for bad in [
        "ftp://a.example",
        "https://u:p@a.example",
        "https://a.example?x",
        "javascript:1",
        "a",
    ] {
        assert!(at(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_dot_is_no_id_and_neither_is_nothing() {
    for bad in [".", "..", ""] {
        let input = object(json!({ "id": bad }));
        assert!(path("/things/${input.id}", &input).is_err(), "{bad}");
    }
    let input = object(json!({ "a": ".", "b": "." }));
    assert!(path("/things/${input.a}${input.b}/x", &input).is_err());
    let input = object(json!({ "id": { "x": 1 } }));
    assert!(path("/things/${input.id}", &input).is_err());
}

#[test]
fn texts_that_mean_nothing_are_refused() {
    for bad in [
        "${",
        "${input}",
        "${inputs.a}",
        "${input.}",
        "${field.a.b}",
        "${access_token.x}",
        "a || ${input.b}",
        "${input.a} || ",
        "${}",
        "${instance.secret}",
    ] {
        assert!(Template::parse(bad).is_err(), "{bad}");
    }
    for bad in [
        "things",
        "/a?b=1",
        "/a#b",
        "/a b",
        "/a/../b",
        "//a",
        "/a/${access_token}",
        "${input.a}",
    ] {
        assert!(PathTemplate::parse(bad).is_err(), "{bad}");
    }
    for bad in [
        "api.acme.example",
        "ftp://a.example",
        "https://",
        "https://u@a.example",
        "https://${input.a}.example",
        "https://${instance.url}/x",
        "${input.a}/x",
        "${field.a}x",
        "https://a.example/${credential.key}",
        "https://a.example/#x",
    ] {
        assert!(UrlTemplate::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_dollar_can_be_escaped() {
    let template = Template::parse("$${input.a} costs $5").unwrap();
    assert_eq!(template.references().count(), 0);
    assert_eq!(template.to_string(), "$${input.a} costs $5");
    assert_eq!(render(json!("$${x}"), json!({})), Some(json!("${x}")));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Pieces from which a parser's bad days are made.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("..".to_owned()),
        Just("%2e".to_owned()),
        Just("/".to_owned()),
        Just("\\".to_owned()),
        Just("?".to_owned()),
        Just("#".to_owned()),
        Just("@".to_owned()),
        Just(":".to_owned()),
        Just("%".to_owned()),
        Just("\t".to_owned()),
        Just("${input.id}".to_owned()),
        Just(" || ".to_owned()),
        Just("$${".to_owned()),
        "[a-z.-]{0,4}",
        any::<String>(),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_parses_or_is_refused_and_what_parses_can_be_written_back(text in nasty()) {
        if let Ok(template) = Template::parse(&text) {
            prop_assert_eq!(&Template::parse(&template.to_string()).unwrap(), &template);
        }
        let _ = UrlTemplate::parse(&text);
        let _ = PathTemplate::parse(&text);
    }

    #[test]
    fn no_value_leaves_its_segment(id in nasty()) {
        let input = object(json!({ "id": id.clone() }));
        if let Ok(url) = path("/things/${input.id}/part", &input) {
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 4, "{}", url);
            prop_assert_eq!(&segments[..2], &["v1", "things"]);
            prop_assert_eq!(segments[3], "part");
            let read = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
            prop_assert_eq!(read.as_ref(), id.as_str());
            prop_assert_eq!(url.host_str(), Some("api.acme.example"));
            prop_assert_eq!((url.query(), url.fragment()), (None, None));
        } else {
            prop_assert!(id.is_empty() || id == "." || id == ".." , "refused {:?}", id);
        }
    }

    #[test]
    fn no_value_changes_whose_host_it_is(value in nasty()) {
        if let Ok(url) = url("https://${field.h}.acme.example/x", json!({ "h": value })) {
            prop_assert!(url.host_str().unwrap().ends_with(".acme.example"));
            prop_assert_eq!((url.scheme(), url.path(), url.port()), ("https", "/x", None));
        }
    }

    #[test]
    fn a_whole_url_never_carries_a_user(value in nasty()) {
        for value in [value.clone(), format!("https://{value}")] {
            if let Ok(url) = url("${field.u}/x", json!({ "u": value })) {
                prop_assert!(matches!(url.scheme(), "http" | "https"));
                prop_assert_eq!((url.username(), url.password()), ("", None));
                prop_assert!(url.path().ends_with("/x"), "{}", url);
            }
        }
    }

    #[test]
    fn any_json_goes_through_a_placeholder_unchanged(value in any_json()) {
        prop_assert_eq!(render(json!("${input.v}"), json!({ "v": value.clone() })), Some(value));
    }

    #[test]
    fn any_json_is_a_template_or_is_refused(value in any_json()) {
        let mut refused = false;
        JsonTemplate::parse(&value, "body", &mut |_, _| refused = true);
        prop_assert!(!refused || value.to_string().contains('$') || value.to_string().contains("||"));
    }
}
