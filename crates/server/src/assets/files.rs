//! The frontend's files as its build has left them, with their compressed variants.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::HeaderMap;
use bytes::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use super::accept::best_coding;

/// In a release they are part of the binary. A debug build reads them when they are
/// asked for, so that building the frontend needs no building of this.
#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Built;

/// Where the frontend's files come from.
#[derive(Clone)]
pub struct Assets(Source);

#[derive(Clone)]
enum Source {
    Built,
    Given(Arc<BTreeMap<String, Vec<u8>>>),
}

/// One file in the form that its caller can read.
pub(super) struct Served {
    pub(super) bytes: Bytes,
    pub(super) content_type: &'static str,
    pub(super) coding: Option<&'static str>,
    /// Differs from variant to variant, as the bytes do.
    pub(super) etag: String,
}

impl Assets {
    /// What the frontend's build has made.
    pub const fn built() -> Self {
        Self(Source::Built)
    }

    /// These files instead, by their paths.
    pub fn given(files: BTreeMap<String, Vec<u8>>) -> Self {
        Self(Source::Given(Arc::new(files)))
    }

    /// The file, compressed if the caller takes that and the build has made it.
    pub(super) fn find(&self, path: &str, headers: &HeaderMap) -> Option<Served> {
        if is_variant(path) {
            return None;
        }
        let compressed = best_coding(headers, |coding| self.has(&variant(path, coding)));
        let (bytes, hash) = match compressed {
            Some(coding) => self.read(&variant(path, coding))?,
            None => self.read(path)?,
        };
        Some(Served {
            bytes,
            content_type: content_type(path),
            coding: compressed,
            etag: etag(&hash),
        })
    }

    fn has(&self, path: &str) -> bool {
        match &self.0 {
            Source::Built => self.read(path).is_some(),
            Source::Given(files) => files.contains_key(path),
        }
    }

    fn read(&self, path: &str) -> Option<(Bytes, [u8; 32])> {
        match &self.0 {
            Source::Built => {
                let file = Built::get(path)?;
                let bytes = match file.data {
                    Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                    Cow::Owned(bytes) => Bytes::from(bytes),
                };
                Some((bytes, file.metadata.sha256_hash()))
            }
            Source::Given(files) => {
                let bytes = files.get(path)?;
                let hash = Sha256::digest(bytes).into();
                Some((Bytes::copy_from_slice(bytes), hash))
            }
        }
    }
}

fn extension(coding: &str) -> &str {
    match coding {
        "gzip" => "gz",
        other => other,
    }
}

fn variant(path: &str, coding: &str) -> String {
    format!("{path}.{}", extension(coding))
}

/// Variants are found by their file's name only.
fn is_variant(path: &str) -> bool {
    matches!(path.rsplit_once('.'), Some((_, "br" | "gz")))
}

/// Half of the hash tells files apart as well as the whole.
fn etag(hash: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    let mut etag = String::from("\"");
    for byte in &hash[..16] {
        // Writing to a String cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    etag
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
