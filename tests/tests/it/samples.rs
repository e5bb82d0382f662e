//! The services that a newcomer sees, and the program that shows the main path.

use std::process::Stdio;

use aim_tests::guests;
use reqwest::StatusCode;
use tokio::process::Command;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_ends_without_a_failed_step() {
    let output = Command::new(env!("CARGO_BIN_EXE_demo"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    let last = said.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("demo: ") && last.ends_with(" steps, 0 failed"),
        "{said}"
    );
}

/// A component that knows nothing of us: any `wasi:http` component of the wider ecosystem.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_component_runs_unmodified() {
    let stage = Stage::start().await;
    let folder = guests::sample("hello-wasi-http");
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    stage.panel.approve(&stage.developer, &id).await.unwrap();
    let page = stage.ask("hello-wasi-http", "/").await;
    assert_eq!(page.status, StatusCode::OK, "{page}");
    assert!(page.body.contains("Salam"), "{page}");
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn publish_samples_can_be_repeated() {
    let stage = Stage::start().await;
    for _ in 0..2 {
        let output = Command::new(env!("CARGO_BIN_EXE_publish-samples"))
            .arg(&stage.platform.url)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(stage.ask("hello", "/").await.status, StatusCode::OK);
    stage.platform.stop().await.unwrap();
}
