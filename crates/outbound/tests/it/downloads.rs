//! Answers that are read as they come.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use http::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot};
use tokio::time::timeout;
use trunnel_model::http::{HttpRequest, Redirects};
use trunnel_outbound::{
    AddressKind, Outbound, SendFailure, StreamAnswer, StreamFailure, StreamLimits, Unreached,
    UrlRefused,
};
use url::Url;

use crate::harness::{
    HOUR, Reply, Server, answers, header, hour_after, listen, ok, open, read_head, redirect,
    settings, strict,
};

const OK: &str = "HTTP/1.1 200 OK\r\n";

fn get(url: &str) -> HttpRequest {
    HttpRequest::new(Method::GET, Url::parse(url).unwrap())
}

async fn start(client: &Outbound, url: &str) -> Result<StreamAnswer, SendFailure> {
    client.open(get(url), None, StreamLimits::of(HOUR)).await
}

/// What came, and how it ended.
async fn drain(mut answer: StreamAnswer) -> (String, Option<StreamFailure>) {
    let mut text = String::new();
    let mut failure = None;
    while let Some(chunk) = answer.body.next().await {
        assert_eq!(failure, None, "something came after the failure");
        match chunk {
            Ok(chunk) => text.push_str(std::str::from_utf8(&chunk).unwrap()),
            Err(broken) => failure = Some(broken),
        }
    }
    (text, failure)
}

#[tokio::test]
async fn the_head_comes_before_the_body_and_each_chunk_before_the_next() {
    let (listener, url) = listen().await;
    let (next, mut asked) = tokio::sync::mpsc::channel::<()>(1);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        let head = format!("{OK}x-tea: green\r\ncontent-length: 6\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        for piece in ["one", "two"] {
            asked.recv().await.unwrap();
            stream.write_all(piece.as_bytes()).await.unwrap();
        }
        std::future::pending::<TcpStream>().await
    });
    let mut answer = start(&open(), &url).await.unwrap();
    assert_eq!((answer.status, answer.body.length()), (200, Some(6)));
    assert_eq!(answer.headers["x-tea"], "green");
    for piece in ["one", "two"] {
        next.send(()).await.unwrap();
        assert_eq!(answer.body.next().await.unwrap().unwrap(), piece);
    }
    assert!(answer.body.next().await.is_none());
}

