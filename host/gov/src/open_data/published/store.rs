//! The rows of publishers, files, drafts, data sets and acts.

use super::ActKind;
use super::about::{About, NewAbout};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::open_data::DATASETS_MAX;
use crate::open_data::upload::{Choice, FileFault, Reading};
use crate::{column, row, sql};

/// The most rows of a list.
const LIST_MAX: i64 = 200;

/// What an organisation may do.
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
pub enum PublisherState {
    /// It waits for an officer.
    Asked,
    Admitted,
    /// An officer refused it, or ended it.
    Ended,
}

/// What readers see of a data set.
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
pub enum SetState {
    /// It has a name and no file yet.
    Announced,
    Published,
    Withdrawn,
}

crate::coded!(PublisherState, SetState);
column!(code: PublisherState, SetState, ActKind);

/// An organisation that asked to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublisherRecord {
    pub organisation: String,
    pub name: String,
    pub state: PublisherState,
    pub changed: Timestamp,
}

/// An uploaded file that is not published yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    pub id: String,
    pub organisation: String,
    /// The data set that gets a new version; empty for a new data set.
    pub dataset: String,
    pub file: String,
    pub file_name: String,
    pub choice: Choice,
    pub reading: Result<Reading, FileFault>,
    pub about: NewAbout,
    pub created: Timestamp,
}

/// A data set of a publisher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetRecord {
    pub identifier: String,
    pub organisation: String,
    /// The publisher's name.
    pub publisher: String,
    pub about: About,
    pub state: SetState,
    /// 0 before the first one.
    pub version: i64,
    pub issued: Timestamp,
    pub modified: Timestamp,
}

/// One version of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionRecord {
    pub dataset: String,
    pub number: i64,
    /// Empty if the file is not kept any more.
    pub file: String,
    pub file_name: String,
    pub reading: Reading,
    pub bytes: i64,
    pub sha256: String,
    pub published: Timestamp,
}

/// A published data set with its version.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    pub set: SetRecord,
    pub version: VersionRecord,
}

/// The record of an act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    pub id: String,
    pub at: Timestamp,
    pub organisation: String,
    pub actor_kind: String,
    pub actor: String,
    pub actor_name: String,
    pub token: Option<String>,
    pub act: ActKind,
    pub dataset: String,
    pub detail: String,
}

row!(PublisherRecord, "open_data_publisher", "organisation", { organisation, name, state, changed = "changed_ms" });
row!(Draft, "open_data_draft", "id", row => Self {
    id: row.get("id")?,
    organisation: row.get("organisation")?,
    dataset: row.get("dataset")?,
    file: row.get("file")?,
    file_name: row.get("file_name")?,
    choice: row.json("choice")?,
    reading: row.json("reading")?,
    about: row.json("about")?,
    created: row.get("created_ms")?,
});
row!(SetRecord, "open_data_set", "identifier", row => Self {
    identifier: row.get("identifier")?,
    organisation: row.get("organisation")?,
    publisher: row.get("publisher")?,
    about: row.json("about")?,
    state: row.get("state")?,
    version: row.get("version")?,
    issued: row.get("issued_ms")?,
    modified: row.get("modified_ms")?,
});
row!(VersionRecord, "open_data_version", "dataset", row => Self {
    dataset: row.get("dataset")?,
    number: row.get("number")?,
    file: row.get("file")?,
    file_name: row.get("file_name")?,
    reading: row.json("reading")?,
    bytes: row.get("bytes")?,
    sha256: row.get("sha256")?,
    published: row.get("published_ms")?,
});
row!(Published, "open_data_set", "identifier", row => Self {
    set: row.rest()?,
    version: row.rest()?,
});
row!(Act, "open_data_act", "id", {
    id, at = "at_ms", organisation, actor_kind, actor, actor_name, token, act, dataset, detail,
});

fn json<T: serde::Serialize>(value: &T, table: &'static str, key: &str) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|_| DbError::corrupt(table, key))
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) async fn ask(
    tx: &mut Conn,
    organisation: &str,
    name: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(sql!("open_data/publisher_ask", organisation, name, now)
        .run(tx)
        .await?
        == 1)
}

pub(super) async fn admit(
    tx: &mut Conn,
    organisation: &str,
    name: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(sql!("open_data/publisher_admit", organisation, name, now)
        .run(tx)
        .await?
        == 1)
}

pub(super) async fn end(tx: &mut Conn, organisation: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(sql!("open_data/publisher_end", organisation, now).run(tx).await? == 1)
}

/// Whether an organisation may publish. Until the transaction ends, nobody changes that, and no other of the organisation's
/// acts is under way.
pub(super) async fn lock(tx: &mut Conn, organisation: &str) -> Result<bool, DbError> {
    Ok(sql!("open_data/publisher_lock", organisation).run(tx).await? == 1)
}

pub async fn publisher(conn: &mut Conn, organisation: &str) -> Result<Option<PublisherRecord>, DbError> {
    sql!("open_data/publisher_get", organisation).optional(conn).await
}

