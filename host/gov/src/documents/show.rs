//! Showing a document: the holder chooses claims, and whoever opens the showing first sees them.

use std::collections::BTreeSet;

use super::document::{Acceptance, Document, State};
use super::holder::held;
use super::sd_jwt::{Audience, SignError};
use super::status_list::take_place;
use super::{Documents, store};
use crate::audit;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::DbError;
use crate::invocation::CitizenId;
use crate::random::is_id;
use crate::{row, sql};

/// How long a showing can be opened, in milliseconds: somebody at a counter scans it at once.
pub const OPEN_MS: i64 = 5 * 60 * 1000;
/// How long whoever opened a showing can look at it, in milliseconds.
pub const LOOK_MS: i64 = 10 * 60 * 1000;
/// Showings of one document in a day.
pub const SHOWINGS_A_DAY_MAX: i64 = 100;
/// Showings that the holder's page lists.
const LISTED_MAX: i64 = 50;
/// Hexadecimal digits of the codes in addresses: 128 bits.
const CODE_CHARS: usize = 32;
/// What the codes in addresses are for.
const OPEN: &str = "documents: open";
const LOOK: &str = "documents: look";

/// What a holder lets one verifier see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Showing {
    pub id: String,
    pub document: String,
    pub claims: Vec<String>,
    pub created: Timestamp,
    pub until: Timestamp,
    pub seen: Option<Timestamp>,
    /// The web site that it went to; `None` for one that is opened by its code.
    pub shown_to: Option<String>,
    presented: Option<String>,
}

row!(Showing, "document_showing", "id", row => Self {
    id: row.get("id")?,
    document: row.get("document")?,
    claims: row.words("claims")?,
    created: row.get("created_ms")?,
    until: row.get("until_ms")?,
    seen: row.get("seen_ms")?,
    shown_to: row.get("shown_to")?,
    presented: row.get("presented")?,
});

/// A showing that was opened, as its verifier looks at it.
#[derive(Clone, Debug)]
pub struct Look {
    pub document: Document,
    pub claims: Vec<String>,
    /// Of the document, now.
    pub state: State,
    /// SD-JWT+KB.
    pub presented: String,
}

