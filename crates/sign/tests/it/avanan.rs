use trunnel_sign::avanan::Avanan;

use crate::{at, header, request, secret};

#[test]
fn the_signature_covers_the_path_except_where_the_token_is_fetched() {
    let key = secret("s3cret");
    let mut call = request(
        "GET",
        "https://smart-api-production-1-us.avanan.net/v1.0/event/query?x=1",
        &[],
        "",
    );
    let avanan = Avanan {
        app_id: "9k8mapp",
        secret_key: &key,
        sign_path: true,
    };
    avanan
        .sign(&mut call, "req-1", at(1_714_979_289))
        .expect("signed");
    assert_eq!(header(&call, "x-av-app-id"), "9k8mapp");
    assert_eq!(header(&call, "x-av-req-id"), "req-1");
    assert_eq!(header(&call, "x-av-date"), "2024-05-06T07:08:09");
    // Both signatures were computed with another implementation of the same rule.
    assert_eq!(
        header(&call, "x-av-sig"),
        "43528f467447ab08367a6b36d14b5c44932631d37d1d836121d460f3a2c30306"
    );
    let avanan = Avanan {
        sign_path: false,
        ..avanan
    };
    avanan
        .sign(&mut call, "req-1", at(1_714_979_289))
        .expect("signed");
    assert_eq!(
        header(&call, "x-av-sig"),
        "a5290cf9ebb7c217afb34c498850c825e68073b776681fe488495d7e9b92e83e"
    );
}
