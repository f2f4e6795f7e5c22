//! Connectors and actions that a developer keeps in an environment of their own.
//!
//! They are written in the form of the catalogue's files, and come one by one: a
//! connector without its actions, and an action for a connector that is known.

use crate::action::{Action, Call, Target};
use crate::compile::{self, Sink};
use crate::connector::Connector;
use crate::fault::{LoadError, LoadErrors};
use crate::httprequest;
use crate::lint::open_destinations;
use crate::load::{Sources, Text, Trust};

/// Compiles a connector of its own file alone.
pub fn compile_connector(slug: &str, text: &str) -> Result<Connector, LoadErrors> {
    let sources = Sources {
        folder: slug.to_owned(),
        connector: Text {
            file: "connector".to_owned(),
            text: text.to_owned(),
        },
        actions: Vec::new(),
        triggers: None,
    };
    let mut errors = Vec::new();
    let connector = compile::connector(&sources, Trust::Custom, &mut errors);
    if let Some(connector) = &connector {
        keep_secrets(connector, &mut errors);
    }
    whole(connector, errors)
}

/// Compiles an action that stands beside the connector's own. On a connector of the
/// catalogue it stays below the base URL, since customers have given their
/// credentials to that provider.
pub fn compile_action(connector: &Connector, id: &str, text: &str) -> Result<Action, LoadErrors> {
    let text = Text {
        file: format!("{id}.yaml"),
        text: text.to_owned(),
    };
    let names = field_names(connector);
    let mut errors = Vec::new();
    let mut sink = Sink::new(&text, &mut errors);
    let action = compile::added_action(&mut sink, &names);
    if let Some(action) = &action {
        if action.id == httprequest::ID {
            sink.add("id", "`httprequest` is built in and cannot be written");
        }
        if !connector.custom && goes_elsewhere(action) {
            sink.add(
                "request.url",
                "an action on a connector of the catalogue has `path`, which is below the \
                 connector's base URL",
            );
        }
    }
    compile::sort_by_line(&mut errors);
    whole(action, errors)
}

/// What is only advice for the catalogue is a rule where nobody reviews the file.
fn keep_secrets(connector: &Connector, errors: &mut Vec<LoadError>) {
    for option in &connector.auth {
        for (name, message) in open_destinations(connector, option) {
            errors.push(LoadError {
                file: "connector".to_owned(),
                line: None,
                field: Some(format!("auth.{}.{name}", option.id)),
                message,
            });
        }
    }
}

fn goes_elsewhere(action: &Action) -> bool {
    matches!(&action.call, Call::Template(template) if matches!(template.target, Target::Url(_)))
}

fn field_names(connector: &Connector) -> Vec<String> {
    let of_options = connector.auth.iter().flat_map(|option| &option.fields);
    let all = connector.fields.iter().chain(of_options);
    all.map(|field| field.name.clone()).collect()
}

fn whole<T>(compiled: Option<T>, errors: Vec<LoadError>) -> Result<T, LoadErrors> {
    match compiled {
        Some(compiled) if errors.is_empty() => Ok(compiled),
        _ => Err(LoadErrors(errors)),
    }
}
