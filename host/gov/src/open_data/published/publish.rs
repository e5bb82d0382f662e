//! What changes the catalogue: publish, replace, describe, withdraw.

use super::about::About;
use super::file::{Kept, Writer};
use super::store::{self, Draft, SetRecord, SetState, VersionRecord};
use super::{ActKind, NewAbout, PublishError, Publisher, SETS_MAX, VERSIONS_KEPT, record};
use crate::db::Conn;
use crate::open_data::OpenData;
use crate::open_data::upload::{self, FILE_BYTES_MAX, Reading};

/// The largest published file: a letter of one byte becomes two in UTF-8, and quotes are added.
pub(super) const PUBLISHED_BYTES_MAX: u64 = 3 * FILE_BYTES_MAX;

/// What was named or published.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    pub about: About,
    /// The number of the version; 0 without one.
    pub version: i64,
}

/// A version before it has a number.
pub(super) struct NewVersion {
    pub(super) reading: Reading,
    pub(super) file_name: String,
    pub(super) file: Kept,
    /// Whether it may replace a version that readers see.
    pub(super) replaces: bool,
}

impl OpenData {
    /// Publishes a draft: a new data set, or a version that replaces all rows at once.
    ///
    /// # Errors
    /// [`PublishError`], for every rule.
    pub async fn publish(&self, publisher: &Publisher, draft_id: &str) -> Result<Announcement, PublishError> {
        let draft = self.own_draft(publisher, draft_id).await?;
        let reading = draft.reading.clone().map_err(PublishError::Unread)?;
        if reading.bad_count > 0 {
            return Err(PublishError::BadRows(Box::new(reading)));
        }
        let about = draft.about.parse().map_err(PublishError::Fields)?;
        self.check_free(&about.identifier)?;
        let file = self.written(publisher, &draft, &reading).await?;
        let version = self
            .store_version(publisher, &draft, &about, reading, &file)
            .await?;
        self.refresh().await;
        Ok(Announcement { about, version })
    }

    /// Names a data set before its file is there, as programs do.
    ///
    /// # Errors
    /// [`PublishError::Fields`], [`PublishError::Taken`], [`PublishError::NotPublisher`], [`PublishError::TooMany`],
    /// [`PublishError::Db`].
    pub async fn announce(
        &self,
        publisher: &Publisher,
        about: &NewAbout,
    ) -> Result<Announcement, PublishError> {
        let about = about.parse().map_err(PublishError::Fields)?;
        self.check_free(&about.identifier)?;
        let mut tx = self.platform.db.begin_if_room().await?;
        if !store::lock(&mut tx, &publisher.organisation).await? {
            return Err(PublishError::NotPublisher);
        }
        self.insert(&mut tx, publisher, &about).await?;
        record(
            &mut tx,
            &self.platform,
            publisher,
            ActKind::Announce,
            &about.identifier,
            "",
        )
        .await?;
        tx.commit().await?;
        Ok(Announcement { about, version: 0 })
    }

    /// Changes what is said about a data set.
    ///
    /// # Errors
    /// [`PublishError::Fields`], [`PublishError::NotFound`], [`PublishError::NotPublisher`], [`PublishError::Db`].
    pub async fn describe(
        &self,
        publisher: &Publisher,
        about: &NewAbout,
    ) -> Result<Announcement, PublishError> {
        let about = about.parse().map_err(PublishError::Fields)?;
        let mut tx = self.platform.db.begin_if_room().await?;
        if !store::lock(&mut tx, &publisher.organisation).await? {
            return Err(PublishError::NotPublisher);
        }
        let set = own(&mut tx, publisher, &about.identifier).await?;
        let now = self.platform.clock.now();
        store::set_describe(&mut tx, &publisher.organisation, &about, now).await?;
        record(
            &mut tx,
            &self.platform,
            publisher,
            ActKind::Describe,
            &about.identifier,
            "",
        )
        .await?;
        tx.commit().await?;
        self.refresh().await;
        Ok(Announcement {
            about,
            version: set.version,
        })
    }

    /// Takes a data set out of the catalogue. Its name stays the publisher's, and a new version brings it back.
    ///
    /// # Errors
    /// [`PublishError::NotFound`], [`PublishError::NotPublisher`], [`PublishError::Moved`] if it is not published,
    /// [`PublishError::Db`].
    pub async fn withdraw(&self, publisher: &Publisher, identifier: &str) -> Result<SetRecord, PublishError> {
        let mut tx = self.platform.db.begin().await?;
        if !store::lock(&mut tx, &publisher.organisation).await? {
            return Err(PublishError::NotPublisher);
        }
        let set = own(&mut tx, publisher, identifier).await?;
        let now = self.platform.clock.now();
        if !store::set_withdraw(&mut tx, &publisher.organisation, identifier, now).await? {
            return Err(PublishError::Moved);
        }
        record(
            &mut tx,
            &self.platform,
            publisher,
            ActKind::Withdraw,
            identifier,
            "",
        )
        .await?;
        tx.commit().await?;
        self.refresh().await;
        Ok(SetRecord {
            state: SetState::Withdrawn,
            ..set
        })
    }

