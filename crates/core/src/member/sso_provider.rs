//! What is asked of an OpenID Connect provider.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_outbound::Limits;
use trunnel_sign::jwt::{self, VerifyKey};
use url::Url;

use super::sso::{SsoSettings, failed};
use crate::Core;
use crate::error::Error;

/// Somebody waits in front of a browser.
const PATIENCE: Duration = Duration::from_secs(15);
const LARGEST: usize = 256 * 1024;

/// A provider that has introduced itself.
pub(super) struct Provider {
    pub(super) authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    issuer: String,
    /// Whether it takes our credential only in the form.
    by_form: bool,
}

impl Provider {
    pub(super) async fn discover(core: &Core, settings: &SsoSettings) -> Result<Self, Error> {
        let issuer = settings.issuer.as_str().trim_end_matches('/');
        let place = format!("{issuer}/.well-known/openid-configuration");
        let place = place.parse().map_err(|_| failed("its address is no URL"))?;
        let about = object(core, HttpRequest::new(Method::GET, place), "metadata").await?;
        let told = text(&about, "issuer").unwrap_or_default();
        if told.trim_end_matches('/') != issuer {
            return Err(failed("it calls itself another issuer than --sso-issuer").into());
        }
        let endpoint = |name: &str| {
            let url = text(&about, name).and_then(|text| text.parse::<Url>().ok());
            url.ok_or_else(|| failed(&format!("its metadata has no `{name}`")))
        };
        let methods = about.get("token_endpoint_auth_methods_supported");
        let methods = methods.and_then(Value::as_array);
        let known = |name: &str| {
            methods.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(name)))
        };
        Ok(Self {
            authorization_endpoint: endpoint("authorization_endpoint")?,
            token_endpoint: endpoint("token_endpoint")?,
            jwks_uri: endpoint("jwks_uri")?,
            issuer: told.to_owned(),
            by_form: known("client_secret_post") && !known("client_secret_basic"),
        })
    }

    /// The id token for a code.
    pub(super) async fn exchange(
        &self,
        core: &Core,
        settings: &SsoSettings,
        code: &Secret,
        verifier: &Secret,
        callback: &str,
    ) -> Result<Secret, Error> {
        let mut request = HttpRequest::new(Method::POST, self.token_endpoint.clone());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", callback),
            ("code_verifier", verifier.expose()),
        ];
        let (id, secret) = (&*settings.client_id, settings.client_secret.expose());
        if self.by_form {
            form.extend([("client_id", id), ("client_secret", secret)]);
        } else {
            let part = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let pair = STANDARD.encode(format!("{}:{}", part(id), part(secret)));
            let value = HeaderValue::from_str(&format!("Basic {pair}"))
                .map_err(|error| Error::Internal(error.to_string()))?;
            request.secret_header(AUTHORIZATION, value);
        }
        request.body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish()
            .into();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers.insert(CONTENT_TYPE, kind);
        let answer = object(core, request, "answer to the code").await?;
        let token = text(&answer, "id_token");
        let token = token.ok_or_else(|| failed("its answer has no `id_token`"))?;
        Ok(Secret::new(token))
    }

    /// The claims of an id token that this provider has signed for us.
    pub(super) async fn verify(
        &self,
        core: &Core,
        settings: &SsoSettings,
        token: &Secret,
    ) -> Result<Map<String, Value>, Error> {
        let request = HttpRequest::new(Method::GET, self.jwks_uri.clone());
        let keys = object(core, request, "keys").await?;
        let (modulus, exponent) = rsa_key(&keys, key_id(token).as_deref())
            .ok_or_else(|| failed("it publishes no RSA key for its token"))?;
        let key = VerifyKey::Rs256Parts {
            modulus: &modulus,
            exponent: &exponent,
        };
        let claims = jwt::verify(token.expose(), &key, core.now())
            .map_err(|refusal| failed(&format!("its token is not believed: {refusal}")))?;
        let wrong = |what: &str| failed(&format!("its token {what}"));
        if text(&claims, "iss") != Some(&self.issuer) {
            return Err(wrong("names another issuer").into());
        }
        if !is_for(claims.get("aud"), &settings.client_id) {
            return Err(wrong("is for somebody else").into());
        }
        if !claims.contains_key("exp") {
            return Err(wrong("never ends").into());
        }
        Ok(claims)
    }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

fn is_for(audience: Option<&Value>, client: &str) -> bool {
    match audience {
        Some(Value::String(one)) => one == client,
        Some(Value::Array(all)) => all.iter().any(|one| one.as_str() == Some(client)),
        _ => false,
    }
}

/// The name of the key that a token says it is signed with. It only chooses among the
/// provider's own keys.
fn key_id(token: &Secret) -> Option<String> {
    let header = token.expose().split('.').next()?;
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    header["kid"].as_str().map(ToOwned::to_owned)
}

/// Modulus and exponent of the key with this name; of the only one, without a name.
fn rsa_key(keys: &Map<String, Value>, id: Option<&str>) -> Option<(Vec<u8>, Vec<u8>)> {
    let all = keys.get("keys")?.as_array()?.iter();
    let mut fitting = all.filter(|key| {
        key["kty"].as_str() == Some("RSA")
            && key["use"].as_str().is_none_or(|purpose| purpose == "sig")
            && (id.is_none() || key["kid"].as_str() == id)
    });
    let key = fitting.next()?;
    let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str()?).ok();
    Some((part("n")?, part("e")?))
}

/// Sends a request and reads a JSON object; everything else is the provider's failure.
async fn object(
    core: &Core,
    mut request: HttpRequest,
    what: &str,
) -> Result<Map<String, Value>, Error> {
    let wanted = HeaderValue::from_static("application/json");
    request.headers.insert(ACCEPT, wanted);
    let limits = Limits::of(PATIENCE).up_to(LARGEST);
    let answer = core
        .outbound()
        .send(request, limits)
        .await
        .map_err(|failure| failed(&format!("its {what} cannot be had: {failure}")))?;
    if !(200..300).contains(&answer.status) {
        let why = format!("its {what} came with status {}", answer.status);
        return Err(failed(&why).into());
    }
    serde_json::from_slice(&answer.body)
        .map_err(|_| failed(&format!("its {what} is no JSON object")).into())
}
