//! Requests that arrive and answers that come back.

use std::sync::atomic::Ordering;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_LENGTH, HOST, HeaderValue, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderName, Method};
use trunnel_model::http::{Egress, HttpRequest};
use trunnel_outbound::{Limits, Outbound, SendFailure, UrlRefused};
use url::Url;

use crate::harness::{HOUR, Reply, Server, answers, header, hour_after, ok, open, send, settings};

fn get(url: &str) -> HttpRequest {
    HttpRequest::new(Method::GET, Url::parse(url).unwrap())
}

#[tokio::test]
async fn a_request_arrives_whole_and_its_answer_comes_back() {
    let server = Server::start(|_| {
        Reply::Answer("HTTP/1.1 418 Teapot\r\nx-tea: green\r\ncontent-length: 3\r\n\r\npot".into())
    })
    .await;
    let mut request = get(&server.url("/path?q=1"));
    request.method = Method::POST;
    request.body = "some text".into();
    request.secret_header(
        HeaderName::from_static("x-key"),
        HeaderValue::from_static("k"),
    );

    let answer = send(&open(), request).await.unwrap();

    assert_eq!(
        (answer.status, answer.header("x-tea")),
        (418, Some("green"))
    );
    assert_eq!(answer.body, "pot");
    let seen = &server.seen()[0];
    assert!(seen.starts_with("POST /path?q=1 HTTP/1.1\r\n"), "{seen}");
    assert!(seen.ends_with("\r\n\r\nsome text"), "{seen}");
    assert_eq!(header(seen, "x-key"), Some("k"));
    assert_eq!(header(seen, "content-length"), Some("9"));
    assert_eq!(header(seen, "user-agent"), Some("Trunnel-test"));
}

#[tokio::test]
async fn a_caller_may_say_who_asks_but_not_how_the_message_is_framed() {
    let server = Server::start(|_| ok("")).await;
    let mut request = get(&server.url("/"));
    request.body = "four".into();
    let forged = [
        (HOST, "elsewhere.test"),
        (CONTENT_LENGTH, "1"),
        (TRANSFER_ENCODING, "chunked"),
        (USER_AGENT, "mine"),
        (ACCEPT, "text/plain"),
    ];
    for (name, value) in forged {
        request
            .headers
            .insert(name, HeaderValue::from_static(value));
    }

    send(&open(), request).await.unwrap();

    let seen = &server.seen()[0];
    assert_eq!(
        header(seen, "host"),
        Some(server.address.to_string().as_str())
    );
    assert_eq!(header(seen, "content-length"), Some("4"));
    assert_eq!(header(seen, "transfer-encoding"), None);
    assert_eq!(header(seen, "user-agent"), Some("mine"));
    assert_eq!(header(seen, "accept"), Some("text/plain"));
}

#[tokio::test]
async fn connections_are_kept_and_a_name_is_asked_for_once_each() {
    let server = Server::start(|_| ok("hello")).await;
    let lookup = answers(&[&["127.0.0.1"]]);
    let client = Outbound::with_lookup(settings("127.0.0.1"), lookup.clone()).unwrap();
    let url = format!("http://api.test:{}/", server.address.port());
    for _ in 0..3 {
        assert_eq!(send(&client, get(&url)).await.unwrap().body, "hello");
    }
    assert_eq!(server.seen().len(), 3);
    assert_eq!(server.connections(), 1);
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 1);
    let host = format!("api.test:{}", server.address.port());
    assert_eq!(header(&server.seen()[0], "host"), Some(host.as_str()));
}

#[tokio::test]
async fn only_a_method_with_a_body_says_that_there_is_none() {
    for (method, said) in [
        (Method::POST, Some("0")),
        (Method::PUT, Some("0")),
        (Method::PATCH, Some("0")),
        (Method::GET, None),
        (Method::DELETE, None),
    ] {
        let server = Server::start(|_| ok("")).await;
        let mut request = get(&server.url("/"));
        request.method = method.clone();
        send(&open(), request).await.unwrap();
        let seen = &server.seen()[0];
        assert_eq!(header(seen, "content-length"), said, "{method}");
    }
}

fn capped(most: usize) -> Outbound {
    let mut settings = settings("127.0.0.1");
    settings.max_answer_bytes = most;
    Outbound::new(settings).unwrap()
}

#[tokio::test]
async fn an_answer_of_any_shape_is_read_up_to_the_cap() {
    // A small answer comes in one piece and a large one in several.
    for (cap, size) in [
        (0, 0),
        (0, 1),
        (10, 10),
        (10, 11),
        (100_000, 100_000),
        (100_000, 100_001),
    ] {
        let body = "x".repeat(size);
        let counted = format!("content-length: {size}\r\n\r\n{body}");
        let pieces = chunks(&body);
        let chunked = format!("transfer-encoding: chunked\r\n\r\n{pieces}0\r\n\r\n");
        for shape in [counted, chunked, format!("\r\n{body}")] {
            let reply = format!("HTTP/1.1 200 OK\r\n{shape}");
            let server = Server::start(move |_| Reply::Last(reply.clone())).await;
            let outcome = send(&capped(cap), get(&server.url("/"))).await;
            let expected = if size > cap {
                Err(SendFailure::TooLarge)
            } else {
                Ok(&body[..])
            };
            let outcome = outcome.map(|answer| String::from_utf8(answer.body.into()).unwrap());
            assert_eq!(outcome.as_deref(), expected.as_ref().copied(), "{size}");
        }
    }
    assert!(SendFailure::TooLarge.is_ambiguous());
}

