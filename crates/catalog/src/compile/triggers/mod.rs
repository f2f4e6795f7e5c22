//! `triggers.yaml`.

mod file;
mod verify;

use std::collections::BTreeSet;

use http::Method;

use self::file::{
    AccountFile, AnswerFile, ChallengeFile, EventsFile, PartsFile, SourceFile, TriggerFile,
    TriggersFile, WhenFile,
};
use super::{Sink, parts};
use crate::template::is_name;
use crate::trigger::{
    AccountRule, Answer, Challenge, Events, IDENTIFIER, Source, Trigger, Triggers, When,
};

/// Compiles the triggers; `fields` are the connection's, unless the connector itself
/// has no form: then no complaint is made about their names.
pub(crate) fn triggers(sink: &mut Sink<'_>, fields: Option<&[String]>) -> Option<Triggers> {
    let file = sink.read::<TriggersFile>()?;
    let verify = verify::verify(sink, file.verify);
    let challenges = file.challenge.into_iter().enumerate();
    let challenges = challenges
        .filter_map(|(index, file)| challenge(sink, &format!("challenge[{index}]"), file))
        .collect();
    let has_type = file.events.kind.is_some();
    let events = events(sink, file.events, fields);
    check_triggers(sink, &file.triggers, has_type);
    Some(Triggers {
        docs: file.docs,
        list: file.triggers.into_iter().map(Into::into).collect(),
        verify: verify?,
        challenges,
        events: events?,
        file: sink.text.file.clone(),
    })
}

impl From<TriggerFile> for Trigger {
    fn from(file: TriggerFile) -> Self {
        Self {
            id: file.id,
            name: file.name,
            description: file.description,
            docs: file.docs,
            kind: file.kind,
            sample: file.sample,
        }
    }
}

fn challenge(sink: &mut Sink<'_>, at: &str, file: ChallengeFile) -> Option<Challenge> {
    let answer = answer(sink, &format!("{at}.answer"), file.answer, &file.when);
    let when = when(sink, &format!("{at}.when"), file.when);
    let (when, answer) = (when?, answer?);
    let keep = file.keep || matches!(answer, Answer::Header);
    if keep && !matches!(when, When::Header(_) | When::Body { .. }) {
        let message = "only a header or a member of the body can be kept as the secret";
        sink.add(&format!("{at}.keep"), message);
    }
    Some(Challenge { when, answer, keep })
}

fn when(sink: &mut Sink<'_>, at: &str, file: WhenFile) -> Option<When> {
    if file.equals.is_some() && file.body.is_none() && file.query.is_none() {
        sink.add(&format!("{at}.equals"), "belongs to `body` or `query`");
    }
    match (file.method, file.header, file.query, file.body) {
        (Some(method), None, None, None) => match method.as_str() {
            "GET" => Some(When::Method(Method::GET)),
            "HEAD" => Some(When::Method(Method::HEAD)),
            _ => {
                sink.add(
                    &format!("{at}.method"),
                    "a handshake is made by GET or HEAD",
                );
                None
            }
        },
        (None, Some(header), None, None) => {
            parts::header_name(sink, &format!("{at}.header"), &header).map(|_| When::Header(header))
        }
        (None, None, Some(name), None) => Some(When::Query {
            name,
            equals: file.equals.as_ref().and_then(crate::path::plain_text),
        }),
        (None, None, None, Some(path)) => {
            parts::dotted(sink, &format!("{at}.body"), &path);
            Some(When::Body {
                path,
                equals: file.equals,
            })
        }
        _ => {
            sink.add(at, "needs one of method, header, query and body");
            None
        }
    }
}

