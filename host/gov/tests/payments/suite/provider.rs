//! A provider that fails, hangs, loses its answer, answers late, twice or something else: what the citizen and
//! the plug-in are told, what the ledger and the audit log say, and what is found out later.

use aim_gov::audit;
use aim_gov::db::Db;
use aim_gov::error::GovError;
use aim_gov::payments::checkout::BankAnswer;
use aim_gov::payments::provider::{Backend as _, ChargeState, PROVIDER_WITHIN, RECONCILE_AFTER_MS};
use aim_gov::payments::rejection::Rejection;
use aim_gov::payments::state::{Failure, State};
use aim_gov::payments::{Payment, RefundState};

use super::faulty::{Faulty, How};
use super::scene::{GOOD_CARD, Scene, new_payment, payer, paying};

/// What is asked of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asking {
    Pay,
    Hold,
    Challenge,
    Approve,
    Refuse,
    Capture,
    Refund,
}

impl Asking {
    const ALL: [Self; 7] = [
        Self::Pay,
        Self::Hold,
        Self::Challenge,
        Self::Approve,
        Self::Refuse,
        Self::Capture,
        Self::Refund,
    ];

    /// The operation of the audit record.
    fn operation(self) -> &'static str {
        match self {
            Self::Pay | Self::Hold | Self::Challenge => "pay",
            Self::Approve | Self::Refuse => "answer-bank",
            Self::Capture => "capture",
            Self::Refund => "refund-payment",
        }
    }

    /// The state once the provider has done it.
    fn done(self) -> State {
        match self {
            Self::Pay | Self::Approve | Self::Capture | Self::Refund => State::Success,
            Self::Hold => State::Capturable,
            Self::Challenge => State::Challenged,
            Self::Refuse => State::Started,
        }
    }

    /// The state while it is not known whether the provider did it.
    fn unknown(self) -> State {
        match self {
            Self::Pay | Self::Hold | Self::Challenge => State::Authorising,
            Self::Approve => State::Approving,
            Self::Refuse => State::Refusing,
            Self::Capture => State::Capturing,
            Self::Refund => State::Success,
        }
    }
}

const CHALLENGE_CARD: &str = "4000002500003155";

/// A payment that is ready for this.
async fn ready(scene: &Scene, asking: Asking, key: &str) -> Payment {
    let citizen = scene.citizen(0);
    let mut new = new_payment(1_000);
    new.delayed_capture = matches!(asking, Asking::Hold | Asking::Capture);
    let created = scene
        .payments
        .create(&scene.by(&citizen), key, new)
        .await
        .unwrap();
    match asking {
        Asking::Pay | Asking::Hold | Asking::Challenge => created,
        Asking::Approve | Asking::Refuse => scene.pay(&created, CHALLENGE_CARD).await,
        Asking::Capture | Asking::Refund => scene.pay(&created, GOOD_CARD).await,
    }
}

/// Does it; the state of the payment that the caller is told, or the code of the refusal.
async fn perform(scene: &Scene, asking: Asking, payment: &Payment) -> Result<State, &'static str> {
    let by = scene.by(&payment.citizen);
    let answer = |answer| {
        let payer = payer(&payment.citizen);
        async move {
            let services = scene.services();
            let answered = scene.payments.answer_bank(&payer, &payment.id, &services, answer);
            Ok(answered.await.unwrap().state)
        }
    };
    match asking {
        Asking::Pay | Asking::Hold => Ok(scene.pay(payment, GOOD_CARD).await.state),
        Asking::Challenge => Ok(scene.pay(payment, CHALLENGE_CARD).await.state),
        Asking::Approve => answer(BankAnswer::Approve).await,
        Asking::Refuse => answer(BankAnswer::Refuse).await,
        Asking::Capture => state(scene.payments.capture(&by, &payment.id).await),
        Asking::Refund => {
            let refund = scene
                .payments
                .refund_payment(
                    &by,
                    &format!("refund-{}", payment.id.replace('_', "-")),
                    &payment.id,
                    400,
                    1_000,
                )
                .await;
            refund
                .map(|refund| {
                    assert_eq!(refund.state, RefundState::Success);
                    State::Success
                })
                .map_err(|error| error.code())
        }
    }
}

