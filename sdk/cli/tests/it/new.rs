use std::fs;
use std::process::Command;

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
fn prints_a_command_that_a_shell_understands() {
    for (dir, next) in [
        (
            "my projects/water meter",
            "cd 'my projects/water meter' && aim build",
        ),
        ("-x", "cd ./-x && aim build"),
        ("it's", "cd 'it'\\''s' && aim build"),
    ] {
        let desk = Desk::new();
        let ran = desk.aim(["new", "water-meter", &format!("--dir={dir}")]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        let printed = ran
            .stdout
            .lines()
            .last()
            .and_then(|line| line.strip_prefix("next: "));
        assert_eq!(printed, Some(next));
        // The shell itself parses the words, and must find the folder.
        let there = Command::new("sh")
            .args(["-c", &next.replace("aim build", "test -f aim.toml")])
            .current_dir(desk.path(""))
            .status()
            .unwrap();
        assert!(there.success(), "{next}");
    }
}

/// `aim new` refuses a name that the registry would refuse later, before five files contain it.
#[test]
fn refuses_a_name_that_no_service_may_have() {
    let desk = Desk::new();
    for (name, why) in [
        ("Water_Meter", "`Water_Meter` cannot be a name: use 3 to 40 of"),
        ("status", "`status` is reserved for the platform"),
        ("asan-bills", "`asan-bills` contains `asan`, a name of the state"),
        ("rec3ipts", "`rec3ipts` looks like `receipts`"),
    ] {
        let ran = desk.aim(["new", name]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.starts_with(&format!("error: {why}")), "{}", ran.stderr);
        assert!(!desk.path(name).exists());
    }
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
