//! The client itself.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use reqwest::{Body, Client, Response, redirect::Policy};
use tokio::time::{Instant, timeout_at};
use trunnel_model::http::{Egress, HttpAnswer, HttpRequest, Redirects};

use crate::failure::{SendFailure, SetupFailure};
use crate::guard::{EgressPolicy, check_instance};
use crate::handover::Handover;
use crate::redirect;
use crate::resolve::{Lookup, SystemLookup, VettedResolve};
use crate::trust;

const KEEP_IDLE: Duration = Duration::from_secs(30);

/// Bounds the sockets that a burst to one host leaves behind.
const MOST_IDLE_PER_HOST: usize = 64;

/// What is set aside for an answer before any of it has come.
const FIRST_BUFFER: usize = 64 * 1024;

/// Headers about the message rather than of it. The client writes them itself,
/// because a wrong one would let one request pass for two.
const FRAMING: [HeaderName; 8] = [
    HOST,
    CONNECTION,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    TE,
    TRAILER,
    UPGRADE,
    EXPECT,
];

/// What a client is set up with, once.
#[derive(Debug, Clone)]
pub struct OutboundSettings {
    pub policy: EgressPolicy,
    /// Where this very server listens, for [`Egress::Instance`].
    pub instance: Option<SocketAddr>,
    /// The longest an exchange may take, whatever its own limit says.
    pub total_timeout: Duration,
    /// The longest that name, connection and handshake may take together.
    pub connect_timeout: Duration,
    pub max_answer_bytes: usize,
    pub user_agent: String,
}

/// What one request may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// From the first byte asked for to the last byte of the answer, redirects included.
    pub timeout: Duration,
    /// The longest answer, where the client's own limit is longer. A longer one is a
    /// failure.
    pub max_answer_bytes: Option<usize>,
    /// For a caller to whom the status is the answer: no more of the body than this is
    /// read, and a body that is longer, breaks off or is late is handed over as far as
    /// it was read. [`Self::max_answer_bytes`] does not matter then.
    pub keep: Option<usize>,
}

impl Limits {
    /// As long an answer as the client takes, whole.
    pub const fn of(timeout: Duration) -> Self {
        Self {
            timeout,
            max_answer_bytes: None,
            keep: None,
        }
    }

    /// Answers of up to so many bytes; a longer one is a failure.
    #[must_use]
    pub const fn up_to(self, bytes: usize) -> Self {
        Self {
            max_answer_bytes: Some(bytes),
            ..self
        }
    }

    /// The status is what matters: see [`Self::keep`].
    #[must_use]
    pub const fn cut_at(self, bytes: usize) -> Self {
        Self {
            keep: Some(bytes),
            ..self
        }
    }
}

/// One exchange's limits, from the moment it began.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    deadline: Instant,
    most: usize,
    keep: Option<usize>,
}

/// The guarded HTTP client. Clones share one pool of connections.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

struct Inner {
    public: Client,
    own: Client,
    policy: Arc<EgressPolicy>,
    instance: Option<SocketAddr>,
    total_timeout: Duration,
    max_answer_bytes: usize,
}

impl Outbound {
    pub fn new(settings: OutboundSettings) -> Result<Self, SetupFailure> {
        Self::with_lookup(settings, Arc::new(SystemLookup))
    }

    /// A client that asks `lookup` for the addresses of names.
    pub fn with_lookup(
        settings: OutboundSettings,
        lookup: Arc<dyn Lookup>,
    ) -> Result<Self, SetupFailure> {
        let policy = Arc::new(settings.policy);
        let resolve = Arc::new(VettedResolve {
            policy: Arc::clone(&policy),
            lookup,
        });
        let tls = trust::client_config()?;
        let build = || {
            client_builder(&settings.user_agent, settings.connect_timeout)
                .tls_backend_preconfigured(tls.clone())
                .dns_resolver(Arc::clone(&resolve))
                .build()
                .map_err(SetupFailure::Client)
        };
        Ok(Self(Arc::new(Inner {
            public: build()?,
            own: build()?,
            policy,
            instance: settings.instance,
            total_timeout: settings.total_timeout,
            max_answer_bytes: settings.max_answer_bytes,
        })))
    }

    pub fn policy(&self) -> &EgressPolicy {
        &self.0.policy
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// The failure says whether the request may be repeated: see
    /// [`SendFailure::is_ambiguous`].
    pub async fn send(
        &self,
        request: HttpRequest,
        limits: Limits,
    ) -> Result<HttpAnswer, SendFailure> {
        let handover = Handover::default();
        let most = self.0.max_answer_bytes;
        let bounds = Bounds {
            deadline: Instant::now() + limits.timeout.min(self.0.total_timeout),
            most: limits.max_answer_bytes.map_or(most, |own| own.min(most)),
            keep: limits.keep.map(|keep| keep.min(most)),
        };
        self.0.exchange(request, bounds, &handover).await
    }
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("policy", &self.0.policy)
            .field("instance", &self.0.instance)
            .finish_non_exhaustive()
    }
}

