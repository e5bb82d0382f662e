//! How a version gets from a startup into vetting: announced with its manifest, then uploaded.

mod sniff;
mod uploads;

use aim_gov::clock::DAY_MS;
use aim_gov::db::{Conn, DbError};
use aim_gov::invocation::ServiceId;
use futures::FutureExt as _;

use crate::app::App;
use crate::domain::submission::{Event, Refused, State, Submission};
use crate::domain::token::ApiToken;
use crate::domain::{OrganisationId, SubmissionId};
use crate::manifest::{Manifest, ManifestErrors};
use crate::objects::COMPONENT_BYTES_MAX;
use crate::store;
use crate::store::decision::{self, Actor, ActorKind, Decision};

pub use sniff::{NotAComponent, SNIFF_BYTES, sniff};
pub use uploads::{Busy, Place, UPLOADS_MAX, UPLOADS_PER_ORGANISATION_MAX, UPLOADS_PER_PEER_MAX, Uploads};

/// Submissions of one organisation that are on their way at once.
pub const UNDECIDED_MAX: i64 = 50;
/// Versions that one organisation announces within a day.
pub const RECENT_MAX: i64 = 200;
/// Names that one organisation has.
pub const NAMES_MAX: i64 = 50;

/// Why a version was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The manifest is wrong.
    #[error("the manifest has errors")]
    Manifest(#[from] ManifestErrors),
    /// The announced hash is none.
    #[error("`{0}` is not a SHA-256: write 64 hexadecimal digits in lower case")]
    Hash(String),
    /// The announced size is 0.
    #[error("the component is empty")]
    Empty,
    /// The announced size is above [`COMPONENT_BYTES_MAX`].
    #[error("the component has {bytes} bytes; at most {COMPONENT_BYTES_MAX} are allowed")]
    TooLarge {
        /// The announced size.
        bytes: u64,
    },
    /// The name is another organisation's.
    #[error("the name `{}` belongs to another organisation; choose another one", .0.0)]
    NameTaken(ServiceId),
    /// The version is there with other bytes or another manifest.
    #[error("version {version} of `{}` is there already with other content; raise the version", service.0)]
    VersionTaken {
        /// The service.
        service: ServiceId,
        /// The version.
        version: semver::Version,
    },
    /// The organisation has as much as it may have.
    #[error("an organisation has at most {max} {what}; {advice}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        max: i64,
        /// What to do.
        advice: &'static str,
    },
    /// The version came to an end, or is past its upload.
    #[error("this version is `{0}` and takes no component; raise the version")]
    Over(&'static str),
    /// Somebody else changed it in this moment.
    #[error("the submission changed in this moment; ask for its state and try again")]
    Moved,
    /// The state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The database failed.
    #[error("the database failed")]
    Db(#[from] DbError),
}

/// What a developer announces.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// The text of `aim.toml`.
    pub manifest: String,
    /// SHA-256 of the component: 64 hexadecimal digits, with or without `sha256:` before them.
    pub component_sha256: String,
    /// The component's size in bytes.
    pub component_bytes: u64,
}

/// Keeps an announced version as a draft. The same announcement again answers the same submission.
///
/// # Errors
/// [`PublishError`].
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
    app.platform
        .db
        .write_if_room(move |tx| keep_draft(tx, draft).boxed())
        .await
}

async fn keep_draft(tx: &mut Conn, draft: Submission) -> Result<Submission, PublishError> {
    let service = draft.service().clone();
    // The counts below hold until the end of the transaction.
    store::organisation::lock(tx, &draft.organisation).await?;
    let owner = store::service::claim(tx, &service, &draft.organisation, draft.created_at).await?;
    if owner != draft.organisation {
        return Err(PublishError::NameTaken(service));
    }
    let Some(known) = store::submission::by_version(tx, &service, &draft.manifest.version).await? else {
        check_room(tx, &draft).await?;
        return if store::submission::insert(tx, &draft).await? {
            Ok(draft)
        } else {
            Err(PublishError::Moved)
        };
    };
    if known.digest == draft.digest && known.manifest_text == draft.manifest_text {
        return Ok(known);
    }
    if known.state != State::Draft {
        return Err(PublishError::VersionTaken {
            service,
            version: draft.manifest.version,
        });
    }
    let now = draft.created_at;
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

/// One more submission of this organisation has room; its name is claimed already.
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
///
/// # Errors
/// [`DbError`].
pub async fn of_organisation(
    app: &App,
    organisation: &OrganisationId,
    id: &SubmissionId,
) -> Result<Option<Submission>, DbError> {
    let mut reader = app.platform.db.reader().await?;
    let found = store::submission::get(&mut reader, id).await?;
    Ok(found.filter(|submission| submission.organisation == *organisation))
}

/// Whether this version still takes its component.
///
/// # Errors
/// [`PublishError::Over`].
pub fn takes_component(submission: &Submission) -> Result<(), PublishError> {
    match submission.state {
        State::Draft | State::Vetting { .. } => Ok(()),
        _ => Err(PublishError::Over(submission.state.code())),
    }
}

/// The component of this digest is in the store: vetting may begin. Where it had begun before, nothing
/// changes.
///
/// # Errors
/// [`PublishError::Moved`] where the draft names another component by now, [`PublishError::Over`],
/// [`PublishError::Db`].
pub async fn received(
    app: &App,
    by: &ApiToken,
    id: &SubmissionId,
    digest: &str,
) -> Result<Submission, PublishError> {
    let now = app.platform.clock.now();
    let random = app.platform.random.clone();
    let (id, by, digest) = (id.clone(), by.clone(), digest.to_owned());
    let submission = app
        .platform
        .db
        .write(move |tx| {
            async move {
                let Some(draft) = store::submission::get(tx, &id).await? else {
                    return Err(PublishError::Moved);
                };
                if draft.digest != digest {
                    return Err(PublishError::Moved);
                }
                takes_component(&draft)?;
                if draft.state != State::Draft {
                    return Ok(draft);
                }
                let before = draft.state.code();
                let received = draft.receive(now)?;
                if !store::submission::save_state(tx, &received, now).await? {
                    return Err(PublishError::Moved);
                }
                let entry = Decision {
                    at: now,
                    actor: Actor {
                        kind: ActorKind::Developer,
                        id: by.created_by.0,
                        name: by.label,
                    },
                    event: Event::Receive.code().to_owned(),
                    outcome: decision::ALLOWED.to_owned(),
                    state_before: before.to_owned(),
                    state_after: received.state.code().to_owned(),
                    digest: received.digest.clone(),
                    evidence: None,
                    reason: String::new(),
                    limits: None,
                };
                decision::append(tx, &random, &received.id, &entry).await?;
                Ok(Submission {
                    revision: received.revision.saturating_add(1),
                    ..received
                })
            }
            .boxed()
        })
        .await?;
    app.vetting.tell();
    Ok(submission)
}
