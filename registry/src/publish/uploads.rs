//! Room for components that arrive: so many at once, so many of one organisation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, RwLock, Semaphore};

use crate::domain::OrganisationId;

/// Components that arrive at once. More wait.
pub const UPLOADS_MAX: usize = 8;
/// Components that arrive at once from one organisation. More are refused.
pub const UPLOADS_PER_ORGANISATION_MAX: usize = 2;
/// How long an upload waits for room.
const ROOM_WAIT: Duration = Duration::from_secs(10);

/// The room. Clones share it.
#[derive(Clone, Debug)]
pub struct Uploads {
    room: Arc<Semaphore>,
    of: Arc<Mutex<HashMap<OrganisationId, usize>>>,
    wait: Duration,
    /// Held for reading while a component and its record come together, for writing while what no record
    /// names is removed.
    pub settling: Arc<RwLock<()>>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(UPLOADS_MAX)),
            of: Arc::default(),
            wait: ROOM_WAIT,
            settling: Arc::default(),
        }
    }
}

/// Why there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// The organisation is sending [`UPLOADS_PER_ORGANISATION_MAX`] already.
    Organisation,
    /// Everybody together is sending [`UPLOADS_MAX`].
    Everybody,
}

/// Room for one component, until it is dropped.
#[derive(Debug)]
pub struct Place {
    uploads: Uploads,
    organisation: OrganisationId,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Uploads {
    /// Takes room for a component of this organisation.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn enter(&self, organisation: &OrganisationId) -> Result<Place, Busy> {
        {
            let mut of = self.of.lock().unwrap_or_else(PoisonError::into_inner);
            let mine = of.entry(organisation.clone()).or_default();
            if *mine >= UPLOADS_PER_ORGANISATION_MAX {
                return Err(Busy::Organisation);
            }
            *mine = mine.saturating_add(1);
        }
        // From here on the place counts itself out, also where the client does not wait for room.
        let mut place = Place {
            uploads: self.clone(),
            organisation: organisation.clone(),
            _permit: None,
        };
        let permit = tokio::time::timeout(self.wait, self.room.clone().acquire_owned()).await;
        place._permit = Some(permit.ok().and_then(Result::ok).ok_or(Busy::Everybody)?);
        Ok(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut of = self.uploads.of.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = of.get_mut(&self.organisation) {
            *mine = mine.saturating_sub(1);
            if *mine == 0 {
                of.remove(&self.organisation);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_organisation_takes_everybodys_room() {
        let uploads = Uploads {
            wait: Duration::ZERO,
            ..Uploads::default()
        };
        let organisation = |number: usize| OrganisationId(format!("org_{number}"));
        let first = uploads.enter(&organisation(0)).await.unwrap();
        let mut places = vec![uploads.enter(&organisation(0)).await.unwrap()];
        assert_eq!(
            uploads.enter(&organisation(0)).await.unwrap_err(),
            Busy::Organisation
        );
        for number in 1..UPLOADS_MAX - 1 {
            places.push(uploads.enter(&organisation(number)).await.unwrap());
        }
        assert_eq!(
            uploads.enter(&organisation(9)).await.unwrap_err(),
            Busy::Everybody
        );
        drop(first);
        uploads.enter(&organisation(0)).await.unwrap();
        assert_eq!(uploads.of.lock().unwrap().len(), UPLOADS_MAX - 1);
    }
}
