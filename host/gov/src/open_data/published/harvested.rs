//! Data sets that were harvested: published without a draft, and never in the place of a publisher's.

use sha2::{Digest as _, Sha256};

use super::file::{Kept, Writer};
use super::publish::{NewVersion, PUBLISHED_BYTES_MAX};
use super::store::{self, SetState};
use super::{About, ActKind, PublishError, Publisher, record};
use crate::open_data::OpenData;
use crate::open_data::upload::Reading;

/// A data set of a source, read and checked.
#[derive(Debug)]
pub struct Harvested {
    pub about: About,
    pub reading: Reading,
    /// The rows as they are published.
    pub content: Vec<u8>,
    pub file_name: String,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Added,
    Changed,
    Unchanged,
}

impl OpenData {
    /// Publishes a data set of a source, unless it is published like that already.
    ///
    /// # Errors
    /// [`PublishError::Taken`], [`PublishError::TooMany`], [`PublishError::TooLarge`], [`PublishError::Moved`],
    /// [`PublishError::Db`].
    pub async fn put_harvested(&self, source: &Publisher, harvested: Harvested) -> Result<Put, PublishError> {
        let Harvested {
            about,
            reading,
            content,
            file_name,
        } = harvested;
        let identifier = about.identifier.clone();
        self.check_free(&identifier)?;
        let mut reader = self.platform.db.reader().await?;
        let before = store::set(&mut reader, &identifier).await?;
        let last = store::versions(&mut reader, &identifier)
            .await?
            .into_iter()
            .next();
        drop(reader);
        // Before its file takes room.
        if before
            .as_ref()
            .is_some_and(|set| set.organisation != source.organisation)
        {
            return Err(PublishError::Taken(identifier));
        }
        let is_published = before
            .as_ref()
            .is_some_and(|set| set.state == SetState::Published);
        let sha256 = hex::encode(Sha256::digest(&content));
        let is_same = before.is_some_and(|set| set.about == about && set.publisher == source.name)
            && last.is_some_and(|last| last.sha256 == sha256);
        if is_same && is_published {
            return Ok(Put::Unchanged);
        }
        let mut writer = Writer::begin(&self.platform, &source.organisation, PUBLISHED_BYTES_MAX).await?;
        writer.push(&content).await?;
        let file: Kept = writer.finish().await?;
        let mut tx = self.platform.db.begin_if_room().await?;
        let version = NewVersion {
            reading,
            file_name,
            file,
            replaces: true,
        };
        self.insert_version(&mut tx, source, &about, version).await?;
        tx.commit().await?;
        Ok(if is_published { Put::Changed } else { Put::Added })
    }

    /// Takes a data set of a source out of the catalogue.
    ///
    /// # Errors
    /// [`PublishError::Db`].
    pub async fn withdraw_harvested(&self, source: &Publisher, identifier: &str) -> Result<(), PublishError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        if store::set_withdraw(&mut tx, &source.organisation, identifier, now).await? {
            record(&mut tx, &self.platform, source, ActKind::Withdraw, identifier, "").await?;
        }
        Ok(tx.commit().await?)
    }
}
