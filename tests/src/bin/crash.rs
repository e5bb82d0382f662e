//! Kills children of the platform at seeded moments, on SQLite and on PostgreSQL, and looks after each.

use std::process::ExitCode;

use aim_gov::db::sqlite_address;
use aim_tests::crash::{LIVES_MAX, die_again_and_again};
use aim_tests::postgres::Postgres;
use aim_tests::steps::Steps;
use anyhow::Result;
use clap::Parser;

/// Kill the platform at seeded moments, and find out what was lost or doubled
#[derive(Parser)]
struct Cli {
    /// How often, half of them on SQLite and half on PostgreSQL
    #[arg(long, default_value_t = 1_000)]
    runs: u32,
    /// The seed of the first database; each one has the next
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut steps = Steps::new("crash");
    // The step says what failed.
    let _failed = run(&mut steps, &Cli::parse()).await;
    steps.finish()
}

async fn run(steps: &mut Steps, cli: &Cli) -> Result<()> {
    let postgres = Postgres::start().await?;
    let folder = tempfile::tempdir()?;
    let (mut seed, mut left) = (cli.seed, cli.runs);
    while left > 0 {
        let lives = left.min(LIVES_MAX);
        let on_sqlite = seed.is_multiple_of(2);
        let (engine, address) = match on_sqlite {
            true => (
                "SQLite",
                sqlite_address(&folder.path().join(format!("{seed}.db"))),
            ),
            false => ("PostgreSQL", postgres.database().await?),
        };
        let text = format!("seed {seed}: {lives} lives on {engine}");
        steps
            .step(&text, die_again_and_again(&address, seed, lives))
            .await?;
        left -= lives;
        seed += 1;
    }
    Ok(())
}
