//! The files of test spaces: `<folder>/<space>-<created>/<generation>.sqlite`, and snapshots beside it.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::space::{Snapshot, Space};

/// The endings of an SQLite database's files.
const ENDINGS: [&str; 3] = ["sqlite", "sqlite-wal", "sqlite-shm"];

/// The folder with all spaces.
#[derive(Clone, Debug)]
pub(super) struct Files(PathBuf);

impl Files {
    pub(super) fn in_folder(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The folder of a space. A later space of the same name has another one.
    fn of(&self, space: &Space) -> PathBuf {
        self.0.join(format!("{}-{}", space.name, space.created_at.0))
    }

    pub(super) fn make(&self, space: &Space) -> io::Result<()> {
        std::fs::create_dir_all(self.of(space))
    }

    pub(super) fn database(&self, space: &Space) -> PathBuf {
        self.of(space).join(format!("{}.sqlite", space.generation))
    }

    pub(super) fn snapshot(&self, space: &Space, snapshot: &Snapshot) -> PathBuf {
        let name = format!("snapshot-{}-{}.sqlite", snapshot.name, snapshot.created_at.0);
        self.of(space).join(name)
    }

    /// Removes a database, if it is there.
    pub(super) fn remove(file: &Path) -> io::Result<()> {
        for ending in ENDINGS {
            match std::fs::remove_file(file.with_extension(ending)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Removes everything of a space.
    pub(super) fn remove_all(&self, space: &Space) -> io::Result<()> {
        let folder = self.of(space);
        // Connections that are just being closed find nothing at the old path, and make no file there.
        let gone = folder.with_extension("deleted");
        match std::fs::rename(&folder, &gone) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
            Ok(()) => std::fs::remove_dir_all(&gone),
        }
    }
}
