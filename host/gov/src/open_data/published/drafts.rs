//! Uploaded files before they are published: their reading is made, corrected and described.

use super::file::{self, Kept};
use super::store::{self, Draft};
use super::{DRAFTS_MAX, NewAbout, PublishError, Publisher};
use crate::open_data::OpenData;
use crate::open_data::upload::{self, Choice, FileFault, Reading};
use crate::shown::ShownText;

/// The longest name of a file that is kept, in characters.
const FILE_NAME_CHARS_MAX: usize = 100;

impl OpenData {
    /// Reads a file that arrived, for a new data set or, unless `dataset` is empty, for a new version of one.
    ///
    /// # Errors
    /// [`PublishError::NotPublisher`], [`PublishError::NotFound`], [`PublishError::TooMany`], [`PublishError::Stopping`],
    /// [`PublishError::Db`].
    pub async fn draft(
        &self,
        publisher: &Publisher,
        file: Kept,
        file_name: &str,
        dataset: &str,
    ) -> Result<Draft, PublishError> {
        let platform = &self.platform;
        let (mut choice, mut about) = (Choice::default(), NewAbout::default());
        if !dataset.is_empty() {
            let mut reader = platform.db.reader().await?;
            let set = store::set(&mut reader, dataset).await?;
            let set = set.filter(|set| set.organisation == publisher.organisation);
            about = NewAbout::from(&set.ok_or(PublishError::NotFound)?.about);
            // The columns of the last version keep their types.
            if let Some(last) = store::versions(&mut reader, dataset).await?.into_iter().next() {
                choice.kinds = last.reading.as_choice().kinds;
            }
        }
        let reading = self.reading(&file.id, &choice).await?;
        let file_name = ShownText::parse(file_name, FILE_NAME_CHARS_MAX);
        let now = platform.clock.now();
        let draft = Draft {
            id: platform.random.id("odd", now),
            organisation: publisher.organisation.clone(),
            dataset: dataset.to_owned(),
            file: file.id,
            file_name: file_name.map_or_else(|_| String::new(), ShownText::into_string),
            choice,
            reading,
            about,
            created: now,
        };
        let mut tx = platform.db.begin_if_room().await?;
        if !store::lock(&mut tx, &publisher.organisation).await? {
            return Err(PublishError::NotPublisher);
        }
        if store::drafts_count(&mut tx, &publisher.organisation).await? >= DRAFTS_MAX {
            return Err(PublishError::TooMany {
                max: DRAFTS_MAX,
                what: "files that wait",
            });
        }
        store::draft_insert(&mut tx, &draft).await?;
        tx.commit().await?;
        Ok(draft)
    }

    /// A draft of this publisher.
    ///
    /// # Errors
    /// [`PublishError::NotFound`], [`PublishError::Db`].
    pub async fn own_draft(&self, publisher: &Publisher, id: &str) -> Result<Draft, PublishError> {
        let mut reader = self.platform.db.reader().await?;
        let draft = store::draft(&mut reader, &publisher.organisation, id).await?;
        draft.ok_or(PublishError::NotFound)
    }

    /// Reads a draft's file as the publisher says now.
    ///
    /// # Errors
    /// [`PublishError::NotFound`], [`PublishError::Moved`], [`PublishError::Stopping`], [`PublishError::Db`].
    pub async fn correct(
        &self,
        publisher: &Publisher,
        id: &str,
        choice: Choice,
    ) -> Result<Draft, PublishError> {
        let draft = self.own_draft(publisher, id).await?;
        let reading = self.reading(&draft.file, &choice).await?;
        let draft = Draft {
            choice,
            reading,
            ..draft
        };
        let mut tx = self.platform.db.begin_if_room().await?;
        if !store::draft_read(&mut tx, &draft).await? {
            return Err(PublishError::Moved);
        }
        tx.commit().await?;
        Ok(draft)
    }

    /// Keeps what the publisher says about the data set, also where a field is wrong.
    ///
    /// # Errors
    /// [`PublishError::Fields`], [`PublishError::NotFound`], [`PublishError::Moved`], [`PublishError::Db`].
    pub async fn describe_draft(
        &self,
        publisher: &Publisher,
        id: &str,
        about: NewAbout,
    ) -> Result<Draft, PublishError> {
        let draft = self.own_draft(publisher, id).await?;
        let identifier = match draft.dataset.as_str() {
            "" => about.identifier,
            dataset => dataset.to_owned(),
        };
        let about = NewAbout { identifier, ..about };
        let draft = Draft { about, ..draft };
        let mut tx = self.platform.db.begin_if_room().await?;
        if !store::draft_describe(&mut tx, &draft).await? {
            return Err(PublishError::Moved);
        }
        tx.commit().await?;
        draft.about.parse().map_err(PublishError::Fields)?;
        Ok(draft)
    }

    /// Forgets a draft and, with the next sweep, its file.
    ///
    /// # Errors
    /// [`PublishError::NotFound`], [`PublishError::Db`].
    pub async fn discard(&self, publisher: &Publisher, id: &str) -> Result<(), PublishError> {
        let mut tx = self.platform.db.begin().await?;
        if !store::draft_delete(&mut tx, &publisher.organisation, id).await? {
            return Err(PublishError::NotFound);
        }
        Ok(tx.commit().await?)
    }

    async fn reading(&self, file: &str, choice: &Choice) -> Result<Result<Reading, FileFault>, PublishError> {
        let choice = choice.clone();
        self.with_file(file, move |content| upload::read(&content, &choice))
            .await
    }

    /// Runs `work` on a file's content, off the async threads. One file is worked on at a time, so that the memory that
    /// files take is bounded.
    pub(super) async fn with_file<T: Send + 'static>(
        &self,
        file: &str,
        work: impl FnOnce(Vec<u8>) -> T + Send + 'static,
    ) -> Result<T, PublishError> {
        let stopping = || PublishError::Stopping;
        let permit = self
            .readings
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| stopping())?;
        let content = file::content(&self.platform.db, file).await?;
        let work = tokio::task::spawn_blocking(move || {
            let worked = work(content);
            drop(permit);
            worked
        });
        work.await.map_err(|_| stopping())
    }
}
