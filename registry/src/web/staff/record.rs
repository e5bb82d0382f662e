//! Objections to running a version: approvals that no longer count, and inconsistencies of its record.

use super::case::Case;
use crate::domain::StaffId;
use crate::domain::submission::Lapse;
use crate::web::words::Words;

/// One objection.
pub(super) struct RecordLine {
    pub what: String,
    /// The details, in codes; may be empty.
    pub detail: String,
}

pub(super) fn record_lines(
    words: &Words,
    case: &Case,
    name_of: impl Fn(&StaffId) -> String,
) -> Vec<RecordLine> {
    let checked = case.submission.checked_approvals(&case.circumstances.people);
    let lapsed = checked.lapsed.iter().map(|lapsed| RecordLine {
        what: lapse(words, lapsed.why).replace("{name}", &name_of(&lapsed.by)),
        detail: String::new(),
    });
    let differing = case.discrepancies.iter().map(|found| RecordLine {
        what: words.discrepancy.get(found.code()).to_owned(),
        detail: found.detail(),
    });
    lapsed.chain(differing).collect()
}

fn lapse(words: &Words, why: Lapse) -> &str {
    match why {
        Lapse::Unknown => &words.lapse_unknown,
        Lapse::Left => &words.lapse_left,
        Lapse::Role => &words.lapse_role,
        Lapse::Tied => &words.lapse_tied,
        Lapse::Repeated => &words.lapse_repeated,
    }
}
