//! Reads a table field by field and collects every fault.

use std::collections::BTreeSet;

use aim_gov::shown::{NotShown, ShownText};
use aim_gov::text::Localised;
use toml::{Table, Value};

use super::error::FieldError;
use super::name;

/// A table that is being read. Fields that were not read when it ends are unknown, which is a fault.
pub(super) struct Fields<'e> {
    path: String,
    table: Table,
    known: Vec<String>,
    errors: &'e mut Vec<FieldError>,
}

impl<'e> Fields<'e> {
    pub fn new(path: &str, table: Table, errors: &'e mut Vec<FieldError>) -> Self {
        Self {
            path: path.to_owned(),
            table,
            known: Vec::new(),
            errors,
        }
    }

    /// Adds a fault of `key`.
    pub fn error(&mut self, key: &str, code: &'static str, message: String) {
        let field = match (self.path.as_str(), key) {
            ("", key) => key.to_owned(),
            (path, "") => path.to_owned(),
            (path, key) => format!("{path}.{key}"),
        };
        self.errors.push(FieldError { field, code, message });
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.known.push(key.to_owned());
        self.table.remove(key)
    }

    fn wrong_type(&mut self, key: &str, wanted: &str, found: &Value) {
        self.error(
            key,
            "wrong-type",
            format!("must be {wanted}, not {}", found.type_str()),
        );
    }

    /// A required text.
    pub fn required_text(&mut self, key: &str, chars_max: usize) -> Option<String> {
        match self.take(key) {
            Some(value) => self.text(key, value, chars_max),
            None => {
                self.error(key, "required", "is missing; write a text".to_owned());
                None
            }
        }
    }

    /// A required name of kebab-case that is unique in its list.
    pub fn code(&mut self, key: &str, taken: &mut BTreeSet<String>) -> Option<String> {
        let code = self.required_text(key, name::NAME_CHARS_MAX)?;
        if !name::is_service_name(&code) {
            let message = format!(
                "`{code}` cannot be used: use `a` to `z`, `0` to `9` and single hyphens, as in `bill-due`"
            );
            self.error(key, "not-a-code", message);
            return None;
        }
        if !taken.insert(code.clone()) {
            self.error(key, "duplicate", format!("`{code}` is used twice"));
            return None;
        }
        Some(code)
    }

    /// One of the allowed words, or the default if the field is absent.
    pub fn choice<T: Copy + Default>(&mut self, key: &str, choices: &[(&str, T)]) -> T {
        let Some(value) = self.take(key) else {
            return T::default();
        };
        let Some(word) = self.text(key, value, 64) else {
            return T::default();
        };
        match choices.iter().find(|(name, _)| *name == word) {
            Some((_, choice)) => *choice,
            None => {
                let names = super::one_of(choices.iter().map(|(name, _)| *name));
                self.error(
                    key,
                    "unknown-choice",
                    format!("`{word}` is not allowed; choose {names}"),
                );
                T::default()
            }
        }
    }

    fn text(&mut self, key: &str, value: Value, chars_max: usize) -> Option<String> {
        let Value::String(text) = value else {
            self.wrong_type(key, "a text in quotes", &value);
            return None;
        };
        let (code, message) = match ShownText::parse(&text, chars_max) {
            Ok(_) if text.trim() == text => return Some(text),
            Ok(_) => ("outer-space", "begins or ends with a space; remove it".to_owned()),
            Err(wrong) => (
                match wrong {
                    NotShown::Hidden(_) => "hidden-character",
                    NotShown::Empty => "empty",
                    NotShown::Marks => "too-many-marks",
                    NotShown::TooLong { .. } => "too-long",
                },
                wrong.to_string(),
            ),
        };
        self.error(key, code, message);
        None
    }

    /// A required text in `az`, and optionally in `en` and `ru`.
    pub fn localised(&mut self, key: &str, chars_max: usize) -> Option<Localised> {
        self.localised_by(key, &|inner, lang, value| inner.text(lang, value, chars_max))
    }

    /// As [`Fields::localised`], with a paragraph on each line; empty lines are skipped.
    pub fn paragraphs(&mut self, key: &str, lines_max: usize, chars_max: usize) -> Option<Localised> {
        self.localised_by(key, &|inner, lang, value| {
            let Value::String(text) = value else {
                inner.wrong_type(lang, "a text in quotes", &value);
                return None;
            };
            let lines: Vec<_> = text
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect();
            if !(1..=lines_max).contains(&lines.len()) {
                let message = format!("has {} paragraphs; 1 to {lines_max} are allowed", lines.len());
                inner.error(lang, "out-of-range", message);
                return None;
            }
            let shown = lines
                .into_iter()
                .filter_map(|line| inner.text(lang, Value::String(line.to_owned()), chars_max));
            Some(shown.collect::<Vec<_>>().join("\n"))
        })
    }

