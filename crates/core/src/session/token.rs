//! The text of a session token: a JSON Web Token, HS256 and nothing else.
//!
//! Only one header is ever accepted, byte for byte, so there is no algorithm for a
//! forger to choose. The same row always gives the same text.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use trunnel_model::environment::Environment;
use trunnel_model::id::{AppId, SessionTokenId};
use trunnel_model::scope::Scope;
use trunnel_model::secret::Secret;
use trunnel_model::session::SessionToken;

/// `{"alg":"HS256","typ":"JWT"}`
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Longer texts are no token of ours.
const MAX_LEN: usize = 4096;

#[derive(Serialize, Deserialize)]
struct Claims {
    jti: String,
    org_id: String,
    app_id: String,
    linked_account_id: String,
    environment: String,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_refresh: bool,
}

/// What a token says of itself. Nothing of it may be trusted before
/// [`Unverified::verify`].
pub(super) struct Unverified<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    pub(super) scope: Scope,
    id: SessionTokenId,
}

/// Which half of the pair to write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    Access,
    Refresh,
}

pub(super) fn write(
    key: &Secret,
    scope: &Scope,
    organization: &str,
    token: &SessionToken,
    half: Half,
) -> String {
    let expires_at = match half {
        Half::Access => token.expires_at,
        Half::Refresh => token.refresh_expires_at,
    };
    let claims = Claims {
        jti: token.id.as_str().to_owned(),
        org_id: organization.to_owned(),
        app_id: scope.app().as_str().to_owned(),
        linked_account_id: token.account_id.as_str().to_owned(),
        environment: scope.environment().wire().to_owned(),
        iat: token.created_at.as_seconds(),
        exp: expires_at.as_seconds(),
        is_refresh: half == Half::Refresh,
    };
    // Texts and numbers always serialize.
    let claims = serde_json::to_vec(&claims).unwrap_or_default();
    let signed = format!("{HEADER}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(mac(key, &signed).finalize().into_bytes());
    format!("{signed}.{signature}")
}

/// Reads an access token; a refresh token is none.
pub(super) fn read(text: &str) -> Option<Unverified<'_>> {
    if text.len() > MAX_LEN {
        return None;
    }
    let (signed, signature) = text.rsplit_once('.')?;
    let claims = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    if claims.is_refresh {
        return None;
    }
    let app = AppId::parse(&claims.app_id).ok()?;
    let environment = Environment::parse(&claims.environment).ok()?;
    Some(Unverified {
        signed,
        signature: URL_SAFE_NO_PAD.decode(signature).ok()?,
        scope: Scope::verified(app, environment),
        id: SessionTokenId::parse(&claims.jti).ok()?,
    })
}

impl Unverified<'_> {
    /// The token's id, if the environment's key has signed it. The comparison takes
    /// the same time wherever the two differ.
    pub(super) fn verify(self, key: &Secret) -> Option<SessionTokenId> {
        mac(key, self.signed).verify_slice(&self.signature).ok()?;
        Some(self.id)
    }
}

fn mac(key: &Secret, signed: &str) -> Hmac<Sha256> {
    // HMAC takes keys of any length.
    #[expect(clippy::expect_used, reason = "HMAC accepts every key length")]
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(key.expose().as_bytes()).expect("any length");
    mac.update(signed.as_bytes());
    mac
}
