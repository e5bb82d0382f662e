//! Permits for uploads: limits for all together, for each organisation and for each address.
//!
//! An upload counts for its organisation and its address from its beginning. It takes a permit only after its
//! first bytes have arrived, so that nobody holds one without sending, and returns it when it ends or is
//! refused for being too slow.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aim_runtime::Peer;
use tokio::sync::{OwnedSemaphorePermit, RwLock, Semaphore};

use crate::domain::OrganisationId;

/// The most concurrent uploads; further ones wait.
pub const UPLOADS_MAX: usize = 8;
/// The most concurrent uploads of one organisation; further ones are refused.
pub const UPLOADS_PER_ORGANISATION_MAX: usize = 2;
/// The most concurrent uploads from one address, which may have several organisations; further ones are
/// refused, except from this machine, where a reverse proxy may be.
pub const UPLOADS_PER_PEER_MAX: usize = 4;
/// How long an upload waits for a permit.
const ROOM_WAIT: Duration = Duration::from_secs(10);

/// The permits. Clones share them.
#[derive(Clone, Debug)]
pub struct Uploads {
    room: Arc<Semaphore>,
    shares: Arc<Mutex<Shares>>,
    wait: Duration,
    /// Held for reading while a component and its record are stored, for writing while unreferenced components
    /// are removed.
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

/// Running uploads by sender. Senders without uploads use no memory.
#[derive(Debug, Default)]
struct Shares {
    of_organisation: HashMap<OrganisationId, usize>,
    of_peer: HashMap<Peer, usize>,
}

/// Why an upload is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// The organisation already has [`UPLOADS_PER_ORGANISATION_MAX`] uploads.
    Organisation,
    /// The address already has [`UPLOADS_PER_PEER_MAX`] uploads.
    Peer,
    /// All senders together have [`UPLOADS_MAX`] uploads.
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
    /// The number of free permits.
    #[cfg(test)]
    pub(crate) fn free(&self) -> usize {
        self.room.available_permits()
    }

    /// Counts a new upload of this organisation.
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
    /// Takes a permit for the component, whose first bytes have arrived.
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
