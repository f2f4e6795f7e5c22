//! Tells Cargo that the API's document is input of this crate.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=openapi");
}
