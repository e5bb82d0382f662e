//! The compiled functions of each service, from which its next version is compiled.
//!
//! A hostile component may have taken over the child that compiled it, and with it the functions kept here,
//! which decide the machine code of later compilations. So they must not reach anybody who did not accept that
//! component: they belong to one service, and count only once its version was deployed, which two officers
//! approved. Until then they wait in a second file, which the next upload replaces.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use aim_gov::invocation::ServiceId;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::{MAC_BYTES, Store, StoreError, name_of, write};
use crate::digest::Digest;
use crate::limits::FUNCTIONS_BYTES_MAX;

/// The extension of files with the functions of a deployed version.
pub(super) const DEPLOYED: &str = "functions";
/// The extension of files with the functions of a version that is not deployed yet.
pub(super) const WAITING: &str = "waiting";
/// Separates these bytes from machine code under the same key.
const LABEL: &[u8] = b"functions";
/// `sha256:` and 64 hexadecimal digits: the version of the functions.
const DIGEST_BYTES: usize = 71;
const HEADER_BYTES: usize = MAC_BYTES + DIGEST_BYTES;

impl Store {
    /// The functions of this service's deployed version, for the compilation of another one. Empty if there are
    /// none, if the MAC is invalid, if another Wasmtime made them, and if they belong to the same version: its
    /// code was lost or forged, and has to be compiled from the component alone.
    pub(crate) fn functions(&self, service: &ServiceId, of: Digest) -> Vec<u8> {
        let path = self.deployed(service);
        let fits = |file: std::fs::Metadata| {
            usize::try_from(file.len()).is_ok_and(|length| length <= HEADER_BYTES + FUNCTIONS_BYTES_MAX)
        };
        if is_of(&path, &of.to_string()) || !std::fs::metadata(&path).is_ok_and(fits) {
            return Vec::new();
        }
        let Ok(mut file) = std::fs::read(&path) else {
            return Vec::new();
        };
        if self.is_ours(service, &file).is_none() {
            tracing::warn!(
                service.id = service.0,
                "artefact.functions dropped: not made by this host, or by another Wasmtime"
            );
            return Vec::new();
        }
        file.split_off(HEADER_BYTES)
    }

    /// Whether this file was made for this service by this Wasmtime.
    fn is_ours(&self, service: &ServiceId, file: &[u8]) -> Option<()> {
        let (mac, rest) = file.split_at_checked(MAC_BYTES)?;
        let (digest, functions) = rest.split_at_checked(DIGEST_BYTES)?;
        self.functions_mac(service, digest, functions)
            .verify_slice(mac)
            .ok()
    }

    fn functions_mac(&self, service: &ServiceId, digest: &[u8], functions: &[u8]) -> Hmac<Sha256> {
        self.mac(&[LABEL, service.0.as_bytes(), digest, functions])
    }

    /// Stores the functions of a compiled version, replacing those that wait.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn keep_functions(
        &self,
        service: &ServiceId,
        digest: Digest,
        functions: &[u8],
    ) -> Result<(), StoreError> {
        let path = self.waiting(service);
        let digest = digest.to_string();
        let digest = digest.as_bytes();
        let mac = self
            .functions_mac(service, digest, functions)
            .finalize()
            .into_bytes();
        write(&path, &[&mac, digest, functions]).map_err(|source| StoreError { path, source })
    }

    /// Marks this version as deployed: its functions count from now on, if they still wait.
    pub(crate) fn adopt_functions(&self, service: &ServiceId, digest: &str) {
        let waiting = self.waiting(service);
        if is_of(&waiting, digest)
            && let Err(error) = std::fs::rename(&waiting, self.deployed(service))
        {
            tracing::warn!(service.id = service.0, %error, "artefact.functions not adopted");
        }
    }

    /// Removes the functions of a suspended service, so that no other version contains them.
    pub(crate) fn forget_functions(&self, service: &ServiceId) {
        for path in [self.waiting(service), self.deployed(service)] {
            if let Err(error) = std::fs::remove_file(&path)
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::error!(service.id = service.0, %error, "artefact.functions not removed");
            }
        }
    }

    fn deployed(&self, service: &ServiceId) -> PathBuf {
        let name = name_of(service);
        self.folder.join(format!("{name}.{}", DEPLOYED))
    }

    fn waiting(&self, service: &ServiceId) -> PathBuf {
        let name = name_of(service);
        self.folder.join(format!("{name}.{}", WAITING))
    }
}

/// Whether the functions in this file claim to belong to this version. Their MAC is checked when they are used.
fn is_of(path: &Path, digest: &str) -> bool {
    digest_in(path).is_some_and(|said| said == digest)
}

/// The digest of the version to which the functions in this file claim to belong.
pub(super) fn digest_in(path: &Path) -> Option<String> {
    let mut header = [0; HEADER_BYTES];
    std::fs::File::open(path).ok()?.read_exact(&mut header).ok()?;
    let (_, digest) = header.split_at_checked(MAC_BYTES)?;
    Some(std::str::from_utf8(digest).ok()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artefact::GoodFor;

    fn store(folder: &Path, environment: &str) -> Store {
        Store {
            folder: folder.to_owned(),
            key: [7; 32],
            environment: environment.to_owned(),
        }
    }

    fn deploy(store: &Store, service: &ServiceId, version: Digest, functions: &[u8]) {
        store.keep_functions(service, version, functions).unwrap();
        store.adopt_functions(service, &version.to_string());
    }

    #[test]
    fn functions_count_from_deployment_to_the_next_one() {
        let folder = tempfile::tempdir().unwrap();
        let (store, service) = (store(folder.path(), "48"), ServiceId("a".to_owned()));
        let [first, second, third] = [1, 2, 3].map(|version| Digest::of(&[version]));
        assert_eq!(store.functions(&service, first), b"");
        store.keep_functions(&service, first, b"one").unwrap();
        assert_eq!(store.functions(&service, second), b"", "it waits");
        store.adopt_functions(&service, &second.to_string());
        assert_eq!(store.functions(&service, second), b"", "another one was deployed");
        store.adopt_functions(&service, &first.to_string());
        assert_eq!(store.functions(&service, second), b"one");
        assert_eq!(store.functions(&service, first), b"", "not from itself");

        store.keep_functions(&service, second, b"two").unwrap();
        assert_eq!(store.functions(&service, third), b"one");
        store.adopt_functions(&service, &second.to_string());
        assert_eq!(store.functions(&service, third), b"two");

        store.keep_functions(&service, third, b"three").unwrap();
        store.forget_functions(&service);
        store.adopt_functions(&service, &third.to_string());
        assert_eq!(store.functions(&service, first), b"");
    }

    #[test]
    fn another_wasmtime_finds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (service, version) = (ServiceId("a".to_owned()), Digest::of(b"1"));
        let next = Digest::of(b"2");
        deploy(&store(folder.path(), "48"), &service, version, b"one");
        assert_eq!(store(folder.path(), "49").functions(&service, next), b"");
        assert_eq!(store(folder.path(), "48").functions(&service, next), b"one");
    }

    #[test]
    fn machine_code_and_functions_cannot_stand_for_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let (store, service) = (store(folder.path(), "48"), ServiceId("a".to_owned()));
        let version = Digest::of(b"1");
        // Code that looks like functions of this version.
        let code = [version.to_string().as_bytes(), b"functions"].concat();
        let good_for = GoodFor::One(&service);
        store.save(good_for, version, &code).unwrap();
        std::fs::rename(store.path(good_for, version), store.deployed(&service)).unwrap();
        assert_eq!(store.functions(&service, Digest::of(b"2")), b"");
    }
}
