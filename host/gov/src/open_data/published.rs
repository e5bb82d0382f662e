//! Data sets of publishers: organisations that an officer admitted upload a file, see its reading, describe it and publish
//! it. Each act is recorded in the transaction of its effect (`open_data_act`).
//!
//! A file's content is in the database, so that every node and each backup has it. The catalogue in memory holds what
//! describes the data sets; a table is read when it is asked for ([`super::tables`]).

pub mod about;
pub mod drafts;
pub mod file;
mod harvested;
mod publish;
pub mod store;
mod sweep;

pub use about::{About, AboutField, NewAbout, WrongAbout};
pub use harvested::{Harvested, Put};
pub use publish::Announcement;
pub use store::{Act, Draft, Published, PublisherRecord, PublisherState, SetRecord, SetState, VersionRecord};

use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::platform::Platform;

use super::upload::{FileFault, Reading, WriteError};

/// The most data sets of one publisher.
pub const SETS_MAX: i64 = 200;
/// The most files of one publisher that wait to be published.
pub const DRAFTS_MAX: i64 = 10;
/// Days that an uploaded file waits to be published.
pub const DRAFT_DAYS: u32 = 7;
/// What one publisher's files may take together, in bytes.
pub const PUBLISHER_BYTES_MAX: i64 = 2 << 30;
/// Versions of a data set whose files are kept; of older ones it is known that they were.
pub const VERSIONS_KEPT: i64 = 10;

/// Who acts for a publisher, as the act's record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// `developer`, `staff` or `source`: a catalogue that is harvested.
    pub kind: &'static str,
    pub id: String,
    pub name: String,
    /// The label of the API token, if a program acts.
    pub token: Option<String>,
}

/// An organisation, and who acts for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    pub organisation: String,
    pub name: String,
    pub actor: Actor,
}

/// What is done about publishers and data sets.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray
)]
#[strum(serialize_all = "kebab-case")]
pub enum ActKind {
    /// An organisation asks to be a publisher.
    Ask,
    Admit,
    /// A member of the staff refuses an organisation, or ends its right to publish.
    End,
    /// A program names a data set before it sends its file.
    Announce,
    Publish,
    /// A new version replaces the rows.
    Replace,
    Describe,
    Withdraw,
}

crate::coded!(ActKind);

#[derive(Debug, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum PublishError {
    #[error(
        "the organisation is not admitted as a publisher of open data; ask for it at `/developers/open-data`"
    )]
    NotPublisher,
    #[error("the publisher has no such file or data set")]
    NotFound,
    #[error("a field is wrong")]
    Fields(Vec<WrongAbout>),
    #[error("another data set is called `{0}`; choose another name")]
    Taken(String),
    #[error("{} rows cannot be read; correct the file or its reading", .0.bad_count)]
    BadRows(Box<Reading>),
    #[error("{0}")]
    Unread(FileFault),
    #[error("the file is larger than {max} bytes; publish it in parts")]
    TooLarge { max: u64 },
    #[error("the file did not arrive completely; send it again")]
    Broken,
    #[error("at most {max} {what} are allowed; remove one")]
    TooMany { max: i64, what: &'static str },
    #[error("it was changed meanwhile; look at it again")]
    Moved,
    #[error("the platform is stopping; try again later")]
    Stopping,
    #[error("the database failed")]
    Db(#[from] DbError),
}

impl PublishError {
    pub fn code(&self) -> &'static str {
        self.into()
    }
}

impl From<WriteError> for PublishError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Fault(fault) => Self::Unread(fault),
            // The reading had no bad row, so that it is not the file's any more.
            WriteError::Bad(_) | WriteError::Csv(_) | WriteError::Io(_) => Self::Moved,
        }
    }
}

/// Records an act in the transaction of its effect.
async fn record(
    tx: &mut Conn,
    platform: &Platform,
    publisher: &Publisher,
    kind: ActKind,
    dataset: &str,
    detail: &str,
) -> Result<Timestamp, DbError> {
    let now = platform.clock.now();
    let act = Act {
        id: platform.random.id("oda", now),
        at: now,
        organisation: publisher.organisation.clone(),
        actor_kind: publisher.actor.kind.to_owned(),
        actor: publisher.actor.id.clone(),
        actor_name: publisher.actor.name.clone(),
        token: publisher.actor.token.clone(),
        act: kind,
        dataset: dataset.to_owned(),
        detail: detail.to_owned(),
    };
    store::append(tx, &act).await?;
    Ok(now)
}

/// An organisation asks to be a publisher; `false` if it did so already.
///
/// # Errors
/// [`DbError`].
pub async fn ask(platform: &Platform, publisher: &Publisher) -> Result<bool, DbError> {
    let mut tx = platform.db.begin_if_room().await?;
    let now = platform.clock.now();
    let asked = store::ask(&mut tx, &publisher.organisation, &publisher.name, now).await?;
    if asked {
        record(&mut tx, platform, publisher, ActKind::Ask, "", "").await?;
    }
    tx.commit().await?;
    Ok(asked)
}

/// Admits an organisation as a publisher, or ends that, in the registry's transaction; `false` if it is so already.
///
/// # Errors
/// [`DbError`].
pub async fn decide(
    tx: &mut Conn,
    platform: &Platform,
    publisher: &Publisher,
    admit: bool,
    grounds: &str,
) -> Result<bool, DbError> {
    let (now, organisation) = (platform.clock.now(), &publisher.organisation);
    let (kind, changed) = if admit {
        (
            ActKind::Admit,
            store::admit(tx, organisation, &publisher.name, now).await?,
        )
    } else {
        (ActKind::End, store::end(tx, organisation, now).await?)
    };
    if changed {
        record(tx, platform, publisher, kind, "", grounds).await?;
    }
    Ok(changed)
}
