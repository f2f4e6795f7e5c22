//! `trunnel openapi`.

use crate::output;

/// Prints the document that a server of this version hands out.
pub(crate) fn run() {
    let document = trunnel_server::openapi_document();
    output::answer(false, &document, &format!("{document:#}"));
}
