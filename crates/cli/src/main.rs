//! The `trunnel` binary.

mod cmd;
mod instance;
mod logs;
mod output;
mod settings;
mod system;

use std::process::ExitCode;

use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let result = settings::check_names().and_then(|()| cmd::Cli::parse().run());
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Every error is a sentence for whoever started the program.
            output::complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
