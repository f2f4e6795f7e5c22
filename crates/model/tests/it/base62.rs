use proptest::prelude::*;
use trunnel_model::base62;

/// The same number read by the schoolbook rule, independent of the code's division.
fn value(text: &str) -> u128 {
    let digits = ('0'..='9')
        .chain('A'..='Z')
        .chain('a'..='z')
        .collect::<Vec<_>>();
    text.chars().fold(0, |sum, c| {
        let digit = digits.iter().position(|d| *d == c).expect("a base62 digit");
        sum * 62 + u128::try_from(digit).expect("small")
    })
}

proptest! {
    #[test]
    fn a_number_keeps_its_value(number in 0..62_u128.pow(21)) {
        let text = base62::encode(&number.to_be_bytes(), 22).expect("fits");
        prop_assert_eq!(value(&text), number);
        prop_assert_eq!(text.len(), 22);
    }

    /// The quick way for 16 bytes and the one for any length agree.
    #[test]
    fn the_two_ways_agree(number: u128, width in 0_usize..30) {
        let mut longer = vec![0];
        longer.extend(number.to_be_bytes());
        prop_assert_eq!(
            base62::encode(&number.to_be_bytes(), width),
            base62::encode(&longer, width)
        );
    }

    #[test]
    fn texts_sort_as_numbers(a: u128, b: u128) {
        let text = |n: u128| base62::encode(&n.to_be_bytes(), 22).expect("fits");
        prop_assert_eq!(a.cmp(&b), text(a).cmp(&text(b)));
    }
}

#[test]
fn a_number_too_wide_is_refused() {
    assert_eq!(base62::encode(&[62], 1), None);
    assert_eq!(base62::encode(&[61], 1).as_deref(), Some("z"));
    assert!(base62::encode(&[255; 32], 43).is_some());
    assert!(base62::encode(&[255; 16], 22).is_some());
    assert!(base62::encode(&[255; 4], 6).is_some());
}
