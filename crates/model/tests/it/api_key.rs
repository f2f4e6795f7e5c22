use proptest::prelude::*;
use trunnel_model::api_key::PlainApiKey;
use trunnel_model::environment::Environment;

use crate::Bytes;

fn key(environment: Environment, bytes: [u8; 32]) -> PlainApiKey {
    PlainApiKey::generate(environment, &Bytes(bytes.to_vec()))
}

#[test]
fn the_form_is_pinned() {
    // Keys live in customers' configuration for years: the form may never drift.
    // Written out from the definition, not from the code: zero bytes are zeros.
    let body = "0".repeat(43);
    let unchecked = format!("trn_live_{body}");
    let text = key(Environment::Live, [0; 32]).secret().expose().to_owned();
    assert_eq!(text.len(), 58);
    assert!(text.starts_with(&unchecked));
}

proptest! {
    #[test]
    fn a_generated_key_reads_back(bytes: [u8; 32], live: bool) {
        let environment = if live { Environment::Live } else { Environment::Test };
        let made = key(environment, bytes);
        let read = PlainApiKey::parse(made.secret().expose());
        prop_assert_eq!(read.as_ref().map(PlainApiKey::environment), Ok(environment));
        prop_assert_eq!(read, Ok(made));
    }

    /// CRC-32 finds every burst of at most 32 bits, so every single changed character.
    #[test]
    fn one_changed_character_is_refused(bytes: [u8; 32], at in 0_usize..58, to in "[0-9A-Za-z_]") {
        let text = key(Environment::Test, bytes).secret().expose().to_owned();
        prop_assume!(text[at..=at] != to);
        let mut changed = text;
        changed.replace_range(at..=at, &to);
        prop_assert!(PlainApiKey::parse(&changed).is_err());
    }

    #[test]
    fn no_input_panics(text in "\\PC{0,80}") {
        let _ = PlainApiKey::parse(&text);
        let _ = PlainApiKey::parse(&format!("trn_test_{text}"));
    }

    #[test]
    fn the_environments_never_share_a_hash(bytes: [u8; 32]) {
        let (test, live) = (key(Environment::Test, bytes), key(Environment::Live, bytes));
        prop_assert_ne!(test.hash(), live.hash());
    }
}

#[test]
fn a_key_never_prints() {
    let made = key(Environment::Live, [7; 32]);
    let shown = format!("{made:?}");
    assert!(!shown.contains(&made.secret().expose()[9..]), "{shown}");
}
