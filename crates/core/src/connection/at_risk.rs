//! Which connections will stop working unless someone does something.

use trunnel_catalog::Connector;
use trunnel_model::id::ConnectionId;
use trunnel_model::time::Timestamp;
use trunnel_store::connection;
use trunnel_store::connection_list::{self, Watched};

use super::view::Viewer;
use super::{ConnectionView, Paged, Way};
use crate::Core;
use crate::ctx::{AccountCtx, Ctx};
use crate::error::Error;

/// So many connections are looked at at once.
const BATCH: i64 = 500;

/// After so many batches a page is answered, full or not, so that one request does not
/// walk through a whole large environment.
const BATCHES: usize = 40;

const DAY_MS: i64 = 24 * 3_600_000;

/// A connection and what threatens it.
#[derive(Debug, Clone)]
pub struct AtRisk {
    pub view: ConnectionView,
    pub risks: Vec<Risk>,
}

#[derive(Debug, Clone)]
pub struct Risk {
    pub kind: RiskKind,
    pub message: String,
    /// When it stops working; nothing where it lacks something already.
    pub at: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RiskKind {
    TokenEnds,
    RefreshFailing,
    ScopesMissing,
}

impl RiskKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenEnds => "token_ends",
            Self::RefreshFailing => "refresh_failing",
            Self::ScopesMissing => "scopes_missing",
        }
    }
}

impl AtRisk {
    /// The first moment at which something stops working.
    pub fn at(&self) -> Option<Timestamp> {
        self.risks.iter().filter_map(|risk| risk.at).min()
    }
}

impl Core {
    /// Active connections that end within so many days, by id. A page may be shorter
    /// than asked for, and still not the last.
    pub async fn connections_at_risk(
        &self,
        ctx: &Ctx,
        days: i64,
        after: Option<&ConnectionId>,
        limit: i64,
    ) -> Result<Paged<AtRisk>, Error> {
        let until = self.now().plus_millis(days.saturating_mul(DAY_MS));
        let mut viewer = Viewer::new(self, &ctx.scope).await?;
        let mut after = after.map_or_else(String::new, |id| id.as_str().to_owned());
        let mut items = Vec::new();
        for _ in 0..BATCHES {
            let batch = connection_list::watched(self.db(), &ctx.scope, &after, BATCH).await?;
            let last = i64::try_from(batch.len()).unwrap_or(BATCH) < BATCH;
            for watched in batch {
                watched.connection.id.as_str().clone_into(&mut after);
                items.extend(self.risks(ctx, &mut viewer, watched, until).await?);
                if i64::try_from(items.len()).unwrap_or(limit) >= limit {
                    return Ok(Paged {
                        items,
                        next: Some(after),
                    });
                }
            }
            if last {
                return Ok(Paged { items, next: None });
            }
        }
        Ok(Paged {
            items,
            next: Some(after),
        })
    }

    async fn risks(
        &self,
        ctx: &Ctx,
        viewer: &mut Viewer,
        watched: Watched,
        until: Timestamp,
    ) -> Result<Option<AtRisk>, Error> {
        let (scope, failures) = (&ctx.scope, watched.refresh_failures);
        let expires_at = watched.connection.expires_at;
        let ends = expires_at.filter(|at| *at <= until);
        let slug = watched.connection.slug.clone();
        let connector = viewer.connector(self, scope, &slug).await?;
        let ends = match ends {
            Some(at) if !self.renewable(ctx, &watched, connector.as_ref()).await? => Some(at),
            _ => None,
        };
        let view = viewer.view(self, scope, watched.connection).await?;
        let name = connector
            .as_ref()
            .map_or(slug.as_str(), |c| c.name.as_str());
        let mut risks = Vec::new();
        risks.extend(ends.map(|at| token_ends(name, at, self.now())));
        if failures > 0 {
            risks.push(refresh_failing(name, failures, expires_at));
        }
        if view.scopes.needs_consent() {
            risks.push(scopes_missing(name, &view.scopes.missing));
        }
        Ok((!risks.is_empty()).then_some(AtRisk { view, risks }))
    }

    /// Whether the token can be renewed without the customer. A connection from before
    /// that was written down is opened to see.
    async fn renewable(
        &self,
        ctx: &Ctx,
        watched: &Watched,
        connector: Option<&std::sync::Arc<Connector>>,
    ) -> Result<bool, Error> {
        if let Some(known) = watched.renewable {
            return Ok(known);
        }
        let id = &watched.connection.id;
        let stored = connection::find(self.db(), &ctx.scope, id).await?;
        let (Some(stored), Some(connector)) = (stored, connector) else {
            return Ok(false);
        };
        let caller = AccountCtx {
            ctx: ctx.clone(),
            account: watched.connection.account_id.clone(),
        };
        let held = self.held_of(&caller, &stored).await?;
        let way = Way::stored(connector, &watched.connection.auth_option)?;
        Ok(way.renews(held.refresh_token.is_some()))
    }
}

fn token_ends(name: &str, at: Timestamp, now: Timestamp) -> Risk {
    let left = at.since(now);
    let when = match left / DAY_MS {
        _ if left <= 0 => "has ended".to_owned(),
        0 => "ends within a day".to_owned(),
        1 => "ends in one day".to_owned(),
        days => format!("ends in {days} days"),
    };
    Risk {
        kind: RiskKind::TokenEnds,
        message: format!(
            "Its token {when}, and {name} has given nothing to renew it with. Ask the customer \
             to reconnect."
        ),
        at: Some(at),
    }
}

fn refresh_failing(name: &str, failures: i64, at: Option<Timestamp>) -> Risk {
    let times = if failures == 1 {
        "once".to_owned()
    } else {
        format!("{failures} times in a row")
    };
    Risk {
        kind: RiskKind::RefreshFailing,
        message: format!(
            "Renewing its token has failed {times}. If {name} is up, check the OAuth client in \
             the connector's settings; the connection's log has {name}'s answer."
        ),
        at,
    }
}

fn scopes_missing(name: &str, missing: &[String]) -> Risk {
    Risk {
        kind: RiskKind::ScopesMissing,
        message: format!(
            "The customer has not granted what is configured now: {}. Ask them to reconnect \
             {name}.",
            missing.join(", ")
        ),
        at: None,
    }
}
