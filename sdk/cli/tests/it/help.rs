use crate::support::Desk;

#[test]
fn help_lists_the_commands_and_exit_codes_and_hides_the_compiler() {
    let ran = Desk::new().aim(["--help"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for word in ["login", "new", "build", "publish", "status", "up", "Exit codes:"] {
        assert!(ran.stdout.contains(word), "no `{word}` in:\n{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("compile-worker"), "{}", ran.stdout);
}

#[test]
fn a_typo_is_not_answered_with_a_command_that_is_not_for_people() {
    for typo in ["compile", "compile-worke", "compile-workers"] {
        let ran = Desk::new().aim([typo]);
        assert_eq!(ran.code, Some(2));
        assert!(!ran.stderr.contains("'compile-worker'"), "{}", ran.stderr);
    }
}

#[test]
fn every_command_explains_itself() {
    let desk = Desk::new();
    for command in ["login", "new", "build", "publish", "status", "up"] {
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
fn an_unknown_command_is_wrong_usage() {
    let ran = Desk::new().aim(["deploy"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("unrecognized subcommand 'deploy'"),
        "{}",
        ran.stderr
    );
}
