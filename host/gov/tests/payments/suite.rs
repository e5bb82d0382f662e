//! What must hold on every database.

use aim_gov::audit;
use aim_gov::clock::DAY_MS;
use aim_gov::db::{Db, DbError};
use aim_gov::error::{GovError, LimitKind};
use aim_gov::invocation::CitizenId;
use aim_gov::payments::checkout::{Answer, CheckoutError, Standing};
use aim_gov::payments::ledger::{Account, sums};
use aim_gov::payments::state::{Failure, State};
use aim_gov::payments::{
    BillStatus, CAPTURE_WITHIN_MS, NewPayment, PAY_WITHIN_MS, RefundAvailability, ledger,
};
use futures::future::join_all;

use super::scene::{GOOD_CARD, NOW, PURPOSE, Scene, card, new_payment, payer};

const RETRIES: usize = 1_000;
const RACERS: usize = 200;

/// Debits and credits of an account, in qəpik.
async fn account(scene: &Scene, account: Account<'_>) -> (u64, u64) {
    let sums = sums(&scene.platform.db, account).await.unwrap();
    (sums.debit.minor_units(), sums.credit.minor_units())
}

pub async fn a_thousand_retries_move_money_once(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let created = join_all((0..RETRIES).map(|_| scene.create(&citizen, "k-1", 1_234))).await;
    let first = created[0].clone().unwrap();
    assert_eq!(first.state, State::Created);
    for answer in created {
        assert_eq!(answer.unwrap(), first);
    }
    let payer = payer(&citizen);
    let confirmation = scene.payments.confirmation(&first);
    let paid = join_all((0..RETRIES).map(|_| {
        scene.payments.pay(
            &payer,
            &first.id,
            Standing::Open,
            confirmation.clone(),
            card(GOOD_CARD),
        )
    }))
    .await;
    for answer in paid {
        assert_eq!(answer.unwrap().state, State::Success);
    }
    // The first answer again, although the payment has moved on.
    assert_eq!(scene.create(&citizen, "k-1", 1_234).await.unwrap(), first);
    assert_eq!(account(&scene, Account::Card(&citizen)).await, (1_234, 0));
    assert_eq!(
        account(&scene, Account::Revenue("utilities.water")).await,
        (0, 1_234)
    );
    let totals = scene.verify().await.totals;
    assert_eq!(totals.debit.minor_units(), 1_234);
}

pub async fn a_key_with_another_request_is_a_conflict(db: Db) {
    let scene = Scene::new(db).await;
    let (citizen, other) = (scene.citizen(0), scene.citizen(3));
    let payment = scene.paid(&citizen, "k-1", 500).await;
    let reused = |result: Result<_, GovError>| {
        let error: GovError = match result {
            Ok(_) => panic!("a reused key must be a conflict"),
            Err(error) => error,
        };
        assert_eq!(error.code(), "idempotency-key-reused");
    };
    reused(scene.create(&citizen, "k-1", 501).await.map(|_| ()));
    reused(scene.create(&other, "k-1", 500).await.map(|_| ()));
    let by = scene.by(&citizen);
    reused(
        scene
            .payments
            .refund_payment(&by, "k-1", &payment.id, 1, 500)
            .await
            .map(|_| ()),
    );
    let refund = scene
        .payments
        .refund_payment(&by, "k-2", &payment.id, 100, 500)
        .await
        .unwrap();
    let again = scene
        .payments
        .refund_payment(&by, "k-2", &payment.id, 100, 500)
        .await;
    assert_eq!(again.unwrap(), refund);
    reused(
        scene
            .payments
            .refund_payment(&by, "k-2", &payment.id, 101, 500)
            .await
            .map(|_| ()),
    );
    assert_eq!(scene.payments.find(&by, "k-2").await.unwrap(), None);
    let found = scene.payments.find(&by, "k-1").await.unwrap().unwrap();
    assert_eq!((found.state, found.refunded.minor_units()), (State::Success, 100));
    scene.verify().await;
}

