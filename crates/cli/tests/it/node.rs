//! Servers that others have written, under Node.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::Mutex;

use crate::program::root;

/// A server of `tests/`; it ends when it is dropped.
pub struct Node {
    /// The line of JSON that it has printed.
    pub told: Value,
    /// It ends by itself when what it prints has nowhere to go.
    _printed: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Node {
    pub async fn start(folder: &str, args: &[&str]) -> Self {
        let folder = root().join("tests").join(folder);
        install(&folder).await;
        let mut node = Command::new("node");
        node.arg("server.mjs")
            .args(args)
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut process = node.spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap();
        let line = line.expect("it says where it listens");
        Self {
            told: serde_json::from_str(&line).unwrap(),
            _printed: lines,
            _process: process,
        }
    }

    pub fn text(&self, name: &str) -> &str {
        self.told[name].as_str().unwrap()
    }
}

/// What `package-lock.json` says, where it is not there yet.
async fn install(folder: &Path) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());
    let _guard = ONE_AT_A_TIME.lock().await;
    if folder.join("node_modules").exists() {
        return;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(folder);
    let output = npm.output().await.expect("npm is installed");
    assert!(output.status.success(), "{output:?}");
}

/// A folder for `--connectors` with one connector that has one action, `get_me`.
pub fn connector(slug: &str, text: &str, action_path: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let actions = folder.path().join(slug).join("actions");
    std::fs::create_dir_all(&actions).unwrap();
    let action = format!(
        "
id: get_me
name: Get me
description: Says whose credential it is.
docs: https://provider.example/docs
input:
  type: object
  properties: {{ note: {{ title: Note, type: string }} }}
request:
  method: GET
  path: {action_path}
  query: {{ note: \"${{input.note}}\" }}
"
    );
    std::fs::write(folder.path().join(slug).join("connector.yaml"), text).unwrap();
    std::fs::write(actions.join("get_me.yaml"), action).unwrap();
    folder
}
