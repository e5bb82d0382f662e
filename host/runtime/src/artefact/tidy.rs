//! Removing unneeded artefacts: one takes up to 160 MiB of the disk of the ledger.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use super::functions;

/// The last part of an artefact's file name.
pub(super) const EXTENSION: &str = "aot";
/// Hexadecimal digits of a component's digest, the start of the file's name.
const DIGEST_DIGITS: usize = 64;

/// Removes the artefacts of engines with other settings or versions from `home`: every artefact, and every
/// folder of them other than `current`.
pub(super) fn others(home: &Path, current: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(home)? {
        let path = entry?.path();
        if path.is_dir() && path != current {
            std::fs::remove_dir_all(&path)?;
        } else if is_artefact(&path) {
            std::fs::remove_file(&path)?;
        }
    }
    Ok(())
}

/// Removes the artefacts and functions of components that are not in `needed`, by their `sha256:` digests;
/// returns how many.
pub(super) fn keep_only(folder: &Path, needed: &BTreeSet<String>) -> io::Result<usize> {
    let mut removed = 0_usize;
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let digest = match path.extension().and_then(|extension| extension.to_str()) {
            Some(EXTENSION) => name.get(..DIGEST_DIGITS).map(|digits| format!("sha256:{digits}")),
            Some(functions::DEPLOYED | functions::WAITING) => functions::digest_in(&path),
            _ => continue,
        };
        if !digest.is_some_and(|digest| needed.contains(&digest)) {
            std::fs::remove_file(&path)?;
            removed = removed.saturating_add(1);
        }
    }
    Ok(removed)
}

fn is_artefact(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}
