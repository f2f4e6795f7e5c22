//! Request bodies that are sent as they come.
//!
//! The connection asks for a chunk when it has room for one, so a server that does not
//! read holds up whoever makes the chunks, and nothing piles up here.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, future, stream};
use http_body::{Body, Frame, SizeHint};
use parking_lot::Mutex;
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::failure::{BodyFailure, SendFailure};
use crate::handover::{Abandoned, Handover};
use crate::limits::StreamLimits;

/// A source that failed. Why is for its owner to know, and for no log of ours.
struct SourceFailed;

type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, SourceFailed>> + Send>>;

/// The body of a request, made while it is sent.
pub struct RequestStream {
    chunks: Chunks,
    length: Option<u64>,
}

impl RequestStream {
    /// A body that ends when the stream does. An error of the stream breaks the request
    /// off, so that the server does not take a part for the whole.
    pub fn new<E>(chunks: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Self {
        let chunks = chunks.map(|chunk| chunk.map_err(|_| SourceFailed));
        Self {
            chunks: Box::pin(chunks),
            length: None,
        }
    }

    /// The server is told the length beforehand; a stream that turns out shorter or
    /// longer is a failure.
    #[must_use]
    pub fn of_length(self, bytes: u64) -> Self {
        let length = Some(bytes);
        Self { length, ..self }
    }

    pub(crate) fn whole(bytes: Bytes) -> Self {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let once = future::ready(Ok::<_, SourceFailed>(bytes));
        Self::new(stream::once(once)).of_length(length)
    }
}

/// How far a request has come, for the one who waits for its answer.
pub(crate) struct Upload {
    handover: Handover,
    limits: StreamLimits,
    state: Mutex<State>,
    /// Rings when the phase changes, because each has a deadline of its own.
    changed: Notify,
}

#[derive(Debug, Clone, Copy)]
struct State {
    phase: Phase,
    /// Since when nothing has moved.
    since: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Connecting,
    /// The server has to take the chunk before it gets another.
    Sending,
    /// The source has to bring a chunk.
    Asking,
    Sent,
    Failed(BodyFailure),
}

impl Upload {
    pub(crate) fn new(handover: Handover, limits: StreamLimits) -> Arc<Self> {
        let state = State {
            phase: Phase::Connecting,
            since: Instant::now(),
        };
        Arc::new(Self {
            handover,
            limits,
            state: Mutex::new(state),
            changed: Notify::new(),
        })
    }

    /// The body to send, which breaks off when `reader` is gone: nobody wants the
    /// answer any more.
    pub(crate) fn body(
        self: &Arc<Self>,
        stream: RequestStream,
        reader: oneshot::Receiver<()>,
    ) -> Result<UploadBody, SendFailure> {
        let most = self.limits.max_request_bytes.unwrap_or(u64::MAX);
        if stream.length.is_some_and(|length| length > most) {
            return Err(SendFailure::Body {
                cause: BodyFailure::TooLarge,
                sent: false,
            });
        }
        Ok(UploadBody {
            upload: Arc::clone(self),
            chunks: Mutex::new(stream.chunks),
            left: stream.length,
            most,
            reader,
        })
    }

    /// Resolves when [`Self::deadline`] is no longer what it was, or later than it was.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// When waiting for the answer's head has become pointless, as things stand.
    pub(crate) fn deadline(&self) -> Instant {
        let state = *self.state.lock();
        let patience = match state.phase {
            Phase::Connecting => self.limits.connect,
            Phase::Sending | Phase::Asking => self.limits.idle,
            Phase::Sent | Phase::Failed(_) => self.limits.head,
        };
        state.since + patience
    }

    /// Since when nothing has moved, unless the server has all it gets.
    pub(crate) fn still_since(&self) -> Option<Instant> {
        let state = *self.state.lock();
        matches!(state.phase, Phase::Sending | Phase::Asking).then_some(state.since)
    }

    /// The body's own failure, which the connection's is only a consequence of.
    pub(crate) fn failed(&self) -> Option<BodyFailure> {
        match self.state.lock().phase {
            Phase::Failed(cause) => Some(cause),
            _ => None,
        }
    }

