//! Languages. Text for people comes from the catalogues beside the templates, never from errors.

use std::fmt;
use std::str::FromStr;

/// A language of the platform. Azerbaijani is the state language and the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Locale {
    #[default]
    Az,
    En,
    /// Russian: accepted in manifests and plug-ins; pages are not translated yet.
    Ru,
}

/// The text is none of `az`, `en`, `ru`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a language is one of `az`, `en`, `ru`")]
pub struct UnknownLocale;

impl Locale {
    /// The languages of the pages.
    pub const PAGES: [Self; 2] = [Self::Az, Self::En];

    /// The BCP 47 tag, as in `<html lang>` and in the first segment of a page's path.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Az => "az",
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The language of the page for a reader of this one: Russian readers get Azerbaijani until the Russian
    /// catalogue exists.
    pub fn for_page(self) -> Self {
        match self {
            Self::Az | Self::Ru => Self::Az,
            Self::En => Self::En,
        }
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Locale {
    type Err = UnknownLocale;

    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        match tag {
            "az" => Ok(Self::Az),
            "en" => Ok(Self::En),
            "ru" => Ok(Self::Ru),
            _ => Err(UnknownLocale),
        }
    }
}

/// A text in Azerbaijani and, if they were written, in the other languages.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(deny_unknown_fields)]
pub struct Localised {
    /// Azerbaijani; always present.
    pub az: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ru: Option<String>,
}

impl Localised {
    /// The text in `locale`, or in Azerbaijani if it was not translated.
    pub fn get(&self, locale: Locale) -> &str {
        match locale {
            Locale::Az => &self.az,
            Locale::En => self.en.as_deref().unwrap_or(&self.az),
            Locale::Ru => self.ru.as_deref().unwrap_or(&self.az),
        }
    }

    /// The language of the text that [`Localised::get`] returns, for its `lang` attribute.
    pub fn lang(&self, locale: Locale) -> Locale {
        match locale {
            Locale::En if self.en.is_some() => Locale::En,
            Locale::Ru if self.ru.is_some() => Locale::Ru,
            _ => Locale::Az,
        }
    }
}
