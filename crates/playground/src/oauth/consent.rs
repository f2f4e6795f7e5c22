//! The consent form: allow or deny.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use trunnel_model::secret::Secret;
use trunnel_store::StoreError;
use trunnel_store::playground::{self as store, Authorization, Stage};

use super::refused::Refused;
use super::{authorize, redirect};
use crate::body::Body;
use crate::{Playground, minted};

/// RFC 6749, 4.1.2 recommends ten minutes at most; a client takes milliseconds.
const CODE_LIFE_MS: i64 = 60 * 1000;

const GONE: &str = "This page is too old or was used already. Go back to the app and start again.";

/// `POST /playground/oauth/consent`
pub(crate) async fn decide(
    State(playground): State<Playground>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refused> {
    let params = authorize::form(&playground, &headers, body)?;
    let ticket = minted::hash(params.get("ticket").unwrap_or_default());
    let allow = match params.get("decision") {
        Some("allow") => true,
        Some("deny") => false,
        _ => return Err(Refused::bad(GONE)),
    };
    let settled = settle(&playground, ticket, allow).await?;
    let (asked, code) = settled.ok_or(Refused::bad(GONE))?;
    let answer = match &code {
        Some(code) => ("code", code.expose()),
        None => ("error", "access_denied"),
    };
    let state = asked.state.as_deref();
    Ok(redirect::answer(
        &asked.redirect_uri,
        &[answer],
        state,
        playground.issuer(),
    ))
}

/// Uses up the login, and turns it into a code if the user allows it.
async fn settle(
    playground: &Playground,
    ticket: store::Hash,
    allow: bool,
) -> Result<Option<(Authorization, Option<Secret>)>, StoreError> {
    let now = playground.now();
    let code = minted::mint("pgc_", playground.chance());
    playground
        .db()
        .write(move |tx| {
            Box::pin(async move {
                let login = store::take_login(tx, &ticket).await?;
                let Some(mut asked) = login.filter(|login| login.expires_at > now) else {
                    return Ok(None);
                };
                if !allow {
                    return Ok(Some((asked, None)));
                }
                asked.expires_at = now.plus_millis(CODE_LIFE_MS);
                store::add_authorization(tx, &code.hash, Stage::Code, &asked).await?;
                Ok(Some((asked, Some(code.text))))
            })
        })
        .await
}
