//! Signing in at the organization's own identity provider: OpenID Connect, the
//! authorization code with PKCE.
//!
//! Nothing is stored between going and coming back. One random word in the browser's
//! cookie gives state, nonce and verifier, each derived for its own purpose.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::member::{Email, Invitation};
use trunnel_model::secret::Secret;
use trunnel_store::{invitation, member};
use url::Url;

use super::SignedIn;
use super::sso_provider::Provider;
use crate::Core;
use crate::error::Error;

/// The identity provider, as the operator has registered us there.
#[derive(Debug, Clone)]
pub struct SsoSettings {
    pub issuer: Url,
    pub client_id: String,
    pub client_secret: Secret,
}

impl SsoSettings {
    /// What people may call it.
    pub fn name(&self) -> &str {
        self.issuer.host_str().unwrap_or("the identity provider")
    }
}

/// A browser on its way to the provider.
#[derive(Debug)]
pub struct SsoBegun {
    pub url: Url,
    /// The cookie that it must come back with.
    pub seed: Secret,
}

/// What a browser comes back with.
#[derive(Debug)]
pub struct SsoReturn {
    pub seed: Option<Secret>,
    pub state: Option<String>,
    pub code: Option<Secret>,
    /// The provider's word for why there is no code.
    pub error: Option<String>,
}

impl Core {
    /// The identity provider, where there is one.
    pub fn sso(&self) -> Option<&SsoSettings> {
        self.settings().members.sso.as_ref()
    }

    /// Sends a browser to the provider.
    pub async fn begin_sso(&self) -> Result<SsoBegun, Error> {
        let settings = self.sso().ok_or_else(not_configured)?;
        let provider = Provider::discover(self, settings).await?;
        let seed = Secret::new(trunnel_model::chance::secret_text(self.chance()));
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(derived(&seed, "verifier")));
        let mut url = provider.authorization_endpoint.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &settings.client_id)
            .append_pair("redirect_uri", &self.sso_callback())
            .append_pair("scope", "openid email profile")
            .append_pair("state", &derived(&seed, "state"))
            .append_pair("nonce", &derived(&seed, "nonce"))
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(SsoBegun { url, seed })
    }

    /// Signs in whom the provider vouches for: a member by the e-mail address, or
    /// somebody who was invited and becomes one by this.
    pub async fn finish_sso(
        &self,
        back: SsoReturn,
        address: Option<String>,
    ) -> Result<SignedIn, Error> {
        let settings = self.sso().ok_or_else(not_configured)?;
        let seed = back.seed.ok_or_else(lost)?;
        let state = back.state.unwrap_or_default();
        if !bool::from(state.as_bytes().ct_eq(derived(&seed, "state").as_bytes())) {
            return Err(lost().into());
        }
        if let Some(error) = back.error {
            return Err(failed(&format!("the provider answered `{error}`")).into());
        }
        let code = back.code.ok_or_else(lost)?;
        let provider = Provider::discover(self, settings).await?;
        let verifier = Secret::new(derived(&seed, "verifier"));
        let callback = self.sso_callback();
        let token = provider
            .exchange(self, settings, &code, &verifier, &callback)
            .await?;
        let claims = provider.verify(self, settings, &token).await?;
        if claims.get("nonce").and_then(Value::as_str) != Some(&derived(&seed, "nonce")) {
            return Err(failed("its token was made for another sign-in").into());
        }
        let email = vouched_email(&claims)?;
        self.let_vouched_in(&email, &claims, address).await
    }

    async fn let_vouched_in(
        &self,
        email: &Email,
        claims: &Map<String, Value>,
        address: Option<String>,
    ) -> Result<SignedIn, Error> {
        if let Some(proof) = member::proof(self.db(), email).await? {
            // The second factor is the provider's to ask for.
            let begun = self.let_in(&proof.member, None, address).await?;
            return begun.ok_or_else(|| lost().into());
        }
        match invitation::find_by_email(self.db(), email, self.now()).await? {
            Some(invited) => {
                let name = name_of(claims, &invited);
                self.join(invited, name, None, address).await
            }
            None => Err(unknown(email).into()),
        }
    }

    fn sso_callback(&self) -> String {
        let base = self.settings().instance.public_url.as_str();
        format!("{}/console/api/sso/callback", base.trim_end_matches('/'))
    }
}

/// A word for one purpose, from which the others cannot be found.
fn derived(seed: &Secret, purpose: &str) -> String {
    #[expect(clippy::expect_used, reason = "HMAC accepts every key length")]
    let mut mac =
        <Hmac<Sha256> as KeyInit>::new_from_slice(seed.expose().as_bytes()).expect("any length");
    mac.update(b"sso ");
    mac.update(purpose.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// The address, if the provider says that it is the person's own.
fn vouched_email(claims: &Map<String, Value>) -> Result<Email, Fault> {
    let verified = match claims.get("email_verified") {
        Some(Value::Bool(verified)) => *verified,
        // Some providers write it as a text.
        Some(Value::String(text)) => text == "true",
        _ => false,
    };
    let email = claims.get("email").and_then(Value::as_str);
    let email = email.and_then(|text| Email::parse(text).ok());
    email.filter(|_| verified).ok_or_else(|| {
        Fault::new(
            403,
            FaultCode::SsoRefused,
            "The identity provider does not say that your e-mail address is verified. Ask whoever \
             runs it.",
        )
    })
}

fn name_of(claims: &Map<String, Value>, invited: &Invitation) -> String {
    let told = claims.get("name").and_then(Value::as_str);
    let told = told.and_then(|text| super::checked_name("name", text).ok());
    told.or_else(|| invited.name.clone())
        .unwrap_or_else(|| invited.email.as_str().to_owned())
}

fn unknown(email: &Email) -> Fault {
    Fault::new(
        403,
        FaultCode::SsoRefused,
        format!("{email} is not a member here. Ask the owner or an admin to invite you."),
    )
}

fn lost() -> Fault {
    Fault::bad_request(
        FaultCode::SsoFailed,
        "This sign-in was not begun in this browser, or too long ago. Begin again.",
    )
}

pub(super) fn failed(why: &str) -> Fault {
    let message = format!("Signing in at the identity provider failed: {why}.");
    Fault::new(502, FaultCode::SsoFailed, message)
}

fn not_configured() -> Fault {
    Fault::new(
        501,
        FaultCode::SsoNotConfigured,
        "This server knows no identity provider. Sign in with a password, or ask the operator to \
         set --sso-issuer.",
    )
}
