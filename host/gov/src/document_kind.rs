//! Kinds of documents. They are part of the manifest, so that reviewers approve every claim that a service can make
//! about a citizen.

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::shown::ShownText;
use crate::text::Localised;

/// The most characters of a text.
const TEXT_CHARS_MAX: usize = 255;
/// The most digits of a number: JSON readers keep integers of up to 2^53 (RFC 8259, section 6).
const NUMBER_MAX: u64 = 999_999_999_999_999;

/// What the value of a claim is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum ClaimKind {
    /// A text on one line.
    #[default]
    Text,
    /// A day (ISO 8601, `2026-11-29`).
    Date,
    /// A whole number.
    Number,
    /// Yes or no.
    YesNo,
}

crate::coded!(ClaimKind);

impl ClaimKind {
    /// A value of this kind.
    pub(crate) fn example(self) -> serde_json::Value {
        match self {
            Self::Text => serde_json::json!("1"),
            Self::Date => serde_json::json!("2026-01-01"),
            Self::Number => serde_json::json!(1),
            Self::YesNo => serde_json::json!(true),
        }
    }

    /// Whether a value is of this kind.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with its name; never the value.
    pub fn check(self, value: &serde_json::Value) -> Result<(), String> {
        let wanted = |what: &str| format!("has to be {what}, as JSON");
        match self {
            Self::Text => {
                let text = value.as_str().ok_or_else(|| wanted("a text in quotes"))?;
                ShownText::parse(text, TEXT_CHARS_MAX).map_err(|wrong| wrong.to_string())?;
            }
            Self::Date => {
                let day = value.as_str().and_then(|day| day.parse::<Date>().ok());
                // Jiff also reads other forms of a date; there is one here.
                if day.is_none_or(|day| value.as_str() != Some(day.to_string().as_str())) {
                    return Err(wanted("a day, such as `\"2026-11-29\"`"));
                }
            }
            Self::Number => {
                let number = value.as_i64().ok_or_else(|| wanted("a whole number"))?;
                if number.unsigned_abs() > NUMBER_MAX {
                    return Err(wanted("a number of at most fifteen digits"));
                }
            }
            Self::YesNo => {
                value.as_bool().ok_or_else(|| wanted("`true` or `false`"))?;
            }
        }
        Ok(())
    }
}

/// One claim that documents of a kind have.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct ClaimRule {
    /// Lower-case words joined by underscores, unique in the kind.
    pub name: String,
    /// What people read as its name.
    pub title: Localised,
    pub kind: ClaimKind,
    /// Whether a document without it is refused.
    pub required: bool,
}

/// A kind of documents as the manifest has it.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct DocumentKind {
    /// Kebab-case, unique in the service.
    pub code: String,
    /// What people call such a document.
    pub title: Localised,
    pub claims: Vec<ClaimRule>,
    /// How long a document is valid at most, in days.
    pub valid_days: u32,
}

impl DocumentKind {
    pub fn claim(&self, name: &str) -> Option<&ClaimRule> {
        self.claims.iter().find(|claim| claim.name == name)
    }

    /// The name of this description: SHA-256 of service and content, in hexadecimal digits. A kind that changed with a
    /// new version has another one, and documents keep that of their day.
    pub fn digest(&self, service: &str) -> Result<String, serde_json::Error> {
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(&(service, self))?)))
    }
}
