//! The pay page and the bank.

use std::sync::Arc;

use aim_gov::db::Db;
use aim_gov::directory::Directory;
use aim_gov::error::GovError;
use aim_gov::payments::checkout::{BankAnswer, CheckoutError};
use aim_gov::payments::rejection::{REJECTIONS_MAX, Rejection};
use aim_gov::payments::state::{Failure, State};

use super::scene::{GOOD_CARD, NOW, Scene, card, payer, service};

pub async fn every_test_card_ends_as_the_table_says(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let again = State::Started;
    for (number, state, iso, rejection) in [
        ("4242424242424242", State::Success, "ACSC", None),
        ("4444333322221111", State::Success, "ACSC", None),
        ("4000000000000002", again, "RCVD", Some(Rejection::Declined)),
        ("4000000000000069", again, "RCVD", Some(Rejection::ExpiredCard)),
        ("4000000000000127", again, "RCVD", Some(Rejection::WrongCvc)),
        ("4000000000000119", State::Error, "RJCT", None),
        ("4000002500003155", State::Challenged, "PDNG", None),
        ("4000000000000341", State::Authorising, "PDNG", None),
        ("4000000000000333", State::Authorising, "PDNG", None),
    ] {
        let payment = scene.create(&citizen, number, 100).await.unwrap();
        let payment = scene.pay(&payment, number).await;
        assert_eq!(
            (payment.state, payment.state.iso20022_status(), payment.rejection),
            (state, iso, rejection),
            "{number}"
        );
        let kept = scene.payments.get(&scene.by(&citizen), &payment.id).await;
        assert_eq!(kept.unwrap(), payment, "{number}");
    }
    let asked = scene
        .payments
        .find(&scene.by(&citizen), "4000002500003155")
        .await
        .unwrap()
        .unwrap();
    let (payer, services) = (payer(&citizen), scene.services());
    let approve = scene
        .payments
        .answer_bank(&payer, &asked.id, &services, BankAnswer::Approve);
    assert_eq!(approve.await.unwrap().state, State::Success);
    let refuse = scene
        .payments
        .answer_bank(&payer, &asked.id, &services, BankAnswer::Refuse);
    assert_eq!(refuse.await.unwrap().state, State::Success);
    let asked = scene.create(&citizen, "again", 100).await.unwrap();
    scene.pay(&asked, "4000002500003155").await;
    let refuse = scene
        .payments
        .answer_bank(&payer, &asked.id, &services, BankAnswer::Refuse);
    let refused = refuse.await.unwrap();
    assert_eq!(
        (refused.state, refused.rejection),
        (again, Some(Rejection::RefusedAtBank))
    );
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 300);
}

pub async fn refused_card_leaves_room_for_another(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.create(&citizen, "k", 100).await.unwrap();
    for number in ["4000000000000002", "4000000000000069", "4000000000000127"] {
        assert_eq!(scene.pay(&payment, number).await.state, State::Started);
    }
    let asked = scene.pay(&payment, "4000002500003155").await;
    assert_eq!((asked.state, asked.rejection), (State::Challenged, None));
    let (payer, services) = (payer(&citizen), scene.services());
    let refuse = scene
        .payments
        .answer_bank(&payer, &payment.id, &services, BankAnswer::Refuse);
    assert_eq!(refuse.await.unwrap().rejections, REJECTIONS_MAX - 1);
    assert_eq!(scene.pay(&payment, GOOD_CARD).await.state, State::Success);
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 100);
}

pub async fn cards_are_not_guessed_for_ever(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.create(&citizen, "k", 100).await.unwrap();
    for _ in 1..REJECTIONS_MAX {
        let tried = scene.pay(&payment, "4000000000000127").await;
        assert_eq!(tried.state, State::Started);
    }
    let last = scene.pay(&payment, "4000000000000127").await;
    let rejected = State::Failed(Failure::PaymentMethodRejected);
    assert_eq!(
        (last.state, last.rejection),
        (rejected, Some(Rejection::WrongCvc))
    );
    assert_eq!(scene.pay(&payment, GOOD_CARD).await.state, rejected);
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
}

