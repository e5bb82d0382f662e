//! A data set as a foreign catalogue describes it, and its description here.

use sha2::{Digest as _, Sha256};
use url::Url;

use super::Source;
use super::report::{Reason, Refused};
use super::sources::PUBLISHER_CHARS_MAX;
use crate::open_data::published::About;
use crate::open_data::published::about::{
    DESCRIPTION_CHARS_MAX, FREQUENCIES, KEYWORD_CHARS_MAX, KEYWORDS_MAX, THEMES, TITLE_CHARS_MAX,
};
use crate::open_data::{licence, publisher};
use crate::shown::ShownText;
use crate::text::Localised;

/// Characters of an identifier that come from the foreign one.
const SLUG_CHARS_MAX: usize = 40;
/// Digits of the foreign identifier's hash.
const HASH_CHARS: usize = 10;

/// A text with its language, if it says one.
pub(super) type Tagged = (Option<String>, String);

/// A data set of a foreign catalogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Its identifier there, which stays the same.
    pub(super) id: String,
    /// Where people find it there.
    pub(super) page: Option<String>,
    pub(super) title: Vec<Tagged>,
    pub(super) description: Vec<Tagged>,
    pub(super) publisher: Option<String>,
    /// As it is written there: an address or a code.
    pub(super) licence: Option<String>,
    /// Codes of the European Union's list.
    pub(super) themes: Vec<String>,
    pub(super) keywords: Vec<String>,
    pub(super) frequency: Option<String>,
    /// The files in CSV and JSON, best first.
    pub(super) files: Vec<String>,
}

/// A data set that keeps the rules of this catalogue.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) about: About,
    pub(super) publisher: String,
    pub(super) file: Url,
}

impl Foreign {
    /// The identifier here: the source, the end of the foreign identifier, and its hash, which makes it the only one.
    pub(super) fn identifier(&self, source: &Source) -> String {
        let end = self.id.trim_end_matches(['/', '#']);
        let end = end.rsplit(['/', '#', ':']).next().unwrap_or_default();
        let slug: String = publisher::name(end).chars().take(SLUG_CHARS_MAX).collect();
        let hash = hex::encode(Sha256::digest(self.id.as_bytes()));
        let hash: String = hash.chars().take(HASH_CHARS).collect();
        let parts = [source.name.as_str(), slug.trim_matches('-'), &hash];
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("-")
    }

    /// # Errors
    /// [`Reason::Licence`], [`Reason::Text`], [`Reason::NoFile`].
    pub(super) fn check(&self, source: &Source) -> Result<Checked, Refused> {
        let refused = |reason, detail: String| Refused::new(&self.id, reason, detail);
        let licence = match &self.licence {
            None => return Err(refused(Reason::Licence, "no licence is stated".to_owned())),
            Some(stated) => licence::open(stated).ok_or_else(|| {
                refused(
                    Reason::Licence,
                    format!("`{stated}` is not known as an open licence"),
                )
            })?,
        };
        let text = |what: &str, text: &str, chars_max| match ShownText::parse(text.trim(), chars_max) {
            Ok(text) => Ok(text.into_string()),
            Err(error) => Err(refused(Reason::Text, format!("the {what} {error}"))),
        };
        let localised = |what: &str, texts: &[Tagged], chars_max| {
            let Localised { az, en, ru } = localised(texts);
            let other = |other: Option<String>| other.map(|other| text(what, &other, chars_max)).transpose();
            Ok(Localised {
                az: text(what, &az, chars_max)?,
                en: other(en)?,
                ru: other(ru)?,
            })
        };
        let title = localised("title", &self.title, TITLE_CHARS_MAX)?;
        let description = match self.description.is_empty() {
            true => title.clone(),
            false => localised("description", &self.description, DESCRIPTION_CHARS_MAX)?,
        };
        let publisher = self.publisher.as_deref().unwrap_or(&source.publisher);
        let publisher = text("publisher's name", publisher, PUBLISHER_CHARS_MAX)?;
        let keywords = self.keywords.iter().take(KEYWORDS_MAX);
        let keyword: Result<Vec<String>, Refused> = keywords
            .map(|word| text("keyword", word, KEYWORD_CHARS_MAX))
            .collect();
        let mut theme: Vec<String> = self
            .themes
            .iter()
            .filter(|code| THEMES.contains(&code.as_str()))
            .cloned()
            .collect();
        theme.sort();
        theme.dedup();
        if theme.is_empty() {
            theme.push(source.theme.clone());
        }
        let frequency = self
            .frequency
            .as_deref()
            .filter(|code| FREQUENCIES.contains(code));
        let file = self
            .files
            .first()
            .ok_or_else(|| refused(Reason::NoFile, "it has no file in CSV or JSON".to_owned()))?;
        let file = Url::parse(file)
            .map_err(|error| refused(Reason::NoFile, format!("the address of its file: {error}")))?;
        // An address with another scheme would be a link that runs something.
        let page = self
            .page
            .clone()
            .filter(|page| Url::parse(page).is_ok_and(|page| ["http", "https"].contains(&page.scheme())));
        Ok(Checked {
            about: About {
                identifier: self.identifier(source),
                title,
                description,
                license: licence.url.unwrap_or(licence::NOT_STATED).to_owned(),
                theme,
                keyword: keyword?,
                accrual_periodicity: frequency.unwrap_or("UNKNOWN").to_owned(),
                source: Some(page.unwrap_or_else(|| source.address.to_string())),
            },
            publisher,
            file,
        })
    }
}

/// The texts by language. What says none, or another one, stands for Azerbaijani where that is absent.
fn localised(texts: &[Tagged]) -> Localised {
    let of = |tag: &str| {
        let is = |language: &str| language == tag || language.starts_with(&format!("{tag}-"));
        let mut found = texts.iter();
        let found = found.find(|(language, _)| language.as_deref().is_some_and(is));
        found.map(|(_, text)| text.clone())
    };
    let untagged = texts.iter().find(|(language, _)| language.is_none());
    let any = || untagged.or(texts.first()).map(|(_, text)| text.clone());
    let (en, ru) = (of("en"), of("ru"));
    Localised {
        az: of("az").or_else(any).unwrap_or_default(),
        en,
        ru,
    }
}
