use proptest::prelude::*;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use trunnel_sign::oauth1::{OAuth1, SignatureMethod, base_string};

use super::{parameter, percent_decode, signer};
use crate::{at, base64, header, keys, pem_bytes, request, secret};

/// What was signed, rebuilt from the header that was sent.
fn signed_text(request: &trunnel_model::http::HttpRequest) -> String {
    let value = header(request, "authorization");
    let own: Vec<(String, String)> = value["OAuth ".len()..]
        .split(", ")
        .filter_map(|entry| entry.split_once('='))
        .map(|(name, value)| (name.to_owned(), percent_decode(value.trim_matches('"'))))
        .filter(|(name, _)| name != "oauth_signature" && name != "realm")
        .collect();
    base_string(request, &own).expect("a host")
}

#[test]
fn rsa_sha1_verifies_with_the_public_key() {
    let empty = secret("");
    for pem in [keys::RSA, keys::RSA_PKCS1] {
        let key = secret(pem);
        let signer = OAuth1 {
            private_key: Some(&key),
            ..signer(SignatureMethod::RsaSha1, &empty, &empty)
        };
        let mut call = request("GET", "https://jira.example.com/rest/api/2/myself", &[], "");
        signer
            .sign(&mut call, "n", at(1_700_000_000))
            .expect("signed");
        let signature = parameter(header(&call, "authorization"), "oauth_signature");
        let public = pem_bytes(keys::RSA_PUBLIC_PKCS1);
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, public)
            .verify(
                signed_text(&call).as_bytes(),
                &base64(&signature.expect("a signature")),
            )
            .expect("it verifies");
    }
}

#[test]
fn rsa_sha1_takes_old_and_odd_keys_and_signs_as_long_as_they_are() {
    let empty = secret("");
    for (pem, length) in [(keys::RSA_1024, 128), (keys::RSA_ODD_LENGTH, 138)] {
        let key = secret(pem);
        let signer = OAuth1 {
            private_key: Some(&key),
            ..signer(SignatureMethod::RsaSha1, &empty, &empty)
        };
        let mut call = request("GET", "https://jira.example.com/", &[], "");
        signer.sign(&mut call, "n", at(1)).expect("signed");
        let signature = parameter(header(&call, "authorization"), "oauth_signature");
        let signature = base64(&signature.expect("a signature"));
        assert_eq!(signature.len(), length);
    }
}

proptest! {
    // Each case is two signatures, which are slow in an unoptimised build.
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// The signature is checked before it is given out, so that a damaged key either
    /// signs as the whole one does or not at all.
    #[test]
    fn a_damaged_key_gives_no_wrong_signature(at_char in 300_usize..860, to in "[A-Za-z0-9+/]") {
        let empty = secret("");
        let made = |pem: &str| {
            let mut call = request("GET", "https://jira.example.com/", &[], "");
            let key = secret(pem);
            let method = SignatureMethod::RsaSha1;
            let signer = OAuth1 { private_key: Some(&key), ..signer(method, &empty, &empty) };
            signer.sign(&mut call, "n", at(1)).ok()?;
            Some(header(&call, "authorization").to_owned())
        };
        let mut damaged = keys::RSA_1024.to_owned();
        damaged.replace_range(at_char..=at_char, &to);
        if let Some(signed) = made(&damaged) {
            prop_assert_eq!(Some(signed), made(keys::RSA_1024));
        }
    }
}
