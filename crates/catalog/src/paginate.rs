//! Lists that come in pages, gathered into one.
//!
//! There is no sending here: [`Pages`] takes one answer after the other and says
//! what the next request differs in, until the list ends, somebody's limit is
//! reached, or the provider begins to repeat itself.

use serde_json::{Map, Value};
use trunnel_model::http::HttpAnswer;
use url::Url;

use crate::action::Action;
use crate::path::{dig, dig_mut, plain_text};

/// The inputs that every paged action has.
pub(crate) const ALL_PAGES: &str = "all_pages";
pub(crate) const MAX_ITEMS: &str = "max_items";

const DEFAULT_MAX_ITEMS: usize = 1_000;
pub(crate) const MOST_ITEMS: usize = 10_000;
/// However short a provider's pages are.
const MOST_PAGES: usize = 500;
/// What is gathered is held in memory.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// How an action's list continues.
#[derive(Debug, Clone)]
pub(crate) struct Paging {
    /// Where the list is in an answer; the answer itself when there is no path.
    pub items: Option<String>,
    pub next: Next,
    /// A boolean in the answer; `false` ends the list.
    pub more: Option<String>,
    pub size: Option<Size>,
    /// Gathered also when the caller does not ask for it.
    pub always: bool,
}

#[derive(Debug, Clone)]
pub(crate) enum Next {
    CursorAt {
        path: String,
        to: Param,
        /// Where the further pages are, when that is somewhere else. Nothing of the
        /// first request is repeated then.
        elsewhere: Option<String>,
    },
    /// The cursor is a member of the page's last item.
    LastItem {
        member: String,
        to: Param,
    },
    /// The URL is in a `Link` header, under this relation.
    LinkHeader {
        relation: String,
    },
    LinkAt {
        path: String,
    },
    Page {
        start: u64,
        to: Param,
    },
    Offset {
        start: u64,
        to: Param,
    },
}

/// Where a value goes in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Param {
    Query(String),
    Body(String),
}

#[derive(Debug, Clone)]
pub(crate) struct Size {
    pub max: u64,
    pub to: Param,
}

/// What a request for a page differs in from the one for the first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PageChange {
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Vec<(String, Value)>,
    pub(crate) url: Option<Url>,
    /// A path below the base URL, in the place of the action's own request.
    pub(crate) path: Option<String>,
    /// A page size, for a request that has none of its own.
    pub(crate) size: Option<(Param, u64)>,
}

impl PageChange {
    fn set(&mut self, to: &Param, value: Value) {
        match to {
            Param::Query(name) => self
                .query
                .push((name.clone(), plain_text(&value).unwrap_or_default())),
            Param::Body(path) => self.body.push((path.clone(), value)),
        }
    }

    /// Puts the changes into a query.
    pub(crate) fn apply_to_query(&self, query: &mut Vec<(String, String)>) {
        for (name, value) in &self.query {
            query.retain(|(known, _)| known != name);
            query.push((name.clone(), value.clone()));
        }
        if let Some((Param::Query(name), max)) = &self.size
            && query.iter().all(|(known, _)| known != name)
        {
            query.push((name.clone(), max.to_string()));
        }
    }

    /// Puts the changes into a body.
    pub(crate) fn apply_to_body(&self, body: &mut Option<Value>) {
        for (path, value) in &self.body {
            let body = body.get_or_insert_with(|| Value::Object(Map::new()));
            put(body, path, value.clone());
        }
        if let Some((Param::Body(path), max)) = &self.size {
            let body = body.get_or_insert_with(|| Value::Object(Map::new()));
            if dig(body, path).is_none() {
                put(body, path, (*max).into());
            }
        }
    }
}

fn put(body: &mut Value, path: &str, value: Value) {
    let mut at = body;
    for step in path.split('.') {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        at = match at {
            Value::Object(members) => members.entry(step).or_insert(Value::Null),
            Value::Array(items) => {
                let item = step.parse::<usize>().ok().and_then(|at| items.get_mut(at));
                let Some(item) = item else { return };
                item
            }
            _ => return,
        };
    }
    *at = value;
}

/// The gathering of one list.
#[derive(Debug)]
pub struct Pages<'a> {
    paging: &'a Paging,
    max_items: usize,
    items: Vec<Value>,
    bytes: usize,
    turned: usize,
    last_page: Vec<Value>,
    change: PageChange,
}

/// What follows from one page.
#[derive(Debug)]
pub enum PageEnd {
    /// There is more; the request for it is in [`Pages::change`].
    More,
    /// The last page as the provider sent it, with the whole list in it.
    Done(Value),
}

impl Action {
    /// The gathering that this call asks for, if the action has pages at all.
    pub fn pages<'a>(&'a self, input: &Map<String, Value>) -> Option<Pages<'a>> {
        self.paging.as_ref()?.pages(input)
    }

    pub fn is_paged(&self) -> bool {
        self.paging.is_some()
    }
}

impl Paging {
    pub(crate) fn pages(&self, input: &Map<String, Value>) -> Option<Pages<'_>> {
        let asked = input.get(ALL_PAGES).and_then(Value::as_bool);
        if !asked.unwrap_or(self.always) {
            return None;
        }
        let max = input.get(MAX_ITEMS).and_then(Value::as_u64);
        let max = max.and_then(|max| usize::try_from(max).ok());
        Some(Pages::new(self, max.unwrap_or(DEFAULT_MAX_ITEMS)))
    }
}

