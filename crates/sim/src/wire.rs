//! How a node's requests reach the provider, or do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::oneshot;
use trunnel_core::{Sent, Wire};
use trunnel_model::http::{HttpAnswer, HttpRequest};
use trunnel_outbound::{Limits, SendFailure, Unreached};

use crate::life::{Epoch, Life, pause};
use crate::mood::Mood;
use crate::provider::{Acted, Asked, Provider};
use crate::seed::Seed;

/// The weather between all nodes and the provider.
pub(crate) struct Weather {
    pub(crate) seed: Arc<Seed>,
    /// How many of a hundred requests something happens to.
    pub(crate) badness: AtomicU64,
    /// Until then nobody gets an answer but 503, or none at all.
    pub(crate) outage_until: AtomicU64,
    pub(crate) outage_is_silent: std::sync::atomic::AtomicBool,
    /// More token requests than this in one second are answered 429.
    pub(crate) limit: Limit,
}

/// A provider's rate limit, and how often it was hit.
#[derive(Default)]
pub(crate) struct Limit {
    per_second: Option<u64>,
    second: AtomicU64,
    count: AtomicU64,
    pub(crate) refused: AtomicU64,
}

impl Limit {
    pub(crate) fn of(per_second: u64) -> Self {
        Self {
            per_second: Some(per_second),
            ..Self::default()
        }
    }

    fn refuses(&self, now: u64) -> bool {
        let Some(most) = self.per_second else {
            return false;
        };
        if self.second.swap(now / 1_000, Ordering::SeqCst) != now / 1_000 {
            self.count.store(0, Ordering::SeqCst);
        }
        let refused = self.count.fetch_add(1, Ordering::SeqCst) >= most;
        self.refused.fetch_add(u64::from(refused), Ordering::SeqCst);
        refused
    }
}

pub(crate) struct NodeWire {
    pub(crate) provider: Arc<Provider>,
    pub(crate) weather: Arc<Weather>,
    pub(crate) life: Arc<Life>,
    pub(crate) epoch: Epoch,
}

static IDS: AtomicU64 = AtomicU64::new(0);

impl Wire for NodeWire {
    fn send(&self, request: HttpRequest, limits: Limits) -> Sent<'_> {
        Box::pin(async move {
            self.life.step().await;
            let answer = if request.url.path().ends_with("/token") {
                self.ask_for_token(&request, limits).await
            } else {
                Ok(self.call(&request).await)
            };
            self.life.step().await;
            answer
        })
    }
}

