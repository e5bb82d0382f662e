//! `[[presentation]]`: the documents that the service asks citizens to show, and why.

use std::collections::BTreeSet;

use aim_gov::documents::{PresentationTerms, Presenter, ShownKind};

use super::document::{CLAIMS_MAX, NAME_CHARS_MAX};
use super::fields::Fields;
use super::name;
use super::purpose::{RECIPIENTS_MAX, RETENTION_DAYS_MAX, TEXT_CHARS_MAX};
use super::signature::words;

/// The most reasons of one service.
pub const PRESENTATIONS_MAX: usize = 8;
/// The most kinds of document for one reason.
pub const KINDS_MAX: usize = 10;
/// The most characters of the name of a kind: a service's name, `/`, and a code.
const KIND_CHARS_MAX: usize = 2 * name::NAME_CHARS_MAX + 1;

pub(super) fn read(fields: &mut Fields<'_>) -> Vec<PresentationTerms> {
    let mut found = Vec::new();
    let mut codes = BTreeSet::new();
    for (path, table) in fields.tables("presentation", PRESENTATIONS_MAX) {
        let mut inner = fields.inner(&path, table);
        let code = inner.code("code", &mut codes);
        let text = inner.localised("text", TEXT_CHARS_MAX);
        let presenters = words(&mut inner, "presenters", Presenter::ALL);
        let documents = documents(&mut inner);
        if documents.is_empty() {
            inner.error(
                "document",
                "required",
                "write at least one `[[presentation.document]]`: what citizens are asked to show".to_owned(),
            );
        }
        let retention_days = inner.integer("retention-days", 0, 0..=RETENTION_DAYS_MAX.into());
        let recipients = inner.text_list("recipients", RECIPIENTS_MAX);
        inner.finish();
        if let (Some(code), Some(text)) = (code, text) {
            found.push(PresentationTerms {
                code,
                text,
                presenters,
                documents,
                retention_days: u32::try_from(retention_days).unwrap_or(RETENTION_DAYS_MAX),
                recipients,
            });
        }
    }
    found
}

fn documents(inner: &mut Fields<'_>) -> Vec<ShownKind> {
    let mut found: Vec<ShownKind> = Vec::new();
    for (path, table) in inner.tables("document", KINDS_MAX) {
        let mut document = inner.inner(&path, table);
        let kind = document
            .required_text("kind", KIND_CHARS_MAX)
            .and_then(|kind| match kind.split_once('/') {
                Some((service, code)) if name::is_service_name(service) && name::is_service_name(code) => {
                    Some(kind)
                }
                _ => {
                    document.error(
                        "kind",
                        "not-a-kind",
                        format!(
                            "`{kind}` is not a kind: write the service that issues it, `/`, and the `code` of its \
                             `[[document]]`, as in `library-card/reader-card`"
                        ),
                    );
                    None
                }
            });
        if kind
            .as_ref()
            .is_some_and(|kind| found.iter().any(|other| other.kind == *kind))
        {
            document.error("kind", "duplicate", "this kind is listed twice".to_owned());
        }
        let claims = claims(&mut document);
        document.finish();
        if let Some(kind) = kind {
            found.push(ShownKind { kind, claims });
        }
    }
    found
}

