//! Who calls the API, and what they may do.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use trunnel_store::StoreError;
use trunnel_store::playground::{self as store, Token, TokenKind};

use super::error::ApiError;
use crate::scopes::{Scope, Scopes};
use crate::{Playground, minted};

/// A user, by a token or a key of theirs.
pub(crate) struct Caller {
    user: String,
    /// What the token may do; a key may do everything.
    scopes: Option<Scopes>,
}

impl Caller {
    pub(crate) fn may(&self, scope: Scope) -> bool {
        self.scopes.as_ref().is_none_or(|scopes| scopes.has(scope))
    }

    /// The user whose contacts these are, if the caller may do this with them.
    pub(crate) fn user_for(self, scope: Scope) -> Result<String, ApiError> {
        if self.may(scope) {
            Ok(self.user)
        } else {
            Err(ApiError::InsufficientScope(scope))
        }
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }
}

impl FromRequestParts<Playground> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        playground: &Playground,
    ) -> Result<Self, ApiError> {
        if let Some(token) = presented_token(&parts.headers) {
            return by_token(playground, token).await;
        }
        let key = presented_key(&parts.headers).ok_or(ApiError::NoCredential)?;
        let user = store::find_key(playground.db(), &minted::hash(key)).await?;
        Ok(Self {
            user: user.ok_or(ApiError::BadCredential)?,
            scopes: None,
        })
    }
}

fn presented_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

pub(crate) fn presented_key(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-playground-key")?.to_str().ok()
}

async fn by_token(playground: &Playground, token: &str) -> Result<Caller, ApiError> {
    let token = store::find_token(playground.db(), &minted::hash(token))
        .await?
        .filter(|token| token.kind == TokenKind::Access && token.expires_at > playground.now())
        .ok_or(ApiError::BadCredential)?;
    let scopes = Scopes::parse(&token.grant.scopes).map_err(|bad| StoreError::Damaged {
        place: "playground_grant.scopes",
        why: bad.to_string(),
    })?;
    confirm(playground, &token).await?;
    Ok(Caller {
        user: token.grant.email,
        scopes: Some(scopes),
    })
}

/// The first use of a generation ends the one before. All later uses only read.
async fn confirm(playground: &Playground, token: &Token) -> Result<(), StoreError> {
    if token.generation <= token.grant.confirmed {
        return Ok(());
    }
    let (grant_id, generation) = (token.grant.id.clone(), token.generation);
    playground
        .db()
        .write(move |tx| Box::pin(async move { store::confirm(tx, &grant_id, generation).await }))
        .await
}