#[tokio::test]
async fn every_complete_shape_ends_without_an_error_and_leaves_the_connection_usable() {
    let counted = format!("{OK}content-length: 4\r\n\r\nbody");
    let chunked =
        format!("{OK}transfer-encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\nx-a: b\r\n\r\n");
    for reply in [counted, chunked] {
        let server = Server::start(move |_| Reply::Answer(reply.clone())).await;
        let client = open();
        for _ in 0..2 {
            let answer = start(&client, &server.url("/")).await.unwrap();
            assert_eq!(drain(answer).await, ("body".to_owned(), None));
        }
        assert_eq!(server.connections(), 1);
    }
    let closing = Server::start(|_| Reply::Last(format!("{OK}\r\nbody"))).await;
    let answer = start(&open(), &closing.url("/")).await.unwrap();
    assert_eq!(drain(answer).await, ("body".to_owned(), None));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_never_a_silent_end() {
    for rest in [
        "content-length: 9\r\n\r\nhalf",
        "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n9\r\n",
        "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\nnonsense",
        "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
    ] {
        let server = Server::start(move |_| Reply::Last(format!("{OK}{rest}"))).await;
        let answer = start(&open(), &server.url("/")).await.unwrap();
        let broken = Some(StreamFailure::BrokenOff);
        assert_eq!(drain(answer).await, ("half".to_owned(), broken), "{rest}");
    }
}

#[tokio::test]
async fn a_body_that_stalls_is_a_failure_after_the_idle_time() {
    for rest in [
        "content-length: 9\r\n\r\nhalf",
        "transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "\r\nhalf",
    ] {
        let server = Server::start(move |_| Reply::Stall(format!("{OK}{rest}"))).await;
        let mut answer = start(&open(), &server.url("/")).await.unwrap();
        assert_eq!(answer.body.next().await.unwrap().unwrap(), "half");
        let (end, ()) = tokio::join!(drain(answer), hour_after(std::future::ready(())));
        tokio::time::resume();
        assert_eq!(end, (String::new(), Some(StreamFailure::Stalled)), "{rest}");
    }
}

#[tokio::test]
async fn a_reader_may_pause_for_longer_than_the_server_may() {
    let server = Server::start(|_| ok("all of it")).await;
    let answer = start(&open(), &server.url("/")).await.unwrap();
    tokio::time::pause();
    tokio::time::advance(HOUR * 5).await;
    tokio::time::resume();
    assert_eq!(drain(answer).await, ("all of it".to_owned(), None));
}

#[tokio::test]
async fn a_head_that_does_not_come_is_no_answer() {
    for half in ["", "HTTP/1.1 200 OK\r\n"] {
        let server = Server::start(|_| Reply::Stall(half.to_owned())).await;
        let client = open();
        let url = server.url("/");
        let (outcome, ()) = tokio::join!(start(&client, &url), hour_after(server.arrival()));
        tokio::time::resume();
        let late = SendFailure::NoAnswer { timed_out: true };
        assert_eq!(outcome.unwrap_err(), late);
    }
}

#[tokio::test]
async fn a_connection_that_does_not_come_was_not_sent() {
    // Accepted by the machine, but the handshake is never answered.
    let (_listener, url) = listen().await;
    let client = open();
    let url = url.replace("http", "https");
    let limits = StreamLimits {
        connect: Duration::from_millis(50),
        ..StreamLimits::of(HOUR)
    };
    let outcome = client.open(get(&url), None, limits).await;
    let cause = Unreached::TimedOut;
    assert_eq!(outcome.unwrap_err(), SendFailure::Unreachable { cause });
}

#[tokio::test]
async fn a_body_of_any_shape_is_cut_at_the_cap() {
    let long = "x".repeat(50_000);
    let limits = StreamLimits {
        max_answer_bytes: Some(1000),
        ..StreamLimits::of(HOUR)
    };
    let chunked = format!("transfer-encoding: chunked\r\n\r\nc350\r\n{long}\r\n");
    for rest in [format!("\r\n{long}"), chunked] {
        let server = Server::start(move |_| Reply::Stall(format!("{OK}{rest}"))).await;
        let answer = open().open(get(&server.url("/")), None, limits).await;
        let (text, failure) = drain(answer.unwrap()).await;
        assert!(text.len() <= 1000);
        assert_eq!(failure, Some(StreamFailure::TooLarge));
    }
    let head = format!("{OK}content-length: 1001\r\n\r\n");
    let server = Server::start(move |_| Reply::Stall(head.clone())).await;
    let outcome = open().open(get(&server.url("/")), None, limits).await;
    assert_eq!(outcome.unwrap_err(), SendFailure::TooLarge);
    let exact = "x".repeat(1000);
    let server = Server::start(move |_| ok(&exact)).await;
    let answer = open().open(get(&server.url("/")), None, limits).await;
    assert_eq!(drain(answer.unwrap()).await.1, None);
}

/// Writes endlessly, tells when it is held up and how much was taken by then, and then
/// waits for the reader to go on or to be gone. Whether all of it was taken.
async fn flood(stream: TcpStream, total: usize, held_up: oneshot::Sender<usize>) -> bool {
    let piece = vec![b'x'; 16 * 1024];
    let mut held_up = Some(held_up);
    let mut written = 0;
    while written < total {
        if timeout(WHILE, stream.writable()).await.is_err() {
            if let Some(held_up) = held_up.take() {
                held_up.send(written).unwrap();
            }
            continue;
        }
        let room = piece.len().min(total - written);
        match stream.try_write(&piece[..room]) {
            Ok(count) => written += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return false,
        }
    }
    true
}

/// For so long nothing moves before it is called held up.
const WHILE: Duration = Duration::from_millis(300);

/// More than the machine's socket buffers hold.
const FLOOD: usize = 64 * 1024 * 1024;

/// A flood that is held up because nobody reads it, and whether it was sent whole.
async fn unread_flood() -> (StreamAnswer, tokio::task::JoinHandle<bool>) {
    let (listener, url) = listen().await;
    let (tell, held_up) = oneshot::channel();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        let head = format!("{OK}content-length: {FLOOD}\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        flood(stream, FLOOD, tell).await
    });
    let answer = start(&open(), &url).await.unwrap();
    let taken = held_up.await.expect("the server was never held up");
    assert!(taken < FLOOD / 2, "{taken} bytes went somewhere");
    (answer, server)
}

