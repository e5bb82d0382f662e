//! Pays without end, for the test that kills it: `pay-until-killed ADDRESS LIFE`. With `--stop` it makes one payment,
//! captures it and gives it back, and stops for ever where it is told to. With `--events` it sets reminders too, and
//! delivers the events of both.
//!
//! It says each intent before it acts and each acknowledgement after.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

#[path = "../../tests/it/crash/account.rs"]
mod account;
#[path = "../../tests/it/crash/listener.rs"]
mod listener;
#[allow(dead_code, reason = "other tests use the rest of the scene")]
#[path = "../../../host/gov/tests/payments/scene.rs"]
mod scene;

use std::sync::Arc;
use std::time::Duration;

use account::{QEPIK, Stop};
use aim_gov::payments::card::Card;
use aim_gov::payments::provider::{Backend, Charge, ChargeOrder, RefundAnswer, RefundOrder, Simulator};
use aim_gov::payments::state::State;
use aim_gov::remote::Fault;
use async_trait::async_trait;
use clap::Parser;
use futures::future::join_all;
use listener::{Listener, tell};
use scene::GOOD_CARD;

/// Payments that are made at once.
const AT_ONCE: u32 = 16;

/// Pays without end
#[derive(Parser)]
struct Cli {
    /// The address of the database
    address: String,
    /// Which life on this database it is: no two use the same keys
    life: u32,
    /// Where to stop for ever
    #[arg(long)]
    stop: Option<Stop>,
    /// Deliver events meanwhile
    #[arg(long)]
    events: bool,
}

/// The simulated provider, which never comes back from one call.
#[derive(Debug)]
struct Stopping {
    simulator: Simulator,
    stop: Stop,
}

impl Stopping {
    async fn stop_at(&self, stop: Stop) {
        if self.stop == stop {
            tell("stopped", "in-the-gap");
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Backend for Stopping {
    async fn charge(&self, order: &ChargeOrder, card: Card) -> Result<Charge, Fault> {
        self.stop_at(Stop::BeforePay).await;
        let charge = self.simulator.charge(order, card).await;
        self.stop_at(Stop::AfterPay).await;
        charge
    }

    async fn answer(&self, order: &ChargeOrder, yes: bool) -> Result<Charge, Fault> {
        self.simulator.answer(order, yes).await
    }

    async fn capture(&self, order: &ChargeOrder) -> Result<Charge, Fault> {
        self.stop_at(Stop::BeforeCapture).await;
        let charge = self.simulator.capture(order).await;
        self.stop_at(Stop::AfterCapture).await;
        charge
    }

    async fn release(&self, order: &ChargeOrder) -> Result<Charge, Fault> {
        self.simulator.release(order).await
    }

    async fn find(&self, id: &str) -> Result<Option<Charge>, Fault> {
        self.simulator.find(id).await
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundAnswer, Fault> {
        self.stop_at(Stop::BeforeRefund).await;
        let answer = self.simulator.refund(order).await;
        self.stop_at(Stop::AfterRefund).await;
        answer
    }
}

/// Makes a payment, captures it and gives it back, and stops on the way.
async fn stop_on_the_way(scene: &scene::Scene, life: u32, stop: Stop) {
    let stopping = Arc::new(Stopping {
        simulator: Simulator::new(scene.platform.db.clone()),
        stop,
    });
    // No deadline ends the gap.
    let payments = scene.payments.clone().with_provider(stopping, Duration::MAX);
    let by = scene.by(&scene.citizen(0));
    let new = aim_gov::payments::NewPayment {
        delayed_capture: true,
        ..scene::new_payment(QEPIK)
    };
    let payment = payments.create(&by, &account::key(life), new).await.unwrap();
    let payer = scene::payer(&payment.citizen);
    let shown = payments.start(&payer, &payment.id).await.unwrap();
    let confirmation = payments.confirmation(&shown);
    let card = scene::card(GOOD_CARD);
    payments
        .pay(&payer, &payment.id, &scene.services(), confirmation, card)
        .await
        .unwrap();
    payments.capture(&by, &payment.id).await.unwrap();
    payments
        .refund_payment(&by, "refund", &payment.id, QEPIK, QEPIK)
        .await
        .unwrap();
}

/// Sets reminders and pays without end, while the events of both are delivered.
async fn listen(listener: &Listener, life: u32) {
    let citizen = listener.scene.citizen(0);
    for round in 0_u32.. {
        let remind = (0..AT_ONCE / 2).map(|number| async move {
            let key = format!("due-{life}-{round}-{number}");
            listener.remind(&key).await;
            tell("set", &key);
        });
        let pay = (0..AT_ONCE / 4).map(|number| {
            let citizen = &citizen;
            async move {
                let key = format!("{life}-{round}-{number}");
                let paid = listener.scene.paid(citizen, &key, QEPIK).await;
                tell("paid", &paid.id);
            }
        });
        // Another node delivers the same events.
        tokio::join!(
            join_all(remind),
            join_all(pay),
            listener.deliver(),
            listener.deliver()
        );
    }
}

/// Every other payment is sent twice, as a client would that did not hear an answer.
#[tokio::main(worker_threads = 2)]
async fn main() {
    let Cli {
        address,
        life,
        stop,
        events,
    } = Cli::parse();
    if events {
        return listen(&Listener::open(&address, life, true).await, life).await;
    }
    let scene = account::open(&address, life).await;
    if let Some(stop) = stop {
        return stop_on_the_way(&scene, life, stop).await;
    }
    let citizens = [scene.citizen(0), scene.citizen(1), scene.citizen(3)];
    for round in 0_u32.. {
        join_all((0..AT_ONCE).map(|number| {
            let (scene, citizens) = (&scene, &citizens);
            async move {
                let key = format!("{life}-{round}-{number}");
                let citizen = &citizens[number as usize % citizens.len()];
                tell("intent", &key);
                let payment = scene.create(citizen, &key, QEPIK).await.unwrap();
                tell("created", &key);
                if number % 2 == 0 {
                    let again = scene.create(citizen, &key, QEPIK).await.unwrap();
                    assert_eq!(again.id, payment.id);
                }
                let paid = scene.pay(&payment, GOOD_CARD).await;
                assert_eq!(paid.state, State::Success);
                tell("paid", &key);
            }
        }))
        .await;
    }
}
