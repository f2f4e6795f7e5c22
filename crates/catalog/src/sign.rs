//! Signing finished requests. The cryptography is `trunnel-sign`'s; here the
//! connector's templates become its values.

use http::HeaderName;
use serde_json::{Map, Value};
use trunnel_model::http::HttpRequest;
use trunnel_model::secret::Secret;
use trunnel_sign::avanan::Avanan;
use trunnel_sign::duo::Duo;
use trunnel_sign::http_signature::HttpSignature;
use trunnel_sign::oauth1::OAuth1;
use trunnel_sign::sigv4::SigV4;
use trunnel_sign::{SignFault, fingerprint as prints, jwt as tokens, oauth1, wsse};

use crate::access::{Access, Moment};
use crate::fault::BuildFault;
use crate::option::{AuthOption, JwtTemplate, KeyEncoding, Sign, SignatureMethod};
use crate::template::{Scope, Template};

const COMPONENTS: [&str; 4] = ["@method", "@target-uri", "content-digest", "content-type"];

pub(crate) fn is_signed(option: &AuthOption) -> bool {
    option.sign.is_some() || option.oauth1().is_some()
}

/// Signs the request as it is; nothing of it may change afterwards.
pub(crate) fn sign(
    request: &mut HttpRequest,
    access: &Access<'_>,
    scope: &Scope<'_>,
) -> Result<(), BuildFault> {
    if access.option.oauth1().is_some() {
        return three_legged(request, access);
    }
    let Some(sign) = &access.option.sign else {
        return Ok(());
    };
    let moment = access.moment;
    let needed = |template: &Template| scope.needed(template);
    let secret = |template: &Template| scope.needed(template).map(Secret::new);
    let signed = match sign {
        Sign::OAuth1 { .. } => return by_template(request, sign, scope, moment),
        Sign::AwsSigV4 {
            access_key,
            secret_key,
            session_token,
            region,
            service,
        } => SigV4 {
            access_key: &needed(access_key)?,
            secret_key: &secret(secret_key)?,
            session_token: optional(scope, session_token.as_ref())?
                .map(Secret::new)
                .as_ref(),
            region: &needed(region)?,
            service: &needed(service)?,
            content_header: true,
        }
        .sign(request, moment.now),
        Sign::Wsse { username, password } => {
            let password = secret(password)?;
            let token = wsse::token(&needed(username)?, &password, moment.random, moment.now);
            return put(request, "x-wsse", &token.map_err(fault)?);
        }
        Sign::Duo {
            integration_key,
            secret_key,
        } => Duo {
            integration_key: &needed(integration_key)?,
            secret_key: &secret(secret_key)?,
        }
        .sign(request, moment.now),
        Sign::Avanan { app_id, secret_key } => Avanan {
            app_id: &needed(app_id)?,
            secret_key: &secret(secret_key)?,
            sign_path: true,
        }
        .sign(request, moment.random, moment.now),
        Sign::HttpSignature {
            key_id,
            private_key,
        } => HttpSignature {
            key_id: &needed(key_id)?,
            key: &secret(private_key)?,
            label: "sig",
            components: &COMPONENTS,
            name_algorithm: true,
            lifetime: Some(60),
        }
        .sign(request, moment.now),
    };
    signed.map_err(fault)
}

/// Signs a request for a token, where a provider wants that one signed as well.
pub(crate) fn sign_exchange(
    request: &mut HttpRequest,
    access: &Access<'_>,
    scope: &Scope<'_>,
) -> Result<(), BuildFault> {
    let Some(Sign::Avanan { app_id, secret_key }) = &access.option.sign else {
        return Ok(());
    };
    let signer = Avanan {
        app_id: &scope.needed(app_id)?,
        secret_key: &scope.needed(secret_key).map(Secret::new)?,
        // There is no token yet, and the path has no part in it.
        sign_path: false,
    };
    let moment = access.moment;
    signer
        .sign(request, moment.random, moment.now)
        .map_err(fault)
}

/// With the developer's client and the customer's token.
fn three_legged(request: &mut HttpRequest, access: &Access<'_>) -> Result<(), BuildFault> {
    let credential = &access.credential;
    let token = credential.access_token.ok_or_else(|| BuildFault::Absent {
        name: "access_token".to_owned(),
    })?;
    let extra = [];
    let signer = client_signer(
        access,
        Some(token.expose()),
        credential.token_secret,
        &extra,
    )?;
    let moment = access.moment;
    signer
        .sign(request, moment.random, moment.now)
        .map_err(fault)
}

