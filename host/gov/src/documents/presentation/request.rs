//! Asking for documents: `request-presentation` of `wit/documents.wit`.

use std::collections::BTreeSet;

use futures::FutureExt as _;

use super::stored::{self, Stored, Wanted};
use super::{NewPresentation, NewWanted, PRESENTATION, Presentation, Status};
use crate::audit::Entry;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::documents::{Documents, Step};
use crate::error::{GovError, LimitKind, Problem};
use crate::grant::Capability;
use crate::idempotency::{check_key, hash_fields};
use crate::invocation::{CitizenId, Invocation, Service};
use crate::local_path::{RETURN_PATH_BYTES_MAX, local_path};
use crate::platform::require_session;
use crate::presentation_terms::{PresentationTerms, Presenter};
use crate::shown::ShownText;
use crate::sql;
use crate::usage::Window;

/// Presentations of one service that may wait for one citizen.
pub const OPEN_MAX: i64 = 5;
/// Presentations of one service that may wait for anyone: the customers of its counters.
pub const WAITING_MAX: i64 = 100;
/// The shortest time to answer, the longest, and the longest for a code that somebody scans.
pub const ANSWER_MS_MIN: i64 = 60 * 1000;
pub const ANSWER_MS_MAX: i64 = DAY_MS;
pub const ANYONE_MS_MAX: i64 = 5 * 60 * 1000;

/// The most documents of one presentation.
const WANTED_MAX: usize = 8;
/// The most kinds of one document.
const KINDS_MAX: usize = 5;
/// The most claims of one document.
const CLAIMS_MAX: usize = 20;
/// The most options.
const OPTIONS_MAX: usize = 8;
/// The most characters of the id of a document in a request.
const ID_CHARS_MAX: usize = 32;
/// The most characters of a reference.
const REFERENCE_CHARS_MAX: usize = 255;

/// A request that the approval covers.
struct Checked<'a> {
    terms: &'a PresentationTerms,
    wanted: Vec<Wanted>,
    options: Vec<Vec<String>>,
}

impl Documents {
    /// Asks for documents. The same key and request return the first answer; the same key with another request is a
    /// conflict.
    ///
    /// # Errors
    /// As the WIT says.
    pub async fn request_presentation(
        &self,
        invocation: &Invocation,
        key: &str,
        new: NewPresentation,
    ) -> Result<Presentation, GovError> {
        let of = Entry::of(invocation, Capability::Documents, "request-presentation");
        let entry = Entry {
            purpose: terms(&invocation.service, &new.purpose).map(|terms| terms.code.clone()),
            // Nobody is asked yet, and whoever stands behind the counter is not meant.
            citizen: of.citizen.clone().filter(|_| new.presenter == Presenter::Current),
            ..of
        };
        let (this, asking, key) = (self.clone(), invocation.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move { this.try_to_request(tx, entry, now, &asking, &key, &new).await }.boxed()
            })
            .await
    }

    async fn try_to_request(
        &self,
        tx: &mut Conn,
        entry: &mut Entry,
        now: Timestamp,
        asking: &Invocation,
        key: &str,
        new: &NewPresentation,
    ) -> Result<Presentation, GovError> {
        check_key(key)?;
        let service = &asking.service;
        let citizen = match new.presenter {
            Presenter::Current => Some(require_session(asking)?.citizen.clone()),
            Presenter::Anyone => None,
        };
        // From here to the end of the transaction, presentations of this service are made one after the other.
        sql!("presentation/count_open", &service.id).run(tx).await?;
        sql!("presentation/count_lock", &service.id).run(tx).await?;
        let hash = hash_of(new, citizen.as_ref());
        if let Some(first) = stored::by_key(tx, &service.id, key).await? {
            entry.citizen = first.citizen.clone();
            entry.object = Some(first.id.clone());
            if first.hash != hash {
                return Err(GovError::conflict(
                    "idempotency-key-reused",
                    "this key was used for another presentation; take a new one for each presentation",
                ));
            }
            return Ok(self.presented(tx, asking, first, now).await?);
        }
        let checked = check(service, new, now)?;
        has_room(tx, service, citizen.as_ref(), now).await?;
        let most = i64::from(service.grant.boundary.presentations_max);
        let counted = sql!("presentation/count_up", &service.id, most).run(tx).await?;
        if asking.usage.is_kept() {
            let (used,) = sql!("presentation/counted", &service.id).one(tx).await?;
            let limit = LimitKind::Presentations.code();
            asking.usage.count(limit, Window::Test, used, most);
        }
        if counted != 1 {
            return Err(GovError::LimitExceeded(LimitKind::Presentations));
        }
        let id = self.platform.random.id(PRESENTATION, now);
        sql!(
            "presentation/insert",
            &id,
            &service.id,
            key,
            &hash,
            json(&service.title)?,
            &service.controller,
            new.presenter,
            &citizen,
            json(checked.terms)?,
            json(&checked.wanted)?,
            json(&checked.options)?,
            &new.reference,
            &new.return_path,
            Status::Created,
            now,
            new.expires
        )
        .run(tx)
        .await?;
        entry.object = Some(id.clone());
        let stored = stored::presentation(tx, &id)
            .await?
            .ok_or_else(|| DbError::corrupt("presentation", &id))?;
        Ok(self.presented(tx, asking, stored, now).await?)
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, GovError> {
    serde_json::to_string(value).map_err(|_| GovError::storage_unavailable())
}

fn hash_of(new: &NewPresentation, citizen: Option<&CitizenId>) -> String {
    let asked = format!("{new:?}");
    hash_fields(&[
        &asked,
        citizen.map(|citizen| citizen.0.as_str()).unwrap_or_default(),
    ])
}

fn terms<'a>(service: &'a Service, code: &str) -> Option<&'a PresentationTerms> {
    service.grant.presentation(code)
}

