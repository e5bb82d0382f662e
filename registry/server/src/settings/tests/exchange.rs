use super::*;

fn with(address: &str) -> String {
    format!("{GOOD}[exchange]\nurl = \"{address}\"\n")
}

#[test]
fn agencies_are_simulated_unless_a_security_server_is_named() {
    let desk = Desk::new();
    assert_eq!(desk.read(GOOD).unwrap().config.exchange, None);
    assert_eq!(desk.read(&with("")).unwrap().config.exchange, None);
    let resolved = desk.read(&with("https://security-server.example")).unwrap();
    let url = resolved.config.exchange.unwrap();
    assert_eq!(url.as_str(), "https://security-server.example/");
    for address in [
        "security-server.example",
        "ftp://security-server.example",
        "https://me:hunter2@security-server.example",
        "https://security-server.example?x",
    ] {
        let said = desk.finding(&with(address));
        assert!(
            said.starts_with("aimd.toml:6: exchange.url: not the address of a security server"),
            "{said}"
        );
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn plain_http_to_a_security_server_is_for_this_machine_alone() {
    let desk = Desk::new();
    assert!(desk.read(&with("http://127.0.0.1:8081")).is_ok());
    let said = desk.finding(&with("http://10.0.0.1:8081"));
    assert!(said.contains("exchange.url: must begin with https://"), "{said}");
    let desk = desk.with("AIMD_PROFILE", "development");
    assert!(desk.read(&with("http://10.0.0.1:8081")).is_ok());
}
