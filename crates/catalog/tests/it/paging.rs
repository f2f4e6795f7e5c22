//! Lists that come in pages: what is asked for next, and where it ends.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use trunnel_catalog::{Connector, PageEnd, action_request};
use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_model::secret::Secret;
use url::Url;

use crate::support::{CONNECTOR, access, acme, answer, load, object, token};

const LIST: &str = "id: change_thing
name: List things
description: Lists things of some kind.
docs: https://docs.acme.example/things
input:
  type: object
  properties:
    limit: { title: Limit, type: integer }
    after: { title: After, type: string }
request:
  method: POST
  path: /things
  query: { limit: '${input.limit}', after: '${input.after}' }
  body: { kind: thing }
";

fn listing(paginate: &str) -> Arc<Connector> {
    let action = format!("{LIST}paginate: {paginate}\n");
    let catalog = load(CONNECTOR, &action).unwrap_or_else(|errors| panic!("{errors}"));
    catalog.get("acme").unwrap().clone()
}

/// What was asked for, one line per page, and what came of it.
struct Gathered {
    asked: Vec<String>,
    list: Value,
}

fn request(
    connector: &Connector,
    input: &Map<String, Value>,
    pages: &trunnel_catalog::Pages<'_>,
) -> HttpRequest {
    let secret = Secret::new("t0ken");
    let access = access(connector, "oauth2").with_credential(token(&secret));
    let action = connector.action("change_thing").unwrap();
    action_request(&access, action, input, Some(pages.change())).unwrap()
}

fn gather_from(paginate: &str, input: Value, answers: &[HttpAnswer]) -> Gathered {
    let connector = listing(paginate);
    let mut input = object(input);
    input.entry("all_pages").or_insert(json!(true));
    let action = connector.action("change_thing").unwrap();
    assert_eq!(action.check(&Value::Object(input.clone())), Ok(()));
    let mut pages = action.pages(&input).expect("all pages are asked for");
    let mut asked = Vec::new();
    for answer in answers {
        let request = request(&connector, &input, &pages);
        let body = String::from_utf8_lossy(&request.body);
        let at = &request.url[url::Position::BeforePath..];
        asked.push(format!("{at} {body}"));
        let body = serde_json::from_slice(&answer.body).unwrap();
        if let PageEnd::Done(list) = pages.take(answer, body, &request.url) {
            return Gathered { asked, list };
        }
    }
    panic!("it goes on after {asked:#?}");
}

fn gather(paginate: &str, input: Value, answers: &[Value]) -> Gathered {
    let answers: Vec<HttpAnswer> = answers
        .iter()
        .map(|body| answer(200, &[], &body.to_string()))
        .collect();
    gather_from(paginate, input, &answers)
}

#[test]
fn a_cursor_in_the_answer_leads_on() {
    let gathered = gather(
        "{ items: items, cursor: { path: paging.next, query: after }, size: { query: limit, max: 2 } }",
        json!({}),
        &[
            json!({ "items": [1, 2], "paging": { "next": "a b" } }),
            json!({ "items": [3], "paging": { "next": null } }),
        ],
    );
    assert_eq!(
        gathered.asked,
        [
            r#"/v1/things?limit=2 {"kind":"thing"}"#,
            r#"/v1/things?after=a%20b&limit=2 {"kind":"thing"}"#,
        ]
    );
    // The last page as it was sent, with the whole list in it.
    assert_eq!(
        gathered.list,
        json!({ "items": [1, 2, 3], "paging": { "next": null } })
    );
}

#[test]
fn whatever_is_no_cursor_ends_the_list() {
    for end in [
        json!(null),
        json!(""),
        json!(false),
        json!(true),
        json!({}),
        json!([]),
    ] {
        let gathered = gather(
            "{ items: items, cursor: { path: next, query: after } }",
            json!({}),
            &[json!({ "items": [1], "next": end })],
        );
        assert_eq!(gathered.list["items"], json!([1]), "{end}");
    }
    let absent = json!({ "items": [1] });
    gather(
        "{ items: items, cursor: { path: next, query: after } }",
        json!({}),
        &[absent],
    );
}

#[test]
fn a_cursor_can_go_into_the_body_with_its_type() {
    let gathered = gather(
        "{ items: items, cursor: { path: next, body: page.after }, size: { body: page.size, max: 50 } }",
        json!({}),
        &[json!({ "items": [1], "next": 7 }), json!({ "items": [2] })],
    );
    assert_eq!(
        gathered.asked,
        [
            r#"/v1/things {"kind":"thing","page":{"size":50}}"#,
            r#"/v1/things {"kind":"thing","page":{"after":7,"size":50}}"#,
        ]
    );
}

