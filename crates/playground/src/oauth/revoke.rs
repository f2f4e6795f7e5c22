//! Revocation, RFC 7009.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use trunnel_store::playground::{self as store, TokenKind};

use super::error::OAuthError;
use super::{client, token};
use crate::body::Body;
use crate::{Playground, minted};

/// `POST /playground/oauth/revoke`: an access token goes alone, a refresh token
/// takes the whole grant with it. An unknown token is as good as revoked.
pub(crate) async fn revoke(
    State(playground): State<Playground>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, OAuthError> {
    let params = token::form(&headers, body)?;
    let client = client::authenticate(&playground, &headers, &params).await?;
    let token = params
        .get("token")
        .ok_or(OAuthError::InvalidRequest("token is missing"))?;
    let hash = minted::hash(token);
    playground
        .db()
        .write(move |tx| {
            Box::pin(async move {
                let Some(token) = store::lock_token(tx, &hash).await? else {
                    return Ok(());
                };
                if token.grant.client_id != client.id {
                    return Err(OAuthError::InvalidGrant("the token is another client's"));
                }
                match token.kind {
                    TokenKind::Access => store::remove_token(tx, &hash).await?,
                    TokenKind::Refresh => {
                        store::remove_grant(tx, &token.grant.id).await?;
                    }
                }
                Ok(())
            })
        })
        .await?;
    if let Some(faults) = playground.faults() {
        faults.count_revocation();
    }
    Ok(StatusCode::OK)
}
