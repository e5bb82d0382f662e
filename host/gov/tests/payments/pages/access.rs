//! Whose the pages are, and where they lead.

use super::*;

#[tokio::test]
async fn pages_are_the_payers_own() {
    let (_file, scene, payment) = scene().await;
    let paid = scene.paid(&payment.citizen, "p", 100).await;
    let paths = [
        format!("/az/pay/{}", payment.id),
        format!("/az/pay/{}/bank", payment.id),
        format!("/az/pay/{}/outcome", payment.id),
        format!("/az/receipts/{}", paid.receipt_id.unwrap()),
    ];
    let stranger = Browser::of(&scene, Some(&scene.citizen(3))).await;
    for path in &paths {
        assert_eq!(stranger.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(
        stranger
            .get("/az/my/payments")
            .await
            .text
            .contains("Hələ ödənişiniz yoxdur.")
    );
    let nobody = Browser::of(&scene, None).await;
    for path in &paths {
        let page = nobody.get(path).await;
        let back = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
        assert_eq!(page.location, Some(format!("/az/login?return={back}")));
    }
}

#[tokio::test]
async fn every_form_comes_from_our_own_pages() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    for path in [
        format!("/az/pay/{}", payment.id),
        format!("/az/pay/{}/turn-back", payment.id),
        format!("/az/pay/{}/bank", payment.id),
        "/az/receipts".to_owned(),
    ] {
        let foreign = Request::post(&path)
            .header("sec-fetch-site", "cross-site")
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            browser.send(foreign).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
}

#[tokio::test]
async fn log_in_on_the_way_back_leads_to_the_question_again() {
    let (_file, scene, payment) = scene().await;
    let path = format!("/az/pay/{}/turn-back", payment.id);
    let nobody = Browser::of(&scene, None).await;
    let sent = nobody.post(&path, &[]).await;
    let back = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
    assert_eq!(sent.location, Some(format!("/az/login?return={back}")));
    let citizen = Browser::of(&scene, Some(&payment.citizen)).await;
    let again = citizen.get(&path).await;
    assert_eq!(again.location, Some(format!("/az/pay/{}", payment.id)));
}

#[tokio::test]
async fn pages_are_in_the_languages_that_they_are_written_in() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    for path in [
        format!("/ru/pay/{}", payment.id),
        "/ru/receipts".to_owned(),
        "/ru/my/payments".to_owned(),
        "/zz/my/payments".to_owned(),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text.contains("<html lang=\"az\""), "{path}: {}", page.text);
    }
    assert_eq!(browser.get("/en/pay/%00").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        browser.get("/en/my/payments?before=%00").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn way_back_is_where_the_service_is_now() {
    let (_file, scene, payment) = scene().await;
    let paid = scene.pay(&payment, GOOD_CARD).await;
    let mut moved = service("communal-bills", scene.service.grant.boundary.clone());
    moved.origin = "http://communal-bills.localhost:9000".to_owned();
    let moved = Arc::new(moved);
    let browser = Browser::with(&scene, Some(&payment.citizen), move || Some(moved.clone())).await;
    let pages = [
        format!("/en/pay/{}/outcome", paid.id),
        format!("/en/receipts/{}", paid.receipt_id.unwrap()),
    ];
    for path in &pages {
        let page = browser.get(path).await;
        assert!(
            page.text
                .contains("href=\"http://communal-bills.localhost:9000/paid?ref=R-1\"")
        );
    }
    // Gone: no way back, and the rest of the page.
    let browser = Browser::with(&scene, Some(&payment.citizen), || None).await;
    for path in &pages {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("Back to the service"));
    }
}
