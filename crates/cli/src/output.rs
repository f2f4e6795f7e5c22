//! What the command line prints: answers on standard output, everything else on
//! standard error.

use std::io::Write as _;

/// One JSON object, or text for people.
#[expect(
    clippy::print_stdout,
    reason = "this is where the command line answers"
)]
pub(crate) fn answer(json: bool, object: &serde_json::Value, text: &str) {
    if json {
        println!("{object}");
    } else {
        println!("{text}");
    }
}

/// One JSON object that holds a list, an item a line, so that lines can be counted
/// and compared; or text for people.
#[expect(
    clippy::print_stdout,
    reason = "this is where the command line answers"
)]
pub(crate) fn list(json: bool, name: &str, items: &[serde_json::Value], text: &str) {
    if json {
        let lines: Vec<_> = items.iter().map(ToString::to_string).collect();
        println!("{{\"{name}\":[\n{}\n]}}", lines.join(",\n"));
    } else {
        println!("{text}");
    }
}

pub(crate) fn complain(message: &str) {
    // Standard error may be closed; then there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "trunnel: {message}");
}

/// A line that replaces itself on a terminal, to show that long work goes on.
pub(crate) fn progress(message: &str) {
    use std::io::IsTerminal as _;
    let mut out = std::io::stderr();
    // The same: nobody to tell.
    let _ = if out.is_terminal() {
        write!(out, "\r\x1b[2K{message}")
    } else {
        Ok(())
    };
    let _ = out.flush();
}
