//! Rendering a message for the citizen.

use super::new_message::{Value, Values};
use crate::message_template::{FieldKind, Template, block, placeholders};
use crate::text::Locale;

/// A filled-in template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub blocks: Vec<Block>,
}

/// One part of a message's text.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Block {
    /// A paragraph.
    Text(String),
    Items {
        label: String,
        items: Vec<String>,
    },
    /// A path of the service that sent the message.
    Link {
        label: String,
        path: String,
    },
    /// The message's file.
    File {
        label: String,
        name: String,
    },
}

impl Block {
    /// The list, the link or the file with its label.
    fn of(label: &str, value: &Value) -> Option<Self> {
        let label = label.to_owned();
        match value {
            Value::Text(_) => None,
            Value::Items(items) => Some(Self::Items {
                label,
                items: items.clone(),
            }),
            Value::Link(path) => Some(Self::Link {
                label,
                path: path.clone(),
            }),
            Value::File(file) => Some(Self::File {
                label,
                name: file.name.clone(),
            }),
        }
    }
}

impl Rendered {
    /// The message in a language of the template. `values` fit the fields.
    pub(super) fn of(template: &Template, locale: Locale, values: &Values) -> Self {
        let is_text = |name: &str| {
            template
                .field(name)
                .is_some_and(|field| field.kind == FieldKind::Text)
        };
        let mut blocks = Vec::new();
        for line in template.body.get(locale).lines() {
            let special = block(line).and_then(|(label, name)| Block::of(label, values.get(name)?));
            match special {
                Some(block) => blocks.push(block),
                // An optional list, link or file that the service omitted.
                None if placeholders(line).any(|name| !is_text(name)) => {}
                None => {
                    let text = values.fill(line);
                    if !text.is_empty() {
                        blocks.push(Block::Text(text));
                    }
                }
            }
        }
        Self {
            subject: values.fill(template.subject.get(locale)),
            blocks,
        }
    }

    /// The text without markup; links are addresses at `origin`.
    pub fn plain(&self, origin: &str) -> String {
        let mut lines = Vec::new();
        for block in &self.blocks {
            match block {
                Block::Text(text) => lines.push(text.clone()),
                Block::Items { label, items } => {
                    lines.extend(Some(label).filter(|label| !label.is_empty()).cloned());
                    lines.extend(items.iter().map(|item| format!("• {item}")));
                }
                Block::Link { label, path } => lines.push(format!("{label}: {origin}{path}")),
                Block::File { label, name } => lines.push(match label.as_str() {
                    "" => name.clone(),
                    label => format!("{label}: {name}"),
                }),
            }
        }
        lines.join("\n")
    }
}