    /// The deadline has passed.
    pub(crate) fn late(&self) -> SendFailure {
        let phase = self.state.lock().phase;
        let cause = match phase {
            Phase::Asking => BodyFailure::Stalled,
            Phase::Failed(cause) => cause,
            _ => return SendFailure::late(&self.handover),
        };
        SendFailure::Body { cause, sent: true }
    }

    /// The client gave up.
    pub(crate) fn broken(&self, error: &reqwest::Error) -> SendFailure {
        self.failed().map_or_else(
            || SendFailure::of(error, &self.handover),
            |cause| SendFailure::Body { cause, sent: true },
        )
    }

    fn enter(&self, phase: Phase) {
        let since = Instant::now();
        let before = std::mem::replace(&mut *self.state.lock(), State { phase, since });
        if before.phase != phase {
            self.changed.notify_one();
        }
    }

    /// As [`Self::enter`], unless that is where things stand already: being asked
    /// again for a chunk that has not come starts no new wait.
    fn stay(&self, phase: Phase) {
        if self.state.lock().phase != phase {
            self.enter(phase);
        }
    }

    /// Whether the request is this exchange's to send; the first time, it begins.
    fn begin(&self, empty: bool) -> bool {
        let ours = self.handover.hand_over();
        if ours && self.state.lock().phase == Phase::Connecting {
            self.enter(if empty { Phase::Sent } else { Phase::Sending });
        }
        ours
    }
}

/// A request body that keeps its exchange informed.
pub(crate) struct UploadBody {
    upload: Arc<Upload>,
    /// Never locked: it only makes the body shareable, as the client wants it.
    chunks: Mutex<Chunks>,
    /// How much of the announced length is to come.
    left: Option<u64>,
    /// How much may come.
    most: u64,
    reader: oneshot::Receiver<()>,
}

impl UploadBody {
    fn is_unread(&mut self, context: &mut Context<'_>) -> bool {
        let reader = &mut self.reader;
        reader.is_terminated() || Pin::new(reader).poll(context).is_ready()
    }

    fn take(&mut self, chunk: Bytes) -> Result<Frame<Bytes>, Abandoned> {
        let size = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        let Some(most) = self.most.checked_sub(size) else {
            return Err(self.fail(BodyFailure::TooLarge));
        };
        self.most = most;
        if let Some(left) = self.left {
            let Some(left) = left.checked_sub(size) else {
                return Err(self.fail(BodyFailure::Length));
            };
            self.left = Some(left);
        }
        let last = self.left == Some(0);
        self.upload
            .enter(if last { Phase::Sent } else { Phase::Sending });
        Ok(Frame::data(chunk))
    }

    fn end(&self) -> Option<Result<Frame<Bytes>, Abandoned>> {
        if self.left.is_some_and(|left| left > 0) {
            return Some(Err(self.fail(BodyFailure::Length)));
        }
        self.upload.stay(Phase::Sent);
        None
    }

    /// Nothing that comes now could make the request whole.
    fn fail(&self, cause: BodyFailure) -> Abandoned {
        self.upload.enter(Phase::Failed(cause));
        Abandoned
    }
}

impl Body for UploadBody {
    type Data = Bytes;
    type Error = Abandoned;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Abandoned>>> {
        if self.is_unread(context) || !self.upload.begin(false) {
            return Poll::Ready(Some(Err(Abandoned)));
        }
        loop {
            let next = self.chunks.get_mut().as_mut().poll_next(context);
            if next.is_pending() {
                self.upload.stay(Phase::Asking);
            }
            return Poll::Ready(match ready!(next) {
                Some(Ok(chunk)) if chunk.is_empty() => continue,
                Some(Ok(chunk)) => Some(self.take(chunk)),
                Some(Err(SourceFailed)) => Some(Err(self.fail(BodyFailure::Source))),
                None => self.end(),
            });
        }
    }

    fn is_end_stream(&self) -> bool {
        let empty = self.left == Some(0);
        self.upload.begin(empty) && empty
    }

    fn size_hint(&self) -> SizeHint {
        // As for a whole body: an abandoned one has no length.
        match self.left {
            Some(left) if !self.upload.handover.is_abandoned() => SizeHint::with_exact(left),
            _ => SizeHint::default(),
        }
    }
}
