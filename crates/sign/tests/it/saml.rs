use proptest::prelude::*;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use trunnel_model::secret::Secret;
use trunnel_sign::saml::Assertion;

use crate::{at, base64, keys, pem_bytes, secret};

fn assertion(key: &Secret) -> Assertion<'_> {
    Assertion {
        key,
        issuer: "www.successfactors.com",
        audience: "www.successfactors.com",
        recipient: "https://api4.successfactors.com/oauth/token?a=1&b=2",
        name_id: "Ä <admin>".trim_end_matches('>'),
        attributes: &[("api_key", "YzA4MTVh+/=="), ("use_username", "true")],
        lifetime: 600,
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).expect("the start");
    rest.split_once(end).expect("the end").0
}

#[test]
fn the_document_says_who_and_until_when() {
    let key = secret(keys::RSA);
    let text = assertion(&key)
        .sign("a1-b2_c3", at(1_700_000_000))
        .expect("signed");
    let document = String::from_utf8(base64(text.expose())).expect("text");
    for expected in [
        " ID=\"_a1-b2_c3\" IssueInstant=\"2023-11-14T22:13:20.000Z\" Version=\"2.0\">",
        ">Ä &lt;admin</saml2:NameID>",
        "NotBefore=\"2023-11-14T22:12:20.000Z\" NotOnOrAfter=\"2023-11-14T22:23:20.000Z\"",
        "Recipient=\"https://api4.successfactors.com/oauth/token?a=1&amp;b=2\"",
        "<saml2:Attribute Name=\"api_key\">",
        "xsi:type=\"xs:string\">YzA4MTVh+/==</saml2:AttributeValue>",
    ] {
        assert!(document.contains(expected), "{expected} in {document}");
    }
}

/// The document is its own canonical form, so both steps can be followed on its text.
#[test]
fn the_signature_covers_the_digest_and_the_digest_the_rest() {
    let key = secret(keys::RSA);
    let text = assertion(&key)
        .sign("a1", at(1_700_000_000))
        .expect("signed");
    let document = String::from_utf8(base64(text.expose())).expect("text");
    let signature = between(&document, "<ds:Signature ", "</ds:Signature>");
    let unsigned = document.replace(&format!("<ds:Signature {signature}</ds:Signature>"), "");
    let hash = base64(between(signature, "<ds:DigestValue>", "</ds:DigestValue>"));
    assert_eq!(hash, digest(&SHA256, unsigned.as_bytes()).as_ref());
    let info = between(signature, "<ds:SignedInfo ", "</ds:SignedInfo>");
    let info = format!("<ds:SignedInfo {info}</ds:SignedInfo>");
    let value = base64(between(
        signature,
        "<ds:SignatureValue>",
        "</ds:SignatureValue>",
    ));
    UnparsedPublicKey::new(
        &RSA_PKCS1_2048_8192_SHA256,
        pem_bytes(keys::RSA_PUBLIC_PKCS1),
    )
    .verify(info.as_bytes(), &value)
    .expect("it verifies");
}

#[test]
fn values_cannot_become_markup() {
    let key = secret(keys::RSA);
    let wrong = Assertion {
        name_id: "a\" b=\"",
        ..assertion(&key)
    };
    let fault = wrong.sign("a", at(0)).expect_err("refused");
    assert_eq!(fault.field, "name id");
    for id in ["", "a b", "a\"", "é"] {
        assert_eq!(
            assertion(&key).sign(id, at(0)).expect_err("refused").field,
            "id"
        );
    }
    let key = secret(keys::P256);
    let fault = assertion(&key).sign("a", at(0)).expect_err("refused");
    assert_eq!(fault.field, "private key");
}

proptest! {
    #[test]
    fn no_input_panics(text in "\\PC{0,10}", id in "[a-z]{0,3}", lifetime: i64, ms: i64) {
        let key = secret("no key");
        let wild = Assertion { name_id: &text, lifetime, ..assertion(&key) };
        let now = trunnel_model::time::Timestamp::from_millis(ms);
        prop_assert!(wild.sign(&id, now).is_err());
    }
}
