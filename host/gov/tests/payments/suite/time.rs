//! What the clock ends.

use std::collections::BTreeSet;
use std::sync::Arc;

use aim_gov::audit;
use aim_gov::clock::DAY_MS;
use aim_gov::db::Db;
use aim_gov::directory::Directory;
use aim_gov::grant::Attribute;
use aim_gov::payments::checkout::BankAnswer;
use aim_gov::payments::ledger::Account;
use aim_gov::payments::state::{Failure, State};
use aim_gov::payments::{BillStatus, CAPTURE_WITHIN_MS, NewPayment, PAY_WITHIN_MS};

use super::account;
use super::scene::{GOOD_CARD, PURPOSE, Scene, card, invocation, new_payment, payer, paying, service};

pub async fn money_that_a_card_holds_is_captured_or_goes_back(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    scene.agree(&citizen).await;
    let by = scene.by(&citizen);
    let bill = scene
        .payments
        .bills(&by, "utilities.gas", PURPOSE)
        .await
        .unwrap()
        .remove(0);
    let qepik = bill.amount.minor_units();
    let held = async |key: &str| {
        let new = NewPayment {
            delayed_capture: true,
            ..paying(&bill)
        };
        let payment = scene
            .payments
            .create(&scene.by(&citizen), key, new)
            .await
            .unwrap();
        let payment = scene.pay(&payment, GOOD_CARD).await;
        assert_eq!(payment.state, State::Capturable);
        assert_eq!(payment.state.iso20022_status(), "ACFC");
        payment
    };
    let status = async || {
        let history = scene
            .payments
            .bill_history(&by, "utilities.gas", PURPOSE)
            .await
            .unwrap();
        history.last().unwrap().status
    };
    let suspense = Account::Suspense("utilities.gas");
    // Taken back by the service.
    let payment = held("a").await;
    assert_eq!(status().await, BillStatus::Pending);
    assert_eq!(account(&scene, suspense).await, (0, qepik));
    scene.verify().await;
    let cancelled = scene.payments.cancel(&by, &payment.id).await.unwrap();
    assert_eq!(cancelled.state, State::Cancelled);
    assert_eq!(status().await, BillStatus::Open);
    assert_eq!(account(&scene, suspense).await, (qepik, qepik));
    // Not captured in time.
    let payment = held("b").await;
    scene.platform.clock.advance_ms(CAPTURE_WITHIN_MS);
    let late = scene.payments.capture(&by, &payment.id).await.unwrap_err();
    assert_eq!(late.code(), "payment-state");
    let payment = scene.payments.get(&by, &payment.id).await.unwrap();
    assert_eq!(payment.state, State::Failed(Failure::Expired));
    // Captured.
    let payment = held("c").await;
    let paid = scene.payments.capture(&by, &payment.id).await.unwrap();
    assert_eq!(paid.state, State::Success);
    assert!(paid.receipt_id.is_some());
    assert_eq!(status().await, BillStatus::Paid);
    assert_eq!(
        account(&scene, Account::Revenue("utilities.gas")).await,
        (0, qepik)
    );
    let again = scene.payments.capture(&by, &payment.id).await.unwrap_err();
    assert_eq!(again.code(), "payment-state");
    scene.verify().await;
}

pub async fn unpaid_payments_expire_by_the_clock(db: Db) {
    let scene = Scene::with_boundary(db, |boundary| boundary.amount_per_citizen_max = 1_000).await;
    let citizen = scene.citizen(0);
    let by = scene.by(&citizen);
    let made = scene.create(&citizen, "a", 1_000).await.unwrap();
    scene.platform.clock.advance_ms(PAY_WITHIN_MS - 1);
    assert_eq!(
        scene.payments.get(&by, &made.id).await.unwrap().state,
        State::Created
    );
    scene.platform.clock.advance_ms(1);
    // What it reserved is free without anybody having looked at it.
    scene.payments.expire_overdue().await.unwrap();
    let next = scene.create(&citizen, "b", 1_000).await.unwrap();
    let made = scene.payments.get(&by, &made.id).await.unwrap();
    assert_eq!(made.state, State::Failed(Failure::Expired));
    assert_eq!(made.state.iso20022_status(), "RJCT");
    // Started and submitted ones expire too, for every reader.
    let payer = payer(&citizen);
    let waiting = scene.pay(&next, "4000002500003155").await;
    assert_eq!(waiting.state, State::Challenged);
    scene.platform.clock.advance_ms(DAY_MS);
    let late = scene
        .payments
        .answer_bank(&payer, &next.id, &scene.services(), BankAnswer::Approve)
        .await
        .unwrap();
    assert_eq!(late.state, State::Failed(Failure::Expired));
    let found = scene.payments.find(&by, "b").await.unwrap().unwrap();
    assert_eq!(found.state, State::Failed(Failure::Expired));
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
}

