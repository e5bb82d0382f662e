//! From the pay page to the receipt.

use super::*;

#[tokio::test]
async fn citizen_pays_and_keeps_the_receipt() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/az/pay/{}", payment.id);
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    for shown in [
        "12,34\u{a0}AZN",
        "Su təchizatı idarəsi (sınaq)",
        "Su haqqı",
        "Ev MMC",
        "R-1",
        "4000 0025 0000 3155",
        "21.11.2026 13:30",
    ] {
        assert!(page.text.contains(shown), "{shown}");
    }
    let confirmation = field(&page, "confirmation");
    let form = card(&confirmation, "4242 4242 4242 4242");
    let sent = browser.post(&path, &form).await;
    let outcome = browser.follow(&sent).await;
    assert!(outcome.text.contains("Ödəniş qəbul edildi"));
    assert!(
        outcome
            .text
            .contains("href=\"http://communal-bills.localhost:8080/paid?ref=R-1\"")
    );
    // The back button and a second click change nothing.
    let again = browser.post(&path, &form).await;
    assert!(browser.follow(&again).await.text.contains("Ödəniş qəbul edildi"));
    let back = browser.get(&path).await;
    assert!(browser.follow(&back).await.text.contains("Ödəniş qəbul edildi"));
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 1_234);
    let (_, rest) = outcome.text.split_once("href=\"/az/receipts/").unwrap();
    let receipt = rest.split_once('"').unwrap().0;
    let page = browser.get(&format!("/en/receipts/{receipt}")).await;
    for shown in [
        "AZN\u{a0}12.34",
        receipt,
        "ACSC",
        "1423910",
        "210010",
        "Water",
        "21.11.2026 12:00",
    ] {
        assert!(page.text.contains(shown), "{shown}");
    }
    let mine = browser.get("/en/my/payments").await;
    assert!(mine.text.contains(&format!("/en/receipts/{receipt}")));
    assert!(mine.text.contains("Paid"));
}

#[tokio::test]
async fn citizen_who_waits_for_the_bank_is_told_not_to_pay_again() {
    for does_it in [false, true] {
        let (_file, mut scene, payment) = scene().await;
        let healthy = scene.payments.clone();
        let how = if does_it { How::AnswerLost } else { How::Fails };
        let faulty = Faulty::new(scene.platform.db.clone(), how);
        scene.payments = healthy.clone().with_provider(faulty, PROVIDER_WITHIN);
        let browser = Browser::of(&scene, Some(&payment.citizen)).await;
        let path = format!("/en/pay/{}", payment.id);
        let confirmation = field(&browser.get(&path).await, "confirmation");
        let form = card(&confirmation, "4242 4242 4242 4242");
        let sent = browser.post(&path, &form).await;
        let waiting = browser.follow(&sent).await;
        assert_eq!(waiting.status, StatusCode::OK);
        assert!(waiting.text.contains("Do not pay again"), "{}", waiting.text);
        assert!(waiting.text.contains(&format!("href=\"{path}/waiting\"")));
        // A second click, the pay page, the bank's and the outcome's lead there too.
        let again = browser.post(&path, &form).await;
        let back = browser.post(&format!("{path}/turn-back"), &[]).await;
        let bank = browser
            .post(&format!("{path}/bank"), &[("answer", "approve")])
            .await;
        let outcome = browser.get(&format!("{path}/outcome")).await;
        for page in [again, back, bank, outcome, browser.get(&path).await] {
            assert!(browser.follow(&page).await.text.contains("Do not pay again"));
        }
        let mine = browser.get("/en/my/payments").await;
        assert!(mine.text.contains("Waiting for the bank"));

        scene.platform.clock.advance_ms(i64::from(RECONCILE_AFTER_MS));
        scene.payments = healthy;
        let browser = Browser::of(&scene, Some(&payment.citizen)).await;
        let page = browser.get(&format!("{path}/waiting")).await;
        let page = browser.follow(&page).await;
        let expected = if does_it {
            "Payment complete"
        } else {
            "The bank never received your payment"
        };
        assert!(page.text.contains(expected), "{}", page.text);
        let moved = scene.verify().await.totals.debit.minor_units();
        assert_eq!(moved, if does_it { 1_234 } else { 0 });
        if !does_it {
            let sent = browser.post(&path, &form).await;
            assert!(browser.follow(&sent).await.text.contains("Payment complete"));
        }
    }
}