fn state(result: Result<Payment, GovError>) -> Result<State, &'static str> {
    result.map(|payment| payment.state).map_err(|error| error.code())
}

/// The payment as the plug-in reads it.
async fn read(scene: &Scene, payment: &Payment) -> Payment {
    let by = scene.by(&payment.citizen);
    scene.payments.get(&by, &payment.id).await.unwrap()
}

/// The decisions about this payment's operation, oldest first.
async fn decisions(scene: &Scene, asking: Asking, payment: &Payment) -> Vec<String> {
    let records = audit::of_citizen(
        &scene.platform.db,
        &payment.citizen,
        None,
        audit::PAGE_RECORDS_MAX,
    );
    let mut decisions: Vec<_> = records
        .await
        .unwrap()
        .into_iter()
        .filter(|record| record.object.as_deref() == Some(&payment.id))
        .filter(|record| record.operation == asking.operation())
        .map(|record| record.decision)
        .collect();
    decisions.reverse();
    decisions
}

fn later(scene: &Scene) {
    scene.platform.clock.advance_ms(i64::from(RECONCILE_AFTER_MS));
}

pub async fn faults_of_the_provider_are_found_out(db: Db) {
    let mut scene = Scene::new(db).await;
    let healthy = scene.payments.clone();
    for how in How::ALL {
        for asking in Asking::ALL {
            let case = format!("{how:?}-{asking:?}");
            scene.payments = healthy.clone();
            let payment = ready(&scene, asking, &case).await;
            let faulty = Faulty::new(scene.platform.db.clone(), how);
            scene.payments = healthy.clone().with_provider(faulty.clone(), how.deadline());
            let told = perform(&scene, asking, &payment).await;
            if how == How::Twice {
                assert_eq!(told, Ok(asking.done()), "{case}");
                assert_eq!(decisions(&scene, asking, &payment).await.len(), 1, "{case}");
                scene.verify().await;
                continue;
            }
            let silent = matches!(asking, Asking::Capture | Asking::Refund);
            let expected = if silent {
                Err("provider-silent")
            } else {
                Ok(asking.unknown())
            };
            assert_eq!(told, expected, "{case}");
            assert_eq!(read(&scene, &payment).await.state, asking.unknown(), "{case}");
            assert_eq!(
                decisions(&scene, asking, &payment).await,
                ["provider-silent"],
                "{case}"
            );
            scene.verify().await;

            // Nobody looks into it before the provider has had its time, and a provider that stays broken
            // leaves it as it is, without another record.
            let asked = faulty.asked();
            scene.payments.reconcile().await.unwrap();
            assert_eq!(faulty.asked(), asked, "{case}");
            later(&scene);
            scene.payments.reconcile().await.unwrap();
            assert!(faulty.asked() > asked, "{case}");
            assert_eq!(
                decisions(&scene, asking, &payment).await,
                ["provider-silent"],
                "{case}"
            );
            scene.verify().await;

            if how == How::LateInTime {
                faulty.deliver().await;
            }
            scene.payments = healthy.clone();
            scene.payments.reconcile().await.unwrap();
            faulty.deliver().await;
            found_out(&scene, asking, how, &payment, &case).await;
        }
    }
}

