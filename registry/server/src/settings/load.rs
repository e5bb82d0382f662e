//! Reads file and variables key by key, so that all faults are found at once.

use std::collections::BTreeMap;
use std::path::Path;

use confique::meta::{FieldKind, Meta};
use confique::{Config as _, Layer as _};
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::Settings;
use super::finding::{Finding, Place, Problem};

/// The prefix of the platform's variables.
const PREFIX: &str = "AIMD_";
/// The key whose value is never quoted.
const SECRET: &str = "database.url";

pub(super) type Layer = <Settings as confique::Config>::Layer;

/// The settings as far as they can be read, the place of each, and the faults.
pub(super) struct Loaded {
    pub(super) settings: Option<Settings>,
    pub(super) places: BTreeMap<String, Place>,
    pub(super) findings: Vec<Finding>,
}

/// Merges the text of `file` with `variables`, which override it.
pub(super) fn load(file: &Path, text: &str, variables: &BTreeMap<String, String>) -> Loaded {
    let mut loaded = Loaded {
        settings: None,
        places: BTreeMap::new(),
        findings: Vec::new(),
    };
    let of_file = loaded.file(file, text);
    let of_variables = loaded.variables(variables);
    let layer = of_variables
        .with_fallback(of_file)
        .with_fallback(Layer::default_values());
    // Every required key has a default.
    match Settings::from_layer(layer) {
        Ok(settings) => loaded.settings = Some(settings),
        Err(error) => loaded.findings.push(Finding {
            place: Place::File(file.to_owned()),
            key: String::new(),
            problem: Problem::Value(error.to_string()),
        }),
    }
    loaded
}

impl Loaded {
    fn file(&mut self, file: &Path, text: &str) -> Layer {
        let place = |at: usize| {
            let before = text.get(..at).unwrap_or(text);
            Place::Line(file.to_owned(), before.matches('\n').count().saturating_add(1))
        };
        let (table, errors) = DeTable::parse_recoverable(text);
        let values: Option<Table> = toml::from_str(text).ok();
        for error in &errors {
            self.findings.push(Finding {
                place: place(error.span().map_or(0, |span| span.start)),
                key: String::new(),
                // Without the line itself, which may have a password.
                problem: Problem::Syntax(error.message().to_owned()),
            });
        }
        let mut layer = Layer::empty();
        let Some(values) = values else { return layer };
        let mut found = Vec::new();
        leaves(table.get_ref(), &mut Vec::new(), &mut found);
        for (path, at) in found {
            let Some(value) = at_path(&values, &path) else {
                continue;
            };
            let (key, place) = (path.join("."), place(at));
            match one(&path, value.clone()) {
                Ok(read) => {
                    layer = layer.with_fallback(read);
                    self.places.insert(key, place);
                }
                Err(message) => self.wrong(place, key, message),
            }
        }
        layer
    }

    fn variables(&mut self, variables: &BTreeMap<String, String>) -> Layer {
        let mut names = BTreeMap::new();
        names_of(&Settings::META, &mut Vec::new(), &mut names);
        let mut layer = Layer::empty();
        for (name, text) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
            let place = Place::Variable(name.clone());
            let Some(path) = names.get(name.as_str()) else {
                self.findings.push(Finding {
                    place,
                    key: String::new(),
                    problem: Problem::UnknownVariable,
                });
                continue;
            };
            let key = path.join(".");
            match readings(text).map(|value| one(path, value)).reduce(Result::or) {
                Some(Ok(read)) => {
                    layer = layer.with_fallback(read);
                    self.places.insert(key, place);
                }
                Some(Err(message)) => self.wrong(place, key, message),
                None => {}
            }
        }
        layer
    }

    fn wrong(&mut self, place: Place, key: String, message: String) {
        let problem = if key == SECRET {
            Problem::Value("must be a text in quotation marks".to_owned())
        } else {
            Problem::Value(message)
        };
        self.findings.push(Finding { place, key, problem });
    }
}

/// The possible readings of a variable, in this order: a text, a TOML value, a list without brackets.
fn readings(text: &str) -> impl Iterator<Item = Value> {
    let list = text.split(',').map(|item| Value::String(item.trim().to_owned()));
    let list = Value::Array(list.collect());
    let value = toml::from_str::<Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"));
    [Value::String(text.to_owned())]
        .into_iter()
        .chain(value)
        .chain([list])
}

/// A configuration with only this key.
fn one(path: &[String], value: Value) -> Result<Layer, String> {
    let nested = path.iter().rev().fold(value, |inner, name| {
        Value::Table(Table::from_iter([(name.clone(), inner)]))
    });
    nested
        .try_into()
        .map_err(|error: toml::de::Error| error.message().trim_end().to_owned())
}

fn at_path<'a>(table: &'a Table, path: &[String]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let value = table.get(first)?;
    if rest.is_empty() {
        return Some(value);
    }
    at_path(value.as_table()?, rest)
}

/// The keys of a file with their positions.
fn leaves(table: &DeTable<'_>, path: &mut Vec<String>, found: &mut Vec<(Vec<String>, usize)>) {
    for (name, value) in table {
        path.push(name.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(inner) if !inner.is_empty() => leaves(inner, path, found),
            _ => found.push((path.clone(), Spanned::span(name).start)),
        }
        path.pop();
    }
}

/// The variables of all keys.
fn names_of(meta: &'static Meta, path: &mut Vec<String>, names: &mut BTreeMap<&'static str, Vec<String>>) {
    for field in meta.fields {
        path.push(field.name.to_owned());
        match field.kind {
            FieldKind::Leaf { env: Some(env), .. } => {
                names.insert(env, path.clone());
            }
            FieldKind::Leaf { env: None, .. } => {}
            FieldKind::Nested { meta } => names_of(meta, path, names),
        }
        path.pop();
    }
}
