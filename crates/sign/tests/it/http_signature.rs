use proptest::prelude::*;
use ring::signature::{ED25519, UnparsedPublicKey};
use trunnel_model::secret::Secret;
use trunnel_sign::http_signature::{COMMON, HttpSignature};

use crate::{at, base64, header, keys, request, secret};

#[test]
fn the_vector_of_the_rfc() {
    // RFC 9421, appendix B.2.6.
    let key = secret(
        "-----BEGIN PRIVATE KEY-----\n\
         MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n\
         -----END PRIVATE KEY-----\n",
    );
    let mut call = request(
        "POST",
        "https://example.com/foo?param=Value&Pet=dog",
        &[
            ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("content-type", "application/json"),
            ("content-length", "18"),
        ],
        "{\"hello\": \"world\"}",
    );
    let signer = HttpSignature {
        key_id: "test-key-ed25519",
        key: &key,
        label: "sig-b26",
        components: &[
            "date",
            "@method",
            "@path",
            "@authority",
            "content-type",
            "content-length",
        ],
        name_algorithm: false,
        lifetime: None,
    };
    signer.sign(&mut call, at(1_618_884_473)).expect("signed");
    assert_eq!(
        header(&call, "signature-input"),
        "sig-b26=(\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \
         \"content-length\");created=1618884473;keyid=\"test-key-ed25519\""
    );
    assert_eq!(
        header(&call, "signature"),
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:"
    );
}

fn common(key: &Secret) -> HttpSignature<'_> {
    HttpSignature {
        key_id: "slak_1",
        key,
        label: "sig",
        components: COMMON,
        name_algorithm: true,
        lifetime: Some(60),
    }
}

#[test]
fn the_common_signature_covers_target_and_content() {
    let key = secret(keys::ED25519);
    let mut call = request(
        "POST",
        "https://acme.streamline.ai/api/v0/x?a=1#top",
        &[],
        "{}",
    );
    common(&key)
        .sign(&mut call, at(1_700_000_000))
        .expect("signed");
    let digest = "sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:";
    assert_eq!(header(&call, "content-digest"), digest);
    assert_eq!(header(&call, "content-type"), "application/json");
    let parameters = "(\"@method\" \"@target-uri\" \"content-digest\" \"content-type\");\
                      alg=\"ed25519\";created=1700000000;expires=1700000060;keyid=\"slak_1\"";
    assert_eq!(
        header(&call, "signature-input"),
        format!("sig={parameters}")
    );
    let base = format!(
        "\"@method\": POST\n\"@target-uri\": https://acme.streamline.ai/api/v0/x?a=1\n\
         \"content-digest\": {digest}\n\"content-type\": application/json\n\
         \"@signature-params\": {parameters}"
    );
    let signature = header(&call, "signature")
        .strip_prefix("sig=:")
        .expect("the label");
    let signature = base64(signature.strip_suffix(':').expect("the end"));
    let public = base64("MCowBQYDK2VwAyEA").len();
    let spki = base64(keys::ED25519_PUBLIC.lines().nth(1).expect("one line"));
    UnparsedPublicKey::new(&ED25519, &spki[public..])
        .verify(base.as_bytes(), &signature)
        .expect("it verifies");
}

#[test]
fn a_key_may_be_pem_or_its_bytes() {
    let seed = "9227ba2c54dee797de50f89953b24d0915eb0055b11465b6467482385fadd188";
    let signature = |key: &str| {
        let mut call = request("GET", "https://acme.streamline.ai/", &[], "");
        common(&secret(key))
            .sign(&mut call, at(1))
            .map(|()| header(&call, "signature").to_owned())
    };
    let expected = signature(keys::ED25519).expect("signed");
    assert_eq!(signature(seed), Ok(expected.clone()));
    assert_eq!(
        signature("kie6LFTe55feUPiZU7JNCRXrAFWxFGW2RnSCOF-t0Yg"),
        Ok(expected)
    );
    for wrong in ["", "abc", "hunter2!", keys::P256, "AAAA"] {
        let fault = signature(wrong).expect_err("refused");
        assert_eq!(fault.field, "private key");
    }
}

#[test]
fn a_header_that_is_not_there_cannot_be_signed() {
    let key = secret(keys::ED25519);
    let mut call = request("GET", "https://acme.streamline.ai/", &[], "");
    let signer = HttpSignature {
        components: &["date"],
        ..common(&key)
    };
    let fault = signer.sign(&mut call, at(1)).expect_err("refused");
    assert_eq!(
        fault.to_string(),
        "the component names a header that the request does not have"
    );
}

proptest! {
    #[test]
    fn no_input_panics(id in "\\PC{0,10}", key in "\\PC{0,50}", label in "\\PC{0,5}", name in "\\PC{0,10}", ms: i64) {
        let mut call = request("GET", "https://acme.streamline.ai/", &[], "");
        let signer = HttpSignature {
            key_id: &id,
            key: &secret(&key),
            label: &label,
            components: &[&name],
            name_algorithm: true,
            lifetime: Some(i64::MAX),
        };
        let _ = signer.sign(&mut call, trunnel_model::time::Timestamp::from_millis(ms));
        let key = secret(keys::ED25519);
        let _ = HttpSignature { key: &key, ..signer }.sign(&mut call, at(0));
    }
}
