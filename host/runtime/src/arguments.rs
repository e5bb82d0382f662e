//! The arguments of a call, as a developer reads them in the log of a test space.
//!
//! What a service hands over may be data of citizens. So an argument is shown only where the glue of its interface names it as
//! harmless, by the constructor that it takes: [`word`], [`path`], [`media_type`], [`number`], [`flag`]. The first three also
//! refuse what does not look like it: a name or a sentence is not a word. Everything else is its kind and its size. Idempotency
//! keys are made of what a call is about, a citizen's pseudonym or a child's name among it: they have a fingerprint, by which
//! the calls with one key are found.

use std::sync::Arc;

use aim_gov::random::Random;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use sha2::Sha256;

/// The longest word that is shown, in bytes.
pub const WORD_BYTES_MAX: usize = 128;
/// The most items of a list that are shown; of the others, the number is.
pub const ITEMS_SHOWN_MAX: usize = 20;
/// What the arguments of one call take together, about, in bytes of JSON. Beyond it, lists and records are their size.
pub const ARGUMENTS_BYTES_MAX: usize = 4 << 10;

/// Bytes of the secret of a log's fingerprints: the block of SHA-256, so that HMAC takes it as it is.
const SECRET_BYTES: usize = 64;
/// Bytes of a fingerprint: enough to tell the keys of one log apart.
const FINGERPRINT_BYTES: usize = 4;

/// What is said of an argument that is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its size is in characters.
    Text,
    Bytes,
    Number,
    Flag,
    /// Its size is in items.
    List,
    /// Its size is in fields.
    Record,
}

impl Kind {
    fn code(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Number => "number",
            Self::Flag => "flag",
            Self::List => "list",
            Self::Record => "record",
        }
    }
}

/// One argument, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The `none` of an option.
    Nothing,
    Flag(bool),
    Number(u64),
    Word(String),
    /// An idempotency key that has no fingerprint yet; it never leaves this module.
    Key(String),
    List {
        shown: Vec<Argument>,
        /// How many more there are.
        more: usize,
    },
    Record(Vec<(String, Argument)>),
    Redacted {
        kind: Kind,
        /// Of texts, bytes, lists and records.
        size: Option<usize>,
        /// Of idempotency keys.
        fingerprint: Option<String>,
    },
}

/// Makes fingerprints, which tell whether two texts of one log are the same, and nothing else: nobody can try texts out
/// without the log's own secret. Clones share it.
#[derive(Clone, Debug)]
pub struct Fingerprints(Arc<[u8; SECRET_BYTES]>);

impl Fingerprints {
    pub fn new(random: &Random) -> Self {
        let mut secret = [0; SECRET_BYTES];
        random.fill(&mut secret);
        Self(Arc::new(secret))
    }

    fn of(&self, text: &str) -> String {
        let mut mac = Hmac::<Sha256>::new(&(*self.0).into());
        mac.update(text.as_bytes());
        let made = mac.finalize().into_bytes();
        hex::encode(made.iter().take(FINGERPRINT_BYTES).copied().collect::<Vec<_>>())
    }
}

/// The arguments of one call, by the names of the WIT.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments(Vec<(&'static str, Argument)>);

/// A text without data of citizens that the platform or the service gave as a name: a code, an id, a key, a reference.
pub(crate) fn word(text: &str) -> Argument {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/~".contains(&byte);
    shown_if(text, text.bytes().all(is_word))
}

/// An IANA media type.
pub(crate) fn media_type(text: &str) -> Argument {
    let is_of_media_type = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.+/;= ".contains(&byte);
    shown_if(text, text.bytes().all(is_of_media_type))
}

/// A path with a query, of which the names are shown without their values, as in the lines of the log.
pub(crate) fn path(text: &str) -> Argument {
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let names = query.split('&').filter(|pair| !pair.is_empty());
    let names = names.map(|pair| pair.split_once('=').map_or(pair, |(name, _)| name));
    let mut names = names.peekable();
    let mut shown = path.to_owned();
    if names.peek().is_some() {
        shown.push('?');
        shown.push_str(&names.collect::<Vec<_>>().join("&"));
    }
    let is_of_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/?&".contains(&byte);
    match shown_if(&shown, shown.bytes().all(is_of_path)) {
        Argument::Redacted { .. } => redacted(text),
        shown => shown,
    }
}

fn shown_if(text: &str, harmless: bool) -> Argument {
    match harmless && text.len() <= WORD_BYTES_MAX {
        true => Argument::Word(text.to_owned()),
        false => redacted(text),
    }
}

/// An idempotency key, as its fingerprint.
pub(crate) fn keyed(key: &str) -> Argument {
    Argument::Key(key.to_owned())
}

pub(crate) fn number(number: impl Into<u64>) -> Argument {
    Argument::Number(number.into())
}

pub(crate) fn flag(flag: bool) -> Argument {
    Argument::Flag(flag)
}

/// A text that is not shown.
pub(crate) fn redacted(text: &str) -> Argument {
    Argument::Redacted {
        kind: Kind::Text,
        size: Some(text.chars().count()),
        fingerprint: None,
    }
}

