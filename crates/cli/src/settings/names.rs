//! A setting that is misspelt must not be silently without effect.

use clap::{Command, CommandFactory};

/// Refuses `TRUNNEL_*` variables that no setting reads.
pub(crate) fn check_names() -> anyhow::Result<()> {
    let known = known_names(&crate::cmd::Cli::command());
    #[expect(clippy::disallowed_methods, reason = "this is the settings module")]
    let given = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    for name in given.filter(|name| name.starts_with("TRUNNEL_")) {
        // Set by those who run the project's own tests.
        if known.contains(&name) || name.starts_with("TRUNNEL_TEST_") {
            continue;
        }
        let near = known.iter().max_by(|a, b| {
            strsim::jaro_winkler(a, &name).total_cmp(&strsim::jaro_winkler(b, &name))
        });
        let near = near
            .map(|near| format!(" Did you mean {near}?"))
            .unwrap_or_default();
        anyhow::bail!("the environment variable {name} is not a setting.{near}");
    }
    Ok(())
}

fn known_names(command: &Command) -> Vec<String> {
    let own = command
        .get_arguments()
        .filter_map(|argument| argument.get_env());
    let own = own.map(|name| name.to_string_lossy().into_owned());
    own.chain(command.get_subcommands().flat_map(known_names))
        .collect()
}
