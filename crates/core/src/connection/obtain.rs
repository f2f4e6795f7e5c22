//! Talking to a provider about tokens.

use trunnel_catalog::{
    Access, BuildFault, Credential, ExchangeStep, Fields, Grant, Moment, OAuthClient, Steps,
    TokenAnswer, TokenFault, exchange_request, keep_step, read_token_answer, renewal_request,
    token_request,
};
use trunnel_model::chance;
use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_model::time::Timestamp;
use trunnel_outbound::SendFailure;

use super::credential::Held;
use super::refresh::TOKEN_LIMITS;
use super::way::Way;
use crate::Core;

/// The moment at which a request is built.
pub(crate) struct Bench {
    now: Timestamp,
    random: String,
}

/// Why there is no token.
pub(super) enum NoToken {
    Build(BuildFault),
    Unsent(SendFailure),
    Refused(TokenFault),
}

impl Bench {
    pub(crate) fn new(core: &Core) -> Self {
        Self {
            now: core.now(),
            random: chance::secret_text(core.chance()),
        }
    }

    pub(crate) fn moment(&self) -> Moment<'_> {
        Moment {
            now: self.now,
            random: &self.random,
        }
    }

    pub(crate) fn access<'a>(
        &'a self,
        core: &'a Core,
        way: &'a Way,
        fields: &'a Fields,
        credential: Credential<'a>,
    ) -> Access<'a> {
        Access {
            connector: &way.connector,
            option: way.option(),
            instance: &core.settings().instance,
            fields,
            credential,
            moment: self.moment(),
        }
    }
}

impl Core {
    /// Turns a grant into tokens.
    pub(super) async fn obtain(
        &self,
        way: &Way,
        fields: &Fields,
        client: &OAuthClient,
        grant: Grant<'_>,
    ) -> Result<TokenAnswer, NoToken> {
        let bench = Bench::new(self);
        let credential = Credential {
            client: Some(client),
            ..Credential::default()
        };
        let access = bench.access(self, way, fields, credential);
        let request = token_request(&access, grant).map_err(NoToken::Build)?;
        let answer = self.ask(request).await?;
        read_token_answer(way.option(), &answer, bench.now).map_err(NoToken::Refused)
    }

    /// Turns what the customer typed into a token. With a refresh token, where the
    /// provider has a request for that, it is renewed by that one.
    pub(super) async fn exchange_typed(
        &self,
        way: &Way,
        fields: &Fields,
        held: &Held,
    ) -> Result<TokenAnswer, NoToken> {
        let bench = Bench::new(self);
        let access = bench.access(self, way, fields, held.credential(None));
        if let Some(request) = renewal_request(&access).map_err(NoToken::Build)? {
            let answer = self.ask(request).await?;
            if let Ok(answer) = read_token_answer(way.option(), &answer, bench.now) {
                return Ok(answer);
            }
            // The typed values still stand for the connection.
        }
        let mut steps = Steps::new();
        let mut index = 0;
        loop {
            let step = exchange_request(&access, index, &steps).map_err(NoToken::Build)?;
            match step {
                None => return Err(NoToken::Build(BuildFault::Unsupported("exchange"))),
                Some(ExchangeStep::Before(request)) => {
                    let answer = self.ask(request).await?;
                    keep_step(&access, index, &answer, &mut steps).map_err(NoToken::Refused)?;
                    index += 1;
                }
                Some(ExchangeStep::Last(request)) => {
                    let answer = self.ask(request).await?;
                    let read = read_token_answer(way.option(), &answer, bench.now);
                    return read.map_err(NoToken::Refused);
                }
            }
        }
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpAnswer, NoToken> {
        let sent = self.wire().send(request, TOKEN_LIMITS).await;
        sent.map_err(NoToken::Unsent)
    }
}