/// The signer of an OAuth 1.0a option, in one of its steps.
pub(crate) fn client_signer<'a>(
    access: &Access<'a>,
    token: Option<&'a str>,
    token_secret: Option<&'a Secret>,
    extra: &'a [(&'a str, &'a str)],
) -> Result<OAuth1<'a>, BuildFault> {
    let absent = |name: &str| BuildFault::Absent {
        name: name.to_owned(),
    };
    let way = access
        .option
        .oauth1()
        .ok_or(BuildFault::Unsupported("oauth1"))?;
    let client = access
        .credential
        .client
        .ok_or_else(|| absent("client_id"))?;
    let secret = client
        .secret
        .as_ref()
        .ok_or_else(|| absent("client_secret"))?;
    let method = method(way.signature);
    Ok(OAuth1 {
        method,
        consumer_key: &client.id,
        consumer_secret: secret,
        token,
        token_secret,
        // With RSA the developer's secret is the private key.
        private_key: (method == oauth1::SignatureMethod::RsaSha1).then_some(secret),
        realm: None,
        extra,
        version: true,
    })
}

fn by_template(
    request: &mut HttpRequest,
    sign: &Sign,
    scope: &Scope<'_>,
    moment: Moment<'_>,
) -> Result<(), BuildFault> {
    let Sign::OAuth1 {
        signature,
        consumer_key,
        consumer_secret,
        token,
        token_secret,
        private_key,
        realm,
    } = sign
    else {
        return Ok(());
    };
    let text = |template: &Option<Template>| optional(scope, template.as_ref());
    let (token, realm) = (text(token)?, text(realm)?);
    let consumer_secret = Secret::new(text(consumer_secret)?.unwrap_or_default());
    let token_secret = text(token_secret)?.map(Secret::new);
    let private_key = text(private_key)?.map(Secret::new);
    let signer = OAuth1 {
        method: method(*signature),
        consumer_key: &scope.needed(consumer_key)?,
        consumer_secret: &consumer_secret,
        token: token.as_deref(),
        token_secret: token_secret.as_ref(),
        private_key: private_key.as_ref(),
        realm: realm.as_deref(),
        extra: &[],
        version: true,
    };
    signer
        .sign(request, moment.random, moment.now)
        .map_err(fault)
}

const fn method(signature: SignatureMethod) -> oauth1::SignatureMethod {
    match signature {
        SignatureMethod::HmacSha1 => oauth1::SignatureMethod::HmacSha1,
        SignatureMethod::HmacSha256 => oauth1::SignatureMethod::HmacSha256,
        SignatureMethod::RsaSha1 => oauth1::SignatureMethod::RsaSha1,
        SignatureMethod::Plaintext => oauth1::SignatureMethod::Plaintext,
    }
}

fn optional(scope: &Scope<'_>, template: Option<&Template>) -> Result<Option<String>, BuildFault> {
    template.map_or(Ok(None), |template| scope.text(template))
}

fn put(request: &mut HttpRequest, name: &'static str, value: &Secret) -> Result<(), BuildFault> {
    let value = crate::request::secret_value(value.expose())?;
    request.headers.insert(HeaderName::from_static(name), value);
    Ok(())
}

pub(crate) fn jwt(
    template: &JwtTemplate,
    header: &Map<String, Value>,
    claims: &Map<String, Value>,
    key: &Secret,
) -> Result<Secret, BuildFault> {
    let algorithm = tokens::Algorithm::parse(&template.algorithm)
        .ok_or(BuildFault::Unsupported("this algorithm"))?;
    let encoding = match template.key_encoding {
        KeyEncoding::Utf8 => trunnel_sign::KeyEncoding::Utf8,
        KeyEncoding::Hex => trunnel_sign::KeyEncoding::Hex,
        KeyEncoding::Base64 => trunnel_sign::KeyEncoding::Base64,
    };
    tokens::sign(algorithm, key, encoding, header, claims).map_err(fault)
}

pub(crate) fn fingerprint(key: &Secret) -> Result<String, BuildFault> {
    prints::public_key(key).map_err(fault)
}

/// It names what is wrong with the credential, never what it holds.
pub(crate) fn fault(fault: SignFault) -> BuildFault {
    BuildFault::value("credential", format!("cannot sign: {fault}"))
}
