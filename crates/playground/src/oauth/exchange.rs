//! Turning a code or a refresh token into tokens.
//!
//! Refresh tokens rotate: each refresh makes the grant's next *generation*, a new
//! pair. The pair before stays good until a token of a newer one is used, because
//! only then it is certain that the answer arrived; a lost answer costs nothing.
//! From then on using the old refresh token means that two parties hold the grant,
//! and as nobody can tell which of them is the thief, it is revoked (RFC 9700, 4.14).

use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;
use trunnel_store::playground::{self as store, Authorization, Client, Grant, Hash, TokenKind};
use trunnel_store::{StoreError, Tx};

use super::error::OAuthError;
use super::pkce;
use crate::Playground;
use crate::minted::{self, Minted};
use crate::params::Params;
use crate::scopes::Scopes;

const ACCESS_LIFE_S: u32 = 3600;

/// Counted anew by each refresh: a grant that is not used for so long is over.
const REFRESH_LIFE_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// A new generation of tokens, as the client gets it.
pub(crate) struct Issued {
    pub(crate) access: Secret,
    pub(crate) refresh: Secret,
    pub(crate) life_s: u32,
    pub(crate) grant: Grant,
}

/// A pair of tokens that is not stored yet.
struct Pair {
    access: Minted,
    refresh: Minted,
    life_s: u32,
    now: Timestamp,
}

impl Pair {
    fn mint(playground: &Playground) -> Self {
        let life_s = playground
            .faults()
            .and_then(crate::faults::Faults::access_life_s);
        Self {
            access: minted::mint("pga_", playground.chance()),
            refresh: minted::mint("pgr_", playground.chance()),
            life_s: life_s.unwrap_or(ACCESS_LIFE_S),
            now: playground.now(),
        }
    }

    /// Stores the pair as the grant's newest generation.
    async fn issue(self, tx: &mut Tx<'_>, grant: Grant) -> Result<Issued, StoreError> {
        let access_end = self.now.plus_millis(i64::from(self.life_s) * 1000);
        let refresh_end = self.now.plus_millis(REFRESH_LIFE_MS);
        store::add_token(tx, &self.access.hash, TokenKind::Access, &grant, access_end).await?;
        store::add_token(
            tx,
            &self.refresh.hash,
            TokenKind::Refresh,
            &grant,
            refresh_end,
        )
        .await?;
        Ok(Issued {
            access: self.access.text,
            refresh: self.refresh.text,
            life_s: self.life_s,
            grant,
        })
    }
}

/// What a transaction comes to. A refusal is a result and not a failure, since what
/// it did, such as revoking a grant, must be kept.
type Settled = Result<Issued, OAuthError>;

/// What a client shows beside its code.
struct Shown {
    client_id: String,
    redirect_uri: String,
    verifier: String,
}

impl Shown {
    fn fits(&self, asked: &Authorization, now: Timestamp) -> Result<(), OAuthError> {
        let refuse = |why| Err(OAuthError::InvalidGrant(why));
        if asked.expires_at <= now {
            return refuse("the code has expired");
        }
        if asked.redirect_uri != self.redirect_uri {
            return refuse("the redirect URI is not the one the code was asked for with");
        }
        if !pkce::proves(&self.verifier, &asked.challenge) {
            return refuse("the code verifier does not fit the code challenge");
        }
        Ok(())
    }
}

/// `grant_type=authorization_code`
pub(crate) async fn by_code(playground: &Playground, client: Client, params: &Params) -> Settled {
    let need = |name, why| params.get(name).ok_or(OAuthError::InvalidRequest(why));
    let hash = minted::hash(need("code", "code is missing")?);
    let shown = Shown {
        client_id: client.id,
        redirect_uri: need("redirect_uri", "redirect_uri is missing")?.to_owned(),
        verifier: need("code_verifier", "code_verifier is missing")?.to_owned(),
    };
    let pair = Pair::mint(playground);
    let grant_id = minted::id("pgg_", pair.now, playground.chance());
    playground
        .db()
        .write(move |tx| Box::pin(async move { use_code(tx, &hash, &shown, grant_id, pair).await }))
        .await?
}

async fn use_code(
    tx: &mut Tx<'_>,
    hash: &Hash,
    shown: &Shown,
    grant_id: String,
    pair: Pair,
) -> Result<Settled, StoreError> {
    let refuse = |why| Ok(Err(OAuthError::InvalidGrant(why)));
    let found = store::lock_code(tx, hash).await?;
    let Some((asked, exchanged)) = found.filter(|(asked, _)| asked.client_id == shown.client_id)
    else {
        return refuse("the code is unknown, or was given to another client");
    };
    if let Some(grant_id) = exchanged {
        // RFC 6749, 4.1.2: whoever came second may have come first.
        store::remove_grant(tx, &grant_id).await?;
        return refuse("the code was used before; what it gave is revoked");
    }
    if let Err(error) = shown.fits(&asked, pair.now) {
        return Ok(Err(error));
    }
    let grant = Grant {
        id: grant_id,
        client_id: asked.client_id,
        email: asked.email,
        scopes: asked.scopes,
        generation: 1,
        confirmed: 0,
    };
    store::add_grant(tx, &grant, pair.now).await?;
    store::use_code(tx, hash, &grant.id).await?;
    pair.issue(tx, grant).await.map(Ok)
}

/// `grant_type=refresh_token`
pub(crate) async fn by_refresh(
    playground: &Playground,
    client: Client,
    params: &Params,
) -> Settled {
    let token = params.get("refresh_token");
    let hash = minted::hash(token.ok_or(OAuthError::InvalidRequest("refresh_token is missing"))?);
    let scopes = params.get("scope").map(Scopes::parse).transpose();
    let scopes = scopes.map_err(|_| OAuthError::InvalidScope)?;
    let pair = Pair::mint(playground);
    playground
        .db()
        .write(move |tx| {
            Box::pin(async move { rotate(tx, &hash, &client.id, scopes.as_ref(), pair).await })
        })
        .await?
}

async fn rotate(
    tx: &mut Tx<'_>,
    hash: &Hash,
    client_id: &str,
    scopes: Option<&Scopes>,
    pair: Pair,
) -> Result<Settled, StoreError> {
    let refuse = |why| Ok(Err(OAuthError::InvalidGrant(why)));
    let found = store::lock_token(tx, hash).await?;
    let Some(token) = found
        .filter(|token| token.kind == TokenKind::Refresh)
        .filter(|token| token.grant.client_id == client_id)
    else {
        return refuse("the refresh token is unknown, revoked, or another client's");
    };
    let mut grant = token.grant;
    if token.generation < grant.confirmed {
        store::remove_grant(tx, &grant.id).await?;
        return refuse("the refresh token was replaced by one that is in use; both are revoked");
    }
    if token.expires_at <= pair.now {
        return refuse("the refresh token has expired");
    }
    // A narrower scope is a wish; the answer says what the token can do.
    let granted = Scopes::parse(&grant.scopes);
    if !scopes.is_none_or(|asked| granted.is_ok_and(|granted| granted.covers(asked))) {
        return Ok(Err(OAuthError::InvalidScope));
    }
    grant.generation += 1;
    store::confirm(tx, &grant.id, token.generation).await?;
    store::advance(tx, &grant.id, grant.generation).await?;
    store::forget_tokens(tx, &grant.id, pair.now).await?;
    pair.issue(tx, grant).await.map(Ok)
}