    fn localised_by(
        &mut self,
        key: &str,
        read: &dyn Fn(&mut Fields<'_>, &str, Value) -> Option<String>,
    ) -> Option<Localised> {
        let Some(value) = self.take(key) else {
            self.error(
                key,
                "required",
                "is missing; write it in `az`, and in `en` and `ru` if you can".to_owned(),
            );
            return None;
        };
        let Value::Table(table) = value else {
            self.wrong_type(
                key,
                "a table of languages, as in `{ az = \"…\", en = \"…\" }`",
                &value,
            );
            return None;
        };
        let mut inner = self.inner(key, table);
        let az = match inner.take("az") {
            Some(value) => read(&mut inner, "az", value),
            None => {
                inner.error("az", "required", "is missing; write a text".to_owned());
                None
            }
        };
        let optional = |inner: &mut Fields<'_>, lang| match inner.take(lang) {
            Some(value) => read(inner, lang, value).map(Some),
            None => Some(None),
        };
        let en = optional(&mut inner, "en");
        let ru = optional(&mut inner, "ru");
        inner.finish();
        Some(Localised {
            az: az?,
            en: en?,
            ru: ru?,
        })
    }

    /// A list of texts; empty if the field is absent.
    pub fn text_list(&mut self, key: &str, items_max: usize) -> Vec<String> {
        let items = match self.take(key) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(value) => {
                self.wrong_type(key, "a list of texts, as in `[\"…\"]`", &value);
                return Vec::new();
            }
        };
        if items.len() > items_max {
            self.error(
                key,
                "too-many",
                format!("has {} entries; at most {items_max} are allowed", items.len()),
            );
            return Vec::new();
        }
        items
            .into_iter()
            .enumerate()
            .filter_map(|(index, value)| self.text(&format!("{key}[{index}]"), value, 253))
            .collect()
    }

    /// `true` or `false`; `false` if the field is absent.
    pub fn switch(&mut self, key: &str) -> bool {
        match self.take(key) {
            None => false,
            Some(Value::Boolean(on)) => on,
            Some(value) => {
                self.wrong_type(key, "`true` or `false`", &value);
                false
            }
        }
    }

    /// A whole number in `range`, or `default` if the field is absent.
    pub fn integer(&mut self, key: &str, default: u64, range: std::ops::RangeInclusive<u64>) -> u64 {
        let number = match self.take(key) {
            None => return default,
            Some(Value::Integer(number)) => number,
            Some(value) => {
                self.wrong_type(key, "a whole number", &value);
                return default;
            }
        };
        match u64::try_from(number) {
            Ok(number) if range.contains(&number) => number,
            _ => {
                self.error(
                    key,
                    "out-of-range",
                    format!(
                        "is {number}; from {} to {} is allowed",
                        range.start(),
                        range.end()
                    ),
                );
                default
            }
        }
    }

    /// A table inside this one, if it is present.
    pub fn section(&mut self, key: &str) -> Option<Fields<'_>> {
        match self.take(key) {
            None => None,
            Some(Value::Table(table)) => Some(self.inner(key, table)),
            Some(value) => {
                self.wrong_type(key, &format!("a section, as in `[{key}]`"), &value);
                None
            }
        }
    }

    /// The tables of `[[key]]`, with their paths.
    pub fn tables(&mut self, key: &str, items_max: usize) -> Vec<(String, Table)> {
        let items = match self.take(key) {
            None => return Vec::new(),
            Some(Value::Array(items)) => items,
            Some(value) => {
                self.wrong_type(key, &format!("repeated sections, as in `[[{key}]]`"), &value);
                return Vec::new();
            }
        };
        if items.len() > items_max {
            self.error(
                key,
                "too-many",
                format!("has {} entries; at most {items_max} are allowed", items.len()),
            );
            return Vec::new();
        }
        let mut tables = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let path = format!("{key}[{index}]");
            match item {
                Value::Table(table) => tables.push((path, table)),
                value => self.wrong_type(&path, "a section", &value),
            }
        }
        tables
    }

    /// Reads a table at `path` below this one.
    pub fn inner(&mut self, path: &str, table: Table) -> Fields<'_> {
        let path = if self.path.is_empty() {
            path.to_owned()
        } else {
            format!("{}.{path}", self.path)
        };
        Fields {
            path,
            table,
            known: Vec::new(),
            errors: self.errors,
        }
    }

    /// Reports the fields that were not read.
    pub fn finish(mut self) {
        let unknown: Vec<String> = self.table.keys().cloned().collect();
        let known = super::one_of(self.known.iter().map(String::as_str));
        for key in unknown {
            self.error(
                &key,
                "unknown-field",
                format!("is not a field here; the fields are {known}"),
            );
        }
    }
}
