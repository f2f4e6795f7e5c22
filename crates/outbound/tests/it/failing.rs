//! Which failures leave the outcome unknown, and that none of them tells secrets.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use trunnel_model::http::HttpRequest;
use trunnel_outbound::{Limits, Lookup, LookupAnswer, Outbound, SendFailure, Unreached};
use url::Url;

use crate::harness::{HOUR, Reply, Server, answers, hour_after, ok, open, send, settings, strict};

const CANARY: &str = "canary-7f3a";

/// A request with a secret wherever one can be.
fn secret_request(method: Method, base: &str) -> HttpRequest {
    let url = format!("{base}hooks/{CANARY}?token={CANARY}");
    let mut request = HttpRequest::new(method, Url::parse(&url).unwrap());
    request.secret_header(
        HeaderName::from_static("x-key"),
        HeaderValue::from_static(CANARY),
    );
    request.body = CANARY.into();
    request
}

/// A request without a body, which a client could send without our noticing.
fn bare(base: &str) -> HttpRequest {
    let mut request = secret_request(Method::GET, base);
    request.body = bytes::Bytes::new();
    request
}

async fn failure(client: &Outbound, request: HttpRequest) -> SendFailure {
    let failure = send(client, request).await.unwrap_err();
    for shown in [
        failure.to_string(),
        format!("{failure:?}"),
        format!("{failure:#?}"),
    ] {
        assert!(!shown.contains(CANARY), "{shown}");
    }
    failure
}

fn unreachable(cause: Unreached) -> SendFailure {
    let failure = SendFailure::Unreachable { cause };
    assert!(!failure.is_ambiguous());
    failure
}

fn no_answer(timed_out: bool) -> SendFailure {
    let failure = SendFailure::NoAnswer { timed_out };
    assert!(failure.is_ambiguous());
    failure
}

#[tokio::test]
async fn silence_after_the_request_is_no_answer() {
    for half_an_answer in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\nhalf"] {
        for bodiless in [true, false] {
            let server = Server::start(|_| Reply::Stall(half_an_answer.into())).await;
            let client = open();
            let request = if bodiless {
                bare(&server.url("/"))
            } else {
                secret_request(Method::POST, &server.url("/"))
            };
            let (failure, ()) =
                tokio::join!(failure(&client, request), hour_after(server.arrival()));
            tokio::time::resume();
            assert_eq!(failure, no_answer(true), "{half_an_answer} {bodiless}");
            assert!(
                server.seen()[0].contains(CANARY),
                "the canary was not even sent"
            );
        }
    }
}

#[tokio::test]
async fn hanging_up_after_the_request_is_no_answer() {
    let partial = format!("HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{CANARY}");
    let broken = format!("{CANARY} this is not http\r\n\r\n");
    for reply in [String::new(), partial, broken] {
        for method in [Method::GET, Method::POST] {
            let reply = reply.clone();
            let server = Server::start(move |_| Reply::Last(reply.clone())).await;
            let request = secret_request(method, &server.url("/"));
            assert_eq!(failure(&open(), request).await, no_answer(false));
            assert_eq!(server.seen().len(), 1, "repeated on its own");
        }
    }
}

#[tokio::test]
async fn a_kept_connection_that_dies_is_not_used_twice_for_one_request() {
    // The second request on a connection is read and then dropped. Had the
    // client repeated it, a third would have been seen.
    let server = Server::start(|request| {
        if request.contains("hooks") {
            Reply::Last(String::new())
        } else {
            ok("first")
        }
    })
    .await;
    let client = open();
    let first = HttpRequest::new(Method::GET, Url::parse(&server.url("/")).unwrap());
    assert_eq!(send(&client, first).await.unwrap().body, "first");
    assert_eq!(
        failure(&client, bare(&server.url("/"))).await,
        no_answer(false)
    );
    assert_eq!((server.seen().len(), server.connections()), (2, 1));
}

