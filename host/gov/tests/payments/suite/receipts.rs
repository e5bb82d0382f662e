//! What a citizen keeps as proof.

use aim_gov::db::{Db, DbError};
use aim_gov::payments::checkout::CheckoutError;
use aim_gov::text::Locale;

use super::scene::{NOW, Scene, payer};

pub async fn changed_receipt_is_not_shown(db: Db) {
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
    scene.create(&citizen, "unpaid", 100).await.unwrap();
    for (change, repair) in [
        ("at_ms = at_ms + 1", "at_ms = at_ms - 1"),
        ("mac = sha256 || mac", "mac = substr(mac, 65)"),
        ("sha256 = sha256 || '0'", "sha256 = substr(sha256, 1, 64)"),
        (
            "facts = replace(facts, 'Water', 'Fine')",
            "facts = replace(facts, 'Fine', 'Water')",
        ),
        ("facts = facts || ' '", "facts = trim(facts)"),
        (
            "payment = (SELECT id FROM payment WHERE state = 'created')",
            "payment = (SELECT id FROM payment WHERE state = 'success')",
        ),
        // Taken for one from before receipts kept their facts.
        ("facts = NULL", "facts = NULL"),
    ] {
        scene
            .tamper(&format!("UPDATE payment_receipt SET {change}"))
            .await;
        let shown = scene.payments.receipt(&payer(&citizen), &id).await;
        assert!(
            matches!(
                shown,
                Err(CheckoutError::Db(DbError::Corrupt {
                    table: "payment_receipt",
                    ..
                }))
            ),
            "{change}: {shown:?}"
        );
        if change != repair {
            scene
                .tamper(&format!("UPDATE payment_receipt SET {repair}"))
                .await;
            scene.payments.receipt(&payer(&citizen), &id).await.unwrap();
        }
    }
}

/// Neither the payment's row nor a later table of budget accounts has a say in it.
pub async fn receipt_says_what_it_said_when_the_money_moved(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let id = scene.paid(&citizen, "k", 100).await.receipt_id.unwrap();
    let (receipt, _) = scene.payments.receipt(&payer(&citizen), &id).await.unwrap();
    let facts = &receipt.facts;
    assert_eq!(facts.amount().minor_units(), 100);
    assert_eq!(facts.payee.get(Locale::En), "Water supply agency (sandbox)");
    assert_eq!(facts.budget_classification, "1423910");
    for change in [
        "amount_minor = 5",
        "service_code = 'utilities.gas'",
        "service_az = 'x', service_en = 'Court', service_ru = 'x'",
        "controller = 'x'",
        "description_az = 'x', description_en = 'Fine paid', description_ru = 'x'",
        "reference = 'R-2'",
    ] {
        scene.change_payments(change).await;
        let (shown, _) = scene.payments.receipt(&payer(&citizen), &id).await.unwrap();
        assert_eq!(shown, receipt, "{change}");
    }
}
