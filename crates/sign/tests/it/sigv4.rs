use proptest::prelude::*;
use trunnel_model::http::HttpRequest;
use trunnel_sign::sigv4::SigV4;

use crate::{at, header, request, secret};

/// 2015-08-30T12:36:00Z, the moment of AWS' published suite.
const SUITE: i64 = 1_440_938_160;

fn sign(mut request: HttpRequest, service: &str, region: &str) -> HttpRequest {
    let signer = SigV4 {
        access_key: "AKIDEXAMPLE",
        secret_key: &secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session_token: None,
        region,
        service,
        content_header: false,
    };
    signer.sign(&mut request, at(SUITE)).expect("signed");
    request
}

fn suite(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let url = format!("https://example.amazonaws.com{path}");
    let signed = sign(request(method, &url, headers, body), "service", "us-east-1");
    let value = header(&signed, "authorization").to_owned();
    value
        .rsplit_once("Signature=")
        .expect("a signature")
        .1
        .to_owned()
}

#[test]
fn the_vectors_of_the_published_suite() {
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    for (name, signature, expected) in [
        ("get-vanilla", suite("GET", "/", &[], ""), vanilla),
        (
            "get-vanilla-query-order-key-case",
            suite("GET", "/?Param2=value2&Param1=value1", &[], ""),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "get-unreserved",
            suite(
                "GET",
                "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                &[],
                "",
            ),
            "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
        ),
        (
            "get-relative",
            suite("GET", "/example/..", &[], ""),
            vanilla,
        ),
        ("get-slash", suite("GET", "//", &[], ""), vanilla),
        (
            "get-slashes",
            suite("GET", "//example//", &[], ""),
            "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
        ),
        (
            "get-header-value-trim",
            suite(
                "GET",
                "/",
                &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
                "",
            ),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        (
            "post-vanilla",
            suite("POST", "/", &[], ""),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "post-x-www-form-urlencoded",
            suite("POST", "/", &[form], "Param1=value1"),
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ] {
        assert_eq!(signature, expected, "{name}");
    }
}

#[test]
fn a_session_token_is_signed_and_not_shown() {
    // post-sts-header-before of the suite.
    let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAe\
                 MicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phU\
                 ZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38x\
                 VqiD8qCKo/kqZzPzwAJhVyFEgAAAAAA==";
    let token: String = token.split_whitespace().collect();
    let token = secret(&token);
    let mut call = request("POST", "https://example.amazonaws.com/", &[], "");
    let signer = SigV4 {
        access_key: "AKIDEXAMPLE",
        secret_key: &secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session_token: Some(&token),
        region: "us-east-1",
        service: "service",
        content_header: false,
    };
    signer.sign(&mut call, at(SUITE)).expect("signed");
    assert_eq!(header(&call, "x-amz-security-token"), token.expose());
    assert!(
        header(&call, "authorization")
            .contains("SignedHeaders=host;x-amz-date;x-amz-security-token,")
    );
    let shown = format!("{:?}", call.headers);
    assert!(!shown.contains("AQoDYXdz"), "{shown}");
}

#[test]
fn the_documented_request_to_iam() {
    let signed = sign(
        request(
            "GET",
            "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
            &[(
                "Content-Type",
                "application/x-www-form-urlencoded; charset=utf-8",
            )],
            "",
        ),
        "iam",
        "us-east-1",
    );
    assert_eq!(
        header(&signed, "authorization"),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date, \
         Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    );
}

fn s3(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> HttpRequest {
    let url = format!("https://examplebucket.s3.amazonaws.com{path}");
    let mut call = request(method, &url, headers, body);
    let signer = SigV4 {
        access_key: "AKIAIOSFODNN7EXAMPLE",
        secret_key: &secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        session_token: None,
        region: "us-east-1",
        service: "s3",
        content_header: true,
    };
    // 2013-05-24T00:00:00Z, the moment of S3's documentation.
    signer.sign(&mut call, at(1_369_353_600)).expect("signed");
    call
}

#[test]
fn the_documented_requests_to_s3() {
    let get = s3("GET", "/test.txt", &[("Range", "bytes=0-9")], "");
    assert_eq!(
        header(&get, "authorization"),
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, \
         SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
         Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
    assert_eq!(
        header(&get, "x-amz-content-sha256"),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    for (call, expected) in [
        (
            // The name of this object is encoded once: `test$file.text`.
            s3(
                "PUT",
                "/test$file.text",
                &[
                    ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
                    ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
                ],
                "Welcome to Amazon S3.",
            ),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            s3("GET", "/?lifecycle", &[], ""),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            s3("GET", "/?max-keys=2&prefix=J", &[], ""),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ] {
        let value = header(&call, "authorization");
        assert!(value.ends_with(expected), "{value}");
    }
}

#[test]
fn only_s3_encodes_its_path_once() {
    let signature = |service: &str, path: &str| {
        let url = format!("https://example.amazonaws.com{path}");
        let signed = sign(request("GET", &url, &[], ""), service, "us-east-1");
        header(&signed, "authorization").to_owned()
    };
    // `$` and `%24` name the same object of S3; elsewhere they are two paths.
    assert_eq!(signature("s3", "/a$b"), signature("s3", "/a%24b"));
    assert_ne!(
        signature("execute-api", "/a$b"),
        signature("execute-api", "/a%24b")
    );
    // Empty segments count for S3 only.
    assert_ne!(signature("s3", "/a//b"), signature("s3", "/a/b"));
    assert_eq!(
        signature("execute-api", "/a//b"),
        signature("execute-api", "/a/b")
    );
}

#[test]
fn headers_that_change_on_the_way_are_not_signed() {
    let plain = suite("GET", "/", &[], "");
    let carried = suite(
        "GET",
        "/",
        &[("user-agent", "x"), ("accept-encoding", "gzip")],
        "",
    );
    assert_eq!(plain, carried);
    assert_ne!(plain, suite("GET", "/", &[("accept", "text/plain")], ""));
}

#[test]
fn a_region_that_would_end_the_header_is_refused() {
    let mut call = request("GET", "https://example.amazonaws.com/", &[], "");
    let signer = SigV4 {
        access_key: "AKID",
        secret_key: &secret("x"),
        session_token: None,
        region: "us\n-east",
        service: "s3",
        content_header: true,
    };
    let fault = signer.sign(&mut call, at(SUITE)).expect_err("refused");
    assert_eq!(fault.field, "region or service");
}

proptest! {
    #[test]
    fn no_request_panics(path in "\\PC{0,30}", query in "\\PC{0,30}", body: Vec<u8>, time: i64) {
        let mut url = url::Url::parse("https://example.amazonaws.com/").expect("a URL");
        url.set_path(&path);
        url.set_query(Some(&query));
        let mut call = request("POST", url.as_str(), &[], "");
        call.body = body.into();
        let signer = SigV4 {
            access_key: "AKID",
            secret_key: &secret("x"),
            session_token: None,
            region: "r",
            service: if query.len() % 2 == 0 { "s3" } else { "sqs" },
            content_header: true,
        };
        let _ = signer.sign(&mut call, trunnel_model::time::Timestamp::from_millis(time));
    }

    /// The order of the query does not matter, its content does.
    #[test]
    fn the_query_is_sorted(a in "[a-z]{1,4}", b in "[a-z]{1,4}", v in "[a-z]{0,4}") {
        let one = suite("GET", &format!("/?{a}={v}&{b}=2"), &[], "");
        prop_assert_eq!(&one, &suite("GET", &format!("/?{b}=2&{a}={v}"), &[], ""));
        prop_assert_ne!(&one, &suite("GET", &format!("/?{a}={v}x&{b}=2"), &[], ""));
    }
}
