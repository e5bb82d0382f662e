//! What a citizen waits for: the request that takes a log-in, a consent and claims and leaves an audit record on
//! disk, and a payment from its beginning to its settlement; on the platform and beside it, on both databases.

use std::path::Path;
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

/// A platform on one database, and what is measured beside it on the same engine.
struct Pair {
    name: String,
    scene: Scene,
    native: Option<Native>,
}

struct Native {
    server: Server,
    citizen: Citizen,
}

impl Pair {
    async fn start(name: String, platform: Start, native: Option<&str>) -> Result<Self> {
        let scene = Scene::start(platform).await?;
        let native = match native {
            Some(database) => Some(Native::start(database).await?),
            None => None,
        };
        Ok(Self { name, scene, native })
    }

    async fn round(&self, round: u32, turns: &Turns, report: &mut Report) -> Result<()> {
        let port = self.scene.platform.port;
        let side = Side {
            name: self.name.clone(),
            port,
            host: format!("probe.localhost:{port}"),
            cookie: self.scene.cookie()?,
            origin: self.scene.platform.origin("probe"),
            citizen: self.scene.citizen(),
        };
        side.round(round, turns, report).await?;
        let Some(Native { server, citizen }) = &self.native else {
            return Ok(());
        };
        let side = Side {
            name: format!("{}_native", self.name),
            port: server.port,
            host: "localhost".to_owned(),
            cookie: native::COOKIE.to_owned(),
            origin: format!("http://localhost:{}", server.port),
            citizen,
        };
        side.round(round, turns, report).await
    }
}

impl Native {
    async fn start(database: &str) -> Result<Self> {
        let server = servers::native_citizen(database).await?;
        let url = format!("http://localhost:{}", server.port);
        let agent = Agent::new("az")?;
        agent.cookies().add_cookie_str(native::COOKIE, &url.parse()?);
        let citizen = Citizen::with(agent, &url, ORDINARY, "az", "");
        Ok(Self { server, citizen })
    }
}

/// One server, and a citizen at it.
struct Side<'a> {
    name: String,
    port: u16,
    host: String,
    cookie: String,
    origin: String,
    citizen: &'a Citizen,
}

impl Side<'_> {
    async fn round(&self, round: u32, turns: &Turns, report: &mut Report) -> Result<()> {
        let load = Load {
            url: format!("http://127.0.0.1:{}/claims", self.port),
            host: self.host.clone(),
            headers: vec![format!("Cookie: {}", self.cookie)],
            connections: PLACES,
            duration: turns.time(),
        };
        let name = format!("citizen_{}", self.name);
        let outcome = load::run(&load).await;
        report.load(&name, outcome.with_context(|| format!("load on {name}"))?);
        let rate = payments(self.citizen, &self.origin, round, turns.time()).await?;
        report.rps(&format!("payment_{}", self.name), rate);
        Ok(())
    }
}

/// Measures both engines in turn, and on each also the `other` `aim`.
///
/// # Errors
/// When a platform or a server does not start, or an answer is not a success.
pub async fn measure(turns: &Turns, other: Option<&Path>, report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Postgres::start_with(Durability::Disk).await?;
    let sqlite = aim_gov::db::sqlite_address(&folder.path().join("native.sqlite"));
    let natives = [("sqlite", sqlite), ("postgres", server.database().await?)];
    let mut pairs = Vec::new();
    for (engine, native) in &natives {
        for program in std::iter::once(None).chain(other.map(Some)) {
            let args = match *engine {
                "postgres" => vec!["--database".to_owned(), server.database().await?],
                _ => Vec::new(),
            };
            let platform = Start {
                program: program.map(Path::to_path_buf),
                args,
                ..Start::default()
            };
            let pair = match program {
                None => Pair::start((*engine).to_owned(), platform, Some(native)).await?,
                Some(_) => Pair::start(format!("{engine}_other"), platform, None).await?,
            };
            pairs.push(pair);
        }
    }
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
