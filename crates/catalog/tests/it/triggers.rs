//! Triggers as data: what a request means, and what a handshake is answered.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, Method};
use serde_json::{Value, json};
use trunnel_catalog::Connector;
use trunnel_catalog::trigger::{EventsFault, Inbound, InboundEvent, MAX_EVENTS, Reply, Triggers};

use crate::data::{catalog_file, embedded};

pub(crate) const URL: &str = "https://trunnel.example.com/api/v1/webhook/app_1-test/x?a=b";

/// A request under construction.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn post(body: impl Into<Vec<u8>>) -> Self {
        Self {
            method: Method::POST,
            url: URL.to_owned(),
            headers: HeaderMap::new(),
            body: body.into(),
        }
    }

    pub(crate) fn form(body: &str) -> Self {
        let kind = "application/x-www-form-urlencoded; charset=UTF-8";
        Self::post(body).and("content-type", kind)
    }

    pub(crate) fn and(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn inbound(&self) -> Inbound<'_> {
        Inbound {
            method: &self.method,
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
        }
    }
}

/// The connectors that have triggers.
pub(crate) fn telling() -> Vec<Arc<Connector>> {
    let all = embedded();
    let telling = all.iter().filter(|connector| connector.triggers.is_some());
    telling.cloned().collect()
}

pub(crate) fn of(slug: &str) -> Arc<Connector> {
    Arc::clone(embedded().get(slug).unwrap())
}

pub(crate) fn triggers(connector: &Connector) -> &Triggers {
    connector.triggers.as_ref().unwrap()
}