impl<'a> Pages<'a> {
    fn new(paging: &'a Paging, max_items: usize) -> Self {
        let mut change = sized(paging);
        match &paging.next {
            Next::Page { start, to } | Next::Offset { start, to } => {
                change.set(to, (*start).into());
            }
            _ => {}
        }
        Self {
            paging,
            max_items: max_items.min(MOST_ITEMS),
            items: Vec::new(),
            bytes: 0,
            turned: 0,
            last_page: Vec::new(),
            change,
        }
    }

    /// What the next request differs in.
    pub fn change(&self) -> &PageChange {
        &self.change
    }

    /// Takes one page; `body` is the whole answer, `url` what was asked.
    pub fn take(&mut self, answer: &HttpAnswer, mut body: Value, url: &Url) -> PageEnd {
        self.turned += 1;
        self.bytes += answer.body.len();
        let Some(list) = list_in(&mut body, self.paging.items.as_deref()) else {
            if self.turned == 1 {
                // Not a list: the provider's answer says more than an empty one would.
                return PageEnd::Done(body);
            }
            // Some leave out a list that is empty.
            return self.done(body);
        };
        let page = std::mem::take(list);
        let next = self.next(answer, &body, &page, url);
        let repeats = !page.is_empty() && page == self.last_page;
        if repeats {
            return self.done(body);
        }
        self.items.extend(page.iter().cloned());
        let full = self.items.len() >= self.max_items
            || self.turned >= MOST_PAGES
            || self.bytes >= MOST_BYTES;
        match next {
            Some(change) if !full && change != self.change => {
                self.last_page = page;
                self.change = change;
                PageEnd::More
            }
            _ => self.done(body),
        }
    }

    fn done(&mut self, mut body: Value) -> PageEnd {
        let mut items = std::mem::take(&mut self.items);
        items.truncate(self.max_items);
        if let Some(list) = list_in(&mut body, self.paging.items.as_deref()) {
            *list = items;
            return PageEnd::Done(body);
        }
        match self.paging.items.as_deref() {
            Some(path) => {
                if !body.is_object() {
                    body = Value::Object(Map::new());
                }
                put(&mut body, path, Value::Array(items));
            }
            None => body = Value::Array(items),
        }
        PageEnd::Done(body)
    }

    /// What the request for the page after this one differs in, if there is one.
    fn next(
        &self,
        answer: &HttpAnswer,
        body: &Value,
        page: &[Value],
        url: &Url,
    ) -> Option<PageChange> {
        let ended = self.paging.more.as_deref().and_then(|path| dig(body, path));
        if ended.is_some_and(|more| !more.as_bool().unwrap_or(true)) {
            return None;
        }
        let mut change = sized(self.paging);
        match &self.paging.next {
            Next::CursorAt {
                path,
                to,
                elsewhere,
            } => {
                if elsewhere.is_some() {
                    change = PageChange::default();
                    change.path.clone_from(elsewhere);
                }
                change.set(to, cursor(dig(body, path)?)?);
            }
            Next::LastItem { member, to } => {
                change.set(to, cursor(dig(page.last()?, member)?)?);
            }
            Next::LinkHeader { relation } => {
                change.url = Some(linked(url, &link(answer, relation)?)?);
            }
            Next::LinkAt { path } => {
                change.url = Some(linked(url, dig(body, path)?.as_str()?)?);
            }
            Next::Page { start, to } => {
                (!page.is_empty()).then_some(())?;
                change.set(to, (start + self.turned as u64).into());
            }
            Next::Offset { start, to } => {
                (!page.is_empty()).then_some(())?;
                let seen = self.items.len() + page.len();
                change.set(to, (start + seen as u64).into());
            }
        }
        Some(change)
    }
}

fn sized(paging: &Paging) -> PageChange {
    PageChange {
        size: paging.size.as_ref().map(|size| (size.to.clone(), size.max)),
        ..PageChange::default()
    }
}

fn list_in<'v>(body: &'v mut Value, path: Option<&str>) -> Option<&'v mut Vec<Value>> {
    dig_mut(body, path.unwrap_or_default())?.as_array_mut()
}

fn cursor(value: &Value) -> Option<Value> {
    let text = plain_text(value)?;
    let is_one = !text.is_empty() && text != "false" && *value != Value::Bool(true);
    is_one.then(|| value.clone())
}

/// A link may lead elsewhere on the same origin only: the credential goes with it.
fn linked(url: &Url, link: &str) -> Option<Url> {
    let next = url.join(link).ok()?;
    (next.origin() == url.origin()).then_some(next)
}

/// The target with this relation in the `Link` headers (RFC 8288).
fn link(answer: &HttpAnswer, relation: &str) -> Option<String> {
    let headers = answer.headers.get_all("link").iter();
    headers
        .filter_map(|value| value.to_str().ok())
        .find_map(|value| link_in(value, relation))
}

fn link_in(header: &str, relation: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        // The next target begins with the next `<`.
        let (params, next) = match after.find('<') {
            Some(at) => after.split_at(at),
            None => (after, ""),
        };
        let mut params = params.split([';', ',']).map(str::trim);
        let is_it = params.any(|param| {
            let value = param.strip_prefix("rel=").map(|v| v.trim_matches('"'));
            value.is_some_and(|rels| {
                rels.split(' ')
                    .any(|rel| rel.eq_ignore_ascii_case(relation))
            })
        });
        if is_it {
            return Some(target.to_owned());
        }
        rest = next;
    }
    None
}