#[tokio::test]
async fn a_closed_port_was_not_reached() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let failure = failure(&open(), secret_request(Method::POST, &base)).await;
    assert_eq!(failure, unreachable(Unreached::ConnectionRefused));
    assert_eq!(
        failure.to_string(),
        "the server could not be reached: it refused the connection"
    );
}

#[tokio::test]
async fn a_name_that_does_not_resolve_was_not_reached() {
    let client = Outbound::with_lookup(settings(""), answers(&[&[]])).unwrap();
    let failure = failure(&client, bare("http://nowhere.test/")).await;
    assert_eq!(failure, unreachable(Unreached::Name));
}

/// A lookup that tells it was asked and never answers.
struct Hanging(Arc<Notify>);

impl Lookup for Hanging {
    fn lookup<'a>(&'a self, _: &'a str) -> LookupAnswer<'a> {
        self.0.notify_one();
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_deadline_while_resolving_was_not_sent() {
    let asked = Arc::new(Notify::new());
    let client =
        Outbound::with_lookup(settings(""), Arc::new(Hanging(Arc::clone(&asked)))).unwrap();
    let request = bare("http://slow.test/");
    let (failure, ()) = tokio::join!(failure(&client, request), hour_after(asked.notified()));
    assert_eq!(failure, unreachable(Unreached::TimedOut));
}

/// A server that takes the first bytes of a handshake and is then silent.
async fn mute_tls(said: Arc<Notify>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_u8().await.unwrap();
        said.notify_one();
        std::future::pending::<TcpStream>().await
    });
    base
}

#[tokio::test]
async fn a_deadline_while_connecting_was_not_sent_whichever_deadline_it_is() {
    for connect_timeout in [HOUR * 2, Duration::from_mins(1)] {
        let hello = Arc::new(Notify::new());
        let base = mute_tls(Arc::clone(&hello)).await;
        let mut settings = settings("127.0.0.1");
        settings.connect_timeout = connect_timeout;
        let client = Outbound::new(settings).unwrap();
        let request = bare(&base);
        let (failure, ()) = tokio::join!(failure(&client, request), hour_after(hello.notified()));
        tokio::time::resume();
        assert_eq!(
            failure,
            unreachable(Unreached::TimedOut),
            "{connect_timeout:?}"
        );
    }
}

#[tokio::test]
async fn the_client_s_own_limit_bounds_a_request_s() {
    let server = Server::start(|_| Reply::Stall(String::new())).await;
    let mut settings = settings("127.0.0.1");
    settings.total_timeout = HOUR;
    let client = Outbound::new(settings).unwrap();
    let limits = Limits::of(HOUR * 1000);
    let request = bare(&server.url("/"));
    let started = tokio::time::Instant::now();
    let (outcome, ()) = tokio::join!(client.send(request, limits), hour_after(server.arrival()));
    assert_eq!(outcome.unwrap_err(), no_answer(true));
    assert!(started.elapsed() < HOUR * 2);
}

#[tokio::test]
async fn a_failed_handshake_was_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 This port speaks http\r\n\r\n")
            .await
            .unwrap();
        std::future::pending::<TcpStream>().await
    });
    let failure = failure(&open(), secret_request(Method::POST, &base)).await;
    assert!(
        matches!(
            &failure,
            SendFailure::Unreachable {
                cause: Unreached::Tls(_)
            }
        ),
        "{failure:?}"
    );
    assert!(!failure.is_ambiguous());
}

#[tokio::test]
async fn a_refusal_and_a_flood_tell_nothing_either() {
    let flood = format!("HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n{CANARY}");
    let server = Server::start(move |_| Reply::Stall(flood.clone())).await;
    let request = secret_request(Method::POST, &server.url("/"));
    assert_eq!(
        failure(&open(), request.clone()).await,
        SendFailure::TooLarge
    );
    let refused = failure(&strict(), request).await;
    assert!(matches!(refused, SendFailure::Refused(_)), "{refused:?}");
    let user = format!("http://{CANARY}@example.test/");
    assert!(matches!(
        failure(&open(), bare(&user)).await,
        SendFailure::Refused(_)
    ));
}
