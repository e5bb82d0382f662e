use crate::support::Desk;

#[test]
fn help_lists_the_commands_and_exit_codes_and_hides_the_compiler() {
    let ran = Desk::new().aim(["--help"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for word in [
        "login",
        "whoami",
        "logout",
        "new",
        "build",
        "publish",
        "status",
        "up",
        "completions",
        "Exit codes:",
    ] {
        assert!(ran.stdout.contains(word), "no `{word}` in:\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("compile-worker"), "{}", ran.stdout);
}

#[test]
fn typo_is_not_answered_with_a_command_that_is_not_for_people() {
    for typo in ["compile", "compile-worke", "compile-workers"] {
        let ran = Desk::new().aim([typo]);
        assert_eq!(ran.code, Some(2));
        assert!(!ran.stderr.contains("'compile-worker'"), "{}", ran.stderr);
    }
}

#[test]
fn every_command_explains_itself() {
    let desk = Desk::new();
    for command in [
        "login",
        "whoami",
        "logout",
        "new",
        "build",
        "publish",
        "status",
        "up",
        "completions",
    ] {
        let ran = desk.aim([command, "--help"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert!(
            ran.stdout.contains(&format!("Usage: aim {command}")),
            "{}",
            ran.stdout
        );
    }
}

#[test]
fn unknown_command_is_wrong_usage() {
    let ran = Desk::new().aim(["deploy"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("unrecognized subcommand 'deploy'"),
        "{}",
        ran.stderr
    );
}

#[test]
fn completions_know_each_command_and_shell() {
    let desk = Desk::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = desk.aim(["completions", shell]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        for word in ["publish", "whoami", "wait"] {
            assert!(ran.stdout.contains(word), "{shell}: no `{word}`");
        }
        assert!(!ran.stdout.contains("compile-worker"), "{shell}");
    }
    let ran = desk.aim(["completions", "tcsh"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("[possible values: bash"), "{}", ran.stderr);
}

/// In the shell itself.
#[test]
fn completions_work_in_bash() {
    let desk = Desk::new();
    let script = desk.aim(["completions", "bash"]).stdout;
    std::fs::write(desk.path("aim.bash"), script).unwrap();
    let type_tab =
        "source ./aim.bash; COMP_WORDS=(aim pub); COMP_CWORD=1; _aim aim pub aim; echo \"${COMPREPLY[@]}\"";
    let output = std::process::Command::new("bash")
        .args(["--norc", "-c", type_tab])
        .current_dir(desk.path("."))
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "publish\n",
        "{:?}",
        output.stderr
    );
}
