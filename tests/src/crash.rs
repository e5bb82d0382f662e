//! `kill -9` while payments, holds, refunds, signatures and events are under way: what was acknowledged is there,
//! nothing is there twice, and the rest is found out. The child is the program `work-until-killed`; the parent kills it
//! at a seeded moment, opens the database again and compares.

#[allow(dead_code, reason = "the scene also knows how to make an SQLite file")]
#[allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::new_without_default,
    reason = "a test says what went wrong by failing"
)]
#[path = "../../host/gov/tests/payments/scene.rs"]
pub mod scene;

pub mod account;
mod compare;
mod said;
pub mod work;
mod world;

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use self::compare::History;
use self::said::Said;
pub use self::said::tell;
pub use self::world::World;
use crate::paths;

/// Lives of the child on one database.
pub const LIVES_MAX: u32 = 10;
/// Lines of a child after which it is killed, at most.
const LINES_MAX: usize = 160;

/// Kills `lives` children on one empty database, one after the other, and looks after each. The seed says when each
/// is killed.
///
/// # Errors
/// What was lost or doubled, with the life.
pub async fn die_again_and_again(address: &str, seed: u64, lives: u32) -> Result<()> {
    let mut seeded = StdRng::seed_from_u64(seed);
    let mut history = History::default();
    for life in 0..lives {
        let (killed, lines) = (address.to_owned(), seeded.random_range(1..=LINES_MAX));
        let said = tokio::task::spawn_blocking(move || live_and_die(&killed, 2 * life, lines)).await?;
        let compared = async {
            compare::quiesce(address).await?;
            compare::compare(address, 2 * life + 1, &said?, &mut history).await
        };
        compared
            .await
            .with_context(|| format!("seed {seed}, life {life}, killed after {lines} lines"))?;
    }
    Ok(())
}

/// Starts the child and kills it once it has said so many lines.
fn live_and_die(address: &str, life: u32, lines: usize) -> Result<Said> {
    let mut child = Command::new(paths::built()?.join("work-until-killed"))
        .args([address, &life.to_string()])
        .stdout(Stdio::piped())
        .spawn()?;
    let out = child.stdout.take().context("the child has no output")?;
    let mut out = BufReader::new(out);
    let (mut said, mut line, mut alive) = (Said::default(), String::new(), true);
    // After the kill, what is still in the pipe was said before it.
    while out.read_line(&mut line)? > 0 {
        said.note(&line);
        line.clear();
        if alive && said.lines >= lines {
            // SIGKILL: nothing in the child can react.
            child.kill()?;
            alive = false;
        }
    }
    child.wait()?;
    ensure!(!alive, "the child ended by itself");
    Ok(said)
}
