//! The order of versions (Semantic Versioning 2.0.0, section 11): a service only moves forward.

use aim_gov::db::Conn;

use super::PublishError;
use crate::domain::submission::Submission;
use crate::store;

/// The codes of the states in which a version runs, or may still run.
const ON_THE_WAY: [&str; 7] = [
    "draft",
    "vetting",
    "vetted",
    "first-approved",
    "approved",
    "deployed",
    "suspended",
];

/// Whether a version may be announced: it differs from the existing ones, and is not older than one that runs
/// or is undecided.
///
/// # Errors
/// [`PublishError::SameVersion`], [`PublishError::Older`], [`PublishError::Db`].
pub(super) async fn check(tx: &mut Conn, draft: &Submission) -> Result<(), PublishError> {
    let version = &draft.manifest.version;
    let all = store::submission::versions(tx, draft.service()).await?;
    let others = || all.iter().filter(|known| known.version != *version);
    let same = others().find(|known| known.version.cmp_precedence(version).is_eq());
    if let Some(known) = same {
        return Err(PublishError::SameVersion {
            service: draft.service().clone(),
            version: version.clone(),
            known: known.version.clone(),
        });
    }
    let newest = others()
        .filter(|known| ON_THE_WAY.contains(&known.state.as_str()))
        .max_by(|one, other| one.version.cmp_precedence(&other.version));
    match newest {
        Some(newest) if version.cmp_precedence(&newest.version).is_lt() => Err(PublishError::Older {
            service: draft.service().clone(),
            version: version.clone(),
            newest: Box::new(newest.version.clone()),
            state: newest.state.clone(),
        }),
        _ => Ok(()),
    }
}
