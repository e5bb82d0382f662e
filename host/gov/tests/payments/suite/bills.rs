//! Bills of a household.

use std::sync::Arc;

use aim_gov::audit;
use aim_gov::clock::DAY_MS;
use aim_gov::consent::Change;
use aim_gov::db::Db;
use aim_gov::invocation::CitizenId;
use aim_gov::payments::state::State;
use aim_gov::payments::{BillStatus, NewPayment};
use futures::future::join_all;

use super::scene::{GOOD_CARD, NOW, PURPOSE, Scene, invocation, paying, service};

pub async fn bill_is_settled_once_for_the_household(db: Db) {
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
    let paying = || paying(&bill);
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

/// The answers must not tell which household a citizen belongs to, nor what is paid.
pub async fn bill_says_nothing_without_consent(db: Db) {
    let scene = Scene::new(db).await;
    let (reader, mate, stranger) = (scene.citizen(0), scene.citizen(1), scene.citizen(3));
    let consent = scene.agree(&reader).await;
    let bill = scene.bills(&reader, "utilities.gas").await.unwrap().remove(0);
    let absent = format!("bill_{}", "0".repeat(26));
    let asked = async |citizen: &CitizenId, reference: &str| {
        let new = NewPayment {
            minor_units: bill.amount.minor_units() + 1,
            reference: reference.to_owned(),
            ..paying(&bill)
        };
        let answer = scene.payments.create(&scene.by(citizen), "k", new).await;
        answer.map(|payment| payment.bill).map_err(|error| error.code())
    };
    // Whosever it is, and whether it is there at all.
    for citizen in [&mate, &stranger] {
        for reference in [&bill.id, &absent] {
            assert_eq!(asked(citizen, reference).await, Err("consent-required"));
        }
    }
    assert_eq!(asked(&reader, &bill.id).await, Err("bill-mismatch"));
    // A consent that does not hold any more: neither reading nor paying says anything.
    let change = async |change| scene.consent.change(&reader, &consent, change).await.unwrap();
    let read = async || {
        scene
            .bills(&reader, "utilities")
            .await
            .map_err(|error| error.code())
    };
    change(Change::Pause).await;
    for reference in [&bill.id, &absent] {
        assert_eq!(asked(&reader, reference).await, Err("consent-paused"));
    }
    assert_eq!(read().await, Err("consent-paused"));
    change(Change::Revoke).await;
    for reference in [&bill.id, &absent] {
        assert_eq!(asked(&reader, reference).await, Err("consent-revoked"));
    }
    assert_eq!(read().await, Err("consent-revoked"));
    scene.agree(&reader).await;
    scene.platform.clock.advance_ms(91 * DAY_MS);
    assert_eq!(asked(&reader, &bill.id).await, Err("consent-expired"));
    assert_eq!(read().await, Err("consent-expired"));
    // A service without a purpose for bills names its payments as it likes.
    let mut other = service("tea-house", scene.service.grant.boundary.clone());
    other.grant.purposes.clear();
    let by = invocation(&Arc::new(other), Some(reader.clone()));
    let payment = scene.payments.create(&by, "k", paying(&bill)).await.unwrap();
    assert_eq!(payment.bill, None);
    // What is settled is recorded as a use of the consent.
    scene.agree(&reader).await;
    let bill = scene.bills(&reader, "utilities.gas").await.unwrap().remove(0);
    let payment = scene
        .payments
        .create(&scene.by(&reader), "l", paying(&bill))
        .await
        .unwrap();
    assert_eq!(payment.bill, Some(bill.id));
    let records = audit::of_citizen(&scene.platform.db, &reader, None, 100)
        .await
        .unwrap();
    let record = records
        .iter()
        .find(|record| record.object.as_ref() == Some(&payment.id))
        .unwrap();
    assert_eq!(record.attributes, ["utility_bills"]);
    assert_eq!(record.purpose.as_deref(), Some(PURPOSE));
    assert!(record.consent_id.is_some());
    scene.verify().await;
}

/// Both lock the bill and the amounts: in one order, or PostgreSQL ends one of them.
pub async fn paying_a_bill_and_asking_for_it_again_do_not_wait_for_each_other(db: Db) {
    const ASKING: usize = 20;
    let scene = Scene::with_boundary(db, |boundary| {
        boundary.amount_per_citizen_max = u64::MAX;
        boundary.amount_total_max = u64::MAX;
    })
    .await;
    for citizen in [scene.citizen(0), scene.citizen(3)] {
        scene.agree(&citizen).await;
        for bill in scene.bills(&citizen, "utilities").await.unwrap() {
            let by = scene.by(&citizen);
            let name = bill.id.replace('_', "-");
            let first = scene.payments.create(&by, &name, paying(&bill)).await.unwrap();
            let keys: Vec<_> = (0..ASKING).map(|number| format!("{name}-{number}")).collect();
            let asking = join_all(
                keys.iter()
                    .map(|key| scene.payments.create(&by, key, paying(&bill))),
            );
            let (paid, asked) = tokio::join!(scene.pay(&first, GOOD_CARD), asking);
            assert_eq!(paid.state, State::Success);
            for answer in asked {
                let refusal = answer.err().map(|error| error.code());
                assert!(matches!(refusal, None | Some("bill-not-open")), "{refusal:?}");
            }
        }
    }
    scene.verify().await;
}
