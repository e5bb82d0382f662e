//! Which connections are open, and whether there is room for another one.
//!
//! Each peer has a share of the connections, so that one of them cannot take them all. Where the share or
//! the whole is used up, a connection on which nothing is under way is closed for the newcomer; a busy one
//! never is. A reserve is kept for the operator's programs on this machine, so that a probe gets its answer
//! in any crowd.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aim_runtime::Peer;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::activity::{Activity, Times};

/// Connections at once.
const CONNECTIONS_MAX: usize = 4096;
/// Connections of one peer: enough for an office or a mobile network behind one address, whose idle
/// connections are closed first.
const CONNECTIONS_PER_PEER_MAX: usize = 512;
/// Connections of [`CONNECTIONS_MAX`] that only the operator's programs on this machine may take.
const RESERVED_CONNECTIONS: usize = 64;
/// Files beside connections: the database's, components, pipes of compilers, calls to other systems.
const OTHER_FILES: u64 = 512;

/// How many connections there may be, and how long they may last.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// All of them.
    pub connections: usize,
    /// Those of one peer. The operator's programs on this machine are not counted: it may be a reverse proxy.
    pub per_peer: usize,
    /// Those of `connections` that are for the operator.
    pub reserved: usize,
    /// How long a client may take.
    pub times: Times,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS_MAX,
            per_peer: CONNECTIONS_PER_PEER_MAX,
            reserved: RESERVED_CONNECTIONS,
            times: Times {
                first_byte: Duration::from_secs(5),
                head: Duration::from_secs(10),
                idle: Duration::from_secs(20),
                stalled: Duration::from_secs(30),
            },
        }
    }
}

impl Limits {
    /// As far as this process may open them: raises its limit of files as far as the system allows, and asks for
    /// fewer connections where that is not enough.
    #[must_use]
    pub fn within_this_process(self) -> Self {
        let files = getrlimit(Resource::Nofile);
        let raised = Rlimit {
            current: files.maximum,
            maximum: files.maximum,
        };
        let files = match setrlimit(Resource::Nofile, raised) {
            Ok(()) => files.maximum,
            Err(_) => files.current,
        };
        // No number means that there is no limit.
        let room = files.map_or(usize::MAX, |files| {
            usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX)
        });
        if room < self.connections {
            tracing::warn!(
                connections = room,
                "server: the limit of open files is low; raise it with `ulimit -n`"
            );
        }
        Self {
            connections: self.connections.min(room.max(RESERVED_CONNECTIONS * 2)),
            ..self
        }
    }
}

/// The open connections.
#[derive(Debug)]
pub(super) struct Connections {
    limits: Limits,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    connections: HashMap<u64, Arc<Activity>>,
    /// Ids by peer, oldest first. As long as `connections`, so that peers without one take no memory.
    by_peer: HashMap<Peer, BTreeSet<u64>>,
}

impl Open {
    fn remove(&mut self, peer: Peer, id: u64) {
        self.connections.remove(&id);
        if let Some(ids) = self.by_peer.get_mut(&peer) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_peer.remove(&peer);
            }
        }
    }

    fn of(&self, peer: Peer) -> usize {
        self.by_peer.get(&peer).map_or(0, BTreeSet::len)
    }

    /// Closes one connection on which nothing is under way, of those whose peer `may` be asked for it; answers
    /// whether there was one. The peer that has the most of them gives one, the one that has rested longest.
    fn give_up_one(&mut self, may: impl Fn(Peer) -> bool) -> bool {
        let mut candidates: Vec<_> = self
            .by_peer
            .iter()
            .filter(|(peer, _)| may(**peer))
            .filter_map(|(peer, ids)| {
                let idle = |id: &u64| Some((self.connections.get(id)?.idleness()?, *id));
                let (idleness, id) = ids.iter().filter_map(idle).min()?;
                Some((Reverse(ids.len()), idleness, id, *peer))
            })
            .collect();
        candidates.sort_unstable_by_key(|(connections, idleness, id, _)| (*connections, *idleness, *id));
        // A request may have begun on one meanwhile.
        let given_up = candidates.into_iter().find(|(_, _, id, _)| {
            self.connections
                .get(id)
                .is_some_and(|activity| activity.give_up())
        });
        if let Some((_, _, id, peer)) = given_up {
            self.remove(peer, id);
        }
        given_up.is_some()
    }
}