/// What is known once the provider answers again.
async fn found_out(scene: &Scene, asking: Asking, how: How, payment: &Payment, case: &str) {
    let found = read(scene, payment).await;
    let lost = matches!(asking, Asking::Pay | Asking::Hold | Asking::Challenge) && !how.does_it();
    let expected = if lost { State::Started } else { asking.done() };
    assert_eq!(found.state, expected, "{case}");
    assert_eq!(found.lost_a_card(), lost, "{case}");
    let decision = match asking {
        _ if lost => "not-carried-out",
        Asking::Refuse => Rejection::RefusedAtBank.code(),
        _ => "allowed",
    };
    assert_eq!(
        decisions(scene, asking, payment).await,
        ["provider-silent", decision],
        "{case}"
    );
    scene.verify().await;
    if lost {
        // What was on its way moves nothing any more, and another card pays.
        let simulator = Faulty::simulator(&scene.platform.db);
        let charge = simulator
            .find(&format!("{}-1", payment.id))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(charge.state, ChargeState::Cancelled, "{case}");
        let paid = scene.pay(&found, GOOD_CARD).await;
        let hold = asking == Asking::Hold;
        assert_eq!(
            paid.state,
            if hold { State::Capturable } else { State::Success },
            "{case}"
        );
        scene.verify().await;
    }
    if asking == Asking::Refund {
        assert_eq!(found.refunded.minor_units(), 400, "{case}");
        // The same key answers what became of it.
        assert_eq!(
            perform(scene, asking, payment).await,
            Ok(State::Success),
            "{case}"
        );
        assert_eq!(read(scene, payment).await.refunded.minor_units(), 400, "{case}");
        scene.verify().await;
    }
}

pub async fn payment_whose_outcome_is_unknown_stays_as_it_is(db: Db) {
    let mut scene = Scene::new(db).await;
    let healthy = scene.payments.clone();
    for asking in [Asking::Pay, Asking::Approve, Asking::Capture] {
        scene.payments = healthy.clone();
        let payment = ready(&scene, asking, &format!("{asking:?}")).await;
        let faulty = Faulty::new(scene.platform.db.clone(), How::AnswerLost);
        scene.payments = healthy.clone().with_provider(faulty.clone(), PROVIDER_WITHIN);
        perform(&scene, asking, &payment).await.ok();
        let (by, payer) = (scene.by(&payment.citizen), payer(&payment.citizen));
        let asked = faulty.asked();
        // The service, the citizen and the clock cannot end it.
        let refusal = scene.payments.cancel(&by, &payment.id).await;
        assert_eq!(state(refusal), Err("provider-silent"));
        let refusal = scene.payments.capture(&by, &payment.id).await;
        assert_eq!(state(refusal), Err("provider-silent"));
        let turned = scene.payments.turn_back(&payer, &payment.id).await.unwrap();
        assert_eq!(turned.state, asking.unknown());
        assert_eq!(perform(&scene, Asking::Pay, &payment).await, Ok(asking.unknown()));
        assert_eq!(faulty.asked(), asked);
        scene
            .platform
            .clock
            .advance_ms(10 * aim_gov::payments::CAPTURE_WITHIN_MS);
        scene.payments.expire_overdue().await.unwrap();
        // Reading it asks the provider again, which is still broken; then it is not.
        assert_eq!(read(&scene, &payment).await.state, asking.unknown());
        assert!(faulty.asked() > asked);
        scene.payments = healthy.clone();
        let seen = scene.payments.outcome(&payer, &payment.id).await.unwrap();
        assert_eq!(seen.state, State::Success);
        let found = scene.payments.find(&by, &format!("{asking:?}")).await.unwrap();
        assert_eq!(found.unwrap().state, State::Success);
        scene.verify().await;
    }
}

