//! Calling the program as a shell does: arguments in, two streams and a code out.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::process::Command;
use trunnel_testing::db::TestDb;

/// A call under construction. Nothing of this process's environment reaches it.
#[derive(Debug)]
pub struct Call {
    pub(crate) command: Command,
}

/// A call that has ended.
#[derive(Debug)]
pub struct Ended {
    pub success: bool,
    pub stdout: String,
    pub stderr: String,
}

/// Where the program is.
pub const fn path() -> &'static str {
    env!("CARGO_BIN_EXE_trunnel")
}

/// The repository's root.
pub fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}

impl Call {
    /// Without any data.
    pub fn bare<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Self {
        let mut command = Command::new(path());
        command.args(args).env_clear().kill_on_drop(true);
        Self { command }
    }

    /// On a test's database.
    pub fn on<S: AsRef<OsStr>>(test: &TestDb, args: impl IntoIterator<Item = S>) -> Self {
        let location = test.location_args();
        let mut call = Self::bare(args).with("--data-dir", location.data_dir);
        if let Some(url) = location.database_url {
            call.command.env("DATABASE_URL", url);
        }
        call
    }

    pub fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.arg(name).arg(value);
        self
    }

    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub async fn end(mut self) -> Ended {
        let output = self.command.output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ended {
            success: output.status.success(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ended {
    /// The one JSON object that `--json` answers with, and nothing beside it.
    #[track_caller]
    pub fn object(&self) -> Value {
        assert!(self.success, "{self:?}");
        let text = self
            .stdout
            .strip_suffix('\n')
            .unwrap_or_else(|| panic!("{self:?}"));
        // A second value, or anything else behind the first, is an error here.
        let object: Value = serde_json::from_str(text).unwrap_or_else(|_| panic!("{self:?}"));
        assert!(object.is_object(), "{self:?}");
        object
    }

    /// What was complained of: the last thing on standard error, and nothing answered.
    #[track_caller]
    pub fn complaint(&self) -> &str {
        assert!(!self.success, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        // Log lines may come before it.
        let told = self.stderr.rsplit_once("\ntrunnel: ").map(|(_, told)| told);
        let told = told.or_else(|| self.stderr.strip_prefix("trunnel: "));
        told.unwrap_or_else(|| panic!("{self:?}")).trim_end()
    }
}
