//! Tokens that came in.

use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde_json::{Map, Value};
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

use crate::digest::{Hash, hmac_matches};
use crate::encode::{KeyEncoding, unbase64_url};
use crate::fault::SignFault;
use crate::key::rsa_public_key;

/// Two machines' clocks may differ by this many seconds.
const LEEWAY: i64 = 60;
/// Longer ones are no tokens; nothing is spent on reading them.
const LONGEST: usize = 64 * 1024;

/// The one algorithm that is accepted, with its key. The token's own header decides
/// nothing: it only has to agree.
#[derive(Debug, Clone, Copy)]
pub enum VerifyKey<'a> {
    Hs256 {
        secret: &'a Secret,
        encoding: KeyEncoding,
    },
    /// A public key in PEM.
    Rs256 { public_key: &'a str },
    /// The same as a JSON Web Key's bytes.
    Rs256Parts {
        modulus: &'a [u8],
        exponent: &'a [u8],
    },
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtRefusal {
    #[error("it is no JSON Web Token: three parts in base64url, joined by dots")]
    Form,
    #[error("it is signed with another algorithm than {0}")]
    Algorithm(&'static str),
    #[error("its header demands an extension (`crit`) that is not known here")]
    Critical,
    #[error("its signature does not match")]
    Signature,
    #[error("it has ended (`exp`)")]
    Expired,
    #[error("it is not valid yet (`nbf`)")]
    TooEarly,
    #[error("its claim `{0}` is no number")]
    Claim(&'static str),
    #[error("{0}")]
    Key(SignFault),
}

/// The claims of a token whose signature and times are right. Who it is for and who
/// made it are for the caller to look at.
pub fn verify(
    token: &str,
    key: &VerifyKey<'_>,
    now: Timestamp,
) -> Result<Map<String, Value>, JwtRefusal> {
    if token.len() > LONGEST {
        return Err(JwtRefusal::Form);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(JwtRefusal::Form)?;
    let (header, claims) = signed.split_once('.').ok_or(JwtRefusal::Form)?;
    check_header(&object(header)?, key)?;
    let signature = unbase64_url(signature).ok_or(JwtRefusal::Form)?;
    check_signature(key, signed.as_bytes(), &signature)?;
    let claims = object(claims)?;
    check_times(&claims, now.as_seconds())?;
    Ok(claims)
}

fn object(part: &str) -> Result<Map<String, Value>, JwtRefusal> {
    let bytes = unbase64_url(part).ok_or(JwtRefusal::Form)?;
    serde_json::from_slice(&bytes).map_err(|_| JwtRefusal::Form)
}

fn check_header(header: &Map<String, Value>, key: &VerifyKey<'_>) -> Result<(), JwtRefusal> {
    let name = match key {
        VerifyKey::Hs256 { .. } => "HS256",
        VerifyKey::Rs256 { .. } | VerifyKey::Rs256Parts { .. } => "RS256",
    };
    if header.get("alg").and_then(Value::as_str) != Some(name) {
        return Err(JwtRefusal::Algorithm(name));
    }
    if header.contains_key("crit") {
        return Err(JwtRefusal::Critical);
    }
    Ok(())
}

fn check_signature(
    key: &VerifyKey<'_>,
    message: &[u8],
    signature: &[u8],
) -> Result<(), JwtRefusal> {
    let matches = match key {
        VerifyKey::Hs256 { secret, encoding } => {
            let key = encoding.bytes(secret, "signing secret");
            let key = key.map_err(JwtRefusal::Key)?;
            hmac_matches(Hash::Sha256, &key, message, signature)
        }
        VerifyKey::Rs256 { public_key } => {
            let key = rsa_public_key(public_key).map_err(JwtRefusal::Key)?;
            UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                .verify(message, signature)
                .is_ok()
        }
        VerifyKey::Rs256Parts { modulus, exponent } => RsaPublicKeyComponents {
            n: without_zeros(modulus),
            e: without_zeros(exponent),
        }
        .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
        .is_ok(),
    };
    if matches {
        Ok(())
    } else {
        Err(JwtRefusal::Signature)
    }
}

/// Some write a number with a zero before it, which the library refuses.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

fn check_times(claims: &Map<String, Value>, now: i64) -> Result<(), JwtRefusal> {
    if let Some(end) = seconds(claims, "exp")?
        && end <= now.saturating_sub(LEEWAY)
    {
        return Err(JwtRefusal::Expired);
    }
    if let Some(start) = seconds(claims, "nbf")?
        && start > now.saturating_add(LEEWAY)
    {
        return Err(JwtRefusal::TooEarly);
    }
    Ok(())
}

/// Whole seconds; a fraction is allowed and cut off.
fn seconds(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, JwtRefusal> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let text = match value {
        Value::Number(number) => number.to_string(),
        _ => return Err(JwtRefusal::Claim(name)),
    };
    let whole = text.split('.').next().unwrap_or_default();
    whole.parse().map(Some).map_err(|_| JwtRefusal::Claim(name))
}
