//! Requests of sites in the database.

use super::REQUEST;
use super::reply::Reply;
use super::wanted::Wanted;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::CitizenId;
use crate::random::is_id;
use crate::{row, sql};

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    Waiting,
    /// Documents are on their way to the site. Where it stays so, the platform stopped meanwhile.
    Sending,
    Shown,
    Refused,
    /// The site did not take what was shown, or nobody knows whether it did.
    Unanswered,
}

crate::coded!(Status);
crate::column!(code: Status);

/// A request as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: String,
    /// Who opened it.
    pub citizen: CitizenId,
    /// The id of the site.
    pub site: String,
    pub(super) reply: Reply,
    wanted: Vec<Wanted>,
    /// Ids of wanted documents; at least one list.
    pub(super) options: Vec<Vec<String>>,
    pub status: Status,
    /// Where the site sends its visitor after the answer.
    pub way_back: Option<String>,
    pub created: Timestamp,
    pub expires: Timestamp,
}

row!(Stored, "verifier_request", "id", row => Self {
    id: row.get("id")?,
    citizen: row.get("citizen")?,
    site: row.get("site")?,
    reply: row.json("reply")?,
    wanted: row.json("wanted")?,
    options: row.json("options")?,
    status: row.get("status")?,
    way_back: row.get("way_back")?,
    created: row.get("created_ms")?,
    expires: row.get("expires_ms")?,
});

impl Stored {
    /// Whether the citizen can answer it at `now`.
    pub fn can_answer(&self, now: Timestamp) -> bool {
        self.status == Status::Waiting && now < self.expires
    }

    pub(super) fn wanted(&self, id: &str) -> Option<&Wanted> {
        self.wanted.iter().find(|wanted| wanted.id == id)
    }
}

/// The request with this id, if this citizen opened it.
pub(super) async fn of_citizen(
    conn: &mut Conn,
    citizen: &CitizenId,
    id: &str,
) -> Result<Option<Stored>, DbError> {
    if !is_id(REQUEST, id) {
        return Ok(None);
    }
    let found: Option<Stored> = sql!("wallet/get", id).optional(conn).await?;
    Ok(found.filter(|stored| stored.citizen == *citizen))
}

/// Moves a request on; `false` if somebody else was first.
pub(super) async fn advance(
    tx: &mut Conn,
    id: &str,
    (from, to): (Status, Status),
    ends: Timestamp,
) -> Result<bool, DbError> {
    Ok(sql!("wallet/advance", id, to, ends, from).run(tx).await? == 1)
}
