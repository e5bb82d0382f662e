//! Texts by code: a `[table]` of a catalogue.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Texts by codes that are not a closed list: of checks, rules, events.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Codes(BTreeMap<String, String>);

impl Codes {
    pub fn find(&self, code: &str) -> Option<&str> {
        self.0.get(code).map(String::as_str)
    }

    /// The codes that have a text, sorted.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The text, or the code itself if it has no text.
    pub fn get<'a>(&'a self, code: &'a str) -> &'a str {
        self.find(code).unwrap_or(code)
    }
}

/// A text for each variant of a closed list; a table with a missing or an additional one does not parse.
#[derive(Debug)]
pub struct Texts<K>(Codes, PhantomData<K>);

impl<K: Copy + Into<&'static str>> Texts<K> {
    pub fn get(&self, key: &K) -> &str {
        let code: &'static str = (*key).into();
        self.0.get(code)
    }
}

impl<'de, K: Copy + Into<&'static str> + strum::VariantArray> Deserialize<'de> for Texts<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = Codes::deserialize(deserializer)?;
        let codes: Vec<&'static str> = K::VARIANTS.iter().map(|&key| key.into()).collect();
        if let Some(missing) = codes.iter().find(|&&code| texts.find(code).is_none()) {
            return Err(D::Error::custom(format!("`{missing}` has no text")));
        }
        if let Some(unknown) = texts.0.keys().find(|code| !codes.contains(&code.as_str())) {
            return Err(D::Error::custom(format!("`{unknown}` is not in the list")));
        }
        Ok(Self(texts, PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::FetchType;

    #[test]
    fn texts_have_every_member_of_their_list_and_no_other() {
        let texts = |toml: &str| toml::from_str::<Texts<FetchType>>(toml);
        let both = "one-time = \"Once\"\nperiodic = \"Again\"\n";
        assert_eq!(texts(both).unwrap().get(&FetchType::Periodic), "Again");
        assert!(
            texts("periodic = \"Again\"")
                .unwrap_err()
                .message()
                .contains("one-time")
        );
        assert!(
            texts(&format!("{both}never = \"No\""))
                .unwrap_err()
                .message()
                .contains("never")
        );
    }

    #[test]
    fn unknown_code_stands_for_itself() {
        let codes: Codes = toml::from_str("size = \"Size\"").unwrap();
        assert_eq!((codes.get("size"), codes.get("colour")), ("Size", "colour"));
    }
}
