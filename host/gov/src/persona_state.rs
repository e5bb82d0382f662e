//! States into which a test brings the simulated people, by what they do at the counters of the simulated state.

use crate::apis::Apis;
use crate::civil_status::{CivilStatusError, Family};
use crate::death::DeathError;
use crate::identity::{Gender, Person, personas};
use crate::invocation::CitizenId;
use crate::remote::Fault;
use crate::residence::MoveError;

/// A state of one of the simulated people.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(tag = "state", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PersonaState {
    /// Has moved today: the register of the population has this address.
    Moved {
        fin: String,
        /// A town or district of the simulated population, such as `Gəncə`.
        place: String,
        /// Street, building, flat; at most 100 characters.
        street: String,
    },
    /// Has had a child today, which has no name yet. Of a man, his wife is the mother.
    NewParent { fin: String, child: Gender },
    /// Has married the person with this FIN today. Both were free.
    Married { fin: String, with: String },
    /// Has died today. Log-ins, consents and participations have ended, and so has a marriage.
    Deceased { fin: String },
}

/// One of the simulated people as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub person: Person,
    pub family: Family,
}

/// Why somebody cannot be brought into a state.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("`{0}` is not the FIN of one of the simulated people")]
    Unknown(String),
    #[error(transparent)]
    Move(#[from] MoveError),
    #[error(transparent)]
    CivilStatus(#[from] CivilStatusError),
    #[error(transparent)]
    Death(#[from] DeathError),
    #[error("the register of the population did not answer")]
    Register(#[from] Fault),
}

impl StateError {
    /// The stable code of a refusal; `None` for a fault of the platform.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unknown(_) => "person-unknown",
            Self::Move(MoveError::UnknownPlace) => "place-unknown",
            Self::Move(MoveError::Street(_)) => "street-malformed",
            Self::Move(MoveError::NotRegistered)
            | Self::CivilStatus(CivilStatusError::NotRegistered)
            | Self::Death(DeathError::NotRegistered) => "not-registered",
            Self::CivilStatus(CivilStatusError::NoMother) => "no-mother",
            Self::CivilStatus(CivilStatusError::TooManyChildren) => "too-many-children",
            Self::CivilStatus(CivilStatusError::NotFree) => "not-free",
            Self::Move(MoveError::Register(_) | MoveError::Db(_))
            | Self::CivilStatus(CivilStatusError::Register(_) | CivilStatusError::Db(_))
            | Self::Death(DeathError::Register(_) | DeathError::Db(_))
            | Self::Register(_) => return None,
        })
    }
}

impl Apis {
    /// Brings a person into a state, and tells the services that they agreed to tell.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn bring(&self, state: &PersonaState) -> Result<(), StateError> {
        match state {
            PersonaState::Moved { fin, place, street } => {
                self.residence
                    .move_to(&self.simulated(fin)?, place, street)
                    .await?;
            }
            PersonaState::NewParent { fin, child } => {
                self.civil_status
                    .report_birth(&self.simulated(fin)?, *child)
                    .await?;
            }
            PersonaState::Married { fin, with } => {
                for one in [fin, with] {
                    // Who has died does not marry.
                    self.civil_status.family(&self.simulated(one)?).await?;
                }
                self.civil_status.marry([fin, with]).await?;
            }
            PersonaState::Deceased { fin } => self.deaths.register(&self.simulated(fin)?).await?,
        }
        Ok(())
    }

    /// The simulated people as they are now, in the order of the log-in page. Of one who has died, the family is empty.
    ///
    /// # Errors
    /// [`StateError`] where a register fails.
    pub async fn standings(&self) -> Result<Vec<Standing>, StateError> {
        let mut all = Vec::new();
        for persona in personas::all() {
            let citizen = self.simulated(&persona.person.fin)?;
            let Some(person) = self.identity.person(&citizen).await? else {
                continue;
            };
            let family = match person.died {
                Some(_) => Family::default(),
                None => self.civil_status.family(&citizen).await?,
            };
            all.push(Standing { person, family });
        }
        Ok(all)
    }

    fn simulated(&self, fin: &str) -> Result<CitizenId, StateError> {
        let known = personas::by_fin(fin).and_then(|_| self.identity.citizen(fin));
        known.ok_or_else(|| StateError::Unknown(fin.to_owned()))
    }
}