pub async fn racing_payments_never_pass_the_boundary(db: Db) {
    let scene = Scene::with_boundary(db, |boundary| {
        boundary.amount_per_payment_max = 300;
        boundary.amount_per_citizen_max = 2_100;
        boundary.amount_total_max = 6_000;
    })
    .await;
    let citizens: Vec<CitizenId> = (0..4).map(|number| scene.citizen(number)).collect();
    let keys: Vec<_> = (0..RACERS).map(|number| format!("k-{number}")).collect();
    let created = join_all(
        keys.iter()
            .enumerate()
            .map(|(number, key)| scene.create(&citizens[number % 4], key, 300)),
    )
    .await;
    let (made, refused): (Vec<_>, Vec<_>) = created.into_iter().partition(Result::is_ok);
    // 20 fit in all, and at most 7 of one citizen.
    assert_eq!(made.len(), 20);
    for refusal in refused {
        assert!(matches!(
            refusal.unwrap_err(),
            GovError::LimitExceeded(LimitKind::AmountTotal | LimitKind::AmountPerCitizen)
        ));
    }
    for citizen in &citizens {
        let count = made
            .iter()
            .filter(|payment| payment.as_ref().unwrap().citizen == *citizen)
            .count();
        assert!(count <= 7, "{count}");
    }
    join_all(
        made.iter()
            .map(|payment| scene.pay(payment.as_ref().unwrap(), GOOD_CARD)),
    )
    .await;
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 6_000);
    assert_eq!(
        scene.create(&citizens[0], "more", 1).await.unwrap_err(),
        GovError::LimitExceeded(LimitKind::AmountTotal)
    );
}

pub async fn amounts_are_reserved_committed_and_released(db: Db) {
    let scene = Scene::with_boundary(db, |boundary| {
        boundary.amount_per_payment_max = 1_000;
        boundary.amount_per_citizen_max = 1_000;
        boundary.amount_total_max = 1_500;
    })
    .await;
    let (citizen, other) = (scene.citizen(0), scene.citizen(3));
    let full = |result: Result<_, GovError>, kind| {
        assert_eq!(
            result.map(|_: aim_gov::payments::Payment| ()),
            Err(GovError::LimitExceeded(kind))
        )
    };
    full(
        scene.create(&citizen, "a", 1_001).await,
        LimitKind::AmountPerPayment,
    );
    let reserved = scene.create(&citizen, "b", 900).await.unwrap();
    full(
        scene.create(&citizen, "c", 101).await,
        LimitKind::AmountPerCitizen,
    );
    full(scene.create(&other, "d", 601).await, LimitKind::AmountTotal);
    // A refused request used neither its key nor any room.
    let others = scene.create(&other, "d", 600).await.unwrap();
    // Released by the service, by the citizen, by a refused card.
    scene
        .payments
        .cancel(&scene.by(&citizen), &reserved.id)
        .await
        .unwrap();
    for key in ["e", "f"] {
        let payment = scene.create(&citizen, key, 900).await.unwrap();
        let ended = if key == "e" {
            scene
                .payments
                .turn_back(&payer(&citizen), &payment.id)
                .await
                .unwrap()
        } else {
            scene.pay(&payment, "4000000000000002").await
        };
        assert!(ended.state.failure().is_some());
    }
    // Committed, and not given back by a refund.
    let paid = scene.paid(&citizen, "g", 900).await;
    scene
        .payments
        .refund_payment(&scene.by(&citizen), "h", &paid.id, 900, 900)
        .await
        .unwrap();
    full(scene.create(&other, "i", 1).await, LimitKind::AmountTotal);
    let by_other = scene.by(&other);
    scene.payments.cancel(&by_other, &others.id).await.unwrap();
    full(
        scene.create(&citizen, "i", 101).await,
        LimitKind::AmountPerCitizen,
    );
    let paid = scene.payments.get(&scene.by(&citizen), &paid.id).await.unwrap();
    assert_eq!(paid.refunds(), RefundAvailability::Full);
    scene.verify().await;
}

