//! A list that is read from one item to the next.

/// Some items, and where the next ones begin.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    pub items: Vec<T>,
    /// What to ask for next; nothing at the end of the list.
    pub next: Option<String>,
}

impl<T> Paged<T> {
    /// `found` has one item more than was asked for, unless there are no more.
    pub(crate) fn of(mut found: Vec<T>, limit: i64, id: impl Fn(&T) -> &str) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more);
        Self {
            next: last.map(|item| id(item).to_owned()),
            items: found,
        }
    }
}
