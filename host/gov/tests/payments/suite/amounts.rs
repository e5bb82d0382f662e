//! The approval's amounts.

use aim_gov::db::Db;
use aim_gov::error::{GovError, LimitKind};
use aim_gov::invocation::CitizenId;
use aim_gov::payments::RefundAvailability;
use aim_gov::payments::rejection::REJECTIONS_MAX;
use futures::future::join_all;

use super::scene::{GOOD_CARD, Scene, payer};

const RACERS: usize = 200;

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
            for _ in 1..REJECTIONS_MAX {
                scene.pay(&payment, "4000000000000002").await;
            }
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
