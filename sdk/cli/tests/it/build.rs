use std::fs;

use crate::support::Desk;

#[test]
fn new_project_builds_to_a_component_that_needs_no_permission() {
    let desk = Desk::new();
    assert_eq!(desk.aim(["new", "meter-builds"]).code, Some(0));
    let out = desk.path("meter-builds.wasm");
    let ran = desk.aim(["build", "meter-builds", "--out", out.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("meter-builds 0.1.0\n"), "{}", ran.stdout);
    let inspection = aim_runtime::inspect(&fs::read(&out).unwrap()).unwrap();
    assert!(
        inspection.capabilities.is_empty(),
        "{:?}",
        inspection.capabilities
    );
    assert!(ran.stdout.contains("  imports    nothing\n"), "{}", ran.stdout);
    assert!(
        ran.stdout.ends_with(&format!(
            "next: aim publish meter-builds --component {}\n",
            out.display()
        )),
        "{}",
        ran.stdout
    );
    let beside: Vec<_> = fs::read_dir(desk.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with(".aim-build-"))
        .collect();
    assert!(beside.is_empty(), "{beside:?}");
    assert!(
        ran.stdout.contains(&inspection.digest.to_string()),
        "{}",
        ran.stdout
    );
}

#[test]
fn folder_that_is_not_there() {
    let ran = Desk::new().aim(["build", "nowhere"]);
    assert_eq!(ran.code, Some(3));
    assert_eq!(
        ran.stderr,
        "error: cannot open the folder `nowhere`: No such file or directory (os error 2)\n"
    );
}

#[test]
fn folder_without_a_manifest() {
    let desk = Desk::new();
    fs::create_dir(desk.path("empty")).unwrap();
    let ran = desk.aim(["build", "empty"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.stderr
            .starts_with("error: there is no `aim.toml` in `empty`\n  help: start a project with"),
        "{}",
        ran.stderr
    );
}

#[test]
fn every_wrong_field_of_the_manifest_is_named() {
    let desk = Desk::new();
    assert_eq!(desk.aim(["new", "water-meter"]).code, Some(0));
    let path = desk.path("water-meter/aim.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replace("version = \"0.1.0\"", "version = \"one\"")
            .replace("capabilities = []", "capabilities = [\"tax\"]"),
    )
    .unwrap();
    let ran = desk.aim(["build", "water-meter"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.stderr.contains("`version`: `one` is not a version"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr
            .contains("`tax` is not a capability; choose among `identity`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn call_that_the_manifest_does_not_ask_for() {
    let desk = Desk::new();
    assert_eq!(desk.aim(["new", "meter-asks"]).code, Some(0));
    fs::write(
        desk.path("meter-asks/src/lib.rs"),
        r#"
            use aim_sdk::prelude::*;

            #[aim_sdk::service]
            fn service(_request: Request) -> Result<Response, Error> {
                Ok(Response::html(open_data::get("holidays")?.title.az))
            }
        "#,
    )
    .unwrap();
    let out = desk.path("out.wasm");
    let build = ["build", "meter-asks", "--out", out.to_str().unwrap()];
    let ran = desk.aim(build);
    assert_eq!(ran.code, Some(3));
    let said = "error: the component imports `open-data`, which `aim.toml` does not ask for\n  \
                help: write `capabilities = [\"open-data\"]` in `aim.toml`, or remove the calls from the code\n";
    assert!(ran.stderr.ends_with(said), "{}", ran.stderr);
    assert!(!out.exists());

    // The advice works.
    let path = desk.path("meter-asks/aim.toml");
    let manifest = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        manifest.replace("capabilities = []", "capabilities = [\"open-data\"]"),
    )
    .unwrap();
    let ran = desk.aim(build);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("  imports    open-data\n"), "{}", ran.stdout);
}

/// The code is not at fault if cargo cannot get what it needs.
#[test]
fn crates_that_are_not_on_this_machine_are_not_the_code_s_fault() {
    let desk = Desk::new();
    assert_eq!(desk.aim(["new", "meter-offline"]).code, Some(0));
    let empty = desk.path("cargo-home");
    let variables = [("CARGO_HOME", empty.to_str().unwrap())];
    let ran = desk.aim_with(["build", "meter-offline", "--offline"], &variables);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(
        ran.stderr
            .contains("error: cargo could not begin to compile; its messages above say why\n  help: "),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("without `--offline`"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("does not compile"), "{}", ran.stderr);
}

#[test]
fn code_that_does_not_compile_and_a_broken_cargo_toml_are_the_project_s_fault() {
    let desk = Desk::new();
    assert_eq!(desk.aim(["new", "meter-broken"]).code, Some(0));
    fs::write(desk.path("meter-broken/src/lib.rs"), "fn").unwrap();
    let ran = desk.aim(["build", "meter-broken"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("error: the crate does not compile"),
        "{}",
        ran.stderr
    );
    fs::write(desk.path("meter-broken/Cargo.toml"), "[package").unwrap();
    let ran = desk.aim(["build", "meter-broken"]);
    assert_eq!(ran.code, Some(3), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`Cargo.toml` cannot be used"),
        "{}",
        ran.stderr
    );
}

#[test]
fn prebuilt_file_that_is_no_component_says_what_it_is() {
    let desk = Desk::new();
    assert_eq!(desk.aim(["new", "water-meter"]).code, Some(0));
    let file = desk.path("program");
    fs::write(&file, b"\x7fELF\x02\x01\x01\0").unwrap();
    let ran = desk.aim(["build", "water-meter", "--component", "program"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.stderr
            .contains("the component cannot be published:\n  this is a native program (ELF)"),
        "{}",
        ran.stderr
    );
}

#[test]
fn crate_that_does_not_compile() {
    let desk = Desk::new();
    assert_eq!(desk.aim(["new", "meter-breaks"]).code, Some(0));
    fs::write(desk.path("meter-breaks/src/lib.rs"), "fn service( {}").unwrap();
    let ran = desk.aim(["build", "meter-breaks"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.stderr
            .ends_with("error: the crate does not compile; cargo's messages above say why\n"),
        "{}",
        ran.stderr
    );
}
