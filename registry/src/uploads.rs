//! Room for components that arrive: so many at once, so many of one organisation and of one address.
//!
//! An upload counts for its organisation and its address from its beginning on. It takes room only when its
//! first bytes are here, so that nobody holds room by sending nothing, and gives it back when it ends or is
//! refused for being too slow.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aim_runtime::Peer;
use tokio::sync::{OwnedSemaphorePermit, RwLock, Semaphore};

use crate::domain::OrganisationId;

/// Components that arrive at once. More wait.
pub const UPLOADS_MAX: usize = 8;
/// Components that arrive at once from one organisation. More are refused.
pub const UPLOADS_PER_ORGANISATION_MAX: usize = 2;
/// Components that arrive at once from one address, whose organisations may be many. More are refused,
/// except from this machine, where a reverse proxy may be.
pub const UPLOADS_PER_PEER_MAX: usize = 4;
/// How long an upload waits for room.
const ROOM_WAIT: Duration = Duration::from_secs(10);

/// The room. Clones share it.
#[derive(Clone, Debug)]
pub struct Uploads {
    room: Arc<Semaphore>,
    shares: Arc<Mutex<Shares>>,
    wait: Duration,
    /// Held for reading while a component and its record come together, for writing while what no record
    /// names is removed.
    pub settling: Arc<RwLock<()>>,
}

impl Default for Uploads {
    fn default() -> Self {
        Self {
            room: Arc::new(Semaphore::new(UPLOADS_MAX)),
            shares: Arc::default(),
            wait: ROOM_WAIT,
            settling: Arc::default(),
        }
    }
}

/// Uploads under way, by who sends them. Those without any take no memory.
#[derive(Debug, Default)]
struct Shares {
    of_organisation: HashMap<OrganisationId, usize>,
    of_peer: HashMap<Peer, usize>,
}

/// Why an upload is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// The organisation is sending [`UPLOADS_PER_ORGANISATION_MAX`] already.
    Organisation,
    /// The address is sending [`UPLOADS_PER_PEER_MAX`] already.
    Peer,
    /// Everybody together is sending [`UPLOADS_MAX`].
    Everybody,
}

/// One upload, until it is dropped.
#[derive(Debug)]
pub struct UploadPermit {
    uploads: Uploads,
    organisation: OrganisationId,
    peer: Peer,
    room: Option<OwnedSemaphorePermit>,
}

impl Uploads {
    /// Components that could arrive beside those that do.
    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.room.available_permits()
    }

    /// Counts an upload of this organisation that begins.
    ///
    /// # Errors
    /// [`Busy::Organisation`], [`Busy::Peer`].
    pub fn enter(&self, organisation: &OrganisationId, peer: Peer) -> Result<UploadPermit, Busy> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let Shares {
            of_organisation,
            of_peer,
        } = &mut *shares;
        if of_organisation.get(organisation).copied().unwrap_or_default() >= UPLOADS_PER_ORGANISATION_MAX {
            return Err(Busy::Organisation);
        }
        if !peer.is_operator() && of_peer.get(&peer).copied().unwrap_or_default() >= UPLOADS_PER_PEER_MAX {
            return Err(Busy::Peer);
        }
        count(of_organisation, organisation.clone());
        count(of_peer, peer);
        Ok(UploadPermit {
            uploads: self.clone(),
            organisation: organisation.clone(),
            peer,
            room: None,
        })
    }
}

impl UploadPermit {
    /// Takes room for the component, whose first bytes are here.
    ///
    /// # Errors
    /// [`Busy::Everybody`].
    pub async fn take_room(&mut self) -> Result<(), Busy> {
        let room = self.uploads.room.clone().acquire_owned();
        let taken = tokio::time::timeout(self.uploads.wait, room).await;
        self.room = Some(taken.ok().and_then(Result::ok).ok_or(Busy::Everybody)?);
        Ok(())
    }
}

impl Drop for UploadPermit {
    fn drop(&mut self) {
        let mut shares = self.uploads.shares.lock().unwrap_or_else(PoisonError::into_inner);
        count_out(&mut shares.of_organisation, &self.organisation);
        count_out(&mut shares.of_peer, &self.peer);
    }
}

fn count<K: Eq + Hash>(of: &mut HashMap<K, usize>, who: K) {
    let uploads = of.entry(who).or_default();
    *uploads = uploads.saturating_add(1);
}

fn count_out<K: Eq + Hash>(of: &mut HashMap<K, usize>, who: &K) {
    if let Some(uploads) = of.get_mut(who) {
        *uploads = uploads.saturating_sub(1);
        if *uploads == 0 {
            of.remove(who);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation(number: usize) -> OrganisationId {
        OrganisationId(format!("org_{number}"))
    }

    fn peer(last: usize) -> Peer {
        Peer::new([192, 0, 2, u8::try_from(last).unwrap()].into())
    }

    #[tokio::test]
    async fn each_organisation_has_a_share_of_the_room() {
        let uploads = Uploads {
            wait: Duration::ZERO,
            ..Uploads::default()
        };
        let enter = async |number: usize| {
            let mut place = uploads.enter(&organisation(number), peer(number))?;
            place.take_room().await?;
            Ok::<_, Busy>(place)
        };
        let first = enter(0).await.unwrap();
        let mut places = vec![enter(0).await.unwrap()];
        assert_eq!(enter(0).await.unwrap_err(), Busy::Organisation);
        for number in 1..UPLOADS_MAX - 1 {
            places.push(enter(number).await.unwrap());
        }
        assert_eq!(enter(9).await.unwrap_err(), Busy::Everybody);
        drop(first);
        enter(0).await.unwrap();
        drop(places);
        let shares = uploads.shares.lock().unwrap();
        assert!(
            shares.of_organisation.is_empty() && shares.of_peer.is_empty(),
            "{shares:?}"
        );
    }

    #[test]
    fn each_address_has_a_share_of_the_room() {
        let uploads = Uploads::default();
        let places: Vec<_> = (0..UPLOADS_PER_PEER_MAX)
            .map(|number| uploads.enter(&organisation(number), peer(1)).unwrap())
            .collect();
        assert_eq!(uploads.enter(&organisation(9), peer(1)).unwrap_err(), Busy::Peer);
        uploads.enter(&organisation(9), peer(2)).unwrap();
        drop(places);
        uploads.enter(&organisation(9), peer(1)).unwrap();
    }
}
