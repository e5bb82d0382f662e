//! Why a version is not taken.

use aim_gov::clock::Timestamp;
use aim_gov::db::DbError;
use aim_gov::invocation::ServiceId;

use crate::domain::submission::Refused;
use crate::manifest::ManifestErrors;
use crate::objects::COMPONENT_BYTES_MAX;

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
    /// Another version differs in build metadata alone.
    #[error(
        "version {version} of `{}` is the same version as {known}, which is there already: what follows `+` does not \
         distinguish versions; raise the version",
        service.0
    )]
    SameVersion {
        /// The service.
        service: ServiceId,
        /// The announced version.
        version: semver::Version,
        /// The version that is there.
        known: semver::Version,
    },
    /// A newer version runs or is on its way.
    #[error(
        "version {version} of `{}` is older than {newest}, which is `{state}`; choose a version above {newest}{}",
        service.0,
        advice_of(state)
    )]
    Older {
        /// The service.
        service: ServiceId,
        /// The announced version.
        version: semver::Version,
        /// The newest version that runs or is on its way.
        newest: Box<semver::Version>,
        /// The code of that version's state.
        state: String,
    },
    /// This very version was published before and has come to an end.
    #[error(
        "version {version} of `{}` was published on {} and {fate}; choose a new version number",
        service.0,
        day(*published)
    )]
    Ended {
        /// The service.
        service: ServiceId,
        /// The version.
        version: semver::Version,
        /// When it was announced.
        published: Timestamp,
        /// What became of it, as the end of a sentence.
        fate: String,
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
