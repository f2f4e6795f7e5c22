//! The one test binary of this crate.

mod avanan;
mod duo;
mod fingerprint;
mod http_signature;
mod inbound;
mod jwt;
mod oauth1;
mod saml;
mod sigv4;
mod wsse;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

/// Keys made for these tests; they open nothing.
mod keys {
    pub(crate) const RSA: &str = include_str!("keys/rsa_pkcs8.pem");
    pub(crate) const RSA_PKCS1: &str = include_str!("keys/rsa_pkcs1.pem");
    pub(crate) const RSA_PUBLIC: &str = include_str!("keys/rsa_public.pem");
    pub(crate) const RSA_PUBLIC_PKCS1: &str = include_str!("keys/rsa_public_pkcs1.pem");
    pub(crate) const RSA_1024: &str = include_str!("keys/rsa_1024.pem");
    pub(crate) const RSA_ODD_LENGTH: &str = include_str!("keys/rsa_odd_length.pem");
    pub(crate) const P256: &str = include_str!("keys/p256_pkcs8.pem");
    pub(crate) const P256_SEC1: &str = include_str!("keys/p256_sec1.pem");
    pub(crate) const P256_PUBLIC: &str = include_str!("keys/p256_public.pem");
    pub(crate) const P256_NO_PUBLIC: &str = include_str!("keys/p256_no_public.pem");
    pub(crate) const P384: &str = include_str!("keys/p384.pem");
    pub(crate) const ED25519: &str = include_str!("keys/ed25519.pem");
    pub(crate) const ED25519_PUBLIC: &str = include_str!("keys/ed25519_public.pem");
    pub(crate) const ENCRYPTED: &str = include_str!("keys/encrypted.pem");
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds * 1000)
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> HttpRequest {
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    let mut request = HttpRequest::new(method, url.parse().expect("a URL"));
    request.headers = header_map(headers);
    request.body = body.to_owned().into_bytes().into();
    request
}

fn header_map(headers: &[(&str, &str)]) -> HeaderMap {
    let pairs = headers.iter().map(|(name, value)| {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a header's name");
        (
            name,
            HeaderValue::from_str(value).expect("a header's value"),
        )
    });
    pairs.fold(HeaderMap::new(), |mut map, (name, value)| {
        map.append(name, value);
        map
    })
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    let value = request.headers.get(name).expect("the header is there");
    value.to_str().expect("ASCII")
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .expect("base64")
}

/// The bytes of a PEM text of one block.
fn pem_bytes(pem: &str) -> Vec<u8> {
    let lines: String = pem
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    base64(&lines)
}
