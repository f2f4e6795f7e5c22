//! After a crash: is everything there that was acknowledged?

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};
use tokio::time::{Duration, Instant};
use trunnel_testing::receiver::Receiver;

use super::Tasks;
use super::ledger::{Connected, Ledger, State, Written};
use crate::api::{ACCOUNTS, Api};
use crate::time::pause;

/// A crash leaves a delivery leased for 25 seconds; a refused one waits 10, then 60.
const DELIVERED_WITHIN: Duration = Duration::from_secs(110);

#[derive(Debug, Default)]
pub struct Figures {
    pub kills: u64,
    /// Refreshes of which the server has told before it was killed.
    pub refreshes: u64,
    /// Connections that were being refreshed when it was killed.
    pub killed_in_refresh: usize,
    /// Accounts, webhooks and connections that were looked at again.
    pub writes: usize,
    pub acted: usize,
    /// Actions that had to be called a second time.
    pub retried: usize,
    /// Events of which the receiver was told.
    pub deliveries: usize,
    /// Deliveries beyond the first, of those that were accepted.
    pub repeated: usize,
    /// Events whose next attempt is still to come: the receiver has refused them.
    pub refused: usize,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} rounds with a kill each; {} refreshes counted, {} under way at a kill; {} writes \
             checked; {} actions checked, {} of them needed a retry; {} deliveries checked, {} \
             came again, {} refused so far",
            self.kills,
            self.refreshes,
            self.killed_in_refresh,
            self.writes,
            self.acted,
            self.retried,
            self.deliveries,
            self.repeated,
            self.refused,
        )
    }
}

pub struct Check<'a> {
    pub developer: Api,
    pub ledger: &'a Ledger,
}

impl Check<'_> {
    /// What the round has left, before the next one.
    pub async fn round(&self, round: u64, figures: &mut Figures) {
        self.written(|written| written == round, figures).await;
        self.webhooks(round, figures).await;
        let fenced = self.ledger.read(|books| books.fenced.clone());
        let of_round =
            self.connections(|account, known| known.round == round && !fenced.contains(account));
        self.connected(of_round, figures).await;
    }

    /// All that was ever acknowledged.
    pub async fn everything(&self, figures: &mut Figures) {
        self.written(|_| true, figures).await;
        let all = self.connections(|_, _| true);
        self.connected(all, figures).await;
    }

    async fn written(&self, of: impl Fn(u64) -> bool, figures: &mut Figures) {
        let accounts: Vec<_> = self.ledger.read(|books| {
            let accounts = books.accounts.iter();
            let accounts = accounts.filter(|(_, written)| of(written.round));
            accounts
                .map(|(id, written)| (id.clone(), written.clone()))
                .collect()
        });
        for (id, written) in accounts {
            let found = self.developer.get(&format!("{ACCOUNTS}/{id}")).await;
            let text = (found.status == 200).then(|| {
                let account = found.json();
                assert_eq!(account["account_id"], json!(id));
                assert_eq!(account["name"], json!(id));
                account["udf"][0]["key_value"].as_str().unwrap().to_owned()
            });
            compare(&id, &written, text.as_deref(), figures);
        }
    }

    /// There may be a hundred at a time, so the round's are deleted.
    async fn webhooks(&self, round: u64, figures: &mut Figures) {
        let webhooks: BTreeMap<_, _> = self.ledger.read(|books| {
            let webhooks = books.webhooks.iter();
            let webhooks = webhooks.filter(|(_, written)| written.round == round);
            webhooks
                .map(|(id, written)| (id.clone(), written.clone()))
                .collect()
        });
        for (id, written) in webhooks {
            let path = format!("/api/v2/public/webhook/{id}");
            let found = self.developer.get(&path).await.ok();
            let text = found["description"].as_str().map(ToOwned::to_owned);
            compare(&id, &written, text.as_deref(), figures);
        }
        let all = self.developer.get("/api/v2/public/webhook").await.ok();
        for webhook in all.as_array().unwrap() {
            if webhook["webhook_events"] == json!(["Workflow Completed"]) {
                let id = webhook["_id"].as_str().unwrap();
                self.developer
                    .delete(&format!("/api/v2/public/webhook/{id}"))
                    .await
                    .ok();
            }
        }
    }

    fn connections(&self, wanted: impl Fn(&str, &Connected) -> bool) -> Vec<(String, Connected)> {
        self.ledger.read(|books| {
            let all = books.connections.iter();
            let wanted = all.filter(|(account, known)| wanted(account, known));
            wanted
                .map(|(account, known)| (account.clone(), known.clone()))
                .collect()
        })
    }

    async fn connected(&self, connections: Vec<(String, Connected)>, figures: &mut Figures) {
        let (sender, mut retried) = tokio::sync::mpsc::unbounded_channel();
        let mut tasks = Tasks::new();
        for (account, known) in connections {
            figures.writes += 1;
            let (developer, sender) = (self.developer.clone(), sender.clone());
            if tasks.len() >= 8 {
                tasks.join_next().await.unwrap().unwrap();
            }
            tasks.spawn(async move {
                if let Some(retries) = one(&developer, &account, &known).await {
                    sender.send(retries).unwrap();
                }
            });
        }
        drop(sender);
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        while let Some(retries) = retried.recv().await {
            figures.acted += 1;
            figures.retried += retries;
        }
    }
}

