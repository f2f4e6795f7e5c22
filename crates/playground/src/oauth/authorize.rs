//! The authorization endpoint: what a client asks for, and who is asked.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use trunnel_store::StoreError;
use trunnel_store::playground::{self as store, Authorization, Client, Stage};

use super::refused::Refused;
use super::{pkce, redirect};
use crate::body::{self, Body};
use crate::email::Email;
use crate::pages::{self, Page};
use crate::params::Params;
use crate::scopes::Scopes;
use crate::{DEMO_PASSWORD, Playground, minted, visitor};

/// How long someone may look at the consent page.
const LOGIN_LIFE_MS: i64 = 10 * 60 * 1000;

/// A request for authorization that may be put before a user.
pub(crate) struct Asked {
    pub(crate) client: Client,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Scopes,
    pub(crate) state: Option<String>,
    pub(crate) challenge: String,
}

/// `GET /playground/oauth/authorize`
pub(crate) async fn ask(
    State(playground): State<Playground>,
    RawQuery(query): RawQuery,
) -> Result<Page, Refused> {
    let params = Params::parse(query.unwrap_or_default().as_bytes())
        .map_err(|_| Refused::bad("The link that led here is damaged."))?;
    let asked = check(&playground, &params).await?;
    let hint = params.get("login_hint").unwrap_or_default();
    Ok(pages::login(&asked, hint, None))
}

/// `POST /playground/oauth/authorize`: the login form, which repeats the whole
/// request, so nothing is kept for those who only look at the page.
pub(crate) async fn log_in(
    State(playground): State<Playground>,
    headers: HeaderMap,
    body: Body,
) -> Result<Page, Refused> {
    let params = form(&playground, &headers, body)?;
    let asked = check(&playground, &params).await?;
    let email = params.get("email").unwrap_or_default();
    let Ok(user) = Email::parse(email).map(Email::into_user) else {
        return Ok(pages::login(
            &asked,
            email,
            Some("That is not an e-mail address."),
        ));
    };
    if params.get("password") != Some(DEMO_PASSWORD) {
        return Ok(pages::login(
            &asked,
            email,
            Some("Wrong password. It is “playground”."),
        ));
    }
    Ok(remember(&playground, &asked, user).await?)
}

/// The parameters of a form that came from one of our own pages.
pub(crate) fn form(
    playground: &Playground,
    headers: &HeaderMap,
    body: Body,
) -> Result<Params, Refused> {
    if !visitor::sent_from_here(headers, playground.public_url()) {
        let why = "This form was sent from another site.";
        return Err(Refused::Here(StatusCode::FORBIDDEN, why));
    }
    let body =
        body::read(body).map_err(|bad| Refused::Here(bad.status(), "The form did not arrive."))?;
    Params::parse(&body).map_err(|_| Refused::bad("The form cannot be read."))
}

/// Keeps who is logged in, for the consent form alone: its ticket is the only key.
async fn remember(
    playground: &Playground,
    asked: &Asked,
    user: String,
) -> Result<Page, StoreError> {
    let now = playground.now();
    let ticket = minted::mint("pgt_", playground.chance());
    let login = Authorization {
        client_id: asked.client.id.clone(),
        email: user,
        scopes: asked.scopes.to_string(),
        redirect_uri: asked.redirect_uri.clone(),
        state: asked.state.clone(),
        challenge: asked.challenge.clone(),
        expires_at: now.plus_millis(LOGIN_LIFE_MS),
    };
    let page = pages::consent(asked, &login.email, &ticket.text);
    playground
        .db()
        .write(move |tx| {
            Box::pin(async move {
                store::forget_authorizations(tx, now).await?;
                store::add_authorization(tx, &ticket.hash, Stage::Login, &login).await
            })
        })
        .await?;
    Ok(page)
}

async fn check(playground: &Playground, params: &Params) -> Result<Asked, Refused> {
    let client = find_client(playground, params).await?;
    let redirect_uri = params
        .get("redirect_uri")
        .filter(|uri| client.redirect_uris.iter().any(|known| known == uri))
        .ok_or(Refused::bad(
            "The address to return to is not one that the app has registered.",
        ))?
        .to_owned();
    // From here on the client is known to be the one that asked, so it is told.
    let state = params.get("state").map(ToOwned::to_owned);
    match check_rest(params, state.as_deref()) {
        Ok((scopes, challenge)) => Ok(Asked {
            client,
            redirect_uri,
            scopes,
            state,
            challenge,
        }),
        Err((error, why)) => {
            let answer = [("error", error), ("error_description", why)];
            // What cannot be a state is not repeated.
            let state = state.filter(|state| is_state(state));
            let issuer = playground.issuer();
            let response = redirect::answer(&redirect_uri, &answer, state.as_deref(), issuer);
            Err(Refused::Client(Box::new(response)))
        }
    }
}

async fn find_client(playground: &Playground, params: &Params) -> Result<Client, Refused> {
    let unknown = Refused::bad("The app that sent you here is unknown to the Playground.");
    match params.get("client_id").filter(|id| !id.contains('\0')) {
        Some(id) => store::find_client(playground.db(), id)
            .await?
            .ok_or(unknown),
        None => Err(unknown),
    }
}

/// What is wrong: the error's code, and a sentence for the client's developer.
type Wrong = (&'static str, &'static str);

fn check_rest(params: &Params, state: Option<&str>) -> Result<(Scopes, String), Wrong> {
    let invalid = |why| ("invalid_request", why);
    if !state.is_none_or(is_state) {
        return Err(invalid("state has characters that a state cannot have"));
    }
    match params.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(("unsupported_response_type", "response_type is code")),
        None => return Err(invalid("response_type is missing")),
    }
    if params.get("code_challenge_method") != Some("S256") {
        return Err(invalid("PKCE is required: code_challenge_method is S256"));
    }
    let challenge = params
        .get("code_challenge")
        .filter(|challenge| pkce::is_challenge(challenge))
        .ok_or(invalid("code_challenge is not the SHA-256 of a verifier"))?;
    let scopes = match params.get("scope") {
        Some(scope) => Scopes::parse(scope).map_err(|_| {
            (
                "invalid_scope",
                "the scopes are contacts.read contacts.write profile",
            )
        })?,
        None => Scopes::standard(),
    };
    Ok((scopes, challenge.to_owned()))
}

/// RFC 6749, appendix A.5.
fn is_state(state: &str) -> bool {
    state.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}
