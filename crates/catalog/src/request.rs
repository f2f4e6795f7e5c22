//! From an action, a credential and an input to a request.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};
use trunnel_model::http::{ClientCertificate, HttpRequest, Redirects};
use trunnel_model::secret::Secret;
use url::Url;

use crate::access::Access;
use crate::action::{Action, Call, RequestTemplate, Target};
use crate::auth::jwt;
use crate::auth::probe::Probe;
use crate::connector::{Connector, Instance};
use crate::encode;
use crate::fault::BuildFault;
use crate::httprequest::{self, push_query};
use crate::option::{AuthOption, Place};
use crate::paginate::PageChange;
use crate::sign;
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
    access: &Access<'_>,
    action: &Action,
    input: &Map<String, Value>,
    page: Option<&PageChange>,
) -> Result<HttpRequest, BuildFault> {
    with_token(access, |access| {
        let scope = access.scope().with_input(input);
        let mut draft = match &action.call {
            Call::Template(template) => from_template(access, template, &scope)?,
            Call::Caller => from_caller(access, &scope, input)?,
        };
        if let Some(page) = page {
            if let Some(path) = &page.path {
                draft.url = httprequest::path_below(&base_url(access, &scope)?, path, "page")?;
                draft.query.clear();
                draft.body = None;
            }
            draft.turn_to(page, &access.option.place);
        }
        draft.finish(access, &scope)
    })
}

/// Hands on the access, with the token that is made here where an option's is.
fn with_token<T>(
    access: &Access<'_>,
    build: impl FnOnce(&Access<'_>) -> Result<T, BuildFault>,
) -> Result<T, BuildFault> {
    let Some(template) = jwt::template_of(access.option) else {
        return build(access);
    };
    let token = jwt::sign(template, &access.scope())?;
    let mut credential = access.credential;
    credential.access_token = Some(&token);
    build(&access.with_credential(credential))
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

/// A request that somebody else has written, with the credential put into it.
///
/// Headers that belong to the connection are left out, whatever they say. `body` is
/// what is known of it now: a signature covers only that.
pub fn proxy_request(
    access: &Access<'_>,
    method: Method,
    path: &str,
    headers: &HeaderMap,
    body: Bytes,
) -> Result<HttpRequest, BuildFault> {
    with_token(access, |access| {
        let scope = access.scope();
        let url = httprequest::path_below(&base_url(access, &scope)?, path, "path")?;
        let place = &access.option.place;
        if !place.body.is_empty() {
            return Err(BuildFault::Unsupported("a credential inside the body"));
        }
        let mut draft = Draft::new(access, method, url, &scope)?;
        let taken = |name: &HeaderName| place.headers.iter().any(|(known, _)| known == name);
        let theirs = headers
            .keys()
            .filter(|name| !taken(name) && !httprequest::is_reserved(name));
        for name in theirs {
            draft.headers.remove(name);
            for value in headers.get_all(name) {
                draft.headers.append(name.clone(), value.clone());
            }
        }
        draft.raw = Some(body);
        draft.finish(access, &scope)
    })
}

/// Whether a signature of this option covers the body, which must be whole then.
pub fn signs_body(option: &AuthOption) -> bool {
    sign::is_signed(option)
}

pub(crate) fn probe_request(access: &Access<'_>, probe: &Probe) -> Result<HttpRequest, BuildFault> {
    with_token(access, |access| {
        let scope = access.scope();
        let url = target_url(access, &probe.target, &scope)?;
        let mut draft = Draft::new(access, probe.method.clone(), url, &scope)?;
        draft.push_texts(&probe.query, &scope)?;
        draft.body = render_body(probe.body.as_ref(), &scope)?;
        // Some providers want the credential written in another way here.
        draft.last_headers = Some(&probe.headers);
        draft.finish(access, &scope)
    })
}

fn from_template<'t>(
    access: &Access<'_>,
    template: &'t RequestTemplate,
    scope: &Scope<'_>,
) -> Result<Draft<'t>, BuildFault> {
    let url = target_url(access, &template.target, scope)?;
    let mut draft = Draft::new(access, template.method.clone(), url, scope)?;
    for (name, value) in &template.query {
        if let Some(value) = value.render(scope)? {
            push_query(&query_name(template, name), name, &value, &mut draft.query)?;
        }
    }
    set_headers(&mut draft.headers, &template.headers, scope)?;
    draft.body = render_body(template.body.as_ref(), scope)?;
    draft.body_type = template.body_type.unwrap_or(access.connector.body_type);
    Ok(draft)
}

/// How a fault names a query entry: by the input it comes from, if it is one.
fn query_name(template: &RequestTemplate, name: &str) -> String {
    let entry = template.query.iter().find(|(other, _)| other == name);
    let first = entry.and_then(|(_, value)| value.references().first().map(ToString::to_string));
    first.unwrap_or_else(|| format!("query.{name}"))
}

