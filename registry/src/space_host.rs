//! Test spaces: each is a platform of its own, with a database, a clock and simulated citizens that are nobody else's, in
//! which the newest vetted versions of its organisation's services run before any officer looks at them.
//!
//! A space is opened when somebody asks for it, and closed when nobody did for a while ([`IDLE_MS_MAX`]). Its files are on
//! the node that made it; with several nodes, the operator leads the host names of spaces and the pages about them to one.

mod access;
mod answer;
mod clock;
mod control;
mod files;
mod people;
mod portal;
mod room;
mod versions;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aim_gov::clock::Setting;
use aim_gov::db::DbError;
use aim_gov::identity::{self, SecretError};
use aim_gov::mac::MacKey;
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::domain::space::{Space, SpaceName};
use crate::spaces::SpaceError;
use crate::store;

use files::Files;
use room::Room;

/// The most bytes of the database of a space: 64 MiB.
pub const SPACE_BYTES_MAX: u64 = 64 << 20;
/// Spaces that are open at once; another one closes the one that was used least recently.
pub const OPEN_MAX: usize = 12;
/// How long a space stays open after its last request.
pub const IDLE_MS_MAX: i64 = 30 * 60 * 1000;
/// How often open spaces take over new versions, and idle ones are closed.
const TIDY_EVERY: Duration = Duration::from_secs(30);

/// The spaces of this node. Clones share them.
#[derive(Clone)]
pub struct SpaceHost(Arc<Inner>);

struct Inner {
    app: App,
    files: Files,
    /// What the simulated citizens of every space log in with.
    citizen_code: SecretString,
    key: MacKey,
    rooms: Mutex<HashMap<SpaceName, Arc<Room>>>,
    /// Held while a space is opened, closed or replaced.
    changing: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for SpaceHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SpaceHost")
    }
}

/// The origin of a service of a space, or of its pages ([`crate::gateway::SPACE_PAGES`]).
fn origin(app: &App, service: &str, space: &SpaceName) -> String {
    app.origin_of(&format!("{service}{}{space}", crate::gateway::SPACE_SEPARATOR))
}

impl SpaceHost {
    /// The spaces whose files are in `folder`. Their simulated citizens log in with `citizen_code`.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn open(app: App, folder: PathBuf, citizen_code: SecretString) -> Result<Self, SecretError> {
        let key = identity::secret(&app.platform, "test-spaces").await?;
        Ok(Self(Arc::new(Inner {
            app,
            files: Files::in_folder(folder),
            citizen_code,
            key: MacKey::new(&key),
            rooms: Mutex::default(),
            changing: tokio::sync::Mutex::default(),
        })))
    }

    fn rooms(&self) -> std::sync::MutexGuard<'_, HashMap<SpaceName, Arc<Room>>> {
        self.0.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the clock of a space goes now; `None` for a space that was deleted.
    async fn clock_of(&self, space: &Space) -> Result<Option<Setting>, DbError> {
        let mut reader = self.0.app.platform.db.reader().await?;
        let known = store::space::get(&mut reader, &space.name).await?;
        Ok(known.map(|space| space.clock))
    }

    fn room_of(&self, space: &Space) -> Option<Arc<Room>> {
        self.rooms()
            .get(&space.name)
            .filter(|room| room.is_of(space))
            .cloned()
    }

    /// The open space.
    async fn room(&self, space: &Space) -> Result<Arc<Room>, SpaceError> {
        if let Some(room) = self.room_of(space) {
            return Ok(room);
        }
        let _changing = self.0.changing.lock().await;
        // It may have been reset or deleted in the meantime.
        let space = {
            let mut reader = self.0.app.platform.db.reader().await?;
            store::space::get(&mut reader, &space.name).await?
        };
        self.room_while_changing(&space.ok_or(SpaceError::NotFound)?)
            .await
    }

    /// As [`Self::room`], for whoever holds `changing`.
    async fn room_while_changing(&self, space: &Space) -> Result<Arc<Room>, SpaceError> {
        if let Some(room) = self.room_of(space) {
            return Ok(room);
        }
        self.close(&space.name).await;
        let least_used = {
            let rooms = self.rooms();
            let oldest = rooms.iter().min_by_key(|(_, room)| room.used_at());
            oldest
                .filter(|_| rooms.len() >= OPEN_MAX)
                .map(|(name, _)| name.clone())
        };
        if let Some(name) = least_used {
            self.close(&name).await;
        }
        self.0.files.make(space)?;
        let room = Arc::new(Room::open(self, space).await?);
        room.align(&self.0.app).await?;
        room.resume().await;
        self.rooms().insert(space.name.clone(), room.clone());
        Ok(room)
    }

    /// Closes a space: its requests end as they may, its jobs at once.
    async fn close(&self, name: &SpaceName) {
        let room = self.rooms().remove(name);
        if let Some(room) = room {
            room.pause().await;
        }
    }

    /// Takes over new versions and closes idle spaces, until it is stopped.
    pub async fn keep_in_order(self, stop: CancellationToken) {
        let step = async {
            loop {
                tokio::time::sleep(TIDY_EVERY).await;
                self.tidy().await;
            }
        };
        stop.run_until_cancelled(step).await;
        let _changing = self.0.changing.lock().await;
        let open: Vec<_> = self.rooms().keys().cloned().collect();
        for name in open {
            self.close(&name).await;
        }
    }

    async fn tidy(&self) {
        let now = self.0.app.platform.clock.now();
        let open: Vec<_> = self.rooms().values().cloned().collect();
        for room in open {
            if room.used_at().plus_ms(IDLE_MS_MAX) <= now {
                let _changing = self.0.changing.lock().await;
                self.close(room.name()).await;
            } else if let Err(error) = room.align(&self.0.app).await {
                tracing::error!(error = &error as &dyn std::error::Error, "space.align failed");
            }
        }
    }
}

#[cfg(test)]
mod tests;
