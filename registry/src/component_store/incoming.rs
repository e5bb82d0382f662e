//! A component that is being stored, hashed while it arrives.

use std::sync::Arc;

use bytes::BytesMut;
use object_store::path::Path as Location;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt as _, PutPayload};
use sha2::{Digest as _, Sha256};
use tokio::runtime::Handle;

use super::{ComponentStoreError, KIND};

/// Bytes that are sent to the store at once: the minimum of S3 for a part other than the last. All parts but
/// the last have this size, since some stores require equal sizes.
pub(super) const PART_BYTES: usize = 5 * 1024 * 1024;

/// A component that is arriving. If it is dropped without [`Incoming::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct Incoming {
    store: Arc<dyn ObjectStore>,
    location: Location,
    wanted: String,
    hasher: Sha256,
    part: BytesMut,
    /// Begins with the first complete part: a smaller component is a single request.
    upload: Option<Box<dyn MultipartUpload>>,
}

impl Incoming {
    pub(super) fn begin(store: Arc<dyn ObjectStore>, location: Location, wanted: String) -> Self {
        Self {
            store,
            location,
            wanted,
            hasher: Sha256::new(),
            part: BytesMut::new(),
            upload: None,
        }
    }

    /// Continues an upload that was begun elsewhere.
    #[cfg(test)]
    pub(super) fn continue_with(&mut self, upload: Box<dyn MultipartUpload>) {
        self.upload = Some(upload);
    }

    /// Adds the next bytes.
    ///
    /// # Errors
    /// [`ComponentStoreError::Refused`], [`ComponentStoreError::Store`].
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), ComponentStoreError> {
        self.hasher.update(bytes);
        while !bytes.is_empty() {
            let room = PART_BYTES.saturating_sub(self.part.len());
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.part.extend_from_slice(now);
            bytes = later;
            if self.part.len() == PART_BYTES {
                self.send_part().await?;
            }
        }
        Ok(())
    }

    async fn send_part(&mut self) -> Result<(), ComponentStoreError> {
        let part = PutPayload::from_bytes(self.part.split().freeze());
        let upload = match &mut self.upload {
            Some(upload) => upload,
            none => none.insert(self.store.put_multipart(&self.location).await?),
        };
        Ok(upload.put_part(part).await?)
    }

    /// Stores the bytes if they have the announced digest; otherwise returns the digest that they have.
    ///
    /// # Errors
    /// [`ComponentStoreError::Refused`], [`ComponentStoreError::Store`].
    pub async fn finish(mut self) -> Result<Result<(), String>, ComponentStoreError> {
        let found = std::mem::take(&mut self.hasher).finalize();
        let found = format!("{KIND}:{}", hex::encode(found));
        if found != self.wanted {
            self.abandon().await;
            return Ok(Err(found));
        }
        if self.upload.is_some() && !self.part.is_empty() {
            self.send_part().await?;
        }
        if let Some(upload) = &mut self.upload {
            upload.complete().await?;
            self.upload = None;
        } else {
            let all = PutPayload::from_bytes(self.part.split().freeze());
            self.store.put(&self.location, all).await?;
        }
        Ok(Ok(()))
    }

    /// Discards the bytes.
    pub async fn abandon(&mut self) {
        if let Some(upload) = self.upload.take() {
            abort(upload).await;
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let (Some(upload), Ok(runtime)) = (self.upload.take(), Handle::try_current()) {
            runtime.spawn(abort(upload));
        }
    }
}

/// Parts that remain only cost money: the bucket's lifecycle rule removes them (`deploy/README.md`).
async fn abort(mut upload: Box<dyn MultipartUpload>) {
    if let Err(error) = upload.abort().await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "component_store.abort failed"
        );
    }
}
