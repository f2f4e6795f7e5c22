use proptest::prelude::*;
use trunnel_model::retry::{ACTION, JOB, REFRESH, RetryPolicy, WEBHOOK};

fn policies() -> impl Strategy<Value = RetryPolicy> {
    prop_oneof![Just(ACTION), Just(JOB), Just(REFRESH), Just(WEBHOOK)]
}

proptest! {
    /// Whatever chance says, the next wait is longer than this one.
    #[test]
    fn waits_grow(policy in policies(), attempts in 1_i64..10, a: u64, b: u64) {
        if let (Some(now), Some(next)) = (policy.wait_ms(attempts, a), policy.wait_ms(attempts + 1, b)) {
            prop_assert!(now < next, "{now} then {next}");
        }
    }

    #[test]
    fn there_is_an_end(policy in policies(), chance: u64) {
        let last = (1..100).take_while(|attempts| policy.wait_ms(*attempts, chance).is_some());
        let last = i64::try_from(last.count()).expect("few");
        prop_assert!((1..20).contains(&last), "{last}");
        prop_assert_eq!(policy.wait_ms(last + 2, chance), None);
    }

    #[test]
    fn no_number_of_attempts_panics(policy in policies(), attempts: i64, chance: u64) {
        let _ = policy.wait_ms(attempts, chance);
    }
}

#[test]
fn a_webhook_is_tried_four_times() {
    let waits: Vec<_> = (1..=4).map(|attempt| WEBHOOK.wait_ms(attempt, 0)).collect();
    assert_eq!(waits, [Some(10_000), Some(60_000), Some(300_000), None]);
}
