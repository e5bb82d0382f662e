//! How the visitors of a service share its government calls.

use aim_runtime::Limits;

use crate::support::{Host, asks, host};

/// What [`asks`] answers for `login-required` and `too-many-requests`.
const LOGIN_REQUIRED: &str = "0";
const TOO_MANY_REQUESTS: &str = "<";
/// What the approval of [`crate::support::service`] allows.
const CALLS_PER_MINUTE: u32 = 600;

async fn as_citizen(host: &Host, fin: &str) -> String {
    host.get_as("asks", "/", host.citizen(fin)).await.body
}

async fn records(host: &Host) -> i64 {
    let mut reader = host.apis.platform.db.reader().await.unwrap();
    sqlx::query_scalar("SELECT COUNT(*) FROM audit_record")
        .fetch_one(&mut *reader)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_cannot_lock_citizens_out() {
    let host = host(Limits::default()).await;
    host.deploy("asks", &asks(1)).await;
    for _ in 0..CALLS_PER_MINUTE + 100 {
        assert_eq!(host.get("asks", "/").await.body, LOGIN_REQUIRED);
    }
    assert_eq!(records(&host).await, 0, "strangers fill the disk");
    let told = host.codes("asks");
    assert_eq!(told, ["calls-without-log-in"; 3], "after 1, 10 and 100");
    let answer = as_citizen(&host, "OTEST01").await;
    assert!(
        ![LOGIN_REQUIRED, TOO_MANY_REQUESTS].contains(&&*answer),
        "{answer}"
    );
    assert_eq!(records(&host).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_citizen_cannot_lock_others_out() {
    let host = host(Limits::default()).await;
    host.deploy("asks", &asks(1)).await;
    for _ in 0..CALLS_PER_MINUTE / 4 {
        assert_ne!(as_citizen(&host, "OTEST01").await, TOO_MANY_REQUESTS);
    }
    assert_eq!(as_citizen(&host, "OTEST01").await, TOO_MANY_REQUESTS);
    assert_ne!(as_citizen(&host, "OTEST02").await, TOO_MANY_REQUESTS);
    host.apis.platform.clock.advance_ms(61_000);
    assert_ne!(as_citizen(&host, "OTEST01").await, TOO_MANY_REQUESTS);
}
