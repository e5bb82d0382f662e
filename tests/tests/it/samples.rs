//! The services that a newcomer sees, and the program that shows the main path.

use std::process::Stdio;

use aim_tests::actors::citizen::Citizen;
use aim_tests::actors::developer::ELCHIN;
use aim_tests::guests;
use aim_tests::instance::Instance;
use aim_tests::postgres::Postgres;
use reqwest::StatusCode;
use tokio::process::Command;

use crate::stage::{Stage, answering, ask};

async fn demo(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_demo"))
        .args(arguments)
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

#[tokio::test(flavor = "multi_thread")]
async fn demo_ends_without_a_failed_step() {
    demo(&[]).await;
}

/// The same binary, the same path through it, the other engine.
#[tokio::test(flavor = "multi_thread")]
async fn demo_ends_without_a_failed_step_on_postgresql() {
    let postgres = Postgres::start().await.unwrap();
    demo(&["--database", &postgres.database().await.unwrap()]).await;
}

/// A component that knows nothing of us: any `wasi:http` component of the wider ecosystem.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_component_runs_unmodified() {
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

/// Answers with what it said.
async fn publish_samples(platform: &Instance) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_publish-samples"))
        .arg(&platform.url)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

/// Tokens that still open something, of the startup that publishes the samples.
async fn valid_tokens(platform: &Instance) -> usize {
    let citizen = Citizen::new(&platform.url, ELCHIN, "en").unwrap();
    citizen.log_in().await.unwrap().ok().unwrap();
    let page = citizen.page("/developers").await.unwrap().ok().unwrap();
    let links = page.document().links();
    links
        .iter()
        .filter(|(address, _)| address.ends_with("/revoke"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn publish_samples_can_be_repeated_for_ever() {
    let platform = Instance::start().await.unwrap();
    publish_samples(&platform).await;
    let again = publish_samples(&platform).await;
    assert!(again.contains("hello is there already"), "{again}");
    // An organisation may have so many tokens and no more: a start that left one would be the last some day.
    assert_eq!(valid_tokens(&platform).await, 0);
    assert_eq!(ask(&platform, "hello", "/").await.status, StatusCode::OK);
    platform.stop().await.unwrap();
}

/// The start before was interrupted between the two approvals.
#[tokio::test(flavor = "multi_thread")]
async fn publish_samples_finishes_what_an_earlier_run_began() {
    let stage = Stage::start().await;
    let folder = guests::sample("hello");
    let component = guests::build(&folder).await.unwrap();
    let id = stage.developer.publish(&folder, Some(&component)).await.unwrap();
    stage.panel.first.approve(&id).await.unwrap().ok().unwrap();
    assert_eq!(
        stage.developer.submission(&id).await.unwrap().text("state"),
        "first-approved"
    );
    publish_samples(&stage.platform).await;
    assert_eq!(stage.ask("hello", "/").await.status, StatusCode::OK);
    stage.platform.stop().await.unwrap();
}

/// Its code changed and its version did not: whoever starts the platform is told, and gets the rest.
#[tokio::test(flavor = "multi_thread")]
async fn publish_samples_says_that_a_sample_changed() {
    let stage = Stage::start().await;
    let folder = guests::sample("hello");
    let manifest = std::fs::read_to_string(folder.join("aim.toml")).unwrap();
    stage.deploy(&manifest, &answering("older")).await;
    let said = publish_samples(&stage.platform).await;
    assert!(
        said.contains("hello 1.0.0 is there as it was built before; raise `version`"),
        "{said}"
    );
    assert_eq!(stage.ask("hello", "/").await.body, "older");
    assert_eq!(stage.ask("hello-wasi-http", "/").await.status, StatusCode::OK);
    stage.platform.stop().await.unwrap();
}
