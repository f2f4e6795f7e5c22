//! What goes over the wire, and reading it.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use url::Url;
use url::form_urlencoded::Serializer;

use crate::harness::{CALLBACK, VERIFIER};

/// Header and value by which someone calls the API.
pub(crate) struct Caller(pub(crate) &'static str, pub(crate) String);

pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Client {
    pub(crate) fn request<'a>(&'a self, scope: &'a str) -> Vec<(&'static str, &'a str)> {
        vec![
            ("response_type", "code"),
            ("client_id", &self.id),
            ("redirect_uri", CALLBACK),
            ("scope", scope),
            ("state", "st&te 1"),
            ("code_challenge", challenge()),
            ("code_challenge_method", "S256"),
        ]
    }

    pub(crate) fn exchange<'a>(
        &'a self,
        code: &'a str,
        verifier: &'a str,
    ) -> Vec<(&'static str, &'a str)> {
        vec![
            ("grant_type", "authorization_code"),
            ("client_id", &self.id),
            ("client_secret", &self.secret),
            ("redirect_uri", CALLBACK),
            ("code", code),
            ("code_verifier", verifier),
        ]
    }

    pub(crate) fn refresh<'a>(&'a self, token: &'a str) -> Vec<(&'static str, &'a str)> {
        vec![
            ("grant_type", "refresh_token"),
            ("client_id", &self.id),
            ("client_secret", &self.secret),
            ("refresh_token", token),
        ]
    }

    pub(crate) fn basic(&self) -> String {
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", self.id, self.secret))
        )
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    pub(crate) fn caller(&self) -> Caller {
        Caller("authorization", format!("Bearer {}", self.access))
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// `None` when it did not arrive whole.
    pub(crate) body: Option<Vec<u8>>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone().unwrap()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    /// The status and the code of an OAuth error.
    pub(crate) fn oauth_error(&self) -> (u16, String) {
        (
            self.status.as_u16(),
            self.json()["error"].as_str().unwrap().to_owned(),
        )
    }

    /// The status, code and field of an API error.
    pub(crate) fn api_error(&self) -> (u16, String, Option<String>) {
        let error = &self.json()["error"];
        let text = |name: &str| error[name].as_str().map(ToOwned::to_owned);
        assert!(text("message").is_some());
        (self.status.as_u16(), text("code").unwrap(), text("field"))
    }

    pub(crate) fn tokens(&self) -> Tokens {
        let body = self.json();
        let text = |name: &str| {
            body[name]
                .as_str()
                .unwrap_or_else(|| panic!("{body}"))
                .to_owned()
        };
        Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }

    pub(crate) fn location_param(&self, name: &str) -> Option<String> {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text());
        let url = Url::parse(self.header("location")).unwrap();
        assert!(url.as_str().starts_with(CALLBACK));
        url.query_pairs()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }

    /// The hidden fields of the page's form.
    pub(crate) fn hidden(&self) -> Vec<(String, String)> {
        let text = self.text();
        let fields = text.split("<input type=\"hidden\" ").skip(1).map(|input| {
            let attribute = |name: &str| {
                let after = input.split_once(&format!("{name}=\"")).unwrap().1;
                unescape(after.split_once('"').unwrap().0)
            };
            (attribute("name"), attribute("value"))
        });
        fields.collect()
    }
}

pub(crate) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}

pub(crate) fn challenge() -> &'static str {
    static CHALLENGE: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    CHALLENGE.get_or_init(|| URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER)))
}

pub(crate) fn authorize_path(pairs: &[(&str, &str)]) -> String {
    format!("/playground/oauth/authorize?{}", encode(pairs))
}

pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub(crate) fn borrow(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// The pairs with one of them set to another value, or left out.
pub(crate) fn but<'a>(
    mut pairs: Vec<(&'static str, &'a str)>,
    name: &str,
    value: Option<&'a str>,
) -> Vec<(&'static str, &'a str)> {
    match value {
        Some(value) => {
            for pair in pairs.iter_mut().filter(|(known, _)| *known == name) {
                pair.1 = value;
            }
        }
        None => pairs.retain(|(known, _)| *known != name),
    }
    pairs
}

pub(crate) fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

pub(crate) async fn send(app: &Router, request: Request<Body>) -> Answer {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await;
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: body.ok().map(|bytes| bytes.to_vec()),
    }
}