impl Inner {
    async fn exchange(
        &self,
        request: HttpRequest,
        bounds: Bounds,
        handover: &Handover,
    ) -> Result<HttpAnswer, SendFailure> {
        match request.redirects {
            Redirects::Never => self.hop(request, bounds, handover).await,
            Redirects::SameOrigin => self.follow(request, bounds, handover).await,
        }
    }

    async fn follow(
        &self,
        mut request: HttpRequest,
        bounds: Bounds,
        handover: &Handover,
    ) -> Result<HttpAnswer, SendFailure> {
        let mut answer = self.hop(request.clone(), bounds, handover).await?;
        for _ in 0..redirect::MOST {
            let Some(next) = redirect::next(request, &answer) else {
                break;
            };
            match self.hop(next.clone(), bounds, handover).await {
                Ok(followed) => answer = followed,
                // The far side answered; that it pointed somewhere forbidden is its answer.
                Err(SendFailure::Refused(_)) => break,
                Err(failure) => return Err(failure),
            }
            request = next;
        }
        Ok(answer)
    }

    async fn hop(
        &self,
        request: HttpRequest,
        bounds: Bounds,
        handover: &Handover,
    ) -> Result<HttpAnswer, SendFailure> {
        let client = self.client_for(&request)?;
        let mut outgoing = reqwest::Request::new(request.method, request.url);
        *outgoing.headers_mut() = without_framing(request.headers);
        *outgoing.body_mut() = Some(Body::wrap(handover.body(request.body)));
        let late = || SendFailure::late(handover);
        let sent = timeout_at(bounds.deadline, client.execute(outgoing)).await;
        let sent = sent.map_err(|_| late())?;
        let mut response = sent.map_err(|error| SendFailure::of(&error, handover))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = if let Some(keep) = bounds.keep {
            read_some(response, keep, bounds.deadline).await
        } else {
            let whole = read(response, bounds.most, handover);
            let whole = timeout_at(bounds.deadline, whole).await;
            whole.map_err(|_| late())??
        };
        Ok(HttpAnswer {
            status,
            headers,
            body,
        })
    }

    fn client_for(&self, request: &HttpRequest) -> Result<&Client, SendFailure> {
        match request.egress {
            Egress::Public => {
                self.policy.check_url(&request.url)?;
                Ok(&self.public)
            }
            Egress::Instance => {
                check_instance(&request.url, self.instance)?;
                Ok(&self.own)
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one client, whose addresses are checked"
)]
fn client_builder(user_agent: &str, connect_timeout: Duration) -> reqwest::ClientBuilder {
    Client::builder()
        .user_agent(user_agent)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(KEEP_IDLE)
        .pool_max_idle_per_host(MOST_IDLE_PER_HOST)
        .tcp_nodelay(true)
        .http1_only()
        .no_proxy()
        .referer(false)
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
}

fn without_framing(mut headers: HeaderMap) -> HeaderMap {
    for name in FRAMING {
        headers.remove(name);
    }
    headers
}

/// Reads a body up to `most` bytes and hangs up on one that is longer.
async fn read(
    mut response: Response,
    most: usize,
    handover: &Handover,
) -> Result<Bytes, SendFailure> {
    let declared = response
        .content_length()
        .map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if declared.is_some_and(|bytes| bytes > most) {
        return Err(SendFailure::TooLarge);
    }
    let first = chunk(&mut response, handover).await?.unwrap_or_default();
    if first.len() > most {
        return Err(SendFailure::TooLarge);
    }
    // The common case: all of it came at once and need not be copied.
    let Some(mut more) = chunk(&mut response, handover).await? else {
        return Ok(first);
    };
    let mut whole = BytesMut::with_capacity(declared.unwrap_or(first.len()).min(FIRST_BUFFER));
    whole.extend_from_slice(&first);
    loop {
        if whole.len().saturating_add(more.len()) > most {
            return Err(SendFailure::TooLarge);
        }
        whole.extend_from_slice(&more);
        match chunk(&mut response, handover).await? {
            Some(next) => more = next,
            None => return Ok(whole.freeze()),
        }
    }
}

/// Reads a body until it ends, in whatever way, but no more than `keep` bytes of it
/// and no longer than until the deadline.
async fn read_some(mut response: Response, keep: usize, deadline: Instant) -> Bytes {
    let mut some = BytesMut::new();
    while let Ok(Ok(Some(more))) = timeout_at(deadline, response.chunk()).await {
        let room = keep.saturating_sub(some.len());
        some.extend_from_slice(&more[..more.len().min(room)]);
        if more.len() > room {
            break;
        }
    }
    some.freeze()
}

async fn chunk(response: &mut Response, handover: &Handover) -> Result<Option<Bytes>, SendFailure> {
    response
        .chunk()
        .await
        .map_err(|error| SendFailure::of(&error, handover))
}