fn compare(id: &str, written: &Written, found: Option<&str>, figures: &mut Figures) {
    // Where nothing was acknowledged, there may be nothing.
    let right = match found {
        None => written.sure.is_none(),
        Some(_) => [written.sure.as_deref(), written.unsure.as_deref()].contains(&found),
    };
    assert!(right, "{id} is {found:?}, and it was {written:?}");
    if written.sure.is_some() {
        figures.writes += 1;
    }
}

/// One connection, and how many retries its action needed; it may need one.
async fn one(developer: &Api, account: &str, known: &Connected) -> Option<usize> {
    let found = developer.get(&format!("{ACCOUNTS}/{account}")).await.ok();
    let integrations = found["integrations"].as_array().unwrap();
    let Some(integration) = integrations.first() else {
        assert_ne!(
            known.state,
            State::Connected,
            "{account} is not connected any more"
        );
        return None;
    };
    assert_ne!(known.state, State::Gone, "{account} is connected again");
    assert_eq!(
        integration["status"],
        json!("active"),
        "{account}: {integration}"
    );
    assert_eq!(
        integration["identifier"],
        json!(known.email),
        "{account}: {integration}"
    );
    let of = developer.of(account);
    let first = of.act("list_contacts", json!({})).await;
    if first.status == 200 {
        return Some(0);
    }
    eprintln!("{account} needs a retry after {first:?}");
    of.act("list_contacts", json!({})).await.ok();
    Some(1)
}

/// Every acknowledged event has come, and has come until it was accepted.
pub async fn deliveries(
    ledger: &Ledger,
    sink: &Receiver,
    unwelcome: &[u16],
    figures: &mut Figures,
) {
    let end = Instant::now() + DELIVERED_WITHIN;
    let events = ledger.read(|books| books.events.clone());
    loop {
        let came = told(sink, unwelcome);
        let accepted = |event: &(String, String)| {
            came.get(event)
                .is_some_and(|answers| answers.contains(&200))
        };
        let missing: Vec<_> = events
            .iter()
            .map(|(event, account)| ((*event).to_owned(), account.clone()))
            .filter(|event| !accepted(event))
            .collect();
        if missing.is_empty() || Instant::now() > end {
            for event in &missing {
                // Refused twice, it comes again after a minute, or after five.
                let refused = came.get(event).map_or(0, Vec::len);
                assert!(refused >= 2, "{event:?} came {refused} times");
            }
            figures.refused = missing.len();
            figures.deliveries = events.len();
            figures.repeated = came
                .values()
                .map(|answers| answers.iter().filter(|status| **status == 200).count())
                .map(|accepted| accepted.saturating_sub(1))
                .sum();
            return;
        }
        pause(500).await;
    }
}

/// What each event was answered, in order.
fn told(sink: &Receiver, unwelcome: &[u16]) -> BTreeMap<(String, String), Vec<u16>> {
    let mut told: BTreeMap<_, Vec<u16>> = BTreeMap::new();
    for (at, request) in sink.requests().iter().enumerate() {
        let event: Value = serde_json::from_slice(&request.body).unwrap();
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        let status = unwelcome.get(at).copied().unwrap_or(200);
        let key = (text("event"), text("linked_account_id"));
        told.entry(key).or_default().push(status);
    }
    told
}
