//! `[[document]]`: the kinds of documents that the service issues.

use std::collections::BTreeSet;

use aim_gov::documents::{ClaimKind, ClaimRule, DocumentKind};

use super::fields::Fields;

/// The most kinds of one service: reviewers read each of them.
pub const KINDS_MAX: usize = 10;
/// The most claims of one kind.
pub const CLAIMS_MAX: usize = 20;
/// The most characters of a kind's or a claim's title.
pub const TITLE_CHARS_MAX: usize = 80;
/// The most characters of a claim's name.
pub const NAME_CHARS_MAX: usize = 40;
/// The longest validity, in days: ten years, as of an identity card.
pub const VALID_DAYS_MAX: u64 = 3_653;
/// The validity where none is given, in days.
const VALID_DAYS: u64 = 365;

/// Names that the signed form of every document has (RFC 7519, section 4.1; SD-JWT VC, section 3.2.2).
const RESERVED: [&str; 11] = [
    "aud",
    "cnf",
    "exp",
    "iat",
    "iss",
    "issuing_authority",
    "jti",
    "nbf",
    "status",
    "sub",
    "vct",
];

const CLAIM_KINDS: &[(&str, ClaimKind)] = &[
    ("text", ClaimKind::Text),
    ("date", ClaimKind::Date),
    ("number", ClaimKind::Number),
    ("yes-no", ClaimKind::YesNo),
];

pub(super) fn read(fields: &mut Fields<'_>) -> Vec<DocumentKind> {
    let mut kinds = Vec::new();
    let mut codes = BTreeSet::new();
    for (path, table) in fields.tables("document", KINDS_MAX) {
        let mut inner = fields.inner(&path, table);
        let code = inner.code("code", &mut codes);
        let title = inner.localised("title", TITLE_CHARS_MAX);
        let valid_days = inner.integer("valid-days", VALID_DAYS, 1..=VALID_DAYS_MAX);
        let claims = claims(&mut inner);
        if claims.is_empty() {
            inner.error(
                "claim",
                "required",
                "a document says something; write at least one `[[document.claim]]`".to_owned(),
            );
        }
        inner.finish();
        if let (Some(code), Some(title)) = (code, title) {
            kinds.push(DocumentKind {
                code,
                title,
                claims,
                valid_days: u32::try_from(valid_days).unwrap_or(u32::MAX),
            });
        }
    }
    kinds
}

fn claims(inner: &mut Fields<'_>) -> Vec<ClaimRule> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for (path, table) in inner.tables("claim", CLAIMS_MAX) {
        let mut claim = inner.inner(&path, table);
        let name = claim_name(&mut claim, &mut names);
        let title = claim.localised("title", TITLE_CHARS_MAX);
        let kind = claim.choice("kind", CLAIM_KINDS);
        let optional = claim.switch("optional");
        claim.finish();
        if let (Some(name), Some(title)) = (name, title) {
            found.push(ClaimRule {
                name,
                title,
                kind,
                required: !optional,
            });
        }
    }
    found
}

fn claim_name(claim: &mut Fields<'_>, taken: &mut BTreeSet<String>) -> Option<String> {
    let name = claim.required_text("name", NAME_CHARS_MAX)?;
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let wrong = if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !name.split('_').all(word) {
        Some((
            "not-a-name",
            format!(
                "`{name}` cannot be used: use `a` to `z`, `0` to `9` and single underscores, as in `reader_number`"
            ),
        ))
    } else if RESERVED.contains(&name.as_str()) {
        Some((
            "reserved",
            format!("`{name}` is a name that every signed document has; choose another one"),
        ))
    } else if !taken.insert(name.clone()) {
        Some(("duplicate", format!("`{name}` is used twice")))
    } else {
        None
    };
    match wrong {
        Some((code, message)) => {
            claim.error("name", code, message);
            None
        }
        None => Some(name),
    }
}

#[cfg(test)]
mod tests {
    use crate::manifest::Manifest;

    const GOOD: &str = "code = 'reader-card'\ntitle = { az = 'Oxucu bileti' }\nvalid-days = 30\n\
                        [[document.claim]]\nname = 'reader_number'\ntitle = { az = 'Nömrə' }\n\
                        [[document.claim]]\nname = 'since'\ntitle = { az = 'Tarix' }\nkind = 'date'\noptional = true\n";

    fn manifest(capabilities: &str, document: &str) -> String {
        format!(
            "name = 'library'\nversion = '1.0.0'\ncontact = 'help@library.example'\ncapabilities = [{capabilities}]\n\
             title = {{ az = 'Kitabxana' }}\nsummary = {{ az = 'Kitabxana' }}\n[[document]]\n{document}"
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
    fn kind_is_read_with_its_claims() {
        let read = Manifest::parse(&manifest("'documents'", GOOD)).unwrap();
        let [kind] = &read.documents[..] else {
            panic!("not one kind");
        };
        assert_eq!((kind.code.as_str(), kind.valid_days), ("reader-card", 30));
        let claims: Vec<_> = kind
            .claims
            .iter()
            .map(|claim| (claim.name.as_str(), claim.required))
            .collect();
        assert_eq!(claims, [("reader_number", true), ("since", false)]);
        assert_eq!(serde_json::from_str::<Manifest>(&read.kept()).unwrap(), read);
    }

    #[test]
    fn event_of_documents_needs_a_kind() {
        let capabilities = "'documents', 'life-events'";
        let events = "[events]\nsubscribes = ['az.gov.document.changed.v1']\n";
        Manifest::parse(&manifest(capabilities, &format!("{GOOD}{events}"))).unwrap();
        let asks = "[[presentation]]\ncode = 'discount'\ntext = { az = 'Endirim' }\npresenters = ['current']\n\
                    [[presentation.document]]\nkind = 'library/reader-card'\n";
        let text = manifest(capabilities, &format!("{events}{asks}")).replace("[[document]]\n", "");
        refused(&text, &[("events.subscribes", "document-missing")]);
    }

    #[test]
    fn wrong_kinds_are_refused_with_their_place() {
        refused(&manifest("", GOOD), &[("document", "capability-missing")]);
        let none = manifest("'documents'", GOOD);
        refused(
            none.split("[[document]]").next().unwrap(),
            &[("document", "required")],
        );
        let with = |old: &str, new: &str| manifest("'documents'", &GOOD.replace(old, new));
        refused(
            &with("'since'", "'exp'"),
            &[("document[0].claim[1].name", "reserved")],
        );
        refused(
            &with("'since'", "'reader_number'"),
            &[("document[0].claim[1].name", "duplicate")],
        );
        refused(
            &with("'since'", "'_sd'"),
            &[("document[0].claim[1].name", "not-a-name")],
        );
        refused(
            &with("'date'", "'colour'"),
            &[("document[0].claim[1].kind", "unknown-choice")],
        );
        refused(&with("30", "3654"), &[("document[0].valid-days", "out-of-range")]);
        refused(
            &with("'reader-card'", "'Reader'"),
            &[("document[0].code", "not-a-code"), ("document", "required")],
        );
        refused(
            &manifest("'documents'", "code = 'card'\ntitle = { az = 'Bilet' }"),
            &[("document[0].claim", "required")],
        );
        let twice = format!("{}[[document]]\n{GOOD}", manifest("'documents'", GOOD));
        refused(&twice, &[("document[1].code", "duplicate")]);
        refused(
            &with("optional = true", "optinal = true"),
            &[("document[0].claim[1].optinal", "unknown-field")],
        );
    }
}
