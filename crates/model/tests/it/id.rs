use proptest::prelude::*;
use trunnel_model::id::{AppId, ConnectionId};
use trunnel_model::time::Timestamp;

use crate::Bytes;

proptest! {
    #[test]
    fn an_id_reads_back_and_is_no_other_kind(millis in 0_i64..1 << 47, bytes: [u8; 10]) {
        let id = AppId::new(Timestamp::from_millis(millis), &Bytes(bytes.to_vec()));
        prop_assert_eq!(AppId::parse(id.as_str()), Ok(id.clone()));
        prop_assert!(ConnectionId::parse(id.as_str()).is_err());
    }

    #[test]
    fn ids_sort_by_time(a in 0_i64..1 << 47, b in 0_i64..1 << 47, x: [u8; 10], y: [u8; 10]) {
        prop_assume!(a != b);
        let id = |millis, bytes: [u8; 10]| {
            AppId::new(Timestamp::from_millis(millis), &Bytes(bytes.to_vec()))
        };
        prop_assert_eq!(a.cmp(&b), id(a, x).cmp(&id(b, y)));
    }
}