pub async fn charge_that_is_given_up_is_released_at_the_provider(db: Db) {
    let mut scene = Scene::new(db).await;
    let healthy = scene.payments.clone();
    for (number, asking) in [Asking::Approve, Asking::Capture].into_iter().enumerate() {
        for expires in [false, true] {
            scene.payments = healthy.clone();
            let payment = ready(&scene, asking, &format!("{number}-{expires}")).await;
            let faulty = Faulty::new(scene.platform.db.clone(), How::Fails);
            scene.payments = healthy.clone().with_provider(faulty.clone(), PROVIDER_WITHIN);
            if expires {
                scene
                    .platform
                    .clock
                    .advance_ms(aim_gov::payments::CAPTURE_WITHIN_MS);
                scene.payments.expire_overdue().await.unwrap();
            } else {
                let by = scene.by(&payment.citizen);
                scene.payments.cancel(&by, &payment.id).await.unwrap();
            }
            let ended = read(&scene, &payment).await;
            let expected = if expires {
                State::Failed(Failure::Expired)
            } else {
                State::Cancelled
            };
            assert_eq!(ended.state, expected);
            assert!(ended.asked.is_some());
            scene.verify().await;
            // The provider is told until it hears it.
            let simulator = Faulty::simulator(&scene.platform.db);
            let charge = format!("{}-1", payment.id);
            for (payments, state) in [
                (scene.payments.clone(), None),
                (healthy.clone(), Some(ChargeState::Cancelled)),
            ] {
                later(&scene);
                payments.reconcile().await.unwrap();
                let there = simulator.find(&charge).await.unwrap().unwrap().state;
                assert_eq!(there == ChargeState::Cancelled, state.is_some());
                assert_eq!(read(&scene, &payment).await.asked.is_none(), state.is_some());
            }
            let asked = faulty.asked();
            later(&scene);
            scene.payments.reconcile().await.unwrap();
            assert_eq!(faulty.asked(), asked);
        }
    }
}

pub async fn refusals_of_the_provider_end_what_was_asked(db: Db) {
    let mut scene = Scene::new(db).await;
    let healthy = scene.payments.clone();
    let refusing = Faulty::new(scene.platform.db.clone(), How::Refuses);
    let refusing = healthy.clone().with_provider(refusing, PROVIDER_WITHIN);

    let payment = ready(&scene, Asking::Refund, "refund").await;
    let by = scene.by(&payment.citizen);
    scene.payments = refusing.clone();
    let refund = scene
        .payments
        .refund_payment(&by, "r", &payment.id, 400, 1_000)
        .await
        .unwrap();
    assert_eq!(refund.state, RefundState::Error);
    assert_eq!(read(&scene, &payment).await.refundable().minor_units(), 1_000);
    assert_eq!(
        decisions(&scene, Asking::Refund, &payment).await,
        ["refund-refused"]
    );
    scene.verify().await;
    // The key keeps its answer; another one asks again.
    scene.payments = healthy.clone();
    let again = scene
        .payments
        .refund_payment(&by, "r", &payment.id, 400, 1_000)
        .await
        .unwrap();
    assert_eq!(again, refund);
    let other = scene
        .payments
        .refund_payment(&by, "other", &payment.id, 400, 1_000)
        .await
        .unwrap();
    assert_eq!(other.state, RefundState::Success);
    scene.verify().await;

    let payment = ready(&scene, Asking::Capture, "capture").await;
    scene.payments = refusing;
    assert_eq!(perform(&scene, Asking::Capture, &payment).await, Ok(State::Error));
    assert_eq!(
        decisions(&scene, Asking::Capture, &payment).await,
        ["provider-error"]
    );
    scene.verify().await;
}

pub async fn bill_is_kept_for_the_payment_that_the_provider_works_on(db: Db) {
    let mut scene = Scene::new(db).await;
    let healthy = scene.payments.clone();
    let (one, other) = (scene.citizen(0), scene.citizen(1));
    scene.agree(&one).await;
    scene.agree(&other).await;
    for does_it in [false, true] {
        scene.payments = healthy.clone();
        let bill = scene.bills(&one, "utilities").await.unwrap().remove(0);
        let pay = async |citizen, key: &str| {
            let key = format!("{key}-{does_it}");
            healthy
                .create(&scene.by(citizen), &key, paying(&bill))
                .await
                .unwrap()
        };
        let (first, second) = (pay(&one, "one").await, pay(&other, "other").await);
        let how = if does_it { How::AnswerLost } else { How::Fails };
        let faulty = Faulty::new(scene.platform.db.clone(), how);
        scene.payments = healthy.clone().with_provider(faulty, PROVIDER_WITHIN);
        assert_eq!(scene.pay(&first, GOOD_CARD).await.state, State::Authorising);
        scene.verify().await;
        // Nobody else can pay it meanwhile.
        scene.payments = healthy.clone();
        assert_eq!(scene.pay(&second, GOOD_CARD).await.state, State::Cancelled);
        assert!(!scene.bills(&other, "utilities").await.unwrap().contains(&bill));
        later(&scene);
        scene.payments.reconcile().await.unwrap();
        scene.verify().await;
        // It is paid, or free again.
        let open = scene.bills(&other, "utilities").await.unwrap().contains(&bill);
        assert_eq!(open, !does_it);
        let found = read(&scene, &first).await.state;
        assert_eq!(found, if does_it { State::Success } else { State::Started });
    }
}

