//! From an action, a credential and an input to a request.

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};
use trunnel_model::http::{HttpRequest, Redirects};
use url::Url;

use crate::action::{Action, Call, RequestTemplate, Target};
use crate::auth::probe::Probe;
use crate::connector::{AuthType, Connector, Credential, Fields, Instance, Place};
use crate::encode;
use crate::fault::BuildFault;
use crate::httprequest::{self, push_query};
use crate::source::BodyType;
use crate::template::json::JsonTemplate;
use crate::template::{Scope, Template};

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
pub(crate) const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// All of this server that a connector to itself may call. Without it,
/// `httprequest` would be a way to every route from the inside.
const INSTANCE_ROOT: &str = "/playground/";

/// Builds the request of one action call. `input` should have passed
/// [`Action::check`]; what has not is refused or left out, never misplaced.
pub fn action_request(
    connector: &Connector,
    action: &Action,
    instance: &Instance,
    fields: &Fields,
    credential: Credential<'_>,
    input: &Map<String, Value>,
) -> Result<HttpRequest, BuildFault> {
    let scope = Scope::new(instance, fields)
        .with_credential(credential)
        .with_input(input);
    let draft = match &action.call {
        Call::Template(template) => from_template(connector, template, &scope)?,
        Call::Caller => from_caller(connector, credential, &scope, input)?,
    };
    draft.finish(connector, auth_type(credential), &scope)
}

/// Marks a request with a key by which the provider recognises a repetition, if
/// the provider has a header for one.
pub fn set_idempotency_key(action: &Action, request: &mut HttpRequest, key: &str) {
    if let Some((name, value)) = action
        .idempotency_header
        .clone()
        .zip(encode::header_value(key))
    {
        request.headers.insert(name, value);
    }
}

pub(crate) fn probe_request(
    connector: &Connector,
    probe: &Probe,
    auth_type: AuthType,
    scope: &Scope<'_>,
) -> Result<HttpRequest, BuildFault> {
    let url = target_url(connector, &probe.target, scope)?;
    let mut draft = Draft::new(connector, probe.method.clone(), url, scope)?;
    draft.push_texts(&probe.query, scope)?;
    draft.body = render_body(probe.body.as_ref(), scope)?;
    let mut request = draft.finish(connector, auth_type, scope)?;
    // Last: some providers want the credential written in another way here.
    set_headers(&mut request.headers, &probe.headers, scope)?;
    Ok(request)
}

fn auth_type(credential: Credential<'_>) -> AuthType {
    match credential {
        Credential::OAuth2 { .. } => AuthType::OAuth2,
        Credential::KeyBased(_) => AuthType::KeyBased,
    }
}

fn from_template(
    connector: &Connector,
    template: &RequestTemplate,
    scope: &Scope<'_>,
) -> Result<Draft, BuildFault> {
    let url = target_url(connector, &template.target, scope)?;
    let mut draft = Draft::new(connector, template.method.clone(), url, scope)?;
    for (name, value) in &template.query {
        if let Some(value) = value.render(scope)? {
            push_query(&query_name(template, name), name, &value, &mut draft.query)?;
        }
    }
    set_headers(&mut draft.headers, &template.headers, scope)?;
    draft.body = render_body(template.body.as_ref(), scope)?;
    draft.body_type = template.body_type.unwrap_or(connector.body_type);
    Ok(draft)
}

/// How a fault names a query entry: by the input it comes from, if it is one.
fn query_name(template: &RequestTemplate, name: &str) -> String {
    let entry = template.query.iter().find(|(other, _)| other == name);
    let first = entry.and_then(|(_, value)| value.references().first().map(ToString::to_string));
    first.unwrap_or_else(|| format!("query.{name}"))
}

fn from_caller(
    connector: &Connector,
    credential: Credential<'_>,
    scope: &Scope<'_>,
    input: &Map<String, Value>,
) -> Result<Draft, BuildFault> {
    let base = connector.base_url.render(scope)?;
    let url = httprequest::url(&base, input)?;
    let mut draft = Draft::new(connector, httprequest::method(input)?, url, scope)?;
    draft.query = httprequest::query(input)?;
    let taken: Vec<HeaderName> = connector
        .place(auth_type(credential))
        .map(|place| place.headers.iter().map(|(name, _)| name.clone()).collect())
        .unwrap_or_default();
    let given = httprequest::headers(input, &taken)?;
    let content_type = given.get(CONTENT_TYPE).cloned();
    draft.headers.extend(given);
    let body = input.get("body").filter(|body| !body.is_null()).cloned();
    draft.body_type = match content_type {
        Some(content_type) => caller_body_type(&content_type, body.as_ref()),
        None => connector.body_type,
    };
    draft.body = body;
    Ok(draft)
}

/// A text with a content type of its own is sent as it stands, which is what a
/// form of one text is as well.
fn caller_body_type(content_type: &HeaderValue, body: Option<&Value>) -> BodyType {
    let is_form = content_type
        .to_str()
        .is_ok_and(|text| text.starts_with("application/x-www-form-urlencoded"));
    let is_text = body.is_some_and(Value::is_string);
    if is_form || is_text {
        BodyType::Form
    } else {
        BodyType::Json
    }
}