fn answer(sink: &mut Sink<'_>, at: &str, file: AnswerFile, when: &WhenFile) -> Option<Answer> {
    match (file.body, file.text, file.header) {
        (None, None, None) => Some(Answer::Empty),
        (Some(path), None, None) => {
            parts::dotted(sink, &format!("{at}.body"), &path);
            Some(Answer::Json { path })
        }
        (None, Some(_), None) => {
            if when.query.is_none() {
                sink.add(
                    &format!("{at}.text"),
                    "echoes the query parameter that `when` names",
                );
            }
            Some(Answer::Text)
        }
        (None, None, Some(header)) => {
            if when.header.as_ref() != Some(&header) {
                sink.add(&format!("{at}.header"), "is the header that `when` names");
            }
            Some(Answer::Header)
        }
        _ => {
            sink.add(at, "has at most one of body, text and header");
            None
        }
    }
}

fn events(sink: &mut Sink<'_>, file: EventsFile, fields: Option<&[String]>) -> Option<Events> {
    if let Some(items) = file.items.as_ref().filter(|items| !items.is_empty()) {
        parts::dotted(sink, "events.items", items);
    }
    let kind = match file.kind {
        None => Vec::new(),
        Some(PartsFile::One(one)) => vec![source(sink, "events.type", one)?],
        Some(PartsFile::Several(several)) => {
            let several = several.into_iter().enumerate();
            several
                .filter_map(|(index, part)| source(sink, &format!("events.type[{index}]"), part))
                .collect()
        }
    };
    let id = file.id.and_then(|id| source(sink, "events.id", id));
    if file.items.is_some() && matches!(id, Some(Source::Header(_))) {
        sink.add(
            "events.id",
            "a header names the request, not each event of its list",
        );
    }
    let account = file
        .account
        .and_then(|account| self::account(sink, account, fields));
    Some(Events {
        items: file.items,
        kind,
        id,
        account,
    })
}

fn account(
    sink: &mut Sink<'_>,
    file: AccountFile,
    fields: Option<&[String]>,
) -> Option<AccountRule> {
    let known = |fields: &[String]| fields.contains(&file.matches);
    if file.matches != IDENTIFIER && !fields.is_none_or(known) {
        let message = format!(
            "`{}` is neither `{IDENTIFIER}` nor a field of the connector",
            file.matches
        );
        sink.add("events.account.matches", message);
    }
    let (header, path) = (file.header, file.path);
    let source = source(sink, "events.account", SourceFile { header, path })?;
    Some(AccountRule {
        source,
        matches: file.matches,
    })
}

fn source(sink: &mut Sink<'_>, at: &str, file: SourceFile) -> Option<Source> {
    match (file.header, file.path) {
        (Some(name), None) => {
            parts::header_name(sink, &format!("{at}.header"), &name).map(|_| Source::Header(name))
        }
        (None, Some(path)) => {
            // An empty path is the event itself, which may be a plain text.
            if !path.is_empty() {
                parts::dotted(sink, &format!("{at}.path"), &path);
            }
            Some(Source::Path(path))
        }
        _ => {
            sink.add(at, "needs either `path` or `header`");
            None
        }
    }
}

fn check_triggers(sink: &mut Sink<'_>, triggers: &[TriggerFile], has_type: bool) {
    if triggers.is_empty() {
        sink.add(
            "triggers",
            "is empty; a provider that tells nothing needs no file",
        );
    }
    let (mut ids, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for (index, trigger) in triggers.iter().enumerate() {
        let at = format!("triggers[{index}]");
        if !is_name(&trigger.id) {
            let message = format!("`{}` is no name; use letters, digits and `_`", trigger.id);
            sink.add(&format!("{at}.id"), message);
        }
        if !ids.insert(&trigger.id) {
            sink.add(&format!("{at}.id"), "is the id of another trigger already");
        }
        match &trigger.kind {
            Some(_) if !has_type => {
                sink.add(
                    &format!("{at}.type"),
                    "`events` does not say where the type is",
                );
            }
            Some(kind) if !kinds.insert(kind) => {
                sink.add(
                    &format!("{at}.type"),
                    "is the type of another trigger already",
                );
            }
            None if triggers.len() > 1 => {
                let message = "is missing; only a trigger that is alone can do without";
                sink.add(&format!("{at}.type"), message);
            }
            _ => {}
        }
    }
}
