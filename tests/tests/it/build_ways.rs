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
async fn cargo(cargo: std::process::Command, arguments: &[&str], target: Target) -> PathBuf {
    let mut command = Command::from(cargo);
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
async fn aim_build_brings_of_wasi_only_what_a_panic_needs() {
    let component = guests::build(&guests::sample("hello")).await.unwrap();
    // Not the capabilities: none of these needs one, and `wasi:filesystem` would not either.
    let inspection = aim_runtime::inspect(&std::fs::read(&component).unwrap()).unwrap();
    assert_eq!(
        inspection.imports,
        [
            "wasi:io/error@0.2.0",
            "wasi:io/streams@0.2.0",
            "wasi:cli/stderr@0.2.0"
        ]
    );
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
    let component = cargo(toolchain.cargo(), &arguments, Target::Wasip2).await;
    runs("by-plain-cargo", WASI_CAPABILITIES, component).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cargo_component() {
    let toolchain = Toolchain::find(Target::Wasip1).unwrap();
    let installed = std::env::var_os("AIM_CARGO_COMPONENT").expect(
        "AIM_CARGO_COMPONENT names no cargo-component: `cargo xtask test` installs it and sets the variable",
    );
    let mut command = toolchain.cargo();
    // Cargo looks for its own subcommands on PATH.
    let folder = PathBuf::from(installed).parent().unwrap().to_owned();
    let inherited = toolchain.path();
    let path = std::iter::once(folder).chain(std::env::split_paths(&inherited));
    command.env("PATH", std::env::join_paths(path).unwrap());
    let component = cargo(
        command,
        &["component", "build", "--release", "--locked"],
        Target::Wasip1,
    )
    .await;
    runs("by-cargo-component", WASI_CAPABILITIES, component).await;
}