fn target_url(
    connector: &Connector,
    target: &Target,
    scope: &Scope<'_>,
) -> Result<Url, BuildFault> {
    match target {
        Target::Url(url) => url.render(scope),
        Target::Path(path) => path.render(&connector.base_url.render(scope)?, scope),
    }
}

/// The body; one whose every member was left out is an empty object, since the
/// action does have a body.
fn render_body(
    template: Option<&JsonTemplate>,
    scope: &Scope<'_>,
) -> Result<Option<Value>, BuildFault> {
    let Some(template) = template else {
        return Ok(None);
    };
    let rendered = template.render(scope)?;
    let is_object = matches!(template, JsonTemplate::Object(_));
    Ok(rendered.or_else(|| is_object.then(|| Value::Object(Map::new()))))
}

pub(crate) fn set_headers(
    headers: &mut HeaderMap,
    templates: &[(HeaderName, Template)],
    scope: &Scope<'_>,
) -> Result<(), BuildFault> {
    for (name, template) in templates {
        let Some(text) = scope.text(template)? else {
            continue;
        };
        let mut value = encode::header_value(&text).ok_or_else(|| {
            let source = template.references().next().map(ToString::to_string);
            let source = source.unwrap_or_else(|| format!("headers.{name}"));
            BuildFault::value(source, "must not hold control characters")
        })?;
        value.set_sensitive(template.is_secret());
        headers.insert(name.clone(), value);
    }
    Ok(())
}

/// A request while it is put together.
struct Draft {
    method: Method,
    url: Url,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Option<Value>,
    body_type: BodyType,
}

impl Draft {
    fn new(
        connector: &Connector,
        method: Method,
        url: Url,
        scope: &Scope<'_>,
    ) -> Result<Self, BuildFault> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, JSON);
        set_headers(&mut headers, &connector.headers, scope)?;
        let body_type = BodyType::Json;
        Ok(Self {
            method,
            url,
            query: Vec::new(),
            headers,
            body: None,
            body_type,
        })
    }

    fn push_texts(
        &mut self,
        entries: &[(String, Template)],
        scope: &Scope<'_>,
    ) -> Result<(), BuildFault> {
        for (name, template) in entries {
            self.query
                .extend(scope.text(template)?.map(|text| (name.clone(), text)));
        }
        Ok(())
    }

    fn finish(
        mut self,
        connector: &Connector,
        auth_type: AuthType,
        scope: &Scope<'_>,
    ) -> Result<HttpRequest, BuildFault> {
        if connector.instance && !is_below_root(&self.url, scope.instance) {
            return Err(BuildFault::Url(format!(
                "it is not below `{INSTANCE_ROOT}`"
            )));
        }
        let place = connector
            .place(auth_type)
            .ok_or(BuildFault::Unsupported(auth_type.as_str()))?;
        self.place(place, scope)?;
        encode::push_query(&mut self.url, &self.query);
        let mut request = HttpRequest::new(self.method, self.url);
        request.headers = self.headers;
        request.egress = connector.egress();
        // A redirect on this server could lead out of what it may be asked for.
        request.redirects = if connector.instance {
            Redirects::Never
        } else {
            Redirects::SameOrigin
        };
        set_body(&mut request, self.body.as_ref(), self.body_type);
        Ok(request)
    }

    /// The credential comes last, so that nothing can take its place.
    fn place(&mut self, place: &Place, scope: &Scope<'_>) -> Result<(), BuildFault> {
        set_headers(&mut self.headers, &place.headers, scope)?;
        if let Some((username, password)) = &place.basic {
            self.headers
                .insert(AUTHORIZATION, basic(username, password, scope)?);
        }
        self.push_texts(&place.query, scope)?;
        if place.body.is_empty() {
            return Ok(());
        }
        let Value::Object(body) = self.body.get_or_insert_with(|| Value::Object(Map::new())) else {
            let problem = "must be an object, because the credential is part of it";
            return Err(BuildFault::value("input.body", problem));
        };
        for (name, template) in &place.body {
            if let Some(value) = template.render(scope)? {
                body.insert(name.clone(), value);
            }
        }
        Ok(())
    }
}

fn basic(
    username: &Template,
    password: &Template,
    scope: &Scope<'_>,
) -> Result<HeaderValue, BuildFault> {
    let username = scope.text(username)?.unwrap_or_default();
    let password = scope.text(password)?.unwrap_or_default();
    secret_value(&encode::basic(&username, &password))
}

pub(crate) fn secret_value(text: &str) -> Result<HeaderValue, BuildFault> {
    let mut value = encode::header_value(text)
        .ok_or_else(|| BuildFault::value("credential", "must not hold control characters"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_below_root(url: &Url, instance: &Instance) -> bool {
    let root = instance.url.path().trim_end_matches('/');
    url.path()
        .strip_prefix(root)
        .is_some_and(|path| path.starts_with(INSTANCE_ROOT))
}

pub(crate) fn set_body(request: &mut HttpRequest, body: Option<&Value>, body_type: BodyType) {
    let Some(body) = body else { return };
    let (content_type, text) = match (body_type, body) {
        (BodyType::None, _) => return,
        (BodyType::Json, body) => (JSON, body.to_string()),
        (BodyType::Form, Value::String(text)) => (FORM, text.clone()),
        (BodyType::Form, body) => (FORM, encode::form(body)),
    };
    request.headers.entry(CONTENT_TYPE).or_insert(content_type);
    request.body = text.into();
}
