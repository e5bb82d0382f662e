//! What the parent finds after a kill: everything that was acknowledged, once.

use std::collections::{BTreeMap, BTreeSet};

use aim_gov::clock::Timestamp;
use aim_gov::db::Conn;
use aim_gov::payments::Payment;
use aim_gov::payments::provider::RECONCILE_AFTER_MS;
use aim_gov::payments::state::State;
use aim_gov::signature::Status;
use anyhow::{Context as _, Result, bail, ensure};
use futures::future::try_join_all;
use sqlx::postgres::PgPoolOptions;

use super::account::QEPIK;
use super::said::Said;
use super::world::{Allowed as _, DUE, EFFECT, World};

/// How long a connection of a killed child may take to end, in milliseconds.
const ENDING_MS: i64 = 30_000;
/// What is done once for an object, as the access log has it.
const ONCE: &str = "('pay', 'capture', 'cancel', 'confirm', 'sign')";

/// What the lives before left.
#[derive(Debug, Default)]
pub struct History {
    /// What has gone through the ledger, in units of [`QEPIK`].
    moved: u64,
    delivered: BTreeSet<String>,
}

/// Ends what a killed child still has under way at PostgreSQL, which does not see at once that it is gone.
///
/// # Errors
/// When the server refuses.
pub async fn quiesce(address: &str) -> Result<()> {
    if !address.starts_with("postgres") {
        return Ok(());
    }
    let server = PgPoolOptions::new().max_connections(1).connect(address).await?;
    // `false` is also the answer where it has ended by itself meanwhile.
    sqlx::query(
        "SELECT pg_terminate_backend(pid, $1) FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
    .bind(ENDING_MS)
    .execute(&server)
    .await?;
    let left: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
    )
    .fetch_one(&server)
    .await?;
    server.close().await;
    ensure!(left == 0, "{left} connections of the child do not end");
    Ok(())
}

/// # Errors
/// What was lost or doubled.
pub async fn compare(address: &str, life: u32, said: &Said, history: &mut History) -> Result<()> {
    let world = World::open(address, life, false).await?;
    verify(&world).await?;
    // What other systems were asked when the child died is found out.
    world
        .scene
        .platform
        .clock
        .advance_ms(i64::from(RECONCILE_AFTER_MS));
    world.apis.payments.reconcile().await?;
    world.apis.signatures.sweep().await?;
    payments(&world, said, history).await?;
    signings(&world, said).await?;
    let mut reader = world.scene.platform.db.reader().await?;
    once(&mut reader).await?;
    drop(reader);
    events(&world, said, history).await
}

/// What went through the ledger, whose rules hold.
async fn verify(world: &World) -> Result<u64> {
    let found = aim_gov::payments::ledger::verify(&world.scene.platform.db).await?;
    ensure!(found.is_clean(), "{found:?}");
    let moved = found.totals.debit.minor_units();
    ensure!(moved.is_multiple_of(QEPIK), "{moved} in the ledger");
    Ok(moved / QEPIK)
}

/// The payments of one child are as it heard, and every qəpik in the ledger belongs to one of them.
async fn payments(world: &World, said: &Said, history: &mut History) -> Result<()> {
    let by = world.scene.by(&world.citizen(0));
    let keys = said.of("intent").filter(|key| !key.starts_with("sign"));
    let found = keys.map(|key| {
        let by = &by;
        async move { anyhow::Ok((key, world.apis.payments.find(by, key).await.allowed()?)) }
    });
    let (mut ids, mut paid) = (BTreeSet::new(), Vec::new());
    for (key, payment) in try_join_all(found).await? {
        let Some(payment) = payment else {
            ensure!(!said.has("created", key), "{key} is lost");
            continue;
        };
        ensure!(
            ids.insert(payment.id.clone()),
            "{key} has the payment of another key"
        );
        ensure!(
            payment.asked.is_none(),
            "what the provider did for {key} is not known"
        );
        let moves = moves(key, &payment, said).with_context(|| format!("{key}: {payment:?}"))?;
        history.moved += moves;
        if moves > 0 {
            paid.push(payment.id);
        }
    }
    let moved = verify(world).await?;
    ensure!(
        moved == history.moved,
        "{moved} in the ledger for {}",
        history.moved
    );
    // Whoever paid finds it in the access log.
    let mut reader = world.scene.platform.db.reader().await?;
    let recorded: Vec<(String,)> =
        sqlx::query_as("SELECT object FROM audit_record WHERE operation = 'pay' AND decision = 'allowed'")
            .fetch_all(&mut *reader)
            .await?;
    let recorded: BTreeSet<String> = recorded.into_iter().map(|(id,)| id).collect();
    for id in paid {
        ensure!(recorded.contains(&id), "nobody is recorded as who paid {id}");
    }
    Ok(())
}

/// How often the amount of a payment went through the ledger. Nothing less than what was acknowledged has happened.
fn moves(key: &str, payment: &Payment, said: &Said) -> Result<u64> {
    let is_said = |kind| said.has(kind, key);
    let refunded = payment.refunded.minor_units() / QEPIK;
    ensure!(refunded == 1 || !is_said("refunded"), "the refund is lost");
    let is_hold = payment.delayed_capture;
    ensure!(is_hold == key.starts_with("hold"));
    Ok(match payment.state {
        State::Success if is_hold => {
            ensure!(!is_said("cancelled"));
            2
        }
        State::Success => 1 + refunded,
        State::Capturable => {
            ensure!(!is_said("captured") && !is_said("cancelled"));
            1
        }
        // Only what is held is cancelled.
        State::Cancelled => {
            ensure!(!is_said("captured"));
            2
        }
        State::Created | State::Started => {
            ensure!(!is_said("paid") && !is_said("held"));
            0
        }
        _ => bail!("not a state in which anything is left"),
    })
}

