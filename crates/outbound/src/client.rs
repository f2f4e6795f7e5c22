//! The client itself.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http_body::Body as _;
use reqwest::{Body, Client, redirect::Policy};
use rustls::ClientConfig;
use tokio::time::Instant;
use trunnel_model::http::{Egress, HttpAnswer, HttpRequest};

use crate::failure::{SendFailure, SetupFailure};
use crate::guard::{EgressPolicy, check_instance};
use crate::handover::Handover;
use crate::identity::{CertificateRefused, Identities};
use crate::limits::{Bounds, Limits, StreamLimits};
use crate::opening::{Opening, StreamAnswer};
use crate::redirect;
use crate::resolve::{Lookup, SystemLookup, VettedResolve};
use crate::trust::Trust;
use crate::upload::RequestStream;
use crate::whole::Whole;

const KEEP_IDLE: Duration = Duration::from_secs(30);

/// Bounds the sockets that a burst to one host leaves behind.
const MOST_IDLE_PER_HOST: usize = 64;

/// Headers about the message rather than of it. The client writes them itself,
/// because a wrong one would let one request pass for two.
static FRAMING: [HeaderName; 8] = [
    HOST,
    CONNECTION,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    TE,
    TRAILER,
    UPGRADE,
    EXPECT,
];

/// Whether the client writes this header itself, whatever a request says.
pub fn is_framing(name: &str) -> bool {
    let mut framing = FRAMING.iter();
    framing.any(|known| known.as_str().eq_ignore_ascii_case(name))
}

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

/// The guarded HTTP client. Clones share one pool of connections.
#[derive(Clone)]
pub struct Outbound(Arc<Inner>);

pub(crate) struct Inner {
    public: Client,
    own: Client,
    identities: Identities,
    plan: Plan,
    policy: Arc<EgressPolicy>,
    instance: Option<SocketAddr>,
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
        Self::with_trust(settings, lookup, Trust::of_machine())
    }

    /// A client that also believes whom it is told to.
    pub fn with_trust(
        settings: OutboundSettings,
        lookup: Arc<dyn Lookup>,
        trust: Trust,
    ) -> Result<Self, SetupFailure> {
        let policy = Arc::new(settings.policy);
        let resolve = Arc::new(VettedResolve {
            policy: Arc::clone(&policy),
            lookup,
        });
        let plan = Plan {
            user_agent: settings.user_agent,
            connect_timeout: settings.connect_timeout,
            total_timeout: settings.total_timeout,
            resolve,
        };
        let tls = trust.anonymous()?;
        let build = || plan.client(tls.clone()).map_err(SetupFailure::Client);
        Ok(Self(Arc::new(Inner {
            public: build()?,
            own: build()?,
            identities: Identities::new(trust),
            plan,
            policy,
            instance: settings.instance,
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
        let inner = &*self.0;
        let most = inner.max_answer_bytes;
        let bounds = Bounds {
            deadline: Instant::now() + limits.timeout.min(inner.plan.total_timeout),
            most: limits.max_answer_bytes.map_or(most, |own| own.min(most)),
            keep: limits.keep.map(|keep| keep.min(most)),
        };
        let whole = Whole {
            inner,
            bounds,
            handover: Handover::default(),
        };
        redirect::exchange(&whole, request).await
    }

    /// Sends a request and hands over its answer as soon as the head is there.
    ///
    /// A `body` is sent as it comes, instead of the request's own, and then no redirect
    /// is followed, because a stream cannot be sent twice.
    ///
    /// # Errors
    /// As for [`Self::send`]; what happens later is an error of the answer's stream.
    pub async fn open(
        &self,
        request: HttpRequest,
        body: Option<RequestStream>,
        limits: StreamLimits,
    ) -> Result<StreamAnswer, SendFailure> {
        let inner = &*self.0;
        let opening = Opening {
            inner,
            limits: limits.within(inner.plan.total_timeout),
            handover: Handover::default(),
        };
        match body {
            Some(body) => opening.once(request, body).await,
            None => redirect::exchange(&opening, request).await,
        }
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
    /// The client whose connections the request may use, if it may be sent at all.
    pub(crate) fn client_for(&self, request: &HttpRequest) -> Result<Client, SendFailure> {
        let anonymous = match request.egress {
            Egress::Public => {
                self.policy.check_url(&request.url)?;
                &self.public
            }
            Egress::Instance => {
                check_instance(&request.url, self.instance)?;
                &self.own
            }
        };
        match &request.certificate {
            None => Ok(anonymous.clone()),
            Some(_) if request.url.scheme() != "https" => Err(CertificateRefused::NotTls.into()),
            Some(certificate) => {
                let build = |tls| self.plan.client(tls);
                Ok(self.identities.client(certificate, build)?)
            }
        }
    }
}

/// How clients are built: all alike but for whom they are in a TLS handshake.
struct Plan {
    user_agent: String,
    connect_timeout: Duration,
    total_timeout: Duration,
    resolve: Arc<VettedResolve>,
}

impl Plan {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one client, whose addresses are checked"
    )]
    fn client(&self, tls: ClientConfig) -> reqwest::Result<Client> {
        let builder = Client::builder()
            .user_agent(&self.user_agent)
            .connect_timeout(self.connect_timeout)
            .pool_idle_timeout(KEEP_IDLE)
            .pool_max_idle_per_host(MOST_IDLE_PER_HOST)
            .tcp_nodelay(true)
            .http1_only()
            .no_proxy()
            .referer(false)
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::clone(&self.resolve));
        // A server that has answered may still refuse to take the rest of the request,
        // and then only the system sees that nothing moves any more.
        #[cfg(target_os = "linux")]
        let builder = builder.tcp_user_timeout(self.total_timeout);
        builder.build()
    }
}

/// The request as the client takes it, without what would contradict its body.
pub(crate) fn outgoing(request: HttpRequest, body: Body) -> reqwest::Request {
    let mut outgoing = reqwest::Request::new(request.method, request.url);
    *outgoing.headers_mut() = without_framing(request.headers);
    if expects_body(outgoing.method()) && body.size_hint().exact() == Some(0) {
        // There are servers that refuse a POST which does not say that it is empty.
        let zero = HeaderValue::from_static("0");
        outgoing.headers_mut().insert(CONTENT_LENGTH, zero);
    }
    *outgoing.body_mut() = Some(body);
    outgoing
}

fn expects_body(method: &Method) -> bool {
    matches!(*method, Method::POST | Method::PUT | Method::PATCH)
}

fn without_framing(mut headers: HeaderMap) -> HeaderMap {
    // Hardly any request has one, and to look once is cheaper than to remove eight times.
    if headers.keys().any(|name| FRAMING.contains(name)) {
        for name in &FRAMING {
            headers.remove(name);
        }
    }
    headers
}
