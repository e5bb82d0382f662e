//! The simulated register of the population ([`Simulator`]): 25 people, each a case that a service has to handle.
//!
//! Their FINs contain the letter O, which no real FIN does, so that none can be a person's.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Person;
use super::register::Backend;
use crate::invocation::CitizenId;
use crate::remote::Fault;
use crate::text::Localised;

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

/// The register over the simulated population.
#[derive(Debug)]
pub(super) struct Simulator(HashMap<CitizenId, &'static Person>);

impl Simulator {
    /// `pseudonym` says how the platform calls the person with a FIN.
    pub(super) fn new(pseudonym: impl Fn(&str) -> CitizenId) -> Self {
        let people = all().iter().map(|persona| &persona.person);
        Self(people.map(|person| (pseudonym(&person.fin), person)).collect())
    }
}

#[async_trait::async_trait]
impl Backend for Simulator {
    async fn by_fin(&self, fin: &str) -> Result<Option<Person>, Fault> {
        Ok(by_fin(fin).map(|persona| persona.person.clone()))
    }

    async fn by_citizen(&self, citizen: &CitizenId) -> Result<Option<Person>, Fault> {
        Ok(self.0.get(citizen).map(|person| (*person).clone()))
    }
}
