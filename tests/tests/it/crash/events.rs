//! `kill -9` while reminders and payments become events, and while those are delivered: what was acknowledged is told,
//! and what was told has one effect.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use aim_gov::db::sqlite_address;
use aim_tests::postgres::Postgres;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::listener::{DUE, EFFECT, Listener};

/// Lives of the child on one database.
const LIVES: u32 = 4;
/// Handled events after which a child is killed, at most.
const HANDLED_MAX: usize = 60;

/// What the children said.
#[derive(Default)]
struct Heard {
    /// Reminders that were set.
    set: BTreeSet<String>,
    /// Payments that were paid.
    paid: BTreeSet<String>,
    delivered: BTreeSet<String>,
    handled: BTreeSet<String>,
}

impl Heard {
    /// Notes a line. One that was cut off was not said.
    fn note(&mut self, line: &str) {
        let Some((kind, key)) = line.strip_suffix('\n').and_then(|line| line.split_once(' ')) else {
            return;
        };
        match kind {
            "set" => self.set.insert(key.to_owned()),
            "paid" => self.paid.insert(key.to_owned()),
            "delivered" => self.delivered.insert(key.to_owned()),
            "handled" => self.handled.insert(key.to_owned()),
            _ => false,
        };
    }
}

/// Starts the child and kills it once it has handled so many events.
fn live_and_die(address: &str, life: u32, events: usize, heard: &mut Heard) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pay-until-killed"))
        .args([address, &life.to_string(), "--events"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let enough = heard.handled.len() + events;
    let (mut line, mut alive) = (String::new(), true);
    while said.read_line(&mut line).unwrap() > 0 {
        heard.note(&line);
        line.clear();
        if alive && heard.handled.len() >= enough {
            child.kill().unwrap();
            alive = false;
        }
    }
    child.wait().unwrap();
    assert!(!alive, "the child ended by itself");
}

/// The next life on the database delivers what is left; then everything that was acknowledged was told, and each event
/// has one effect.
async fn compare(address: &str, life: u32, heard: &mut Heard) {
    let listener = Listener::open(address, life, false).await;
    let db = &listener.scene.platform.db;
    if address.starts_with("postgres") {
        // The server may still be ending the transactions of the killed child; those that change these tables hold them.
        let mut tx = db.begin().await.unwrap();
        sqlx::query("LOCK TABLE life_event, life_timer IN ACCESS EXCLUSIVE MODE")
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    let mut left = usize::MAX;
    while left > 0 {
        let before = listener.worker.handled.lock().unwrap().len();
        listener.deliver().await;
        left = listener.worker.handled.lock().unwrap().len() - before;
    }
    let mut reader = db.reader().await.unwrap();
    let rows: Vec<(String, String, String)> = sqlx::query_as("SELECT id, object, state FROM life_event")
        .fetch_all(&mut *reader)
        .await
        .unwrap();
    let timers: Vec<(String, String, String)> = sqlx::query_as("SELECT id, key, name FROM life_timer")
        .fetch_all(&mut *reader)
        .await
        .unwrap();
    drop(reader);
    let mut told = BTreeMap::<&str, usize>::new();
    for (id, object, state) in &rows {
        assert_eq!(state, "done", "{id}");
        *told.entry(object).or_default() += 1;
    }
    // Each reminder that was acknowledged is there, and each that is there was told once.
    let due: BTreeMap<&str, &str> = named(&timers, DUE);
    for key in &heard.set {
        assert!(due.contains_key(key.as_str()), "the reminder {key} is lost");
    }
    assert!(due.values().all(|id| told.get(id) == Some(&1)));
    // Started, submitted, success.
    for payment in &heard.paid {
        assert_eq!(told.get(payment.as_str()), Some(&3), "{payment}");
    }
    // Each event was delivered, and has one effect, however often it was.
    let here = std::mem::take(&mut *listener.worker.handled.lock().unwrap());
    heard.delivered.extend(here);
    let effects: BTreeSet<String> = named(&timers, EFFECT).into_keys().map(str::to_owned).collect();
    let events: BTreeSet<String> = rows.iter().map(|(id, ..)| format!("{id}-effect")).collect();
    assert_eq!(effects, events);
    assert!(rows.iter().all(|(id, ..)| heard.delivered.contains(id)));
}

/// The reminders of this name: their ids by key.
fn named<'a>(timers: &'a [(String, String, String)], name: &str) -> BTreeMap<&'a str, &'a str> {
    let timers = timers.iter().filter(|(.., found)| found == name);
    timers.map(|(id, key, _)| (key.as_str(), id.as_str())).collect()
}

/// Kills several children on one database, and looks after each.
async fn die_again_and_again(address: String, seed: u64) {
    let mut seeded = StdRng::seed_from_u64(seed);
    let mut heard = Heard::default();
    for life in 0..LIVES {
        let (killed, events) = (address.clone(), seeded.random_range(1..=HANDLED_MAX));
        heard = tokio::task::spawn_blocking(move || {
            live_and_die(&killed, 2 * life, events, &mut heard);
            heard
        })
        .await
        .unwrap();
        compare(&address, 2 * life + 1, &mut heard).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_loses_no_event_and_doubles_no_effect_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    die_again_and_again(sqlite_address(&folder.path().join("aim.db")), 42).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_loses_no_event_and_doubles_no_effect_on_postgres() {
    let postgres = Postgres::start().await.unwrap();
    die_again_and_again(postgres.database().await.unwrap(), 43).await;
}
