//! Every way in which a plug-in's call is refused.

use std::sync::Arc;

use aim_gov::error::{GovError, LimitKind};
use aim_gov::grant::Capability;
use aim_gov::invocation::{Invocation, Service};
use aim_gov::payments::{NewPayment, Payment};

use crate::scene::{NOW, PURPOSE, Scene, Sqlite, invocation, new_payment, service};

async fn scene() -> (Sqlite, Scene) {
    let file = Sqlite::new();
    let scene = Scene::new(file.open().await).await;
    (file, scene)
}

/// A request to a service that differs from the scene's.
fn differing(scene: &Scene, change: impl FnOnce(&mut Service)) -> Invocation {
    let mut other = service("communal-bills", scene.service.grant.boundary.clone());
    change(&mut other);
    invocation(&Arc::new(other), Some(scene.citizen(0)))
}

async fn create(
    scene: &Scene,
    by: &Invocation,
    change: impl FnOnce(&mut NewPayment),
) -> Result<Payment, GovError> {
    let mut new = new_payment(100);
    change(&mut new);
    scene.payments.create(by, "k", new).await
}

#[tokio::test]
async fn payment_needs_a_citizen_a_grant_and_a_running_test() {
    let (_file, scene) = scene().await;
    let nobody = invocation(&scene.service, None);
    let login = create(&scene, &nobody, |_| ()).await.unwrap_err();
    let GovError::LoginRequired(url) = login else {
        panic!("{login:?}")
    };
    assert!(url.starts_with("http://localhost:8080/az/services/communal-bills/enter?"));
    let ungranted = differing(&scene, |service| {
        service.grant.capabilities.remove(&Capability::Payments);
    });
    let refusal = create(&scene, &ungranted, |_| ()).await.unwrap_err();
    assert_eq!(refusal.code(), "capability-not-granted");
    let ended = differing(&scene, |service| service.grant.boundary.ends_at = NOW);
    assert_eq!(
        create(&scene, &ended, |_| ()).await.unwrap_err(),
        GovError::LimitExceeded(LimitKind::EndDate)
    );
    let narrow = differing(&scene, |service| {
        service.grant.payment_service_codes = ["utilities.gas".to_owned()].into();
    });
    let refusal = create(&scene, &narrow, |_| ()).await.unwrap_err();
    assert_eq!(refusal.code(), "service-code-not-granted");
    let refusal = create(&scene, &narrow, |new| new.service_code = "utilities".to_owned())
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), "service-code-not-granted");
    scene.verify().await;
}

#[tokio::test]
async fn payment_that_is_not_well_formed_is_named_and_uses_no_key() {
    let (_file, scene) = scene().await;
    let by = scene.by(&scene.citizen(0));
    let refused = async |code: &str, change: fn(&mut NewPayment)| {
        assert_eq!(create(&scene, &by, change).await.unwrap_err().code(), code);
    };
    refused("amount-out-of-range", |new| new.minor_units = 0).await;
    refused("currency-not-supported", |new| new.currency = "EUR".to_owned()).await;
    refused("service-code-unknown", |new| {
        new.service_code = "taxes".to_owned()
    })
    .await;
    refused("return-path-malformed", |new| {
        new.return_path = "//evil.example".to_owned()
    })
    .await;
    refused("text-out-of-range", |new| new.reference.clear()).await;
    refused("metadata-out-of-range", |new| new.metadata[0].1 = "x".repeat(101)).await;
    let key = scene
        .payments
        .create(&by, "a key", new_payment(1))
        .await
        .unwrap_err();
    assert_eq!(key.code(), "idempotency-key-malformed");
    let find = scene.payments.find(&by, "").await.unwrap_err();
    assert_eq!(find.code(), "idempotency-key-malformed");
    assert!(create(&scene, &by, |_| ()).await.is_ok());
}

