//! Components, addressed by their hash. A component is only returned if its bytes match its digest.

mod bucket;
mod incoming;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use aim_runtime::ComponentBytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Location;
use object_store::{ObjectStore, ObjectStoreExt as _};
use sha2::{Digest as _, Sha256};

pub use self::bucket::Bucket;
pub use self::incoming::Incoming;

/// The most bytes of a component: enough for the results of componentize-js and componentize-py (13 and 18 MB).
pub const COMPONENT_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The hash function of the digests; also the folder of their files.
const KIND: &str = "sha256";
/// A name that is never a component's, because it is not a digest.
const NOWHERE: &str = "probe";
/// The codes of S3 for missing things (Amazon S3 API reference, "List of error codes"): both come with 404.
const NO_BUCKET: &str = "NoSuchBucket";
const NO_KEY: &str = "NoSuchKey";

#[derive(Debug, thiserror::Error)]
pub enum ComponentStoreError {
    #[error("the folder of components cannot be used")]
    Folder(#[source] std::io::Error),
    #[error("the store of components failed")]
    Store(#[source] object_store::Error),
    #[error("the store of components refused the key or its use")]
    Refused(#[source] object_store::Error),
    #[error("the store of components has no bucket of this name")]
    NoBucket(#[source] object_store::Error),
    #[error("the component was not hashed: the platform stops")]
    Interrupted,
    #[error("`{0}` is not a digest")]
    NotADigest(String),
    #[error("the component kept as `{digest}` has the digest `{found}`")]
    Changed { digest: String, found: String },
    #[error("the object `{digest}` has {bytes} bytes, more than a component may have")]
    TooLong { digest: String, bytes: u64 },
}

impl From<object_store::Error> for ComponentStoreError {
    fn from(error: object_store::Error) -> Self {
        use object_store::Error::{NotFound, PermissionDenied, Unauthenticated};
        match error {
            PermissionDenied { .. } | Unauthenticated { .. } => Self::Refused(error),
            NotFound { .. } if error.to_string().contains(NO_BUCKET) => Self::NoBucket(error),
            _ => Self::Store(error),
        }
    }
}

/// The digest of these bytes: `sha256:` and 64 hexadecimal digits.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("{KIND}:{}", hex::encode(Sha256::digest(bytes)))
}

/// The store of components. Clones share it.
#[derive(Clone, Debug)]
pub struct ComponentStore {
    store: Arc<dyn ObjectStore>,
    /// The common prefix of the names of all components.
    root: Location,
    /// Their folder, if they are files.
    folder: Option<Arc<Path>>,
}

impl ComponentStore {
    /// The components in this folder, which is created if it does not exist.
    ///
    /// # Errors
    /// [`ComponentStoreError::Folder`], [`ComponentStoreError::Store`].
    pub fn in_folder(folder: &Path) -> Result<Self, ComponentStoreError> {
        std::fs::create_dir_all(folder).map_err(ComponentStoreError::Folder)?;
        remove_staged(&folder.join(KIND)).map_err(ComponentStoreError::Folder)?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            root: Location::from(KIND),
            folder: Some(folder.into()),
        })
    }

    /// The components in this bucket, which is not contacted yet: see [`ComponentStore::probe`].
    ///
    /// # Errors
    /// [`ComponentStoreError::Store`] when the settings or the system's certificates cannot be used.
    pub fn in_bucket(bucket: &Bucket) -> Result<Self, ComponentStoreError> {
        Ok(Self {
            store: Arc::new(bucket.connect()?),
            root: Location::from(bucket.prefix.as_str()).join(KIND),
            folder: None,
        })
    }

    /// Checks whether components can be read at all.
    ///
    /// # Errors
    /// [`ComponentStoreError::Folder`]; of a bucket [`ComponentStoreError::NoBucket`],
    /// [`ComponentStoreError::Refused`], [`ComponentStoreError::Store`].
    pub async fn probe(&self) -> Result<(), ComponentStoreError> {
        if let Some(folder) = &self.folder {
            let opened = tokio::fs::read_dir(folder).await;
            return opened.map(|_| ()).map_err(ComponentStoreError::Folder);
        }
        match self.store.get(&self.root.clone().join(NOWHERE)).await {
            Ok(_) => Ok(()),
            Err(error @ object_store::Error::NotFound { .. }) if error.to_string().contains(NO_KEY) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The digests of all stored components. Other objects beside them are ignored.
    ///
    /// # Errors
    /// [`ComponentStoreError::Refused`], [`ComponentStoreError::Store`].
    pub async fn digests(&self) -> Result<BTreeSet<String>, ComponentStoreError> {
        let objects: Vec<_> = self.store.list(Some(&self.root)).try_collect().await?;
        let digests = objects.iter().filter_map(|object| {
            let digest = format!("{KIND}:{}", object.location.filename()?);
            let is_ours = self.location(&digest).ok()? == object.location;
            is_ours.then_some(digest)
        });
        Ok(digests.collect())
    }

    /// Removes these components.
    ///
    /// # Errors
    /// [`ComponentStoreError::NotADigest`], [`ComponentStoreError::Refused`], [`ComponentStoreError::Store`]; some may be gone then.
    pub async fn remove(&self, digests: &BTreeSet<String>) -> Result<(), ComponentStoreError> {
        let locations: Result<Vec<_>, _> = digests.iter().map(|digest| self.location(digest)).collect();
        let locations = stream::iter(locations?).map(Ok).boxed();
        self.store
            .delete_stream(locations)
            .try_for_each(|_| async { Ok(()) })
            .await?;
        Ok(())
    }

    /// Begins to store a component that should have `digest`. If two are stored at once, the later one stays;
    /// both have the same bytes.
    ///
    /// # Errors
    /// [`ComponentStoreError::NotADigest`].
    pub fn receive(&self, digest: &str) -> Result<Incoming, ComponentStoreError> {
        let location = self.location(digest)?;
        Ok(Incoming::begin(self.store.clone(), location, digest.to_owned()))
    }

    /// The component with this digest, checked against it; `None` if it does not exist.
    ///
    /// # Errors
    /// All of [`ComponentStoreError`]; a missing store is an error.
    pub async fn get(&self, digest: &str) -> Result<Option<ComponentBytes>, ComponentStoreError> {
        let found = match self.store.get(&self.location(digest)?).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => {
                self.probe().await?;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let bytes = found.meta.size;
        if bytes > COMPONENT_BYTES_MAX {
            let digest = digest.to_owned();
            return Err(ComponentStoreError::TooLong { digest, bytes });
        }
        let bytes = found.bytes().await?;
        let hashed = tokio::task::spawn_blocking(move || ComponentBytes::new(bytes)).await;
        let component = hashed.map_err(|_| ComponentStoreError::Interrupted)?;
        let found = component.digest().to_string();
        if found == digest {
            Ok(Some(component))
        } else {
            let digest = digest.to_owned();
            Err(ComponentStoreError::Changed { digest, found })
        }
    }

    fn location(&self, digest: &str) -> Result<Location, ComponentStoreError> {
        let is_hex = |hex: &&str| {
            let mut digits = hex.bytes();
            hex.len() == 64 && digits.all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
        };
        let hex = digest.strip_prefix("sha256:").filter(is_hex);
        hex.map(|hex| self.root.clone().join(hex))
            .ok_or_else(|| ComponentStoreError::NotADigest(digest.to_owned()))
    }
}

/// Removes partial files that remained when the platform was killed; the store names them `…#1`.
fn remove_staged(folder: &Path) -> std::io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().contains('#') {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
