//! Components, addressed by their hash: what is here under a digest has that digest.

use std::collections::BTreeSet;
use std::path::Path;

use aim_runtime::ComponentBytes;
use bytes::BytesMut;
use futures::TryStreamExt as _;
use object_store::local::LocalFileSystem;
use object_store::{MultipartUpload, ObjectStore as _, ObjectStoreExt as _, PutPayload};
use sha2::{Digest as _, Sha256};

/// Bytes of a component at most: room for what componentize-js and componentize-py produce (13 and
/// 18 MB).
pub const COMPONENT_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// Bytes written to the store at once.
const PART_BYTES: usize = 1024 * 1024;
/// The hash that components are named by; also the folder of their files.
const KIND: &str = "sha256";

#[derive(Debug, thiserror::Error)]
pub enum ComponentStoreError {
    #[error("the folder of components could not be made")]
    Folder(#[source] std::io::Error),
    #[error("the store of components failed")]
    Store(#[from] object_store::Error),
    #[error("the component was not hashed: the platform stops")]
    Interrupted,
    #[error("`{0}` is not a digest")]
    NotADigest(String),
    #[error("the component kept as `{digest}` has the digest `{found}`")]
    Changed { digest: String, found: String },
}

/// The digest of these bytes: `sha256:` and 64 hexadecimal digits.
pub fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}

/// Where components are kept. Clones share it.
#[derive(Clone, Debug)]
pub struct ComponentStore {
    store: std::sync::Arc<LocalFileSystem>,
    folder: std::sync::Arc<Path>,
}

impl ComponentStore {
    /// The components in this folder, which is made if it is missing.
    ///
    /// # Errors
    /// [`ComponentStoreError::Folder`], [`ComponentStoreError::Store`].
    pub fn open(folder: &Path) -> Result<Self, ComponentStoreError> {
        std::fs::create_dir_all(folder).map_err(ComponentStoreError::Folder)?;
        remove_staged(&folder.join(KIND)).map_err(ComponentStoreError::Folder)?;
        let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            store: std::sync::Arc::new(store),
            folder: folder.into(),
        })
    }

    /// Whether components can be read at all.
    pub async fn probe(&self) -> Result<(), ComponentStoreError> {
        let opened = tokio::fs::read_dir(&self.folder).await;
        opened.map(|_| ()).map_err(ComponentStoreError::Folder)
    }

    /// Removes every component that is not among `needed`; answers how many.
    ///
    /// # Errors
    /// [`ComponentStoreError::Store`].
    pub async fn keep_only(&self, needed: &BTreeSet<String>) -> Result<usize, ComponentStoreError> {
        let all: Vec<_> = self.store.list(None).try_collect().await?;
        let mut removed = 0_usize;
        for object in all {
            let name = object.location.filename().unwrap_or_default();
            if !needed.contains(&format!("{KIND}:{name}")) {
                self.store.delete(&object.location).await?;
                removed = removed.saturating_add(1);
            }
        }
        Ok(removed)
    }

    /// Begins to keep a component that should have `digest`.
    ///
    /// # Errors
    /// [`ComponentStoreError::NotADigest`], [`ComponentStoreError::Store`].
    pub async fn receive(&self, digest: &str) -> Result<Incoming, ComponentStoreError> {
        let upload = self.store.put_multipart(&location(digest)?).await?;
        Ok(Incoming {
            wanted: digest.to_owned(),
            hasher: Sha256::new(),
            part: BytesMut::with_capacity(PART_BYTES),
            upload: Some(upload),
        })
    }

    /// The component of this digest, checked against it; `None` where there is none.
    ///
    /// # Errors
    /// [`ComponentStoreError::NotADigest`], [`ComponentStoreError::Store`], [`ComponentStoreError::Changed`].
    pub async fn get(&self, digest: &str) -> Result<Option<ComponentBytes>, ComponentStoreError> {
        let found = match self.store.get(&location(digest)?).await {
            Ok(found) => found,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut bytes = BytesMut::new();
        let mut stream = found.into_stream();
        while let Some(part) = stream.try_next().await? {
            bytes.extend_from_slice(&part);
        }
        let hashed = tokio::task::spawn_blocking(move || ComponentBytes::new(bytes.freeze())).await;
        let component = hashed.map_err(|_| ComponentStoreError::Interrupted)?;
        let found = component.digest().to_string();
        if found == digest {
            Ok(Some(component))
        } else {
            Err(ComponentStoreError::Changed {
                digest: digest.to_owned(),
                found,
            })
        }
    }
}

/// Removes what arrived in part when the platform was killed; the store names such files `…#1`.
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

fn location(digest: &str) -> Result<object_store::path::Path, ComponentStoreError> {
    let hex = digest.strip_prefix("sha256:").filter(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
    });
    hex.map(|hex| object_store::path::Path::from_iter([KIND, hex]))
        .ok_or_else(|| ComponentStoreError::NotADigest(digest.to_owned()))
}

