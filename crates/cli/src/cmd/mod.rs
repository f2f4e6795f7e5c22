//! The subcommands, one file each.

mod app;
mod connection;
mod connectors;
mod import;
mod key;
mod member;
mod openapi;
mod serve;
mod vault;

use clap::{Parser, Subcommand};

/// The open, self-hosted integration backend for SaaS products.
#[derive(Debug, Parser)]
#[command(name = "trunnel", version, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Sub,
}

#[derive(Debug, Subcommand)]
enum Sub {
    /// Run the server.
    Serve(Box<crate::settings::ServeSettings>),
    /// Developer apps.
    #[command(subcommand)]
    App(app::App),
    /// API keys.
    #[command(subcommand)]
    Key(key::Key),
    /// Members, who sign in to the Console.
    #[command(subcommand)]
    Member(member::Member),
    /// Customers' connections.
    #[command(subcommand)]
    Connection(connection::Connection),
    /// Sealed secrets.
    #[command(subcommand)]
    Vault(vault::Vault),
    /// The connector catalogue, and apps beside it.
    #[command(subcommand, alias = "connector")]
    Connectors(connectors::Connectors),
    /// Print the `OpenAPI` document of the server's API.
    Openapi,
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let work = async {
            match self.command {
                Sub::Serve(settings) => Box::pin(serve::run(*settings)).await,
                Sub::App(command) => Box::pin(command.run()).await,
                Sub::Key(command) => Box::pin(command.run()).await,
                Sub::Member(command) => Box::pin(command.run()).await,
                Sub::Connection(command) => Box::pin(command.run()).await,
                Sub::Vault(command) => Box::pin(command.run()).await,
                Sub::Connectors(command) => Box::pin(command.run()).await,
                Sub::Openapi => {
                    openapi::run();
                    Ok(())
                }
            }
        };
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?
            .block_on(work)
    }
}
