//! The log of messages on the exchange: each is signed and names the hash of the one before, so that none can be
//! changed, added or taken out unseen. What cannot be written there does not leave the platform.
//!
//! A message is kept in full for [`CONTENT_DAYS`] days, sealed where the database has a key; its digest and its
//! place in the chain stay.

use sha2::{Digest as _, Sha256};

use super::agency::closed;
use super::kept;
use super::message::{self, Request, Response};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::GovError;
use crate::idempotency::hash_fields;
use crate::invocation::ServiceId;
use crate::platform::Platform;
use crate::statement::StatementKey;
use crate::{row, sql};

/// How long a message is kept in full, in days: as long as X-Road's database has it before it is archived.
pub const CONTENT_DAYS: u32 = 30;
/// The prefix of the ids of records.
const RECORD: &str = "exl";
/// The media type of a record's signature, `application/…`.
const SIGNED: &str = "exchange-log+jws";
/// Records that are verified in one statement.
const VERIFY_BATCH: i64 = 200;

/// A message as it is logged.
pub(super) struct Written {
    kind: &'static str,
    message_id: String,
    request_id: Option<String>,
    service: ServiceId,
    content: String,
}

impl Written {
    /// A request, before it leaves.
    pub(super) fn request(service: &ServiceId, request: &Request) -> Self {
        let content = serde_json::json!({
            "path": request.path(),
            "headers": request.headers,
            "body": String::from_utf8_lossy(&request.body),
        });
        Self {
            kind: "request",
            message_id: request.message_id.clone(),
            request_id: None,
            service: service.clone(),
            content: content.to_string(),
        }
    }

    /// An answer.
    pub(super) fn response(service: &ServiceId, response: &Response) -> Self {
        let content = serde_json::json!({
            "status": response.status,
            "headers": [
                (message::REQUEST_HASH, response.request_hash.as_deref().unwrap_or_default()),
                ("Content-Type", &response.content_type),
            ],
            "body": String::from_utf8_lossy(&response.body),
        });
        Self {
            kind: "response",
            message_id: response.message_id.clone(),
            request_id: Some(response.request_id.clone()),
            service: service.clone(),
            content: content.to_string(),
        }
    }
}

/// A record of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub id: String,
    /// Its place: 1, 2, 3 …
    pub number: i64,
    /// The hash of the record before; empty for the first.
    pub previous: String,
    /// `request` or `response`.
    pub kind: String,
    pub message_id: String,
    pub request_id: Option<String>,
    pub service: ServiceId,
    pub at: Timestamp,
    /// SHA-256 of the content, in hexadecimal.
    pub digest: String,
    /// JSON with headers and body, perhaps sealed; `None` after [`CONTENT_DAYS`].
    pub content: Option<String>,
    /// Of everything above but the content.
    pub hash: String,
    /// A JWS of the platform over number and hash.
    pub signature: String,
}

row!(Record, "exchange_message", "id", row => Self {
    id: row.get("id")?,
    number: row.get("number")?,
    previous: row.get("previous")?,
    kind: row.get("kind")?,
    message_id: row.get("message_id")?,
    request_id: row.get("request_id")?,
    service: row.get("service")?,
    at: row.get("at_ms")?,
    digest: row.get("digest")?,
    content: row.get("content")?,
    hash: row.get("hash")?,
    signature: row.get("signature")?,
});

#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// The first record that is not as it was written, or is missing.
    #[error("the log of the exchange is broken at record {0}")]
    Broken(i64),
}

impl Record {
    fn computed_hash(&self) -> String {
        let at = self.at.0.to_string();
        hash_fields(&[
            &self.id,
            &self.number.to_string(),
            &self.previous,
            &self.kind,
            &self.message_id,
            self.request_id.as_deref().unwrap_or_default(),
            &self.service.0,
            &at,
            &self.digest,
        ])
    }

    /// The signature is deterministic (RFC 6979): the same record has the same one.
    fn computed_signature(&self, key: &StatementKey) -> Option<String> {
        let statement = serde_json::json!({ "number": self.number, "hash": self.hash });
        key.sign(SIGNED, (crate::audit::PLATFORM, self.at.seconds()), &statement)
            .ok()
    }

    /// The message as it was: `None` if it is no longer kept.
    ///
    /// # Errors
    /// [`DbError::Corrupt`] where it does not open.
    pub fn opened(&self, platform: &Platform) -> Result<Option<String>, DbError> {
        let content = self.content.as_deref();
        content
            .map(|content| kept::open(platform, "exchange_message", &self.id, content))
            .transpose()
    }

