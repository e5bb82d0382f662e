//! `kill -9` during payments: what was acknowledged is there, and nothing is there twice.
//!
//! The child is the program `pay-until-killed`; the parent kills it at a seeded moment, opens the database
//! again and compares.

mod account;
mod events;
mod gaps;
mod listener;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use account::QEPIK;
use aim_gov::db::sqlite_address;
use aim_gov::payments::provider::RECONCILE_AFTER_MS;
use aim_gov::payments::state::State;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// Lives of the child on one database.
const LIVES: u32 = 6;
/// Acknowledgements after which a child is killed, at most.
const ACKS_MAX: usize = 120;

/// What the children said.
#[derive(Default)]
struct Heard {
    intent: BTreeSet<String>,
    created: BTreeSet<String>,
    paid: BTreeSet<String>,
}

impl Heard {
    /// Notes a line. One that was cut off was not said.
    fn note(&mut self, line: &str) {
        let Some((kind, key)) = line.strip_suffix('\n').and_then(|line| line.split_once(' ')) else {
            return;
        };
        match kind {
            "intent" => self.intent.insert(key.to_owned()),
            "created" => self.created.insert(key.to_owned()),
            "paid" => self.paid.insert(key.to_owned()),
            _ => false,
        };
    }
}

/// Starts the child and kills it once it has acknowledged so many payments.
fn live_and_die(address: &str, life: u32, acks: usize, heard: &mut Heard) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pay-until-killed"))
        .arg(address)
        .arg(life.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let enough = heard.paid.len() + acks;
    let mut line = String::new();
    let mut alive = true;
    // After the kill, what is still in the pipe was said before it.
    while said.read_line(&mut line).unwrap() > 0 {
        heard.note(&line);
        line.clear();
        if alive && heard.paid.len() >= enough {
            // SIGKILL: nothing in the child can react.
            child.kill().unwrap();
            alive = false;
        }
    }
    child.wait().unwrap();
    assert!(!alive, "the child ended by itself");
}

async fn compare(address: &str, life: u32, heard: &Heard) {
    let scene = account::open(address, life).await;
    scene.verify().await;
    // What the provider was asked when the child died is found out.
    scene.platform.clock.advance_ms(i64::from(RECONCILE_AFTER_MS));
    scene.payments.reconcile().await.unwrap();
    let totals = scene.verify().await.totals;
    let by = scene.by(&scene.citizen(0));
    let mut seen = BTreeMap::new();
    let mut success = 0;
    for key in &heard.intent {
        match scene.payments.find(&by, key).await.unwrap() {
            None => assert!(
                !heard.created.contains(key),
                "the acknowledged payment {key} is lost"
            ),
            Some(payment) => {
                assert_eq!(payment.asked, None);
                if payment.state == State::Success {
                    success += 1;
                } else {
                    assert!(
                        !heard.paid.contains(key),
                        "the acknowledged money of {key} is lost"
                    );
                }
                assert_eq!(seen.insert(payment.id, key), None);
            }
        }
    }
    // Whoever was told that it is paid finds who did it in the access log, once.
    let mut reader = scene.platform.db.reader().await.unwrap();
    let recorded: BTreeMap<String, i64> = sqlx::query_as::<_, (String, i64)>(
        "SELECT object, COUNT(*) FROM audit_record WHERE operation = 'pay' AND decision = 'allowed' GROUP BY object",
    )
    .fetch_all(&mut *reader)
    .await
    .unwrap()
    .into_iter()
    .collect();
    assert_eq!(recorded.len() as u64, success);
    assert!(recorded.values().all(|times| *times == 1));
    // Every qəpik in the ledger belongs to one of these keys.
    assert_eq!(totals.debit.minor_units(), success * QEPIK);
    assert!(success >= heard.paid.len() as u64);
}

#[test]
fn kill_9_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let address = sqlite_address(&folder.path().join("aim.db"));
    let mut seeded = StdRng::seed_from_u64(41);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut heard = Heard::default();
    for life in 1..=LIVES {
        live_and_die(&address, life, seeded.random_range(1..=ACKS_MAX), &mut heard);
        runtime.block_on(compare(&address, 1_000 + life, &heard));
    }
}
