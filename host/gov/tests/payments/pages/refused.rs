//! Cards and fields that are refused.

use super::*;

#[tokio::test]
async fn wrong_fields_are_named_and_the_number_never_comes_back() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/en/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    let mut form = card(&confirmation, "5555 5555 5555 4444");
    form[2].1 = "13";
    form[4].1 = "98765";
    let page = browser.post(&path, &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in [
        "<title>Error:",
        "href=\"#card-number\"",
        "href=\"#expiry-month\"",
        "href=\"#cvc\"",
        "This is not a test card",
        "value=\"13\" aria-invalid=\"true\" aria-describedby=\"expiry-error\"",
        "value=\"30\" aria-invalid=\"true\" aria-describedby=\"expiry-error\"",
    ] {
        assert!(page.text.contains(shown), "{shown}");
    }
    assert!(!page.text.contains("4444</") && !page.text.contains("5555") && !page.text.contains("98765"));
    // Nothing at all, not even a form of ours.
    assert_eq!(
        browser.post(&path, &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let page = browser.post(&path, &card("0", "4242424242424242")).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
}

#[tokio::test]
async fn refused_card_says_why_and_another_is_tried_on_the_same_page() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/en/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    for (number, grouped, why, at) in [
        (
            "4000000000000002",
            "4000 0000 0000 0002",
            "Your bank declined this card.",
            "card-number",
        ),
        (
            "4000000000000069",
            "4000 0000 0000 0069",
            "Your bank says that this card has expired.",
            "expiry-month",
        ),
        (
            "4000000000000127",
            "4000 0000 0000 0127",
            "Your bank says that the security code is not right.",
            "cvc",
        ),
    ] {
        let page = browser.post(&path, &card(&confirmation, number)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
        let summary = format!("<a href=\"#{at}\">{why} Nothing was paid.");
        assert!(page.text.contains(&summary), "{number}: {}", page.text);
        assert_eq!(field(&page, "card-number"), grouped);
        assert!(
            page.text.contains("autocomplete=\"off\" value=\"30\""),
            "{}",
            page.text
        );
        assert!(!page.text.contains("value=\"123\""), "the code is sent back");
        let mine = browser.get("/en/my/payments").await;
        assert!(mine.text.contains(why), "{number}: {}", mine.text);
    }
    let sent = browser
        .post(&path, &card(&confirmation, "4000002500003155"))
        .await;
    browser.follow(&sent).await;
    let sent = browser
        .post(&format!("{path}/bank"), &[("answer", "refuse")])
        .await;
    let page = browser.follow(&sent).await;
    let why = "You told your bank that this payment is not yours.";
    assert!(page.text.contains(why), "{}", page.text);
    let sent = browser.post(&path, &card(&confirmation, GOOD_CARD)).await;
    assert!(browser.follow(&sent).await.text.contains("Payment complete"));
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 1_234);
}

#[tokio::test]
async fn payment_that_took_its_last_card_says_why() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/en/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    let mut sent = browser
        .post(&path, &card(&confirmation, "4000000000000002"))
        .await;
    for _ in 1..REJECTIONS_MAX {
        sent = browser
            .post(&path, &card(&confirmation, "4000000000000002"))
            .await;
    }
    let page = browser.follow(&sent).await;
    let why = "Your bank declined this card. Cards were refused too often.";
    assert!(page.text.contains(why), "{}", page.text);
    assert!(page.text.contains("No money left your card."), "{}", page.text);
    let mine = browser.get("/en/my/payments").await;
    assert!(mine.text.contains(why), "{}", mine.text);
}

#[tokio::test]
async fn test_cards_stand_beside_the_number() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let page = browser.get(&format!("/en/pay/{}", payment.id)).await.text;
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}: {page}"));
    assert!(at("id=\"card-number\"") < at("<details open>"));
    assert!(at("<details open>") < at("4000 0000 0000 0069"));
    assert!(at("4000 0000 0000 0069") < at("id=\"expiry-month\""));
}

#[tokio::test]
async fn suspended_service_takes_no_card_and_no_answer() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/az/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    let asked = scene.create(&payment.citizen, "asked", 100).await.unwrap();
    scene.pay(&asked, "4000002500003155").await;
    let bank = format!("/az/pay/{}/bank", asked.id);
    scene.service.stop();
    for page in [
        browser.get(&path).await,
        browser.post(&path, &card(&confirmation, GOOD_CARD)).await,
        browser.post(&bank, &[("answer", "approve")]).await,
    ] {
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text.contains("Xidmət dayandırılıb"));
    }
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
    // Saying no is possible all the same.
    let refused = browser.post(&bank, &[("answer", "refuse")]).await;
    let page = browser.follow(&refused).await;
    assert!(
        page.text.contains("Siz ödənişdən imtina etdiniz."),
        "{}",
        page.text
    );
}
