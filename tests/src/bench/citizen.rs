//! What a citizen waits for: the request that takes a log-in, a consent and claims and leaves an audit record on
//! disk, and a payment from its beginning to its settlement; on the platform and beside it, on both databases.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::load::{self, Load};
use super::platform::Scene;
use super::report::Report;
use super::servers::{self, Server};
use super::{PLACES, Turns, native};
use crate::actors::citizen::{Citizen, GOOD_CARD, ORDINARY};
use crate::http::Agent;
use crate::instance::Start;
use crate::postgres::{Durability, Postgres};

/// Payments under way at once.
const PAYING: u32 = 8;

/// Both sides on one database.
struct Pair {
    engine: &'static str,
    scene: Scene,
    native: Server,
    citizen: Citizen,
}

impl Pair {
    async fn start(engine: &'static str, platform: Start, native: &str) -> Result<Self> {
        let scene = Scene::start(platform).await?;
        let native = servers::native_citizen(native).await?;
        let url = format!("http://localhost:{}", native.port);
        let agent = Agent::new("az")?;
        agent.cookies().add_cookie_str(native::COOKIE, &url.parse()?);
        Ok(Self {
            engine,
            scene,
            native,
            citizen: Citizen::with(agent, &url, ORDINARY, "az", ""),
        })
    }

    async fn round(&self, round: u32, turns: &Turns, report: &mut Report) -> Result<()> {
        let (port, citizen) = (self.scene.platform.port, self.scene.citizen());
        let origin = self.scene.platform.origin("probe");
        let native = format!("http://localhost:{}", self.native.port);
        let time = turns.time();
        for (side, port, host, cookie) in [
            ("", port, format!("probe.localhost:{port}"), self.scene.cookie()?),
            (
                "_native",
                self.native.port,
                "localhost".to_owned(),
                native::COOKIE.to_owned(),
            ),
        ] {
            let load = Load {
                url: format!("http://127.0.0.1:{port}/claims"),
                host,
                headers: vec![format!("Cookie: {cookie}")],
                connections: PLACES,
                duration: time,
            };
            let name = format!("citizen_{}{side}", self.engine);
            let outcome = load::run(&load).await;
            report.load(&name, outcome.with_context(|| format!("load on {name}"))?);
        }
        let name = format!("payment_{}", self.engine);
        report.rps(&name, payments(citizen, &origin, round, time).await?);
        let rate = payments(&self.citizen, &native, round, time).await?;
        report.rps(&format!("{name}_native"), rate);
        Ok(())
    }
}

/// Measures both engines in turn.
///
/// # Errors
/// When a platform or a server does not start, or an answer is not a success.
pub async fn measure(turns: &Turns, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Postgres::start_with(Durability::Disk).await?;
    let postgres = Start {
        args: vec!["--database".to_owned(), server.database().await?],
        ..Start::default()
    };
    let file = aim_gov::db::sqlite_address(&folder.path().join("native.sqlite"));
    let pairs = [
        Pair::start("sqlite", Start::default(), &file).await?,
        Pair::start("postgres", postgres, &server.database().await?).await?,
    ];
    for round in 0..turns.rounds {
        for pair in &pairs {
            pair.round(round, turns, report).await?;
        }
    }
    for pair in pairs {
        pair.scene.platform.stop().await?;
    }
    Ok(())
}

/// Payments a second that were created, paid with a card and found settled, [`PAYING`] at once.
async fn payments(citizen: &Citizen, origin: &str, round: u32, time: Duration) -> Result<f64> {
    let begin = Instant::now();
    let mut paying = JoinSet::new();
    for one in 0..PAYING {
        let (citizen, origin) = (citizen.clone(), origin.to_owned());
        paying.spawn(async move {
            let mut count = 0_u32;
            while begin.elapsed() < time {
                pay(&citizen, &origin, &format!("whole-{round}-{one}-{count}")).await?;
                count += 1;
            }
            Ok::<_, anyhow::Error>(count)
        });
    }
    let mut count = 0;
    while let Some(paid) = paying.join_next().await {
        count += paid??;
    }
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}

async fn pay(citizen: &Citizen, origin: &str, key: &str) -> Result<()> {
    let create = format!("{origin}/create?amount=1&key={key}");
    let created = citizen.agent.get_still(create).await?.ok()?;
    let next = created.body.split(' ').nth(4);
    let next = next.with_context(|| format!("no way to pay: {created}"))?;
    let checkout = citizen.agent.get(created.url.join(next)?).await?.ok()?;
    citizen.pay(&checkout, GOOD_CARD).await?.ok()?;
    let found = citizen
        .agent
        .get_still(format!("{origin}/find?key={key}"))
        .await?
        .ok()?;
    ensure!(
        found.body.starts_with("ok") && !found.body.contains("Started"),
        "it is not settled: {found}"
    );
    Ok(())
}
