//! The data folder must be accessible only to its owner: the database tells what citizens did, and the keys
//! beside it allow to forge what they sign.

use std::fs::{self, File, Metadata, Permissions, TryLockError};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use aim_gov::db::sqlite_file;
use rustix::fs::Mode;

/// The permissions that no new file or folder may grant.
const NOT_FOR_OTHERS: u32 = 0o077;
/// Mode of the data folder.
const FOLDER_MODE: u32 = 0o700;
/// Depth of nested folders that are checked.
const DEPTH_MAX: u8 = 8;

/// The file in the data folder that a running platform locks.
const LOCK: &str = "aim.lock";

/// Why the data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// It cannot be created or checked.
    #[error("`{}` cannot be used", path.display())]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process uses it.
    #[error(
        "another platform runs on the data in `{}`: stop it first, or use another folder",
        .0.display()
    )]
    Taken(PathBuf),
    /// Other users can read or change it.
    #[error(
        "other users of this machine can get at `{}` (its mode is {mode:04o}): run `chmod -R go= {}` and start again",
        path.display(),
        quoted(fix)
    )]
    Open {
        /// The file or folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
        /// The target of the `chmod` command.
        fix: PathBuf,
    },
}

/// Creates the folder if it does not exist, and checks everything in it. An empty folder becomes its owner's
/// alone. From now on, files that this process creates are not accessible to others.
pub fn open(folder: &Path) -> Result<(), DataFolderError> {
    rustix::process::umask(Mode::from_raw_mode(NOT_FOR_OTHERS));
    fs::create_dir_all(folder).map_err(unusable(folder))?;
    if fs::read_dir(folder).map_err(unusable(folder))?.next().is_none() {
        // It was empty, so nobody can have read anything in it.
        fs::set_permissions(folder, Permissions::from_mode(FOLDER_MODE)).map_err(unusable(folder))?;
    }
    check(folder, folder, DEPTH_MAX)
}

/// Locks the folder for this process until the file is dropped: two platforms on one folder would each assume
/// that its own SQLite writer is the only one.
///
/// # Errors
/// [`DataFolderError::Taken`], [`DataFolderError::Unusable`].
pub fn lock(folder: &Path) -> Result<File, DataFolderError> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(unusable(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DataFolderError::Taken(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(unusable(&path)(error)),
    }
}

/// Checks a database file outside the folder, and those that SQLite puts beside it. A missing one is created
/// later, accessible only to its owner.
pub fn check_database(address: &str) -> Result<(), DataFolderError> {
    let Some(file) = sqlite_file(address) else {
        return Ok(());
    };
    for beside in ["", "-wal", "-shm"] {
        let mut path = file.clone().into_os_string();
        path.push(beside);
        let path = PathBuf::from(path);
        match fs::metadata(&path) {
            Ok(found) => check_mode(&path, &found, &path)?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(&path)(error)),
        }
    }
    Ok(())
}

fn check(path: &Path, folder: &Path, depth: u8) -> Result<(), DataFolderError> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        // A dangling link, or a file that was removed meanwhile.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unusable(path)(error)),
    };
    check_mode(path, &found, folder)?;
    let Some(depth) = depth.checked_sub(1).filter(|_| found.is_dir()) else {
        return Ok(());
    };
    for entry in fs::read_dir(path).map_err(unusable(path))? {
        check(&entry.map_err(unusable(path))?.path(), folder, depth)?;
    }
    Ok(())
}

fn check_mode(path: &Path, found: &Metadata, fix: &Path) -> Result<(), DataFolderError> {
    let mode = found.permissions().mode() & 0o7777;
    if mode & NOT_FOR_OTHERS == 0 {
        return Ok(());
    }
    Err(DataFolderError::Open {
        path: path.to_owned(),
        mode,
        fix: fix.to_owned(),
    })
}

fn unusable(path: &Path) -> impl FnOnce(std::io::Error) -> DataFolderError + '_ {
    |source| DataFolderError::Unusable {
        path: path.to_owned(),
        source,
    }
}

/// The path quoted for a shell.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

/// Bytes that are free for this process on the disk of this folder, or on that of the database's file if it has
/// fewer.
///
/// # Errors
/// When the system cannot tell.
pub fn free_bytes(folder: &Path, database: &str) -> std::io::Result<u64> {
    let free = |path: &Path| -> std::io::Result<u64> {
        let disk = rustix::fs::statvfs(path)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    };
    let of_folder = free(folder)?;
    match sqlite_file(database) {
        Some(file) => Ok(of_folder.min(free(&file)?)),
        None => Ok(of_folder),
    }
}

#[cfg(test)]
mod tests {
    use aim_gov::db::sqlite_address;

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn folder_that_others_can_read_is_refused_with_the_command_to_run() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("it's here");
        fs::create_dir(&folder).unwrap();
        set_mode(&folder, 0o755);
        open(&folder).unwrap();
        let inside = folder.join("keys");
        fs::create_dir(&inside).unwrap();
        let file = inside.join("some.key");
        fs::write(&file, b"secret").unwrap();
        open(&folder).unwrap();
        for path in [&folder, &inside, &file] {
            let before = fs::metadata(path).unwrap().permissions();
            assert_eq!(before.mode() & NOT_FOR_OTHERS, 0, "{}", path.display());
            for mode in [0o640, 0o604, 0o620, 0o701] {
                set_mode(path, mode);
                let said = open(&folder).unwrap_err().to_string();
                assert!(said.contains(&format!("`{}`", path.display())), "{said}");
                assert!(said.contains(&format!("{mode:04o}")), "{said}");
                let command = format!("`chmod -R go= '{}/it'\\''s here'`", parent.path().display());
                assert!(said.contains(&command), "{said}");
            }
            fs::set_permissions(path, before).unwrap();
        }
        open(&folder).unwrap();
        for database in ["postgres://localhost/aim".to_owned(), sqlite_address(&file)] {
            assert!(free_bytes(&folder, &database).unwrap() > 0, "{database}");
        }
        assert!(free_bytes(&folder, "sqlite:/nowhere/aim.sqlite").is_err());
    }

    #[test]
    fn database_outside_the_folder_is_looked_at_too() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("my data, 100%25");
        fs::create_dir(&folder).unwrap();
        let address = sqlite_address(&folder.join("aim.sqlite")) + "?cache=private";
        check_database(&address).unwrap();
        check_database("postgres://aim@localhost/aim").unwrap();
        for name in ["aim.sqlite", "aim.sqlite-wal"] {
            let path = folder.join(name);
            fs::write(&path, b"").unwrap();
            set_mode(&path, 0o644);
            let said = check_database(&address).unwrap_err().to_string();
            assert!(said.contains(name) && said.contains("chmod"), "{said}");
            set_mode(&path, 0o600);
            check_database(&address).unwrap();
        }
    }
}
