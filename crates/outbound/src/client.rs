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
        let deadline = limits.timeout.min(self.0.total_timeout);
        let exchange = self.0.exchange(request, &handover);
        let outcome = tokio::time::timeout(deadline, exchange).await;
        outcome.unwrap_or_else(|_| Err(SendFailure::late(&handover)))
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
        handover: &Handover,
    ) -> Result<HttpAnswer, SendFailure> {
        match request.redirects {
            Redirects::Never => self.hop(request, handover).await,
            Redirects::SameOrigin => self.follow(request, handover).await,
        }
    }

    async fn follow(
        &self,
        mut request: HttpRequest,
        handover: &Handover,
    ) -> Result<HttpAnswer, SendFailure> {
        let mut answer = self.hop(request.clone(), handover).await?;
        for _ in 0..redirect::MOST {
            let Some(next) = redirect::next(request, &answer) else {
                break;
            };
            match self.hop(next.clone(), handover).await {
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
        handover: &Handover,
    ) -> Result<HttpAnswer, SendFailure> {
        let client = self.client_for(&request)?;
        let mut outgoing = reqwest::Request::new(request.method, request.url);
        *outgoing.headers_mut() = without_framing(request.headers);
        *outgoing.body_mut() = Some(Body::wrap(handover.body(request.body)));
        let sent = client.execute(outgoing).await;
        let mut response = sent.map_err(|error| SendFailure::of(&error, handover))?;
        Ok(HttpAnswer {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body: read(response, self.max_answer_bytes, handover).await?,
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

async fn chunk(response: &mut Response, handover: &Handover) -> Result<Option<Bytes>, SendFailure> {
    response
        .chunk()
        .await
        .map_err(|error| SendFailure::of(&error, handover))
}