impl Connections {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            open: Mutex::default(),
        }
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Room for one more connection of this peer, where there is or can be made some.
    pub(super) fn admit(self: &Arc<Self>, peer: Peer) -> Option<ConnectionPermit> {
        self.take(peer, !peer.is_operator())
    }

    /// Room for one more connection of a proxy, which has no share: its connections are many clients'.
    pub(super) fn admit_proxy(self: &Arc<Self>, peer: Peer) -> Option<ConnectionPermit> {
        self.take(peer, false)
    }

    fn take(self: &Arc<Self>, peer: Peer, has_share: bool) -> Option<ConnectionPermit> {
        let Limits {
            connections,
            per_peer,
            reserved,
            ..
        } = self.limits;
        let mut open = self.open();
        let is_operator = peer.is_operator();
        if has_share && open.of(peer) >= per_peer && !open.give_up_one(|other| other == peer) {
            return None;
        }
        let room = if is_operator {
            connections
        } else {
            connections.saturating_sub(reserved)
        };
        // The operator's connections give way to the operator alone.
        let may = |other: Peer| is_operator || !other.is_operator();
        if open.connections.len() >= room && !open.give_up_one(may) {
            return None;
        }
        let id = open.next;
        open.next = open.next.wrapping_add(1);
        let activity = Arc::new(Activity::new());
        open.connections.insert(id, activity.clone());
        open.by_peer.entry(peer).or_default().insert(id);
        Some(ConnectionPermit {
            connections: self.clone(),
            peer,
            id,
            activity,
        })
    }
}

/// The room that one connection takes, until it is dropped.
#[derive(Debug)]
pub(super) struct ConnectionPermit {
    connections: Arc<Connections>,
    peer: Peer,
    id: u64,
    activity: Arc<Activity>,
}

impl ConnectionPermit {
    pub(super) fn activity(&self) -> &Arc<Activity> {
        &self.activity
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        self.connections.open().remove(self.peer, self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::new(address.parse().unwrap())
    }

    fn connections(connections: usize, per_peer: usize, reserved: usize) -> Arc<Connections> {
        Arc::new(Connections::new(Limits {
            connections,
            per_peer,
            reserved,
            ..Limits::default()
        }))
    }

    #[test]
    fn idle_connection_of_the_peer_gives_way_before_a_newcomer_is_refused() {
        let connections = connections(100, 2, 0);
        let one = peer("2001:db8::1");
        let busy = connections.admit(one).unwrap();
        let request = busy.activity().begin();
        let idle = connections.admit(peer("2001:db8::2")).unwrap();
        let newcomer = connections.admit(one).unwrap();
        assert!(idle.activity().begin().is_none(), "it was given up");
        let other_request = newcomer.activity().begin();
        assert!(connections.admit(one).is_none(), "the share is busy");
        assert!(connections.admit(peer("2001:db8:0:1::1")).is_some());
        drop((request, other_request));
        assert!(connections.admit(one).is_some());
    }

    #[test]
    fn proxy_has_no_share_of_the_connections() {
        let connections = connections(2, 1, 0);
        let proxy = peer("192.0.2.1");
        let places = [
            connections.admit_proxy(proxy).unwrap(),
            connections.admit_proxy(proxy).unwrap(),
        ];
        let _requests = places.each_ref().map(|place| place.activity().begin());
        assert!(connections.admit_proxy(proxy).is_none(), "the whole is used up");
    }

    #[test]
    fn quiet_connection_gives_way_before_one_that_sends_a_head() {
        let connections = connections(2, 2, 0);
        let sending = connections.admit(peer("192.0.2.1")).unwrap();
        sending.activity().read();
        let quiet = connections.admit(peer("192.0.2.2")).unwrap();
        let _newcomer = connections.admit(peer("192.0.2.3")).unwrap();
        assert!(quiet.activity().begin().is_none());
        assert!(sending.activity().begin().is_some());
    }

    #[test]
    fn reserve_is_for_the_operator_alone() {
        let connections = connections(3, 3, 1);
        let places: Vec<_> = ["192.0.2.1", "192.0.2.2"]
            .map(|address| connections.admit(peer(address)).unwrap())
            .into();
        let _requests: Vec<_> = places.iter().map(|place| place.activity().begin()).collect();
        assert!(connections.admit(peer("192.0.2.3")).is_none());
        let probe = connections.admit(peer("127.0.0.1")).unwrap();
        assert!(connections.admit(peer("192.0.2.3")).is_none());
        drop(probe);
        drop(places);
        let open = connections.open();
        assert!(open.connections.is_empty() && open.by_peer.is_empty(), "{open:?}");
    }
}
