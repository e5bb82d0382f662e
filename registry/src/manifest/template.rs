//! `[[template]]`: the messages that the service sends.

use std::collections::BTreeSet;

use aim_gov::notifications::{Field, FieldKind, Kind, Template};

use super::fields::Fields;
use super::name;

/// The most templates of one service: reviewers read each of them.
pub const TEMPLATES_MAX: usize = 20;
/// The most fields of one template.
pub const FIELDS_MAX: usize = 20;
/// The most characters of a template's name.
pub const NAME_CHARS_MAX: usize = 80;
/// The most characters of a subject.
pub const SUBJECT_CHARS_MAX: usize = 160;
/// The most characters of one paragraph.
pub const PARAGRAPH_CHARS_MAX: usize = 600;
/// The most paragraphs of a body.
pub const PARAGRAPHS_MAX: usize = 30;
/// The highest version of a template.
pub const VERSION_MAX: u32 = 1_000_000;

const KINDS: &[(&str, Kind)] = &[
    ("transactional", Kind::Transactional),
    ("subscription", Kind::Subscription),
    ("formal-notice", Kind::FormalNotice),
];
const FIELD_KINDS: &[(&str, FieldKind)] = &[
    ("text", FieldKind::Text),
    ("items", FieldKind::Items),
    ("link", FieldKind::Link),
    ("file", FieldKind::File),
];

pub(super) fn read(fields: &mut Fields<'_>) -> Vec<Template> {
    let mut templates = Vec::new();
    let mut ids = BTreeSet::new();
    for (path, table) in fields.tables("template", TEMPLATES_MAX) {
        let mut inner = fields.inner(&path, table);
        let id = inner.code("id", &mut ids);
        let version =
            u32::try_from(inner.integer("version", 1, 1..=VERSION_MAX.into())).unwrap_or(VERSION_MAX);
        let title = inner.localised("name", NAME_CHARS_MAX);
        let kind = inner.choice("kind", KINDS);
        let purpose = inner.required_text("purpose", name::NAME_CHARS_MAX);
        let subject = inner.localised("subject", SUBJECT_CHARS_MAX);
        let body = inner.paragraphs("body", PARAGRAPHS_MAX, PARAGRAPH_CHARS_MAX);
        let declared = read_fields(&mut inner);
        if let (Some(id), Some(name), Some(purpose), Some(subject), Some(body)) =
            (id, title, purpose, subject, body)
        {
            let template = Template {
                id,
                version,
                name,
                kind,
                purpose,
                subject,
                body,
                fields: declared,
            };
            for wrong in template.check() {
                inner.error(wrong.part, wrong.code, wrong.message);
            }
            templates.push(template);
        }
        inner.finish();
    }
    templates
}

fn read_fields(inner: &mut Fields<'_>) -> Vec<Field> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for (path, table) in inner.tables("field", FIELDS_MAX) {
        let mut field = inner.inner(&path, table);
        let name = field.code("name", &mut names);
        let kind = field.choice("kind", FIELD_KINDS);
        let optional = field.switch("optional");
        field.finish();
        if let Some(name) = name {
            found.push(Field {
                name,
                kind,
                required: !optional,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::manifest::{Limits, Manifest};

    /// A manifest with one template, whose lines come after `id`, and a field.
    fn manifest(capabilities: &str, template: &str) -> String {
        format!(
            "name = 'water-meter'\nversion = '1.0.0'\ncontact = 'help@meter.example'\ncapabilities = [{capabilities}]\n\
             title = {{ az = 'Su' }}\nsummary = {{ az = 'Su' }}\n[[purpose]]\ncode = 'greet'\ntext = {{ az = 'Salam' }}\n\
             attributes = ['given_name']\n[[template]]\nid = 'hello'\n{template}\n[[template.field]]\nname = 'who'\n"
        )
    }

    const GOOD: &str = "purpose = 'greet'\nname = { az = 'Salam' }\nsubject = { az = 'Salam' }\n\
                        body = { az = '''\n\n  Salam, ((who))!  \n\nSağ olun.\n''' }";

    #[track_caller]
    fn refused(text: &str, expected: &[(&str, &str)]) {
        let errors = Manifest::parse(text).unwrap_err();
        let found: Vec<_> = errors
            .0
            .iter()
            .map(|error| (error.field.as_str(), error.code))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn template_is_read_with_a_paragraph_on_each_line() {
        let read = Manifest::parse(&manifest("'identity', 'notifications'", GOOD)).unwrap();
        let [template] = &read.templates[..] else {
            panic!("not one template");
        };
        assert_eq!(
            (template.version, template.body.az.as_str()),
            (1, "Salam, ((who))!\nSağ olun.")
        );
        assert!(template.fields[0].required);
        let limits = &read.limits;
        assert_eq!(
            (limits.messages_max, limits.messages_per_citizen_max),
            (10_000, 5)
        );
        // Only the stored form with a template has the field; earlier manifests keep their hash.
        assert_eq!(serde_json::from_str::<Manifest>(&read.kept()).unwrap(), read);
        let without = Limits {
            messages_max: 0,
            messages_per_citizen_max: 0,
            ..read.limits.clone()
        };
        assert!(!serde_json::to_string(&without).unwrap().contains("messages"));
    }

    #[test]
    fn wrong_templates_are_refused_with_their_place() {
        let both = "'identity', 'notifications'";
        refused(
            &manifest("'identity'", GOOD),
            &[("template", "capability-missing")],
        );
        refused(
            &manifest(both, &GOOD.replace("'greet'", "'sell'")),
            &[("template[0].purpose", "unknown-purpose")],
        );
        refused(
            &manifest(both, &GOOD.replace("((who))", "((what))")),
            &[
                ("template[0].body", "unknown-field"),
                ("template[0].fields", "unused-field"),
            ],
        );
        refused(
            &manifest(both, &GOOD.replace("Sağ", "\u{202e}Sağ")),
            &[("template[0].body.az", "hidden-character")],
        );
        refused(
            &manifest(both, &format!("kind = 'spam'\n{GOOD}")),
            &[("template[0].kind", "unknown-choice")],
        );
        refused(
            &manifest(both, &format!("adressee = 1\n{GOOD}")),
            &[("template[0].adressee", "unknown-field")],
        );
        let twice = format!("{}[[template]]\nid = 'hello'\n{GOOD}\n", manifest(both, GOOD));
        refused(&twice, &[("template[1].id", "duplicate")]);
        let none = manifest(both, GOOD);
        let none = none.split("[[template]]").next().unwrap();
        refused(none, &[("template", "required")]);
        refused(
            &format!("{}[limits]\nmessages = 3\n", manifest(both, GOOD)),
            &[("limits.messages-per-citizen", "disagrees")],
        );
    }
}