fn from_caller<'t>(
    access: &Access<'_>,
    scope: &Scope<'_>,
    input: &Map<String, Value>,
) -> Result<Draft<'t>, BuildFault> {
    let url = httprequest::url(&base_url(access, scope)?, input)?;
    let mut draft = Draft::new(access, httprequest::method(input)?, url, scope)?;
    draft.query = httprequest::query(input)?;
    let place = &access.option.place;
    let taken: Vec<HeaderName> = place.headers.iter().map(|(name, _)| name.clone()).collect();
    let given = httprequest::headers(input, &taken)?;
    let content_type = given.get(CONTENT_TYPE).cloned();
    draft.headers.extend(given);
    let body = input.get("body").filter(|body| !body.is_null()).cloned();
    draft.body_type = match content_type {
        Some(content_type) => caller_body_type(&content_type, body.as_ref()),
        None => access.connector.body_type,
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

/// What the paths of actions are added to, in the way of this option.
pub(crate) fn base_url(access: &Access<'_>, scope: &Scope<'_>) -> Result<Url, BuildFault> {
    let own = access.option.base_url.as_ref();
    own.unwrap_or(&access.connector.base_url).render(scope)
}

fn target_url(access: &Access<'_>, target: &Target, scope: &Scope<'_>) -> Result<Url, BuildFault> {
    match target {
        Target::Url(url) => url.render(scope),
        Target::Path(path) => path.render(&base_url(access, scope)?, scope),
    }
}

/// The body; one whose every member was left out is an empty object, since the
/// action does have a body.
pub(crate) fn render_body(
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
struct Draft<'t> {
    method: Method,
    url: Url,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Option<Value>,
    body_type: BodyType,
    /// A body as it stands, in the place of the value.
    raw: Option<Bytes>,
    /// Set after the credential, in whose place they may stand.
    last_headers: Option<&'t [(HeaderName, Template)]>,
}

impl Draft<'_> {
    fn new(
        access: &Access<'_>,
        method: Method,
        url: Url,
        scope: &Scope<'_>,
    ) -> Result<Self, BuildFault> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, JSON);
        set_headers(&mut headers, &access.connector.headers, scope)?;
        set_headers(&mut headers, &access.option.headers, scope)?;
        let body_type = BodyType::Json;
        Ok(Self {
            method,
            url,
            query: Vec::new(),
            headers,
            body: None,
            body_type,
            raw: None,
            last_headers: None,
        })
    }

    /// Makes it the request for another page.
    fn turn_to(&mut self, page: &PageChange, place: &Place) {
        if let Some(url) = &page.url {
            self.url = url.clone();
            // A link repeats the query, perhaps with the credential in it.
            let of_place = |name: &str| place.query.iter().any(|(known, _)| known == name);
            let kept: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(name, _)| !of_place(name))
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            self.url.set_query(None);
            self.query = kept;
            return;
        }
        page.apply_to_query(&mut self.query);
        page.apply_to_body(&mut self.body);
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

    fn finish(mut self, access: &Access<'_>, scope: &Scope<'_>) -> Result<HttpRequest, BuildFault> {
        let connector = access.connector;
        if connector.instance && !is_below_root(&self.url, scope.instance) {
            return Err(BuildFault::Url(format!(
                "it is not below `{INSTANCE_ROOT}`"
            )));
        }
        check_credential(access.option, scope)?;
        self.place(&access.option.place, scope)?;
        if let Some(headers) = self.last_headers {
            set_headers(&mut self.headers, headers, scope)?;
        }
        encode::push_query(&mut self.url, &self.query);
        let mut request = HttpRequest::new(self.method, self.url);
        request.headers = self.headers;
        request.egress = connector.egress();
        request.redirects = redirects(connector, access.option);
        match self.raw {
            Some(raw) => request.body = raw,
            None => set_body(&mut request, self.body.as_ref(), self.body_type),
        }
        set_certificate(&mut request, access.option, scope)?;
        sign::sign(&mut request, access, scope)?;
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

/// A call without any of its credential would be one of nobody. Only where every
/// value may be left out it is what the customer wants.
fn check_credential(option: &AuthOption, scope: &Scope<'_>) -> Result<(), BuildFault> {
    let keys = option.key_fields();
    if !keys.is_empty() && keys.iter().all(|field| !field.required) {
        return Ok(());
    }
    let secrets = option.place.secrets();
    match secrets.first() {
        Some(first) if !secrets.iter().any(|secret| scope.has(secret)) => Err(BuildFault::Absent {
            name: first.to_string(),
        }),
        _ => Ok(()),
    }
}

pub(crate) fn basic(
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

/// A redirect on this server could lead out of what it may be asked for, and one of
/// a signed request would not be what was signed.
fn redirects(connector: &Connector, option: &AuthOption) -> Redirects {
    if connector.instance || sign::is_signed(option) {
        Redirects::Never
    } else {
        Redirects::SameOrigin
    }
}

/// Puts the option's certificate into the request, where it has one.
pub(crate) fn set_certificate(
    request: &mut HttpRequest,
    option: &AuthOption,
    scope: &Scope<'_>,
) -> Result<(), BuildFault> {
    if let Some(template) = &option.certificate {
        let chain = scope.needed(&template.certificate)?;
        let key = Secret::new(scope.needed(&template.key)?);
        request.certificate = Some(ClientCertificate::new(chain, key));
    }
    Ok(())
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
