//! Tells Cargo what else is input of this crate: the API's document and the frontend.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=openapi");
}
