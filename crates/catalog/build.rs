//! Tells Cargo that the embedded connectors are input of this crate.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../../catalog/connectors");
}
