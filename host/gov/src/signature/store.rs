//! The tables of signings.

use super::signing::{Content, Document, File, Status, Stored};
use super::stored_signer::StoredSigner;
use crate::db::{Conn, DbError};
use crate::invocation::{CitizenId, ServiceId};
use crate::{row, sql};

/// The prefixes of the ids of signings, of staged files and of signed files.
pub(super) const SIGNING: &str = "sgn";
pub(super) const STAGED: &str = "sgf";
pub(super) const OUTPUT: &str = "sgo";

/// Signings of one citizen that a page lists.
const LISTED_MAX: i64 = 200;

pub(super) async fn signing(conn: &mut Conn, id: &str) -> Result<Option<Stored>, DbError> {
    let found = sql!("signature/get", id).optional(conn).await?;
    with_signers(conn, found).await
}

/// The same for a change: from here to the end of the transaction, changes of this signing are made one after the other.
pub(super) async fn locked(tx: &mut Conn, id: &str) -> Result<Option<Stored>, DbError> {
    sql!("signature/lock", id).run(tx).await?;
    signing(tx, id).await
}

pub(super) async fn by_key(
    conn: &mut Conn,
    service: &ServiceId,
    key: &str,
) -> Result<Option<Stored>, DbError> {
    let found = sql!("signature/by_key", service, key).optional(conn).await?;
    with_signers(conn, found).await
}

async fn with_signers(conn: &mut Conn, found: Option<Stored>) -> Result<Option<Stored>, DbError> {
    let Some(mut stored) = found else {
        return Ok(None);
    };
    stored.signers = sql!("signature/signers", &stored.id).all(conn).await?;
    Ok(Some(stored))
}

/// The signings of a citizen, the newest [`LISTED_MAX`] first.
pub(super) async fn of_citizen(conn: &mut Conn, citizen: &CitizenId) -> Result<Vec<Stored>, DbError> {
    let mut found: Vec<Stored> = sql!("signature/of_citizen", citizen, LISTED_MAX)
        .all(conn)
        .await?;
    let signers: Vec<StoredSigner> = sql!("signature/signers_of_citizen", citizen, LISTED_MAX)
        .all(conn)
        .await?;
    for stored in &mut found {
        let own = signers.iter().filter(|signer| signer.is_of(&stored.id));
        stored.signers = own.cloned().collect();
    }
    Ok(found)
}

pub(super) async fn documents(conn: &mut Conn, id: &str) -> Result<Vec<Document>, DbError> {
    sql!("signature/documents", id).all(conn).await
}

pub(super) async fn document(conn: &mut Conn, id: &str, place: i64) -> Result<Option<Content>, DbError> {
    sql!("signature/document", id, place).optional(conn).await
}

pub(super) async fn contents(conn: &mut Conn, id: &str) -> Result<Vec<Content>, DbError> {
    sql!("signature/contents", id).all(conn).await
}

pub(super) async fn outputs(conn: &mut Conn, stored: &Stored) -> Result<Vec<File>, DbError> {
    match stored.stored_status {
        Status::Success => sql!("signature/outputs", &stored.id).all(conn).await,
        _ => Ok(Vec::new()),
    }
}

/// The bytes of a file with the signatures that were made so far.
pub(super) struct Partial(pub(super) Vec<u8>);

row!(Partial, "signing_partial", "signing", row => Self({
    use base64::Engine as _;
    let content: &str = row.get("content")?;
    row.check(base64::engine::general_purpose::STANDARD.decode(content))?
}));

/// The same in the order of the files.
pub(super) async fn partials(conn: &mut Conn, id: &str) -> Result<Vec<Partial>, DbError> {
    sql!("signature/partials", id).all(conn).await
}

/// A signed file with its bytes, and the signing that it belongs to.
pub(super) struct Output {
    pub(super) signing: String,
    pub(super) content: Content,
}

row!(Output, "signing_output", "id", row => Self {
    signing: row.get("signing")?,
    content: Content {
        name: row.get("name")?,
        media_type: row.get("media_type")?,
        bytes: {
            use base64::Engine as _;
            let content: &str = row.get("content")?;
            row.check(base64::engine::general_purpose::STANDARD.decode(content))?
        },
    },
});

pub(super) async fn output(conn: &mut Conn, id: &str) -> Result<Option<Output>, DbError> {
    sql!("signature/output", id).optional(conn).await
}

/// The error if a row is missing that this transaction read.
pub(super) fn vanished(id: &str) -> DbError {
    DbError::corrupt("signing", id)
}