pub async fn changed_payment_is_not_confirmed(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.create(&citizen, "k", 100).await.unwrap();
    let payer = payer(&citizen);
    let shown = scene.payments.start(&payer, &payment.id).await.unwrap();
    let confirmation = scene.payments.confirmation(&shown);
    let services = scene.services();
    let pay = |confirmation: String| {
        scene
            .payments
            .pay(&payer, &payment.id, &services, confirmation, card(GOOD_CARD))
    };
    let other = scene.create(&citizen, "l", 100).await.unwrap();
    for wrong in [String::new(), scene.payments.confirmation(&other)] {
        assert!(matches!(pay(wrong).await, Err(CheckoutError::Unconfirmed)));
    }
    // Whatever the page said of it.
    for (change, repair) in [
        ("amount_minor = 999", "amount_minor = 100"),
        (
            "service_code = 'utilities.gas'",
            "service_code = 'utilities.water'",
        ),
        ("description_en = 'Fine'", "description_en = 'Water'"),
        ("controller = 'Court'", "controller = 'Ev MMC'"),
        ("reference = 'R-2'", "reference = 'R-1'"),
    ] {
        scene.change_payments(change).await;
        assert!(
            matches!(pay(confirmation.clone()).await, Err(CheckoutError::Unconfirmed)),
            "{change}"
        );
        scene.change_payments(repair).await;
    }
    assert_eq!(pay(confirmation).await.unwrap().state, State::Success);
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 100);
}

pub async fn suspended_service_takes_no_money(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.create(&citizen, "k", 100).await.unwrap();
    let asked = scene.create(&citizen, "asked", 100).await.unwrap();
    scene.pay(&asked, "4000002500003155").await;
    let payer = payer(&citizen);
    let confirmation = scene.payments.confirmation(&payment);
    let pay = async |services: &Directory| {
        let card = card(GOOD_CARD);
        scene
            .payments
            .pay(&payer, &payment.id, services, confirmation.clone(), card)
            .await
    };
    let (gone, services) = (Directory::new(|_| None), scene.services());
    assert!(matches!(pay(&gone).await, Err(CheckoutError::Stopped)));
    scene.service.stop();
    assert!(matches!(pay(&services).await, Err(CheckoutError::Stopped)));
    let approved = scene
        .payments
        .answer_bank(&payer, &asked.id, &services, BankAnswer::Approve)
        .await;
    assert!(matches!(approved, Err(CheckoutError::Stopped)));
    let refused = scene.create(&citizen, "l", 100).await.unwrap_err();
    assert_eq!(refused, GovError::Suspended);
    // Past the end of the test the payment fails, and its amount is free.
    let mut boundary = scene.service.grant.boundary.clone();
    boundary.ends_at = NOW;
    let ended = Arc::new(service("communal-bills", boundary));
    let ended = Directory::new(move |_| Some(ended.clone()));
    let exceeded = State::Failed(Failure::LimitExceeded);
    assert_eq!(pay(&ended).await.unwrap().state, exceeded);
    let approved = scene
        .payments
        .answer_bank(&payer, &asked.id, &ended, BankAnswer::Approve)
        .await;
    assert_eq!(approved.unwrap().state, exceeded);
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
}

pub async fn suspension_acts_on_a_payment_that_waits_for_the_database(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.create(&citizen, "k", 100).await.unwrap();
    let (payer, services) = (payer(&citizen), scene.services());
    let confirmation = scene.payments.confirmation(&payment);
    // Somebody holds the row, and on SQLite the only writer.
    let mut held = scene.platform.db.begin().await.unwrap();
    sqlx::query("UPDATE payment SET reference = reference")
        .execute(&mut *held)
        .await
        .unwrap();
    let pay = scene
        .payments
        .pay(&payer, &payment.id, &services, confirmation, card(GOOD_CARD));
    let mut pay = Box::pin(pay);
    assert!(futures::poll!(&mut pay).is_pending());
    scene.service.stop();
    let (released, paid) = tokio::join!(held.commit(), pay);
    released.unwrap();
    assert!(matches!(paid, Err(CheckoutError::Stopped)));
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
}
