//! Settings: from the command line, else from the environment, else a default that
//! `--help` shows.

mod names;
mod store;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use url::Url;

pub(crate) use names::check_names;
pub(crate) use store::{SharedClients, StoreSettings};

/// Everything `trunnel serve` takes.
#[derive(Debug, Args)]
pub(crate) struct ServeSettings {
    #[command(flatten)]
    pub(crate) store: StoreSettings,

    /// Where to listen.
    #[arg(
        long,
        env = "TRUNNEL_LISTEN",
        default_value = "127.0.0.1:8080",
        value_name = "ADDRESS"
    )]
    pub(crate) listen: SocketAddr,

    /// What browsers and providers reach this server by; the address it listens on
    /// unless given. Callback URLs start with it.
    #[arg(long, env = "TRUNNEL_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<Url>,

    /// A folder with connectors of your own; one with a known name replaces it.
    #[arg(long, env = "TRUNNEL_CONNECTORS", value_name = "DIR")]
    pub(crate) connectors: Option<PathBuf>,

    /// A TOML file with shared OAuth clients for test environments.
    #[arg(long, env = "TRUNNEL_SETTINGS", value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,

    /// Private address ranges that connectors and webhooks may reach.
    #[arg(
        long,
        env = "TRUNNEL_EGRESS_ALLOW",
        value_name = "CIDRS",
        default_value = ""
    )]
    pub(crate) egress_allow: String,

    /// How long a session token lives.
    #[arg(
        long,
        env = "TRUNNEL_SESSION_TTL",
        default_value = "7d",
        value_name = "DURATION"
    )]
    pub(crate) session_ttl: humantime::Duration,

    /// How long a session's refresh token is said to live.
    #[arg(
        long,
        env = "TRUNNEL_SESSION_REFRESH_TTL",
        default_value = "30d",
        value_name = "DURATION"
    )]
    pub(crate) session_refresh_ttl: humantime::Duration,

    /// Lets anyone make the Playground misbehave, under /playground/faults. For tests.
    #[arg(long, env = "TRUNNEL_PLAYGROUND_FAULTS")]
    pub(crate) playground_faults: bool,

    /// Leaves the Playground out: it is not served, and its connector is not offered.
    #[arg(long, env = "TRUNNEL_NO_PLAYGROUND")]
    pub(crate) no_playground: bool,

    /// What is logged: a level, or targets with levels such as `info,trunnel=debug`.
    #[arg(
        long,
        env = "TRUNNEL_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    pub(crate) log: String,

    /// How log lines are written.
    #[arg(
        long,
        env = "TRUNNEL_LOG_FORMAT",
        default_value = "auto",
        value_name = "FORMAT"
    )]
    pub(crate) log_format: LogFormat,

    /// Print one JSON object when the server is up.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    Text,
    Json,
}