pub async fn a_bill_is_settled_once_for_the_household(db: Db) {
    let scene = Scene::new(db).await;
    let (one, two, stranger) = (scene.citizen(0), scene.citizen(1), scene.citizen(3));
    for citizen in [&one, &two, &stranger] {
        scene.agree(citizen).await;
    }
    let bills = |citizen: &CitizenId, code: &'static str| {
        let by = scene.by(citizen);
        let payments = scene.payments.clone();
        async move { payments.bills(&by, code, PURPOSE).await.unwrap() }
    };
    let open = bills(&one, "utilities").await;
    assert_eq!(open, bills(&two, "utilities").await);
    assert_ne!(open, bills(&stranger, "utilities").await);
    let water = bills(&one, "utilities.water").await;
    assert_eq!(water.len(), 1);
    let bill = water[0].clone();
    assert_eq!((bill.period.as_str(), bill.status), ("2026-10", BillStatus::Open));
    let paying = || NewPayment {
        minor_units: bill.amount.minor_units(),
        reference: bill.id.clone(),
        ..new_payment(1)
    };
    // Another amount or account is a mistake, another household's bill a mere reference.
    let wrong = NewPayment {
        minor_units: bill.amount.minor_units() + 1,
        ..paying()
    };
    let refusal = scene
        .payments
        .create(&scene.by(&one), "w", wrong)
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), "bill-mismatch");
    let by_stranger = scene
        .payments
        .create(&scene.by(&stranger), "s", paying())
        .await
        .unwrap();
    assert_eq!(by_stranger.bill, None);
    // Both members go to pay at once: one does, the other's payment is cancelled before money moves.
    let first = scene
        .payments
        .create(&scene.by(&one), "1", paying())
        .await
        .unwrap();
    let second = scene
        .payments
        .create(&scene.by(&two), "2", paying())
        .await
        .unwrap();
    let ends = join_all([scene.pay(&first, GOOD_CARD), scene.pay(&second, GOOD_CARD)]).await;
    let mut states = [ends[0].state, ends[1].state];
    states.sort_by_key(|state| state.code());
    assert_eq!(states, [State::Cancelled, State::Success]);
    assert_eq!(
        scene.verify().await.totals.debit.minor_units(),
        bill.amount.minor_units()
    );
    for citizen in [&one, &two] {
        assert!(bills(citizen, "utilities.water").await.is_empty());
        let history = scene
            .payments
            .bill_history(&scene.by(citizen), "utilities.water", PURPOSE)
            .await
            .unwrap();
        assert_eq!(history.len(), 12);
        let settled = history.last().unwrap();
        assert_eq!((settled.status, settled.paid), (BillStatus::Paid, Some(NOW)));
    }
    let late = scene
        .payments
        .create(&scene.by(&two), "3", paying())
        .await
        .unwrap_err();
    assert_eq!(late.code(), "bill-not-open");
}

pub async fn one_of_many_racing_refunds_wins(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.paid(&citizen, "k", 1_000).await;
    let by = scene.by(&citizen);
    let keys: Vec<_> = (0..50).map(|number| format!("r-{number}")).collect();
    let refunds = join_all(
        keys.iter()
            .map(|key| scene.payments.refund_payment(&by, key, &payment.id, 600, 1_000)),
    )
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = refunds.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    for refusal in lost {
        assert_eq!(refusal.unwrap_err().code(), "refundable-changed");
    }
    assert_eq!(account(&scene, Account::Card(&citizen)).await, (1_000, 600));
    assert_eq!(
        account(&scene, Account::Refunds("utilities.water")).await,
        (600, 0)
    );
    scene.verify().await;
}

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
            minor_units: qepik,
            service_code: "utilities.gas".to_owned(),
            reference: bill.id.clone(),
            delayed_capture: true,
            ..new_payment(1)
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
    let next = scene.create(&citizen, "b", 1_000).await.unwrap();
    let made = scene.payments.get(&by, &made.id).await.unwrap();
    assert_eq!(made.state, State::Failed(Failure::Expired));
    assert_eq!(made.state.iso20022_status(), "RJCT");
    // Started and submitted ones expire too, for every reader.
    let payer = payer(&citizen);
    let waiting = scene.pay(&next, "4000002500003155").await;
    assert_eq!(waiting.state, State::Submitted);
    scene.platform.clock.advance_ms(DAY_MS);
    let late = scene
        .payments
        .answer_bank(&payer, &next.id, Standing::Open, Answer::Approve)
        .await
        .unwrap();
    assert_eq!(late.state, State::Failed(Failure::Expired));
    let found = scene.payments.find(&by, "b").await.unwrap().unwrap();
    assert_eq!(found.state, State::Failed(Failure::Expired));
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
}

