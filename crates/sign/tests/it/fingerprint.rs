use proptest::prelude::*;
use trunnel_sign::fingerprint::public_key;

use crate::{keys, secret};

#[test]
fn private_and_public_keys_have_one_fingerprint() {
    // As `openssl pkey -pubout -outform DER | openssl dgst -sha256 -binary | base64` says.
    let rsa = "SHA256:Ly5kWLg9w3qgLxRjLjo6tIETGx+zqN8dlEZ37rso6dQ=";
    let p256 = "SHA256:np6rGAayx9O9Fq4U23zZGyWkLXtprXgXmg8jJROJ0yk=";
    let ed25519 = "SHA256:FF4rN1P4hoURlXIyV5/jHZDMIykHE5kBFzG7Z4QJPsk=";
    for (pem, expected) in [
        (keys::RSA, rsa),
        (keys::RSA_PKCS1, rsa),
        (keys::RSA_PUBLIC, rsa),
        (keys::RSA_PUBLIC_PKCS1, rsa),
        (keys::P256, p256),
        (keys::P256_SEC1, p256),
        (keys::P256_PUBLIC, p256),
        (keys::ED25519, ed25519),
        (keys::ED25519_PUBLIC, ed25519),
    ] {
        assert_eq!(public_key(&secret(pem)).as_deref(), Ok(expected));
    }
}

#[test]
fn a_key_may_be_pasted_from_json_or_onto_one_line() {
    let plain = public_key(&secret(keys::RSA)).expect("a key");
    for pasted in [
        keys::RSA.replace('\n', "\\n"),
        keys::RSA.replace('\n', "\r\n"),
        keys::RSA.replace('\n', " "),
        keys::RSA.replace('\n', ""),
        format!("Bag Attributes\n  name: x\n{}\n\n", keys::RSA),
    ] {
        assert_eq!(public_key(&secret(&pasted)).as_ref(), Ok(&plain));
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,60}", bytes: Vec<u8>, label in 0_usize..4) {
        use base64::Engine as _;
        let _ = public_key(&secret(&text));
        let label = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "PUBLIC KEY"][label];
        let body = base64::engine::general_purpose::STANDARD.encode(bytes);
        let pem = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----");
        let _ = public_key(&secret(&pem));
    }

    /// A damaged key is refused or is another key, but never a panic.
    #[test]
    fn no_damage_panics(at in 30_usize..1600, to in "[A-Za-z0-9+/=\n]") {
        let mut pem = keys::RSA.to_owned();
        prop_assume!(at < pem.len() - 30);
        pem.replace_range(at..=at, &to);
        let _ = public_key(&secret(&pem));
    }
}