/// Whether the approval of `service` still covers what was asked for: the kinds, the claims and who shows them.
pub(super) fn is_covered(service: &Service, stored: &Stored) -> bool {
    terms(service, &stored.terms.code).is_some_and(|terms| {
        let wanted = stored.wanted.iter();
        terms.presenters.contains(&stored.presenter)
            && wanted
                .flat_map(|wanted| wanted.kinds.iter().map(move |kind| (wanted, kind)))
                .all(|(wanted, kind)| {
                    terms
                        .kind(kind)
                        .is_some_and(|kind| wanted.claims.iter().all(|claim| kind.claims.contains(claim)))
                })
    })
}

fn check<'a>(service: &'a Service, new: &NewPresentation, now: Timestamp) -> Result<Checked<'a>, GovError> {
    let terms = terms(service, &new.purpose).ok_or_else(|| {
        GovError::denied(
            "purpose-not-approved",
            format!(
                "`{}` is not a `[[presentation]]` of the approved manifest; declare it in `aim.toml`",
                new.purpose.escape_default()
            ),
        )
    })?;
    if !terms.presenters.contains(&new.presenter) {
        return Err(GovError::denied(
            "presenter-not-approved",
            format!(
                "`{}` is not among the `presenters` of `{}` in `aim.toml`",
                new.presenter.code(),
                terms.code
            ),
        ));
    }
    let wanted = wanted(terms, &new.wanted)?;
    let options = options(&wanted, &new.options)?;
    ShownText::parse(&new.reference, REFERENCE_CHARS_MAX)
        .map_err(|wrong| GovError::invalid("text-out-of-range", format!("`reference` {wrong}")))?;
    if local_path(&new.return_path).is_none_or(|path| path.len() > RETURN_PATH_BYTES_MAX) {
        return Err(GovError::invalid(
            "return-path-malformed",
            format!("`return-path` begins with one `/` and has at most {RETURN_PATH_BYTES_MAX} bytes"),
        ));
    }
    let most = match new.presenter {
        Presenter::Current => ANSWER_MS_MAX,
        Presenter::Anyone => ANYONE_MS_MAX,
    };
    let left = new.expires.0.saturating_sub(now.0);
    if !(ANSWER_MS_MIN..=most).contains(&left) {
        return Err(GovError::invalid(
            "time-out-of-range",
            "`expires` is 1 minute to 1 day from now, for `anyone` at most 5 minutes",
        ));
    }
    Ok(Checked {
        terms,
        wanted,
        options,
    })
}

