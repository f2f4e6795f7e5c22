//! What may happen to one token request.

use crate::seed::Seed;

/// The far side's mood, drawn for one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// It never arrives; the client notices at once, or not at all.
    LostRequest {
        hangs: bool,
    },
    /// It is acted upon, and the answer never arrives.
    LostReply {
        hangs: bool,
    },
    /// It takes so long, perhaps longer than any client waits, and acts at the beginning or
    /// at the end.
    Slow {
        ms: u64,
        acts_first: bool,
    },
    /// A page for people, whatever was done.
    Html {
        status: u16,
        acts: bool,
    },
    Broken {
        acts: bool,
    },
    Busy {
        retry_after_s: Option<u64>,
    },
    /// Good tokens in an answer that calls itself a page.
    WrongType,
    /// The tokens are in it, and it cannot be read.
    CutOff,
    NoLife,
}

impl Mood {
    pub(crate) fn draw(seed: &Seed, badness: u64) -> Self {
        if seed.between(0, 99) >= badness {
            return Self::Well;
        }
        let yes = seed.one_in(2);
        match seed.between(0, 10) {
            0 => Self::LostRequest { hangs: yes },
            1 => Self::LostReply { hangs: yes },
            2 | 3 => Self::Slow {
                ms: seed.between(1_000, 90_000),
                acts_first: yes,
            },
            4 => Self::Html {
                status: if seed.one_in(2) { 200 } else { 503 },
                acts: seed.one_in(6),
            },
            5 | 6 => Self::Broken {
                acts: seed.one_in(6),
            },
            7 => Self::Busy {
                retry_after_s: yes.then(|| seed.between(1, 60)),
            },
            8 => Self::WrongType,
            9 => Self::CutOff,
            _ => Self::NoLife,
        }
    }
}
