//! Templates of messages. They are part of the manifest, so that reviewers approve every word that a service
//! can send. They have the placeholders of GOV.UK Notify (`((name))`).

use std::collections::BTreeSet;

use crate::text::{Locale, Localised};

/// Why a template's messages are sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[schema(as = MessageKind)]
pub enum Kind {
    /// Part of a case or a payment. The citizen can switch off only its alert.
    #[default]
    Transactional,
    /// News that the citizen can end with one click.
    Subscription,
    /// The citizen confirms receipt on the platform.
    FormalNotice,
}

/// The kind of value of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[schema(as = MessageFieldKind)]
pub enum FieldKind {
    #[default]
    Text,
    /// A bulleted list.
    Items,
    /// A path of the service, shown as a link.
    Link,
    /// A file that the citizen downloads.
    File,
}

crate::coded!(Kind, FieldKind);
crate::column!(code: Kind);

/// One field of a template.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[schema(as = MessageField)]
pub struct Field {
    pub name: String,
    pub kind: FieldKind,
    /// Whether a message without it is refused.
    pub required: bool,
}

/// A template as the manifest has it.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[schema(as = MessageTemplate)]
pub struct Template {
    /// Kebab-case, unique in the service.
    pub id: String,
    /// The service's own counter, which rises with each change of the text.
    pub version: u32,
    /// What reviewers and citizens call it.
    pub name: Localised,
    pub kind: Kind,
    /// The purpose of the manifest that its messages serve.
    pub purpose: String,
    /// One line, with fields of texts.
    pub subject: Localised,
    /// Paragraphs, one a line. A line may end in a list, a link or a file; the text before it is the label.
    pub body: Localised,
    pub fields: Vec<Field>,
}

/// A fault of a template: the part that has it, a code, and the remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateError {
    pub part: &'static str,
    pub code: &'static str,
    pub message: String,
}

impl Template {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The languages of the template.
    pub fn languages(&self) -> Vec<Locale> {
        [Locale::Az, Locale::En, Locale::Ru]
            .into_iter()
            .filter(|locale| self.body.lang(*locale) == *locale)
            .collect()
    }

    /// Checks the rules between its parts: subject and body have the same languages, every placeholder is a
    /// field and every field is used, a list, a link or a file ends its line and occurs once, and a link has a
    /// label.
    pub fn check(&self) -> Vec<TemplateError> {
        let mut errors = Vec::new();
        let mut refuse = |part, code, message: String| errors.push(TemplateError { part, code, message });
        let other_languages = [Locale::En, Locale::Ru]
            .iter()
            .any(|locale| self.subject.lang(*locale) != self.body.lang(*locale));
        if other_languages {
            refuse(
                "body",
                "languages-differ",
                "`subject` and `body` have to be written in the same languages".to_owned(),
            );
        }
        for locale in self.languages() {
            let mut used = BTreeSet::new();
            for name in placeholders(self.subject.get(locale)) {
                used.insert(name);
                match self.field(name) {
                    None => refuse("subject", "unknown-field", not_a_field(name)),
                    Some(field) if field.kind != FieldKind::Text => refuse(
                        "subject",
                        "not-a-text",
                        format!("`(({name}))` is not a text; a subject takes texts only"),
                    ),
                    Some(_) => {}
                }
            }
            for line in self.body.get(locale).lines() {
                for name in placeholders(line) {
                    let again = !used.insert(name);
                    match self.field(name) {
                        None => refuse("body", "unknown-field", not_a_field(name)),
                        Some(field) if field.kind == FieldKind::Text => {}
                        Some(_) if again => refuse(
                            "body",
                            "used-twice",
                            format!("`(({name}))` occurs twice; once is allowed"),
                        ),
                        Some(field) => match block(line) {
                            Some((label, _)) if field.kind == FieldKind::Link && label.is_empty() => refuse(
                                "body",
                                "link-without-text",
                                format!(
                                    "write before `(({name}))` where the link leads, as in `Your bills (({name}))`"
                                ),
                            ),
                            Some((_, ends)) if ends == name => {}
                            _ => refuse(
                                "body",
                                "not-at-the-end",
                                format!("`(({name}))` has to be the only placeholder of its line and end it"),
                            ),
                        },
                    }
                }
            }
            for field in self
                .fields
                .iter()
                .filter(|field| !used.contains(field.name.as_str()))
            {
                refuse(
                    "fields",
                    "unused-field",
                    format!("`{}` is not used in the text in `{locale}`", field.name),
                );
            }
        }
        if self
            .fields
            .iter()
            .filter(|field| field.kind == FieldKind::File)
            .count()
            > 1
        {
            refuse(
                "fields",
                "too-many-files",
                "a message has at most one file".to_owned(),
            );
        }
        errors
    }
}

fn not_a_field(name: &str) -> String {
    format!("`(({name}))` is not among `fields`")
}

/// The names in double brackets.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    text.split("((")
        .skip(1)
        .filter_map(|rest| rest.split_once("))").map(|(name, _)| name))
}

/// The label and the name of a line whose only placeholder is at its end.
pub(crate) fn block(line: &str) -> Option<(&str, &str)> {
    let (label, rest) = line.trim_end().split_once("((")?;
    let name = rest.strip_suffix("))")?;
    (!name.contains("((")).then(|| (label.trim(), name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(az: &str) -> Localised {
        Localised {
            az: az.to_owned(),
            ..Localised::default()
        }
    }

    fn template(subject: &str, body: &str, fields: &[(&str, FieldKind)]) -> Template {
        Template {
            id: "t".to_owned(),
            version: 1,
            name: text("Ad"),
            kind: Kind::Transactional,
            purpose: "p".to_owned(),
            subject: text(subject),
            body: text(body),
            fields: fields
                .iter()
                .map(|(name, kind)| Field {
                    name: (*name).to_owned(),
                    kind: *kind,
                    required: true,
                })
                .collect(),
        }
    }

    #[track_caller]
    fn refused(code: &str, template: &Template) {
        let codes: Vec<_> = template.check().into_iter().map(|error| error.code).collect();
        assert_eq!(codes, [code]);
    }

    #[test]
    fn templates_that_break_a_rule_are_refused() {
        let sum = ("sum", FieldKind::Text);
        let bills = ("bills", FieldKind::Link);
        assert_eq!(
            template("((sum))", "Salam\nHesab ((bills))", &[sum, bills]).check(),
            []
        );
        refused("unknown-field", &template("Hesab", "((sum))", &[]));
        refused("unused-field", &template("Hesab", "Salam", &[sum]));
        refused("not-a-text", &template("((bills))", "Salam", &[bills]));
        refused(
            "not-at-the-end",
            &template("Hesab", "Bax ((bills)) indi", &[bills]),
        );
        refused(
            "not-at-the-end",
            &template("Hesab", "((sum)) ((bills))", &[sum, bills]),
        );
        refused("link-without-text", &template("Hesab", "((bills))", &[bills]));
        refused(
            "used-twice",
            &template("Hesab", "A ((bills))\nB ((bills))", &[bills]),
        );
        let files = [("a", FieldKind::File), ("b", FieldKind::File)];
        refused("too-many-files", &template("Hesab", "((a))\n((b))", &files));
        let mut other = template("Hesab", "Salam", &[]);
        other.subject.en = Some("Bill".to_owned());
        refused("languages-differ", &other);
    }
}
