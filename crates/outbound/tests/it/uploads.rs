//! Requests whose body is made while it is sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use trunnel_model::http::{HttpRequest, Redirects};
use trunnel_outbound::{
    BodyFailure, Outbound, RequestStream, SendFailure, StreamAnswer, StreamFailure, StreamLimits,
};
use url::Url;

use crate::harness::{HOUR, Server, header, listen, ok, open, read_head, redirect, settings};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

fn post(url: &str) -> HttpRequest {
    HttpRequest::new(Method::POST, Url::parse(url).unwrap())
}

fn pieces(of: &[&'static str]) -> impl Stream<Item = Result<Bytes, String>> + Send + use<> {
    let of: Vec<_> = of
        .iter()
        .map(|piece| Ok(Bytes::from_static(piece.as_bytes())))
        .collect();
    stream::iter(of)
}

async fn upload(url: &str, body: RequestStream) -> Result<StreamAnswer, SendFailure> {
    open()
        .open(post(url), Some(body), StreamLimits::of(HOUR))
        .await
}

/// Reads one request up to where it seems complete or breaks off, and answers.
async fn swallow(listener: tokio::net::TcpListener) -> String {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut text = String::new();
    let mut buffer = [0; 4096];
    while !text.ends_with("\r\n0\r\n\r\n") {
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            return text;
        }
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
    stream.write_all(OK.as_bytes()).await.unwrap();
    text
}

#[tokio::test]
async fn a_body_of_unknown_length_arrives_in_chunks() {
    let (listener, url) = listen().await;
    let body = RequestStream::new(pieces(&["one", "", "three"]));
    let (answer, seen) = tokio::join!(upload(&url, body), swallow(listener));
    assert_eq!(answer.unwrap().status, 200);
    assert_eq!(header(&seen, "transfer-encoding"), Some("chunked"));
    assert_eq!(header(&seen, "content-length"), None);
    let body = "\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n";
    assert!(seen.ends_with(body), "{seen}");
}

#[tokio::test]
async fn a_body_of_known_length_is_announced() {
    for (given, length) in [(&["one", "three"] as &[_], 8), (&[], 0)] {
        let server = Server::start(|_| ok("")).await;
        let body = RequestStream::new(pieces(given)).of_length(length);
        let answer = upload(&server.url("/"), body).await.unwrap();
        assert_eq!(answer.status, 200);
        let seen = &server.seen()[0];
        let announced = length.to_string();
        assert_eq!(header(seen, "content-length"), Some(announced.as_str()));
        let whole = format!("\r\n\r\n{}", given.concat());
        assert!(seen.ends_with(&whole), "{seen}");
    }
}

#[tokio::test]
async fn a_body_that_is_not_as_long_as_announced_is_broken_off() {
    for (given, length) in [(&["one"] as &[_], 4), (&["one", "two"], 5), (&["long"], 3)] {
        let (listener, url) = listen().await;
        let body = RequestStream::new(pieces(given)).of_length(length);
        let (outcome, seen) = tokio::join!(upload(&url, body), swallow(listener));
        let cause = BodyFailure::Length;
        let failure = outcome.unwrap_err();
        assert_eq!(failure, SendFailure::Body { cause, sent: true });
        assert!(failure.is_ambiguous());
        let (_, body) = seen.split_once("\r\n\r\n").unwrap_or_default();
        assert!((body.len() as u64) < length, "a part passed for the whole");
    }
}

#[tokio::test]
async fn a_source_that_fails_breaks_the_request_off() {
    let (listener, url) = listen().await;
    let failing = pieces(&["half"]).chain(stream::iter([Err("secret".to_owned())]));
    let sent = upload(&url, RequestStream::new(failing));
    let (outcome, seen) = tokio::join!(sent, swallow(listener));
    let failure = outcome.unwrap_err();
    let cause = BodyFailure::Source;
    assert_eq!(failure, SendFailure::Body { cause, sent: true });
    assert!(!format!("{failure} {failure:?}").contains("secret"));
    assert!(!seen.ends_with("0\r\n\r\n"), "{seen}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_not_sent_or_broken_off() {
    let limits = StreamLimits {
        max_request_bytes: Some(5),
        ..StreamLimits::of(HOUR)
    };
    let cause = BodyFailure::TooLarge;
    let (listener, url) = listen().await;
    let announced = RequestStream::new(pieces(&["one", "two"])).of_length(6);
    let outcome = open().open(post(&url), Some(announced), limits).await;
    let failure = outcome.unwrap_err();
    assert_eq!(failure, SendFailure::Body { cause, sent: false });
    assert!(!failure.is_ambiguous());

    let client = open();
    let growing = RequestStream::new(pieces(&["one", "two"]));
    let sent = client.open(post(&url), Some(growing), limits);
    let (outcome, seen) = tokio::join!(sent, swallow(listener));
    let failure = SendFailure::Body { cause, sent: true };
    assert_eq!(outcome.unwrap_err(), failure);
    assert!(!seen.contains("two"), "{seen}");
}

#[tokio::test]
async fn a_source_that_stalls_is_told_from_a_server_that_does() {
    let (listener, url) = listen().await;
    let slow = pieces(&["half"]).chain(stream::pending());
    let client = open();
    let body = RequestStream::new(slow);
    let sent = client.open(post(&url), Some(body), StreamLimits::of(HOUR));
    let half = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut text = String::new();
        while !text.ends_with("half\r\n") {
            text.push(char::from(stream.read_u8().await.unwrap()));
        }
        tokio::time::pause();
        stream
    };
    let (outcome, mut stream) = tokio::join!(sent, half);
    tokio::time::resume();
    let cause = BodyFailure::Stalled;
    let failure = SendFailure::Body { cause, sent: true };
    assert_eq!(outcome.unwrap_err(), failure);
    assert_closed(&mut stream).await;
}

const PIECE: usize = 64 * 1024;
/// More than the machine's socket buffers hold.
const FLOOD: usize = 1024;

/// A long body that counts how much of it was asked for.
fn flood(asked: &Arc<AtomicUsize>) -> RequestStream {
    let asked = Arc::clone(asked);
    let piece = Bytes::from(vec![b'x'; PIECE]);
    RequestStream::new(stream::iter(0..FLOOD).map(move |_| {
        asked.fetch_add(1, Ordering::SeqCst);
        Ok::<_, String>(piece.clone())
    }))
    .of_length((PIECE * FLOOD) as u64)
}

/// Waits until nothing has been asked for during a while.
async fn held_up(asked: &AtomicUsize) -> usize {
    let mut before = 0;
    loop {
        let _ = timeout(Duration::from_millis(300), std::future::pending::<()>()).await;
        let now = asked.load(Ordering::SeqCst);
        if now > 0 && now == before {
            return now;
        }
        before = now;
    }
}

#[tokio::test]
async fn a_server_that_does_not_read_holds_up_the_source() {
    let (listener, url) = listen().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let sent = upload(&url, flood(&asked));
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        let taken = held_up(&asked).await;
        assert!(taken < FLOOD / 2, "{taken} pieces went somewhere");
        let mut read = 0;
        let mut buffer = vec![0; PIECE];
        while read < PIECE * FLOOD {
            read += stream.read(&mut buffer).await.unwrap();
        }
        stream.write_all(OK.as_bytes()).await.unwrap();
        stream
    };
    let (answer, _stream) = tokio::join!(sent, server);
    assert_eq!(answer.unwrap().status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), FLOOD);
}

