//! Random sequences of operations, compared step by step with a model that is too simple to be wrong,
//! the ledger verified after each step.

use std::collections::HashMap;

use aim_gov::payments::checkout::BankAnswer;
use aim_gov::payments::rejection::REJECTIONS_MAX;
use aim_gov::payments::state::State;
use aim_gov::payments::{CAPTURE_WITHIN_MS, PAY_WITHIN_MS, Payment, ledger};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::scene::{Scene, Sqlite, card, new_payment, payer};

const PER_PAYMENT_MAX: u64 = 500;
const PER_CITIZEN_MAX: u64 = 1_200;
const TOTAL_MAX: u64 = 2_000;
const SEQUENCES: u32 = 48;
const STEPS_MAX: usize = 40;

#[derive(Clone, Copy, Debug)]
enum Op {
    Create {
        key: u8,
        citizen: usize,
        qepik: u64,
        delayed: bool,
    },
    Pay {
        of: usize,
        card: &'static str,
    },
    Bank {
        of: usize,
        approve: bool,
    },
    TurnBack {
        of: usize,
    },
    Capture {
        of: usize,
    },
    Cancel {
        of: usize,
    },
    Refund {
        key: u8,
        of: usize,
        qepik: u64,
        stale: bool,
    },
    Wait {
        ms: i64,
    },
}

fn op() -> impl Strategy<Value = Op> {
    let of = 0..6usize;
    let cards = prop::sample::select(vec![
        "4242424242424242",
        "4242424242424242",
        "4000000000000002",
        "4000000000000002",
        "4000000000000119",
        "4000002500003155",
    ]);
    prop_oneof![
        6 => (0..10u8, 0..2usize, 1..700u64, any::<bool>())
            .prop_map(|(key, citizen, qepik, delayed)| Op::Create { key, citizen, qepik, delayed }),
        6 => (of.clone(), cards).prop_map(|(of, card)| Op::Pay { of, card }),
        2 => (of.clone(), any::<bool>()).prop_map(|(of, approve)| Op::Bank { of, approve }),
        1 => of.clone().prop_map(|of| Op::TurnBack { of }),
        2 => of.clone().prop_map(|of| Op::Capture { of }),
        2 => of.clone().prop_map(|of| Op::Cancel { of }),
        3 => (0..10u8, of, 0..500u64, prop::bool::weighted(0.2))
            .prop_map(|(key, of, qepik, stale)| Op::Refund { key, of, qepik, stale }),
        1 => prop::sample::select(vec![60_000, PAY_WITHIN_MS, CAPTURE_WITHIN_MS])
            .prop_map(|ms| Op::Wait { ms }),
    ]
}

/// What the model knows of a payment. Its words for states are its own.
#[derive(Clone, Debug)]
struct Known {
    citizen: usize,
    qepik: u64,
    delayed: bool,
    refunded: u64,
    deadline: i64,
    rejections: i64,
    state: &'static str,
}

#[derive(Default)]
struct Model {
    now: i64,
    payments: Vec<Known>,
    keys: HashMap<String, String>,
}

const ALIVE: [&str; 4] = ["created", "started", "submitted", "capturable"];

impl Model {
    fn wait(&mut self, ms: i64) {
        self.now += ms;
        for payment in &mut self.payments {
            if ALIVE.contains(&payment.state) && payment.deadline <= self.now {
                payment.state = "failed";
            }
        }
    }

    fn used(&self, citizen: Option<usize>) -> u64 {
        let counts = |payment: &&Known| payment.state == "success" || ALIVE.contains(&payment.state);
        self.payments
            .iter()
            .filter(counts)
            .filter(|payment| citizen.is_none_or(|citizen| payment.citizen == citizen))
            .map(|payment| payment.qepik)
            .sum()
    }

