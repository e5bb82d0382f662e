//! Makes happen what services are told of, on the temporary platform of a vetting run.

use super::{Child, CivilStatus, CivilStatusError};
use crate::identity::{Gender, local_date, personas};
use crate::invocation::CitizenId;

impl CivilStatus {
    /// Registers a child of this citizen, whoever they are: for the temporary platform of a vetting run.
    ///
    /// # Errors
    /// [`CivilStatusError`].
    pub(crate) async fn rehearse_birth(&self, citizen: &CitizenId) -> Result<(), CivilStatusError> {
        let person = self.person(citizen).await?;
        let mut people = personas::all().iter().map(|persona| &persona.person);
        let (mother, father) = match person.gender {
            Gender::Female => (person.fin, None),
            Gender::Male => {
                let mother = people.find(|one| one.gender == Gender::Female);
                let mother = mother.ok_or(CivilStatusError::NoMother)?;
                (mother.fin.clone(), Some(person.fin))
            }
        };
        let now = self.platform.clock.now();
        let child = Child {
            record: self.platform.random.id("birth", now),
            mother,
            father,
            born: local_date(now),
            gender: Gender::Female,
            family_name: person.family_name,
            given_name: None,
        };
        let mut tx = self.platform.db.begin().await?;
        self.add_birth(&mut tx, &child).await?;
        Ok(tx.commit().await?)
    }

    /// Tells the services of this citizen of a marriage, as on the day of a wedding: for the temporary platform of a
    /// vetting run, on which nobody marries.
    ///
    /// # Errors
    /// [`CivilStatusError`].
    pub(crate) async fn rehearse_marriage(&self, citizen: &CitizenId) -> Result<(), CivilStatusError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let record = self.platform.random.id("marriage", now);
        self.tell_marriage(&mut tx, citizen, &record, local_date(now), now)
            .await?;
        Ok(tx.commit().await?)
    }
}
