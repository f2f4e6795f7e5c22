//! Settings of those who speak to providers: the server, and commands beside it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use url::Url;

/// Where this server is, and what is out there.
#[derive(Debug, Args)]
pub(crate) struct OutsideSettings {
    /// Where the server listens.
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
}
