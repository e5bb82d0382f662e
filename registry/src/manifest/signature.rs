//! `[signature]`: the signatures that the service may ask for.

use std::collections::BTreeSet;

use aim_gov::signature::{Assurance, Format, SignatureTerms};

use super::fields::Fields;
use super::one_of;

pub(super) fn read(fields: &mut Fields<'_>) -> SignatureTerms {
    let Some(mut inner) = fields.section("signature") else {
        return SignatureTerms::default();
    };
    let found = SignatureTerms {
        formats: words(&mut inner, "formats", Format::ALL),
        assurances: words(&mut inner, "assurances", Assurance::ALL),
        named_by_citizen: inner.switch("named-by-citizen"),
    };
    inner.finish();
    found
}

/// A list of words of which each is known and none is repeated; at least one.
pub(super) fn words<T>(inner: &mut Fields<'_>, key: &str, known: &'static [T]) -> BTreeSet<T>
where
    T: Copy + Ord + std::str::FromStr + Into<&'static str>,
{
    let mut found = BTreeSet::new();
    let items = inner.text_list(key, known.len());
    if items.is_empty() {
        let names = one_of(known.iter().map(|word| (*word).into()));
        inner.error(key, "required", format!("name at least one: {names}"));
    }
    for (index, word) in items.into_iter().enumerate() {
        let field = format!("{key}[{index}]");
        match word.parse::<T>() {
            Ok(value) if !found.insert(value) => {
                inner.error(&field, "duplicate", format!("`{word}` is listed twice"));
            }
            Ok(_) => {}
            Err(_) => inner.error(
                &field,
                "unknown-choice",
                format!(
                    "`{word}` is not offered; choose {}",
                    one_of(known.iter().map(|word| (*word).into()))
                ),
            ),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::manifest::Manifest;

    const PURPOSE: &str =
        "[[purpose]]\ncode = 'lease'\ntext = { az = 'Müqavilə üçün' }\nattributes = ['name', 'fin']\n";
    const GOOD: &str = "[signature]\nformats = ['pades', 'jades']\nassurances = ['advanced']\n";

    fn manifest(capabilities: &str, rest: &str) -> String {
        format!(
            "name = 'lease'\nversion = '1.0.0'\ncontact = 'help@lease.example'\ncapabilities = [{capabilities}]\n\
             title = {{ az = 'İcarə' }}\nsummary = {{ az = 'İcarə' }}\n{rest}"
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
    fn terms_are_read_and_name_and_fin_need_no_other_capability() {
        let read = Manifest::parse(&manifest("'signature'", &format!("{PURPOSE}{GOOD}"))).unwrap();
        assert_eq!(read.signature.formats.len(), 2);
        assert_eq!(read.signature.assurances.len(), 1);
        assert!(!read.signature.named_by_citizen);
        assert_eq!(read.limits.signatures_max, 1_000);
        let naming = format!("{PURPOSE}{GOOD}named-by-citizen = true\n");
        let naming = Manifest::parse(&manifest("'signature'", &naming)).unwrap();
        assert!(naming.signature.named_by_citizen);
        assert_eq!(serde_json::from_str::<Manifest>(&read.kept()).unwrap(), read);
    }

    #[test]
    fn wrong_terms_are_refused_with_their_place() {
        refused(
            &manifest("'identity'", &format!("{PURPOSE}{GOOD}")),
            &[("signature", "capability-missing")],
        );
        refused(&manifest("'signature'", PURPOSE), &[("signature", "required")]);
        refused(&manifest("'signature'", GOOD), &[("purpose", "required")]);
        let with =
            |old: &str, new: &str| manifest("'signature'", &format!("{PURPOSE}{}", GOOD.replace(old, new)));
        refused(
            &with("'jades'", "'xades'"),
            &[("signature.formats[1]", "unknown-choice")],
        );
        refused(
            &with("'jades'", "'pades'"),
            &[("signature.formats[1]", "duplicate")],
        );
        refused(
            &with("['advanced']", "[]"),
            &[("signature.assurances", "required"), ("signature", "required")],
        );
        refused(
            &with("formats", "forms"),
            &[
                ("signature.formats", "required"),
                ("signature.forms", "unknown-field"),
                ("signature", "required"),
            ],
        );
        refused(
            &with("'advanced'", "'qualified'"),
            &[
                ("signature.assurances[0]", "unknown-choice"),
                ("signature", "required"),
            ],
        );
    }
}
