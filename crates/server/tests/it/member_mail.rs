//! Mail: what is sent through the operator's server, and a password that was forgotten.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use trunnel_core::Mailer;
use trunnel_model::secret::Secret;
use trunnel_testing::on_both;

use crate::app::{Actor, Options, TestApp};
use crate::member_setup::{PASSWORD, SIGN_IN, owner, signed_in};

const RESET: &str = "/console/api/password-reset";
const CONFIRM: &str = "/console/api/password-reset/confirm";
const NEW: &str = "another good one";

/// A mail server that takes everything but what is for `refused@example.com`.
struct MailServer {
    mailer: Mailer,
    received: mpsc::UnboundedReceiver<String>,
    // Aborted when it is dropped.
    _serving: JoinSet<()>,
}

impl MailServer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let (sender, received) = mpsc::unbounded_channel();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut talking = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                talking.spawn(converse(stream, sender.clone()));
            }
        });
        let mailer = Mailer::new(&Secret::new(url), "Trunnel <trunnel@example.com>").unwrap();
        Self {
            mailer,
            received,
            _serving: serving,
        }
    }

    fn options(&self) -> Options {
        let mail = Some(self.mailer.clone());
        Options {
            mail,
            ..Options::default()
        }
    }

    /// The next mail, as it came.
    async fn next(&mut self) -> String {
        self.received.recv().await.unwrap()
    }

    /// The code of the next mail, which begins its subject.
    async fn code(&mut self) -> String {
        let mail = self.next().await;
        let (_, subject) = mail.split_once("Subject: ").unwrap();
        subject[..6].to_owned()
    }
}

async fn converse(stream: tokio::net::TcpStream, sender: mpsc::UnboundedSender<String>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 ready\r\n").await.unwrap();
    let mut mail: Option<String> = None;
    while let Ok(Some(line)) = lines.next_line().await {
        let reply: &[u8] = match &mut mail {
            Some(_) if line == "." => {
                // Nobody may be left to read it.
                let _ = sender.send(mail.take().unwrap());
                b"250 taken\r\n"
            }
            Some(text) => {
                text.push_str(&line);
                text.push('\n');
                continue;
            }
            None if line.starts_with("DATA") => {
                mail = Some(String::new());
                b"354 go on\r\n"
            }
            None if line.contains("refused@example.com") => b"550 no such box here\r\n",
            None => b"250 fine\r\n",
        };
        if write.write_all(reply).await.is_err() {
            return;
        }
    }
}

async fn confirm(app: &TestApp, code: &str) -> crate::app::Answer {
    let body = json!({ "email": "ada@example.com", "code": code, "password": NEW });
    app.anonymous().post(CONFIRM, body).await
}

async fn sign_in(app: &TestApp, password: &str) -> u16 {
    let typed = json!({ "email": "ada@example.com", "password": password });
    app.anonymous().post(SIGN_IN, typed).await.status
}

fn wrong(code: &str) -> String {
    let other = if code.starts_with('0') { "1" } else { "0" };
    format!("{other}{}", &code[1..])
}

on_both! {
    async fn a_mailed_code_sets_a_new_password(test: TestDb) {
        let mut server = MailServer::start().await;
        let app = TestApp::with(&test, server.options()).await;
        let ada = owner(&app, &app.developer().await).await;
        let ask = |email: &str| {
            let (anyone, body) = (app.anonymous(), json!({ "email": email }));
            async move { anyone.post(RESET, body).await }
        };
        ask("Ada@example.com").await.ok();
        let code = server.code().await;
        assert_eq!(confirm(&app, &wrong(&code)).await.fault(400).0, "RESET_CODE_INVALID");
        let answer = confirm(&app, &code).await;
        assert_eq!(answer.ok()["member"]["name"], json!("Ada"));
        assert!(server.next().await.contains("Subject: Your password was changed"));
        assert_eq!(ada.get("/console/api/member").await.status, 401);
        signed_in(&app, &answer).get("/console/api/member").await.ok();
        assert_eq!((sign_in(&app, PASSWORD).await, sign_in(&app, NEW).await), (401, 200));
        assert_eq!(confirm(&app, &code).await.fault(400).0, "RESET_CODE_INVALID");

        // Three wrong tries end a code, and so do ten minutes.
        ask("ada@example.com").await.ok();
        let code = server.code().await;
        for _ in 0..3 {
            confirm(&app, &wrong(&code)).await.fault(400);
        }
        assert_eq!(confirm(&app, &code).await.fault(400).0, "RESET_CODE_INVALID");
        ask("ada@example.com").await.ok();
        let code = server.code().await;
        app.clock.advance_ms(10 * 60_000);
        assert_eq!(confirm(&app, &code).await.fault(400).0, "RESET_CODE_INVALID");

        // The fourth within an hour, whoever it is for.
        assert_eq!(ask("ada@example.com").await.fault(429).0, "TOO_MANY_REQUESTS");
        for _ in 0..3 {
            assert_eq!(ask("nobody@example.com").await.ok(), json!({ "done": true }));
        }
        assert_eq!(ask("nobody@example.com").await.fault(429).0, "TOO_MANY_REQUESTS");
        app.clock.advance_ms(3_600_000);
        ask("ada@example.com").await.ok();
        server.code().await;
    }

    async fn an_invitation_is_mailed_and_shown(test: TestDb) {
        let mut server = MailServer::start().await;
        let app = TestApp::with(&test, server.options()).await;
        let ada = owner(&app, &app.developer().await).await;
        let invite = |email: &str| {
            let (ada, body): (Actor, Value) = (ada.clone(), json!({ "email": email, "role": "admin" }));
            async move { ada.post("/console/api/invitation", body).await.ok() }
        };
        let invited = invite("grace@example.com").await;
        assert_eq!(invited["mailed"], json!(true));
        let mail = server.next().await;
        assert!(mail.contains("To: grace@example.com"), "{mail}");
        assert!(mail.contains("From: \"Trunnel\" <trunnel@example.com>") || mail.contains("From: Trunnel <trunnel@example.com>"), "{mail}");
        assert!(mail.contains("text/plain") && mail.contains("text/html"), "{mail}");
        assert_eq!(invite("refused@example.com").await["mailed"], json!(false));
        let state = ada.get("/console/api/mail").await.ok();
        assert_eq!(state["host"], json!("127.0.0.1"));
        assert_eq!(ada.get("/console/api/session").await.ok()["mail"], json!(true));
        ada.post("/console/api/mail/test", json!({})).await.ok();
        assert!(server.next().await.contains("To: ada@example.com"));
    }

    async fn without_a_server_nothing_is_promised(test: TestDb) {
        let app = TestApp::start(&test).await;
        let ada = owner(&app, &app.developer().await).await;
        let state = json!({ "configured": false, "from": null, "host": null });
        assert_eq!(ada.get("/console/api/mail").await.ok(), state);
        for answer in [
            ada.post("/console/api/mail/test", json!({})).await,
            app.anonymous().post(RESET, json!({ "email": "ada@example.com" })).await,
        ] {
            assert_eq!(answer.fault(501).0, "MAIL_NOT_CONFIGURED");
        }
    }
}

#[test]
fn a_bad_setting_is_told_without_its_password() {
    for url in ["http://ada:hunter2@host", "ada:hunter2", "smtp://"] {
        let told = Mailer::new(&Secret::new(url), "a@example.com").unwrap_err();
        assert!(
            told.contains("SMTP URL") && !told.contains("hunter2"),
            "{told}"
        );
    }
    assert!(Mailer::new(&Secret::new("smtp://host"), "nobody").is_err());
}