fn wanted(terms: &PresentationTerms, asked: &[NewWanted]) -> Result<Vec<Wanted>, GovError> {
    if !(1..=WANTED_MAX).contains(&asked.len()) {
        return Err(malformed(format!("1 to {WANTED_MAX} documents are asked for")));
    }
    let mut ids = BTreeSet::new();
    let mut found = Vec::new();
    for (index, one) in asked.iter().enumerate() {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if !(1..=ID_CHARS_MAX).contains(&one.id.len()) || !one.id.bytes().all(letter) {
            return Err(malformed(format!(
                "the `id` of document {index} has 1 to {ID_CHARS_MAX} characters of `[A-Za-z0-9_-]`"
            )));
        }
        if !ids.insert(&one.id) {
            return Err(malformed(format!(
                "two documents have the `id` of document {index}"
            )));
        }
        let kinds: BTreeSet<&String> = one.kinds.iter().collect();
        if !(1..=KINDS_MAX).contains(&one.kinds.len()) || kinds.len() != one.kinds.len() {
            return Err(malformed(format!(
                "document {index} has 1 to {KINDS_MAX} `doc-types`, each once"
            )));
        }
        let claims = claims(index, one)?;
        for kind in &one.kinds {
            approved(terms, kind, &claims)?;
        }
        found.push(Wanted {
            id: one.id.clone(),
            kinds: one.kinds.clone(),
            claims,
        });
    }
    Ok(found)
}

/// The names of the claims: each path is one `key`, since documents have flat claims.
fn claims(index: usize, asked: &NewWanted) -> Result<Vec<String>, GovError> {
    if asked.claims.len() > CLAIMS_MAX {
        return Err(malformed(format!(
            "document {index} has at most {CLAIMS_MAX} claims"
        )));
    }
    let mut found: Vec<String> = Vec::new();
    for path in &asked.claims {
        let [Step::Key(name)] = path.as_slice() else {
            return Err(malformed(format!(
                "the path of each claim of document {index} has to be one `key`: the claims of a `[[document]]` are flat"
            )));
        };
        if found.contains(name) {
            return Err(malformed(format!("a claim of document {index} is given twice")));
        }
        found.push(name.clone());
    }
    Ok(found)
}

fn approved(terms: &PresentationTerms, kind: &str, claims: &[String]) -> Result<(), GovError> {
    let Some(shown) = terms.kind(kind) else {
        return Err(GovError::denied(
            "document-kind-not-approved",
            format!(
                "`{}` is not a kind of `{}` in the approved manifest; declare it as a `[[presentation.document]]`",
                kind.escape_default(),
                terms.code
            ),
        ));
    };
    match claims.iter().find(|claim| !shown.claims.contains(*claim)) {
        None => Ok(()),
        Some(claim) => Err(GovError::denied(
            "claims-not-approved",
            format!(
                "`{}` is not among the approved claims of `{kind}` for `{}`",
                claim.escape_default(),
                terms.code
            ),
        )),
    }
}

/// The options; all documents together where none is given.
fn options(wanted: &[Wanted], asked: &[Vec<String>]) -> Result<Vec<Vec<String>>, GovError> {
    let wrong = |detail: &str| Err(GovError::invalid("options-malformed", detail));
    if asked.is_empty() {
        return Ok(vec![wanted.iter().map(|one| one.id.clone()).collect()]);
    }
    if asked.len() > OPTIONS_MAX {
        return wrong("there are at most 8 options");
    }
    let known: BTreeSet<&String> = wanted.iter().map(|one| &one.id).collect();
    let mut sets: Vec<BTreeSet<&String>> = Vec::new();
    for option in asked {
        let set: BTreeSet<&String> = option.iter().collect();
        if set.is_empty() || set.len() != option.len() || !set.is_subset(&known) {
            return wrong(
                "each option names documents of `wanted` by their `id`, each once, and at least one",
            );
        }
        if sets.contains(&set) {
            return wrong("two options are the same");
        }
        sets.push(set);
    }
    let named: BTreeSet<&String> = sets.into_iter().flatten().collect();
    if named != known {
        return wrong("each document of `wanted` has to be in an option");
    }
    Ok(asked.to_vec())
}

fn malformed(detail: String) -> GovError {
    GovError::invalid("wanted-malformed", detail)
}

/// Whether another presentation of this service may wait for this citizen, or for anyone.
async fn has_room(
    tx: &mut Conn,
    service: &Service,
    citizen: Option<&CitizenId>,
    now: Timestamp,
) -> Result<(), GovError> {
    let (open, most, code): ((i64,), i64, _) = match citizen {
        Some(citizen) => (
            sql!("presentation/open_of_citizen", citizen, &service.id, now)
                .one(tx)
                .await?,
            OPEN_MAX,
            "citizen-requests-too-many",
        ),
        None => (
            sql!("presentation/open_of_anyone", &service.id, now)
                .one(tx)
                .await?,
            WAITING_MAX,
            "service-requests-too-many",
        ),
    };
    match open.0 >= most {
        true => Err(GovError::TooManyRequests(Problem::new(
            code,
            format!("{most} presentations of this service wait already; cancel one, or wait for an answer"),
        ))),
        false => Ok(()),
    }
}
