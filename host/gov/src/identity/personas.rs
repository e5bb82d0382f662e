//! The simulated register of the population ([`Simulator`]): 25 people, each a case that a service has to handle.
//!
//! Their FINs contain the letter O, which no real FIN does, so that none can be a person's.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;

use super::person::{Person, local_date};
use super::register::Backend;
use super::types::Address;
use crate::clock::Timestamp;
use crate::db::{Conn, Db, DbError};
use crate::invocation::CitizenId;
use crate::remote::Fault;
use crate::text::Localised;
use crate::{row, sql};

/// The one-time code of every persona.
pub const ONE_TIME_CODE: &str = "111111";

/// One simulated person.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Persona {
    #[serde(flatten)]
    pub person: Person,
    /// What makes this person a case, for the log-in page.
    pub about: Localised,
    /// What becomes of alerts to this person; delivered where it is absent.
    pub alerts: Option<AlertCase>,
}

/// Why an alert does not arrive, or nobody learns that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlertCase {
    /// The telephone is off.
    PhoneOff,
    /// The telephone number and e-mail address are not in use any more.
    AddressGone,
    /// The network sends no delivery reports.
    Unreported,
}

/// Everyone, in the order of the log-in page.
pub fn all() -> &'static [Persona] {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        persona: Vec<Persona>,
    }
    static ALL: LazyLock<Vec<Persona>> = LazyLock::new(|| {
        #[allow(
            clippy::expect_used,
            reason = "the file is part of the program, and a test reads it"
        )]
        let file: File = toml::from_str(include_str!("../../data/personas.toml"))
            .expect("the personas' file has every key");
        file.persona
    });
    &ALL
}

pub fn by_fin(fin: &str) -> Option<&'static Persona> {
    all().iter().find(|persona| persona.person.fin == fin)
}

/// The register over the simulated population, with what the registry office has changed since.
#[derive(Debug)]
pub(super) struct Simulator {
    people: HashMap<CitizenId, &'static Person>,
    db: Db,
}

impl Simulator {
    /// `pseudonym` says how the platform calls the person with a FIN.
    pub(super) fn new(db: Db, pseudonym: impl Fn(&str) -> CitizenId) -> Self {
        let people = all().iter().map(|persona| &persona.person);
        Self {
            people: people.map(|person| (pseudonym(&person.fin), person)).collect(),
            db,
        }
    }

    /// The person as registered now.
    async fn registered(&self, person: &Person) -> Result<Person, Fault> {
        let failed = |error: DbError| Fault::Failed(Box::new(error));
        let mut reader = self.db.reader().await.map_err(failed)?;
        registered(&mut reader, person).await.map_err(failed)
    }
}

/// The simulated person with what the registry office has changed since.
pub(crate) async fn registered(conn: &mut Conn, person: &Person) -> Result<Person, DbError> {
    let moved: Option<Residence> = sql!("register/residence", &person.fin).optional(conn).await?;
    let mut person = person.clone();
    if let Some(Residence { address, since }) = moved {
        person.address = address;
        person.updated = since;
    }
    if let Some(died) = death(conn, &person.fin).await? {
        person.updated = died.max(person.updated);
        person.died = Some(died);
    }
    Ok(person)
}

/// The day on which somebody died, as the registry office registered it.
async fn death(conn: &mut Conn, fin: &str) -> Result<Option<Date>, DbError> {
    let found: Option<(String,)> = sql!("register/death", fin).optional(conn).await?;
    let day = found.map(|(died,)| died.parse());
    day.transpose().map_err(|_| DbError::corrupt("sim_death", fin))
}

/// Whether the person with this FIN is one of the simulated people, and lives.
pub(crate) async fn is_living(conn: &mut Conn, fin: &str) -> Result<bool, DbError> {
    match by_fin(fin) {
        Some(persona) => Ok(persona.person.died.is_none() && death(conn, fin).await?.is_none()),
        None => Ok(false),
    }
}

/// Registers that the person with this FIN died today; `false` where it is registered already.
pub(crate) async fn register_death(tx: &mut Conn, fin: &str, now: Timestamp) -> Result<bool, DbError> {
    let added = sql!("register/die", fin, local_date(now).to_string())
        .run(tx)
        .await?;
    Ok(added == 1)
}

/// Where somebody has moved to.
struct Residence {
    address: Address,
    since: Date,
}

row!(Residence, "sim_residence", "fin", row => Self {
    address: row.json("address")?,
    since: row.parse("since")?,
});

/// Registers the person with this FIN at another address from today on.
pub(crate) async fn register_move(
    tx: &mut Conn,
    fin: &str,
    address: &Address,
    now: Timestamp,
) -> Result<(), DbError> {
    let address = serde_json::to_string(address).map_err(|_| DbError::corrupt("sim_residence", fin))?;
    sql!("register/move", fin, address, local_date(now).to_string())
        .run(tx)
        .await?;
    Ok(())
}

#[async_trait::async_trait]
impl Backend for Simulator {
    async fn by_fin(&self, fin: &str) -> Result<Option<Person>, Fault> {
        match by_fin(fin) {
            Some(persona) => Ok(Some(self.registered(&persona.person).await?)),
            None => Ok(None),
        }
    }

    async fn by_citizen(&self, citizen: &CitizenId) -> Result<Option<Person>, Fault> {
        match self.people.get(citizen) {
            Some(person) => Ok(Some(self.registered(person).await?)),
            None => Ok(None),
        }
    }
}
