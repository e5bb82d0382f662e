//! Publishing a version: it is announced with its manifest, then uploaded.

mod error;
mod order;
mod sniff;

use aim_gov::clock::DAY_MS;
use aim_gov::db::{Conn, DbError};
use aim_gov::random::Random;

use crate::app::App;
use crate::component_store::COMPONENT_BYTES_MAX;
use crate::domain::submission::{Event, State, Submission};
use crate::domain::token::ApiToken;
use crate::domain::{OrganisationId, SubmissionId};
use crate::manifest::{MANIFEST_BYTES_MAX, Manifest};
use crate::review::{Attempt, ReviewError, apply};
use crate::store;
use crate::store::decision::{self, Actor, Decision};
use crate::store::service::Claim;

pub use crate::uploads::{
    Busy, UPLOADS_MAX, UPLOADS_PER_ORGANISATION_MAX, UPLOADS_PER_PEER_MAX, UploadPermit, Uploads,
};
pub use error::PublishError;
use error::day;
pub use sniff::{NotAComponent, SNIFF_BYTES, sniff};

/// The most undecided submissions of one organisation.
pub const UNDECIDED_MAX: i64 = 50;
/// The most versions that one organisation announces within a day.
pub const RECENT_MAX: i64 = 200;
/// The most names of one organisation.
pub const NAMES_MAX: i64 = 50;
/// Days after which a name lapses if nothing was deployed under it: another organisation may take it then.
pub const NAME_LAPSES_DAYS: u32 = 90;

// Attributes of a description take literals.
const _: () = assert!(MANIFEST_BYTES_MAX == 65_536 && COMPONENT_BYTES_MAX == 33_554_432);

/// A developer's announcement.
#[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// The text of `aim.toml`.
    #[schema(max_length = 65_536)]
    pub manifest: String,
    /// SHA-256 of the component: 64 hexadecimal digits, with or without the prefix `sha256:`.
    #[schema(pattern = "^(sha256:)?[0-9a-f]{64}$")]
    pub component_sha256: String,
    /// The component's size in bytes.
    #[schema(minimum = 1, maximum = 33_554_432)]
    pub component_bytes: u64,
}

/// Stores an announced version as a draft. Repeating the same announcement returns the same submission.
pub async fn announce(
    app: &App,
    token: &ApiToken,
    announcement: Announcement,
) -> Result<Submission, PublishError> {
    let manifest = Manifest::parse(&announcement.manifest)?;
    manifest.check_hosts(app.public_url.host_str().unwrap_or_default())?;
    let hash = announcement
        .component_sha256
        .strip_prefix("sha256:")
        .unwrap_or(&announcement.component_sha256);
    if hash.len() != 64
        || !hash
            .bytes()
            .all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c))
    {
        return Err(PublishError::Hash(announcement.component_sha256));
    }
    match announcement.component_bytes {
        0 => return Err(PublishError::Empty),
        bytes if bytes > COMPONENT_BYTES_MAX => return Err(PublishError::TooLarge { bytes }),
        _ => {}
    }
    let now = app.platform.clock.now();
    let draft = Submission {
        id: SubmissionId(app.platform.random.id("sub", now)),
        organisation: token.organisation.clone(),
        created_by: token.created_by.clone(),
        created_at: now,
        manifest,
        manifest_text: announcement.manifest,
        digest: format!("sha256:{hash}"),
        size_bytes: announcement.component_bytes,
        state: State::Draft,
        revision: 0,
    };
    let mut tx = app.platform.db.begin_if_room().await?;
    let kept = keep_draft(&mut tx, &app.platform.random, draft).await?;
    tx.commit().await?;
    Ok(kept)
}

async fn keep_draft(tx: &mut Conn, random: &Random, draft: Submission) -> Result<Submission, PublishError> {
    let service = draft.service().clone();
    // The counts below hold until the end of the transaction.
    store::organisation::lock(tx, &draft.organisation).await?;
    let now = draft.created_at;
    let lapsed_before = now.plus_ms(-DAY_MS * i64::from(NAME_LAPSES_DAYS));
    match store::service::claim(tx, &service, &draft.organisation, now, lapsed_before).await? {
        Claim::Ours => {}
        Claim::Lapsed => end_foreign_drafts(tx, random, &draft).await?,
        Claim::Taken => return Err(PublishError::NameTaken(service)),
    }
    let Some(known) = store::submission::by_version(tx, &service, &draft.manifest.version).await? else {
        order::check(tx, &draft).await?;
        check_room(tx, &draft).await?;
        return if store::submission::insert(tx, &draft).await? {
            Ok(draft)
        } else {
            Err(PublishError::Moved)
        };
    };
    let ours = known.organisation == draft.organisation;
    if known.state == State::Draft && ours {
        order::check(tx, &draft).await?;
    }
    if ours && known.digest == draft.digest && known.manifest_text == draft.manifest_text {
        return match fate(tx, &known).await? {
            None => Ok(known),
            Some(fate) => Err(PublishError::Ended {
                service,
                version: draft.manifest.version,
                published: known.created_at,
                fate,
            }),
        };
    }
    if known.state != State::Draft || !ours {
        return Err(PublishError::VersionTaken {
            service,
            version: draft.manifest.version,
        });
    }
    let replaced = Submission {
        id: known.id,
        revision: known.revision,
        created_at: known.created_at,
        ..draft
    };
    if !store::submission::replace_draft(tx, &replaced, now).await? {
        return Err(PublishError::Moved);
    }
    Ok(Submission {
        revision: replaced.revision.saturating_add(1),
        ..replaced
    })
}

