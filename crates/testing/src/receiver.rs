//! An HTTP server that stands for the outside world: it writes down what it is
//! sent, and answers as it is told.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long a test waits for requests before it fails. A machine with other work
/// may be slow; nothing waits this long that is going to succeed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub method: Method,
    pub path: String,
    /// Without its question mark.
    pub query: Option<String>,
    pub headers: HeaderMap,
    /// The very bytes, which is what a signature is made over.
    pub body: Bytes,
}

impl Received {
    /// The header's text, when it was sent once and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok(),
            _ => None,
        }
    }
}

/// What the receiver does with a request it has written down.
#[derive(Debug, Clone)]
pub struct Answer {
    what: What,
    after: Duration,
}

#[derive(Debug, Clone)]
enum What {
    Respond(Response<Bytes>),
    HangUp,
    Never,
}

impl Answer {
    pub fn status(status: u16) -> Self {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::from_u16(status).expect("it is an HTTP status");
        Self::from(What::Respond(response))
    }

    pub fn json(status: u16, body: &str) -> Self {
        Self::status(status)
            .header("content-type", "application/json")
            .body(body.to_owned())
    }

    pub fn redirect(to: &str) -> Self {
        Self::status(302).header("location", to)
    }

    /// Closes the connection instead of answering.
    pub fn hang_up() -> Self {
        Self::from(What::HangUp)
    }

    /// Keeps the connection open and says nothing.
    pub fn never() -> Self {
        Self::from(What::Never)
    }

    /// Waits, in real time, before it does what it does.
    #[must_use]
    pub fn after_ms(mut self, millis: u64) -> Self {
        self.after = Duration::from_millis(millis);
        self
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("it is the name of a header");
        let value: HeaderValue = value.parse().expect("it is the value of a header");
        self.response().headers_mut().append(name, value);
        self
    }

    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        *self.response().body_mut() = body.into();
        self
    }

    fn response(&mut self) -> &mut Response<Bytes> {
        match &mut self.what {
            What::Respond(response) => response,
            What::HangUp | What::Never => panic!("an answer that is not given has no parts"),
        }
    }
}

impl From<What> for Answer {
    fn from(what: What) -> Self {
        Self {
            what,
            after: Duration::ZERO,
        }
    }
}

/// A running receiver; dropping it closes its port and every connection.
#[derive(Debug)]
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    // Aborted when it is dropped.
    _running: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    requests: Mutex<Vec<Received>>,
    count: watch::Sender<usize>,
    script: Mutex<Script>,
}

#[derive(Debug)]
struct Script {
    next: VecDeque<Answer>,
    default: Answer,
}

impl Receiver {
    /// Starts one that answers 200 with nothing.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port can be had");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let shared = Arc::new(Shared {
            requests: Mutex::default(),
            count: watch::Sender::new(0),
            script: Mutex::new(Script {
                next: VecDeque::new(),
                default: Answer::status(200),
            }),
        });
        let mut running = JoinSet::new();
        running.spawn(accept(listener, Arc::clone(&shared)));
        Self {
            address,
            shared,
            _running: running,
        }
    }

    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The full address of a path, which starts with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next requests' answers, in the order in which requests come in; after
    /// them, the default.
    pub fn answer_with(&self, answers: impl IntoIterator<Item = Answer>) {
        self.shared.script.lock().next.extend(answers);
    }

    pub fn answer_by_default(&self, answer: Answer) {
        self.shared.script.lock().default = answer;
    }

    /// What has come in so far, in order of arrival.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.requests.lock().clone()
    }

    /// Waits until `count` requests have come in, then gives all there are. It does
    /// not wait for their answers.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let mut counted = self.shared.count.subscribe();
        let enough = counted.wait_for(|so_far| *so_far >= count);
        let waited = tokio::time::timeout(PATIENCE, enough).await.is_ok();
        let requests = self.requests();
        assert!(
            waited,
            "waited for {count} requests, and {} came: {requests:#?}",
            requests.len()
        );
        requests
    }
}

/// Ends, with all its connections, when its task is aborted.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            connections.spawn(serve(stream, Arc::clone(&shared)));
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { answer(request, &shared).await }
    });
    // A client that breaks off, or is hung up on, is what some tests are about.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// The connection is to be closed without an answer.
#[derive(Debug)]
struct HungUp;

impl std::fmt::Display for HungUp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("hung up, as the test asked")
    }
}

impl std::error::Error for HungUp {}

