//! Which redirects are followed, and what goes along.

use http::Method;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use trunnel_model::http::{HttpRequest, Redirects};
use trunnel_outbound::{Outbound, SendFailure};
use url::Url;

use crate::harness::{Reply, Server, answers, header, ok, open, redirect, send, settings};

fn request(method: Method, url: &str) -> HttpRequest {
    let mut request = HttpRequest::new(method, Url::parse(url).unwrap());
    request.redirects = Redirects::SameOrigin;
    request
        .headers
        .insert(AUTHORIZATION, HeaderValue::from_static("Bearer token"));
    request
}

fn get(url: &str) -> HttpRequest {
    request(Method::GET, url)
}

/// Redirects /start to `location` and answers everything else.
async fn redirecting(status: u16, location: &str) -> Server {
    let location = location.to_owned();
    Server::start(move |request| {
        if request.contains(" /start ") {
            redirect(status, &location)
        } else {
            ok("there")
        }
    })
    .await
}

#[tokio::test]
async fn a_redirect_on_the_same_origin_is_followed_with_the_credential() {
    let server = redirecting(302, "/next?page=2").await;
    let answer = send(&open(), get(&server.url("/start"))).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (200, &b"there"[..]));
    let seen = server.seen();
    assert!(seen[1].starts_with("GET /next?page=2 "), "{seen:?}");
    assert_eq!(header(&seen[1], "authorization"), Some("Bearer token"));
    assert_eq!(header(&seen[1], "referer"), None);
}

#[tokio::test]
async fn a_request_that_asks_for_no_redirects_gets_the_redirect() {
    let server = redirecting(302, "/next").await;
    let mut request = get(&server.url("/start"));
    request.redirects = Redirects::Never;
    let answer = send(&open(), request).await.unwrap();
    assert_eq!(
        (answer.status, answer.header("location")),
        (302, Some("/next"))
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn another_origin_gets_nothing() {
    let other = Server::start(|_| ok("stolen")).await;
    let port = other.address.port();
    let elsewhere = [
        other.url("/"),
        format!("//127.0.0.1:{port}/"),
        format!("http://127.0.0.2:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[".to_owned(),
    ];
    for location in elsewhere {
        let server = redirecting(307, &location).await;
        let answer = send(&open(), get(&server.url("/start"))).await.unwrap();
        assert_eq!(
            (answer.status, answer.header("location")),
            (307, Some(location.as_str()))
        );
        assert_eq!(server.seen().len(), 1, "{location}");
    }
    assert_eq!(other.connections(), 0);
}

#[tokio::test]
async fn the_same_host_under_another_scheme_or_user_is_not_the_same() {
    for (from, to) in [("http:", "https:"), ("//", "//user@")] {
        let server = Server::start(move |request| {
            let host = header(request, "host").unwrap();
            redirect(302, &format!("http://{host}/next").replacen(from, to, 1))
        })
        .await;
        let answer = send(&open(), get(&server.url("/start"))).await.unwrap();
        assert_eq!(answer.status, 302);
        assert_eq!(server.connections(), 1, "{to}");
        assert_eq!(server.seen().len(), 1, "{to}");
    }
}

#[tokio::test]
async fn a_name_that_turns_private_between_hops_is_not_followed() {
    let server = Server::start(|_| {
        let head = "HTTP/1.1 302 Found\r\nlocation: /next\r\nconnection: close";
        Reply::Last(format!("{head}\r\ncontent-length: 0\r\n\r\n"))
    })
    .await;
    let lookup = answers(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let client = Outbound::with_lookup(settings("127.0.0.1"), lookup).unwrap();
    let url = format!("http://rebind.test:{}/start", server.address.port());
    let answer = send(&client, get(&url)).await.unwrap();
    assert_eq!((answer.status, server.seen().len()), (302, 1));
}

#[tokio::test]
async fn a_circle_ends_after_five_turns() {
    let server = Server::start(|_| redirect(302, "/again")).await;
    let answer = send(&open(), get(&server.url("/start"))).await.unwrap();
    assert_eq!((answer.status, server.seen().len()), (302, 6));
}

#[tokio::test]
async fn the_method_and_body_follow_the_rules_of_the_web() {
    let cases = [
        (301, Method::POST, "GET", false),
        (302, Method::POST, "GET", false),
        (303, Method::POST, "GET", false),
        (303, Method::PUT, "GET", false),
        (302, Method::PUT, "PUT", true),
        (307, Method::POST, "POST", true),
        (308, Method::POST, "POST", true),
    ];
    for (status, method, then, keeps_body) in cases {
        let server = redirecting(status, "/next").await;
        let mut request = request(method.clone(), &server.url("/start"));
        request
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        request.body = "body".into();
        send(&open(), request).await.unwrap();
        let second = &server.seen()[1];
        assert!(
            second.starts_with(&format!("{then} /next ")),
            "{status} {method}: {second}"
        );
        assert_eq!(
            second.ends_with("\r\n\r\nbody"),
            keeps_body,
            "{status} {method}"
        );
        assert_eq!(
            header(second, "content-type").is_some(),
            keeps_body,
            "{status} {method}"
        );
    }
}

#[tokio::test]
async fn a_server_lost_after_a_redirect_leaves_the_outcome_unknown() {
    // The POST was handled and answered; only its follow-up found nobody.
    let lookup = answers(&[&["127.0.0.1"], &[]]);
    let client = Outbound::with_lookup(settings("127.0.0.1"), lookup).unwrap();
    let server = Server::start(|_| {
        let head = "HTTP/1.1 303 See Other\r\nlocation: /done\r\nconnection: close";
        Reply::Last(format!("{head}\r\ncontent-length: 0\r\n\r\n"))
    })
    .await;
    let url = format!("http://api.test:{}/start", server.address.port());
    let failure = send(&client, request(Method::POST, &url))
        .await
        .unwrap_err();
    assert_eq!(failure, SendFailure::NoAnswer { timed_out: false });
    assert!(failure.is_ambiguous());
}
