use proptest::prelude::*;
use trunnel_model::text::{AccountId, check_label};

proptest! {
    #[test]
    fn what_is_accepted_is_trimmed_short_and_clean(text in "\\PC{0,300}|[ -~\\n\\t\\x00]{0,20}") {
        if let Ok(id) = AccountId::parse(&text) {
            prop_assert_eq!(id.as_str(), text.trim());
            prop_assert!((1..=255).contains(&id.as_str().chars().count()));
            prop_assert!(!id.as_str().chars().any(char::is_control));
            prop_assert_eq!(AccountId::parse(id.as_str()), Ok(id.clone()));
        } else {
            let trimmed = text.trim();
            let fine = (1..=255).contains(&trimmed.chars().count())
                && !trimmed.chars().any(char::is_control);
            prop_assert!(!fine, "refused without reason");
        }
    }
}

#[test]
fn labels_may_have_lines_but_no_other_control_characters() {
    assert!(check_label("two\nlines\tand a tab", 100).is_ok());
    assert!(check_label("a bell\u{7}", 100).is_err());
    assert!(check_label("ünïcode", 7).is_ok());
    assert!(check_label("ünïcode", 6).is_err());
}
