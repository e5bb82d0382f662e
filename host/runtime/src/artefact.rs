//! Compiled components on disk. Machine code is loaded only with a valid MAC over the component's digest,
//! Wasmtime's version, the engine's settings and the code itself: forged code would be arbitrary code in the
//! host. Code without a valid MAC is compiled again. This detects damaged, copied or foreign files; a process
//! that can read the key, which needs the rights of this one, can forge.
//!
//! Code that was compiled from the component alone is valid for every service that publishes the same bytes.
//! Code that used the functions of a service's earlier version is valid only for that service.

mod functions;

mod tidy;

use std::collections::BTreeSet;
use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use aim_gov::invocation::ServiceId;
use aim_gov::key_file::{self, KEY_BYTES};
use aim_gov::random::Random;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::digest::Digest;

const MAC_BYTES: usize = 32;
const KEY_FILE: &str = "mac.key";
/// The advice if the key is damaged.
const KEY_ADVICE: &str = "remove it, and every component is compiled again";
/// Only the owner may read the folder.
const FOLDER_MODE: u32 = 0o700;

#[derive(Debug, thiserror::Error)]
#[error("the artefact store at `{path}` cannot be used")]
pub struct StoreError {
    path: PathBuf,
    #[source]
    source: std::io::Error,
}

/// The services that may run an artefact.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GoodFor<'a> {
    /// It was compiled from the component alone.
    Everybody,
    /// It contains functions of this service.
    One(&'a ServiceId),
}

/// The artefacts of one data folder.
pub(crate) struct Store {
    /// Named after the environment, so that artefacts of an older Wasmtime are not reported as forgeries.
    folder: PathBuf,
    key: [u8; KEY_BYTES],
    /// The dependencies of an artefact beside the component: a hash over Wasmtime's version, the target and the
    /// engine's settings.
    environment: String,
}

impl Store {
    /// The store in `home`, with its key or a new one. Artefacts of other versions of the engine are removed.
    ///
    /// # Errors
    /// When the folder cannot be read or written, or the key is not one.
    pub(crate) fn open(home: PathBuf, engine: &Engine, random: &Random) -> Result<Self, StoreError> {
        let mut settings = std::hash::DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut settings);
        let environment = format!("{:016x}", settings.finish());
        let folder = home.join(&environment);
        let opened = || {
            std::fs::DirBuilder::new()
                .recursive(true)
                .mode(FOLDER_MODE)
                .create(&folder)?;
            tidy::others(&home, &folder)?;
            key_file::open(&home.join(KEY_FILE), random, KEY_ADVICE)
        };
        match opened() {
            Ok(key) => Ok(Self {
                folder,
                key: key.bytes,
                environment,
            }),
            Err(source) => Err(StoreError { path: home, source }),
        }
    }

    /// Removes the artefacts of components that are not in `needed`; returns how many.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub(crate) fn keep_only(&self, needed: &BTreeSet<String>) -> Result<usize, StoreError> {
        tidy::keep_only(&self.folder, needed).map_err(|source| StoreError {
            path: self.folder.clone(),
            source,
        })
    }

    /// The compiled component for this service, if it exists and its MAC is valid.
    ///
    /// # Errors
    /// Why the engine refuses it: it needs more than the pool of instances offers.
    pub(crate) fn load(
        &self,
        engine: &Engine,
        service: &ServiceId,
        digest: Digest,
    ) -> wasmtime::Result<Option<Component>> {
        for good_for in [GoodFor::Everybody, GoodFor::One(service)] {
            if let Some(component) = self.load_one(engine, good_for, digest)? {
                return Ok(Some(component));
            }
        }
        Ok(None)
    }

    fn load_one(
        &self,
        engine: &Engine,
        good_for: GoodFor<'_>,
        digest: Digest,
    ) -> wasmtime::Result<Option<Component>> {
        let Ok(bytes) = std::fs::read(self.path(good_for, digest)) else {
            return Ok(None);
        };
        let verified = bytes.split_at_checked(MAC_BYTES).filter(|(mac, code)| {
            self.artefact_mac(good_for, digest, code)
                .verify_slice(mac)
                .is_ok()
        });
        let Some((_, code)) = verified else {
            tracing::error!(digest = %digest, "artefact.load refused: the MAC is wrong, compiling again");
            return Ok(None);
        };
        #[expect(
            unsafe_code,
            clippy::disallowed_methods,
            reason = "SAFETY: the MAC proves that these bytes are what our compiler wrote for this engine"
        )]
        let component = unsafe { Component::deserialize(engine, code) };
        component.map(Some)
    }

    /// Stores the compiled code of a component.
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
        let name = match good_for {
            GoodFor::Everybody => digest,
            GoodFor::One(service) => format!("{digest}-{}", name_of(service)),
        };
        self.folder.join(format!("{name}.{}", tidy::EXTENSION))
    }

    fn artefact_mac(&self, good_for: GoodFor<'_>, digest: Digest, code: &[u8]) -> Hmac<Sha256> {
        let digest = digest.to_string();
        match good_for {
            GoodFor::Everybody => self.mac(&[digest.as_bytes(), code]),
            GoodFor::One(service) => self.mac(&[digest.as_bytes(), service.0.as_bytes(), code]),
        }
    }

    /// The MAC over the environment and these parts. Their number or the first of them must distinguish their
    /// meaning.
    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = hmac_of(&self.key);
        for part in [self.environment.as_bytes()].iter().chain(parts) {
            // The lengths keep the parts apart.
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_le_bytes());
            mac.update(part);
        }
        mac
    }
}

/// A service's name as part of a file name, safe for any content.
fn name_of(service: &ServiceId) -> String {
    Digest::of(service.0.as_bytes()).hex()
}

fn hmac_of(key: &[u8; KEY_BYTES]) -> Hmac<Sha256> {
    // The block size of SHA-256; HMAC pads a shorter key with zeros.
    let mut block = [0; 64];
    for (slot, byte) in block.iter_mut().zip(key) {
        *slot = *byte;
    }
    Hmac::new(&block.into())
}

/// Writes a file completely or not at all, readable only by the owner.
fn write(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}