#[test]
fn a_cursor_can_be_a_member_of_the_last_item() {
    let gathered = gather(
        "{ items: data, cursor: { last_item: id, query: after }, more: has_more }",
        json!({}),
        &[
            json!({ "data": [{ "id": "a" }, { "id": "b" }], "has_more": true }),
            json!({ "data": [{ "id": "c" }], "has_more": false }),
        ],
    );
    assert!(gathered.asked[1].starts_with("/v1/things?after=b "));
    let ids = json!([{ "id": "a" }, { "id": "b" }, { "id": "c" }]);
    assert_eq!(gathered.list["data"], ids);
}

#[test]
fn further_pages_can_be_elsewhere() {
    let gathered = gather(
        "{ items: items, cursor: { path: next, body: cursor, at: /things/more } }",
        json!({}),
        &[
            json!({ "items": [1], "next": "n" }),
            json!({ "items": [2] }),
        ],
    );
    assert!(gathered.asked[0].starts_with("/v1/things "));
    assert!(gathered.asked[1].starts_with("/v1/things/more "));
    assert_eq!(gathered.list["items"], json!([1, 2]));
}

#[test]
fn a_link_header_leads_on() {
    let link = r#"<https://api.acme.example/v1/things?page=1>; rel="first", <https://api.acme.example/v1/things?page=2&x=a%2Cb>; foo=bar; rel="next last""#;
    let gathered = gather_from(
        "{ link: { header: next } }",
        json!({}),
        &[
            answer(200, &[("link", link)], "[1,2]"),
            answer(200, &[("link", "</v1/things?page=3>; rel=NEXT")], "[3]"),
            answer(
                200,
                &[("link", r#"<https://api.acme.example/>; rel="first""#)],
                "[4]",
            ),
        ],
    );
    assert!(
        gathered.asked[1].starts_with("/v1/things?page=2&x=a%2Cb "),
        "{:?}",
        gathered.asked
    );
    assert!(
        gathered.asked[2].starts_with("/v1/things?page=3 "),
        "{:?}",
        gathered.asked
    );
    assert_eq!(gathered.list, json!([1, 2, 3, 4]));
}

#[test]
fn a_link_in_the_answer_leads_on() {
    let gathered = gather(
        "{ items: items, link: { path: links.next } }",
        json!({}),
        &[
            json!({ "items": [1], "links": { "next": "https://api.acme.example/v1/things?token=t" } }),
            json!({ "items": [2], "links": { "next": "" } }),
            json!({ "items": [], "links": {} }),
        ],
    );
    assert!(gathered.asked[1].starts_with("/v1/things?token=t "));
    assert!(
        gathered.list["items"]
            .as_array()
            .unwrap()
            .starts_with(&[json!(1), json!(2)])
    );
}

/// The credential would go with it.
#[test]
fn a_link_to_another_origin_is_not_followed() {
    for link in [
        "https://evil.example/v1/things?page=2",
        "http://api.acme.example/v1/things?page=2",
        "https://api.acme.example:8443/v1/things",
        "//evil.example/things",
        "https://api.acme.example@evil.example/",
        "javascript:alert(1)",
        "https://",
    ] {
        let header = format!("<{link}>; rel=\"next\"");
        let page = [answer(200, &[("link", &header)], "[1]")];
        let gathered = gather_from("{ link: { header: next } }", json!({}), &page);
        assert_eq!(gathered.list, json!([1]), "{link}");
        let page = [json!({ "items": [1], "next": link })];
        let gathered = gather("{ items: items, link: { path: next } }", json!({}), &page);
        assert_eq!(gathered.list["items"], json!([1]), "{link}");
    }
}

/// A link repeats the query of the request before, and the key must not be in it twice.
#[test]
fn a_link_does_not_carry_the_credential_twice() {
    let place = "    place:\n      query: { key: '${credential.key}' }\n";
    let keybased = format!("  keybased:\n    fields: [{{ name: key }}]\n{place}");
    let connector = crate::support::by_auth(&keybased);
    let action = format!("{LIST}paginate: {{ link: {{ header: next }} }}\n");
    let catalog = load(&connector, &action).unwrap();
    let connector = catalog.get("acme").unwrap();
    let given = crate::support::keys(&[("key", "k")]);
    let access = access(connector, "keybased").with_credential(crate::support::typed(&given));
    let action = connector.action("change_thing").unwrap();
    let input = object(json!({ "all_pages": true }));
    let mut pages = action.pages(&input).unwrap();
    let first = action_request(&access, action, &input, Some(pages.change())).unwrap();
    let link = "<https://api.acme.example/v1/things?key=k&page=2>; rel=next";
    let page = answer(200, &[("link", link)], "[1]");
    assert!(matches!(
        pages.take(&page, json!([1]), &first.url),
        PageEnd::More
    ));
    let second = action_request(&access, action, &input, Some(pages.change())).unwrap();
    assert_eq!(second.url.query(), Some("page=2&key=k"));
}

#[test]
fn pages_and_offsets_count() {
    let full = json!({ "items": ["a", "b"] });
    let rest = json!({ "items": ["c"] });
    let empty = json!({ "items": [] });
    let gathered = gather(
        "{ items: items, page: { query: page, start: 1 } }",
        json!({}),
        &[full.clone(), rest.clone(), empty.clone()],
    );
    let pages: Vec<_> = gathered
        .asked
        .iter()
        .map(|at| at.split(' ').next().unwrap())
        .collect();
    assert_eq!(
        pages,
        [
            "/v1/things?page=1",
            "/v1/things?page=2",
            "/v1/things?page=3"
        ]
    );
    assert_eq!(gathered.list["items"], json!(["a", "b", "c"]));
    let gathered = gather(
        "{ items: items, offset: { body: offset } }",
        json!({}),
        &[full, rest, empty],
    );
    let offsets: Vec<_> = gathered
        .asked
        .iter()
        .map(|at| at.split(' ').nth(1).unwrap())
        .collect();
    assert_eq!(
        offsets,
        [
            r#"{"kind":"thing","offset":0}"#,
            r#"{"kind":"thing","offset":2}"#,
            r#"{"kind":"thing","offset":3}"#,
        ]
    );
}

#[test]
fn the_provider_may_say_that_there_is_no_more() {
    for more in [json!(false), json!(true)] {
        let page = json!({ "items": [1], "next": "n", "more": more });
        let last = json!({ "items": [2], "more": false });
        let gathered = gather(
            "{ items: items, cursor: { path: next, query: after }, more: more }",
            json!({}),
            &[page, last],
        );
        let expected = if more == json!(true) { 2 } else { 1 };
        assert_eq!(gathered.asked.len(), expected, "{more}");
    }
}

#[test]
fn a_caller_decides_the_size_of_a_page_and_of_the_list() {
    let paginate = "{ items: items, offset: { query: offset }, size: { query: limit, max: 100 } }";
    let page = json!({ "items": [1, 2, 3] });
    let other = json!({ "items": [4, 5, 6] });
    let gathered = gather(
        paginate,
        json!({ "limit": 3, "max_items": 5 }),
        &[page, other],
    );
    assert!(
        gathered.asked[0].starts_with("/v1/things?limit=3&offset=0 "),
        "{:?}",
        gathered.asked
    );
    assert!(
        gathered.asked[1].starts_with("/v1/things?limit=3&offset=3 "),
        "{:?}",
        gathered.asked
    );
    assert_eq!(gathered.list["items"], json!([1, 2, 3, 4, 5]));
    // No page is asked for beyond the limit.
    let gathered = gather(
        paginate,
        json!({ "max_items": 3 }),
        &[json!({ "items": [1, 2, 3] })],
    );
    assert_eq!(gathered.list["items"], json!([1, 2, 3]));
}

#[test]
fn a_provider_that_repeats_itself_is_left() {
    // The same page again.
    let page = json!({ "items": [1, 2] });
    let gathered = gather(
        "{ items: items, page: { query: page } }",
        json!({}),
        &[page.clone(), page],
    );
    assert_eq!(gathered.list["items"], json!([1, 2]));
    // The same cursor again, with other items.
    let pages = [
        json!({ "items": [1], "next": "n" }),
        json!({ "items": [2], "next": "n" }),
    ];
    let paginate = "{ items: items, cursor: { path: next, query: after } }";
    let gathered = gather(paginate, json!({}), &pages);
    assert_eq!(gathered.list["items"], json!([1, 2]));
}

#[test]
fn what_is_no_list_is_given_back_as_it_is() {
    for body in [
        json!({ "error": "no" }),
        json!({ "items": 7 }),
        json!(null),
        json!("x"),
    ] {
        let gathered = gather(
            "{ items: items, page: { query: page } }",
            json!({}),
            std::slice::from_ref(&body),
        );
        assert_eq!(gathered.list, body);
    }
}

/// Some providers end a list with a page that has none.
#[test]
fn a_last_page_without_a_list_loses_nothing() {
    let first = json!({ "items": [1, 2], "next": "n" });
    let paginate = "{ items: items, cursor: { path: next, query: after } }";
    for (last, expected) in [
        (json!({ "items": null }), json!({ "items": [1, 2] })),
        (
            json!({ "total": 2 }),
            json!({ "total": 2, "items": [1, 2] }),
        ),
        (json!(null), json!({ "items": [1, 2] })),
    ] {
        let gathered = gather(paginate, json!({}), &[first.clone(), last]);
        assert_eq!(gathered.list, expected);
    }
    let more = answer(200, &[("link", "</v1/things?p=2>; rel=next")], "[1]");
    let gathered = gather_from(
        "{ link: { header: next } }",
        json!({}),
        &[more, answer(200, &[], "null")],
    );
    assert_eq!(gathered.list, json!([1]));
}

#[test]
fn one_page_is_what_a_caller_gets_who_asks_for_no_more() {
    let connector = listing("{ items: items, page: { query: page } }");
    let action = connector.action("change_thing").unwrap();
    assert!(action.is_paged());
    assert!(action.pages(&object(json!({}))).is_none());
    assert!(
        action
            .pages(&object(json!({ "all_pages": false })))
            .is_none()
    );
    assert!(!acme().action("change_thing").unwrap().is_paged());
    let always = listing("{ items: items, page: { query: page }, always: true }");
    let action = always.action("change_thing").unwrap();
    assert!(action.pages(&object(json!({}))).is_some());
    assert!(
        action
            .pages(&object(json!({ "all_pages": false })))
            .is_none()
    );
}

/// The two inputs come by themselves, and are checked.
#[test]
fn a_paged_action_has_two_inputs_more() {
    let connector = listing("{ items: items, page: { query: page } }");
    let action = connector.action("change_thing").unwrap();
    let names: Vec<_> = action
        .input_fields()
        .into_iter()
        .map(|field| field.name)
        .collect();
    assert_eq!(names, ["limit", "after", "all_pages", "max_items"]);
    for bad in [
        json!({ "max_items": 0 }),
        json!({ "max_items": 10_001 }),
        json!({ "all_pages": 1 }),
    ] {
        assert!(action.check(&bad).is_err(), "{bad}");
    }
}

fn any_page() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u8>().prop_map(Value::from),
        "[a-z]{0,3}".prop_map(Value::from),
        Just(json!("https://api.acme.example/v1/things?page=2")),
    ];
    let list = prop::collection::vec(leaf.clone(), 0..40).prop_map(Value::from);
    let object = (list.clone(), leaf.clone(), leaf.clone())
        .prop_map(|(items, next, more)| json!({ "items": items, "next": next, "more": more }));
    prop_oneof![8 => object, 1 => list, 1 => leaf]
}

