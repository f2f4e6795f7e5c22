//! Servers on loopback, and clients that may or may not reach them.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_outbound::{
    Cidr, EgressPolicy, Limits, Lookup, LookupAnswer, Outbound, OutboundSettings, SendFailure,
};

pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// What a server does with a request it has read.
pub(crate) enum Reply {
    /// Sends these bytes and waits for the next request.
    Answer(String),
    /// Sends these bytes and closes.
    Last(String),
    /// Sends these bytes and nothing more, without closing.
    Stall(String),
}

pub(crate) fn ok(body: &str) -> Reply {
    Reply::Answer(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
}

pub(crate) fn redirect(status: u16, location: &str) -> Reply {
    let head = format!("HTTP/1.1 {status} Moved\r\nlocation: {location}");
    Reply::Answer(format!("{head}\r\ncontent-length: 0\r\n\r\n"))
}

/// A server that keeps what it was sent.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<String>>>,
    arrived: Arc<Semaphore>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    /// Answers each request with what `reply` makes of it.
    pub(crate) async fn start(reply: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            seen: Arc::default(),
            arrived: Arc::new(Semaphore::new(0)),
            connections: Arc::default(),
        };
        let (seen, arrived) = (Arc::clone(&server.seen), Arc::clone(&server.arrived));
        let connections = Arc::clone(&server.connections);
        let reply = Arc::new(reply);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (seen, arrived) = (Arc::clone(&seen), Arc::clone(&arrived));
                let reply = Arc::clone(&reply);
                tokio::spawn(async move {
                    let note = |request: &str| {
                        seen.lock().unwrap().push(request.to_owned());
                        arrived.add_permits(1);
                        reply(request)
                    };
                    // A client that hangs up is the client's business.
                    let _ = converse(stream, note).await;
                });
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until a request that was not waited for before has been read.
    pub(crate) async fn arrival(&self) {
        self.arrived.acquire().await.unwrap().forget();
    }
}

pub(crate) async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    reply: impl Fn(&str) -> Reply,
) -> io::Result<()> {
    while let Some(request) = read_request(&mut stream).await? {
        match reply(&request) {
            Reply::Answer(bytes) => stream.write_all(bytes.as_bytes()).await?,
            Reply::Last(bytes) => return stream.write_all(bytes.as_bytes()).await,
            Reply::Stall(bytes) => {
                stream.write_all(bytes.as_bytes()).await?;
                std::future::pending::<()>().await;
            }
        }
    }
    Ok(())
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<String>> {
    let mut text = String::new();
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= header(head, "content-length").map_or(0, |n| n.parse().unwrap())
        {
            return Ok(Some(text));
        }
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(None);
        }
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
}

/// A port on which a test is the server itself, and its URL.
pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    (listener, url)
}

/// Reads the head of a request and nothing of its body.
pub(crate) async fn read_head(stream: &mut TcpStream) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
}

/// The value of a header in the text of a request.
pub(crate) fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let lines = request.lines().take_while(|line| !line.is_empty());
    let mut fields = lines.filter_map(|line| line.split_once(": "));
    fields
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// A lookup that gives the next of these answers each time, and then the last again.
pub(crate) struct Answers {
    pub(crate) turns: Vec<&'static [&'static str]>,
    pub(crate) asked: AtomicUsize,
}

pub(crate) fn answers(turns: &[&'static [&'static str]]) -> Arc<Answers> {
    Arc::new(Answers {
        turns: turns.to_vec(),
        asked: AtomicUsize::new(0),
    })
}

impl Lookup for Answers {
    fn lookup<'a>(&'a self, _: &'a str) -> LookupAnswer<'a> {
        let turn = self
            .asked
            .fetch_add(1, Ordering::SeqCst)
            .min(self.turns.len() - 1);
        let found: Vec<IpAddr> = self.turns[turn]
            .iter()
            .map(|ip| ip.parse().unwrap())
            .collect();
        Box::pin(std::future::ready(Ok(found)))
    }
}

pub(crate) fn settings(allow: &str) -> OutboundSettings {
    OutboundSettings {
        policy: EgressPolicy::new(Cidr::parse_list(allow).unwrap()),
        instance: None,
        total_timeout: HOUR * 2,
        connect_timeout: HOUR * 2,
        max_answer_bytes: 100_000,
        user_agent: "Trunnel-test".to_owned(),
    }
}

/// A client that may reach the servers of this harness.
pub(crate) fn open() -> Outbound {
    Outbound::new(settings("127.0.0.0/8")).unwrap()
}

/// A client as it is out of the box.
pub(crate) fn strict() -> Outbound {
    Outbound::new(settings("")).unwrap()
}

pub(crate) async fn send(
    client: &Outbound,
    request: HttpRequest,
) -> Result<HttpAnswer, SendFailure> {
    client.send(request, Limits::of(HOUR)).await
}

/// Lets an hour pass as soon as `event` has happened and nothing else is left to
/// do: whatever waits then runs into its deadline, without anyone sleeping.
pub(crate) async fn hour_after(event: impl Future<Output = ()>) {
    event.await;
    tokio::time::pause();
}