/// The file as it is written.
pub(crate) fn written(slug: &str) -> Value {
    let text = catalog_file(&format!("{slug}/triggers.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// A request with just this event, as the provider would send it.
pub(crate) fn request_of(file: &Value, trigger: &Value) -> Request {
    let events = &file["events"];
    let sample = trigger["sample"].clone();
    let body = match events["items"].as_str() {
        None => sample.clone(),
        Some("") => json!([sample]),
        Some(path) => path
            .rsplit('.')
            .fold(json!([sample]), |inner, name| json!({ name: inner })),
    };
    let request = Request::post(body.to_string());
    let parts = match &events["type"] {
        Value::Array(parts) => parts.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let Some(name) = parts.iter().find_map(|part| part["header"].as_str()) else {
        return request;
    };
    // The part that is in the header is what the others leave of the type.
    let mut kind = trigger["type"].as_str().unwrap().to_owned();
    for part in parts.iter().filter_map(|part| part["path"].as_str()) {
        if let Some(text) = sample[part].as_str() {
            kind = kind.strip_suffix(&format!(".{text}")).unwrap().to_owned();
        }
    }
    request.and(name, &kind)
}

#[test]
fn every_sample_is_an_event_of_its_own_trigger() {
    let all = telling();
    assert!(all.len() >= 33, "{}", all.len());
    for connector in all {
        let file = written(&connector.slug);
        let listed = file["triggers"].as_array().unwrap();
        assert_eq!(listed.len(), triggers(&connector).list.len());
        for trigger in listed {
            let request = request_of(&file, trigger);
            let events = triggers(&connector).events(&request.inbound()).unwrap();
            let about = format!("{} {}", connector.slug, trigger["id"]);
            assert_eq!(events.len(), 1, "{about}");
            assert_eq!(
                events[0].trigger.as_deref(),
                trigger["id"].as_str(),
                "{about}"
            );
            assert_eq!(events[0].payload, trigger["sample"], "{about}");
        }
    }
}

fn read(slug: &str, request: &Request) -> Vec<InboundEvent> {
    triggers(&of(slug)).events(&request.inbound()).unwrap()
}

#[test]
fn a_number_is_an_account_like_a_text() {
    let event = |portal: Value| {
        let body = json!([{ "portalId": portal, "subscriptionType": "x", "eventId": 7 }]);
        read("hubspot", &Request::post(body.to_string())).remove(0)
    };
    let (number, text) = (event(json!(4711)), event(json!("4711")));
    assert_eq!(number.account.as_deref(), Some("4711"));
    assert_eq!(number.account, text.account);
    assert_eq!((number.id.as_deref(), number.trigger), (Some("7"), None));
}

#[test]
fn an_event_may_be_a_plain_text_without_a_type() {
    let body = json!({ "list_folder": { "accounts": ["dbid:1", "dbid:2"] } });
    let events = read("dropbox", &Request::post(body.to_string()));
    let accounts: Vec<_> = events
        .iter()
        .map(|event| event.account.as_deref())
        .collect();
    assert_eq!(accounts, [Some("dbid:1"), Some("dbid:2")]);
    assert!(
        events
            .iter()
            .all(|event| event.trigger.as_deref() == Some("file_changed"))
    );
}

#[test]
fn parts_of_a_type_that_are_absent_are_left_out() {
    let push = Request::post("{\"ref\":\"refs/heads/main\"}").and("x-github-event", "push");
    assert_eq!(read("github", &push)[0].kind.as_deref(), Some("push"));
    let nothing = Request::post("{}");
    assert_eq!(read("github", &nothing)[0].kind, None);
    // Google says everything in headers.
    let changed = Request::post("").and("x-goog-resource-state", "exists");
    let events = read("google_calendar", &changed);
    assert_eq!(events[0].trigger.as_deref(), Some("calendar_changed"));
}

#[test]
fn names_of_a_form_say_where_values_belong() {
    let form = "type=subscribe&data%5Bid%5D=7&data[merges][FNAME]=Ada+B&data[tags][]=a\
        &data[tags][]=b&plain=&=nameless&odd]=1&odd[=2&x[y][=3";
    let event = read("mailchimp", &Request::form(form)).remove(0);
    assert_eq!(event.trigger.as_deref(), Some("subscribe"));
    assert_eq!(
        event.payload,
        json!({
            "type": "subscribe",
            "data": { "id": "7", "merges": { "FNAME": "Ada B" }, "tags": ["a", "b"] },
            "plain": "",
            "": "nameless",
            "odd]": "1",
            "odd[": "2",
            "x[y][": "3",
        })
    );
    // A value that is a text and an object: the last word counts. What is nested too
    // deep stays under its name.
    let deep = format!("a{}=1&b=1&b[c]=2", "[x]".repeat(100));
    let payload = read("mailchimp", &Request::form(&deep)).remove(0).payload;
    assert_eq!(payload[format!("a{}", "[x]".repeat(100))], json!("1"));
    assert_eq!(payload["b"], json!({ "c": "2" }));
    let many = "[]=1&".repeat(50_000);
    read("mailchimp", &Request::form(&many));
    let sms = "SmsStatus=received&AccountSid=AC1&Body=Thank+you";
    let event = read("twilio", &Request::form(sms)).remove(0);
    assert_eq!(event.account.as_deref(), Some("AC1"));
    assert_eq!(event.trigger.as_deref(), Some("message_received"));
}

#[test]
fn bodies_of_any_shape_are_read_or_refused() {
    for slug in ["hubspot", "slack", "asana", "dropbox", "mailchimp"] {
        let connector = of(slug);
        let read = |body: &str| triggers(&connector).events(&Request::post(body).inbound());
        for strange in [
            "null",
            "7",
            "\"x\"",
            "[]",
            "{}",
            "",
            "[[[]]]",
            "{\"events\":7}",
        ] {
            assert!(read(strange).is_ok(), "{slug} {strange}");
        }
        for broken in ["{", "{]", "\u{0}", "a=b", &"[".repeat(100_000)] {
            assert_eq!(read(broken), Err(EventsFault::Body), "{slug}");
        }
    }
    let list = |count: usize| {
        let body = json!(vec![json!({ "eventId": 1 }); count]).to_string();
        triggers(&of("hubspot")).events(&Request::post(body).inbound())
    };
    assert_eq!(list(MAX_EVENTS).unwrap().len(), MAX_EVENTS);
    assert_eq!(
        list(MAX_EVENTS + 1),
        Err(EventsFault::TooMany(MAX_EVENTS + 1))
    );
    // A name that is no name does not become one.
    let long = json!([{ "eventId": "x".repeat(600), "portalId": "a\u{0}b" }]).to_string();
    let event = read("hubspot", &Request::post(long)).remove(0);
    assert_eq!((event.id, event.account), (None, None));
}

#[test]
fn handshakes_are_answered_as_each_provider_wants() {
    let reply = |slug: &str, request: &Request| {
        let reply = triggers(&of(slug)).challenge(&request.inbound());
        reply.map(|reply| (reply.reply, reply.secret.map(|s| s.expose().to_owned())))
    };
    let asked = json!({ "type": "url_verification", "challenge": "c" }).to_string();
    let json = Reply::Json(json!({ "challenge": "c" }));
    assert_eq!(
        reply("slack", &Request::post(asked)),
        Some((json.clone(), None))
    );
    let other = json!({ "type": "event_callback", "challenge": "c" }).to_string();
    assert_eq!(reply("slack", &Request::post(other)), None);
    assert_eq!(
        reply("monday", &Request::post("{\"challenge\":\"c\"}")),
        Some((json, None))
    );
    for slug in ["outlook", "ms_teams", "ms_one_drive"] {
        let mut request = Request::post("");
        request.url = format!("{URL}&validationToken=a%2Bb%20c");
        let text = Reply::Text("a+b c".to_owned());
        assert_eq!(reply(slug, &request), Some((text, None)), "{slug}");
        assert_eq!(reply(slug, &Request::post("{}")), None, "{slug}");
    }
    let hello = Request::post("").and("x-hook-secret", "s");
    let echoed = Reply::Header {
        name: "X-Hook-Secret".to_owned(),
        value: "s".to_owned(),
    };
    assert_eq!(reply("asana", &hello), Some((echoed, Some("s".to_owned()))));
    let token = Request::post("{\"verification_token\":\"t\"}");
    assert_eq!(
        reply("notion", &token),
        Some((Reply::Empty, Some("t".to_owned())))
    );
    for (slug, method) in [
        ("trello", Method::HEAD),
        ("intercom", Method::HEAD),
        ("mailchimp", Method::GET),
    ] {
        let mut request = Request::post("");
        assert_eq!(reply(slug, &request), None, "{slug}");
        request.method = method;
        assert_eq!(reply(slug, &request), Some((Reply::Empty, None)), "{slug}");
    }
    let long = json!({ "challenge": "x".repeat(5000) }).to_string();
    assert_eq!(reply("monday", &Request::post(long)), None);
}
