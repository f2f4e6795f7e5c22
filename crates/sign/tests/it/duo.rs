use trunnel_sign::duo::Duo;

use crate::{at, header, request, secret};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[test]
fn the_documented_request() {
    let mut call = request(
        "POST",
        "https://api-XXXXXXXX.duosecurity.com/accounts/v1/account/list",
        &[FORM],
        "username=root&realname=First+Last",
    );
    let key = secret("Zh5eGmUq9zpfQnyUIu5OL9iWoMMv5ZNmk3zLJ4Ep");
    let duo = Duo {
        integration_key: "DIWJ8X6AEYOR5OMC6TQ1",
        secret_key: &key,
    };
    duo.sign(&mut call, at(1_345_570_158)).expect("signed");
    assert_eq!(header(&call, "date"), "Tue, 21 Aug 2012 17:29:18 -0000");
    assert_eq!(
        header(&call, "authorization"),
        "Basic RElXSjhYNkFFWU9SNU9NQzZUUTE6MmQ5N2Q2MTY2MzE5NzgxYjVhM2EwN2FmMzlkMzY2ZjQ5MTIzNGVkYw=="
    );
}

#[test]
fn a_query_is_signed_as_a_form_is_and_json_is_not() {
    let key = secret("k");
    let duo = Duo {
        integration_key: "DI",
        secret_key: &key,
    };
    let signed = |url: &str, headers: &[(&str, &str)], body: &str| {
        let mut call = request("GET", url, headers, body);
        duo.sign(&mut call, at(0)).expect("signed");
        header(&call, "authorization").to_owned()
    };
    let plain = "https://api-1.duosecurity.com/admin/v1/users";
    let query = format!("{plain}?b=2&a=1%202");
    assert_eq!(signed(&query, &[], ""), signed(plain, &[FORM], "a=1+2&b=2"));
    let json = ("content-type", "application/json");
    assert_eq!(signed(plain, &[], ""), signed(plain, &[json], "{\"a\":1}"));
    assert_ne!(signed(plain, &[], ""), signed(&query, &[], ""));
}

#[test]
fn a_colon_cannot_move_into_the_password() {
    let key = secret("k");
    let duo = Duo {
        integration_key: "DI:x",
        secret_key: &key,
    };
    let mut call = request("GET", "https://api-1.duosecurity.com/", &[], "");
    let fault = duo.sign(&mut call, at(0)).expect_err("refused");
    assert_eq!(fault.field, "integration key");
}
