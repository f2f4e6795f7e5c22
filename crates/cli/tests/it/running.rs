//! A server that was started as a process of its own.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};
use trunnel_testing::db::TestDb;

use crate::api::Api;
use crate::program::{Call, Ended};
use crate::time::PATIENCE;

/// How to start a server. It can be started again the same way.
pub struct Start<'a> {
    test: &'a TestDb,
    listen: String,
    options: Vec<String>,
    env: Vec<(String, String)>,
    /// Standard error of every start, one after the other.
    logs: TempDir,
}

impl<'a> Start<'a> {
    /// On a free port, at the most talkative level, with the Playground's faults and
    /// the machine itself within reach.
    pub fn new(test: &'a TestDb) -> Self {
        let start = Self {
            test,
            listen: "127.0.0.1:0".to_owned(),
            options: vec!["--json".to_owned(), "--playground-faults".to_owned()],
            env: Vec::new(),
            logs: TempDir::new().unwrap(),
        };
        start
            .env("TRUNNEL_EGRESS_ALLOW", "127.0.0.0/8")
            .env("TRUNNEL_LOG", "trace,hyper=info,mio=info")
    }

    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    pub fn option(mut self, name: &str, value: impl AsRef<Path>) -> Self {
        self.options.push(name.to_owned());
        self.options
            .push(value.as_ref().to_str().unwrap().to_owned());
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn test(&self) -> &'a TestDb {
        self.test
    }

    fn call(&self) -> Call {
        let mut call = Call::on(self.test, ["serve"]).with("--listen", &self.listen);
        call.command.args(&self.options);
        for (name, value) in &self.env {
            call = call.env(name, value);
        }
        call
    }

    /// Starts and waits until it says that it is up.
    pub async fn up(&self) -> Running {
        let stderr = self.log_file();
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&stderr)
            .unwrap();
        let mut call = self.call();
        call.command.stdout(Stdio::piped()).stderr(log);
        let mut child = call.command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let first = tokio::time::timeout(PATIENCE, lines.next_line()).await;
        let Ok(Ok(Some(greeting))) = first else {
            panic!("the server did not start: {}", self.log());
        };
        let greeting: Value = serde_json::from_str(&greeting).unwrap();
        Running {
            url: greeting["url"].as_str().unwrap().to_owned(),
            greeting,
            child,
            lines,
        }
    }

    /// Starts in vain, and gives what was complained of.
    pub async fn refused(&self) -> Ended {
        let ended = tokio::time::timeout(PATIENCE, self.call().end()).await;
        let ended = ended.expect("a server that cannot start ends");
        assert!(!ended.success, "{ended:?}");
        ended
    }

    fn log_file(&self) -> PathBuf {
        self.logs.path().join("stderr")
    }

    /// Standard error of all starts so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap()
    }
}

pub struct Running {
    pub url: String,
    pub greeting: Value,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    /// Ends it as a power cut would.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// What a supervisor sends. The server may take its time.
    pub fn terminate(&self) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        rustix::process::kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    }

    /// Waits for its end, which is a good one; gives what it has written to standard
    /// output since it greeted.
    pub async fn ended(mut self) -> String {
        let mut rest = String::new();
        while let Some(line) = self.lines.next_line().await.unwrap() {
            rest.push_str(&line);
        }
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = status.expect("it ends when it is asked to").unwrap();
        assert!(status.success(), "{status}");
        rest
    }

    pub async fn stop(self) -> String {
        self.terminate();
        self.ended().await
    }

    /// Whoever holds this key.
    pub fn with_key(&self, key: &str) -> Api {
        Api::new(&self.url).header("x-api-key", key)
    }
}
