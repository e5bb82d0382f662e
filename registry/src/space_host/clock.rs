//! The clock of a test space, and what becomes due when it moves.

use aim_gov::clock::{DAY_MS, Setting, Timestamp};

use super::SpaceHost;
use crate::domain::space::{ClockChange, Space};
use crate::spaces::SpaceError;
use crate::store;

/// A clock that is moved goes on in steps of so many milliseconds, and what is due is done after each: what happens on one
/// day is done before what that causes on the next.
const STEP_MS: i64 = DAY_MS;

impl SpaceHost {
    /// Changes the clock of a space, and does what becomes due until then. For whoever holds `changing`.
    pub(super) async fn change_clock(&self, space: &Space, change: ClockChange) -> Result<Space, SpaceError> {
        let now = self.0.app.platform.clock.now();
        let room = self.room_while_changing(space).await?;
        let next = Space {
            clock: space.clock_after(change, now)?,
            ..space.clone()
        };
        // First, so that the clock does not go back if the process ends in the middle of the way.
        let mut tx = self.0.app.platform.db.begin().await?;
        if !store::space::save(&mut tx, space, &next).await? {
            return Err(SpaceError::Moved);
        }
        tx.commit().await?;
        // No job does meanwhile what is due, so that it happens in its order and has happened at the end.
        room.pause().await;
        let moved = async {
            for at in steps(space.clock.shown_at(now), next.clock.shown_at(now)) {
                room.platform.clock.set(Setting::Frozen(at));
                room.do_due().await?;
            }
            Ok(())
        };
        let moved = moved.await;
        room.platform.clock.set(next.clock);
        room.resume().await;
        moved.map(|()| next)
    }
}

/// The moments at which a clock stands still on its way, the end among them.
fn steps(from: Timestamp, to: Timestamp) -> impl Iterator<Item = Timestamp> {
    let between = std::iter::successors(Some(from.plus_ms(STEP_MS)), |at| Some(at.plus_ms(STEP_MS)));
    between
        .take_while(move |at| *at < to)
        .chain(std::iter::once(to).filter(move |to| *to > from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clock_stands_at_each_day_and_at_the_end() {
        let at = |from, to| {
            steps(Timestamp(from), Timestamp(to))
                .map(|at| at.0)
                .collect::<Vec<_>>()
        };
        assert!(at(5, 5).is_empty());
        assert_eq!(at(5, 6), [6]);
        assert_eq!(at(5, 5 + DAY_MS), [5 + DAY_MS]);
        assert_eq!(at(0, 2 * DAY_MS + 1), [DAY_MS, 2 * DAY_MS, 2 * DAY_MS + 1]);
    }
}
