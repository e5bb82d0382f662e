//! A message requested by a plug-in, and the checks of its values.

use std::collections::BTreeMap;

use crate::clock::{DAY_MS, Timestamp};
use crate::error::GovError;
use crate::idempotency::hash_fields;
use crate::local_path::local_path;
use crate::message_template::{FieldKind, Template};
use crate::shown::ShownText;
use crate::text::Locale;

/// Characters of a text.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Texts of a list.
pub const ITEMS_MAX: usize = 20;
/// Characters of a text in a list.
pub const ITEM_CHARS_MAX: usize = 255;
/// Characters of the service's own reference.
pub const REFERENCE_CHARS_MAX: usize = 255;
/// Characters of a file's name.
pub const FILE_NAME_CHARS_MAX: usize = 100;
/// Bytes of a file.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// Days that a citizen can download a file (GOV.UK Notify: 78 weeks).
pub const KEEP_DAYS: std::ops::RangeInclusive<u16> = 7..=546;
/// How far ahead a message can be scheduled, in days.
pub const AHEAD_DAYS_MAX: i64 = 30;

/// Media types of files, with the extension that the name needs.
const MEDIA_TYPES: [(&str, &str); 6] = [
    ("application/pdf", ".pdf"),
    ("image/png", ".png"),
    ("image/jpeg", ".jpg"),
    ("image/jpeg", ".jpeg"),
    ("text/csv", ".csv"),
    ("text/plain", ".txt"),
];

/// A request for a message; the WIT `new-message`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// The pairwise pseudonym of a citizen who takes part in the service.
    pub to: String,
    pub template: String,
    pub personalisation: Vec<(String, Value)>,
    pub reference: Option<String>,
    pub language: Option<Locale>,
    pub send_at: Option<Timestamp>,
    pub discard_at: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Text(String),
    Items(Vec<String>),
    Link(String),
    File(Attachment),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    pub media_type: String,
    pub content: Vec<u8>,
    /// How long the citizen can download it.
    pub keep_days: u16,
}

/// Values that fit the fields of their template.
#[derive(Clone, Debug)]
pub(super) struct Values(BTreeMap<String, Value>);

impl Values {
    /// # Errors
    /// `invalid-request` (`personalisation-unknown`, `-malformed`, `-missing`).
    pub(super) fn check(template: &Template, given: Vec<(String, Value)>) -> Result<Self, GovError> {
        let mut values = BTreeMap::new();
        for (name, value) in given {
            let Some(field) = template.field(&name) else {
                return Err(GovError::invalid(
                    "personalisation-unknown",
                    format!("`{}` is not a field of `{}`", name.escape_default(), template.id),
                ));
            };
            value
                .check(field.kind)
                .map_err(|why| malformed(format!("`{name}` {why}")))?;
            if values.insert(name.clone(), value).is_some() {
                return Err(malformed(format!("`{name}` is given twice")));
            }
        }
        let missing = template
            .fields
            .iter()
            .find(|field| field.required && !values.contains_key(&field.name));
        match missing {
            None => Ok(Self(values)),
            Some(field) => Err(GovError::invalid(
                "personalisation-missing",
                format!("`{}` needs a value for `{}`", template.id, field.name),
            )),
        }
    }