pub async fn every_test_card_ends_as_the_table_says(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let rejected = State::Failed(Failure::PaymentMethodRejected);
    for (number, state, iso) in [
        ("4242424242424242", State::Success, "ACSC"),
        ("4444333322221111", State::Success, "ACSC"),
        ("4000000000000002", rejected, "RJCT"),
        ("4000000000000069", rejected, "RJCT"),
        ("4000000000000127", rejected, "RJCT"),
        ("4000000000000119", State::Error, "RJCT"),
        ("4000002500003155", State::Submitted, "PDNG"),
    ] {
        let payment = scene.create(&citizen, number, 100).await.unwrap();
        let payment = scene.pay(&payment, number).await;
        assert_eq!(
            (payment.state, payment.state.iso20022_status()),
            (state, iso),
            "{number}"
        );
    }
    let asked = scene
        .payments
        .find(&scene.by(&citizen), "4000002500003155")
        .await
        .unwrap()
        .unwrap();
    let payer = payer(&citizen);
    let approve = scene
        .payments
        .answer_bank(&payer, &asked.id, Standing::Open, Answer::Approve);
    assert_eq!(approve.await.unwrap().state, State::Success);
    let refuse = scene
        .payments
        .answer_bank(&payer, &asked.id, Standing::Open, Answer::Refuse);
    assert_eq!(refuse.await.unwrap().state, State::Success);
    let asked = scene.create(&citizen, "again", 100).await.unwrap();
    scene.pay(&asked, "4000002500003155").await;
    let refuse = scene
        .payments
        .answer_bank(&payer, &asked.id, Standing::Open, Answer::Refuse);
    assert_eq!(refuse.await.unwrap().state, rejected);
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 300);
}

pub async fn a_changed_amount_is_not_confirmed(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.create(&citizen, "k", 100).await.unwrap();
    let payer = payer(&citizen);
    let shown = scene.payments.start(&payer, &payment.id).await.unwrap();
    let confirmation = scene.payments.confirmation(&shown);
    let pay = |confirmation: String| {
        scene
            .payments
            .pay(&payer, &payment.id, Standing::Open, confirmation, card(GOOD_CARD))
    };
    let other = scene.create(&citizen, "l", 100).await.unwrap();
    for wrong in [String::new(), scene.payments.confirmation(&other)] {
        assert!(matches!(pay(wrong).await, Err(CheckoutError::Unconfirmed)));
    }
    for change in [
        "UPDATE payment SET amount_minor = 999",
        "UPDATE payment SET amount_minor = 100, service_code = 'utilities.gas'",
    ] {
        scene.tamper(change).await;
        assert!(matches!(
            pay(confirmation.clone()).await,
            Err(CheckoutError::Unconfirmed)
        ));
    }
    scene
        .tamper("UPDATE payment SET service_code = 'utilities.water'")
        .await;
    assert_eq!(pay(confirmation).await.unwrap().state, State::Success);
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 100);
}

pub async fn a_changed_receipt_is_not_shown(db: Db) {
    let scene = Scene::new(db).await;
    let (citizen, other) = (scene.citizen(0), scene.citizen(3));
    let payment = scene.paid(&citizen, "k", 100).await;
    let id = payment.receipt_id.unwrap();
    let (receipt, of) = scene.payments.receipt(&payer(&citizen), &id).await.unwrap();
    assert_eq!((of.id.as_str(), receipt.at), (payment.id.as_str(), NOW));
    assert_eq!(receipt.verification_code().len(), 24);
    let by_other = scene.payments.receipt(&payer(&other), &id).await;
    assert!(matches!(by_other, Err(CheckoutError::NotFound)));
    let absent = scene.payments.receipt(&payer(&citizen), "rcp_x").await;
    assert!(matches!(absent, Err(CheckoutError::NotFound)));
    for (change, repair) in [
        (
            "UPDATE payment SET reference = 'R-2'",
            "UPDATE payment SET reference = 'R-1'",
        ),
        (
            "UPDATE payment_receipt SET at_ms = at_ms + 1",
            "UPDATE payment_receipt SET at_ms = at_ms - 1",
        ),
        (
            "UPDATE payment_receipt SET mac = sha256 || mac",
            "UPDATE payment_receipt SET mac = substr(mac, 65)",
        ),
    ] {
        scene.tamper(change).await;
        let shown = scene.payments.receipt(&payer(&citizen), &id).await;
        assert!(matches!(
            shown,
            Err(CheckoutError::Db(DbError::Corrupt {
                table: "payment_receipt",
                ..
            }))
        ));
        scene.tamper(repair).await;
        scene.payments.receipt(&payer(&citizen), &id).await.unwrap();
    }
}

pub async fn a_suspended_service_takes_no_money(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.create(&citizen, "k", 100).await.unwrap();
    let payer = payer(&citizen);
    let confirmation = scene.payments.confirmation(&payment);
    let pay = |standing| {
        scene.payments.pay(
            &payer,
            &payment.id,
            standing,
            confirmation.clone(),
            card(GOOD_CARD),
        )
    };
    scene.service.stop();
    let standing = Standing::of(Some(&scene.service), NOW);
    assert_eq!(standing, Standing::Stopped);
    assert!(matches!(pay(standing).await, Err(CheckoutError::Stopped)));
    assert_eq!(Standing::of(None, NOW), Standing::Stopped);
    let refused = scene.create(&citizen, "l", 100).await.unwrap_err();
    assert_eq!(refused, GovError::Suspended);
    // Past the end of the test the payment fails, and its amount is free.
    assert_eq!(
        pay(Standing::Ended).await.unwrap().state,
        State::Failed(Failure::LimitExceeded)
    );
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
}