impl NodeWire {
    async fn ask_for_token(
        &self,
        request: &HttpRequest,
        limits: Limits,
    ) -> Result<HttpAnswer, SendFailure> {
        let asked = read(&request.body);
        self.provider.sending(asked, &self.life);
        let call = Call {
            provider: Arc::clone(&self.provider),
            epoch: self.epoch,
            life: Arc::clone(&self.life),
            asked,
            id: IDS.fetch_add(1, Ordering::Relaxed),
            sent_at: self.epoch.ms(),
            transit_ms: self.weather.seed.between(5, 250),
        };
        let mood = self.mood();
        let (reply, answer) = oneshot::channel();
        let (id, limit) = (call.id, limits.timeout);
        #[expect(
            clippy::disallowed_methods,
            reason = "the far side goes on although nobody waits for it; that is what is tried"
        )]
        let far_side = tokio::task::spawn(call.run(mood, reply));
        let answer = tokio::time::timeout(limit, answer).await;
        drop(far_side);
        self.life.step().await;
        self.provider.ended(asked, id);
        let answer = match answer {
            Err(_) => return Err(SendFailure::NoAnswer { timed_out: true }),
            Ok(Err(_)) => return Err(SendFailure::NoAnswer { timed_out: false }),
            Ok(Ok(answer)) => answer?,
        };
        if let Some((family, number)) = answer.tokens {
            self.provider.delivered(family, number, &self.life);
        }
        Ok(answer.http)
    }

    fn mood(&self) -> Mood {
        let (seed, now) = (&self.weather.seed, self.epoch.ms());
        if self.weather.limit.refuses(now) {
            return Mood::Busy {
                retry_after_s: Some(1),
            };
        }
        if now < self.weather.outage_until.load(Ordering::SeqCst) {
            return if self.weather.outage_is_silent.load(Ordering::SeqCst) {
                Mood::LostRequest { hangs: true }
            } else {
                Mood::Broken { acts: false }
            };
        }
        Mood::draw(seed, self.weather.badness.load(Ordering::SeqCst))
    }

    async fn call(&self, request: &HttpRequest) -> HttpAnswer {
        pause(self.weather.seed.between(5, 60)).await;
        let bearer = request.headers.get("authorization");
        let token = bearer.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer a-"));
        let accepted = token
            .and_then(numbers)
            .is_some_and(|(family, number)| self.provider.accepts(family, number));
        if accepted {
            answer(200, "application/json", r#"{"ok":true}"#)
        } else {
            answer(401, "application/json", r#"{"error":"token"}"#)
        }
    }
}

/// An answer, and the tokens that can be read in it.
struct Reply {
    http: HttpAnswer,
    tokens: Option<(usize, usize)>,
}

/// One token request on the far side, which goes on when its client is gone.
struct Call {
    provider: Arc<Provider>,
    epoch: Epoch,
    life: Arc<Life>,
    asked: Asked,
    id: u64,
    sent_at: u64,
    transit_ms: u64,
}

/// A patient client waits so long for tokens.
const PATIENT_MS: u64 = 30_000;

type ReplyTo = oneshot::Sender<Result<Reply, SendFailure>>;

impl Call {
    async fn run(self, mood: Mood, reply: ReplyTo) {
        pause(self.transit_ms).await;
        if let Mood::LostRequest { hangs } = mood {
            return self.never_came(hangs, reply).await;
        }
        self.provider
            .arrived(self.asked, &self.life, self.sent_at, self.id);
        if reply.is_closed() {
            self.provider.ended(self.asked, self.id);
        }
        let answer = self.answer(mood, &reply).await;
        self.missed(&reply, answer.as_ref());
        self.provider.ended(self.asked, self.id);
        match answer {
            Some(answer) => {
                pause(self.transit_ms).await;
                // The client may have hung up.
                let _ = reply.send(Ok(answer));
            }
            None => hold(reply, matches!(mood, Mood::LostReply { hangs: true })).await,
        }
    }

    /// A client that hung up on tokens which were on their way in time is treated as if
    /// it had received them: a patient one would have.
    fn missed(&self, reply: &ReplyTo, answer: Option<&Reply>) {
        let took = self.epoch.ms() + self.transit_ms - self.sent_at;
        let missed = reply.is_closed() && !self.life.is_dead() && took < PATIENT_MS;
        let tokens = answer.and_then(|answer| answer.tokens);
        if let (true, Some((family, number))) = (missed, tokens) {
            self.provider.delivered(family, number, &self.life);
        }
    }

    async fn never_came(&self, hangs: bool, reply: ReplyTo) {
        if hangs {
            hold(reply, true).await;
        } else {
            let cause = Unreached::ConnectionRefused;
            let _ = reply.send(Err(SendFailure::Unreachable { cause }));
        }
    }

    async fn answer(&self, mood: Mood, reply: &ReplyTo) -> Option<Reply> {
        let orphaned = || reply.is_closed() || self.life.is_dead();
        let act = || self.provider.act(self.asked, orphaned());
        Some(match mood {
            Mood::Well => self.tokens(act(), true),
            Mood::NoLife => self.tokens(act(), false),
            Mood::LostRequest { .. } => return None,
            Mood::LostReply { .. } => {
                act();
                return None;
            }
            Mood::Slow { ms, acts_first } => {
                let early = acts_first.then(act);
                pause(ms).await;
                self.tokens(early.unwrap_or_else(&act), true)
            }
            Mood::Html { status, acts } => {
                acts.then(act);
                Reply::plain(answer(
                    status,
                    "text/html",
                    "<html>One moment, please</html>",
                ))
            }
            Mood::Broken { acts } => {
                acts.then(act);
                Reply::plain(answer(
                    500,
                    "application/json",
                    r#"{"error":"invalid_grant"}"#,
                ))
            }
            Mood::Busy { retry_after_s } => {
                let mut busy = answer(429, "application/json", "{}");
                if let Some(seconds) = retry_after_s {
                    busy.headers
                        .insert("retry-after", HeaderValue::from(seconds));
                }
                Reply::plain(busy)
            }
            Mood::WrongType => {
                let mut reply = self.tokens(act(), true);
                let html = HeaderValue::from_static("text/html");
                reply.http.headers.insert("content-type", html);
                reply
            }
            Mood::CutOff => {
                let reply = self.tokens(act(), true);
                let half = reply.http.body.slice(..reply.http.body.len() / 2);
                Reply::plain(HttpAnswer {
                    body: half,
                    ..reply.http
                })
            }
        })
    }

    fn tokens(&self, acted: Acted, says_life: bool) -> Reply {
        let Acted::Issued(family, number) = acted else {
            return Reply::plain(answer(
                400,
                "application/json",
                r#"{"error":"invalid_grant"}"#,
            ));
        };
        let mut body = serde_json::json!({
            "access_token": format!("a-{family}-{number}"),
            "token_type": "Bearer",
        });
        if says_life {
            body["expires_in"] = self.provider.policy.life_s.into();
        }
        if self.provider.policy.rotates || matches!(self.asked, Asked::Code(_)) {
            body["refresh_token"] = format!("r-{family}-{number}").into();
        }
        Reply {
            http: answer(200, "application/json", &body.to_string()),
            tokens: Some((family, number)),
        }
    }
}

impl Reply {
    const fn plain(http: HttpAnswer) -> Self {
        Self { http, tokens: None }
    }
}

/// Keeps the client waiting, or hangs up on it.
async fn hold(reply: ReplyTo, hangs: bool) {
    if hangs {
        let longer_than_any_client = Duration::from_hours(1);
        let mut reply = reply;
        let _ = tokio::time::timeout(longer_than_any_client, reply.closed()).await;
    }
}

fn answer(status: u16, content_type: &'static str, body: &str) -> HttpAnswer {
    let mut headers = HeaderMap::new();
    headers.insert(
        HeaderName::from_static("content-type"),
        HeaderValue::from_static(content_type),
    );
    HttpAnswer {
        status,
        headers,
        body: Bytes::from(body.to_owned()),
    }
}

/// What a token request's form says.
fn read(body: &[u8]) -> Asked {
    let mut refresh = None;
    let mut code = 0;
    for (name, value) in url::form_urlencoded::parse(body) {
        match &*name {
            "refresh_token" => refresh = value.strip_prefix("r-").and_then(numbers),
            "code" => code = value.parse().unwrap_or(0),
            _ => {}
        }
    }
    match refresh {
        Some((family, number)) => Asked::Refresh(family, number),
        None => Asked::Code(code),
    }
}

fn numbers(text: &str) -> Option<(usize, usize)> {
    let (family, number) = text.split_once('-')?;
    Some((family.parse().ok()?, number.parse().ok()?))
}
