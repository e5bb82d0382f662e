//! `aim login`, `whoami` and `logout` against the platform.

use std::process::Output;

use aim_tests::actors::developer::STARTUP;
use aim_tests::paths;
use tokio::process::Command;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn logout_ends_the_token_at_the_registry() {
    let stage = Stage::start().await;
    let home = tempfile::tempdir().unwrap();
    let aim = async |arguments: &[&str], token: Option<&str>| -> Output {
        let mut command = Command::new(paths::aim().unwrap());
        command
            .args(arguments)
            .env("XDG_CONFIG_HOME", home.path())
            .env_remove("AIM_REGISTRY")
            .env_remove("AIM_TOKEN")
            .envs(token.map(|token| ("AIM_TOKEN", token)))
            .kill_on_drop(true);
        command.output().await.unwrap()
    };
    let said = |output: &Output| String::from_utf8_lossy(&output.stdout).into_owned();
    let token = stage.developer.token.clone();

    let login = aim(&["login", &stage.platform.url], Some(&token)).await;
    assert_eq!(login.status.code(), Some(0), "{login:?}");
    let who = aim(&["whoami"], None).await;
    assert_eq!(who.status.code(), Some(0), "{who:?}");
    for word in [STARTUP, "laptop", &stage.platform.url] {
        assert!(said(&who).contains(word), "{who:?}");
    }
    let out = aim(&["logout"], None).await;
    assert_eq!(out.status.code(), Some(0), "{out:?}");
    assert!(said(&out).contains("the token is revoked"), "{out:?}");

    // Not only here: whoever copied the token has nothing either.
    let copied = stage.developer.aim(&["whoami"]).await.unwrap();
    assert_eq!(copied.status.code(), Some(5), "{copied:?}");
    let who = aim(&["whoami"], None).await;
    assert_eq!(who.status.code(), Some(1), "{who:?}");
    stage.platform.stop().await.unwrap();
}