#[tokio::test]
async fn another_services_payment_is_not_found() {
    let (_file, scene) = scene().await;
    let citizen = scene.citizen(0);
    let paid = scene.paid(&citizen, "k", 100).await;
    let other = differing(&scene, |service| service.id.0 = "tea-house".to_owned());
    let payments = &scene.payments;
    assert_eq!(payments.get(&other, &paid.id).await, Err(GovError::NotFound));
    assert_eq!(payments.cancel(&other, &paid.id).await, Err(GovError::NotFound));
    assert_eq!(payments.capture(&other, &paid.id).await, Err(GovError::NotFound));
    assert_eq!(
        payments.refund_payment(&other, "k", &paid.id, 1, 100).await,
        Err(GovError::NotFound)
    );
    assert_eq!(payments.find(&other, "k").await, Ok(None));
    assert_eq!(
        payments.get(&scene.by(&citizen), "pay_x").await,
        Err(GovError::NotFound)
    );
    // Its keys and its boundary are its own too.
    assert!(payments.create(&other, "k", new_payment(100)).await.is_ok());
    scene.verify().await;
}

#[tokio::test]
async fn state_that_has_moved_on_is_a_conflict() {
    let (_file, scene) = scene().await;
    let citizen = scene.citizen(0);
    let by = scene.by(&citizen);
    let made = scene.create(&citizen, "a", 100).await.unwrap();
    let payments = &scene.payments;
    let conflict = |result: Result<(), GovError>, code: &str| {
        let error = result.unwrap_err();
        assert!(matches!(error, GovError::Conflict(_)), "{error:?}");
        assert_eq!(error.code(), code);
    };
    conflict(payments.capture(&by, &made.id).await.map(|_| ()), "payment-state");
    conflict(
        payments
            .refund_payment(&by, "r", &made.id, 1, 0)
            .await
            .map(|_| ()),
        "payment-state",
    );
    payments.cancel(&by, &made.id).await.unwrap();
    conflict(payments.cancel(&by, &made.id).await.map(|_| ()), "payment-state");
    let paid = scene.paid(&citizen, "b", 100).await;
    conflict(payments.cancel(&by, &paid.id).await.map(|_| ()), "payment-state");
    conflict(
        payments
            .refund_payment(&by, "r", &paid.id, 1, 99)
            .await
            .map(|_| ()),
        "refundable-changed",
    );
    for (minor_units, code) in [(0, "amount-out-of-range"), (101, "refund-too-large")] {
        let error = payments
            .refund_payment(&by, "r", &paid.id, minor_units, 100)
            .await
            .unwrap_err();
        assert!(matches!(error, GovError::InvalidRequest(_)));
        assert_eq!(error.code(), code);
    }
    let key = payments
        .refund_payment(&by, "r r", &paid.id, 1, 100)
        .await
        .unwrap_err();
    assert_eq!(key.code(), "idempotency-key-malformed");
    scene.verify().await;
}

#[tokio::test]
async fn bills_need_a_citizen_a_granted_account_and_a_live_consent() {
    let (_file, scene) = scene().await;
    let citizen = scene.citizen(0);
    let by = scene.by(&citizen);
    let bills = async |by: &Invocation, code: &str, purpose: &str| {
        scene
            .payments
            .bills(by, code, purpose)
            .await
            .map(|bills| bills.len())
    };
    let nobody = invocation(&scene.service, None);
    assert!(matches!(
        bills(&nobody, "utilities", PURPOSE).await,
        Err(GovError::LoginRequired(_))
    ));
    let code = |result: Result<usize, GovError>| result.unwrap_err().code();
    assert_eq!(code(bills(&by, "taxes", PURPOSE).await), "service-code-unknown");
    let narrow = differing(&scene, |service| {
        service.grant.payment_service_codes = ["utilities.gas".to_owned()].into();
    });
    assert_eq!(
        code(bills(&narrow, "utilities", PURPOSE).await),
        "service-code-not-granted"
    );
    assert_eq!(
        code(bills(&by, "utilities", "other").await),
        "purpose-not-approved"
    );
    let Err(GovError::ConsentRequired(url)) = bills(&by, "utilities", PURPOSE).await else {
        panic!("nobody agreed yet")
    };
    assert!(url.contains("/az/consent/communal-bills?purpose=show-bills"));
    scene.agree(&citizen).await;
    assert!(bills(&by, "utilities", PURPOSE).await.unwrap() >= 3);
}
