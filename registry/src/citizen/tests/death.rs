use axum::http::StatusCode;

use super::world::*;

#[tokio::test]
async fn death_ends_every_log_in_and_refuses_new_ones() {
    let world = World::start().await;
    let (first, second, other) = (world.browser(), world.browser(), world.browser());
    for browser in [&first, &second] {
        browser.log_in("OTEST01").await;
    }
    other.log_in("OTEST02").await;
    let inside = first.visit("/az/services/hello/enter").await;
    assert!(inside.body.contains(" substantial|"), "{}", inside.body);
    // Under way: the code has been typed, and the browser is on its way back.
    let third = world.browser();
    let page = third.visit("/en/login?return=/en/my/consents").await;
    let under_way = third.fill_in(&page, "OTEST01", "111111").await.location.unwrap();
    assert!(under_way.query().unwrap().contains("code="), "{under_way}");

    let citizen = world.identity.citizen("OTEST01").unwrap();
    world.deaths.register(&citizen).await.unwrap();

    for browser in [&first, &second] {
        let page = browser.visit("/en/my/consents").await;
        assert_eq!(page.address.path(), "/en/id/login", "{}", page.body);
    }
    let after = first.send(first.get(inside.address)).await;
    assert!(after.body.starts_with("hello|nobody|"), "{}", after.body);
    let late = third.open(under_way).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST, "{}", late.body);
    let page = third.visit("/en/login").await;
    let refused = third.fill_in(&page, "OTEST01", "111111").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("has died"), "{}", refused.body);
    assert_eq!(
        other.visit("/en/my/consents").await.address.path(),
        "/en/my/consents"
    );
}
