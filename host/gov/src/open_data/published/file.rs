//! The content of files, in pieces.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::{PUBLISHER_BYTES_MAX, PublishError, store};
use crate::db::{Db, DbError};
use crate::platform::Platform;

/// Bytes of a piece: 256 KiB as base64.
pub const PIECE_BYTES: usize = 192 * 1024;
/// Pieces that are written in one transaction, for which every other change waits.
const BATCH_PIECES: usize = 8;

/// A file that arrives. If it is dropped before [`Writer::finish`], the sweep removes what came.
pub struct Writer {
    platform: Platform,
    id: String,
    bytes_max: u64,
    bytes: u64,
    pieces: i64,
    waiting: Vec<u8>,
    hash: Sha256,
}

/// A complete file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub id: String,
    pub bytes: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
}

impl Writer {
    /// Begins a file of at most `bytes_max` bytes.
    ///
    /// # Errors
    /// [`PublishError::TooMany`] if the organisation's files take [`PUBLISHER_BYTES_MAX`], [`PublishError::Db`].
    pub async fn begin(
        platform: &Platform,
        organisation: &str,
        bytes_max: u64,
    ) -> Result<Self, PublishError> {
        let now = platform.clock.now();
        let id = platform.random.id("odf", now);
        let mut tx = platform.db.begin_if_room().await?;
        if store::file_bytes(&mut tx, organisation).await? >= PUBLISHER_BYTES_MAX {
            return Err(PublishError::TooMany {
                max: PUBLISHER_BYTES_MAX,
                what: "bytes of files",
            });
        }
        store::file_insert(&mut tx, &id, organisation, now).await?;
        tx.commit().await?;
        Ok(Self {
            platform: platform.clone(),
            id,
            bytes_max,
            bytes: 0,
            pieces: 0,
            waiting: Vec::new(),
            hash: Sha256::new(),
        })
    }

    /// Takes more of the content.
    ///
    /// # Errors
    /// [`PublishError::TooLarge`], [`PublishError::Db`].
    pub async fn push(&mut self, part: &[u8]) -> Result<(), PublishError> {
        self.bytes = self
            .bytes
            .saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX));
        if self.bytes > self.bytes_max {
            return Err(PublishError::TooLarge { max: self.bytes_max });
        }
        self.hash.update(part);
        for part in part.chunks(PIECE_BYTES * BATCH_PIECES) {
            self.waiting.extend_from_slice(part);
            if self.waiting.len() >= PIECE_BYTES * BATCH_PIECES {
                self.write(PIECE_BYTES).await?;
            }
        }
        Ok(())
    }

    /// Writes the pieces that are at least `least` bytes long.
    async fn write(&mut self, least: usize) -> Result<(), PublishError> {
        let mut tx = self.platform.db.begin_if_room().await?;
        let mut rest = self.waiting.as_slice();
        while rest.len() >= least.max(1) {
            let (piece, after) = rest.split_at(rest.len().min(PIECE_BYTES));
            store::piece_insert(&mut tx, &self.id, self.pieces, &STANDARD.encode(piece)).await?;
            self.pieces = self.pieces.saturating_add(1);
            rest = after;
        }
        store::file_grow(&mut tx, &self.id, self.bytes).await?;
        tx.commit().await?;
        self.waiting = rest.to_vec();
        Ok(())
    }

    /// Completes the file.
    ///
    /// # Errors
    /// [`PublishError::Db`].
    pub async fn finish(mut self) -> Result<Kept, PublishError> {
        self.write(0).await?;
        let sha256 = hex::encode(self.hash.finalize());
        let mut tx = self.platform.db.begin_if_room().await?;
        store::file_complete(&mut tx, &self.id, self.bytes, &sha256).await?;
        tx.commit().await?;
        Ok(Kept {
            id: self.id,
            bytes: self.bytes,
            sha256,
        })
    }
}

/// One piece of a file; `None` behind its end.
pub async fn piece(db: &Db, file: &str, number: i64) -> Result<Option<Bytes>, DbError> {
    let mut reader = db.reader().await?;
    let Some(content) = store::piece(&mut reader, file, number).await? else {
        return Ok(None);
    };
    let decoded = STANDARD.decode(content);
    let bytes = decoded.map_err(|_| DbError::corrupt("open_data_piece", file))?;
    Ok(Some(Bytes::from(bytes)))
}

/// A whole file.
pub async fn content(db: &Db, file: &str) -> Result<Vec<u8>, DbError> {
    let mut content = Vec::new();
    let mut number = 0_i64;
    while let Some(piece) = piece(db, file, number).await? {
        content.extend_from_slice(&piece);
        number = number.saturating_add(1);
    }
    Ok(content)
}
