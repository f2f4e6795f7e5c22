//! `connector.yaml`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::option::{self, Names};
use super::parts::{self, Known};
use super::{Sink, action, sort_by_line, triggers};
use crate::connector::{Connector, Field, GivenBy, RateLimit, Retry};
use crate::fault::LoadError;
use crate::httprequest;
use crate::load::{Sources, Trust};
use crate::option::AuthOption;
use crate::source::{ConnectorFile, FieldBy, FieldFile, OptionFile, RetryFile};
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
    let triggers = sources.triggers.as_ref().and_then(|text| {
        let start = errors.len();
        let triggers = triggers::triggers(&mut Sink::new(text, errors), names.as_deref());
        sort_by_line(&mut errors[start..]);
        triggers
    });
    let mut compiled = compiled?;
    compiled.triggers = triggers;
    if let Some(action) = httprequest::action(&compiled.name) {
        actions.insert(action.id.clone(), Arc::new(action));
    }
    compiled.actions = actions;
    Some(compiled)
}

/// The fields that some connection has: the connector's and those of its options.
fn field_names(file: &ConnectorFile) -> Vec<String> {
    let of_options = file.auth.values().flat_map(|option| &option.extra_fields);
    let all = file.fields.iter().chain(of_options);
    let mut names: Vec<String> = all.map(|field| field.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}

fn own(
    sink: &mut Sink<'_>,
    sources: &Sources,
    trust: Trust,
    file: ConnectorFile,
) -> Option<Connector> {
    if file.instance && trust != Trust::Embedded {
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
    let own_names: Vec<String> = file.fields.iter().map(|field| field.name.clone()).collect();
    check_names(sink, "fields", &own_names, &[]);
    let all_names = field_names(&file);
    let credentials: Vec<String> = file
        .auth
        .values()
        .flat_map(|option| &option.fields)
        .map(|field| field.name.clone())
        .collect();
    let known = Known {
        fields: &all_names,
        credentials: &credentials,
        instance: file.instance,
        ..Known::default()
    };
    let base_url = parts::url(sink, "base_url", &file.base_url, known);
    if base_url
        .as_ref()
        .is_some_and(crate::template::url::UrlTemplate::has_query)
    {
        sink.add("base_url", "has no query; the actions have");
    }
    let headers = parts::headers(sink, "headers", &file.headers, known);
    let auth = options(sink, file.auth, &own_names, file.instance);
    let fields = compile_fields(sink, "fields", file.fields);
    let without = |limits: RateLimit| limits.calls == 0 || limits.seconds == 0;
    if file.limits.is_some_and(without) {
        sink.add("limits", "`calls` and `seconds` must be at least 1");
    }
    Some(Connector {
        base_url: base_url?,
        slug: file.slug,
        name: file.name,
        description: file.description,
        categories: file.categories,
        docs: file.docs,
        fields,
        auth,
        limits: file.limits,
        instance: file.instance,
        custom: trust == Trust::Custom,
        headers,
        body_type: file.body_type,
        retry: retry(sink, file.retry),
        failure: file.failure.map(|failure| parts::failure(sink, failure)),
        actions: BTreeMap::new(),
        triggers: None,
        file: sources.connector.file.clone(),
    })
}

fn options(
    sink: &mut Sink<'_>,
    files: indexmap::IndexMap<String, OptionFile>,
    own_names: &[String],
    instance: bool,
) -> Vec<AuthOption> {
    if files.is_empty() {
        sink.add(
            "auth",
            "needs at least one way to connect, such as `oauth2` or `keybased`",
        );
    }
    let mut options = Vec::new();
    for (id, file) in files {
        let at = format!("auth.{id}");
        if !is_name(&id) {
            sink.add(
                &at,
                format!("`{id}` is no name; use letters, digits, `_` and `-`"),
            );
        }
        let names = Names::of(own_names, &file);
        check_names(
            sink,
            &format!("{at}.extra_fields"),
            &names.fields[own_names.len()..],
            own_names,
        );
        check_names(
            sink,
            &format!("{at}.fields"),
            &names.credentials,
            &names.fields,
        );
        options.extend(option::option(sink, &id, file, &names, instance));
    }
    options
}

fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-".contains(&b))
}

/// Fields and credentials arrive in one flat object, so no name may be used twice.
fn check_names(sink: &mut Sink<'_>, place: &str, names: &[String], taken: &[String]) {
    let mut seen: Vec<&String> = taken.iter().collect();
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

pub(super) fn compile_fields(
    sink: &mut Sink<'_>,
    place: &str,
    files: Vec<FieldFile>,
) -> Vec<Field> {
    let mut fields = Vec::new();
    for (index, file) in files.into_iter().enumerate() {
        let at = format!("{place}[{index}]");
        if file.secret && file.by != FieldBy::Developer {
            let message = "is for what the developer sets (`by: developer`); what a customer \
                           types in secret is a field of `auth`";
            sink.add(&format!("{at}.secret"), message);
        }
        let pattern = parts::pattern(sink, &at, file.pattern.as_deref(), file.example.as_deref());
        fields.push(Field {
            label: file.label.unwrap_or_else(|| label(&file.name)),
            name: file.name,
            help: file.help,
            example: file.example,
            required: file.required,
            options: file.options.into_iter().map(Into::into).collect(),
            automated: file.automated,
            by: match file.by {
                FieldBy::Customer => GivenBy::Customer,
                FieldBy::Developer if file.secret => GivenBy::DeveloperInSecret,
                FieldBy::Developer => GivenBy::Developer,
            },
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
