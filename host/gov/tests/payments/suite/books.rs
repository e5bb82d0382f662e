//! The rules of the ledger see what they are there for.

use aim_gov::db::Db;
use aim_gov::payments::ledger;

use super::scene::{GOOD_CARD, PURPOSE, Scene, paying};

pub async fn broken_ledger_is_found(db: Db) {
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
    let payment = scene.payments.create(&by, "k", paying(&bill)).await.unwrap();
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
            "UPDATE payment_bill SET service_code = 'utilities' WHERE payment IS NOT NULL",
            "UPDATE payment_bill SET service_code = 'utilities.gas' WHERE payment IS NOT NULL",
            "a bill is held or settled by exactly one payment of its amount",
        ),
        (
            "UPDATE payment SET bill = NULL",
            "UPDATE payment SET bill = (SELECT b.id FROM payment_bill b WHERE b.payment IS NOT NULL)",
            "a bill is held or settled by exactly one payment of its amount",
        ),
        (
            "INSERT INTO payment_budget (service, citizen, reserved_minor, committed_minor) VALUES ('nobody', '', 0, 5)",
            "DELETE FROM payment_budget WHERE service = 'nobody'",
            "what is used of an approval's amounts is the sum of its payments",
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
