use std::fs;

use crate::support::Desk;

#[test]
fn makes_a_project_with_its_sdk() {
    let desk = Desk::new();
    let ran = desk.aim(["new", "water-meter"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(
        ran.stdout,
        "made `water-meter` in water-meter\nnext: cd water-meter && aim build\n"
    );
    let manifest = fs::read_to_string(desk.path("water-meter/aim.toml")).unwrap();
    assert!(manifest.contains("name = \"water-meter\""), "{manifest}");
    assert!(manifest.contains("az = \"Water meter\""), "{manifest}");
    for file in [
        "Cargo.toml",
        "README.md",
        ".gitignore",
        "src/lib.rs",
        "vendor/sdk/rust/Cargo.toml",
        "vendor/wit/types.wit",
    ] {
        assert!(desk.path("water-meter").join(file).is_file(), "no `{file}`");
    }
}

#[test]
fn refuses_a_name_that_is_no_host_name() {
    let desk = Desk::new();
    let ran = desk.aim(["new", "Water_Meter"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.stderr
            .starts_with("error: `Water_Meter` cannot be a service's name\n  help: use "),
        "{}",
        ran.stderr
    );
    assert!(!desk.path("Water_Meter").exists());
}

#[test]
fn leaves_a_folder_alone_that_holds_something() {
    let desk = Desk::new();
    fs::create_dir(desk.path("taxes")).unwrap();
    fs::write(desk.path("taxes/notes.txt"), "mine").unwrap();
    let ran = desk.aim(["new", "taxes"]);
    assert_eq!(ran.code, Some(3));
    assert!(
        ran.stderr.contains("error: `taxes` is not empty"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read_dir(desk.path("taxes")).unwrap().count(), 1);
}