    /// Whether the record is as it was written after `before`.
    fn is_whole(&self, platform: &Platform, key: &StatementKey, before: Option<&Self>) -> bool {
        let (number, previous) = before.map_or((0, ""), |before| (before.number, &before.hash));
        let content = match self.opened(platform) {
            Ok(Some(content)) => digest(&content) == self.digest,
            Ok(None) => true,
            Err(_) => false,
        };
        content
            && self.number == number.saturating_add(1)
            && self.previous == previous
            && self.hash == self.computed_hash()
            && self.computed_signature(key).as_ref() == Some(&self.signature)
    }
}

fn digest(content: &str) -> String {
    hex::encode(Sha256::digest(content.as_bytes()))
}

/// Writes a message at the end of the log; the id of its record.
///
/// # Errors
/// `unavailable` (`exchange-closed`) where the end of the log is not as it was written, `storage-unavailable`.
pub(super) async fn append(
    tx: &mut Conn,
    platform: &Platform,
    key: &StatementKey,
    now: Timestamp,
    written: &Written,
) -> Result<String, GovError> {
    // Records are written one after the other.
    sql!("exchange/lock_end").run(tx).await?;
    let (number, hash): (i64, String) = sql!("exchange/end").one(tx).await?;
    let last: Option<Record> = sql!("exchange/record", number).optional(tx).await?;
    let (end_number, end_hash) = last
        .as_ref()
        .map_or((0, String::new()), |last| (last.number, last.computed_hash()));
    if (end_number, &end_hash) != (number, &hash) {
        tracing::error!(record = number, "exchange.log broken");
        return Err(closed());
    }
    let id = platform.random.id(RECORD, now);
    let kept = kept::seal(platform, &id, &written.content)?;
    let mut record = Record {
        id,
        number: number.saturating_add(1),
        previous: hash,
        kind: written.kind.to_owned(),
        message_id: written.message_id.clone(),
        request_id: written.request_id.clone(),
        service: written.service.clone(),
        at: now,
        digest: digest(&written.content),
        content: Some(kept),
        hash: String::new(),
        signature: String::new(),
    };
    record.hash = record.computed_hash();
    record.signature = record
        .computed_signature(key)
        .ok_or_else(GovError::storage_unavailable)?;
    insert(tx, &record).await?;
    Ok(record.id)
}

async fn insert(tx: &mut Conn, record: &Record) -> Result<(), DbError> {
    sql!(
        "exchange/insert",
        &record.id,
        record.number,
        &record.previous,
        &record.kind,
        &record.message_id,
        &record.request_id,
        &record.service,
        record.at,
        &record.digest,
        &record.content,
        &record.hash,
        &record.signature
    )
    .run(tx)
    .await?;
    sql!("exchange/move_end", record.number, &record.hash)
        .run(tx)
        .await?;
    Ok(())
}

impl super::Exchange {
    /// Verifies every record; returns how many there are.
    ///
    /// # Errors
    /// [`LogError::Broken`] at the first record that was changed, added or taken out.
    pub async fn verify_log(&self) -> Result<i64, LogError> {
        let mut before: Option<Record> = None;
        loop {
            let after = before.as_ref().map_or(0, |record| record.number);
            let records: Vec<Record> = {
                let mut reader = self.platform.db.reader().await?;
                sql!("exchange/records", after, VERIFY_BATCH)
                    .all(&mut reader)
                    .await?
            };
            if records.is_empty() {
                let mut reader = self.platform.db.reader().await?;
                let (number, _): (i64, String) = sql!("exchange/end").one(&mut reader).await?;
                // Records may have been written meanwhile; none may be missing.
                let newer: Option<Record> = sql!("exchange/record", number).optional(&mut reader).await?;
                return match number > after && newer.is_none() {
                    true => Err(LogError::Broken(number)),
                    false => Ok(after),
                };
            }
            for record in records {
                if !record.is_whole(&self.platform, self.identity.statements(), before.as_ref()) {
                    return Err(LogError::Broken(after_or(before.as_ref())));
                }
                before = Some(record);
            }
        }
    }

    /// The records of one message, oldest first.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn logged(&self, message_id: &str) -> Result<Vec<Record>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        sql!("exchange/of_message", message_id).all(&mut reader).await
    }
}

/// The place after this record.
fn after_or(before: Option<&Record>) -> i64 {
    before.map_or(1, |record| record.number.saturating_add(1))
}