    /// A data set of this publisher.
    ///
    /// # Errors
    /// [`PublishError::NotFound`], [`PublishError::Db`].
    pub async fn own_set(&self, publisher: &Publisher, identifier: &str) -> Result<SetRecord, PublishError> {
        let mut reader = self.platform.db.reader().await?;
        own(&mut reader, publisher, identifier).await
    }

    /// Checks that no data set of the platform's own has this identifier.
    pub(super) fn check_free(&self, identifier: &str) -> Result<(), PublishError> {
        match self.base.is_taken(identifier) {
            true => Err(PublishError::Taken(identifier.to_owned())),
            false => Ok(()),
        }
    }

    /// The values of a draft's file, as they are published.
    async fn written(
        &self,
        publisher: &Publisher,
        draft: &Draft,
        reading: &Reading,
    ) -> Result<Kept, PublishError> {
        let reading = reading.clone();
        let written = self
            .with_file(&draft.file, move |content| {
                let mut written = Vec::new();
                upload::write(&content, &reading, &mut written).map(|()| written)
            })
            .await??;
        let mut writer = Writer::begin(&self.platform, &publisher.organisation, PUBLISHED_BYTES_MAX).await?;
        writer.push(&written).await?;
        writer.finish().await
    }

    async fn store_version(
        &self,
        publisher: &Publisher,
        draft: &Draft,
        about: &About,
        reading: Reading,
        file: &Kept,
    ) -> Result<i64, PublishError> {
        let organisation = publisher.organisation.as_str();
        let mut tx = self.platform.db.begin_if_room().await?;
        if !store::lock(&mut tx, organisation).await? {
            return Err(PublishError::NotPublisher);
        }
        if !store::draft_spend(&mut tx, draft).await? {
            return Err(PublishError::Moved);
        }
        let version = NewVersion {
            reading,
            file_name: draft.file_name.clone(),
            file: file.clone(),
            // A new data set does not replace another one of the same publisher by accident.
            replaces: !draft.dataset.is_empty(),
        };
        let version = self.insert_version(&mut tx, publisher, about, version).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// Makes a version of a data set, which is inserted if it is new, the one that readers see: its number.
    ///
    /// # Errors
    /// [`PublishError::Taken`], [`PublishError::TooMany`], [`PublishError::Moved`], [`PublishError::Db`].
    pub(super) async fn insert_version(
        &self,
        tx: &mut Conn,
        publisher: &Publisher,
        about: &About,
        new: NewVersion,
    ) -> Result<i64, PublishError> {
        let (organisation, identifier) = (publisher.organisation.as_str(), about.identifier.as_str());
        let before = match store::set(tx, identifier).await? {
            Some(set) if set.organisation != organisation => {
                return Err(PublishError::Taken(identifier.to_owned()));
            }
            Some(set) if !new.replaces && set.version > 0 => {
                return Err(PublishError::Taken(identifier.to_owned()));
            }
            Some(set) => set.version,
            None => {
                self.insert(tx, publisher, about).await?;
                0
            }
        };
        let version = before.saturating_add(1);
        let kind = if before == 0 {
            ActKind::Publish
        } else {
            ActKind::Replace
        };
        let now = record(tx, &self.platform, publisher, kind, identifier, &new.file.sha256).await?;
        let row = VersionRecord {
            dataset: identifier.to_owned(),
            number: version,
            file: new.file.id,
            file_name: new.file_name,
            reading: new.reading,
            bytes: i64::try_from(new.file.bytes).unwrap_or(i64::MAX),
            sha256: new.file.sha256,
            published: now,
        };
        store::version_insert(tx, &row).await?;
        store::versions_forget(tx, identifier, version.saturating_sub(VERSIONS_KEPT)).await?;
        let who = (organisation, publisher.name.as_str());
        if !store::set_publish(tx, who, about, (before, version), now).await? {
            return Err(PublishError::Moved);
        }
        Ok(version)
    }

    async fn insert(&self, tx: &mut Conn, publisher: &Publisher, about: &About) -> Result<(), PublishError> {
        if store::sets_count(tx, &publisher.organisation).await? >= SETS_MAX {
            return Err(PublishError::TooMany {
                max: SETS_MAX,
                what: "data sets",
            });
        }
        let now = self.platform.clock.now();
        match store::set_insert(tx, &publisher.organisation, &publisher.name, about, now).await? {
            true => Ok(()),
            false => Err(PublishError::Taken(about.identifier.clone())),
        }
    }
}

async fn own(conn: &mut Conn, publisher: &Publisher, identifier: &str) -> Result<SetRecord, PublishError> {
    let set = store::set(conn, identifier).await?;
    set.filter(|set| set.organisation == publisher.organisation)
        .ok_or(PublishError::NotFound)
}
