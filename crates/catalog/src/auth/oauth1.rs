//! OAuth 1.0a in its three steps. Every request is signed, and the answers are forms.

use http::Method;
use serde_json::{Map, Value};
use trunnel_model::http::{HttpAnswer, HttpRequest, Redirects};
use trunnel_model::secret::Secret;
use url::Url;

use super::oauth2::{Params, set_params};
use super::token::{TokenAnswer, TokenFault, TokenFaultKind, fault, is_success, text_at};
use crate::access::Access;
use crate::connector::Fields;
use crate::encode;
use crate::fault::BuildFault;
use crate::option::OAuth1;
use crate::sign;

/// Words of the provider that are about the developer's client.
const CLIENT_REFUSED: &[&str] = &[
    "consumer_key_unknown",
    "consumer_key_rejected",
    "consumer_key_refused",
    "signature_invalid",
    "signature_method_rejected",
    "callback_rejected",
    "parameter_rejected",
];
/// Words that are about what the customer brought back.
const GRANT_DEAD: &[&str] = &[
    "token_used",
    "token_expired",
    "token_revoked",
    "token_rejected",
    "verifier_invalid",
    "permission_denied",
];

/// What stands for one consent until it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestToken {
    pub token: Secret,
    pub secret: Secret,
}

/// The first step: a token to ask the customer with. The browser comes back to
/// `callback`.
pub fn request_token_request(
    access: &Access<'_>,
    callback: &str,
) -> Result<HttpRequest, BuildFault> {
    let way = oauth1_of(access)?;
    let scope = access.scope();
    let mut params = Params::new();
    set_params(&mut params, &way.request_params, &scope)?;
    let mut url = way.request_url.render(&scope)?;
    encode::push_query(&mut url, &params);
    signed(access, url, &[("oauth_callback", callback)])
}

/// Reads the answer to the first step. A provider that does not confirm the callback
/// would let anyone finish the consent of somebody else.
pub fn read_request_token(answer: &HttpAnswer) -> Result<RequestToken, TokenFault> {
    let body = members(answer);
    let confirmed = text_at(&body, "oauth_callback_confirmed");
    let unconfirmed = confirmed.is_some_and(|text| !text.eq_ignore_ascii_case("true"));
    if let Some((token, secret)) = pair(answer, &body).filter(|_| !unconfirmed) {
        return Ok(RequestToken { token, secret });
    }
    let mut fault = refused(answer, &body);
    // There is nothing of the customer's in it yet.
    if matches!(answer.status, 400 | 401 | 403) {
        fault.kind = TokenFaultKind::ClientRefused;
    }
    Err(fault)
}

/// The second step: where the customer's browser goes.
pub fn consent_url(access: &Access<'_>, token: &Secret) -> Result<Url, BuildFault> {
    let way = oauth1_of(access)?;
    let scope = access.scope();
    let mut params: Params = vec![("oauth_token".to_owned(), token.expose().to_owned())];
    set_params(&mut params, &way.authorization_params, &scope)?;
    let mut url = way.authorization_url.render(&scope)?;
    encode::push_query(&mut url, &params);
    Ok(url)
}

/// The third step: the request token, which the access holds, for an access token.
pub fn access_token_request(
    access: &Access<'_>,
    verifier: &Secret,
) -> Result<HttpRequest, BuildFault> {
    let url = oauth1_of(access)?.token_url.render(&access.scope())?;
    signed(access, url, &[("oauth_verifier", verifier.expose())])
}

/// Reads the answer to the third step. Such a token has no end of its own.
pub fn read_access_token(answer: &HttpAnswer) -> Result<TokenAnswer, TokenFault> {
    let body = members(answer);
    let Some((token, secret)) = pair(answer, &body) else {
        return Err(refused(answer, &body));
    };
    Ok(TokenAnswer {
        access_token: token,
        refresh_token: None,
        token_secret: Some(secret),
        expires_in_s: None,
        scopes: None,
        fields: Fields::new(),
    })
}

fn oauth1_of<'a>(access: &Access<'a>) -> Result<&'a OAuth1, BuildFault> {
    access
        .option
        .oauth1()
        .ok_or(BuildFault::Unsupported("oauth1"))
}

fn signed(
    access: &Access<'_>,
    url: Url,
    extra: &[(&str, &str)],
) -> Result<HttpRequest, BuildFault> {
    let mut request = HttpRequest::new(Method::POST, url);
    request.egress = access.connector.egress();
    request.redirects = Redirects::Never;
    let credential = &access.credential;
    let token = credential.access_token.map(Secret::expose);
    let signer = sign::client_signer(access, token, credential.token_secret, extra)?;
    let moment = access.moment;
    signer
        .sign(&mut request, moment.random, moment.now)
        .map_err(sign::fault)?;
    Ok(request)
}

/// A form, whatever it is called; some providers write JSON.
fn members(answer: &HttpAnswer) -> Value {
    if let Ok(object @ Value::Object(_)) = serde_json::from_slice(&answer.body) {
        return object;
    }
    let pairs = url::form_urlencoded::parse(&answer.body);
    let members: Map<String, Value> = pairs
        .map(|(name, value)| {
            (
                name.trim().to_owned(),
                Value::String(value.trim().to_owned()),
            )
        })
        .collect();
    Value::Object(members)
}

fn pair(answer: &HttpAnswer, body: &Value) -> Option<(Secret, Secret)> {
    let token = text_at(body, "oauth_token").filter(|_| is_success(answer))?;
    let secret = text_at(body, "oauth_token_secret")?;
    Some((Secret::new(token), Secret::new(secret)))
}

fn refused(answer: &HttpAnswer, body: &Value) -> TokenFault {
    let mut fault = fault(answer, body);
    let problem = text_at(body, "oauth_problem").filter(|problem| problem.len() <= 100);
    if let Some(problem) = problem {
        let among = |words: &[&str]| words.contains(&problem.as_str());
        if among(CLIENT_REFUSED) {
            fault.kind = TokenFaultKind::ClientRefused;
        } else if among(GRANT_DEAD) {
            fault.kind = TokenFaultKind::GrantDead;
        }
        fault.error = Some(problem);
    }
    fault
}