/// A component that is arriving. Dropped without [`Incoming::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Incoming {
    wanted: String,
    hasher: Sha256,
    part: BytesMut,
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Incoming {
    /// The next bytes.
    ///
    /// # Errors
    /// [`ComponentStoreError::Store`].
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), ComponentStoreError> {
        self.hasher.update(bytes);
        self.part.extend_from_slice(bytes);
        if self.part.len() >= PART_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<(), ComponentStoreError> {
        let part = self.part.split().freeze();
        if let (Some(upload), false) = (&mut self.upload, part.is_empty()) {
            upload.put_part(PutPayload::from_bytes(part)).await?;
        }
        Ok(())
    }

    /// Keeps what arrived, if it has the digest that was announced; else answers the one it has.
    ///
    /// # Errors
    /// [`ComponentStoreError::Store`].
    pub async fn finish(mut self) -> Result<Result<(), String>, ComponentStoreError> {
        self.flush().await?;
        let found = format!(
            "sha256:{}",
            hex::encode(std::mem::take(&mut self.hasher).finalize())
        );
        if found != self.wanted {
            self.abandon().await?;
            return Ok(Err(found));
        }
        if let Some(mut upload) = self.upload.take() {
            upload.complete().await?;
        }
        Ok(Ok(()))
    }

    /// Forgets what arrived.
    ///
    /// # Errors
    /// [`ComponentStoreError::Store`].
    pub async fn abandon(&mut self) -> Result<(), ComponentStoreError> {
        if let Some(mut upload) = self.upload.take() {
            upload.abort().await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_has_another_digest_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let components = ComponentStore::open(folder.path()).unwrap();
        let digest = digest_of(b"hello");
        let mut incoming = components.receive(&digest).await.unwrap();
        incoming.write(b"other").await.unwrap();
        assert_eq!(incoming.finish().await.unwrap(), Err(digest_of(b"other")));
        assert_eq!(components.get(&digest).await.unwrap(), None);

        let mut incoming = components.receive(&digest).await.unwrap();
        incoming.write(b"hel").await.unwrap();
        incoming.write(b"lo").await.unwrap();
        incoming.finish().await.unwrap().unwrap();
        assert_eq!(
            components.get(&digest).await.unwrap().unwrap().bytes(),
            &b"hello"[..]
        );
    }

    #[tokio::test]
    async fn what_nobody_needs_is_removed_and_what_arrived_in_part_too() {
        let folder = tempfile::tempdir().unwrap();
        let components = ComponentStore::open(folder.path()).unwrap();
        for bytes in [b"one", b"two"] {
            let mut incoming = components.receive(&digest_of(bytes)).await.unwrap();
            incoming.write(bytes).await.unwrap();
            incoming.finish().await.unwrap().unwrap();
        }
        // Killed in the middle of an upload.
        let mut cut = components.receive(&digest_of(b"three")).await.unwrap();
        cut.part.extend_from_slice(b"thr");
        cut.flush().await.unwrap();
        std::mem::forget(cut);
        let files = || {
            let kept = std::fs::read_dir(folder.path().join(KIND)).unwrap();
            kept.count()
        };
        assert_eq!(files(), 3);

        let components = ComponentStore::open(folder.path()).unwrap();
        assert_eq!(files(), 2);
        assert_eq!(
            components.keep_only(&[digest_of(b"two")].into()).await.unwrap(),
            1
        );
        assert_eq!(components.get(&digest_of(b"one")).await.unwrap(), None);
        assert_eq!(
            components.get(&digest_of(b"two")).await.unwrap().unwrap().bytes(),
            &b"two"[..]
        );
    }

    #[tokio::test]
    async fn a_file_that_somebody_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let components = ComponentStore::open(folder.path()).unwrap();
        let digest = digest_of(b"hello");
        let mut incoming = components.receive(&digest).await.unwrap();
        incoming.write(b"hello").await.unwrap();
        incoming.finish().await.unwrap().unwrap();
        let file = folder
            .path()
            .join("sha256")
            .join(digest.strip_prefix("sha256:").unwrap());
        std::fs::write(file, b"hellO").unwrap();
        assert!(matches!(
            components.get(&digest).await,
            Err(ComponentStoreError::Changed { .. })
        ));
    }

    #[tokio::test]
    async fn a_path_is_no_digest() {
        let folder = tempfile::tempdir().unwrap();
        let components = ComponentStore::open(folder.path()).unwrap();
        for bad in [
            "",
            "sha256:",
            "sha256:../../etc/passwd",
            "md5:00",
            &format!("sha256:{}", "A".repeat(64)),
        ] {
            assert!(
                matches!(
                    components.receive(bad).await,
                    Err(ComponentStoreError::NotADigest(_))
                ),
                "{bad}"
            );
        }
    }
}