/// Bytes, which are never shown.
pub(crate) fn bytes(bytes: &[u8]) -> Argument {
    Argument::Redacted {
        kind: Kind::Bytes,
        size: Some(bytes.len()),
        fingerprint: None,
    }
}

/// Something else that is not shown.
pub(crate) fn redacted_as(kind: Kind) -> Argument {
    Argument::Redacted {
        kind,
        size: None,
        fingerprint: None,
    }
}

/// The argument, if there is one.
pub(crate) fn optional<T>(value: Option<T>, one: impl FnOnce(T) -> Argument) -> Argument {
    value.map_or(Argument::Nothing, one)
}

/// The items, of which at most [`ITEMS_SHOWN_MAX`] are shown.
pub(crate) fn list<T>(items: &[T], one: impl Fn(&T) -> Argument) -> Argument {
    Argument::List {
        shown: items.iter().take(ITEMS_SHOWN_MAX).map(one).collect(),
        more: items.len().saturating_sub(ITEMS_SHOWN_MAX),
    }
}

/// A record, by the names of its fields.
pub(crate) fn record<const FIELDS: usize>(fields: [(&'static str, Argument); FIELDS]) -> Argument {
    Argument::Record(
        fields
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

/// The case of a variant, with what it holds.
pub(crate) fn case(name: &'static str, value: Argument) -> Argument {
    record([(name, value)])
}

/// The pairs of a list of names and values. A name that is not a word is not shown, nor how many there are like it.
pub(crate) fn pairs<T>(pairs: &[T], one: impl Fn(&T) -> (&str, Argument)) -> Argument {
    list(pairs, |pair| {
        let (name, value) = one(pair);
        match word(name) {
            Argument::Word(name) => Argument::Record(vec![(name, value)]),
            name => record([("name", name), ("value", value)]),
        }
    })
}

impl Argument {
    /// About how many bytes of JSON it is.
    fn weight(&self) -> usize {
        const PUNCTUATION: usize = 4;
        PUNCTUATION
            + match self {
                Self::Nothing | Self::Flag(_) | Self::Number(_) | Self::Redacted { .. } => 48,
                Self::Key(_) => 48,
                Self::Word(word) => word.len(),
                Self::List { shown, .. } => shown.iter().map(Self::weight).sum(),
                Self::Record(fields) => fields
                    .iter()
                    .map(|(name, value)| name.len() + value.weight())
                    .sum(),
            }
    }

    fn fingerprinted(self, by: &Fingerprints) -> Self {
        match self {
            Self::Key(key) => Self::Redacted {
                kind: Kind::Text,
                size: Some(key.chars().count()),
                fingerprint: Some(by.of(&key)),
            },
            other => other,
        }
    }

    /// Without what lists and records hold.
    fn reduced(self) -> Self {
        let of_size = |kind, size| Self::Redacted {
            kind,
            size: Some(size),
            fingerprint: None,
        };
        match self {
            Self::List { shown, more } => of_size(Kind::List, shown.len().saturating_add(more)),
            Self::Record(fields) => of_size(Kind::Record, fields.len()),
            other => other,
        }
    }
}

impl Arguments {
    pub(crate) fn new<const COUNT: usize>(
        arguments: [(&'static str, Argument); COUNT],
        fingerprints: &Fingerprints,
    ) -> Self {
        let weight: usize = arguments.iter().map(|(_, argument)| argument.weight()).sum();
        let kept = |argument: Argument| match weight > ARGUMENTS_BYTES_MAX {
            true => argument.reduced(),
            false => argument,
        };
        let arguments = arguments.into_iter();
        Self(
            arguments
                .map(|(name, argument)| (name, kept(argument).fingerprinted(fingerprints)))
                .collect(),
        )
    }

    /// Whether the call has none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Arguments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, argument)| (name, argument)))
    }
}

impl Serialize for Argument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_none(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Word(word) => serializer.serialize_str(word),
            Self::Key(key) => redacted(key).serialize(serializer),
            Self::List { shown, more } => {
                let mut list = serializer.serialize_seq(None)?;
                for item in shown {
                    list.serialize_element(item)?;
                }
                if *more > 0 {
                    list.serialize_element(&Self::Record(vec![(
                        "more".to_owned(),
                        Self::Number(*more as u64),
                    )]))?;
                }
                list.end()
            }
            Self::Record(fields) => serializer.collect_map(fields.iter().map(|(name, value)| (name, value))),
            Self::Redacted {
                kind,
                size,
                fingerprint,
            } => {
                let mut redacted = serializer.serialize_map(None)?;
                redacted.serialize_entry("redacted", kind.code())?;
                if let Some(size) = size {
                    redacted.serialize_entry("size", size)?;
                }
                if let Some(fingerprint) = fingerprint {
                    redacted.serialize_entry("fingerprint", fingerprint)?;
                }
                redacted.end()
            }
        }
    }
}

#[cfg(test)]
mod tests;
