//! Exchanges whose answer is handed over as soon as its head is there.

use std::fmt;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http::HeaderMap;
use http_body::Body as _;
use reqwest::{Body, Response};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};
use trunnel_model::http::HttpRequest;

use crate::client::{Inner, outgoing};
use crate::failure::{SendFailure, StreamFailure};
use crate::handover::Handover;
use crate::limits::StreamLimits;
use crate::redirect::{Head, Hop};
use crate::upload::{RequestStream, Upload};

/// One exchange, over however many hops.
pub(crate) struct Opening<'a> {
    pub(crate) inner: &'a Inner,
    pub(crate) limits: StreamLimits,
    pub(crate) handover: Handover,
}

impl Opening<'_> {
    /// Sends the head of `request` and then `body`, and waits for the answer's head.
    pub(crate) async fn once(
        &self,
        request: HttpRequest,
        body: RequestStream,
    ) -> Result<StreamAnswer, SendFailure> {
        let client = self.inner.client_for(&request)?;
        let upload = Upload::new(self.handover.clone(), self.limits);
        let (reader, gone) = oneshot::channel();
        let body = Body::wrap(upload.body(body, gone)?);
        let sent = client.execute(outgoing(request, body));
        let response = head(sent, &upload).await?;
        self.answer(response, upload, reader)
    }

    fn answer(
        &self,
        response: Response,
        upload: Arc<Upload>,
        reader: oneshot::Sender<()>,
    ) -> Result<StreamAnswer, SendFailure> {
        let length = response.content_length();
        let most = self.limits.max_answer_bytes.unwrap_or(u64::MAX);
        if length.is_some_and(|length| length > most) {
            return Err(SendFailure::TooLarge);
        }
        let (head, body) = http::Response::from(response).into_parts();
        let body = AnswerStream {
            body: Some(body),
            length,
            left: most,
            idle: self.limits.idle,
            waiting: None,
            alarm: None,
            upload,
            _reader: reader,
        };
        Ok(StreamAnswer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }
}

impl Hop for Opening<'_> {
    type Answer = StreamAnswer;

    async fn hop(&self, mut request: HttpRequest) -> Result<StreamAnswer, SendFailure> {
        let body = RequestStream::whole(std::mem::take(&mut request.body));
        self.once(request, body).await
    }
}

/// Waits for the head as long as the request's progress justifies.
async fn head(
    sent: impl Future<Output = reqwest::Result<Response>>,
    upload: &Upload,
) -> Result<Response, SendFailure> {
    let mut sent = pin!(sent);
    loop {
        let deadline = upload.deadline();
        tokio::select! {
            biased;
            sent = &mut sent => return sent.map_err(|error| upload.broken(&error)),
            () = upload.changed() => {}
            () = sleep_until(deadline) => if upload.deadline() <= deadline {
                return Err(upload.late());
            }
        }
    }
}

/// An answer whose body is still on its way.
pub struct StreamAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: AnswerStream,
}

impl Head for StreamAnswer {
    fn status(&self) -> u16 {
        self.status
    }

    fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

impl fmt::Debug for StreamAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamAnswer")
            .field("status", &self.status)
            .field("length", &self.body.length)
            .finish_non_exhaustive()
    }
}

/// The body of an answer.
///
/// It is read from the connection as it is asked for, so a reader that pauses makes the
/// server pause. It ends without an error only when the server said that this was all
/// of it. Dropping it before then closes the connection.
pub struct AnswerStream {
    /// Gone after the end or a failure.
    body: Option<Body>,
    length: Option<u64>,
    /// How much may come.
    left: u64,
    idle: Duration,
    /// Since when a chunk is waited for.
    waiting: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
    upload: Arc<Upload>,
    /// Its end is what stops a request that is still being sent.
    _reader: oneshot::Sender<()>,
}

impl AnswerStream {
    /// The length of the whole body, when the server announced one.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    fn take(&mut self, chunk: Bytes) -> Result<Bytes, StreamFailure> {
        let size = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        let left = self.left.checked_sub(size);
        self.left = left.ok_or(StreamFailure::TooLarge)?;
        Ok(chunk)
    }

    /// Ready when the server has been still for too long.
    ///
    /// The alarm is not set anew for each chunk; when it rings too early, it is for the
    /// time that is left.
    fn poll_stalled(&mut self, context: &mut Context<'_>) -> Poll<StreamFailure> {
        let waiting = *self.waiting.get_or_insert_with(Instant::now);
        let first = || Box::pin(sleep_until(waiting + self.idle));
        let alarm = self.alarm.get_or_insert_with(first);
        loop {
            ready!(alarm.as_mut().poll(context));
            // A server that is still taking the request may well not answer yet.
            let moved = self.upload.still_since().unwrap_or(waiting);
            let until = moved.max(waiting) + self.idle;
            if until <= Instant::now() {
                return Poll::Ready(StreamFailure::Stalled);
            }
            alarm.as_mut().reset(until);
        }
    }

    fn broken(&self) -> StreamFailure {
        let cause = self.upload.failed();
        cause.map_or(StreamFailure::BrokenOff, StreamFailure::Request)
    }
}

impl Stream for AnswerStream {
    type Item = Result<Bytes, StreamFailure>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, StreamFailure>>> {
        loop {
            let Some(body) = &mut self.body else {
                return Poll::Ready(None);
            };
            let next = match Pin::new(body).poll_frame(context) {
                Poll::Pending => Some(Err(ready!(self.poll_stalled(context)))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(chunk) if !chunk.is_empty() => Some(self.take(chunk)),
                    // Trailers are of no use to anyone here.
                    _ => continue,
                },
                Poll::Ready(Some(Err(_))) => Some(Err(self.broken())),
                Poll::Ready(None) => None,
            };
            self.waiting = None;
            if !matches!(next, Some(Ok(_))) {
                self.body = None;
            }
            return Poll::Ready(next);
        }
    }
}

impl fmt::Debug for AnswerStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnswerStream")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}
