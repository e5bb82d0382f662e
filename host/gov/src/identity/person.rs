//! A person, as the register of the population knows them.

use super::types::Address;
use crate::clock::Timestamp;
use crate::text::Locale;

/// Characters of a personal identification number.
const FIN_CHARS: usize = 7;

/// As the register of the population writes it.
/// The codes are the values of OpenID Connect.
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
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Gender {
    Female,
    Male,
}

crate::coded!(Gender);

/// The register's record of one person.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct Person {
    pub fin: String,
    pub given_name: String,
    /// Father's name with `oğlu` or `qızı`.
    pub middle_name: Option<String>,
    pub family_name: String,
    #[serde(deserialize_with = "date")]
    pub birthdate: jiff::civil::Date,
    #[serde(default, deserialize_with = "optional_date")]
    pub died: Option<jiff::civil::Date>,
    pub gender: Gender,
    /// ISO 3166-1 alpha-3.
    pub nationalities: Vec<String>,
    pub locale: Locale,
    /// Whether the register knows a telephone number.
    pub phone_number_verified: bool,
    /// Whether the register knows an e-mail address.
    pub email_verified: bool,
    /// Who lives together pays the same utility bills.
    pub household: String,
    #[serde(deserialize_with = "date")]
    pub updated: jiff::civil::Date,
    pub address: Address,
}

impl Person {
    /// Last name, first name and father's name, as on the identity card.
    pub fn name(&self) -> String {
        match &self.middle_name {
            Some(middle) => format!("{} {} {middle}", self.family_name, self.given_name),
            None => format!("{} {}", self.family_name, self.given_name),
        }
    }

    /// The language that the name is written in: Russian for a name in Cyrillic letters.
    pub fn name_lang(&self) -> Locale {
        let cyrillic = |letter: char| ('\u{400}'..='\u{4ff}').contains(&letter);
        if self.family_name.chars().any(cyrillic) {
            Locale::Ru
        } else {
            Locale::Az
        }
    }

    /// Completed years of age on this day in Bakı.
    pub fn age_years(&self, now: Timestamp) -> i16 {
        let today = local_date(now);
        let years = today.year() - self.birthdate.year();
        let had_birthday = (today.month(), today.day()) >= (self.birthdate.month(), self.birthdate.day());
        if had_birthday { years } else { years - 1 }
    }

    /// When the register last changed.
    pub fn updated_at(&self) -> Timestamp {
        let midnight = self.updated.to_zoned(jiff::tz::TimeZone::UTC);
        Timestamp(midnight.map_or(0, |zoned| zoned.timestamp().as_millisecond()))
    }
}

fn date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<jiff::civil::Date, D::Error> {
    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

fn optional_date<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<jiff::civil::Date>, D::Error> {
    date(deserializer).map(Some)
}

/// Whether a text has the form of a FIN: seven capital letters and digits.
pub(super) fn is_fin(text: &str) -> bool {
    text.len() == FIN_CHARS
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

pub fn local_date(now: Timestamp) -> jiff::civil::Date {
    now.in_baku()
        .map_or(jiff::civil::Date::MAX, |moment| moment.date())
}
