//! `kill -9` during payments: what was acknowledged is there, and nothing is there twice.
//!
//! The child is this very program, asked for [`child`] alone. It says each intent before it acts
//! and each acknowledgement after; the parent kills it at a seeded moment, opens the database again and
//! compares.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aim_gov::clock::Clock;
use aim_gov::db::Db;
use aim_gov::gate::Platform;
use aim_gov::payments::state::State;
use aim_gov::random::Random;
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::scene::{GOOD_CARD, NOW, Scene};

/// Tells the child where to work; without it the child's test has nothing to do.
const FOLDER: &str = "AIM_PAYMENTS_CRASH_FOLDER";
/// Tells the child which of its lives this is.
const LIFE: &str = "AIM_PAYMENTS_CRASH_LIFE";
/// Lives of the child on one database.
const LIVES: u32 = 6;
/// Payments that the child makes at once.
const AT_ONCE: u32 = 16;
/// Acknowledgements after which a child is killed, at most.
const ACKS_MAX: usize = 120;
const QEPIK: u64 = 100;

/// One line to the parent. It is in the pipe, out of reach of a kill, before the call returns.
fn tell(kind: &str, key: &str) {
    let mut out = std::io::stdout().lock();
    // The test harness may have begun a line of its own.
    out.write_all(format!("\n{kind} {key}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

async fn open(folder: &Path, life: u32) -> Scene {
    let address = format!("sqlite:{}", folder.join("aim.db").display());
    let platform = Platform {
        db: Db::open(&address).await.unwrap(),
        clock: Clock::manual(NOW.plus_ms(i64::from(life))),
        random: Random::seeded(u64::from(life)),
    };
    Scene::on(platform, |boundary| {
        boundary.amount_per_citizen_max = u64::MAX;
        boundary.amount_total_max = u64::MAX;
    })
    .await
}

/// Pays without end until it is killed. Every other payment is sent twice, as a client would that did
/// not hear an answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let life: u32 = std::env::var(LIFE).unwrap().parse().unwrap();
    let scene = open(&folder, life).await;
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
fn live_and_die(folder: &Path, life: u32, acks: usize, heard: &mut Heard) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child", "--nocapture"])
        .env(FOLDER, folder)
        .env(LIFE, life.to_string())
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

async fn compare(folder: &Path, life: u32, heard: &Heard) {
    let scene = open(folder, life).await;
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
    let mut seeded = StdRng::seed_from_u64(41);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut heard = Heard::default();
    for life in 1..=LIVES {
        live_and_die(folder.path(), life, seeded.random_range(1..=ACKS_MAX), &mut heard);
        runtime.block_on(compare(folder.path(), 1_000 + life, &heard));
    }
}