    /// What a step answers: `ok`, or a code.
    fn step(&mut self, op: Op) -> &'static str {
        match op {
            Op::Create {
                key,
                citizen,
                qepik,
                delayed,
            } => {
                let body = format!("create {citizen} {qepik} {delayed}");
                if let Some(known) = self.keys.get(&format!("k-{key}")) {
                    return if *known == body {
                        "ok"
                    } else {
                        "idempotency-key-reused"
                    };
                }
                if qepik > PER_PAYMENT_MAX {
                    return "amount-per-payment";
                }
                if self.used(None) + qepik > TOTAL_MAX {
                    return "amount-total";
                }
                if self.used(Some(citizen)) + qepik > PER_CITIZEN_MAX {
                    return "amount-per-citizen";
                }
                self.keys.insert(format!("k-{key}"), body);
                self.payments.push(Known {
                    citizen,
                    qepik,
                    delayed,
                    refunded: 0,
                    deadline: self.now + PAY_WITHIN_MS,
                    rejections: 0,
                    state: "created",
                });
                "ok"
            }
            Op::Pay { of, card } => {
                let now = self.now;
                let payment = &mut self.payments[of];
                if ["created", "started"].contains(&payment.state) {
                    match card {
                        "4242424242424242" => payment.pays(now),
                        "4000000000000002" => payment.is_rejected(),
                        "4000000000000119" => payment.state = "error",
                        _ => payment.state = "submitted",
                    }
                }
                "ok"
            }
            Op::Bank { of, approve } => {
                let now = self.now;
                let payment = &mut self.payments[of];
                if payment.state == "submitted" {
                    if approve {
                        payment.pays(now);
                    } else {
                        payment.is_rejected();
                    }
                }
                "ok"
            }
            Op::TurnBack { of } => {
                let payment = &mut self.payments[of];
                if ["created", "started", "submitted"].contains(&payment.state) {
                    payment.state = "failed";
                }
                "ok"
            }
            Op::Capture { of } => self.payments[of].moves(&["capturable"], "success"),
            Op::Cancel { of } => self.payments[of].moves(&ALIVE, "cancelled"),
            Op::Refund {
                key,
                of,
                qepik,
                stale,
            } => {
                let payment = &self.payments[of];
                let left = if payment.state == "success" {
                    payment.qepik - payment.refunded
                } else {
                    0
                };
                let body = format!("refund {of} {qepik} {}", left + u64::from(stale));
                if let Some(known) = self.keys.get(&format!("k-{key}")) {
                    return if *known == body {
                        "ok"
                    } else {
                        "idempotency-key-reused"
                    };
                }
                let answer = match () {
                    () if payment.state != "success" => "payment-state",
                    () if stale => "refundable-changed",
                    () if qepik == 0 => "amount-out-of-range",
                    () if qepik > left => "refund-too-large",
                    () => "ok",
                };
                if answer == "ok" {
                    self.keys.insert(format!("k-{key}"), body);
                    self.payments[of].refunded += qepik;
                }
                answer
            }
            Op::Wait { ms } => {
                self.wait(ms);
                "ok"
            }
        }
    }
}

impl Known {
    fn pays(&mut self, now: i64) {
        if self.delayed {
            self.state = "capturable";
            self.deadline = now + CAPTURE_WITHIN_MS;
        } else {
            self.state = "success";
        }
    }

    /// Another card may be tried, a few times.
    fn is_rejected(&mut self) {
        self.rejections += 1;
        self.state = if self.rejections < REJECTIONS_MAX {
            "created"
        } else {
            "failed"
        };
    }

