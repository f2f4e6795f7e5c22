//! Any request to a connected app, with the customer's credential put into it.
//!
//! Bodies pass through in both directions as they come. The provider's answer is the
//! answer, whatever its status; only what keeps a request from being made at all is
//! a fault of ours.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use http::{HeaderMap, Method};
use trunnel_catalog::{Connector, proxy_request, signs_body};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::http::HttpRequest;
use trunnel_model::usage::UsageKind;
use trunnel_outbound::{AnswerStream, RequestStream, SendFailure, StreamAnswer, StreamLimits};

use crate::Core;
use crate::connection::{AfterRefusal, Bench, Evidence, Ready, expired};
use crate::ctx::AccountCtx;
use crate::error::{Error, build_fault};

/// The longest pause in either direction.
const PATIENCE: Duration = Duration::from_mins(1);

/// A signed body has to be whole before it is sent.
const LONGEST_SIGNED: usize = 10 * 1024 * 1024;

/// What a caller sends along.
pub enum ProxyBody {
    /// It is here, and can be sent a second time.
    Whole(Bytes),
    /// It is on its way, with its length if that is known.
    Stream(Chunks, Option<u64>),
}

/// A body in pieces. The error says why it broke off.
pub type Chunks = BoxStream<'static, Result<Bytes, Box<dyn std::error::Error + Send + Sync>>>;

/// The provider's answer, whose body is still on its way.
pub struct Proxied {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: AnswerStream,
}

/// A request as the caller wrote it.
struct Theirs<'a> {
    method: Method,
    path: &'a str,
    headers: &'a HeaderMap,
}

impl Core {
    /// Sends a request below the connector's base URL.
    ///
    /// A refused credential is renewed once and the request repeated, where its body
    /// is still there; otherwise the provider's refusal is the answer.
    pub async fn proxy(
        &self,
        caller: &AccountCtx,
        slug: &str,
        connection: Option<&str>,
        (method, path, headers): (Method, &str, &HeaderMap),
        body: ProxyBody,
    ) -> Result<Proxied, Error> {
        let connector = self.action_connector(&caller.ctx.scope, slug).await?;
        let ready = self.ready(caller, &connector, connection).await?;
        let (scope, account) = (&caller.ctx.scope, &caller.account);
        self.count(scope, Some(account), UsageKind::Action, 1);
        let theirs = Theirs {
            method,
            path,
            headers,
        };
        let whole = match body {
            ProxyBody::Whole(whole) => whole,
            ProxyBody::Stream(chunks, _) if signs_body(ready.way.option()) => {
                whole_of(chunks).await?
            }
            ProxyBody::Stream(chunks, length) => {
                let request = self.proxied(&ready, &theirs, Bytes::new())?;
                let stream = RequestStream::new(chunks);
                let stream = match length {
                    Some(length) => stream.of_length(length),
                    None => stream,
                };
                let sent = self.outbound().open(request, Some(stream), limits()).await;
                return answered(&connector, sent);
            }
        };
        let request = self.proxied(&ready, &theirs, whole.clone())?;
        let answer = self.outbound().open(request, None, limits()).await;
        let refused = matches!(&answer, Ok(answer)
            if ready.way.option().expiry_statuses.contains(&answer.status));
        if !refused {
            return answered(&connector, answer);
        }
        match self.renewed(caller, &connector, &ready).await? {
            None => answered(&connector, answer),
            Some(ready) => {
                let request = self.proxied(&ready, &theirs, whole)?;
                let sent = self.outbound().open(request, None, limits()).await;
                answered(&connector, sent)
            }
        }
    }

    /// The connection with a new credential, or nothing when the refusal says more
    /// about the request than about the credential.
    async fn renewed(
        &self,
        caller: &AccountCtx,
        connector: &Arc<Connector>,
        refused: &Ready,
    ) -> Result<Option<Ready>, Error> {
        let why = "a proxied request was refused";
        let after = self
            .after_refusal(caller, refused, why, Evidence::Weak)
            .await?;
        match after {
            AfterRefusal::Renewed(ready) => Ok(Some(*ready)),
            AfterRefusal::Stands => Ok(None),
            AfterRefusal::Expired => {
                Err(expired(&refused.stored.connection, &connector.name).into())
            }
        }
    }

    fn proxied(
        &self,
        ready: &Ready,
        theirs: &Theirs<'_>,
        body: Bytes,
    ) -> Result<HttpRequest, Error> {
        let bench = Bench::new(self);
        let access = bench.access(self, &ready.way, &ready.fields, ready.credential());
        let method = theirs.method.clone();
        let request = proxy_request(&access, method, theirs.path, theirs.headers, body);
        Ok(request.map_err(|fault| build_fault(&fault))?)
    }
}

fn limits() -> StreamLimits {
    StreamLimits::of(PATIENCE)
}

/// A signature covers the body, so that has to be here first.
async fn whole_of(mut chunks: Chunks) -> Result<Bytes, Fault> {
    let mut whole = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| {
            let message = format!("the body broke off: {error}");
            Fault::bad_request(FaultCode::BadRequest, message)
        })?;
        if whole.len() + chunk.len() > LONGEST_SIGNED {
            return Err(Fault::new(
                413,
                FaultCode::PayloadTooLarge,
                "This app wants its requests signed, and a signed body has at most 10 MiB",
            ));
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.freeze())
}

fn answered(
    connector: &Connector,
    sent: Result<StreamAnswer, SendFailure>,
) -> Result<Proxied, Error> {
    match sent {
        Ok(answer) => Ok(Proxied {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        }),
        Err(failure) => Err(unsent(connector, &failure).into()),
    }
}

fn unsent(connector: &Connector, failure: &SendFailure) -> Fault {
    let (status, class) = match failure {
        SendFailure::Refused(_) | SendFailure::Certificate(_) => (400, "permanent"),
        _ => (502, "transient"),
    };
    let name = &connector.name;
    Fault::new(
        status,
        FaultCode::ExternalApiFailure,
        format!("{name} could not be called: {failure}."),
    )
    .external()
    .with("error_class", class)
}
