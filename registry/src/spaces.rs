//! What the pages and the API may do with test spaces. [`crate::space_host`] does it.

use std::fmt;
use std::sync::Arc;

use aim_gov::clock::Timestamp;
use aim_gov::db::DbError;
use aim_gov::persona_state::{PersonaState, Standing, StateError};
use aim_runtime::LoggedCall;
use aim_runtime::faults::{FaultPlan, WrongPlan};
use async_trait::async_trait;

use crate::domain::OrganisationId;
use crate::domain::fixture::{Fixture, STATES_MAX};
use crate::domain::space::{
    ClockChange, ClockRefused, SNAPSHOTS_MAX, SPACES_MAX, Snapshot, Space, SpaceName,
};
use crate::domain::submission::Submission;

/// The spaces of the platform.
pub type Spaces = Arc<dyn Control>;

/// The form of a name, for messages.
const NAME_FORM: &str = "3 to 20 of `a` to `z`, `0` to `9` and single hyphens, beginning with a letter";

#[derive(Debug, thiserror::Error)]
pub enum SpaceError {
    #[error("your organisation has no such test space")]
    NotFound,
    #[error("the test space has no such snapshot")]
    NoSnapshot,
    #[error("this is not a name: use {NAME_FORM}")]
    Name,
    #[error("another space or snapshot has this name; choose another one")]
    NameTaken,
    #[error("an organisation has at most {SPACES_MAX} test spaces; delete one")]
    TooMany,
    #[error("a test space has at most {SNAPSHOTS_MAX} snapshots; delete one")]
    TooManySnapshots,
    #[error(transparent)]
    Clock(#[from] ClockRefused),
    #[error(transparent)]
    Faults(#[from] WrongPlan),
    /// The state of the fixture with this number, from 1 on.
    #[error("state {place} of `people`: {error}")]
    Person { place: usize, error: StateError },
    #[error("a fixture has at most {STATES_MAX} states of people")]
    TooManyStates,
    #[error("the test space was changed meanwhile; look at it again")]
    Moved,
    #[error("the database failed")]
    Db(#[from] DbError),
    #[error("the files of the test space failed")]
    Files(#[from] std::io::Error),
    #[error("the test space could not be opened: {0}")]
    Open(String),
}

impl SpaceError {
    /// The stable code of a refusal; `None` for a fault of the platform.
    pub fn code(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotFound => "not-found",
            Self::NoSnapshot => "no-snapshot",
            Self::Name => "not-a-name",
            Self::NameTaken => "name-taken",
            Self::TooMany => "too-many-spaces",
            Self::TooManySnapshots => "too-many-snapshots",
            Self::Clock(ClockRefused::Back) => "clock-back",
            Self::Clock(ClockRefused::TooFar) => "clock-too-far",
            Self::Clock(ClockRefused::TooFarAhead) => "clock-too-far-ahead",
            Self::Faults(WrongPlan::TooMany) => "faults-too-many",
            Self::Faults(WrongPlan::Percent(_)) => "faults-percent",
            Self::Faults(WrongPlan::Twice) => "faults-twice",
            Self::Faults(WrongPlan::Lost) => "faults-lost",
            Self::Faults(WrongPlan::Delay(_)) => "faults-delay",
            Self::Faults(WrongPlan::NoOutcome(_)) => "faults-no-outcome",
            Self::Person { error, .. } => return error.code(),
            Self::TooManyStates => "states-too-many",
            Self::Moved => "changed-meanwhile",
            Self::Db(_) | Self::Files(_) | Self::Open(_) => return None,
        })
    }
}

/// A space with what is in it.
#[derive(Clone, Debug)]
pub struct View {
    pub space: Space,
    /// What its clock shows.
    pub shows: Timestamp,
    /// The version of each service that runs there: the newest that passed vetting.
    pub services: Vec<Submission>,
    pub snapshots: Vec<Snapshot>,
}

/// What lets a browser or a program into a space.
#[derive(Clone, Debug)]
pub struct Access {
    /// For a program: the value of the header `Aim-Space`.
    pub token: String,
    pub expires: Timestamp,
    /// For a browser: an address that can be opened for a short time.
    pub address: String,
}

/// What an organisation may do with its spaces. Each operation fails with [`SpaceError::NotFound`] where the space is not
/// the organisation's.
#[async_trait]
pub trait Control: fmt::Debug + Send + Sync + 'static {
    async fn list(&self, organisation: &OrganisationId) -> Result<Vec<Space>, SpaceError>;

    /// Makes a space. Its name is unique on the platform.
    async fn create(&self, organisation: &OrganisationId, name: &str) -> Result<Space, SpaceError>;

    async fn view(&self, organisation: &OrganisationId, name: &str) -> Result<View, SpaceError>;

    /// Deletes a space, its database and its snapshots.
    async fn delete(&self, organisation: &OrganisationId, name: &str) -> Result<(), SpaceError>;

    /// Begins again with an empty database and the real time. Snapshots stay.
    async fn reset(&self, organisation: &OrganisationId, name: &str) -> Result<Space, SpaceError>;

    /// Changes the clock. What became due has happened, in the order of its time, when this returns.
    async fn set_clock(
        &self,
        organisation: &OrganisationId,
        name: &str,
        change: ClockChange,
    ) -> Result<Space, SpaceError>;

    /// Replaces what goes wrong with the calls of the services. Calls are counted from the beginning, so that the same
    /// ones fail again with the same seed.
    async fn set_faults(
        &self,
        organisation: &OrganisationId,
        name: &str,
        faults: FaultPlan,
    ) -> Result<Space, SpaceError>;

    /// The simulated people as they are now.
    async fn people(&self, organisation: &OrganisationId, name: &str) -> Result<Vec<Standing>, SpaceError>;

    /// Brings one of the simulated people into a state. What that leads to at once has happened when this returns.
    async fn bring(
        &self,
        organisation: &OrganisationId,
        name: &str,
        state: PersonaState,
    ) -> Result<(), SpaceError>;

    /// Resets a space and applies a fixture. Where a part of it is refused, the parts before it are applied.
    async fn apply(
        &self,
        organisation: &OrganisationId,
        name: &str,
        fixture: Fixture,
    ) -> Result<Space, SpaceError>;

    /// The newest calls of the services since the space was opened, newest first.
    async fn calls(&self, organisation: &OrganisationId, name: &str) -> Result<Vec<LoggedCall>, SpaceError>;

    /// Copies the database as it stands.
    async fn snapshot(
        &self,
        organisation: &OrganisationId,
        name: &str,
        snapshot: &str,
    ) -> Result<Snapshot, SpaceError>;

    /// Puts a snapshot in the place of the database; the clock stands at the snapshot's time.
    async fn restore(
        &self,
        organisation: &OrganisationId,
        name: &str,
        snapshot: &str,
    ) -> Result<Space, SpaceError>;

    async fn delete_snapshot(
        &self,
        organisation: &OrganisationId,
        name: &str,
        snapshot: &str,
    ) -> Result<(), SpaceError>;

    /// Lets a browser or a program in; a browser arrives at `service`, or at the pages of the space.
    async fn access(
        &self,
        organisation: &OrganisationId,
        name: &str,
        service: Option<&str>,
    ) -> Result<Access, SpaceError>;
}

/// The name that was given in an address.
pub(crate) fn named(name: &str) -> Result<SpaceName, SpaceError> {
    SpaceName::parse(name).ok_or(SpaceError::NotFound)
}
