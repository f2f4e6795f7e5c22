//! Triggers as data.

use trunnel_catalog::load::check_embedded;

#[test]
fn tmp() {
    check_embedded().unwrap_or_else(|errors| panic!("{errors}"));
}
