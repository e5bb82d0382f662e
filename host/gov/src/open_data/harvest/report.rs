//! What a harvest did.

use crate::open_data::upload::BadRow;

/// Why a data set, or a whole catalogue, is not published.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Reason {
    /// It has no licence, or one that is not known as open.
    Licence,
    /// A title, description, keyword or name of a publisher is missing, too long, or holds what readers cannot see.
    Text,
    /// It has no file in CSV or JSON.
    NoFile,
    /// The address is not at an admitted host.
    Host,
    /// The host does not answer in time.
    Silent,
    /// The answer has another status than 200; redirects are not followed.
    Status,
    TooLarge,
    /// The document of the catalogue cannot be read, or has no data set.
    Document,
    /// The file is not a table.
    Unread,
    /// Rows of the file cannot be read.
    BadRows,
    /// Another data set has this identifier.
    Taken,
    /// The catalogue has too many data sets, pages or statements, or the source's files take too much.
    TooMany,
    /// The time of the harvest is over; the next one goes on.
    Time,
    /// The platform itself could not do it.
    Platform,
}

crate::coded!(Reason);

/// What was refused, and where.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refused {
    /// The data set in the foreign catalogue, or the address of the catalogue or of a file.
    pub place: String,
    pub reason: Reason,
    /// What is wrong, for the operator of the source, in English.
    pub detail: String,
    /// Rows that cannot be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bad: Vec<BadRow>,
}

impl Refused {
    pub(super) fn new(place: &str, reason: Reason, detail: impl std::fmt::Display) -> Self {
        let echo = |text: &str| text.chars().take(TEXT_CHARS_MAX).collect();
        Self {
            place: echo(place),
            reason,
            detail: echo(&detail.to_string()),
            bad: Vec::new(),
        }
    }
}

/// The longest text of a report, in characters.
const TEXT_CHARS_MAX: usize = 300;
/// Bad rows of one file in a report.
pub(super) const BAD_ROWS_MAX: usize = 10;

/// What a harvest did.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Report {
    /// Why the catalogue was not harvested; nothing changed then.
    pub fault: Option<Refused>,
    /// Identifiers of data sets.
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub gone: Vec<String>,
    pub unchanged_count: u32,
    pub refused: Vec<Refused>,
}