/// Drafts of the previous owner of a lapsed name no longer accept a component.
async fn end_foreign_drafts(tx: &mut Conn, random: &Random, draft: &Submission) -> Result<(), PublishError> {
    let now = draft.created_at;
    for version in store::submission::versions(tx, draft.service()).await? {
        if version.state != State::Draft.code() || version.organisation == draft.organisation {
            continue;
        }
        let attempt = Attempt::by_platform(Event::Withdraw, now);
        let ended = apply(tx, random, &version.id, attempt, |draft| draft.withdraw(now)).await;
        ended.map_err(|error| match error {
            ReviewError::Db(error) => PublishError::Db(error),
            ReviewError::Refused(refused) => PublishError::Refused(refused),
            ReviewError::NotFound | ReviewError::Moved => PublishError::Moved,
        })??;
    }
    Ok(())
}

/// The fate of a version that has ended, as the end of a sentence.
async fn fate(conn: &mut Conn, known: &Submission) -> Result<Option<String>, DbError> {
    Ok(match &known.state {
        State::Superseded { by, .. } => {
            let by = store::submission::get(conn, by).await?;
            Some(match by {
                Some(by) => format!("replaced by {}", by.manifest.version),
                None => "replaced".to_owned(),
            })
        }
        State::Withdrawn { at } => Some(format!("withdrawn on {}", day(*at))),
        State::Rejected { at, .. } => Some(format!("rejected by an officer on {}", day(*at))),
        State::VettingFailed { .. } => Some("did not pass vetting".to_owned()),
        State::Draft
        | State::Vetting { .. }
        | State::Vetted { .. }
        | State::FirstApproved { .. }
        | State::Approved { .. }
        | State::Deployed { .. }
        | State::Suspended { .. } => None,
    })
}

/// Checks that the organisation may have one more submission; its name is claimed already.
async fn check_room(tx: &mut Conn, draft: &Submission) -> Result<(), PublishError> {
    let since = draft.created_at.plus_ms(-DAY_MS);
    let counts = store::submission::counts(tx, &draft.organisation, since).await?;
    let limits = [
        (
            counts.undecided >= UNDECIDED_MAX,
            UNDECIDED_MAX,
            "submissions on their way",
            "withdraw what you do not need",
        ),
        (
            counts.recent >= RECENT_MAX,
            RECENT_MAX,
            "new versions within a day",
            "try again tomorrow",
        ),
        (
            counts.names > NAMES_MAX,
            NAMES_MAX,
            "names of services",
            "publish under a name that you have",
        ),
    ];
    match limits.into_iter().find(|(full, ..)| *full) {
        Some((_, max, what, advice)) => Err(PublishError::TooMany { what, max, advice }),
        None => Ok(()),
    }
}

/// A submission of this organisation.
pub async fn of_organisation(
    app: &App,
    organisation: &OrganisationId,
    id: &SubmissionId,
) -> Result<Option<Submission>, DbError> {
    let mut reader = app.platform.db.reader().await?;
    let found = store::submission::get(&mut reader, id).await?;
    Ok(found.filter(|submission| submission.organisation == *organisation))
}

/// Whether this version still accepts its component.
///
/// # Errors
/// [`PublishError::Over`].
pub fn takes_component(submission: &Submission) -> Result<(), PublishError> {
    match submission.state {
        State::Draft | State::Vetting { .. } => Ok(()),
        _ => Err(PublishError::Over(submission.state.code())),
    }
}

/// Records that the component with this digest is in the store, so vetting may begin. Repeating it changes
/// nothing.
///
/// # Errors
/// [`PublishError::Moved`] if the draft names another component by now, [`PublishError::Over`],
/// [`PublishError::Db`].
pub async fn received(
    app: &App,
    by: &ApiToken,
    id: &SubmissionId,
    digest: &str,
) -> Result<Submission, PublishError> {
    let mut tx = app.platform.db.begin().await?;
    let submission = receive(&mut tx, app, by, id, digest).await?;
    tx.commit().await?;
    app.vetting.tell();
    Ok(submission)
}

async fn receive(
    tx: &mut Conn,
    app: &App,
    by: &ApiToken,
    id: &SubmissionId,
    digest: &str,
) -> Result<Submission, PublishError> {
    let now = app.platform.clock.now();
    let draft = store::submission::get(tx, id)
        .await?
        .filter(|draft| draft.digest == digest)
        .ok_or(PublishError::Moved)?;
    takes_component(&draft)?;
    if draft.state != State::Draft {
        return Ok(draft);
    }
    let before = draft.state.code();
    let received = draft.receive(now)?;
    if !store::submission::save_state(tx, &received, now).await? {
        return Err(PublishError::Moved);
    }
    let organisation = store::organisation::get(tx, &by.organisation).await?;
    let organisation = organisation.map(|known| known.name).unwrap_or_default();
    let entry = Decision {
        at: now,
        actor: Actor::token(by, &organisation),
        event: Event::Receive.code().to_owned(),
        outcome: decision::ALLOWED.to_owned(),
        state_before: before.to_owned(),
        state_after: received.state.code().to_owned(),
        digest: received.digest.clone(),
        evidence: None,
        reason: String::new(),
        limits: None,
    };
    decision::append(tx, &app.platform.random, &received.id, &entry).await?;
    Ok(Submission {
        revision: received.revision.saturating_add(1),
        ..received
    })
}
