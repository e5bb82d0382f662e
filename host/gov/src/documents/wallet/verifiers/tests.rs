use super::*;

/// A listener on this machine, which fails the test if somebody connects.
async fn inside() -> (tokio::net::TcpListener, u16) {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

#[tokio::test]
async fn platform_with_tls_calls_public_addresses_only() {
    let (listener, port) = inside().await;
    let verifiers = Verifiers::of_platform("https://aim.example");
    for host in [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "10.0.0.1",
        "169.254.169.254",
        "[::ffff:127.0.0.1]",
    ] {
        let address = Url::parse(&format!("http://{host}:{port}/request")).unwrap();
        assert!(verifiers.fetch(&address).await.is_err(), "{host}");
    }
    let connected = futures::FutureExt::now_or_never(listener.accept());
    assert!(connected.is_none());
}

#[tokio::test]
async fn development_sandbox_calls_its_own_machine_and_no_other_address_inside() {
    let (listener, port) = inside().await;
    let verifiers = Verifiers::of_platform("http://localhost:8080");
    let address = Url::parse(&format!("http://127.0.0.1:{port}/")).unwrap();
    let called = tokio::spawn(async move { verifiers.fetch(&address).await.map(drop) });
    drop(listener.accept().await.unwrap());
    // The connection was made, and closed without an answer.
    assert!(matches!(called.await.unwrap(), Err(Fault::Failed(_))));
    let verifiers = Verifiers::of_platform("http://localhost:8080");
    let address = Url::parse("http://10.0.0.1/").unwrap();
    let refused = verifiers.fetch(&address).await.map(drop).unwrap_err();
    assert!(
        matches!(refused, Fault::Unfit("the address is not public")),
        "{refused:?}"
    );
}
