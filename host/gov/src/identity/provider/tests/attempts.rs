//! How often a code may be tried for one person.

use super::super::{FAILURES_FREE, WAIT_FIRST_MS, WAIT_MAX_MS};
use super::*;

/// Tries a code for a person at a log-in page of its own.
async fn attempt(site: &Site, fin: &str, code: &str) -> Answer {
    let page = site.authorize(&good(&challenge()), "").await;
    let (path, query) = page.location.split_once('?').unwrap();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(format!("{query}&fin={fin}&code={code}&action=log-in")));
    site.send(request.unwrap()).await
}

#[tokio::test]
async fn wrong_codes_count_for_the_person_whatever_page_they_come_from() {
    let site = Site::open().await;
    for _ in 1..FAILURES_FREE {
        let answer = attempt(&site, "OTEST01", "222222").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    for _ in 0..50 {
        let answer = attempt(&site, "OTEST01", "222222").await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    }
    let right = attempt(&site, "OTEST01", "111111").await;
    assert_eq!(
        (right.status, right.cookie),
        (StatusCode::TOO_MANY_REQUESTS, None)
    );
    let other = attempt(&site, "OTEST02", "111111").await;
    assert!(other.sent("code").is_some(), "{}", other.body);

    // What came during the wait has not made it longer.
    site.scene.platform.clock.advance_ms(WAIT_FIRST_MS);
    let right = attempt(&site, "OTEST01", "111111").await;
    assert!(right.sent("code").is_some(), "{}", right.body);
    let wrong = attempt(&site, "OTEST01", "222222").await;
    assert_eq!(
        wrong.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "counted from the start"
    );
}

#[tokio::test]
async fn stranger_delays_a_person_by_the_longest_wait_at_most() {
    let site = Site::open().await;
    for _ in 0..FAILURES_FREE + 20 {
        attempt(&site, "OTEST01", "222222").await;
        site.scene.platform.clock.advance_ms(WAIT_MAX_MS);
    }
    attempt(&site, "OTEST01", "222222").await;
    site.scene.platform.clock.advance_ms(WAIT_MAX_MS - 1);
    let early = attempt(&site, "OTEST01", "111111").await;
    assert_eq!(early.status, StatusCode::TOO_MANY_REQUESTS);
    site.scene.platform.clock.advance_ms(1);
    let right = attempt(&site, "OTEST01", "111111").await;
    assert!(right.sent("code").is_some(), "{}", right.body);
}

#[tokio::test]
async fn wrong_codes_at_once_count_like_one_after_the_other() {
    let site = Site::open().await;
    let tries = (0..20).map(|_| attempt(&site, "OTEST01", "222222"));
    let answers = futures::future::join_all(tries).await;
    let looked_at = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY)
        .count();
    assert_eq!(i64::try_from(looked_at), Ok(FAILURES_FREE - 1));
}
