//! The store of components, and the errors for an operator about one that cannot be used.

use std::path::PathBuf;

use aim_registry::component_store::{Bucket, ComponentStore, ComponentStoreError};

/// The store of components.
#[derive(Clone, Debug)]
pub enum Components {
    /// In files.
    Folder(PathBuf),
    /// In an S3-compatible store.
    Bucket(Bucket),
}

/// Why a bucket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// It does not exist.
    #[error("s3.bucket: the store has no such bucket; make it, or correct the name")]
    Missing(#[source] ComponentStoreError),
    /// The key is wrong, or has too few permissions.
    #[error(
        "s3.access_key_id: the store refuses the key; correct it and `s3.secret_access_key_file`, and permit it to list the \
         bucket and to read, write and delete objects below the prefix"
    )]
    Refused(#[source] ComponentStoreError),
    /// It does not answer, or not like S3.
    #[error(
        "s3.endpoint: the store does not answer as S3 does; correct the address and `s3.region`, or start it"
    )]
    Silent(#[source] ComponentStoreError),
}

impl From<ComponentStoreError> for BucketError {
    fn from(error: ComponentStoreError) -> Self {
        match error {
            ComponentStoreError::NoBucket(_) => Self::Missing(error),
            ComponentStoreError::Refused(_) => Self::Refused(error),
            _ => Self::Silent(error),
        }
    }
}

impl Components {
    pub(crate) fn open(&self) -> Result<ComponentStore, ComponentStoreError> {
        match self {
            Self::Folder(folder) => ComponentStore::in_folder(folder),
            Self::Bucket(bucket) => ComponentStore::in_bucket(bucket),
        }
    }

    /// Asks a bucket whether it can be read. A folder was checked with the settings.
    ///
    /// # Errors
    /// [`BucketError`].
    pub async fn check(&self) -> Result<(), BucketError> {
        match self {
            Self::Folder(_) => Ok(()),
            Self::Bucket(bucket) => Ok(ComponentStore::in_bucket(bucket)?.probe().await?),
        }
    }
}
