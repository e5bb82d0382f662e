//! Payments that are on disk before they are answered, a second: one after the other and many at once, which
//! is where group commit shows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aim_gov::clock::Clock;
use aim_gov::db::{Db, sqlite_address};
use aim_gov::grant::{Boundary, Capability};
use aim_gov::identity::{Identity, personas};
use aim_gov::invocation::{Acr, Invocation, Service, Session};
use aim_gov::payments::{NewPayment, Payments};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::text::{Locale, Localised};
use anyhow::{Context as _, Result, anyhow};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::engine::{self, Set};
use crate::postgres::Postgres;

/// How many are created at once, and what the report calls that on SQLite and on PostgreSQL.
const TURNS: [(u32, &str, &str); 2] = [
    (1, "payments_sqlite_alone", "payments_postgres_alone"),
    (32, "payments_sqlite_32", "payments_postgres_32"),
];

/// Measures each engine and number `rounds` times for `time` and tells name and payments a second.
///
/// # Errors
/// When a database cannot be used or a payment is refused.
pub async fn measure(rounds: u32, time: Duration, mut tell: impl FnMut(&'static str, f64)) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Postgres::start().await?;
    let sqlite = Desk::open(&sqlite_address(&folder.path().join("aim.sqlite"))).await?;
    let postgres = Desk::open(&server.database().await?).await?;
    for round in 0..rounds {
        for (at_once, on_sqlite, on_postgres) in TURNS {
            tell(on_sqlite, sqlite.create(round, at_once, time).await?);
            tell(on_postgres, postgres.create(round, at_once, time).await?);
        }
    }
    Ok(())
}

/// A service that lets one citizen pay.
#[derive(Clone, Debug)]
struct Desk {
    payments: Payments,
    invocation: Invocation,
}

impl Desk {
    async fn open(database: &str) -> Result<Self> {
        let platform = Platform {
            db: Db::open(database).await?,
            clock: Clock::system(),
            random: Random::system(),
        };
        let identity = Identity::open(platform.clone()).await?;
        let persona = personas::all().first().context("nobody lives here")?;
        let citizen = identity
            .citizen(&persona.person.fin)
            .context("an unknown citizen")?;
        let set = Set {
            capabilities: BTreeSet::from([Capability::Payments]),
            ..Set::default()
        };
        let mut service = engine::service(0, b"", set);
        service.grant.payment_service_codes = BTreeSet::from(["utilities".to_owned()]);
        service.grant.boundary = Boundary {
            amount_per_payment_max: 1_000_000,
            amount_per_citizen_max: 1_000_000_000,
            amount_total_max: 1_000_000_000,
            ..service.grant.boundary
        };
        Ok(Self {
            payments: Payments::open(platform, identity).await?,
            invocation: invocation(service, citizen),
        })
    }

    /// Payments a second, so many at once.
    async fn create(&self, round: u32, at_once: u32, time: Duration) -> Result<f64> {
        let begin = Instant::now();
        let mut tasks = JoinSet::new();
        for one in 0..at_once {
            let desk = self.clone();
            tasks.spawn(async move {
                let mut count = 0_u32;
                while begin.elapsed() < time {
                    let key = format!("{round}-{at_once}-{one}-{count}");
                    desk.payments
                        .create(&desk.invocation, &key, new_payment())
                        .await?;
                    count += 1;
                }
                Ok::<_, aim_gov::error::GovError>(count)
            });
        }
        let mut count = 0;
        while let Some(done) = tasks.join_next().await {
            count += done?.map_err(|refusal| anyhow!("refused: {refusal:?}"))?;
        }
        Ok(f64::from(count) / begin.elapsed().as_secs_f64())
    }
}

fn invocation(service: Service, citizen: aim_gov::invocation::CitizenId) -> Invocation {
    Invocation {
        service: Arc::new(service),
        session: Some(Session {
            citizen,
            acr: Acr::Substantial,
            amr: vec!["otp".to_owned()],
            auth_time: Clock::system().now(),
            locale: Locale::Az,
        }),
        request_id: "req_bench".to_owned(),
        return_path: "/".to_owned(),
        locale: Locale::Az,
        usage: aim_gov::usage::Usage::default(),
    }
}

fn new_payment() -> NewPayment {
    NewPayment {
        minor_units: 1,
        currency: "AZN".to_owned(),
        service_code: "utilities.water".to_owned(),
        reference: "R-1".to_owned(),
        description: Localised {
            az: "Su haqqı".to_owned(),
            ..Localised::default()
        },
        return_path: "/paid".to_owned(),
        delayed_capture: false,
        metadata: Vec::new(),
    }
}
