//! Numbered pages, as the public API speaks of them.

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    number: i64,
    limit: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPage {
    #[error("`page` is a whole number from 1 to 1000000000")]
    Number,
    #[error("`limit` is a whole number from 1 to 100")]
    Limit,
}

impl BadPage {
    pub const fn field(self) -> &'static str {
        match self {
            Self::Number => "page",
            Self::Limit => "limit",
        }
    }
}

impl PageRequest {
    pub const MAX_LIMIT: i64 = 100;

    pub fn new(number: Option<i64>, limit: Option<i64>) -> Result<Self, BadPage> {
        let (number, limit) = (number.unwrap_or(1), limit.unwrap_or(10));
        if !(1..=1_000_000_000).contains(&number) {
            return Err(BadPage::Number);
        }
        if !(1..=Self::MAX_LIMIT).contains(&limit) {
            return Err(BadPage::Limit);
        }
        Ok(Self { number, limit })
    }

    pub const fn number(self) -> i64 {
        self.number
    }

    pub const fn limit(self) -> i64 {
        self.limit
    }

    /// How many rows come before this page.
    pub const fn offset(self) -> i64 {
        (self.number - 1) * self.limit
    }
}

/// One page of a list, and how much there is in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub total: i64,
    pub request: PageRequest,
}

impl<T> Page<T> {
    /// At least one, so that an empty list still has a page to show.
    pub fn total_pages(&self) -> i64 {
        ((self.total + self.request.limit - 1) / self.request.limit).max(1)
    }

    pub fn previous(&self) -> Option<i64> {
        (self.request.number > 1).then(|| (self.request.number - 1).min(self.total_pages()))
    }

    pub fn next(&self) -> Option<i64> {
        (self.request.number < self.total_pages()).then_some(self.request.number + 1)
    }

    /// The first item's place in the whole list, counted from one.
    pub const fn first_place(&self) -> i64 {
        self.request.offset() + 1
    }
}
