//! The simulated civil registry office: marriages, births and the names of children. The services that a citizen agreed to
//! tell of them are told. The office is another system; here is the counter at which the sandbox changes its simulated
//! one.

pub mod pages;
pub(crate) mod register;
mod rehearsal;
mod words;

use jiff::civil::Date;

use crate::audit;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::event_type::EventType;
use crate::grant::Attribute;
use crate::identity::{Gender, Identity, Person, local_date, personas};
use crate::invocation::CitizenId;
use crate::platform::Platform;
use crate::remote::Fault;
use crate::state_event::{self, StateEvent};

pub use register::{Child, Family, Marriage};
pub use words::CivilStatusText;

/// Children of one mother in the simulated register.
pub const CHILDREN_MAX: usize = 20;

/// The civil registry office. Clones share the database.
#[derive(Clone, Debug)]
pub struct CivilStatus {
    platform: Platform,
    identity: Identity,
}

/// Why the office does not register something.
#[derive(Debug, thiserror::Error)]
pub enum CivilStatusError {
    /// The register has no such citizen, or the person has died.
    #[error("the register does not know the citizen as living")]
    NotRegistered,
    /// A hospital names the mother of a child.
    #[error("the office knows no mother of the child: an unmarried father reports no birth")]
    NoMother,
    #[error("the register has {CHILDREN_MAX} children of the mother already")]
    TooManyChildren,
    #[error("one of the two is married, or both are one person")]
    NotFree,
    #[error("the register of the population did not answer")]
    Register(#[from] Fault),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The data of `az.gov.birth.registered.v1`.
#[derive(serde::Serialize)]
struct BirthData<'a> {
    record: &'a str,
    born: String,
    gender: &'static str,
}

/// The data of `az.gov.marriage.registered.v1`.
#[derive(serde::Serialize)]
struct MarriageData<'a> {
    record: &'a str,
    since: String,
}

impl CivilStatus {
    pub fn new(platform: Platform, identity: Identity) -> Self {
        Self { platform, identity }
    }

