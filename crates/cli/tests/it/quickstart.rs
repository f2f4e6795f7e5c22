//! What the README promises for the first five minutes.

use tokio::process::Command;

use crate::program::{path, root};

#[tokio::test]
async fn the_quickstart_goes_through() {
    let mut script = Command::new("bash");
    script
        .arg(root().join("scripts/quickstart.sh"))
        .env("TRUNNEL", path());
    let output = script.kill_on_drop(true).output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for shown in [
        "x-cobalt-signature: ",
        "Grace Hopper",
        "\n401\n",
        "That was all of it.",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
}

/// A script that cannot fail would prove nothing.
#[tokio::test]
async fn the_quickstart_fails_when_something_is_wrong() {
    let folder = tempfile::TempDir::new().unwrap();
    // A program that shows a new key and leaves the old one as it is.
    let forgetful = folder.path().join("trunnel");
    let text = format!(
        "#!/bin/sh\ncase \"$1 $2\" in\n'key rotate') echo trn_test_new ;;\n*) exec {} \"$@\" \
         ;;\nesac\n",
        path()
    );
    std::fs::write(&forgetful, text).unwrap();
    let mut mode = std::fs::metadata(&forgetful).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o700);
    std::fs::set_permissions(&forgetful, mode).unwrap();
    let mut script = Command::new("bash");
    script
        .arg(root().join("scripts/quickstart.sh"))
        .env("TRUNNEL", &forgetful);
    let output = script.kill_on_drop(true).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("the status is 200 and not 401"), "{told}");
}
