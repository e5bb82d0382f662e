//! `kill -9` while the provider of payments is asked: before it does what it is asked, and after, when nobody has
//! written down its answer.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use aim_gov::db::sqlite_address;
use aim_gov::payments::provider::RECONCILE_AFTER_MS;
use aim_gov::payments::state::State;
use aim_gov::payments::{Payment, RefundState};
use aim_tests::crash::account::{self, QEPIK, Stop};
use aim_tests::crash::scene::{GOOD_CARD, Scene};
use aim_tests::postgres::Postgres;

/// Runs the child until it stops in the gap, and kills it there.
fn die_in(address: &str, life: u32, stop: Stop) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_work-until-killed"))
        .args([address, &life.to_string(), "--stop", &stop.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(child.stdout.take().unwrap());
    let there = said.lines().any(|line| line.unwrap() == "stopped in-the-gap");
    assert!(there, "the child ended by itself");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What the client of the child finds after it has started again, and does.
async fn go_on(scene: &Scene, payment: Payment, stop: Stop) {
    let by = scene.by(&payment.citizen);
    let payment = match stop {
        // The provider never heard of the card; the citizen tries again.
        Stop::BeforePay => {
            assert!(payment.lost_a_card());
            scene.pay(&payment, GOOD_CARD).await
        }
        _ => payment,
    };
    let payment = match payment.state {
        State::Capturable => scene.payments.capture(&by, &payment.id).await.unwrap(),
        state => {
            assert_eq!(state, State::Success, "{stop}");
            payment
        }
    };
    let refund = scene
        .payments
        .refund_payment(&by, "refund", &payment.id, QEPIK, QEPIK)
        .await
        .unwrap();
    assert_eq!(refund.state, RefundState::Success);
    let refunded = scene.payments.get(&by, &payment.id).await.unwrap().refunded;
    assert_eq!(refunded.minor_units(), QEPIK);
}

async fn dies_in_each_gap(address: impl AsyncFn() -> String) {
    for stop in Stop::ALL {
        let address = address().await;
        let (killed, life) = (address.clone(), 1);
        tokio::task::spawn_blocking(move || die_in(&killed, life, stop))
            .await
            .unwrap();
        let scene = account::open(&address, life + 1).await.unwrap();
        scene.verify().await;
        let by = scene.by(&scene.citizen(0));
        let key = account::key(life);
        let waits = scene.payments.find(&by, &key).await.unwrap().unwrap();
        assert_eq!(waits.asked.is_some(), stop.asks_about_the_payment(), "{stop}");
        scene.platform.clock.advance_ms(i64::from(RECONCILE_AFTER_MS));
        scene.payments.reconcile().await.unwrap();
        scene.verify().await;
        let found = scene.payments.find(&by, &key).await.unwrap().unwrap();
        assert_eq!(found.asked, None, "{stop}");
        go_on(&scene, found, stop).await;
        let totals = scene.verify().await.totals;
        // Authorised, captured and given back: once each.
        assert_eq!(totals.debit.minor_units(), 3 * QEPIK, "{stop}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_while_the_provider_is_asked_is_found_out_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let number = std::sync::atomic::AtomicUsize::new(0);
    dies_in_each_gap(async || {
        let number = number.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        sqlite_address(&folder.path().join(format!("{number}.db")))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_while_the_provider_is_asked_is_found_out_on_postgres() {
    let postgres = Postgres::start().await.unwrap();
    dies_in_each_gap(async || postgres.database().await.unwrap()).await;
}