/// The names of claims. Whether the issuer's documents have them cannot be known here: its next version may.
fn claims(document: &mut Fields<'_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (index, name) in document.text_list("claims", CLAIMS_MAX).into_iter().enumerate() {
        let field = format!("claims[{index}]");
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.bytes().all(letter) {
            document.error(
                &field,
                "not-a-name",
                format!("`{name}` is not the name of a claim, as in `reader_number`"),
            );
        } else if !found.insert(name.clone()) {
            document.error(&field, "duplicate", format!("`{name}` is listed twice"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use aim_gov::documents::Presenter;

    use crate::manifest::Manifest;

    const GOOD: &str = "[[presentation]]\ncode = 'discount'\ntext = { az = 'Endirim üçün' }\npresenters = ['current', 'anyone']\n\
                        retention-days = 3\n\
                        [[presentation.document]]\nkind = 'library-card/reader-card'\nclaims = ['given_name', 'reading_room']\n\
                        [[presentation.document]]\nkind = 'school/student-card'\n";

    fn manifest(capabilities: &str, rest: &str) -> String {
        format!(
            "name = 'bookshop'\nversion = '1.0.0'\ncontact = 'help@bookshop.example'\ncapabilities = [{capabilities}]\n\
             title = {{ az = 'Kitab' }}\nsummary = {{ az = 'Kitab' }}\n{rest}"
        )
    }

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
    fn reasons_are_read_with_kinds_and_claims() {
        let read = Manifest::parse(&manifest("'documents'", GOOD)).unwrap();
        let [terms] = &read.presentations[..] else {
            panic!("not one");
        };
        assert_eq!((terms.code.as_str(), terms.retention_days), ("discount", 3));
        assert_eq!(
            terms.presenters.iter().copied().collect::<Vec<_>>(),
            [Presenter::Current, Presenter::Anyone]
        );
        let card = terms.kind("library-card/reader-card").unwrap();
        assert_eq!(card.claims.len(), 2);
        assert!(terms.kind("school/student-card").unwrap().claims.is_empty());
        assert_eq!(read.limits.presentations_max, 1_000);
        assert_eq!(serde_json::from_str::<Manifest>(&read.kept()).unwrap(), read);
    }

    #[test]
    fn wrong_reasons_are_refused_with_their_place() {
        refused(&manifest("", GOOD), &[("presentation", "capability-missing")]);
        let with = |old: &str, new: &str| manifest("'documents'", &GOOD.replacen(old, new, 1));
        refused(
            &with("'anyone'", "'everybody'"),
            &[("presentation[0].presenters[1]", "unknown-choice")],
        );
        refused(
            &with("presenters = ['current', 'anyone']\n", ""),
            &[("presentation[0].presenters", "required")],
        );
        for kind in ["reader-card", "library-card/", "library-card/a/b", "Library/card"] {
            refused(
                &with("library-card/reader-card", kind),
                &[("presentation[0].document[0].kind", "not-a-kind")],
            );
        }
        refused(
            &with("school/student-card", "library-card/reader-card"),
            &[("presentation[0].document[1].kind", "duplicate")],
        );
        refused(
            &with("'reading_room'", "'given_name'"),
            &[("presentation[0].document[0].claims[1]", "duplicate")],
        );
        refused(
            &with("'reading_room'", "'Reading'"),
            &[("presentation[0].document[0].claims[1]", "not-a-name")],
        );
        refused(
            &with("'discount'", "'Discount'"),
            &[("presentation[0].code", "not-a-code"), ("document", "required")],
        );
        let start = GOOD.split("[[presentation.document]]").next().unwrap();
        refused(
            &manifest("'documents'", start),
            &[("presentation[0].document", "required")],
        );
        let purpose = "[[purpose]]\ncode = 'discount'\ntext = { az = 'Endirim' }\nattributes = ['name']\n";
        refused(
            &manifest("'documents', 'identity'", &format!("{purpose}{GOOD}")),
            &[("presentation[0].code", "duplicate")],
        );
    }

    #[test]
    fn event_of_presentations_needs_one() {
        let events = "[events]\nsubscribes = ['az.gov.presentation.finished.v1']\n";
        let kind = "[[document]]\ncode = 'card'\ntitle = { az = 'Bilet' }\n\
                    [[document.claim]]\nname = 'number'\ntitle = { az = 'Nömrə' }\n";
        refused(
            &manifest("'documents', 'life-events'", &format!("{events}{kind}")),
            &[("events.subscribes", "presentation-missing")],
        );
        Manifest::parse(&manifest(
            "'documents', 'life-events'",
            &format!("{events}{GOOD}"),
        ))
        .unwrap();
    }
}
