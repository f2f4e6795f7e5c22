//! Finds the blocks of a PEM text.

use zeroize::Zeroizing;

use crate::encode::unbase64;

/// One block: its label, as in `PRIVATE KEY`, and its bytes.
pub(crate) struct Block<'a> {
    pub(crate) label: &'a str,
    pub(crate) der: Zeroizing<Vec<u8>>,
}

/// Every block that can be read. Line ends do not matter, nor do those that were
/// pasted as `\n`: that is how a key looks inside a JSON file.
pub(crate) fn blocks(text: &str) -> Vec<Block<'_>> {
    text.split("-----BEGIN ")
        .skip(1)
        .filter_map(block)
        .collect()
}

/// One block, from its label on.
fn block(text: &str) -> Option<Block<'_>> {
    let (label, rest) = text.split_once("-----")?;
    let (content, _) = rest.split_once("-----END ")?;
    let content = Zeroizing::new(content.replace("\\n", "").replace("\\r", ""));
    let der = Zeroizing::new(unbase64(&content)?);
    Some(Block { label, der })
}
