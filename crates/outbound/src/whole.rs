//! Exchanges whose answer is read whole before it is handed over.

use bytes::{Bytes, BytesMut};
use reqwest::{Body, Response};
use tokio::time::{Instant, timeout_at};
use trunnel_model::http::{HttpAnswer, HttpRequest};

use crate::client::{Inner, outgoing};
use crate::failure::SendFailure;
use crate::handover::Handover;
use crate::limits::Bounds;
use crate::redirect::Hop;

/// What is set aside for an answer before any of it has come.
const FIRST_BUFFER: usize = 64 * 1024;

/// One exchange, over however many hops.
pub(crate) struct Whole<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) bounds: Bounds,
    pub(crate) handover: Handover,
}

impl Hop for Whole<'_> {
    type Answer = HttpAnswer;

    async fn hop(&self, mut request: HttpRequest) -> Result<HttpAnswer, SendFailure> {
        let (bounds, handover) = (&self.bounds, &self.handover);
        let client = self.inner.client_for(&request)?;
        let body = Body::wrap(handover.body(std::mem::take(&mut request.body)));
        let late = || SendFailure::late(handover);
        let sent = client.execute(outgoing(request, body));
        let sent = timeout_at(bounds.deadline, sent).await;
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