pub async fn answer_is_recorded_once_whoever_hears_it(db: Db) {
    let mut scene = Scene::new(db).await;
    let healthy = scene.payments.clone();
    for asking in Asking::ALL {
        scene.payments = healthy.clone();
        let payment = ready(&scene, asking, &format!("{asking:?}")).await;
        let slow = Faulty::new(scene.platform.db.clone(), How::Waits);
        scene.payments = healthy.clone().with_provider(slow.clone(), PROVIDER_WITHIN);
        let reconciling = async {
            slow.has_worked().await;
            later(&scene);
            healthy.reconcile().await.unwrap();
            slow.go_on();
        };
        let (told, ()) = futures::join!(perform(&scene, asking, &payment), reconciling);
        assert_eq!(told, Ok(asking.done()), "{asking:?}");
        let read = read(&scene, &payment).await;
        assert_eq!(read.state, asking.done(), "{asking:?}");
        assert_eq!(decisions(&scene, asking, &payment).await.len(), 1, "{asking:?}");
        scene.verify().await;
    }
}

pub async fn answer_that_cannot_be_recorded_is_an_unknown_outcome(db: Db) {
    let mut scene = Scene::new(db).await;
    let healthy = scene.payments.clone();
    for asking in Asking::ALL {
        scene.payments = healthy.clone();
        let payment = ready(&scene, asking, &format!("{asking:?}")).await;
        let slow = Faulty::new(scene.platform.db.clone(), How::Waits);
        scene.payments = healthy.clone().with_provider(slow.clone(), PROVIDER_WITHIN);
        let breaking = async {
            slow.has_worked().await;
            scene
                .tamper("ALTER TABLE audit_record RENAME TO audit_gone")
                .await;
            slow.go_on();
        };
        let (told, ()) = futures::join!(perform(&scene, asking, &payment), breaking);
        scene
            .tamper("ALTER TABLE audit_gone RENAME TO audit_record")
            .await;
        let silent = matches!(asking, Asking::Capture | Asking::Refund);
        let expected = if silent {
            Err("provider-silent")
        } else {
            Ok(asking.unknown())
        };
        assert_eq!(told, expected, "{asking:?}");
        scene.payments = healthy.clone();
        later(&scene);
        scene.payments.reconcile().await.unwrap();
        assert_eq!(read(&scene, &payment).await.state, asking.done(), "{asking:?}");
        scene.verify().await;
    }
}

pub async fn answer_is_recorded_when_the_citizen_has_gone(db: Db) {
    let mut scene = Scene::new(db).await;
    let payment = ready(&scene, Asking::Pay, "k").await;
    let slow = Faulty::new(scene.platform.db.clone(), How::Waits);
    scene.payments = scene.payments.with_provider(slow.clone(), PROVIDER_WITHIN);
    let paying = Box::pin(scene.pay(&payment, GOOD_CARD));
    drop(futures::future::select(paying, Box::pin(slow.has_worked())).await);
    slow.go_on();
    slow.has_answered().await;
    while read(&scene, &payment).await.state == State::Authorising {
        tokio::task::yield_now().await;
    }
    assert_eq!(read(&scene, &payment).await.state, State::Success);
    assert_eq!(decisions(&scene, Asking::Pay, &payment).await, ["allowed"]);
    scene.verify().await;
}
