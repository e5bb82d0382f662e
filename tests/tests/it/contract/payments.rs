use aim_gov::error::GovError;
use aim_gov::payments::card::{Card, CardForm};
use aim_gov::payments::checkout::{Payer, Standing};
use aim_gov::payments::ledger::{self, Account};
use aim_gov::payments::state::State;
use aim_gov::payments::{NewPayment, Payment};
use futures::future::join_all;

use super::{PURPOSE, Rig, on_both, text};

const AMOUNT: u64 = 1_234;
/// As many as the issue asks for.
const RETRIES: usize = 1_000;

fn order(minor_units: u64) -> NewPayment {
    NewPayment {
        minor_units,
        currency: "AZN".to_owned(),
        service_code: "utilities.water".to_owned(),
        reference: "october".to_owned(),
        description: text("Oktyabr ayının suyu"),
        return_path: "/".to_owned(),
        delayed_capture: false,
        metadata: Vec::new(),
    }
}

fn payer(rig: &Rig) -> Payer {
    Payer {
        citizen: rig.citizen.clone(),
        request_id: "req_pay".to_owned(),
    }
}

fn good_card(rig: &Rig) -> Card {
    let form = CardForm {
        number: "4242 4242 4242 4242".to_owned().into(),
        expiry_month: "12".to_owned(),
        expiry_year: "2030".to_owned(),
        cvc: "123".to_owned().into(),
    };
    Card::parse(&form, rig.clock.now()).unwrap()
}

async fn pay(rig: &Rig, payment: &Payment) -> Payment {
    let confirmation = rig.payments.confirmation(payment);
    rig.payments
        .pay(
            &payer(rig),
            &payment.id,
            Standing::Open,
            confirmation,
            good_card(rig),
        )
        .await
        .unwrap()
}

async fn received(rig: &Rig) -> u64 {
    let sums = ledger::sums(&rig.db, Account::Revenue("utilities.water"))
        .await
        .unwrap();
    sums.credit.checked_sub(sums.debit).unwrap().minor_units()
}

async fn assert_clean(rig: &Rig) {
    let verification = ledger::verify(&rig.db).await.unwrap();
    assert!(verification.is_clean(), "{:?}: {verification:?}", rig.db.engine());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_retries_at_once_move_money_once() {
    on_both(async |rig: Rig| {
        let created = join_all((0..RETRIES).map(|_| {
            let (payments, invocation) = (rig.payments.clone(), rig.invocation.clone());
            tokio::spawn(async move { payments.create(&invocation, "key-1", order(AMOUNT)).await })
        }))
        .await;
        let first = rig
            .payments
            .find(&rig.invocation, "key-1")
            .await
            .unwrap()
            .unwrap();
        let same = created
            .into_iter()
            .filter(|answer| {
                answer
                    .as_ref()
                    .unwrap()
                    .as_ref()
                    .is_ok_and(|payment| payment.id == first.id)
            })
            .count();
        assert_eq!(same, RETRIES, "{:?}", rig.db.engine());

        let confirmation = rig.payments.confirmation(&first);
        let paid = join_all((0..RETRIES).map(|_| {
            let (payments, payer, id) = (rig.payments.clone(), payer(&rig), first.id.clone());
            let (confirmation, card) = (confirmation.clone(), good_card(&rig));
            tokio::spawn(async move {
                payments
                    .pay(&payer, &id, Standing::Open, confirmation, card)
                    .await
            })
        }))
        .await;
        let successes = paid
            .into_iter()
            .filter(|answer| {
                answer
                    .as_ref()
                    .unwrap()
                    .as_ref()
                    .is_ok_and(|payment| payment.state == State::Success)
            })
            .count();
        assert!(successes >= 1);
        assert_eq!(received(&rig).await, AMOUNT, "{:?}", rig.db.engine());
        assert_clean(&rig).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_with_another_body_is_a_conflict() {
    on_both(async |rig: Rig| {
        rig.payments
            .create(&rig.invocation, "key-1", order(AMOUNT))
            .await
            .unwrap();
        let other = rig
            .payments
            .create(&rig.invocation, "key-1", order(AMOUNT + 1))
            .await;
        let Err(GovError::Conflict(problem)) = other else {
            panic!("{other:?}")
        };
        assert_eq!(problem.code, "idempotency-key-reused");
        assert_eq!(
            rig.decisions("create").await,
            ["allowed", "idempotency-key-reused"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_that_race_give_back_no_more_than_was_paid() {
    on_both(async |rig: Rig| {
        let payment = rig
            .payments
            .create(&rig.invocation, "key-1", order(AMOUNT))
            .await
            .unwrap();
        let payment = pay(&rig, &payment).await;
        assert_eq!(payment.state, State::Success);
        let refunds = join_all((0..20).map(|n| {
            let (payments, invocation, id) =
                (rig.payments.clone(), rig.invocation.clone(), payment.id.clone());
            tokio::spawn(async move {
                payments
                    .refund_payment(&invocation, &format!("refund-{n}"), &id, AMOUNT, AMOUNT)
                    .await
            })
        }))
        .await;
        let given = refunds
            .into_iter()
            .filter(|answer| answer.as_ref().unwrap().is_ok())
            .count();
        assert_eq!(given, 1, "{:?}", rig.db.engine());
        assert_clean(&rig).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bill_is_paid_once_and_then_not_owed_any_more() {
    on_both(async |rig: Rig| {
        rig.agree().await;
        let bills = rig
            .payments
            .bills(&rig.invocation, "utilities", PURPOSE)
            .await
            .unwrap();
        let bill = bills.first().expect("the ordinary persona owes something");
        let new = NewPayment {
            reference: bill.id.clone(),
            service_code: bill.service_code.code.clone(),
            ..order(bill.amount.minor_units())
        };
        let payment = rig
            .payments
            .create(&rig.invocation, "key-1", new.clone())
            .await
            .unwrap();
        assert_eq!(pay(&rig, &payment).await.state, State::Success);
        let left = rig
            .payments
            .bills(&rig.invocation, "utilities", PURPOSE)
            .await
            .unwrap();
        assert_eq!(left.len(), bills.len() - 1);
        let again = rig.payments.create(&rig.invocation, "key-2", new).await;
        let Err(GovError::Conflict(problem)) = again else {
            panic!("{again:?}")
        };
        assert_eq!(problem.code, "bill-not-open");
        assert_clean(&rig).await;
    })
    .await;
}
