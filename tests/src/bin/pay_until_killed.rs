//! Pays without end, for the test that kills it: `pay-until-killed FOLDER LIFE`.
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
#[allow(dead_code, reason = "other tests use the rest of the scene")]
#[path = "../../../host/gov/tests/payments/scene.rs"]
mod scene;

use std::io::Write as _;
use std::path::PathBuf;

use account::QEPIK;
use aim_gov::payments::state::State;
use clap::Parser;
use futures::future::join_all;
use scene::GOOD_CARD;

/// Payments that are made at once.
const AT_ONCE: u32 = 16;

/// Pays without end
#[derive(Parser)]
struct Arguments {
    /// The folder of the database
    folder: PathBuf,
    /// Which life on this database it is: no two use the same keys
    life: u32,
}

/// One line to the parent. It is in the pipe, out of reach of a kill, before the call returns.
fn tell(kind: &str, key: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{kind} {key}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// Every other payment is sent twice, as a client would that did not hear an answer.
#[tokio::main(worker_threads = 2)]
async fn main() {
    let Arguments { folder, life } = Arguments::parse();
    let scene = account::open(&folder, life).await;
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
