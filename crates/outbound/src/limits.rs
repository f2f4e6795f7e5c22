//! What one exchange may take.

use std::time::Duration;

use tokio::time::Instant;

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
pub(crate) struct Bounds {
    pub(crate) deadline: Instant,
    pub(crate) most: usize,
    pub(crate) keep: Option<usize>,
}

/// What a request may take whose answer, and perhaps whose body, is a stream.
///
/// There is no limit to the whole: a stream may last as long as it moves.
#[derive(Debug, Clone, Copy)]
pub struct StreamLimits {
    /// Until a connection takes the request; the client's own limit holds, too.
    pub connect: Duration,
    /// From the last byte of the request to the head of the answer.
    pub head: Duration,
    /// The longest pause between two chunks, in either direction. A reader's own pauses
    /// do not count.
    pub idle: Duration,
    /// The longest body that is sent; a longer one is a failure.
    pub max_request_bytes: Option<u64>,
    /// The longest body that is read; a longer one is a failure.
    pub max_answer_bytes: Option<u64>,
}

impl StreamLimits {
    /// The same patience for everything, and bodies of any size.
    pub const fn of(patience: Duration) -> Self {
        Self {
            connect: patience,
            head: patience,
            idle: patience,
            max_request_bytes: None,
            max_answer_bytes: None,
        }
    }

    /// No single wait is longer than the longest exchange the client allows.
    pub(crate) fn within(self, longest: Duration) -> Self {
        Self {
            connect: self.connect.min(longest),
            head: self.head.min(longest),
            idle: self.idle.min(longest),
            ..self
        }
    }
}
