//! Who is calling. The extractor's type in a handler's signature is the permission.

use axum::extract::{FromRequestParts, MatchedPath, Query};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use trunnel_core::{AccountCtx, Ctx};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::text::AccountId;

use crate::app::Server;
use crate::console::nested::NestedMember;
use crate::console::permission::permission_of;
use crate::layer::request::RequestInfo;
use crate::problem::Problem;

/// The developer's backend, by API key.
pub(crate) struct Developer(pub(crate) Ctx);

/// For one linked account: the developer's backend naming it, or its session token.
pub(crate) struct Account(pub(crate) AccountCtx);

/// One linked account's session token.
pub(crate) struct Session(pub(crate) AccountCtx);

/// The developer's backend, or one linked account for itself.
pub(crate) enum DeveloperOrSession {
    Developer(Ctx),
    Session(AccountCtx),
}

impl DeveloperOrSession {
    pub(crate) const fn ctx(&self) -> &Ctx {
        match self {
            Self::Developer(ctx) => ctx,
            Self::Session(caller) => &caller.ctx,
        }
    }

    /// Whether this caller may see this account. For a session every other account
    /// does not exist.
    pub(crate) fn may_see(&self, account: &AccountId) -> bool {
        match self {
            Self::Developer(_) => true,
            Self::Session(caller) => caller.account == *account,
        }
    }
}

impl FromRequestParts<Server> for Developer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let ctx = developer(parts, server).await?;
        server.core.count_call(&ctx, None);
        Ok(Self(ctx))
    }
}

/// The developer, not counted yet.
async fn developer(parts: &Parts, server: &Server) -> Result<Ctx, Problem> {
    if let Some(nested) = parts.extensions.get::<NestedMember>() {
        return Ok(permitted(parts, nested)?);
    }
    let key = api_key(&parts.headers).ok_or_else(Fault::invalid_credentials)?;
    let mut ctx = server.core.verify_api_key(key).await?;
    note(server, parts, &mut ctx);
    Ok(ctx)
}

impl FromRequestParts<Server> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or_else(|| {
            Fault::new(401, FaultCode::InvalidToken, "Authorization Token Missing")
        })?;
        let mut caller = server.core.verify_session(token).await?;
        note(server, parts, &mut caller.ctx);
        server.core.count_call(&caller.ctx, Some(&caller.account));
        Ok(Self(caller))
    }
}

impl FromRequestParts<Server> for Account {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        if is_session(parts) {
            let Session(caller) = Session::from_request_parts(parts, server).await?;
            return Ok(Self(caller));
        }
        let ctx = developer(parts, server).await?;
        let account = named_account(parts);
        server.core.count_call(&ctx, account.as_ref().ok());
        let account = account?;
        Ok(Self(AccountCtx { ctx, account }))
    }
}

impl FromRequestParts<Server> for DeveloperOrSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self, Problem> {
        if is_session(parts) {
            let Session(caller) = Session::from_request_parts(parts, server).await?;
            Ok(Self::Session(caller))
        } else {
            let Developer(ctx) = Developer::from_request_parts(parts, server).await?;
            Ok(Self::Developer(ctx))
        }
    }
}

/// The member in place of a key, if the role holds what the route asks for.
fn permitted(parts: &Parts, nested: &NestedMember) -> Result<Ctx, Fault> {
    let route = parts.extensions.get::<MatchedPath>();
    let permission = route.and_then(|route| permission_of(&parts.method, route.as_str()));
    let permission = permission.ok_or_else(|| {
        Fault::new(
            403,
            FaultCode::Forbidden,
            "This route is not for members. Use an API key.",
        )
    })?;
    nested.member.check(permission)?;
    Ok(nested.ctx.clone())
}

fn is_session(parts: &Parts) -> bool {
    api_key(&parts.headers).is_none() && bearer(&parts.headers).is_some()
}

fn note(server: &Server, parts: &Parts, ctx: &mut Ctx) {
    if let Some(info) = parts.extensions.get::<RequestInfo>() {
        ctx.address = info.address().map(ToOwned::to_owned);
        info.called_by(ctx);
        server.core.note_use(ctx, info.route());
    }
}

fn api_key(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-api-key")?.to_str().ok()
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The connection that a caller names: in the header, else in the query.
pub(crate) struct NamedConnection(pub(crate) Option<String>);

impl FromRequestParts<Server> for NamedConnection {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Problem> {
        let found = named(parts, "connection_id").filter(|text| !text.is_empty());
        Ok(Self(found))
    }
}

/// The account that a developer may name, to see its things only.
pub(crate) struct NamedAccount(pub(crate) Option<AccountId>);

impl FromRequestParts<Server> for NamedAccount {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Server) -> Result<Self, Problem> {
        match named(parts, "linked_account_id") {
            Some(text) if !text.is_empty() => Ok(Self(Some(named_account(parts)?))),
            _ => Ok(Self(None)),
        }
    }
}

/// A name that may come as a header or in the query; the header wins.
fn named(parts: &Parts, name: &str) -> Option<String> {
    let header = parts.headers.get(name);
    if let Some(value) = header {
        return Some(String::from_utf8_lossy(value.as_bytes()).into_owned());
    }
    let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri).ok()?;
    let mut query = query.into_iter();
    query
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

/// The account that a developer names.
fn named_account(parts: &Parts) -> Result<AccountId, Fault> {
    const NAME: &str = "linked_account_id";
    let named = named(parts, NAME).ok_or_else(|| {
        Fault::bad_request(
            FaultCode::MissingLinkedAccountId,
            "linked_account_id is required, as a header or in the query",
        )
        .with("field", NAME)
    })?;
    AccountId::parse(&named).map_err(|error| {
        Fault::bad_request(
            FaultCode::InvalidLinkedAccountId,
            format!("linked_account_id has {error}"),
        )
        .with("field", NAME)
    })
}
