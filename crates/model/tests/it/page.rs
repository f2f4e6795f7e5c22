use proptest::prelude::*;
use trunnel_model::page::{BadPage, Page, PageRequest};

fn page(total: i64, number: i64, limit: i64) -> Page<()> {
    let request = PageRequest::new(Some(number), Some(limit)).expect("in range");
    let items = vec![];
    Page {
        items,
        total,
        request,
    }
}

proptest! {
    /// Following `next` from the first page visits every place exactly once.
    #[test]
    fn the_pages_cover_the_list(total in 0_i64..2_000, limit in 1_i64..=100) {
        let (mut number, mut places) = (1, 0);
        loop {
            let page = page(total, number, limit);
            prop_assert_eq!(page.first_place(), places + 1);
            places += (total - page.request.offset()).min(limit);
            match page.next() {
                Some(next) => number = next,
                None => break,
            }
        }
        prop_assert_eq!(places, total);
        prop_assert_eq!(number, page(total, 1, limit).total_pages());
    }

    #[test]
    fn previous_leads_to_a_page_that_exists(total in 0_i64..500, number in 1_i64..1_000) {
        let page = page(total, number, 10);
        match page.previous() {
            None => prop_assert_eq!(number, 1),
            Some(before) => prop_assert!((1..=page.total_pages()).contains(&before) && before < number),
        }
    }
}

#[test]
fn what_is_out_of_range_is_refused_by_name() {
    assert_eq!(PageRequest::new(Some(0), None), Err(BadPage::Number));
    assert_eq!(PageRequest::new(None, Some(0)), Err(BadPage::Limit));
    assert_eq!(PageRequest::new(None, Some(101)), Err(BadPage::Limit));
    let default = PageRequest::new(None, None).expect("the default");
    assert_eq!(
        (default.number(), default.limit(), default.offset()),
        (1, 10, 0)
    );
}