    /// The line with its placeholders replaced. Placeholders inside a value are not replaced.
    pub(super) fn fill(&self, line: &str) -> String {
        let mut filled = String::new();
        let mut rest = line;
        while let Some((before, (name, after))) = rest
            .split_once("((")
            .and_then(|(before, rest)| Some((before, rest.split_once("))")?)))
        {
            filled.push_str(before);
            if let Some(Value::Text(text)) = self.0.get(name) {
                filled.push_str(text);
            }
            rest = after;
        }
        filled.push_str(rest);
        filled.trim().to_owned()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(super) fn into_file(self) -> Option<Attachment> {
        self.0.into_values().find_map(|value| match value {
            Value::File(file) => Some(file),
            Value::Text(_) | Value::Items(_) | Value::Link(_) => None,
        })
    }
}

fn malformed(detail: String) -> GovError {
    GovError::invalid("personalisation-malformed", detail)
}

impl Value {
    fn check(&self, kind: FieldKind) -> Result<(), String> {
        match (self, kind) {
            (Self::Text(text), FieldKind::Text) => shown(text, TEXT_CHARS_MAX),
            (Self::Items(items), FieldKind::Items) => {
                if !(1..=ITEMS_MAX).contains(&items.len()) {
                    return Err(format!("is a list of 1 to {ITEMS_MAX} texts"));
                }
                items.iter().try_for_each(|item| shown(item, ITEM_CHARS_MAX))
            }
            (Self::Link(path), FieldKind::Link) => match local_path(path) {
                Some(_) => Ok(()),
                None => Err("is a path of the service that begins with one `/`".to_owned()),
            },
            (Self::File(file), FieldKind::File) => file.check(),
            _ => Err(format!("is a field for another kind of value: `{}`", kind.code())),
        }
    }
}

fn shown(text: &str, chars_max: usize) -> Result<(), String> {
    ShownText::parse(text, chars_max)
        .map(drop)
        .map_err(|wrong| wrong.to_string())
}

impl Attachment {
    fn check(&self) -> Result<(), String> {
        shown(&self.name, FILE_NAME_CHARS_MAX)?;
        if self.name.contains(['/', '\\', '"', ':']) {
            return Err("has a file name with `/`, `\\`, `\"` or `:`".to_owned());
        }
        let name = self.name.to_ascii_lowercase();
        let fits = MEDIA_TYPES
            .iter()
            .any(|(media_type, extension)| *media_type == self.media_type && name.ends_with(extension));
        if !fits {
            return Err(
                "is a file of a PDF, PNG, JPEG, CSV or plain text, with the extension of its media type"
                    .to_owned(),
            );
        }
        if !(1..=FILE_BYTES_MAX).contains(&self.content.len()) {
            return Err(format!("is a file of 1 to {FILE_BYTES_MAX} bytes"));
        }
        if !KEEP_DAYS.contains(&self.keep_days) {
            let (least, most) = (KEEP_DAYS.start(), KEEP_DAYS.end());
            return Err(format!("is kept for {least} to {most} days"));
        }
        Ok(())
    }
}

impl NewMessage {
    /// The hash that distinguishes a retry from another request with the same key.
    pub(super) fn hash(&self) -> String {
        let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.0.to_string());
        let mut fields = vec![
            "send".to_owned(),
            self.to.clone(),
            self.template.clone(),
            self.reference.clone().unwrap_or_default(),
            self.language.map_or("", Locale::tag).to_owned(),
            time(self.send_at),
            time(self.discard_at),
        ];
        for (name, value) in &self.personalisation {
            fields.push(name.clone());
            match value {
                Value::Text(text) => fields.extend(["text".to_owned(), text.clone()]),
                Value::Items(items) => {
                    fields.extend(["items".to_owned(), items.len().to_string()]);
                    fields.extend(items.iter().cloned());
                }
                Value::Link(path) => fields.extend(["link".to_owned(), path.clone()]),
                Value::File(file) => fields.extend([
                    "file".to_owned(),
                    file.name.clone(),
                    file.media_type.clone(),
                    file.keep_days.to_string(),
                    hex::encode(<sha2::Sha256 as sha2::Digest>::digest(&file.content)),
                ]),
            }
        }
        hash_fields(&fields.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// # Errors
    /// `invalid-request` (`reference-malformed`, `time-out-of-range`).
    pub(super) fn check(&self, now: Timestamp) -> Result<(), GovError> {
        if let Some(reference) = &self.reference {
            shown(reference, REFERENCE_CHARS_MAX)
                .map_err(|why| GovError::invalid("reference-malformed", format!("`reference` {why}")))?;
        }
        let late = |detail: &str| Err(GovError::invalid("time-out-of-range", detail));
        let sent = self.send_at.unwrap_or(now).max(now);
        if sent > now.plus_ms(AHEAD_DAYS_MAX * DAY_MS) {
            return late("`send-at` is at most 30 days ahead");
        }
        if self.discard_at.is_some_and(|discard| discard <= sent) {
            return late("`discard-at` is later than now and than `send-at`");
        }
        Ok(())
    }
}