/// A hold that nobody captures, a bill under it, a payment that nobody pays: the service never calls
/// again, and everybody else is free of it.
pub async fn what_a_service_abandons_is_free_again(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    scene.agree(&citizen).await;
    let bill = scene.bills(&citizen, "utilities.gas").await.unwrap().remove(0);
    let delayed = NewPayment {
        delayed_capture: true,
        ..paying(&bill)
    };
    let by = scene.by(&citizen);
    let held = scene.payments.create(&by, "held", delayed).await.unwrap();
    scene.pay(&held, GOOD_CARD).await;
    // More than one batch of them, and all younger: the hold is on no first page.
    scene.platform.clock.advance_ms(1);
    for number in 0..120 {
        scene
            .create(&citizen, &format!("unpaid-{number}"), 1)
            .await
            .unwrap();
    }
    scene.service.stop();
    let other = Arc::new(service("tea-house", scene.service.grant.boundary.clone()));
    let purpose = BTreeSet::from([Attribute::UtilityBills]);
    scene
        .consent
        .give(&other, &citizen, PURPOSE, &purpose)
        .await
        .unwrap();
    let by = invocation(&other, Some(citizen.clone()));
    let owed = async || {
        let open = scene.payments.bills(&by, "utilities.gas", PURPOSE).await.unwrap();
        open.iter().any(|open| open.id == bill.id)
    };
    scene.platform.clock.advance_ms(CAPTURE_WITHIN_MS - 2);
    scene.payments.expire_overdue().await.unwrap();
    assert!(!owed().await);
    scene.platform.clock.advance_ms(1);
    // The citizen's own list does not wait for the sweep.
    let (listed, _) = scene.payments.payments_of(&payer(&citizen), None).await.unwrap();
    let unfinished = listed.iter().filter(|payment| !payment.state.is_finished());
    assert_eq!(unfinished.count(), 0);
    scene.payments.expire_overdue().await.unwrap();
    assert!(owed().await);
    let (debit, credit) = account(&scene, Account::Suspense("utilities.gas")).await;
    assert_eq!(
        (debit, credit),
        (bill.amount.minor_units(), bill.amount.minor_units())
    );
    let paid = scene.payments.create(&by, "mine", paying(&bill)).await.unwrap();
    let services = Directory::new(move |_| Some(other.clone()));
    let payer = payer(&citizen);
    let confirmation = scene.payments.confirmation(&paid);
    let paid = scene
        .payments
        .pay(&payer, &paid.id, &services, confirmation, card(GOOD_CARD))
        .await
        .unwrap();
    assert_eq!(paid.state, State::Success);
    scene.verify().await;
}

pub async fn one_payment_that_cannot_end_stands_in_nobodys_way(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let broken = NewPayment {
        reference: "broken".to_owned(),
        ..new_payment(100)
    };
    let by = scene.by(&citizen);
    let broken = scene.payments.create(&by, "a", broken).await.unwrap();
    scene.platform.clock.advance_ms(1);
    let whole = scene.create(&citizen, "b", 100).await.unwrap();
    scene
        .tamper("UPDATE payment SET service_code = 'gone' WHERE reference = 'broken'")
        .await;
    scene.platform.clock.advance_ms(PAY_WITHIN_MS);
    let ended = async || {
        scene.payments.expire_overdue().await.unwrap();
        let records = audit::of_citizen(&scene.platform.db, &citizen, None, 100)
            .await
            .unwrap();
        let expired = records.into_iter().filter(|record| record.operation == "expire");
        expired
            .map(|record| record.object.unwrap())
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(ended().await, BTreeSet::from([whole.id.clone()]));
    scene.create(&citizen, "c", 100).await.unwrap();
    scene.change_payments("service_code = 'utilities.water'").await;
    assert_eq!(ended().await, BTreeSet::from([broken.id, whole.id]));
    scene.verify().await;
}
