//! Stories of people in a test space, whose clock moves through what takes weeks.

mod birth;
mod marriage;

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};

pub use birth::birth;
pub use marriage::marriage;

use crate::actors::citizen::Citizen;
use crate::actors::developer::Developer;
use crate::http::Page;
use crate::instance::Instance;

const DAY: Duration = Duration::from_hours(24);
/// Longer than the lease of an attempt to deliver an event: an attempt that the move of the clock interrupts is made again.
const MOMENT: Duration = Duration::from_hours(1);

/// A test space of a developer.
struct Space<'a> {
    platform: &'a Instance,
    developer: &'a Developer,
    name: &'static str,
}

impl<'a> Space<'a> {
    /// A new one, whose clock stands still.
    async fn make(platform: &'a Instance, developer: &'a Developer, name: &'static str) -> Result<Self> {
        let space = Self {
            platform,
            developer,
            name,
        };
        space.ask(Method::POST, "", &json!({ "name": name })).await?;
        let fixture = json!({ "frozen": true });
        space
            .ask(Method::PUT, &format!("/{name}/fixture"), &fixture)
            .await?;
        Ok(space)
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let answer = self.developer.spaces(method, path, Some(body)).await?;
        ensure!(answer.status.is_success(), "{path}: {:?}", answer.body);
        Ok(answer.body)
    }

    /// A simulated citizen whose browser the developer lets in.
    async fn let_in(&self, fin: &str) -> Result<Citizen> {
        let access = self
            .ask(Method::POST, &format!("/{}/access", self.name), &json!({}))
            .await?;
        let address = access.get("address").and_then(Value::as_str);
        let address = address.context("no address to open")?;
        let pages = self.platform.origin(&format!("space--{}", self.name));
        let citizen = Citizen::new(&pages, fin, "en")?;
        citizen.agent.get(address).await?.ok()?;
        Ok(citizen)
    }

    /// A page of a service in the space, past every screen of the platform.
    async fn open(&self, citizen: &Citizen, service: &str) -> Result<Page> {
        let pages = self.platform.origin(&format!("space--{}", self.name));
        citizen
            .open(&format!("{pages}/.aim/space?to={service}"))
            .await?
            .ok()
    }

    /// Moves the clock. What becomes due has happened then.
    async fn go_on(&self, time: Duration) -> Result<()> {
        let ms = u64::try_from(time.as_millis())?;
        let path = format!("/{}/clock", self.name);
        self.ask(Method::PUT, &path, &json!({ "advance-ms": ms })).await?;
        Ok(())
    }

    /// What the API says of one of the people.
    async fn person(&self, fin: &str) -> Result<Value> {
        let path = format!("/{}/people", self.name);
        let answer = self.developer.spaces(Method::GET, &path, None).await?;
        ensure!(answer.status.is_success(), "{:?}", answer.body);
        let people = answer.body.as_array().context("no list of people")?;
        let is_they = |person: &&Value| person.get("fin").is_some_and(|one| one == fin);
        let found = people.iter().find(is_they);
        found.cloned().with_context(|| format!("{fin} is not listed"))
    }
}

/// What a page of the citizen's says.
async fn says(citizen: &Citizen, path: &str) -> Result<String> {
    Ok(citizen.open(&citizen.address(path)).await?.ok()?.text())
}

/// Fails unless this page of the citizen's says these words. Messages are in the language that the register has of the person:
/// Azerbaijani, of these.
async fn expect(citizen: &Citizen, path: &str, words: &str) -> Result<()> {
    let said = says(citizen, path).await?;
    ensure!(
        said.contains(words),
        "`{words}` is not on {path} of {}: {said}",
        citizen.fin
    );
    Ok(())
}
