//! The simulated people of a test space: how they are, and how a test brings them into a state.

use aim_gov::persona_state::PersonaState;

use super::SpaceHost;
use super::room::Room;
use crate::domain::fixture::{Fixture, STATES_MAX};
use crate::domain::space::{ClockChange, ClockRefused, MOVE_MS_MAX, Space};
use crate::spaces::SpaceError;

impl SpaceHost {
    /// Applies a fixture to a space that was just reset. For whoever holds `changing`.
    pub(super) async fn fill(&self, space: Space, fixture: &Fixture) -> Result<Space, SpaceError> {
        let room = self.room_while_changing(&space).await?;
        bring_all(&room, &fixture.people).await?;
        let mut filled = space;
        if fixture.frozen {
            filled = self.change_clock(&filled, ClockChange::Freeze).await?;
        }
        if fixture.advance_ms > 0 {
            let change = ClockChange::Advance(fixture.advance_ms);
            filled = self.change_clock(&filled, change).await?;
        }
        Ok(filled)
    }
}

/// Refuses a fixture before it changes anything.
///
/// # Errors
/// [`SpaceError::TooManyStates`], [`SpaceError::Clock`], [`SpaceError::Faults`].
pub(super) fn check(fixture: &Fixture) -> Result<(), SpaceError> {
    if fixture.people.len() > STATES_MAX {
        return Err(SpaceError::TooManyStates);
    }
    match fixture.advance_ms {
        ..0 => return Err(ClockRefused::Back.into()),
        0..=MOVE_MS_MAX => {}
        _ => return Err(ClockRefused::TooFar.into()),
    }
    Ok(fixture.faults.check()?)
}

/// Brings people into states, one after the other; then what they lead to is done.
pub(super) async fn bring_all(room: &Room, states: &[PersonaState]) -> Result<(), SpaceError> {
    // No job does meanwhile what is due, so that it has happened at the end.
    room.pause().await;
    let brought = async {
        for (place, state) in (1..).zip(states) {
            let brought = room.apis.bring(state).await;
            brought.map_err(|error| SpaceError::Person { place, error })?;
        }
        Ok(room.do_due().await?)
    };
    let brought = brought.await;
    room.resume().await;
    brought
}
