//! The ways to build a Rust plug-in: `aim build`, plain cargo for `wasm32-wasip2`, cargo-component. Each gives
//! a component that the registry accepts and the host runs.

use std::path::PathBuf;
use std::process::Stdio;

use aim_tests::guests;
use aim_toolchain::{Target, Toolchain};
use tokio::process::Command;

use crate::stage::{Stage, manifest};

/// What Rust's standard library brings for the WASI targets, used or not.
const WASI_CAPABILITIES: &str = "[\"clock\", \"random\"]";

/// Publishes the component, has it approved, and opens its page.
async fn runs(name: &str, capabilities: &str, component: PathBuf) {
    let stage = Stage::start().await;
    let bytes = std::fs::read(&component).unwrap();
    let id = stage
        .developer
        .publish_bytes(&manifest(name, "1.0.0", capabilities), &bytes)
        .await
        .unwrap();
    stage.panel.approve(&stage.developer, &id).await.unwrap();
    let page = stage.ask(name, "/").await;
    assert!(page.status.is_success() && page.body.contains("Salam"), "{page}");
    stage.platform.stop().await.unwrap();
}

/// Runs cargo in the folder of `hello`; answers with the component.
async fn cargo(toolchain: &Toolchain, arguments: &[&str], target: Target) -> PathBuf {
    let mut command = Command::from(toolchain.cargo());
    let output = command
        .args(arguments)
        .current_dir(guests::sample("hello"))
        .env("CARGO_TARGET_DIR", guests::target().unwrap())
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
    guests::target()
        .unwrap()
        .join(target.triple())
        .join("release/hello.wasm")
}

#[tokio::test(flavor = "multi_thread")]
async fn aim_build_brings_no_wasi() {
    let component = guests::build(&guests::sample("hello")).await.unwrap();
    // Not the capabilities: `wasi:cli`, `wasi:filesystem` and `wasi:io` need none.
    let inspection = aim_runtime::inspect(&std::fs::read(&component).unwrap()).unwrap();
    assert!(inspection.imports.is_empty(), "{:?}", inspection.imports);
    runs("by-our-command", "[]", component).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_cargo_for_wasip2() {
    let toolchain = Toolchain::find(Target::Wasip2).unwrap();
    let arguments = [
        "build",
        "--release",
        "--locked",
        "--target",
        Target::Wasip2.triple(),
    ];
    let component = cargo(&toolchain, &arguments, Target::Wasip2).await;
    runs("by-plain-cargo", WASI_CAPABILITIES, component).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cargo_component() {
    let toolchain = Toolchain::find(Target::Wasip1).unwrap();
    let installed = Command::from(toolchain.cargo())
        .args(["component", "--version"])
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    if !installed.status.success() {
        // Building it takes longer than every other test together: `cargo xtask toolchain --all` does.
        eprintln!("skipped: cargo-component is not installed");
        return;
    }
    let component = cargo(
        &toolchain,
        &["component", "build", "--release", "--locked"],
        Target::Wasip1,
    )
    .await;
    runs("by-cargo-component", WASI_CAPABILITIES, component).await;
}
