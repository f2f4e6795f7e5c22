//! Work of every kind, each task until its server does not answer any more.

use std::sync::Arc;

use serde_json::{Value, json};
use trunnel_testing::browser::Browser;

use super::ledger::{Connected, Ledger, State};
use super::{Round, Tasks};
use crate::api::{ACCOUNTS, ACTIONS, Answer, PLAYGROUND};
use crate::time::pause;

/// The server is gone: no answer came.
struct Gone;

type Work = Result<(), Gone>;

pub fn start(round: &Arc<Round>) -> Tasks {
    let mut tasks = Tasks::new();
    for worker in 0..2 {
        let of = |name: &str| {
            (
                Arc::clone(round),
                format!("{name}-{}-{worker}", round.number),
            )
        };
        let (round, name) = of("upsert");
        tasks.spawn(async move { drop(upserts(&round, &name).await) });
        let (round, name) = of("hook");
        tasks.spawn(async move { drop(webhooks(&round, &name).await) });
        let (round, name) = of("key");
        tasks.spawn(async move { drop(connects(&round, &name, false).await) });
        let (round, name) = of("oauth");
        tasks.spawn(async move { drop(connects(&round, &name, true).await) });
    }
    for _ in 0..4 {
        let round = Arc::clone(round);
        tasks.spawn(async move { drop(acts(&round).await) });
    }
    tasks
}

impl Round {
    /// Under load, too, the only answer that is not 200 is none.
    async fn ask(
        &self,
        account: Option<&str>,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Gone> {
        let api = account.map_or_else(|| self.developer.clone(), |id| self.developer.of(id));
        let answer: Answer = api.try_send(method, path, body).await.map_err(|_| Gone)?;
        assert_eq!(
            answer.status, 200,
            "{method} {path} for {account:?}: {answer:?}"
        );
        Ok(answer.json())
    }
}

/// One account that changes all the time, and new ones beside it.
async fn upserts(round: &Round, name: &str) -> Work {
    for turn in 0_u64.. {
        let text = turn.to_string();
        let body = json!({ "linked_account_id": name, "name": name, "udf": { "turn": text } });
        round.ledger.write(|books| {
            Ledger::asking(&mut books.accounts, name, round.number, &text);
        });
        round.ask(None, "PUT", ACCOUNTS, Some(body)).await?;
        round
            .ledger
            .write(|books| Ledger::written(&mut books.accounts, name, &text));
        create(round, &format!("{name}-{turn}")).await?;
    }
    Ok(())
}

async fn create(round: &Round, id: &str) -> Work {
    let body = json!({ "linked_account_id": id, "name": id, "udf": { "turn": id } });
    round
        .ledger
        .write(|books| Ledger::asking(&mut books.accounts, id, round.number, id));
    round.ask(None, "POST", ACCOUNTS, Some(body)).await?;
    round
        .ledger
        .write(|books| Ledger::written(&mut books.accounts, id, id));
    Ok(())
}

/// Webhooks of a kind that nothing happens to.
async fn webhooks(round: &Round, name: &str) -> Work {
    for turn in 0_u64..8 {
        let text = format!("{name}-{turn}");
        let body = json!({
            "webhook_url": format!("http://127.0.0.1:9/{name}"),
            "webhook_events": ["Workflow Completed"],
            "description": text,
        });
        let made = round
            .ask(None, "POST", "/api/v2/public/webhook", Some(body))
            .await?;
        let id = made["_id"].as_str().unwrap().to_owned();
        let known = |text: &str| {
            round.ledger.write(|books| {
                Ledger::asking(&mut books.webhooks, &id, round.number, text);
                Ledger::written(&mut books.webhooks, &id, text);
            });
        };
        known(&text);
        let text = format!("{text} changed");
        round.ledger.write(|books| {
            Ledger::asking(&mut books.webhooks, &id, round.number, &text);
        });
        let path = format!("/api/v2/public/webhook/{id}");
        let change = json!({ "description": text });
        round.ask(None, "PUT", &path, Some(change)).await?;
        known(&text);
        pause(round.chance.next() % 300).await;
    }
    Ok(())
}

/// New accounts that connect; every third one disconnects again.
async fn connects(round: &Round, name: &str, oauth: bool) -> Work {
    for turn in 0_u64.. {
        let account = format!("{name}-{turn}");
        let email = format!("{account}@example.com");
        create(round, &account).await?;
        if oauth {
            consent(round, &account, &email).await?;
        } else {
            save_key(round, &account, &email).await?;
        }
        let connected = Connected {
            round: round.number,
            email,
            state: State::Connected,
            passing: turn % 3 == 2,
            oauth,
        };
        round.ledger.connected(&account, connected);
        act(round, &account).await?;
        if turn % 3 == 2 {
            let path = format!("/api/v2/public/linked-account/integration/{PLAYGROUND}");
            round.ledger.disconnecting(&account);
            round.ask(Some(&account), "DELETE", &path, None).await?;
            round.ledger.disconnected(&account);
        }
    }
    Ok(())
}

/// The customer's browser may be the first to find that the server is gone.
async fn consent(round: &Round, account: &str, email: &str) -> Work {
    let path = format!("{}/{PLAYGROUND}", crate::api::OAUTH_URL);
    let begun = round.ask(Some(account), "GET", &path, None).await?;
    let url = begun["auth_url"].as_str().unwrap();
    let page = Browser::new()
        .try_consent(url, email)
        .await
        .map_err(|_| Gone)?;
    assert!(page.html.contains("is connected"), "{page:?}");
    Ok(())
}

async fn save_key(round: &Round, account: &str, email: &str) -> Work {
    let body = json!({ "email": email, "password": "playground" });
    let made = round
        .developer
        .try_send("POST", "/playground/api-keys", Some(body))
        .await;
    let made = made.map_err(|_| Gone)?.json();
    let path = format!("{}/{PLAYGROUND}", crate::api::SAVE_KEYS);
    let key = json!({ "api_key": made["api_key"] });
    round.ask(Some(account), "PUT", &path, Some(key)).await?;
    Ok(())
}

/// Actions for whoever is connected, whose tokens have mostly ended.
async fn acts(round: &Round) -> Work {
    loop {
        let usable = round.ledger.usable();
        match u64::try_from(usable.len()).unwrap() {
            // Asked, so that its end is noticed.
            0 => drop(round.ask(None, "GET", ACCOUNTS, None).await?),
            count => {
                let at = usize::try_from(round.chance.next() % count).unwrap();
                act(round, &usable[at]).await?;
            }
        }
        pause(round.chance.next() % 20).await;
    }
}

async fn act(round: &Round, account: &str) -> Work {
    let path = format!("{ACTIONS}/list_contacts/execute");
    let acted = round
        .ask(Some(account), "POST", &path, Some(json!({})))
        .await?;
    assert_eq!(acted["node_status"], json!("Success"), "{acted}");
    Ok(())
}
