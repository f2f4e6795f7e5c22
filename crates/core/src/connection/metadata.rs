//! The developer's own values about a connection.

use trunnel_catalog::Fields;
use trunnel_model::fault::Fault;

const MAX_KEYS: usize = 100;
const MAX_BYTES: usize = 16 * 1024;

/// How a body calls them, where their own name is not used.
pub const METADATA: &str = "userDefinedFields";

/// # Errors
/// 400 when there is too much of it.
pub(super) fn check_metadata(metadata: Option<&Fields>) -> Result<(), Fault> {
    let Some(metadata) = metadata else {
        return Ok(());
    };
    let bytes = serde_json::to_vec(metadata).map_or(usize::MAX, |bytes| bytes.len());
    if metadata.len() > MAX_KEYS || bytes > MAX_BYTES {
        return Err(Fault::field(
            METADATA,
            format!("`{METADATA}` has at most {MAX_KEYS} keys and {MAX_BYTES} bytes as JSON"),
        ));
    }
    Ok(())
}