/// Why a showing is not made.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    #[error("the citizen has no such document")]
    Missing,
    #[error("the document is not accepted or not valid")]
    NotValid,
    #[error("no claim, or one that the document does not have, was chosen")]
    Claims,
    #[error("the document was shown {SHOWINGS_A_DAY_MAX} times today")]
    TooMany,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why a showing is not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the showing is over, was opened already, or does not exist")]
    Over,
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Documents {
    /// Lets whoever opens it first, within [`OPEN_MS`], see these claims.
    ///
    /// # Errors
    /// [`ShowError`].
    pub async fn show(
        &self,
        citizen: &CitizenId,
        id: &str,
        chosen: &BTreeSet<String>,
    ) -> Result<Showing, ShowError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let document = held(&mut tx, citizen, id, now).await?.ok_or(ShowError::Missing)?;
        if document.acceptance(now) != Acceptance::Accepted || document.state(now) != State::Valid {
            return Err(ShowError::NotValid);
        }
        if chosen.is_empty() || !chosen.iter().all(|name| document.claims.contains_key(name)) {
            return Err(ShowError::Claims);
        }
        let (today,): (i64,) = sql!("documents/showings_since", id, now.plus_ms(-DAY_MS))
            .one(&mut tx)
            .await?;
        if today >= SHOWINGS_A_DAY_MAX {
            return Err(ShowError::TooMany);
        }
        let showing = self.platform.random.id(store::SHOWING, now);
        let claims: Vec<&str> = chosen.iter().map(String::as_str).collect();
        let until = now.plus_ms(OPEN_MS);
        sql!(
            "documents/showing_insert",
            &showing,
            id,
            claims.join(" "),
            now,
            until
        )
        .run(&mut tx)
        .await?;
        let entry = self.entry(&document, "show", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok(Showing {
            id: showing,
            document: id.to_owned(),
            claims: chosen.iter().cloned().collect(),
            created: now,
            until,
            seen: None,
            shown_to: None,
            presented: None,
        })
    }

    /// The showings of a document, newest first.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn showings(&self, document: &str) -> Result<Vec<Showing>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        sql!("documents/showings", document, LISTED_MAX)
            .all(&mut reader)
            .await
    }

    /// The code that opens a showing.
    pub fn open_code(&self, showing: &str) -> String {
        self.code(OPEN, &[showing])
    }

    /// Whether a showing can be opened with this code.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn can_be_opened(&self, id: &str, code: &str) -> Result<bool, DbError> {
        if !is_id(store::SHOWING, id) || !self.is_code(OPEN, &[id], code) {
            return Ok(false);
        }
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await?;
        let showing: Option<Showing> = sql!("documents/showing", id).optional(&mut reader).await?;
        Ok(showing.is_some_and(|showing| showing.seen.is_none() && now < showing.until))
    }

    /// Opens a showing: signs its copy, and answers the code with which it can be looked at for [`LOOK_MS`]. The
    /// first who asks gets it; the holder reads when it was.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open_showing(&self, id: &str, code: &str) -> Result<String, OpenError> {
        if !is_id(store::SHOWING, id) || !self.is_code(OPEN, &[id], code) {
            return Err(OpenError::Over);
        }
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let showing: Option<Showing> = sql!("documents/showing", id).optional(&mut tx).await?;
        let showing = showing
            .filter(|showing| showing.seen.is_none() && now < showing.until)
            .ok_or(OpenError::Over)?;
        let document = store::document(&mut tx, &showing.document)
            .await?
            .ok_or_else(|| store::vanished(&showing.document))?;
        if document.acceptance(now) != Acceptance::Accepted || document.state(now) != State::Valid {
            return Err(OpenError::Over);
        }
        let random = &self.platform.random;
        let place = take_place(&mut tx, random, &document.id, document.expires).await?;
        let audience = Audience {
            address: &self.issuer.address,
            nonce: id,
        };
        let presented = self
            .issuer
            .sign(random, &document, &showing.claims, place, audience, now)?;
        let first = sql!("documents/see", id, now, presented, document.expires);
        if first.run(&mut tx).await? != 1 {
            return Err(OpenError::Over);
        }
        let entry = self.entry(&document, "seen", now);
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok(self.code(LOOK, &[id, &now.0.to_string()]))
    }

    /// What the first opener sees, with the state of the document now.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn look(&self, id: &str, code: &str) -> Result<Option<Look>, DbError> {
        if !is_id(store::SHOWING, id) {
            return Ok(None);
        }
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await?;
        let showing: Option<Showing> = sql!("documents/showing", id).optional(&mut reader).await?;
        let Some(showing) = showing else {
            return Ok(None);
        };
        let (Some(seen), Some(presented)) = (showing.seen, showing.presented) else {
            return Ok(None);
        };
        if !self.is_code(LOOK, &[id, &seen.0.to_string()], code) || now >= seen.plus_ms(LOOK_MS) {
            return Ok(None);
        }
        let document = store::document(&mut reader, &showing.document)
            .await?
            .ok_or_else(|| store::vanished(&showing.document))?;
        let state = match document.acceptance(now) {
            Acceptance::Accepted => document.state(now),
            Acceptance::Offered | Acceptance::Declined => State::Revoked,
        };
        Ok(Some(Look {
            state,
            document,
            claims: showing.claims,
            presented,
        }))
    }

    /// Deletes showings, places and requests of sites whose time is over.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn forget(&self) -> Result<(), DbError> {
        let now = self.platform.clock.now();
        sql!("documents/forget_showings", now)
            .run_alone(&self.platform.db)
            .await?;
        sql!("documents/forget_places", now)
            .run_alone(&self.platform.db)
            .await?;
        sql!("wallet/forget", now).run_alone(&self.platform.db).await?;
        Ok(())
    }

    pub(super) fn code(&self, use_of_it: &str, fields: &[&str]) -> String {
        let mut code = self.issuer.codes.code(use_of_it, fields);
        code.truncate(CODE_CHARS);
        code
    }

    pub(super) fn is_code(&self, use_of_it: &str, fields: &[&str], code: &str) -> bool {
        use subtle::ConstantTimeEq as _;
        bool::from(self.code(use_of_it, fields).as_bytes().ct_eq(code.as_bytes()))
    }
}
