//! Keys, and what many do at once.

use aim_gov::db::Db;
use aim_gov::error::GovError;
use aim_gov::payments::ledger::Account;
use aim_gov::payments::state::State;
use futures::future::join_all;

use super::account;
use super::scene::{GOOD_CARD, Scene, card, payer};

const RETRIES: usize = 1_000;

pub async fn thousand_retries_move_money_once(db: Db) {
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
    let services = scene.services();
    let paid = join_all((0..RETRIES).map(|_| {
        scene.payments.pay(
            &payer,
            &first.id,
            &services,
            confirmation.clone(),
            card(GOOD_CARD),
        )
    }))
    .await;
    let mut told = 0;
    for answer in paid {
        match answer.unwrap().state {
            State::Success => told += 1,
            // Another one's card is on its way.
            state => assert_eq!(state, State::Authorising),
        }
    }
    assert!(told > 0);
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

pub async fn key_with_another_request_is_a_conflict(db: Db) {
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
