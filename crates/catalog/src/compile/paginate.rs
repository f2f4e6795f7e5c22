//! `paginate` of an action.

use serde_json::{Value, json};

use super::Sink;
use super::parts;
use crate::paginate::{ALL_PAGES, MAX_ITEMS, MOST_ITEMS, Next, Paging, Param, Size};
use crate::source::{CursorFile, LinkFile, NumberFile, PaginateFile};

pub(crate) fn paging(sink: &mut Sink<'_>, file: PaginateFile) -> Option<Paging> {
    for (name, path) in [("items", &file.items), ("more", &file.more)] {
        if let Some(path) = path {
            parts::dotted(sink, &format!("paginate.{name}"), path);
        }
    }
    let size = file.size.and_then(|size| {
        let to = param(sink, "paginate.size", size.query, size.body);
        if size.max == 0 {
            sink.add("paginate.size.max", "must be at least 1");
        }
        Some(Size {
            max: size.max,
            to: to?,
        })
    });
    let ways = [
        file.cursor.is_some(),
        file.link.is_some(),
        file.page.is_some(),
        file.offset.is_some(),
    ];
    if ways.iter().filter(|given| **given).count() != 1 {
        sink.add("paginate", "needs one of cursor, link, page and offset");
        return None;
    }
    let next = match (file.cursor, file.link, file.page, file.offset) {
        (Some(file), ..) => cursor(sink, file),
        (_, Some(file), ..) => link(sink, file),
        (_, _, Some(file), _) => {
            number(sink, "paginate.page", file).map(|(start, to)| Next::Page { start, to })
        }
        (.., Some(file)) => {
            number(sink, "paginate.offset", file).map(|(start, to)| Next::Offset { start, to })
        }
        _ => None,
    };
    Some(Paging {
        items: file.items,
        next: next?,
        more: file.more,
        size,
        always: file.always,
    })
}

fn cursor(sink: &mut Sink<'_>, file: CursorFile) -> Option<Next> {
    let to = param(sink, "paginate.cursor", file.query, file.body)?;
    match (file.path, file.last_item) {
        (Some(path), None) => {
            parts::dotted(sink, "paginate.cursor.path", &path);
            let elsewhere = file.at;
            if elsewhere.as_ref().is_some_and(|at| !at.starts_with('/')) {
                sink.add("paginate.cursor.at", "is a path and begins with `/`");
            }
            Some(Next::CursorAt {
                path,
                to,
                elsewhere,
            })
        }
        (None, Some(member)) => {
            parts::dotted(sink, "paginate.cursor.last_item", &member);
            Some(Next::LastItem { member, to })
        }
        _ => {
            sink.add("paginate.cursor", "needs either `path` or `last_item`");
            None
        }
    }
}

fn link(sink: &mut Sink<'_>, file: LinkFile) -> Option<Next> {
    match (file.header, file.path) {
        (Some(relation), None) => Some(Next::LinkHeader { relation }),
        (None, Some(path)) => {
            parts::dotted(sink, "paginate.link.path", &path);
            Some(Next::LinkAt { path })
        }
        _ => {
            sink.add("paginate.link", "needs either `header` or `path`");
            None
        }
    }
}

fn number(sink: &mut Sink<'_>, at: &str, file: NumberFile) -> Option<(u64, Param)> {
    param(sink, at, file.query, file.body).map(|to| (file.start, to))
}

fn param(
    sink: &mut Sink<'_>,
    at: &str,
    query: Option<String>,
    body: Option<String>,
) -> Option<Param> {
    match (query, body) {
        (Some(name), None) => Some(Param::Query(name)),
        (None, Some(path)) => {
            parts::dotted(sink, &format!("{at}.body"), &path);
            Some(Param::Body(path))
        }
        _ => {
            sink.add(at, "needs either `query` or `body`");
            None
        }
    }
}

/// The inputs by which a caller asks for all pages.
pub(super) fn add_inputs(input: &mut Value, paging: &Paging) {
    let Some(properties) = input.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    properties.insert(
        ALL_PAGES.to_owned(),
        json!({
            "title": "All pages",
            "type": "boolean",
            "default": paging.always,
            "description": "Gather the whole list instead of one page."
        }),
    );
    properties.insert(
        MAX_ITEMS.to_owned(),
        json!({
            "title": "Most items",
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_ITEMS,
            "default": 1000,
            "description": "With all pages: where to stop."
        }),
    );
}