/// The signings of one child are as it heard, and what was confirmed was signed once.
async fn signings(world: &World, said: &Said) -> Result<()> {
    let by = world.scene.by(&world.citizen(0));
    let mut reader = world.scene.platform.db.reader().await?;
    for key in said.of("intent").filter(|key| key.starts_with("sign")) {
        let Some(signing) = world.apis.signatures.find(&by, key).await.allowed()? else {
            ensure!(!said.has("created", key), "{key} is lost");
            continue;
        };
        let orders = sqlx::query_scalar("SELECT COUNT(*) FROM sim_signature_order WHERE id LIKE $1")
            .bind(format!("{}-%", signing.id));
        let orders: i64 = orders.fetch_one(&mut *reader).await?;
        let files = signing.signed_files.len();
        match signing.status {
            Status::Success => ensure!((files, orders) == (1, 1), "{key}: {files} files, {orders} orders"),
            // Nobody confirmed in time.
            Status::Failed => {
                ensure!(!said.has("confirmed", key), "the confirmation of {key} is lost");
                ensure!((files, orders) == (0, 0), "{key}: {files} files, {orders} orders");
            }
            _ => bail!("{key}: {signing:?}"),
        }
    }
    Ok(())
}

/// Nothing that happens once is recorded twice.
async fn once(reader: &mut Conn) -> Result<()> {
    let twice = format!(
        "SELECT operation, object FROM audit_record WHERE decision = 'allowed' AND operation IN {ONCE}
         GROUP BY operation, object HAVING COUNT(*) > 1"
    );
    let twice: Vec<(String, String)> = sqlx::query_as(sqlx::AssertSqlSafe(twice))
        .fetch_all(reader)
        .await?;
    ensure!(twice.is_empty(), "recorded twice: {twice:?}");
    Ok(())
}

/// Delivers what is left; then everything that was acknowledged was told, and each event has one effect.
async fn events(world: &World, said: &Said, history: &mut History) -> Result<()> {
    let handled = || {
        let handled = world.listener.handled.lock();
        handled.unwrap_or_else(|error| error.into_inner()).clone()
    };
    loop {
        let before = handled().len();
        world.deliver().await?;
        if handled().len() == before {
            break;
        }
    }
    history.delivered.extend(said.of("delivered").map(str::to_owned));
    history.delivered.extend(handled());
    let mut reader = world.scene.platform.db.reader().await?;
    let rows: Vec<(String, String, String, i64)> =
        sqlx::query_as("SELECT id, object, state, happened_ms FROM life_event")
            .fetch_all(&mut *reader)
            .await?;
    let timers: Vec<(String, String, String)> = sqlx::query_as("SELECT id, key, name FROM life_timer")
        .fetch_all(&mut *reader)
        .await?;
    drop(reader);
    let mut told = BTreeMap::<&str, usize>::new();
    for (id, object, state, happened) in &rows {
        ensure!(state == "done", "{id} of {} is {state}", Timestamp(*happened).0);
        ensure!(
            history.delivered.contains(id),
            "{id} is done and nobody handled it"
        );
        *told.entry(object).or_default() += 1;
    }
    // Each reminder that was acknowledged is there, and each that is there was told once.
    let due = named(&timers, DUE);
    for key in said.of("set") {
        ensure!(due.contains_key(key), "the reminder {key} is lost");
    }
    for (key, id) in due {
        ensure!(
            told.get(id) == Some(&1),
            "the reminder {key} was told {:?} times",
            told.get(id)
        );
    }
    // Started, submitted, success.
    let by = world.scene.by(&world.citizen(0));
    for key in said.of("paid").filter(|key| key.starts_with("pay")) {
        let payment = world.apis.payments.find(&by, key).await.allowed()?;
        let id = payment.context("it was there before")?.id;
        ensure!(
            told.get(id.as_str()) == Some(&3),
            "{key} was told {:?} times",
            told.get(id.as_str())
        );
    }
    for key in said.of("signed") {
        let signing = world.apis.signatures.find(&by, key).await.allowed()?;
        let id = signing.context("it was there before")?.id;
        ensure!(
            told.get(id.as_str()) == Some(&3),
            "{key} was told {:?} times",
            told.get(id.as_str())
        );
    }
    // Each event has one effect, however often it was delivered.
    let effects: BTreeSet<String> = named(&timers, EFFECT).into_keys().map(str::to_owned).collect();
    let events: BTreeSet<String> = rows.iter().map(|(id, ..)| format!("{id}-effect")).collect();
    ensure!(
        effects == events,
        "{} effects of {} events",
        effects.len(),
        events.len()
    );
    Ok(())
}

/// The reminders of this name: their ids by key.
fn named<'a>(timers: &'a [(String, String, String)], name: &str) -> BTreeMap<&'a str, &'a str> {
    let timers = timers.iter().filter(|(.., found)| found == name);
    timers.map(|(id, key, _)| (key.as_str(), id.as_str())).collect()
}
