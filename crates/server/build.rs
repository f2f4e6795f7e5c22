//! Tells Cargo what else is input of this crate: the API's document and the frontend.

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo tells a build script what it builds in no other way"
)]
fn main() {
    const FRONTEND: &str = "../../console/dist";
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=openapi");
    // A debug build looks there when it runs, and finds a folder only that was there when
    // it was built. Where nothing can be written, there are no pages, and they say so.
    let _ = std::fs::create_dir_all(FRONTEND);
    // In a release the files are part of the binary, so it is built anew with them.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed={FRONTEND}");
    }
}
