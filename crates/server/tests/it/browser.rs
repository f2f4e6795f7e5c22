//! A customer's browser, shared with the tests of the binary.

pub use trunnel_testing::browser::{Browser, Page, http_client};