/// Read once for all cases.
static LISTINGS: LazyLock<Vec<Arc<Connector>>> = LazyLock::new(|| WAYS.map(listing).into());

const WAYS: [&str; 6] = [
    "{ items: items, cursor: { path: next, query: after }, more: more }",
    "{ items: items, cursor: { last_item: id, query: after } }",
    "{ items: items, link: { path: next } }",
    "{ items: items, page: { query: page } }",
    "{ items: items, offset: { body: offset }, size: { query: limit, max: 100 } }",
    "{ cursor: { path: next, body: after } }",
];

proptest! {
    /// Whatever a provider answers, and for however long.
    #[test]
    fn gathering_ends_and_keeps_its_limit(
        way in 0..WAYS.len(),
        max_items in 1..200_usize,
        answers in prop::collection::vec(any_page(), 1..20),
    ) {
        let connector = &LISTINGS[way];
        let action = connector.action("change_thing").unwrap();
        let input = object(json!({ "all_pages": true, "max_items": max_items }));
        let mut pages = action.pages(&input).unwrap();
        let url: Url = "https://api.acme.example/v1/things".parse().unwrap();
        let mut asked = 0;
        let end = loop {
            let body = &answers[asked % answers.len()];
            asked += 1;
            prop_assert!(asked <= 500, "it never ends");
            let sent = answer(200, &[], &body.to_string());
            if let PageEnd::Done(end) = pages.take(&sent, body.clone(), &url) {
                break end;
            }
        };
        // A first page that is no list is given back as it is.
        let list = if WAYS[way].contains("items: items") { end.get("items") } else { Some(&end) };
        if let Some(items) = list.and_then(Value::as_array) {
            prop_assert!(items.len() <= max_items, "{} of {max_items}", items.len());
        }
    }
}
