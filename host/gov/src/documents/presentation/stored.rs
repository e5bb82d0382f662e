//! Presentations in the database.

use super::{Failure, PRESENTATION, READ_MS, Status};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::{CitizenId, ServiceId};
use crate::presentation_terms::{PresentationTerms, Presenter};
use crate::random::is_id;
use crate::text::Localised;
use crate::{row, sql};

/// Presentations of one citizen that a page lists.
const LISTED_MAX: i64 = 200;

/// A document that is wanted, once the approval covers it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Wanted {
    pub id: String,
    /// Each `service/code`.
    pub kinds: Vec<String>,
    /// The names of claims.
    pub claims: Vec<String>,
}

/// Which document was shown for which of those wanted.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ShownAs {
    pub wanted: String,
    /// The id in the holder's box.
    pub document: String,
}

/// A presentation as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub id: String,
    pub service: ServiceId,
    pub(super) hash: String,
    pub service_title: Localised,
    /// The organisation that asks.
    pub controller: String,
    pub presenter: Presenter,
    /// Who is asked; nobody yet where nobody has opened the code.
    pub citizen: Option<CitizenId>,
    /// As on the day of the request.
    pub terms: PresentationTerms,
    pub wanted: Vec<Wanted>,
    /// Ids of wanted documents; at least one list.
    pub options: Vec<Vec<String>>,
    pub reference: String,
    pub return_path: String,
    /// As stored: the time may be over.
    pub(super) stored_status: Status,
    stored_failure: Option<Failure>,
    pub shown: Vec<ShownAs>,
    pub created: Timestamp,
    pub expires: Timestamp,
    pub finished: Option<Timestamp>,
}

row!(Stored, "presentation", "id", row => Self {
    id: row.get("id")?,
    service: row.get("service")?,
    hash: row.get("request_hash")?,
    service_title: row.json("service_title")?,
    controller: row.get("controller")?,
    presenter: row.get("presenter")?,
    citizen: row.get("citizen")?,
    terms: row.json("terms")?,
    wanted: row.json("wanted")?,
    options: row.json("options")?,
    reference: row.get("reference")?,
    return_path: row.get("return_path")?,
    stored_status: row.get("status")?,
    stored_failure: row.get("failure")?,
    shown: {
        let shown: Option<&str> = row.get("shown")?;
        let shown = shown.map(|shown| row.check(serde_json::from_str(shown))).transpose()?;
        shown.unwrap_or_default()
    },
    created: row.get("created_ms")?,
    expires: row.get("expires_ms")?,
    finished: row.get("finished_ms")?,
});

impl Stored {
    /// Where it stands at `now`: nobody answers after its time, whether or not that was recorded yet.
    pub fn status(&self, now: Timestamp) -> Status {
        match self.is_overdue(now) {
            true => Status::Failed,
            false => self.stored_status,
        }
    }

    pub fn failure(&self, now: Timestamp) -> Option<Failure> {
        match self.is_overdue(now) {
            true => Some(Failure::Expired),
            false => self.stored_failure,
        }
    }

    fn is_overdue(&self, now: Timestamp) -> bool {
        self.stored_status.is_open() && now >= self.expires
    }

    /// Whether the citizen who is asked can answer at `now`.
    pub fn can_answer(&self, now: Timestamp) -> bool {
        self.citizen.is_some() && self.status(now).is_open()
    }

    /// Until when the service reads what was shown.
    pub fn readable_until(&self) -> Option<Timestamp> {
        let shown = self.finished.filter(|_| self.stored_status == Status::Success)?;
        Some(shown.plus_ms(READ_MS))
    }

    pub fn wanted(&self, id: &str) -> Option<&Wanted> {
        self.wanted.iter().find(|wanted| wanted.id == id)
    }
}

/// The presentation with this id; `None` for anything that is not one.
pub(super) async fn presentation(conn: &mut Conn, id: &str) -> Result<Option<Stored>, DbError> {
    if !is_id(PRESENTATION, id) {
        return Ok(None);
    }
    sql!("presentation/get", id).optional(conn).await
}

pub(super) async fn by_key(
    conn: &mut Conn,
    service: &ServiceId,
    key: &str,
) -> Result<Option<Stored>, DbError> {
    sql!("presentation/by_key", service, key).optional(conn).await
}

/// The presentations of a citizen, the newest [`LISTED_MAX`] first.
pub(super) async fn of_citizen(conn: &mut Conn, citizen: &CitizenId) -> Result<Vec<Stored>, DbError> {
    sql!("presentation/of_citizen", citizen, LISTED_MAX)
        .all(conn)
        .await
}