#[tokio::test]
async fn receipt_can_be_checked_by_anybody() {
    let (_file, scene, payment) = scene().await;
    let paid = scene.pay(&payment, GOOD_CARD).await;
    let id = paid.receipt_id.unwrap();
    let citizen = Browser::of(&scene, Some(&payment.citizen)).await;
    let page = citizen.get(&format!("/en/receipts/{id}")).await;
    let (_, rest) = page.text.split_once("Verification code</dt>").unwrap();
    let code = rest.split_once("<code>").unwrap().1.split_once('<').unwrap().0;
    let anybody = Browser::of(&scene, None).await;
    assert_eq!(anybody.get("/az/receipts").await.status, StatusCode::OK);
    let typed = code.to_uppercase();
    let page = anybody
        .post("/en/receipts", &[("number", &format!(" {id}")), ("code", &typed)])
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("This receipt is genuine") && page.text.contains("AZN\u{a0}12.34"));
    scene
        .change_payments("description_en = 'Fine paid', service_en = 'Court', controller = 'Court'")
        .await;
    for page in [
        anybody
            .post("/en/receipts", &[("number", &id), ("code", &typed)])
            .await,
        citizen.get(&format!("/en/receipts/{id}")).await,
    ] {
        assert!(page.text.contains("Water</dd>") && page.text.contains("Ev MMC"));
        assert!(!page.text.contains("Fine paid") && !page.text.contains("Court"));
    }
    let wrong = code.replace(char::is_numeric, "a");
    for (number, code) in [(id.as_str(), wrong.as_str()), (&id, ""), ("rcp_x", code)] {
        let page = anybody
            .post("/en/receipts", &[("number", number), ("code", code)])
            .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("There is no receipt with this number") && !page.text.contains("12.34"));
        assert_eq!(
            page.text
                .matches("aria-invalid=\"true\" aria-describedby=\"number-error\"")
                .count(),
            2
        );
    }
    let records = audit::of_citizen(&scene.platform.db, &payment.citizen, None, 100)
        .await
        .unwrap();
    let checks = records
        .iter()
        .filter(|record| record.operation == "check-receipt");
    assert_eq!(checks.count(), 2);
}

#[tokio::test]
async fn bank_asks_and_the_citizen_answers() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/en/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    let sent = browser
        .post(&path, &card(&confirmation, "4000002500003155"))
        .await;
    let bank = browser.follow(&sent).await;
    assert!(bank.text.contains("Your bank asks you to confirm"));
    let odd = browser
        .post(&format!("{path}/bank"), &[("answer", "maybe")])
        .await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    assert!(odd.text.contains("<h1>The request is invalid</h1>"));
    let sent = browser
        .post(&format!("{path}/bank"), &[("answer", "approve")])
        .await;
    assert!(browser.follow(&sent).await.text.contains("Payment complete"));
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 1_234);
}

#[tokio::test]
async fn citizen_turns_back_and_money_is_held() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let sent = browser
        .post(&format!("/en/pay/{}/turn-back", payment.id), &[])
        .await;
    let page = browser.follow(&sent).await;
    assert!(page.text.contains("You decided not to pay."));
    assert!(page.text.contains("No money left your card."));
    let delayed = NewPayment {
        delayed_capture: true,
        ..new_payment(200)
    };
    let by = scene.by(&payment.citizen);
    let payment = scene.payments.create(&by, "m", delayed).await.unwrap();
    let path = format!("/en/pay/{}", payment.id);
    let page = browser.get(&path).await;
    assert!(page.text.contains("first held on your card"));
    let sent = browser
        .post(&path, &card(&field(&page, "confirmation"), "4242424242424242"))
        .await;
    assert!(browser.follow(&sent).await.text.contains("held on your card"));
    scene.verify().await;
}