#[expect(
    clippy::disallowed_methods,
    reason = "the outside world is slow in real time, whatever a test's clock says"
)]
async fn answer(
    request: Request<Incoming>,
    shared: &Shared,
) -> Result<Response<Full<Bytes>>, HungUp> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| HungUp)?.to_bytes();
    let Answer { what, after } = shared.record(Received {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().map(ToOwned::to_owned),
        headers: parts.headers,
        body,
    });
    if !after.is_zero() {
        tokio::time::sleep(after).await;
    }
    match what {
        What::Respond(response) => Ok(response.map(Full::new)),
        What::HangUp => Err(HungUp),
        What::Never => std::future::pending().await,
    }
}

impl Shared {
    /// Writes the request down and takes its answer, as one step: the script's order
    /// is the order of arrival.
    fn record(&self, request: Received) -> Answer {
        let mut script = self.script.lock();
        let answer = script
            .next
            .pop_front()
            .unwrap_or_else(|| script.default.clone());
        let mut requests = self.requests.lock();
        requests.push(request);
        self.count.send_replace(requests.len());
        answer
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Sends the bytes and reads until the other side closes.
    async fn exchange(receiver: &Receiver, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(receiver.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = String::new();
        // A reset is as good a way to close as any.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }

    const GET: &[u8] = b"GET /a?b=c HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

    #[tokio::test]
    async fn a_request_is_kept_as_it_came() {
        let receiver = Receiver::start().await;
        let sent = b"PUT /hook?x=%20 HTTP/1.1\r\nhost: x\r\nX-Twice: 1\r\nx-twice: 2\r\nX-Once: \
            one\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{\"\x00\r\n2\r\n\
            \xff}\r\n0\r\n\r\n";
        let answer = exchange(&receiver, sent).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        let requests = receiver.wait_for(1).await;
        let [request] = requests.as_slice() else {
            panic!("{requests:?}")
        };
        assert_eq!(request.method, Method::PUT);
        assert_eq!(request.path, "/hook");
        assert_eq!(request.query.as_deref(), Some("x=%20"));
        assert_eq!(request.header("x-once"), Some("one"));
        assert_eq!(request.header("x-twice"), None);
        assert_eq!(request.body.as_ref(), b"{\"\x00\xff}");
    }

    #[tokio::test]
    async fn answers_come_in_the_scripts_order_and_then_by_default() {
        let receiver = Receiver::start().await;
        receiver.answer_by_default(Answer::status(204));
        receiver.answer_with([
            Answer::json(503, "{}").header("retry-after", "3"),
            Answer::redirect("/elsewhere"),
            Answer::hang_up(),
        ]);
        let first = exchange(&receiver, GET).await;
        assert!(first.starts_with("HTTP/1.1 503 "), "{first}");
        assert!(
            first.contains("retry-after: 3\r\n") && first.ends_with("\r\n\r\n{}"),
            "{first}"
        );
        let second = exchange(&receiver, GET).await;
        assert!(second.starts_with("HTTP/1.1 302 "), "{second}");
        assert!(second.contains("location: /elsewhere\r\n"), "{second}");
        assert_eq!(exchange(&receiver, GET).await, "");
        assert!(exchange(&receiver, GET).await.starts_with("HTTP/1.1 204 "));
        assert_eq!(receiver.requests().len(), 4);
    }

    #[tokio::test]
    async fn waiting_ends_when_enough_have_come_even_unanswered() {
        let receiver = Arc::new(Receiver::start().await);
        receiver.answer_with([Answer::never(), Answer::status(200).after_ms(600_000)]);
        let mut clients = JoinSet::new();
        for _ in 0..2 {
            let receiver = Arc::clone(&receiver);
            clients.spawn(async move { exchange(&receiver, GET).await });
        }
        assert_eq!(receiver.wait_for(2).await.len(), 2);
        assert!(
            clients.try_join_next().is_none(),
            "one of them was answered"
        );
    }

    #[tokio::test]
    async fn a_dropped_receiver_closes_what_it_held_open() {
        let receiver = Receiver::start().await;
        let address = receiver.address();
        receiver.answer_with([Answer::never()]);
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(GET).await.unwrap();
        receiver.wait_for(1).await;
        drop(receiver);
        let mut rest = Vec::new();
        // Either end of stream or a reset; both end the read.
        let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(read.is_ok() && rest.is_empty());
        assert!(TcpStream::connect(address).await.is_err());
    }
}