/// The organisations that asked, by state, the oldest first.
pub async fn publishers(conn: &mut Conn) -> Result<Vec<PublisherRecord>, DbError> {
    sql!("open_data/publishers", LIST_MAX).all(conn).await
}

pub(super) async fn file_insert(
    tx: &mut Conn,
    id: &str,
    organisation: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    sql!("open_data/file_insert", id, organisation, now)
        .run(tx)
        .await
        .map(drop)
}

pub(super) async fn file_grow(tx: &mut Conn, id: &str, bytes: u64) -> Result<(), DbError> {
    sql!("open_data/file_grow", id, count(bytes))
        .run(tx)
        .await
        .map(drop)
}

pub(super) async fn file_complete(tx: &mut Conn, id: &str, bytes: u64, sha256: &str) -> Result<(), DbError> {
    sql!("open_data/file_complete", id, count(bytes), sha256)
        .run(tx)
        .await
        .map(drop)
}

pub(super) async fn file_bytes(conn: &mut Conn, organisation: &str) -> Result<i64, DbError> {
    let (bytes,): (i64,) = sql!("open_data/file_bytes", organisation).one(conn).await?;
    Ok(bytes)
}

pub(super) async fn piece_insert(
    tx: &mut Conn,
    file: &str,
    number: i64,
    content: &str,
) -> Result<(), DbError> {
    sql!("open_data/piece_insert", file, number, content)
        .run(tx)
        .await
        .map(drop)
}

pub(super) async fn piece(conn: &mut Conn, file: &str, number: i64) -> Result<Option<String>, DbError> {
    let found: Option<(String,)> = sql!("open_data/piece_get", file, number).optional(conn).await?;
    Ok(found.map(|(content,)| content))
}

/// Files that belong to nothing and were begun before `before`.
pub(super) async fn files_unused(conn: &mut Conn, before: Timestamp) -> Result<Vec<String>, DbError> {
    let found: Vec<(String,)> = sql!("open_data/files_unused", before, LIST_MAX).all(conn).await?;
    Ok(found.into_iter().map(|(id,)| id).collect())
}

pub(super) async fn file_delete(tx: &mut Conn, id: &str) -> Result<(), DbError> {
    sql!("open_data/pieces_delete", id).run(tx).await?;
    sql!("open_data/file_delete", id).run(tx).await.map(drop)
}

pub(super) async fn draft_insert(tx: &mut Conn, draft: &Draft) -> Result<(), DbError> {
    let table = "open_data_draft";
    sql!(
        "open_data/draft_insert",
        &draft.id,
        &draft.organisation,
        &draft.dataset,
        &draft.file,
        &draft.file_name,
        json(&draft.choice, table, &draft.id)?,
        json(&draft.reading, table, &draft.id)?,
        json(&draft.about, table, &draft.id)?,
        draft.created
    )
    .run(tx)
    .await
    .map(drop)
}

pub async fn draft(conn: &mut Conn, organisation: &str, id: &str) -> Result<Option<Draft>, DbError> {
    sql!("open_data/draft_get", id, organisation).optional(conn).await
}

pub async fn drafts(conn: &mut Conn, organisation: &str) -> Result<Vec<Draft>, DbError> {
    sql!("open_data/drafts_of", organisation, LIST_MAX)
        .all(conn)
        .await
}

pub(super) async fn drafts_count(conn: &mut Conn, organisation: &str) -> Result<i64, DbError> {
    let (drafts,): (i64,) = sql!("open_data/drafts_count", organisation).one(conn).await?;
    Ok(drafts)
}

/// Stores choice and reading of a draft; `false` if it is gone.
pub(super) async fn draft_read(tx: &mut Conn, draft: &Draft) -> Result<bool, DbError> {
    let table = "open_data_draft";
    let (choice, reading) = (
        json(&draft.choice, table, &draft.id)?,
        json(&draft.reading, table, &draft.id)?,
    );
    let stored = sql!(
        "open_data/draft_read",
        &draft.id,
        &draft.organisation,
        choice,
        reading
    );
    Ok(stored.run(tx).await? == 1)
}

/// Stores the description of a draft; `false` if it is gone.
pub(super) async fn draft_describe(tx: &mut Conn, draft: &Draft) -> Result<bool, DbError> {
    let about = json(&draft.about, "open_data_draft", &draft.id)?;
    let stored = sql!("open_data/draft_describe", &draft.id, &draft.organisation, about);
    Ok(stored.run(tx).await? == 1)
}

pub(super) async fn draft_delete(tx: &mut Conn, organisation: &str, id: &str) -> Result<bool, DbError> {
    Ok(sql!("open_data/draft_delete", id, organisation).run(tx).await? == 1)
}

/// Removes a draft that is as it was read; `false` if somebody changed it or it is gone.
pub(super) async fn draft_spend(tx: &mut Conn, draft: &Draft) -> Result<bool, DbError> {
    let table = "open_data_draft";
    let (choice, about) = (
        json(&draft.choice, table, &draft.id)?,
        json(&draft.about, table, &draft.id)?,
    );
    let spent = sql!(
        "open_data/draft_spend",
        &draft.id,
        &draft.organisation,
        choice,
        about
    );
    Ok(spent.run(tx).await? == 1)
}

