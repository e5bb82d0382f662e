//! Compiled components on disk. Machine code is loaded only with a valid MAC over the component's
//! digest, Wasmtime's version, the engine's settings and the code itself: forged code would be arbitrary
//! code in the host. What does not verify is compiled again.
//!
//! Code that came from the component alone is good for every service that publishes the same bytes. Code
//! that was made with the functions of a service's earlier version is good for that service alone.

mod functions;

use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use aim_gov::invocation::ServiceId;
use aim_gov::random::Random;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::digest::Digest;

const MAC_BYTES: usize = 32;
const KEY_BYTES: usize = 32;
const KEY_FILE: &str = "mac.key";

/// Why the store cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the artefact store at `{path}` cannot be used")]
pub struct StoreError {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

/// Which services may run an artefact.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GoodFor<'a> {
    /// It came from the component alone.
    Everybody,
    /// Something of this service's went into it.
    One(&'a ServiceId),
}

/// The artefacts of one data folder.
pub(crate) struct Store {
    folder: PathBuf,
    key: [u8; KEY_BYTES],
    /// What an artefact depends on beside the component: a hash over Wasmtime's version, the target
    /// and the engine's settings.
    environment: String,
}

impl Store {
    /// The store in `folder`, with the key that lies there or a new one.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn open(folder: PathBuf, engine: &Engine, random: &Random) -> Result<Self, StoreError> {
        let failed = |source| StoreError {
            path: folder.clone(),
            source,
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let path = folder.join(KEY_FILE);
        let key = match std::fs::read(&path).ok().and_then(|bytes| bytes.try_into().ok()) {
            Some(key) => key,
            None => {
                let mut key = [0; KEY_BYTES];
                random.fill(&mut key);
                write(&path, &[&key]).map_err(failed)?;
                key
            }
        };
        let mut settings = std::hash::DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let environment = format!("{:016x}", settings.finish());
        Ok(Self {
            folder,
            key,
            environment,
        })
    }

    /// The compiled component for this service, if it is there and its MAC is right.
    pub(crate) fn load(&self, engine: &Engine, service: &ServiceId, digest: Digest) -> Option<Component> {
        [GoodFor::Everybody, GoodFor::One(service)]
            .into_iter()
            .find_map(|good_for| self.load_one(engine, good_for, digest))
    }

    fn load_one(&self, engine: &Engine, good_for: GoodFor<'_>, digest: Digest) -> Option<Component> {
        let bytes = std::fs::read(self.path(good_for, digest)).ok()?;
        let (mac, code) = bytes.split_at_checked(MAC_BYTES)?;
        if self
            .artefact_mac(good_for, digest, code)
            .verify_slice(mac)
            .is_err()
        {
            tracing::error!(digest = %digest, "artefact.load refused: the MAC is wrong, compiling again");
            return None;
        }
        #[expect(
            unsafe_code,
            clippy::disallowed_methods,
            reason = "SAFETY: the MAC proves that these bytes are what our compiler wrote for this engine"
        )]
        let component = unsafe { Component::deserialize(engine, code) };
        component
            .inspect_err(|error| tracing::warn!(digest = %digest, error = %error, "artefact.load failed"))
            .ok()
    }

    /// Keeps what the compiler made of the component.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(crate) fn save(&self, good_for: GoodFor<'_>, digest: Digest, code: &[u8]) -> Result<(), StoreError> {
        let path = self.path(good_for, digest);
        let mac = self.artefact_mac(good_for, digest, code).finalize().into_bytes();
        write(&path, &[&mac, code]).map_err(|source| StoreError { path, source })
    }

    fn path(&self, good_for: GoodFor<'_>, digest: Digest) -> PathBuf {
        let digest = digest.hex();
        self.folder.join(match good_for {
            GoodFor::Everybody => format!("{digest}.aot"),
            GoodFor::One(service) => format!("{digest}-{}.aot", name_of(service)),
        })
    }

    fn artefact_mac(&self, good_for: GoodFor<'_>, digest: Digest, code: &[u8]) -> Hmac<Sha256> {
        let digest = digest.to_string();
        match good_for {
            GoodFor::Everybody => self.mac(&[digest.as_bytes(), code]),
            GoodFor::One(service) => self.mac(&[digest.as_bytes(), service.0.as_bytes(), code]),
        }
    }

    /// Over the environment and these parts. Which parts are meant must show in their number or the first
    /// of them.
    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = hmac_of(&self.key);
        for part in [self.environment.as_bytes()].iter().chain(parts) {
            // Lengths, so that no part can run into the next.
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            mac.update(part);
        }
        mac
    }
}

/// A service's name as part of a file's name, whatever is in it.
fn name_of(service: &ServiceId) -> String {
    Digest::of(service.0.as_bytes()).hex()
}

fn hmac_of(key: &[u8; KEY_BYTES]) -> Hmac<Sha256> {
    // The block size of SHA-256; HMAC pads a shorter key with zeroes.
    let mut block = [0; 64];
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    Hmac::new(&block.into())
}

/// Writes a file whole or not at all; nobody else may read it.
fn write(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