#[tokio::test]
async fn a_reader_that_does_not_read_holds_up_the_server() {
    let (mut answer, server) = unread_flood().await;
    let mut read = 0;
    while let Some(chunk) = answer.body.next().await {
        read += chunk.unwrap().len();
    }
    assert_eq!(read, FLOOD);
    assert!(server.await.unwrap());
}

#[tokio::test]
async fn dropping_the_answer_closes_the_connection() {
    let (answer, server) = unread_flood().await;
    drop(answer);
    assert!(!server.await.unwrap(), "all of it was taken after all");
}

#[tokio::test]
async fn giving_up_before_the_head_closes_the_connection() {
    let (listener, url) = listen().await;
    let asked = Arc::new(Notify::new());
    let ring = Arc::clone(&asked);
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_head(&mut stream).await;
        ring.notify_one();
        stream.read(&mut [0; 1]).await
    });
    let client = open();
    tokio::select! {
        outcome = start(&client, &url) => panic!("{outcome:?}"),
        () = asked.notified() => {}
    }
    assert_eq!(server.await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn streams_pass_the_same_guard() {
    let server = Server::start(|_| ok("")).await;
    let outcome = start(&strict(), &server.url("/")).await;
    assert!(
        matches!(&outcome, Err(SendFailure::Refused(UrlRefused::Address(refused)))
            if refused.kind == AddressKind::Loopback),
        "{outcome:?}"
    );
    let named = format!("http://evil.test:{}/", server.address.port());
    let lookup = answers(&[&["127.0.0.1"]]);
    let client = Outbound::with_lookup(settings(""), lookup.clone()).unwrap();
    let outcome = start(&client, &named).await;
    assert!(matches!(outcome, Err(SendFailure::Refused(_))));
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 1);
    let outcome = start(&open(), &server.url("/").replace("http", "ftp")).await;
    let scheme = SendFailure::Refused(UrlRefused::Scheme);
    assert_eq!(outcome.unwrap_err(), scheme);
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn redirects_of_a_bodiless_request_stay_on_the_origin() {
    let hops = Arc::new(AtomicUsize::new(0));
    let other = Server::start(|_| ok("stolen")).await;
    let elsewhere = other.url("/");
    let server = Server::start(move |request| {
        if request.starts_with("GET /away") {
            return redirect(302, &elsewhere);
        }
        match hops.fetch_add(1, Ordering::SeqCst) {
            0 => redirect(302, "/next"),
            _ => ok("there"),
        }
    })
    .await;
    let client = open();
    let mut request = get(&server.url("/"));
    request.redirects = Redirects::SameOrigin;
    let limits = StreamLimits::of(HOUR);
    let answer = client.open(request.clone(), None, limits).await.unwrap();
    assert_eq!(drain(answer).await.0, "there");
    assert!(server.seen()[1].starts_with("GET /next "));
    request.url.set_path("/away");
    let answer = client.open(request, None, limits).await.unwrap();
    assert_eq!(answer.status, 302);
    assert_eq!(other.connections(), 0);
    assert_eq!(header(&server.seen()[2], "content-length"), None);
}