fn chunks(body: &str) -> String {
    let pieces = body.as_bytes().chunks(7000);
    let framed =
        pieces.map(|piece| format!("{:x}\r\n{}\r\n", piece.len(), "x".repeat(piece.len())));
    framed.collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn an_endless_answer_is_hung_up_on_at_the_cap() {
    // None of these closes: only a client that stops at the cap, or at the mere
    // claim to exceed it, returns before its deadline.
    let flood = "x".repeat(100_001);
    for rest in [
        "content-length: 100001\r\n\r\n".to_owned(),
        format!("\r\n{flood}"),
    ] {
        let reply = format!("HTTP/1.1 200 OK\r\n{rest}");
        let server = Server::start(move |_| Reply::Stall(reply.clone())).await;
        let limits = Limits::of(Duration::from_secs(20));
        let outcome = open().send(get(&server.url("/")), limits).await;
        assert_eq!(outcome.unwrap_err(), SendFailure::TooLarge);
    }
}

#[tokio::test]
async fn a_request_may_allow_less_than_the_client_but_never_more() {
    for (own, size, fits) in [
        (10, 10, true),
        (10, 11, false),
        (usize::MAX, 1000, true),
        (usize::MAX, 1001, false),
    ] {
        let body = "x".repeat(size);
        let server = Server::start(move |_| ok(&body)).await;
        let limits = Limits::of(HOUR).up_to(own);
        let outcome = capped(1000).send(get(&server.url("/")), limits).await;
        assert_eq!(outcome.is_ok(), fits, "{own} {size}");
    }
}

#[tokio::test]
async fn where_the_status_is_the_answer_the_body_is_cut() {
    let long = "x".repeat(200_000);
    let counted = |body: &str| format!("content-length: {}\r\n\r\n{body}", body.len());
    for (rest, kept) in [
        (counted(""), 0),
        (counted("hello"), 5),
        (counted(&long), 1000),
        (
            format!("transfer-encoding: chunked\r\n\r\n{}", chunks(&long)),
            1000,
        ),
        // These break off.
        ("content-length: 999\r\n\r\nhalf".to_owned(), 4),
        (
            "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense".to_owned(),
            4,
        ),
    ] {
        let reply = format!("HTTP/1.1 500 Broken\r\n{rest}");
        let server = Server::start(move |_| Reply::Last(reply.clone())).await;
        let limits = Limits::of(HOUR).cut_at(1000);
        let answer = open().send(get(&server.url("/")), limits).await.unwrap();
        assert_eq!(
            (answer.status, answer.body.len()),
            (500, kept),
            "{rest:.60}"
        );
    }
}

#[tokio::test]
async fn where_the_status_is_the_answer_a_late_body_is_no_failure() {
    for (half, expected) in [
        (
            "HTTP/1.1 202 Accepted\r\ncontent-length: 9\r\n\r\nhalf",
            Some("half"),
        ),
        ("HTTP/1.1 202 Accepted\r\n\r\nhalf", Some("half")),
        ("HTTP/1.1 202 Accepted\r\n\r\n", Some("")),
        // No status, no answer.
        ("HTTP/1.1 202 Acc", None),
    ] {
        let server = Server::start(move |_| Reply::Stall(half.into())).await;
        let client = open();
        let limits = Limits::of(HOUR).cut_at(1000);
        let sent = client.send(get(&server.url("/")), limits);
        let (outcome, ()) = tokio::join!(sent, hour_after(server.arrival()));
        tokio::time::resume();
        let body = outcome.map(|answer| String::from_utf8(answer.body.into()).unwrap());
        match expected {
            Some(expected) => assert_eq!(body.as_deref(), Ok(expected), "{half}"),
            None => assert_eq!(body, Err(SendFailure::NoAnswer { timed_out: true })),
        }
    }
}

#[tokio::test]
async fn the_head_of_a_large_thing_is_not_too_large() {
    let server = Server::start(|_| {
        Reply::Answer("HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n".into())
    })
    .await;
    let mut request = get(&server.url("/"));
    request.method = Method::HEAD;
    assert_eq!(send(&open(), request).await.unwrap().body, "");
}

#[tokio::test]
async fn this_server_itself_is_reached_only_at_its_exact_address() {
    let (own, other) = (
        Server::start(|_| ok("own")).await,
        Server::start(|_| ok("other")).await,
    );
    let mut settings = settings("");
    settings.instance = Some(own.address);
    let client = Outbound::new(settings).unwrap();
    let instance = |url: &str| {
        let mut request = get(url);
        request.egress = Egress::Instance;
        send(&client, request)
    };

    assert_eq!(instance(&own.url("/x")).await.unwrap().body, "own");

    let localhost = format!("http://localhost:{}/", own.address.port());
    let sideways = format!("http://127.0.0.2:{}/", own.address.port());
    let public = "http://8.8.8.8/".to_owned();
    for url in [other.url("/"), localhost, sideways, public] {
        let refused = SendFailure::Refused(UrlRefused::NotThisInstance);
        assert_eq!(instance(&url).await.unwrap_err(), refused, "{url}");
    }
    // Knowing the address is not enough: an ordinary request stays out.
    let outcome = send(&client, get(&own.url("/"))).await;
    assert!(matches!(
        outcome,
        Err(SendFailure::Refused(UrlRefused::Address(_)))
    ));
    assert_eq!((own.connections(), other.connections()), (1, 0));
}

#[tokio::test]
async fn without_an_instance_address_nothing_is_this_server() {
    let server = Server::start(|_| ok("")).await;
    let mut request = get(&server.url("/"));
    request.egress = Egress::Instance;
    let refused = SendFailure::Refused(UrlRefused::NotThisInstance);
    assert_eq!(send(&open(), request).await.unwrap_err(), refused);
}
