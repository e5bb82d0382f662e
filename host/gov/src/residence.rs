//! The simulated registry office: a citizen reports a move there, and the services that the citizen agreed to tell of it
//! are told. The register of the population is another system ([`crate::identity::register`]); here is the counter at
//! which the sandbox changes its simulated one.

pub mod pages;
mod words;

use crate::audit;
use crate::db::DbError;
use crate::event_type::EventType;
use crate::grant::Attribute;
use crate::identity::{Address, Identity, Person, personas};
use crate::invocation::CitizenId;
use crate::platform::Platform;
use crate::remote::Fault;
use crate::shown::{NotShown, ShownText};
use crate::state_event::{self, StateEvent};

pub use words::ResidenceText;

/// Characters of a street with its numbers.
pub const STREET_CHARS_MAX: usize = 100;

/// The registry office. Clones share the database.
#[derive(Clone, Debug)]
pub struct Residence {
    platform: Platform,
    identity: Identity,
}

#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    #[error("the place is not in the list; choose one of it")]
    UnknownPlace,
    #[error("the street {0}")]
    Street(#[from] NotShown),
    /// The register has no such citizen, or the person has died.
    #[error("the register does not know the citizen as living")]
    NotRegistered,
    #[error("the register of the population did not answer")]
    Register(#[from] Fault),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Where somebody can move to: the places of the simulated population, each once.
pub fn places() -> Vec<&'static Address> {
    let mut found: Vec<&'static Address> = Vec::new();
    for persona in personas::all() {
        let address = &persona.person.address;
        let is_place = address.country == "AZ" && address.locality.is_some();
        if is_place && !found.iter().any(|known| known.locality == address.locality) {
            found.push(address);
        }
    }
    found
}

/// The address of a street in one of [`places`].
///
/// # Errors
/// [`MoveError::UnknownPlace`], [`MoveError::Street`].
pub fn checked(locality: &str, street: &str) -> Result<Address, MoveError> {
    let street = ShownText::parse(street.trim(), STREET_CHARS_MAX)?.into_string();
    let mut places = places().into_iter();
    let place = places
        .find(|place| place.locality.as_deref() == Some(locality))
        .ok_or(MoveError::UnknownPlace)?;
    Ok(Address {
        formatted: Some(format!("{locality}, {street}")),
        ..place.clone()
    })
}

impl Residence {
    pub fn new(platform: Platform, identity: Identity) -> Self {
        Self { platform, identity }
    }

    /// The same office for the citizens of `identity`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// The register's record of a living citizen.
    ///
    /// # Errors
    /// [`MoveError::NotRegistered`], [`MoveError::Register`].
    pub async fn person(&self, citizen: &CitizenId) -> Result<Person, MoveError> {
        let person = self.identity.person(citizen).await?;
        person
            .filter(|person| person.died.is_none())
            .ok_or(MoveError::NotRegistered)
    }

    /// Registers the citizen at another address from today on, and tells the services.
    ///
    /// # Errors
    /// [`MoveError`].
    pub async fn move_to(
        &self,
        citizen: &CitizenId,
        locality: &str,
        street: &str,
    ) -> Result<Address, MoveError> {
        let address = checked(locality, street)?;
        let person = self.person(citizen).await?;
        let Platform { db, clock, random } = &self.platform;
        let mut tx = db.begin().await?;
        let now = clock.now();
        personas::register_move(&mut tx, &person.fin, &address, now).await?;
        let entry = state_event::registered(citizen, "move", Some(Attribute::Address), random.id("req", now));
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        let event = StateEvent {
            event_type: EventType::ResidenceChanged,
            citizen,
            happened: now,
            data: &address,
        };
        state_event::tell(&mut tx, random, now, &event).await?;
        tx.commit().await?;
        Ok(address)
    }
}
