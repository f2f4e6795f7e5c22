//! Knowing whether a request was ever given to a connection.
//!
//! hyper asks a body whether it is empty at the very moment it takes a request
//! to write it, and not before. The body therefore is a witness: as long as it
//! was never asked, no byte of the request can have left. That tells a failure to
//! connect from a failure after sending, whatever form the error has, and it
//! still holds when our own deadline ends the wait in the middle.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

const WAITING: u8 = 0;
const HANDED_OVER: u8 = 1;
const ABANDONED: u8 = 2;

/// The fate of one exchange, shared by the one who waits and the one who sends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Handover(Arc<AtomicU8>);

impl Handover {
    /// Gives up. True when nothing was handed over, and from then on nothing
    /// will be: a sender that comes later finds the body broken.
    pub(crate) fn abandon(&self) -> bool {
        self.settle(ABANDONED)
    }

    pub(crate) fn hand_over(&self) -> bool {
        self.settle(HANDED_OVER)
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Acquire) == ABANDONED
    }

    /// The first to settle wins; everyone learns whether the fate is theirs.
    fn settle(&self, fate: u8) -> bool {
        let order = (Ordering::AcqRel, Ordering::Acquire);
        match self.0.compare_exchange(WAITING, fate, order.0, order.1) {
            Ok(_) => true,
            Err(settled) => settled == fate,
        }
    }

    pub(crate) fn body(&self, bytes: Bytes) -> Parcel {
        Parcel {
            bytes,
            handover: self.clone(),
        }
    }
}

/// A request body that notes when it is taken.
pub(crate) struct Parcel {
    bytes: Bytes,
    handover: Handover,
}

/// Ends the connection of a request nobody waits for any more.
#[derive(Debug, thiserror::Error)]
#[error("the request was abandoned")]
pub(crate) struct Abandoned;

impl Body for Parcel {
    type Data = Bytes;
    type Error = Abandoned;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Abandoned>>> {
        if !self.handover.hand_over() {
            return Poll::Ready(Some(Err(Abandoned)));
        }
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.handover.hand_over() && self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        // An abandoned body has no length, so that hyper must ask for its data
        // and meet the error before the request is complete.
        if self.handover.is_abandoned() {
            return SizeHint::default();
        }
        SizeHint::with_exact(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn poll(parcel: &mut Parcel) -> Poll<Option<Result<Frame<Bytes>, Abandoned>>> {
        Pin::new(parcel).poll_frame(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn a_taken_request_cannot_be_called_unsent() {
        let handover = Handover::default();
        let parcel = handover.body(Bytes::new());
        assert!(parcel.is_end_stream());
        assert!(!handover.abandon());
    }

    #[test]
    fn an_abandoned_request_can_no_longer_be_completed() {
        for bytes in [Bytes::new(), Bytes::from_static(b"body")] {
            let handover = Handover::default();
            let mut parcel = handover.body(bytes);
            assert!(handover.abandon());
            assert!(!parcel.is_end_stream());
            assert_eq!(parcel.size_hint().exact(), None);
            assert!(matches!(
                poll(&mut parcel),
                Poll::Ready(Some(Err(Abandoned)))
            ));
            assert!(handover.abandon(), "giving up twice is still giving up");
        }
    }

    #[test]
    fn asking_for_the_length_hands_nothing_over() {
        let handover = Handover::default();
        let parcel = handover.body(Bytes::from_static(b"body"));
        assert_eq!(parcel.size_hint().exact(), Some(4));
        assert!(handover.abandon());
    }
}