    /// The same office for the citizens of `identity`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity) -> Self {
        Self { identity, ..self }
    }

    /// A living citizen's family, as the office has it.
    ///
    /// # Errors
    /// [`CivilStatusError::NotRegistered`], [`CivilStatusError::Register`], [`CivilStatusError::Db`].
    pub async fn family(&self, citizen: &CitizenId) -> Result<Family, CivilStatusError> {
        let person = self.person(citizen).await?;
        let mut reader = self.platform.db.reader().await?;
        Ok(register::family(&mut reader, &person.fin).await?)
    }

    /// The name of the citizen's spouse, whom the register of the population knows by the FIN of the marriage.
    async fn spouse_name(&self, family: &Family) -> Result<Option<String>, CivilStatusError> {
        let Some(marriage) = &family.marriage else {
            return Ok(None);
        };
        let Some(spouse) = self.identity.citizen(&marriage.spouse) else {
            return Ok(None);
        };
        let person = self.identity.person(&spouse).await?;
        Ok(person.map(|person| person.name()))
    }

    async fn person(&self, citizen: &CitizenId) -> Result<Person, CivilStatusError> {
        let person = self.identity.person(citizen).await?;
        person
            .filter(|person| person.died.is_none())
            .ok_or(CivilStatusError::NotRegistered)
    }

    /// Registers a child of the citizen that was born today, as a hospital reports it: of the citizen if she is a woman,
    /// else of the citizen's wife; a husband is the father. Both parents' services are told.
    ///
    /// # Errors
    /// [`CivilStatusError`].
    pub async fn report_birth(&self, citizen: &CitizenId, gender: Gender) -> Result<Child, CivilStatusError> {
        let person = self.person(citizen).await?;
        let mut tx = self.platform.db.begin().await?;
        let marriage = register::marriage(&mut tx, &person.fin).await?;
        let spouse = marriage.map(|marriage| marriage.spouse);
        let (mother, father) = match person.gender {
            Gender::Female => (person.fin, spouse),
            Gender::Male => (spouse.ok_or(CivilStatusError::NoMother)?, Some(person.fin)),
        };
        let child = Child {
            record: self.platform.random.id("birth", self.platform.clock.now()),
            mother,
            father,
            born: local_date(self.platform.clock.now()),
            gender,
            family_name: person.family_name,
            given_name: None,
        };
        self.add_birth(&mut tx, &child).await?;
        tx.commit().await?;
        Ok(child)
    }

    async fn add_birth(&self, tx: &mut Conn, child: &Child) -> Result<(), CivilStatusError> {
        if register::children(tx, &child.mother).await?.len() >= CHILDREN_MAX {
            return Err(CivilStatusError::TooManyChildren);
        }
        register::add_birth(tx, child).await?;
        let now = self.platform.clock.now();
        for parent in child.parents() {
            self.tell_birth(tx, parent, child, now).await?;
        }
        Ok(())
    }

    async fn tell_birth(
        &self,
        tx: &mut Conn,
        fin: &str,
        child: &Child,
        now: Timestamp,
    ) -> Result<(), CivilStatusError> {
        let parent = self
            .identity
            .citizen(fin)
            .ok_or(CivilStatusError::NotRegistered)?;
        let data = BirthData {
            record: &child.record,
            born: child.born.to_string(),
            gender: child.gender.code(),
        };
        let event = StateEvent {
            event_type: EventType::BirthRegistered,
            citizen: &parent,
            happened: now,
            data: &data,
        };
        self.register_event(tx, "birth", Attribute::Children, now, &event)
            .await
    }

    /// Registers a marriage of two people, from today on, and answers its number. Both spouses' services are told.
    ///
    /// # Errors
    /// [`CivilStatusError::NotFree`], [`CivilStatusError::NotRegistered`], [`CivilStatusError::Db`].
    pub async fn marry(&self, spouses: [&str; 2]) -> Result<String, CivilStatusError> {
        let mut tx = self.platform.db.begin().await?;
        let record = self.marry_in(&mut tx, spouses, self.platform.clock.now()).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// As [`Self::marry`], in the transaction of the office's decision.
    ///
    /// # Errors
    /// As [`Self::marry`].
    pub(crate) async fn marry_in(
        &self,
        tx: &mut Conn,
        spouses: [&str; 2],
        now: Timestamp,
    ) -> Result<String, CivilStatusError> {
        let [one, other] = spouses;
        if one == other
            || register::marriage(tx, one).await?.is_some()
            || register::marriage(tx, other).await?.is_some()
        {
            return Err(CivilStatusError::NotFree);
        }
        for fin in spouses {
            if !personas::is_living(tx, fin).await? {
                return Err(CivilStatusError::NotRegistered);
            }
        }
        let record = self.platform.random.id("marriage", now);
        let since = local_date(now);
        register::add_marriage(tx, &record, spouses, since).await?;
        for fin in spouses {
            let citizen = self
                .identity
                .citizen(fin)
                .ok_or(CivilStatusError::NotRegistered)?;
            self.tell_marriage(tx, &citizen, &record, since, now).await?;
        }
        Ok(record)
    }

    async fn tell_marriage(
        &self,
        tx: &mut Conn,
        citizen: &CitizenId,
        record: &str,
        since: Date,
        now: Timestamp,
    ) -> Result<(), CivilStatusError> {
        let data = MarriageData {
            record,
            since: since.to_string(),
        };
        let event = StateEvent {
            event_type: EventType::MarriageRegistered,
            citizen,
            happened: now,
            data: &data,
        };
        self.register_event(tx, "marriage", Attribute::Marriage, now, &event)
            .await
    }

    /// Writes the citizen's record of what was registered about them, and tells their services.
    async fn register_event<T: serde::Serialize + Sync>(
        &self,
        tx: &mut Conn,
        operation: &'static str,
        attribute: Attribute,
        now: Timestamp,
        event: &StateEvent<'_, T>,
    ) -> Result<(), CivilStatusError> {
        let random = &self.platform.random;
        let entry = state_event::registered(event.citizen, operation, Some(attribute), random.id("req", now));
        audit::append(tx, random, now, &entry, audit::ALLOWED).await?;
        state_event::tell(tx, random, now, event).await?;
        Ok(())
    }
}
