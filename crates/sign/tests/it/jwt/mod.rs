mod make;
mod verify;

use serde_json::{Map, Value, json};
use trunnel_sign::jwt::{Algorithm, sign};
use trunnel_sign::{KeyEncoding, SignFault};

use crate::secret;

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().expect("an object").clone()
}

fn claims() -> Map<String, Value> {
    object(&json!({
        "iss": "client",
        "aud": "https://example.com/token",
        "iat": 1_700_000_000,
        "exp": 1_700_000_300
    }))
}

fn signed(algorithm: Algorithm, key: &str, header: &Value) -> Result<String, SignFault> {
    let utf8 = KeyEncoding::Utf8;
    let token = sign(algorithm, &secret(key), utf8, &object(header), &claims())?;
    Ok(token.expose().to_owned())
}
