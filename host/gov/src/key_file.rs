//! Keys in files of their own: 32 random bytes, readable only by the owner of the data.

use std::fs::File;
use std::io::{Error, ErrorKind, Result, Write as _};
use std::path::Path;

use crate::random::Random;

pub const KEY_BYTES: usize = 32;

/// A key that was read or created.
#[derive(Clone, Copy)]
pub struct Key {
    pub bytes: [u8; KEY_BYTES],
    /// Whether the file did not exist, so that nothing has used this key yet.
    pub is_new: bool,
}

/// The key in this file, or a new one if the file does not exist. An unreadable key is never replaced silently:
/// it may be the sign of a broken disk or of tampering. `advice` says what to do then.
///
/// # Errors
/// When the file cannot be read or written, or does not hold a key.
pub fn open(path: &Path, random: &Random, advice: &str) -> Result<Key> {
    match std::fs::read(path) {
        Ok(bytes) => match bytes.try_into() {
            Ok(bytes) => Ok(Key { bytes, is_new: false }),
            Err(_) => {
                let what = format!("`{}` is not a key of {KEY_BYTES} bytes; {advice}", path.display());
                Err(Error::new(ErrorKind::InvalidData, what))
            }
        },
        Err(error) if error.kind() == ErrorKind::NotFound => make(path, random),
        Err(error) => Err(error),
    }
}

/// Writes a new key; after a failure the file does not exist.
fn make(path: &Path, random: &Random) -> Result<Key> {
    let mut bytes = [0; KEY_BYTES];
    random.fill(&mut bytes);
    let folder = path.parent().unwrap_or(Path::new("."));
    // Created with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()?;
    Ok(Key { bytes, is_new: true })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn key_is_made_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.key");
        let made = open(&path, &Random::seeded(1), "").unwrap();
        let read = open(&path, &Random::seeded(2), "").unwrap();
        assert_eq!(read.bytes, made.bytes);
        assert!(made.is_new && !read.is_new);
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        std::fs::write(&path, b"short").unwrap();
        let error = open(&path, &Random::seeded(3), "restore it")
            .map(|_| ())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("some.key") && error.ends_with("restore it"),
            "{error}"
        );
    }
}
