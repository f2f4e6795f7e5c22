//! `connector.yaml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;

use super::parts::{self, Known};
use super::{Sink, action, auth, sort_by_line};
use crate::connector::{Connector, Field, Retry};
use crate::fault::LoadError;
use crate::httprequest;
use crate::load::{Sources, Trust};
use crate::source::{ConnectorFile, FieldFile, RetryFile};
use crate::template::is_name;
use crate::view::label;

/// Compiles one connector with its actions. Nothing comes back when a file has
/// no form at all; with smaller mistakes something may, and `errors` is not empty.
pub(crate) fn connector(
    sources: &Sources,
    trust: Trust,
    errors: &mut Vec<LoadError>,
) -> Option<Connector> {
    let start = errors.len();
    let mut sink = Sink::new(&sources.connector, errors);
    let file = sink.read::<ConnectorFile>();
    let names = file.as_ref().map(field_names);
    let instance = file.as_ref().is_some_and(|file| file.instance);
    let compiled = file.and_then(|file| own(&mut sink, sources, trust, file));
    sort_by_line(&mut errors[start..]);
    // The actions are read in any case, so that their mistakes show up as well.
    let mut actions = BTreeMap::new();
    for text in &sources.actions {
        let start = errors.len();
        let mut sink = Sink::new(text, errors);
        let known = names.as_deref().map(|fields| Known {
            fields,
            instance,
            ..Known::default()
        });
        if let Some(action) = action::action(&mut sink, known) {
            if action.id == httprequest::ID {
                sink.add("id", "`httprequest` is built in and cannot be written");
            } else if actions.contains_key(&action.id) {
                sink.add(
                    "id",
                    format!("another file has an action `{}` already", action.id),
                );
            }
            actions.insert(action.id.clone(), Arc::new(action));
        }
        sort_by_line(&mut errors[start..]);
    }
    let mut compiled = compiled?;
    if let Some(action) = httprequest::action(&compiled.name) {
        actions.insert(action.id.clone(), Arc::new(action));
    }
    compiled.actions = actions;
    Some(compiled)
}

fn field_names(file: &ConnectorFile) -> Vec<String> {
    file.fields.iter().map(|field| field.name.clone()).collect()
}

fn own(
    sink: &mut Sink<'_>,
    sources: &Sources,
    trust: Trust,
    file: ConnectorFile,
) -> Option<Connector> {
    if file.instance && trust == Trust::Folder {
        sink.add(
            "instance",
            "only a connector that comes with the binary may call this server",
        );
    }
    if file.slug != sources.folder {
        let folder = &sources.folder;
        sink.add(
            "slug",
            format!("is `{}`, while its folder is called `{folder}`", file.slug),
        );
    }
    if !is_slug(&file.slug) {
        sink.add("slug", "holds only lower-case letters, digits, `_` and `-`");
    }
    let fields = field_names(&file);
    let credentials: Vec<String> = file
        .auth
        .keybased
        .iter()
        .flat_map(|k| &k.fields)
        .map(|f| f.name.clone())
        .collect();
    check_names(sink, &fields, &credentials);
    let known = Known {
        fields: &fields,
        instance: file.instance,
        ..Known::default()
    };
    let with_key = Known {
        credentials: &credentials,
        ..known
    };
    let base_url = parts::url(sink, "base_url", &file.base_url, with_key);
    if base_url
        .as_ref()
        .is_some_and(crate::template::url::UrlTemplate::has_query)
    {
        sink.add("base_url", "has no query; the actions have");
    }
    let headers = parts::headers(sink, "headers", &file.headers, with_key);
    if file.auth.oauth2.is_none() && file.auth.keybased.is_none() {
        sink.add("auth", "needs `oauth2`, `keybased` or both");
    }
    let oauth2 = file
        .auth
        .oauth2
        .and_then(|file| auth::oauth2(sink, file, known));
    let keybased = file
        .auth
        .keybased
        .map(|file| auth::keybased(sink, file, with_key));
    let fields = compile_fields(sink, file.fields);
    Some(Connector {
        base_url: base_url?,
        slug: file.slug,
        name: file.name,
        description: file.description,
        categories: file.categories,
        docs: file.docs,
        fields,
        oauth2,
        keybased,
        instance: file.instance,
        headers,
        body_type: file.body_type,
        retry: retry(sink, file.retry),
        failure: file.failure.map(|failure| parts::failure(sink, failure)),
        actions: BTreeMap::new(),
        file: sources.connector.file.clone(),
    })
}

fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
}

/// Fields and credentials arrive in one flat object, so no name may be used twice.
fn check_names(sink: &mut Sink<'_>, fields: &[String], credentials: &[String]) {
    let mut seen: Vec<&String> = Vec::new();
    let places = [("fields", fields), ("auth.keybased.fields", credentials)];
    for (place, names) in places {
        for (index, name) in names.iter().enumerate() {
            let at = format!("{place}[{index}].name");
            if !is_name(name) {
                sink.add(
                    &at,
                    format!("`{name}` is no name; use letters, digits, `_` and `-`"),
                );
            }
            if seen.contains(&name) {
                sink.add(
                    &at,
                    format!("`{name}` is the name of another field already"),
                );
            }
            seen.push(name);
        }
    }
}

fn compile_fields(sink: &mut Sink<'_>, files: Vec<FieldFile>) -> Vec<Field> {
    let mut fields = Vec::new();
    for (index, file) in files.into_iter().enumerate() {
        let pattern = file.pattern.as_deref().and_then(|pattern| {
            let at = format!("fields[{index}].pattern");
            let regex = Regex::new(pattern);
            regex
                .map_err(|_| sink.add(&at, format!("`{pattern}` is no regular expression")))
                .ok()
        });
        if let (Some(pattern), Some(example)) = (&pattern, &file.example)
            && !pattern.is_match(example)
        {
            let at = format!("fields[{index}].example");
            sink.add(&at, format!("`{example}` does not match the pattern"));
        }
        fields.push(Field {
            label: file.label.unwrap_or_else(|| label(&file.name)),
            name: file.name,
            help: file.help,
            example: file.example,
            required: file.required,
            options: file.options.into_iter().map(Into::into).collect(),
            automated: file.automated,
            pattern,
        });
    }
    fields
}

fn retry(sink: &mut Sink<'_>, file: RetryFile) -> Retry {
    let lists = [
        ("retry_after", &file.retry_after),
        ("reset_at", &file.reset_at),
    ];
    for (key, names) in lists {
        for (index, name) in names.iter().enumerate() {
            parts::header_name(sink, &format!("retry.{key}[{index}]"), name);
        }
    }
    if let Some(name) = &file.remaining {
        parts::header_name(sink, "retry.remaining", name);
    }
    Retry {
        after: file.retry_after,
        reset_at: file.reset_at,
        remaining: file.remaining,
    }
}
