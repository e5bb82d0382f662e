use super::*;

const CLIENT: &str = "client_id = \"aim\"\nclient_secret_file = \"client\"\n";

fn with(lines: &str) -> String {
    format!("{GOOD}[log_in]\n{lines}")
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("client", "s3cret\n", 0o600);
    desk
}

#[test]
fn log_in_is_simulated_unless_a_provider_is_named() {
    let desk = desk();
    assert!(desk.read(GOOD).unwrap().config.log_in.is_none());
    assert!(
        desk.read(&with("issuer = \"\"\n"))
            .unwrap()
            .config
            .log_in
            .is_none()
    );
    let text = with(&format!(
        "issuer = \"https://login.example\"\n{CLIENT}acr_high = \"signed\"\n"
    ));
    let log_in = desk.read(&text).unwrap().config.log_in.unwrap();
    // Letter for letter: an address would end with a slash.
    assert_eq!(log_in.issuer, "https://login.example");
    assert_eq!(log_in.client_secret.expose_secret(), "s3cret");
    assert_eq!(
        (log_in.scopes, log_in.fin_claim.as_str()),
        (vec!["profile".to_owned()], "fin")
    );
    assert_eq!(
        (log_in.acr_substantial, log_in.acr_high.as_deref()),
        (None, Some("signed"))
    );
}

#[test]
fn provider_that_is_named_in_part_is_refused_with_what_is_missing() {
    let desk = desk();
    for (lines, says) in [
        (
            CLIENT.to_owned(),
            "log_in.client_id: missing; name the provider too",
        ),
        (
            "acr_high = \"signed\"\n".to_owned(),
            "log_in.acr_high: missing; name the provider too",
        ),
        (
            "issuer = \"https://login.example\"\nclient_secret_file = \"client\"\n".to_owned(),
            "log_in.client_id: missing; name the platform's client",
        ),
        (
            "issuer = \"https://login.example\"\nclient_id = \"aim\"\n".to_owned(),
            "log_in.client_secret_file: missing; name a file",
        ),
        (
            format!("issuer = \"login.example\"\n{CLIENT}"),
            "log_in.issuer: not an issuer",
        ),
        (
            format!("issuer = \"https://me:hunter2@login.example\"\n{CLIENT}"),
            "log_in.issuer: not an issuer",
        ),
        (
            format!("issuer = \"http://10.0.0.1\"\n{CLIENT}"),
            "log_in.issuer: must begin with https://",
        ),
        (
            format!("issuer = \"https://login.example\"\n{CLIENT}fin_claim = \"\"\n"),
            "log_in.fin_claim: must be the name of a claim",
        ),
        (
            format!("issuer = \"https://login.example\"\n{CLIENT}scopes = [\"a b\"]\n"),
            "log_in.scopes: must be names of scopes",
        ),
        (
            format!("issuer = \"https://login.example\"\n{CLIENT}acr_high = \"a b\"\n"),
            "log_in.acr_high: must be a value",
        ),
        (
            format!(
                "issuer = \"https://login.example\"\n{CLIENT}acr_high = \"a\"\nacr_substantial = \"a\"\n"
            ),
            "log_in.acr_high: must be another value",
        ),
    ] {
        let said = desk.finding(&with(&lines));
        assert!(said.contains(says), "{lines}: {said}");
        assert!(!said.contains("hunter2") && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn client_secret_that_others_may_read_is_refused() {
    let desk = Desk::new();
    desk.write("client", "s3cret\n", 0o644);
    let said = desk.finding(&with(&format!("issuer = \"https://login.example\"\n{CLIENT}")));
    assert!(said.contains("log_in.client_secret_file"), "{said}");
}

#[test]
fn plain_http_to_a_provider_is_for_this_machine_alone() {
    let desk = desk();
    let text = with(&format!("issuer = \"http://localhost:3000\"\n{CLIENT}"));
    assert!(desk.read(&text).is_ok());
}
