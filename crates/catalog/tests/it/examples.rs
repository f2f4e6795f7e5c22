//! Every embedded action by a documented example: what it sends, what it gives back,
//! and whether both are what its schemas say. One snapshot per connector.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Map, Value};
use trunnel_catalog::{
    Access, Action, AuthOption, BuildFault, Connector, Fields, Outcome, PageEnd, action_request,
    classify, mapped,
};
use trunnel_model::http::{HttpAnswer, HttpRequest};

use crate::data::{catalog_file, embedded};
use crate::samples::{ACCESS_TOKEN, KEY, example_fields, show, with_credential};
use crate::snapshots::show_auth;

/// `examples/<action>.yaml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    #[serde(default)]
    fields: Fields,
    #[serde(default)]
    input: Map<String, Value>,
    answer: ExampleAnswer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExampleAnswer {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
}

impl ExampleAnswer {
    fn as_sent(&self) -> HttpAnswer {
        let body = match &self.body {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        };
        let headers = self.headers.iter().map(|(name, value)| {
            let name: http::HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        });
        HttpAnswer {
            status: self.status,
            headers: headers.collect(),
            body: body.into(),
        }
    }
}

fn own_actions(connector: &Connector) -> Vec<&Action> {
    let own = connector
        .actions()
        .filter(|action| action.id != "httprequest");
    own.map(AsRef::as_ref).collect()
}

/// What is wrong with the examples; all of it is told at once.
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, connector: &Connector, action: &Action, fault: impl std::fmt::Display) {
        self.0.push(format!(
            "{}/examples/{}.yaml: {fault}",
            connector.slug, action.id
        ));
    }
}

fn read(connector: &Connector, action: &Action, faults: &mut Faults) -> Option<Example> {
    let path = format!("{}/examples/{}.yaml", connector.slug, action.id);
    let Some(text) = catalog_file(&path) else {
        faults.add(connector, action, "is missing");
        return None;
    };
    match serde_saphyr::from_str(&text) {
        Ok(example) => Some(example),
        Err(error) => {
            faults.add(connector, action, error);
            None
        }
    }
}

fn with_fields(access: &Access<'_>, example: &Example) -> Fields {
    let mut fields = example_fields(access.connector, access.option);
    fields.extend(example.fields.clone());
    fields
}

fn build(
    connector: &Connector,
    option: &AuthOption,
    action: &Action,
    example: &Example,
) -> Result<HttpRequest, BuildFault> {
    with_credential(connector, option, |access| {
        let fields = with_fields(access, example);
        action_request(&access.with_fields(&fields), action, &example.input, None)
    })
}

/// The request for the page after the example's, or that there is none.
fn show_next(
    connector: &Connector,
    option: &AuthOption,
    action: &Action,
    example: &Example,
    body: &Value,
) -> Result<String, BuildFault> {
    let mut input = example.input.clone();
    input.insert("all_pages".to_owned(), Value::Bool(true));
    let next = with_credential(connector, option, |access| {
        let fields = with_fields(access, example);
        let access = access.with_fields(&fields);
        let mut pages = action.pages(&input).unwrap();
        let first = action_request(&access, action, &input, Some(pages.change()))?;
        match pages.take(&example.answer.as_sent(), body.clone(), &first.url) {
            PageEnd::More => {
                action_request(&access, action, &input, Some(pages.change())).map(Some)
            }
            PageEnd::Done(_) => Ok(None),
        }
    })?;
    Ok(match next {
        Some(request) => {
            let body = String::from_utf8_lossy(&request.body);
            let gap = if body.is_empty() { "" } else { " " };
            format!("next: {} {}{gap}{body}\n", request.method, request.url)
        }
        None => "next: none\n".to_owned(),
    })
}

fn show_action(connector: &Connector, action: &Action, faults: &mut Faults) -> Option<String> {
    let example = read(connector, action, faults)?;
    if let Err(wrong) = action.check(&Value::Object(example.input.clone())) {
        for fault in wrong {
            faults.add(connector, action, format!("input: {fault}"));
        }
        return None;
    }
    let option = connector.auth.first().unwrap();
    // Every option can send it; the first is written down.
    let mut text = String::new();
    for (index, option) in connector.auth.iter().enumerate() {
        match build(connector, option, action, &example) {
            Ok(request) if index == 0 => {
                text += &show(&action.id, &request, &[ACCESS_TOKEN, KEY]);
            }
            Ok(_) => {}
            Err(fault) => faults.add(connector, action, format!("{}: {fault}", option.id)),
        }
    }
    let body = match classify(connector, action, option, &example.answer.as_sent()) {
        Outcome::Success(body) => body,
        other @ Outcome::Failure { .. } => {
            faults.add(
                connector,
                action,
                format!("answer: not a success but {other:?}"),
            );
            return None;
        }
    };
    if action.is_paged() {
        match show_next(connector, option, action, &example, &body) {
            Ok(next) => text += &next,
            Err(fault) => faults.add(connector, action, format!("next page: {fault}")),
        }
    }
    let output = mapped(action, &example.answer.as_sent(), body);
    match &action.output {
        Some(schema) => {
            let schema = jsonschema::draft202012::new(schema).unwrap();
            for error in schema.iter_errors(&output) {
                let at = error.instance_path().as_str().to_owned();
                faults.add(connector, action, format!("output{at}: {error}"));
            }
        }
        None => faults.add(connector, action, "the action has no `output`"),
    }
    writeln!(text, "-> {output}\n").unwrap();
    Some(text)
}

#[test]
fn every_embedded_action_sends_and_gives_back_what_is_written_down() {
    let mut faults = Faults(Vec::new());
    for connector in embedded().iter() {
        let actions = own_actions(connector);
        if actions.is_empty() {
            continue;
        }
        let mut text = show_auth(connector, &mut faults.0);
        for action in actions {
            text += &show_action(connector, action, &mut faults).unwrap_or_default();
        }
        insta::assert_snapshot!(connector.slug.as_str(), text);
    }
    assert!(faults.0.is_empty(), "{}", faults.0.join("\n"));
}