#[tokio::test]
async fn a_server_that_never_reads_on_is_no_answer() {
    let (listener, url) = listen().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let sent = upload(&url, flood(&asked));
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        held_up(&asked).await;
        tokio::time::pause();
        stream
    };
    let (outcome, mut stream) = tokio::join!(sent, server);
    tokio::time::resume();
    let late = SendFailure::NoAnswer { timed_out: true };
    assert_eq!(outcome.unwrap_err(), late);
    assert_closed(&mut stream).await;
}

/// The client has hung up, whatever it had written before.
async fn assert_closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    let end = stream.read_to_end(&mut rest);
    let end = timeout(Duration::from_secs(20), end).await;
    assert!(end.is_ok(), "the connection is still open");
    assert!(rest.len() < PIECE * FLOOD, "all of it was sent");
}

#[tokio::test]
async fn dropping_the_answer_stops_the_request() {
    // The first answer is complete and the second is not; neither server has read on.
    for head in [
        OK.to_owned(),
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf".to_owned(),
    ] {
        let (listener, url) = listen().await;
        let asked = Arc::new(AtomicUsize::new(0));
        let client = open();
        let sent = client.open(post(&url), Some(flood(&asked)), StreamLimits::of(HOUR));
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_head(&mut stream).await;
            held_up(&asked).await;
            stream.write_all(head.as_bytes()).await.unwrap();
            stream
        };
        let (answer, mut stream) = tokio::join!(sent, server);
        drop(answer.unwrap());
        assert_closed(&mut stream).await;
    }
}

#[tokio::test]
async fn an_answer_may_begin_before_the_request_ends_and_learns_how_that_went() {
    let (listener, url) = listen().await;
    let (more, rest) = tokio::sync::mpsc::unbounded_channel();
    let body = stream::unfold(rest, |mut rest| async {
        let next: Result<Bytes, String> = rest.recv().await?;
        Some((next, rest))
    });
    more.send(Ok("half".into())).unwrap();
    let sent = upload(&url, RequestStream::new(body));
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf";
        stream.write_all(head).await.unwrap();
        stream
    };
    let (answer, _stream) = tokio::join!(sent, server);
    let mut answer = answer.unwrap();
    assert_eq!(answer.body.next().await.unwrap().unwrap(), "half");
    more.send(Err("broken".to_owned())).unwrap();
    let failure = StreamFailure::Request(BodyFailure::Source);
    assert_eq!(answer.body.next().await, Some(Err(failure)));
    assert_eq!(answer.body.next().await, None);
}

#[tokio::test]
async fn a_redirect_of_a_stream_is_the_answer() {
    let server = Server::start(|_| redirect(307, "/next")).await;
    let mut request = post(&server.url("/"));
    request.redirects = Redirects::SameOrigin;
    let body = RequestStream::new(pieces(&["body"])).of_length(4);
    let limits = StreamLimits::of(HOUR);
    let answer = open().open(request, Some(body), limits).await.unwrap();
    assert_eq!((answer.status, server.seen().len()), (307, 1));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_server_that_answers_and_never_reads_does_not_keep_the_connection() {
    let (listener, url) = listen().await;
    let asked = Arc::new(AtomicUsize::new(0));
    let mut settings = settings("127.0.0.1");
    settings.total_timeout = Duration::from_secs(2);
    let client = Outbound::new(settings).unwrap();
    let limits = StreamLimits::of(HOUR);
    let sent = client.open(post(&url), Some(flood(&asked)), limits);
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        held_up(&asked).await;
        stream.write_all(OK.as_bytes()).await.unwrap();
        stream
    };
    let (answer, mut stream) = tokio::join!(sent, server);
    drop(answer.unwrap());
    let reset = async {
        while stream.write_all(b"more").await.is_ok() {
            held_up(&asked).await;
        }
    };
    let reset = timeout(Duration::from_secs(20), reset).await;
    assert!(reset.is_ok(), "the connection is still open");
}
