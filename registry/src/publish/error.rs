//! Why a version is refused.

use aim_gov::clock::Timestamp;
use aim_gov::db::DbError;
use aim_gov::invocation::ServiceId;

use crate::component_store::COMPONENT_BYTES_MAX;
use crate::domain::submission::Refused;
use crate::manifest::ManifestErrors;

#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    #[error("the manifest has errors")]
    Manifest(#[from] ManifestErrors),
    #[error("`{0}` is not a SHA-256: write 64 hexadecimal digits in lower case")]
    Hash(String),
    #[error("the component is empty")]
    Empty,
    /// The announced size is above [`COMPONENT_BYTES_MAX`].
    #[error("the component has {bytes} bytes; at most {COMPONENT_BYTES_MAX} are allowed")]
    TooLarge { bytes: u64 },
    #[error("the name `{}` belongs to another organisation; choose another one", .0.0)]
    NameTaken(ServiceId),
    #[error("version {version} of `{}` exists already with other content; raise the version", service.0)]
    VersionTaken {
        service: ServiceId,
        version: semver::Version,
    },
    #[error(
        "version {version} of `{}` is the same version as {known}, which is there already: what follows `+` does not \
         distinguish versions; raise the version",
        service.0
    )]
    SameVersion {
        service: ServiceId,
        version: semver::Version,
        known: semver::Version,
    },
    #[error(
        "version {version} of `{}` is older than {newest}, which is `{state}`; choose a version above {newest}{}",
        service.0,
        advice_of(state)
    )]
    Older {
        service: ServiceId,
        version: semver::Version,
        /// The newest version that runs or is undecided.
        newest: Box<semver::Version>,
        /// The code of that version's state.
        state: String,
    },
    #[error(
        "version {version} of `{}` was published on {} and {fate}; choose a new version number",
        service.0,
        day(*published)
    )]
    Ended {
        service: ServiceId,
        version: semver::Version,
        published: Timestamp,
        fate: String,
    },
    #[error("an organisation has at most {max} {what}; {advice}")]
    TooMany {
        what: &'static str,
        max: i64,
        advice: &'static str,
    },
    #[error("this version is `{0}` and accepts no component; raise the version")]
    Over(&'static str),
    #[error("the submission was changed concurrently; query its state and try again")]
    Moved,
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("the database failed")]
    Db(#[from] DbError),
}

fn advice_of(state: &str) -> &'static str {
    match state {
        "deployed" | "suspended" => "",
        _ => ", or withdraw that one first",
    }
}

/// `2026-11-25`, in Baku.
pub(super) fn day(at: Timestamp) -> String {
    at.in_baku()
        .map_or_else(String::new, |moment| moment.date().to_string())
}
