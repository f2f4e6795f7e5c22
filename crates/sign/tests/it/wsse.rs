use proptest::prelude::*;
use trunnel_model::time::Timestamp;
use trunnel_sign::wsse;

use crate::{at, secret};

#[test]
fn the_token_is_what_emarsys_computes() {
    // The digest was computed with another implementation of the documented rule.
    let nonce = "d36e316282959a9ed4c89851497a717f";
    let token = wsse::token(
        "customer001",
        &secret("customersecret"),
        nonce,
        at(1_395_319_905),
    );
    assert_eq!(
        token.expect("a token").expose(),
        "UsernameToken Username=\"customer001\", \
         PasswordDigest=\"YWQyNWE5Y2JkOTY2ZTU1ODg2M2QzNzVhNDZlZGQwZjg5YjZlZTk4Yw==\", \
         Nonce=\"d36e316282959a9ed4c89851497a717f\", Created=\"2014-03-20T12:51:45Z\""
    );
}

#[test]
fn a_user_name_cannot_end_its_quotes() {
    let fault = wsse::token("a\", Nonce=\"b", &secret("s"), "n", at(0)).expect_err("refused");
    assert_eq!(
        fault.to_string(),
        "the user name must be plain ASCII without quotes and backslashes"
    );
}

proptest! {
    #[test]
    fn no_input_panics(user in "\\PC{0,10}", word in "\\PC{0,10}", nonce in "\\PC{0,10}", ms: i64) {
        let _ = wsse::token(&user, &secret(&word), &nonce, Timestamp::from_millis(ms));
    }
}
