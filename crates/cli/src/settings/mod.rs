//! Settings: from the command line, else from the environment, else a default that
//! `--help` shows.

mod names;
mod outside;
mod store;

use clap::{Args, ValueEnum};

pub(crate) use names::check_names;
pub(crate) use outside::OutsideSettings;
pub(crate) use store::{SharedClients, StoreSettings};

/// Everything `trunnel serve` takes.
#[derive(Debug, Args)]
pub(crate) struct ServeSettings {
    #[command(flatten)]
    pub(crate) store: StoreSettings,

    #[command(flatten)]
    pub(crate) outside: OutsideSettings,

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

    /// The server that takes our mail: smtp[s]://user:password@host:port. Without one,
    /// invitations and reset links are handed over by people.
    #[arg(
        long,
        env = "TRUNNEL_SMTP_URL",
        hide_env_values = true,
        requires = "smtp_from",
        value_name = "URL"
    )]
    pub(crate) smtp_url: Option<String>,

    /// The address that mails come from.
    #[arg(
        long,
        env = "TRUNNEL_SMTP_FROM",
        requires = "smtp_url",
        value_name = "ADDRESS"
    )]
    pub(crate) smtp_from: Option<String>,

    /// An OpenID Connect provider at which members may sign in.
    #[arg(
        long,
        env = "TRUNNEL_SSO_ISSUER",
        requires_all = ["sso_client_id", "sso_client_secret"],
        value_name = "URL"
    )]
    pub(crate) sso_issuer: Option<url::Url>,

    /// What the provider knows us by.
    #[arg(
        long,
        env = "TRUNNEL_SSO_CLIENT_ID",
        requires = "sso_issuer",
        value_name = "ID"
    )]
    pub(crate) sso_client_id: Option<String>,

    /// By which we prove ourselves to the provider.
    #[arg(
        long,
        env = "TRUNNEL_SSO_CLIENT_SECRET",
        hide_env_values = true,
        requires = "sso_issuer",
        value_name = "SECRET"
    )]
    pub(crate) sso_client_secret: Option<String>,

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
