//! The words of data sets, and the score of a search.

use super::language::{Language, fold};
use crate::text::Localised;

/// The weight of a word found in the title, in the keywords, elsewhere.
const WEIGHTS: [u32; 3] = [9, 3, 1];

/// A data set's words, folded by the rules of their language.
#[derive(Debug)]
pub(super) struct Texts {
    az: [Vec<String>; 3],
    en: [Vec<String>; 3],
}

impl Texts {
    pub(super) fn of(
        title: &Localised,
        description: &Localised,
        publisher: &str,
        keyword: &[String],
    ) -> Self {
        let keywords = keyword.join(" ");
        let words = |language, title: &str, description: &str| {
            [title, keywords.as_str(), &format!("{publisher} {description}")]
                .map(|text| words(text, language))
        };
        Self {
            az: words(Language::Az, &title.az, &description.az),
            en: words(
                Language::En,
                title.en.as_deref().unwrap_or_default(),
                description.en.as_deref().unwrap_or_default(),
            ),
        }
    }

    /// The score of the words, or `None` if one of them does not occur. A word that is spelled the same in both
    /// languages counts with its greater score.
    pub(super) fn score(&self, wanted: &Wanted) -> Option<u32> {
        let best = |texts: &[Vec<String>; 3], word: &str| {
            texts
                .iter()
                .zip(WEIGHTS)
                .filter(|(words, _)| words.iter().any(|other| other.starts_with(word)))
                .map(|(_, weight)| weight)
                .max()
        };
        let mut sum = 0;
        for (az, en) in wanted.az.iter().zip(&wanted.en) {
            sum += best(&self.az, az).max(best(&self.en, en))?;
        }
        Some(sum)
    }
}

/// The words of a search, folded in both languages, since its language is unknown.
pub(super) struct Wanted {
    az: Vec<String>,
    en: Vec<String>,
}

impl Wanted {
    pub(super) fn of(text: &str) -> Self {
        Self {
            az: words(text, Language::Az),
            en: words(text, Language::En),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.az.len()
    }
}

/// The words of a text in lower case.
pub(super) fn words(text: &str, language: Language) -> Vec<String> {
    fold(text, language)
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}
