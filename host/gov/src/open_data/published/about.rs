//! What a publisher says about a data set.

use crate::open_data::licence;
use crate::shown::{NotShown, ShownText};
use crate::text::Localised;

pub const TITLE_CHARS_MAX: usize = 200;
pub const DESCRIPTION_CHARS_MAX: usize = 2_000;
pub const KEYWORDS_MAX: usize = 20;
pub const KEYWORD_CHARS_MAX: usize = 60;
/// The longest identifier, in characters.
pub const IDENTIFIER_CHARS_MAX: usize = 80;

/// Themes: codes of the European Union's authority list `data-theme`.
pub const THEMES: [&str; 13] = [
    "AGRI", "ECON", "EDUC", "ENER", "ENVI", "GOVE", "HEAL", "INTR", "JUST", "REGI", "SOCI", "TECH", "TRAN",
];
/// Frequencies: codes of its authority list `frequency`.
pub const FREQUENCIES: [&str; 10] = [
    "ANNUAL",
    "BIENNIAL",
    "CONT",
    "DAILY",
    "IRREG",
    "MONTHLY",
    "NEVER",
    "QUARTERLY",
    "UNKNOWN",
    "WEEKLY",
];

/// The description of a data set, checked.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct About {
    pub identifier: String,
    pub title: Localised,
    pub description: Localised,
    /// The licence: an address, or `not-stated`.
    pub license: String,
    pub theme: Vec<String>,
    pub keyword: Vec<String>,
    pub accrual_periodicity: String,
    /// Where it was harvested from; `None` if a publisher published it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// The same as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct NewAbout {
    pub identifier: String,
    pub title_az: String,
    pub title_en: String,
    pub description_az: String,
    pub description_en: String,
    /// CKAN's id of a licence.
    pub license: String,
    pub theme: Vec<String>,
    /// Separated by commas.
    pub keywords: String,
    pub frequency: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum AboutField {
    Identifier,
    TitleAz,
    TitleEn,
    DescriptionAz,
    DescriptionEn,
    License,
    Theme,
    Keywords,
    Frequency,
}

crate::coded!(AboutField);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum AboutFault {
    #[error("{0}")]
    Text(NotShown),
    #[error("is 2 to {IDENTIFIER_CHARS_MAX} characters of `a` to `z`, `0` to `9` and `-`")]
    Identifier,
    #[error("is not one of the list")]
    Choice,
    #[error("needs at least one theme")]
    NoTheme,
    #[error("has more than {KEYWORDS_MAX} keywords")]
    TooMany,
}

/// A wrong field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongAbout {
    pub field: AboutField,
    pub fault: AboutFault,
}

/// Whether a text can be the identifier of a data set.
pub fn is_identifier(text: &str) -> bool {
    (2..=IDENTIFIER_CHARS_MAX).contains(&text.len())
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl NewAbout {
    /// # Errors
    /// Every wrong field.
    pub fn parse(&self) -> Result<About, Vec<WrongAbout>> {
        let mut wrong = Vec::new();
        let mut fault = |field, fault| wrong.push(WrongAbout { field, fault });
        if !is_identifier(&self.identifier) {
            fault(AboutField::Identifier, AboutFault::Identifier);
        }
        let mut text = |field, text: &str, chars_max| match ShownText::parse(text.trim(), chars_max) {
            Ok(text) => text.into_string(),
            Err(error) => {
                fault(field, AboutFault::Text(error));
                String::new()
            }
        };
        let title = Localised {
            az: text(AboutField::TitleAz, &self.title_az, TITLE_CHARS_MAX),
            en: Some(text(AboutField::TitleEn, &self.title_en, TITLE_CHARS_MAX)),
            ru: None,
        };
        let description = Localised {
            az: text(
                AboutField::DescriptionAz,
                &self.description_az,
                DESCRIPTION_CHARS_MAX,
            ),
            en: Some(text(
                AboutField::DescriptionEn,
                &self.description_en,
                DESCRIPTION_CHARS_MAX,
            )),
            ru: None,
        };
        let keywords = self
            .keywords
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        let keyword: Vec<String> = keywords
            .map(|word| text(AboutField::Keywords, word, KEYWORD_CHARS_MAX))
            .collect();
        if keyword.len() > KEYWORDS_MAX {
            fault(AboutField::Keywords, AboutFault::TooMany);
        }
        if self.theme.is_empty() {
            fault(AboutField::Theme, AboutFault::NoTheme);
        }
        if self.theme.iter().any(|code| !THEMES.contains(&code.as_str())) {
            fault(AboutField::Theme, AboutFault::Choice);
        }
        if !FREQUENCIES.contains(&self.frequency.as_str()) {
            fault(AboutField::Frequency, AboutFault::Choice);
        }
        let licence = licence::KNOWN.into_iter().find(|known| known.id == self.license);
        if licence.is_none() {
            fault(AboutField::License, AboutFault::Choice);
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(About {
            identifier: self.identifier.clone(),
            title,
            description,
            license: licence
                .and_then(|licence| licence.url)
                .unwrap_or(licence::NOT_STATED)
                .to_owned(),
            theme: self.theme.clone(),
            keyword,
            accrual_periodicity: self.frequency.clone(),
            source: None,
        })
    }
}

impl From<&About> for NewAbout {
    fn from(about: &About) -> Self {
        Self {
            identifier: about.identifier.clone(),
            title_az: about.title.az.clone(),
            title_en: about.title.en.clone().unwrap_or_default(),
            description_az: about.description.az.clone(),
            description_en: about.description.en.clone().unwrap_or_default(),
            license: licence::of(&about.license).id.to_owned(),
            theme: about.theme.clone(),
            keywords: about.keyword.join(", "),
            frequency: about.accrual_periodicity.clone(),
        }
    }
}