pub async fn every_step_is_in_the_audit_log(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let payment = scene.paid(&citizen, "k", 100).await;
    let by = scene.by(&citizen);
    let read = scene.payments.bills(&by, "utilities", PURPOSE).await.unwrap_err();
    assert_eq!(read.code(), "consent-required");
    scene.agree(&citizen).await;
    scene.payments.bills(&by, "utilities", PURPOSE).await.unwrap();
    // A call without a citizen: the record still belongs to the payer.
    let machine = super::scene::invocation(&scene.service, None);
    scene.payments.get(&machine, &payment.id).await.unwrap();
    scene
        .payments
        .receipt(&payer(&citizen), payment.receipt_id.as_ref().unwrap())
        .await
        .unwrap();
    scene.payments.payments_of(&payer(&citizen), None).await.unwrap();
    let records = audit::of_citizen(&scene.platform.db, &citizen, None, 100)
        .await
        .unwrap();
    let mut seen: Vec<_> = records
        .iter()
        .filter(|record| record.interface == "payments")
        .map(|record| {
            let whose = if record.object.is_some() { "+" } else { "-" };
            let consent = if record.consent_id.is_some() {
                " consent"
            } else {
                ""
            };
            format!(
                "{} {} {}{whose} {}{consent}",
                record.service.0,
                record.operation,
                record.decision,
                record.attributes.join(" ")
            )
        })
        .collect();
    seen.sort();
    assert_eq!(
        seen.iter().map(|line| line.trim_end()).collect::<Vec<_>>(),
        [
            "communal-bills bills allowed- utility_bills consent",
            "communal-bills bills consent-required- utility_bills",
            "communal-bills create allowed+",
            "communal-bills get allowed+",
            "communal-bills pay allowed+",
            "communal-bills receipt allowed+",
            "communal-bills start allowed+",
            "platform my-payments allowed-",
        ]
    );
}

/// The rules see what they are there for.
pub async fn a_broken_ledger_is_found(db: Db) {
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
    let new = NewPayment {
        minor_units: bill.amount.minor_units(),
        service_code: "utilities.gas".to_owned(),
        reference: bill.id.clone(),
        ..new_payment(1)
    };
    let payment = scene.payments.create(&by, "k", new).await.unwrap();
    scene.pay(&payment, GOOD_CARD).await;
    scene.verify().await;
    for (damage, repair, rule) in [
        (
            "UPDATE ledger_entry SET debit_minor = debit_minor + 1 WHERE debit_minor > 0",
            "UPDATE ledger_entry SET debit_minor = debit_minor - 1 WHERE debit_minor > 0",
            "a transfer has one debit and one credit of the same amount",
        ),
        (
            "UPDATE payment SET refunded_minor = 1",
            "UPDATE payment SET refunded_minor = 0",
            "a payment's state and refunds are what its entries say",
        ),
        (
            "UPDATE payment_budget SET committed_minor = committed_minor + 1",
            "UPDATE payment_budget SET committed_minor = committed_minor - 1",
            "what is used of an approval's amounts is the sum of its payments",
        ),
        (
            "UPDATE payment_bill SET paid_ms = NULL WHERE payment IS NOT NULL",
            "UPDATE payment_bill SET paid_ms = 1 WHERE payment IS NOT NULL",
            "a bill is held or settled by exactly one payment of its amount",
        ),
        (
            "DELETE FROM payment_receipt",
            "INSERT INTO payment_receipt (id, payment, at_ms, sha256, mac) SELECT 'r', id, 1, '', '' FROM payment",
            "a payment has a receipt exactly when it is paid",
        ),
        (
            "UPDATE payment_key SET object = 'x'",
            "UPDATE payment_key SET object = (SELECT id FROM payment)",
            "an idempotency key has what it made",
        ),
    ] {
        scene.tamper(damage).await;
        let found = ledger::verify(&scene.platform.db).await.unwrap();
        assert!(
            found.findings.iter().any(|finding| finding.rule == rule),
            "{damage}: {found:?}"
        );
        scene.tamper(repair).await;
        scene.verify().await;
    }
}
