//! An array of objects: each is a row, and the names of all of them are the columns, in the order in which they appear.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::FileFault;
use super::cell::Cell;
use super::encoding::line_at;
use super::records::{RowFault, check};
use crate::open_data::reading::TABLE_COLUMNS_MAX;

/// One object: its names and values in their order.
type Fields<'t> = Vec<(Cow<'t, str>, &'t RawValue)>;

/// The items of the array.
pub(super) struct Items<'t> {
    text: &'t str,
    items: Vec<&'t RawValue>,
    names: Vec<String>,
    places: HashMap<String, usize>,
}

impl<'t> Items<'t> {
    pub(super) fn of(text: &'t str) -> Result<Self, FileFault> {
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => FileFault::JsonShape,
            _ => FileFault::Json {
                line: u64::try_from(error.line()).unwrap_or(u64::MAX),
            },
        })?;
        let mut found = Self {
            text,
            items,
            names: Vec::new(),
            places: HashMap::new(),
        };
        for item in found.items.clone() {
            for (name, _) in fields(item).unwrap_or_default() {
                if found.places.contains_key(&*name) {
                    continue;
                }
                if found.names.len() == TABLE_COLUMNS_MAX {
                    return Err(FileFault::Columns {
                        found: TABLE_COLUMNS_MAX.saturating_add(1),
                    });
                }
                found.places.insert(name.clone().into_owned(), found.names.len());
                found.names.push(name.into_owned());
            }
        }
        if found.names.is_empty() {
            return Err(FileFault::JsonShape);
        }
        Ok(found)
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = (u64, Result<Vec<Cell<'t>>, RowFault>)> + '_ {
        let (mut line, mut at) = (1_u64, 0);
        self.items.iter().map(move |item| {
            // Where the item lies in the text: it is a part of it.
            let place = item
                .get()
                .as_ptr()
                .addr()
                .saturating_sub(self.text.as_ptr().addr());
            line += line_at(self.text.get(at..place).unwrap_or_default(), usize::MAX) - 1;
            at = place;
            (line, self.row(item))
        })
    }

    fn row(&self, item: &'t RawValue) -> Result<Vec<Cell<'t>>, RowFault> {
        let absent = || Cell {
            text: Cow::Borrowed(""),
            is_text: false,
        };
        let mut row: Vec<Option<Cell<'t>>> = vec![None; self.names.len()];
        for (name, value) in fields(item).ok_or(RowFault::NotAnObject)? {
            let place = self.places.get(&*name).and_then(|place| row.get_mut(*place));
            let Some(place) = place else { continue };
            if place.is_some() {
                return Err(RowFault::NameTwice(name.into_owned()));
            }
            *place = Some(cell(&name, value)?);
        }
        Ok(row.into_iter().map(|cell| cell.unwrap_or_else(absent)).collect())
    }
}

/// A value as text. `null` and an empty text are both "no value".
fn cell<'t>(name: &str, value: &'t RawValue) -> Result<Cell<'t>, RowFault> {
    let raw = value.get();
    let (text, is_text) = match raw.as_bytes().first() {
        Some(b'[' | b'{') => return Err(RowFault::Nested(name.to_owned())),
        Some(b'n') => (Cow::Borrowed(""), false),
        Some(b'"') => (Cow::Owned(serde_json::from_str(raw).unwrap_or_default()), true),
        _ => (Cow::Borrowed(raw), false),
    };
    check(&text)?;
    Ok(Cell { text, is_text })
}

fn fields(item: &RawValue) -> Option<Fields<'_>> {
    let mut reader = serde_json::Deserializer::from_str(item.get());
    reader.deserialize_map(Object).ok()
}

/// Reads an object with its order and with names that stand twice.
struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = map.next_entry::<Name<'de>, &RawValue>()? {
            let (Name(name), value) = field;
            fields.push((name, value));
        }
        Ok(fields)
    }
}

/// A name, borrowed unless it has escapes.
#[derive(serde::Deserialize)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);
