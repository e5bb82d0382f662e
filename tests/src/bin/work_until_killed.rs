//! Works without end, for the tests that kill it: `work-until-killed ADDRESS LIFE`. With `--stop` it makes one payment,
//! captures it and gives it back, and stops for ever where it is told to.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

use std::sync::Arc;
use std::time::Duration;

use aim_gov::payments::card::Card;
use aim_gov::payments::provider::{Backend, Charge, ChargeOrder, RefundAnswer, RefundOrder, Simulator};
use aim_gov::remote::Fault;
use aim_tests::crash::account::{self, QEPIK, Stop};
use aim_tests::crash::scene::{self, GOOD_CARD};
use aim_tests::crash::work::work;
use aim_tests::crash::{World, tell};
use async_trait::async_trait;
use clap::Parser;

/// Works without end
#[derive(Parser)]
struct Cli {
    /// The address of the database
    address: String,
    /// Which life on this database it is: no two use the same keys
    life: u32,
    /// Where to stop for ever
    #[arg(long)]
    stop: Option<Stop>,
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
            tell("stopped", "in-the-gap").unwrap();
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

#[tokio::main(worker_threads = 2)]
async fn main() {
    let Cli { address, life, stop } = Cli::parse();
    if let Some(stop) = stop {
        let scene = account::open(&address, life).await.unwrap();
        return stop_on_the_way(&scene, life, stop).await;
    }
    let world = World::open(&address, life, true).await.unwrap();
    work(&world, life).await.unwrap();
}
