//! Servers under measurement: started, asked for their key and memory, ended.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use serde_json::{Value, json};

pub(crate) struct Subject {
    process: Child,
    base: String,
    /// The test environment's key; empty for the limits.
    pub key: String,
}

impl Subject {
    /// The limits, in a process of their own.
    pub(crate) fn limit() -> anyhow::Result<Self> {
        let own = std::env::current_exe()?;
        Self::start(Command::new(own).arg("limit"), String::new())
    }

    /// Trunnel on a seeded data directory, with a connector to the limit server.
    pub(crate) fn trunnel(binary: &Path, data: &Path, upstream: &str) -> anyhow::Result<Self> {
        let connectors = data.join("connectors");
        write_connector(&connectors.join("bench_upstream"), upstream)?;
        let key = key(binary, data)?;
        let mut command = serve(binary, data);
        command
            .arg("--connectors")
            .arg(connectors)
            .args(["--egress-allow", "127.0.0.1"]);
        Self::start(&mut command, key)
    }

    fn start(command: &mut Command, key: String) -> anyhow::Result<Self> {
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .context("a server to measure")?;
        let base = first_line(&mut process)?;
        Ok(Self { process, base, key })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Resident memory, as the kernel counts it.
    pub(crate) fn memory_mib(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line
            .and_then(|line| line.split_whitespace().next())
            .context("VmRSS")?;
        Ok(kib.parse::<f64>()? / 1024.0)
    }

    /// Enables the connector and gives the first account a key for it.
    pub(crate) fn connect_upstream(&self) -> anyhow::Result<()> {
        let path = "/api/v2/public/connector/bench_upstream";
        self.put(path, &json!({ "enabled": true }))?;
        let path = "/api/v2/public/linked-account/integration/save-key-credentials/bench_upstream";
        self.put(path, &json!({ "api_key": "a key" }))
    }

    fn put(&self, path: &str, body: &Value) -> anyhow::Result<()> {
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: bench\r\nx-api-key: {}\r\nlinked_account_id: account-0",
            self.key
        );
        let answer = ask(&self.base, &head, &body.to_string())?;
        anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
        Ok(())
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(binary: &Path, data: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .args(["serve", "--json", "--listen", "127.0.0.1:0", "--data-dir"])
        .arg(data)
        // The log line of every request is part of what a request costs.
        .args(["--log-format", "json"])
        .stderr(Stdio::null());
    command
}

fn key(binary: &Path, data: &Path) -> anyhow::Result<String> {
    let shown = Command::new(binary)
        .args(["key", "show", "--env", "test", "--json", "--data-dir"])
        .arg(data)
        .output()?;
    let shown: Value = serde_json::from_slice(&shown.stdout).context("trunnel key show")?;
    Ok(shown["api_key"].as_str().context("api_key")?.to_owned())
}

/// The line a server prints when it is up names its URL.
fn first_line(process: &mut Child) -> anyhow::Result<String> {
    let mut line = String::new();
    let out = process.stdout.as_mut().context("standard output")?;
    BufReader::new(out).read_line(&mut line)?;
    let up: Value = serde_json::from_str(&line).context("the server's first line")?;
    Ok(up["url"].as_str().context("url")?.to_owned())
}

/// Milliseconds from the start of the process to its first 200.
#[expect(
    clippy::disallowed_methods,
    reason = "measuring time is what this program does"
)]
pub(crate) fn time_to_first_answer(binary: &Path, data: &Path) -> anyhow::Result<u128> {
    let began = std::time::Instant::now();
    let mut command = serve(binary, data);
    let subject = Subject::start(&mut command, String::new())?;
    let answer = ask(&subject.base, "GET /readyz HTTP/1.1\r\nhost: bench", "")?;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    Ok(began.elapsed().as_millis())
}

/// One request over a connection of its own; enough for setting up.
fn ask(base: &str, head: &str, body: &str) -> anyhow::Result<String> {
    let address = base.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "{head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

fn write_connector(folder: &Path, upstream: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder.join("actions"))?;
    let connector = format!(
        "slug: bench_upstream\nname: Bench upstream\ndescription: The limit server as an app.\n\
         categories: [bench]\ndocs: https://example.com\nbase_url: {upstream}\nauth:\n  keybased:\n    \
         fields:\n      - name: api_key\n        label: API key\n        type: password\n        \
         required: true\n    place:\n      headers:\n        authorization: Bearer \
         ${{credential.api_key}}\n    unverified_reason: The limit server takes any key.\n"
    );
    std::fs::write(folder.join("connector.yaml"), connector)?;
    let action = "id: get\nname: Get\ndescription: Gets the one object there is.\n\
                  docs: https://example.com\ninput:\n  type: object\n  properties: {}\nrequest:\n  \
                  method: GET\n  path: /bare\n";
    std::fs::write(folder.join("actions/get.yaml"), action)?;
    Ok(())
}
