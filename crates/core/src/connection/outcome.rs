//! What one exchange at a token endpoint comes to.

use trunnel_catalog::{TokenAnswer, TokenFault, TokenFaultKind};
use trunnel_model::secret::Secret;
use trunnel_outbound::SendFailure;

use super::story::Trouble;
use crate::pressure::Verdict;
use crate::scrub::{answer_without, without};

/// What one exchange came to.
pub(super) enum Outcome {
    Renewed(Box<TokenAnswer>),
    /// The provider has ended the grant, in its own words.
    Dead(Trouble),
    /// The developer's client is refused; the grant may be fine.
    ClientRefused(Trouble),
    /// It cannot even be asked for: the request may not be sent, whenever it is tried.
    Refused(Trouble),
    /// Worth another try.
    Failed {
        why: Trouble,
        busy: bool,
        wait_ms: Option<u64>,
    },
}

impl Outcome {
    /// What it says of the provider, and not of this connection.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Renewed(_) | Self::Dead(_) | Self::ClientRefused(_) => Some(Verdict::Answered),
            Self::Refused(_) => None,
            Self::Failed {
                busy: true,
                wait_ms,
                ..
            } => Some(Verdict::Busy { asked_ms: *wait_ms }),
            Self::Failed { .. } => Some(Verdict::Failing),
        }
    }
}

/// No answer. What may not be sent now may not be sent later, either: the connection's
/// certificate is of no use, or its address is one that nobody may call.
pub(super) fn unsent(failure: &SendFailure) -> Outcome {
    let why = Trouble::from(failure.to_string().as_str());
    match failure {
        SendFailure::Refused(_) | SendFailure::Certificate(_) => Outcome::Refused(why),
        _ => Outcome::Failed {
            why,
            busy: false,
            wait_ms: None,
        },
    }
}

/// `typed`: the customer's own values were exchanged, so there is no client of the
/// developer's that could be refused, and a plain "no" is about those values.
pub(super) fn outcome_of(fault: &TokenFault, typed: bool, secrets: &[&Secret]) -> Outcome {
    let answer = (!fault.answer.is_empty()).then(|| answer_without(&fault.answer, secrets));
    let told = |message: String| Trouble {
        message,
        provider: answer.clone(),
    };
    let words = || {
        let code = fault.error.as_deref().unwrap_or("no code");
        let words = match &fault.description {
            Some(description) => format!("{code}: {description}"),
            None => code.to_owned(),
        };
        told(without(words, secrets))
    };
    match fault.kind {
        TokenFaultKind::GrantDead => Outcome::Dead(words()),
        TokenFaultKind::ClientRefused if typed => Outcome::Dead(words()),
        TokenFaultKind::Nonsense if typed && matches!(fault.status, 401 | 403) => {
            Outcome::Dead(words())
        }
        TokenFaultKind::ClientRefused => Outcome::ClientRefused(words()),
        TokenFaultKind::Transient { retry_after_s } => Outcome::Failed {
            why: told(format!("its token endpoint answered {}", fault.status)),
            busy: fault.status == 429,
            wait_ms: retry_after_s.map(|s| s.saturating_mul(1000)),
        },
        TokenFaultKind::Nonsense => Outcome::Failed {
            why: told(format!(
                "its token endpoint sent no token ({})",
                fault.status
            )),
            busy: false,
            wait_ms: None,
        },
    }
}
