//! What a call used of the limits of the approval, where it is kept for the developer of a test space.

use aim_gov::payments::NewPayment;

use super::*;

fn payment(minor_units: u64) -> NewPayment {
    NewPayment {
        minor_units,
        currency: "AZN".to_owned(),
        service_code: "utilities.water".to_owned(),
        reference: "R-1".to_owned(),
        description: text("Su haqqı"),
        return_path: "/paid".to_owned(),
        delayed_capture: false,
        metadata: Vec::new(),
    }
}

#[tokio::test]
async fn amounts_of_payments_are_told_also_where_the_payment_is_refused() {
    on_both(|rig| async move {
        let asking = kept(&rig.invocation);
        let create = async |key: &str, amount| {
            let made = rig.apis.payments.create(&asking, key, payment(amount)).await;
            (made.err().map_or("allowed", |error| error.code()), used(&asking))
        };
        let first = create("a", 500).await;
        let all = [
            "amount-per-payment 500 of 100000 call",
            "amount-total 500 of 10000000 test",
            "amount-per-citizen 500 of 1000000 test",
        ];
        assert_eq!(first, ("allowed", all.map(str::to_owned).to_vec()));
        // The same key and payment: the first answer, which counts nothing.
        assert_eq!(create("a", 500).await, ("allowed", Vec::new()));
        let beyond = vec!["amount-per-payment 100001 of 100000 call".to_owned()];
        assert_eq!(create("b", 100_001).await, ("amount-per-payment", beyond));
        for key in 0..9 {
            assert_eq!(create(&format!("full-{key}"), 100_000).await.0, "allowed");
        }
        let (code, told) = create("c", 99_501).await;
        assert_eq!(code, "amount-per-citizen");
        // Undone with the rest: the amount counts for nobody.
        assert_eq!(
            told.last().map(String::as_str),
            Some("amount-per-citizen 900500 of 1000000 test")
        );
        // Nothing is looked up where nobody reads it.
        let made = rig.apis.payments.create(&rig.invocation, "d", payment(1)).await;
        assert!(made.is_ok() && used(&rig.invocation).is_empty());
    })
    .await;
}