    fn moves(&mut self, from: &[&str], to: &'static str) -> &'static str {
        if from.contains(&self.state) {
            self.state = to;
            "ok"
        } else {
            "payment-state"
        }
    }
}

/// Does the step to the real thing; answers `ok` or the code.
async fn really(scene: &Scene, ids: &mut Vec<String>, op: Op) -> String {
    let own = async |of: usize| -> Payment {
        let by = scene.by(&scene.citizen(0));
        scene.payments.get(&by, &ids[of]).await.unwrap()
    };
    let services = scene.services();
    let result: Result<(), String> = match op {
        Op::Create {
            key,
            citizen,
            qepik,
            delayed,
        } => {
            let mut new = new_payment(qepik);
            new.delayed_capture = delayed;
            let by = scene.by(&scene.citizen(citizen));
            match scene.payments.create(&by, &format!("k-{key}"), new).await {
                Ok(payment) => {
                    if !ids.contains(&payment.id) {
                        ids.push(payment.id);
                    }
                    Ok(())
                }
                Err(error) => Err(error.code().to_owned()),
            }
        }
        Op::Pay { of, card: number } => {
            let payment = own(of).await;
            let payer = payer(&payment.citizen);
            let confirmation = scene.payments.confirmation(&payment);
            let paid = scene
                .payments
                .pay(&payer, &payment.id, &services, confirmation, card(number));
            paid.await.map(|_| ()).map_err(|error| error.to_string())
        }
        Op::Bank { of, approve } => {
            let payment = own(of).await;
            let answer = if approve {
                BankAnswer::Approve
            } else {
                BankAnswer::Refuse
            };
            let payer = payer(&payment.citizen);
            let answered = scene.payments.answer_bank(&payer, &payment.id, &services, answer);
            answered.await.map(|_| ()).map_err(|error| error.to_string())
        }
        Op::TurnBack { of } => {
            let payment = own(of).await;
            let payer = payer(&payment.citizen);
            let turned = scene.payments.turn_back(&payer, &payment.id);
            turned.await.map(|_| ()).map_err(|error| error.to_string())
        }
        Op::Capture { of } => {
            let by = scene.by(&scene.citizen(0));
            let captured = scene.payments.capture(&by, &ids[of]).await;
            captured.map(|_| ()).map_err(|error| error.code().to_owned())
        }
        Op::Cancel { of } => {
            let by = scene.by(&scene.citizen(0));
            let cancelled = scene.payments.cancel(&by, &ids[of]).await;
            cancelled.map(|_| ()).map_err(|error| error.code().to_owned())
        }
        Op::Refund {
            key,
            of,
            qepik,
            stale,
        } => {
            let by = scene.by(&scene.citizen(0));
            let left = own(of).await.refundable().minor_units() + u64::from(stale);
            let refunded = scene
                .payments
                .refund_payment(&by, &format!("k-{key}"), &ids[of], qepik, left)
                .await;
            refunded.map(|_| ()).map_err(|error| error.code().to_owned())
        }
        Op::Wait { ms } => {
            scene.platform.clock.advance_ms(ms);
            Ok(())
        }
    };
    result.err().unwrap_or_else(|| "ok".to_owned())
}

fn target(op: Op) -> Option<usize> {
    match op {
        Op::Create { .. } | Op::Wait { .. } => None,
        Op::Pay { of, .. }
        | Op::Bank { of, .. }
        | Op::TurnBack { of }
        | Op::Capture { of }
        | Op::Cancel { of }
        | Op::Refund { of, .. } => Some(of),
    }
}

async fn compare(ops: Vec<Op>) -> Result<(), TestCaseError> {
    let file = Sqlite::new();
    let scene = Scene::with_boundary(file.open().await, |boundary| {
        boundary.amount_per_payment_max = PER_PAYMENT_MAX;
        boundary.amount_per_citizen_max = PER_CITIZEN_MAX;
        boundary.amount_total_max = TOTAL_MAX;
    })
    .await;
    let mut model = Model::default();
    let mut ids = Vec::new();
    for op in ops {
        if target(op).is_some_and(|of| of >= ids.len()) {
            continue;
        }
        let (expected, answered) = (model.step(op), really(&scene, &mut ids, op).await);
        prop_assert_eq!(expected, answered, "{:?}", op);
        prop_assert_eq!(ids.len(), model.payments.len());
        let by = scene.by(&scene.citizen(0));
        for (id, known) in ids.iter().zip(&model.payments) {
            let payment = scene.payments.get(&by, id).await.unwrap();
            // Paying opens the page first; to the model the two are one.
            let state = match payment.state {
                State::Started => "created",
                state => state.code(),
            };
            prop_assert_eq!(state, known.state, "{:?}", op);
            prop_assert_eq!(payment.refunded.minor_units(), known.refunded);
            prop_assert_eq!(payment.rejections, known.rejections);
        }
        let verification = ledger::verify(&scene.platform.db).await.unwrap();
        prop_assert!(verification.is_clean(), "{:?} after {:?}", verification, op);
    }
    Ok(())
}

#[test]
fn any_sequence_of_operations_does_what_the_model_says() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = ProptestConfig {
        cases: SEQUENCES,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let sequences = prop::collection::vec(op(), 1..STEPS_MAX);
    TestRunner::new(config)
        .run(&sequences, |ops| runtime.block_on(compare(ops)))
        .unwrap();
}
