//! Parameters of a query or a form.

use url::form_urlencoded;

/// Longer than anything a client has reason to send.
const MAX_LEN: usize = 4096;

/// The parameters this provider reads. Sending one of them twice is an error (RFC
/// 6749, 3.1); what it does not know may come as often as it likes.
const READ_ONCE: [&str; 17] = [
    "client_id",
    "client_secret",
    "code",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "decision",
    "email",
    "grant_type",
    "password",
    "redirect_uri",
    "refresh_token",
    "response_type",
    "scope",
    "state",
    "ticket",
    "token",
];

pub(crate) struct Params(Vec<(String, String)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadParams {
    #[error("the parameters are not UTF-8")]
    NotText,
    #[error("a parameter is longer than 4096 bytes")]
    TooLong,
    #[error("a parameter appears twice")]
    Repeated,
}

impl Params {
    pub(crate) fn parse(encoded: &[u8]) -> Result<Self, BadParams> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(encoded)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        // The decoder puts this character where bytes are not UTF-8; nobody means it.
        let damaged = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
        if pairs
            .iter()
            .any(|(name, value)| damaged(name) || damaged(value))
        {
            return Err(BadParams::NotText);
        }
        if pairs.iter().any(|(_, value)| value.len() > MAX_LEN) {
            return Err(BadParams::TooLong);
        }
        let times = |known: &str| pairs.iter().filter(|(name, _)| name == known).count();
        if READ_ONCE.iter().any(|known| times(known) > 1) {
            return Err(BadParams::Repeated);
        }
        Ok(Self(pairs))
    }

    /// A parameter without a value counts as one that was not sent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}
