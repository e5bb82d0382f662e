//! Languages, and texts in several of them.

pub use crate::bindings::aim::gov::types::{Locale, Localised};

impl Locale {
    /// The BCP 47 tag, for `lang` attributes.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Az => "az",
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The language of a tag such as `en` or `en-GB`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default();
        [Self::Az, Self::En, Self::Ru]
            .into_iter()
            .find(|locale| locale.tag().eq_ignore_ascii_case(language))
    }

    /// Picks the text in this language out of three.
    pub fn pick<T>(self, az: T, en: T, ru: T) -> T {
        match self {
            Self::Az => az,
            Self::En => en,
            Self::Ru => ru,
        }
    }
}

impl Localised {
    /// A text that exists in Azerbaijani and English.
    pub fn new(az: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            az: az.into(),
            en: Some(en.into()),
            ru: None,
        }
    }

    /// The text in `locale`, or in Azerbaijani if it was not translated.
    pub fn get(&self, locale: Locale) -> &str {
        let other = match locale {
            Locale::Az => None,
            Locale::En => self.en.as_deref(),
            Locale::Ru => self.ru.as_deref(),
        };
        other.unwrap_or(&self.az)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_translation_falls_back_to_azerbaijani() {
        let text = Localised::new("Su", "Water");
        assert_eq!(
            [Locale::Az, Locale::En, Locale::Ru].map(|locale| text.get(locale)),
            ["Su", "Water", "Su"]
        );
    }

    #[test]
    fn tags_are_read_with_their_regions() {
        assert_eq!(Locale::from_tag("en-GB"), Some(Locale::En));
        assert_eq!(Locale::from_tag("AZ"), Some(Locale::Az));
        assert_eq!(Locale::from_tag("fr"), None);
    }
}
