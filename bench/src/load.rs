//! The load generator: wrk, one thread, so that the other core is the server's.

use std::process::Command;

use anyhow::Context as _;

/// Long enough that a second of warming up does not show.
const SECONDS: u64 = 10;

pub(crate) struct Load {
    scripts: std::path::PathBuf,
}

/// What wrk measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub per_second: f64,
    pub p50_us: f64,
    pub p99_us: f64,
}

/// 64 connections on one URL, again and again.
pub(crate) fn get(url: &str) -> anyhow::Result<Figures> {
    wrk(64, url, None, &[])
}

impl Load {
    pub(crate) fn find() -> anyhow::Result<Self> {
        Command::new("wrk")
            .arg("-v")
            .output()
            .context("wrk is not installed; `make bench` installs it")?;
        Ok(Self {
            scripts: std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("wrk"),
        })
    }

    pub(crate) fn script(
        &self,
        url: &str,
        script: &str,
        environment: &[(&str, String)],
    ) -> anyhow::Result<Figures> {
        wrk(64, url, Some(self.scripts.join(script)), environment)
    }

    /// 32 connections with pauses: latency, not throughput.
    pub(crate) fn paced(
        &self,
        url: &str,
        environment: &[(&str, String)],
    ) -> anyhow::Result<Figures> {
        wrk(32, url, Some(self.scripts.join("paced.lua")), environment)
    }
}

fn wrk(
    connections: u32,
    url: &str,
    script: Option<std::path::PathBuf>,
    environment: &[(&str, String)],
) -> anyhow::Result<Figures> {
    let mut command = Command::new("wrk");
    command
        .args(["-t1", "--latency", "--timeout", "10s"])
        .arg(format!("-c{connections}"))
        .arg(format!("-d{SECONDS}s"))
        .envs(environment.iter().map(|(name, value)| (name, value)));
    if let Some(script) = script {
        command.arg("-s").arg(script);
    }
    let output = command.arg(url).output().context("wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    anyhow::ensure!(
        output.status.success(),
        "wrk {url}: {text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A figure over errors would be a lie.
    anyhow::ensure!(
        !text.contains("Non-2xx") && !text.contains("Socket errors"),
        "{url} answered with errors:\n{text}"
    );
    read(&text).with_context(|| format!("wrk's answer cannot be read:\n{text}"))
}

fn read(text: &str) -> Option<Figures> {
    let after = |mark: &str| text.lines().find_map(|line| line.trim().strip_prefix(mark));
    Some(Figures {
        per_second: after("Requests/sec:")?.trim().parse().ok()?,
        p50_us: micros(after("50%")?)?,
        p99_us: micros(after("99%")?)?,
    })
}

/// `812.00us`, `3.41ms`, `1.20s`.
fn micros(text: &str) -> Option<f64> {
    let text = text.trim();
    for (unit, factor) in [("us", 1.0), ("ms", 1e3), ("s", 1e6)] {
        if let Some(number) = text.strip_suffix(unit) {
            return number.parse::<f64>().ok().map(|number| number * factor);
        }
    }
    None
}