pub(super) async fn drafts_expire(tx: &mut Conn, before: Timestamp) -> Result<u64, DbError> {
    sql!("open_data/drafts_expire", before).run(tx).await
}

pub async fn set(conn: &mut Conn, identifier: &str) -> Result<Option<SetRecord>, DbError> {
    sql!("open_data/set_get", identifier).optional(conn).await
}

pub async fn sets(conn: &mut Conn, organisation: &str) -> Result<Vec<SetRecord>, DbError> {
    sql!("open_data/sets_of", organisation, LIST_MAX).all(conn).await
}

pub(super) async fn sets_count(conn: &mut Conn, organisation: &str) -> Result<i64, DbError> {
    let (sets,): (i64,) = sql!("open_data/sets_count", organisation).one(conn).await?;
    Ok(sets)
}

/// Stores a data set without a version; `false` if its identifier is taken.
pub(super) async fn set_insert(
    tx: &mut Conn,
    organisation: &str,
    publisher: &str,
    about: &About,
    now: Timestamp,
) -> Result<bool, DbError> {
    let text = json(about, "open_data_set", &about.identifier)?;
    let inserted = sql!(
        "open_data/set_insert",
        &about.identifier,
        organisation,
        publisher,
        text,
        now
    );
    Ok(inserted.run(tx).await? == 1)
}

/// Makes `version` the one that readers see; `false` if another one came after `before`.
pub(super) async fn set_publish(
    tx: &mut Conn,
    (organisation, publisher): (&str, &str),
    about: &About,
    (before, version): (i64, i64),
    now: Timestamp,
) -> Result<bool, DbError> {
    let text = json(about, "open_data_set", &about.identifier)?;
    let identifier = &about.identifier;
    let stored = sql!(
        "open_data/set_publish",
        identifier,
        organisation,
        publisher,
        text,
        version,
        now,
        before
    );
    Ok(stored.run(tx).await? == 1)
}

pub(super) async fn set_describe(
    tx: &mut Conn,
    organisation: &str,
    about: &About,
    now: Timestamp,
) -> Result<bool, DbError> {
    let text = json(about, "open_data_set", &about.identifier)?;
    let stored = sql!(
        "open_data/set_describe",
        &about.identifier,
        organisation,
        text,
        now
    );
    Ok(stored.run(tx).await? == 1)
}

pub(super) async fn set_withdraw(
    tx: &mut Conn,
    organisation: &str,
    identifier: &str,
    now: Timestamp,
) -> Result<bool, DbError> {
    Ok(sql!("open_data/set_withdraw", identifier, organisation, now)
        .run(tx)
        .await?
        == 1)
}

/// Every published data set with its version, the oldest first. A row that breaks its rules is an error of its own.
pub(super) async fn published(conn: &mut Conn) -> Result<Vec<Result<Published, DbError>>, DbError> {
    let most = i64::try_from(DATASETS_MAX).unwrap_or(i64::MAX);
    sql!("open_data/sets_published", most).each(conn).await
}

pub(super) async fn version_insert(tx: &mut Conn, version: &VersionRecord) -> Result<(), DbError> {
    let reading = json(&version.reading, "open_data_version", &version.dataset)?;
    sql!(
        "open_data/version_insert",
        &version.dataset,
        version.number,
        &version.file,
        &version.file_name,
        reading,
        version.bytes,
        &version.sha256,
        version.published
    )
    .run(tx)
    .await
    .map(drop)
}

/// The versions of a data set, newest first.
pub async fn versions(conn: &mut Conn, dataset: &str) -> Result<Vec<VersionRecord>, DbError> {
    sql!("open_data/versions_of", dataset, LIST_MAX).all(conn).await
}

/// Lets go of the files of versions up to `number`.
pub(super) async fn versions_forget(tx: &mut Conn, dataset: &str, number: i64) -> Result<(), DbError> {
    sql!("open_data/versions_forget", dataset, number)
        .run(tx)
        .await
        .map(drop)
}

pub(super) async fn append(tx: &mut Conn, act: &Act) -> Result<(), DbError> {
    sql!(
        "open_data/act",
        &act.id,
        act.at,
        &act.organisation,
        &act.actor_kind,
        &act.actor,
        &act.actor_name,
        &act.token,
        act.act,
        &act.dataset,
        &act.detail
    )
    .run(tx)
    .await
    .map(drop)
}

/// The newest acts of an organisation, about one data set unless `dataset` is empty; newest first.
pub async fn acts(conn: &mut Conn, organisation: &str, dataset: &str) -> Result<Vec<Act>, DbError> {
    sql!("open_data/acts_of", organisation, dataset, LIST_MAX)
        .all(conn)
        .await
}

/// The number of acts: a catalogue that was read at another number may be out of date.
pub(super) async fn acts_count(conn: &mut Conn) -> Result<i64, DbError> {
    let (acts,): (i64,) = sql!("open_data/acts_count").one(conn).await?;
    Ok(acts)
}
