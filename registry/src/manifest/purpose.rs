//! `[[purpose]]`: why the service reads which data.

use std::collections::BTreeSet;

use aim_gov::grant::{Attribute, FetchType, LawfulBasis, Purpose};

use super::fields::Fields;
use super::{name, one_of};

/// The most purposes of one service; a citizen cannot judge more.
pub const PURPOSES_MAX: usize = 8;
/// The most characters in the text of a purpose.
pub const TEXT_CHARS_MAX: usize = 300;
/// The longest duration of a consent, in days.
pub const VALID_DAYS_MAX: u32 = 365;
/// The longest time for which a service may keep the data, in days.
pub const RETENTION_DAYS_MAX: u32 = 1_825;
/// The most recipients of the data.
pub const RECIPIENTS_MAX: usize = 10;

/// The key of the attributes without which a citizen cannot agree, of which there is at least one.
const REQUIRED: &str = "attributes";
/// The key of the attributes that a citizen may leave out.
const OPTIONAL: &str = "optional-attributes";

const BASES: &[(&str, LawfulBasis)] = &[
    ("consent", LawfulBasis::Consent),
    ("contract", LawfulBasis::Contract),
    ("legal-obligation", LawfulBasis::LegalObligation),
    ("public-task", LawfulBasis::PublicTask),
    ("vital-interest", LawfulBasis::VitalInterest),
    ("legitimate-interest", LawfulBasis::LegitimateInterest),
];
const FETCHES: &[(&str, FetchType)] = &[
    ("one-time", FetchType::OneTime),
    ("periodic", FetchType::Periodic),
];

pub(super) fn read(fields: &mut Fields<'_>) -> Vec<Purpose> {
    let mut purposes = Vec::new();
    let mut codes = BTreeSet::new();
    for (path, table) in fields.tables("purpose", PURPOSES_MAX) {
        let mut inner = fields.inner(&path, table);
        let code = inner.required_text("code", name::NAME_CHARS_MAX).filter(|code| {
            let good = name::is_service_name(code);
            if !good {
                inner.error("code", "not-a-code", format!(
                    "`{code}` cannot be a code: use `a` to `z`, `0` to `9` and single hyphens, as in `show-bills`"));
            } else if !codes.insert(code.clone()) {
                inner.error("code", "duplicate", format!("`{code}` is the code of another purpose too"));
            }
            good
        });
        let text = inner.localised("text", TEXT_CHARS_MAX);
        let basis = inner.choice("basis", BASES);
        let mut attributes = attributes(&mut inner, REQUIRED);
        let optional = optional(&mut inner, &attributes);
        attributes.extend(&optional);
        let fetch = inner.choice("fetch", FETCHES);
        let days = |inner: &mut Fields<'_>, key, default, least, most: u32| {
            u32::try_from(inner.integer(key, default, least..=most.into())).unwrap_or(most)
        };
        let valid_days = days(&mut inner, "valid-days", 180, 1, VALID_DAYS_MAX);
        let retention_days = days(&mut inner, "retention-days", 0, 0, RETENTION_DAYS_MAX);
        let recipients = inner.text_list("recipients", RECIPIENTS_MAX);
        let obliged = basis == LawfulBasis::LegalObligation;
        let sensitive = attributes.iter().find(|found| found.needs_legal_obligation());
        if let Some(attribute) = sensitive.filter(|_| !obliged) {
            inner.error(
                "basis",
                "legal-obligation-missing",
                format!(
                    "`{}` is told only to services that a law obliges to know it; set `basis = \"legal-obligation\"`, or remove the attribute",
                    attribute.code()
                ),
            );
        }
        inner.finish();
        if let (Some(code), Some(text)) = (code, text) {
            purposes.push(Purpose {
                code,
                text,
                basis,
                attributes,
                optional,
                fetch,
                valid_days,
                retention_days,
                recipients,
            });
        }
    }
    purposes
}

/// `optional-attributes`: what the citizen may leave out. An agreement that is signed has none, because its text is
/// signed as a whole.
fn optional(inner: &mut Fields<'_>, required: &BTreeSet<Attribute>) -> BTreeSet<Attribute> {
    let named = attributes(inner, OPTIONAL);
    for attribute in named.intersection(required) {
        let code = attribute.code();
        inner.error(
            OPTIONAL,
            "duplicate",
            format!("`{code}` is among `attributes` too"),
        );
    }
    let mut all = required.union(&named);
    let special = all.find(|attribute| attribute.category().is_special());
    if let Some(special) = special.filter(|_| !named.is_empty()) {
        inner.error(
            OPTIONAL,
            "signed-as-a-whole",
            format!(
                "citizens sign the agreement to `{}`, and sign it as a whole; ask for what is optional in a `[[purpose]]` of its own",
                special.code()
            ),
        );
    }
    named
}

fn attributes(inner: &mut Fields<'_>, key: &'static str) -> BTreeSet<Attribute> {
    let mut found = BTreeSet::new();
    let codes = inner.text_list(key, Attribute::ALL.len());
    if key == REQUIRED && codes.is_empty() {
        inner.error(
            key,
            "required",
            format!(
                "name at least one of {}",
                one_of(Attribute::ALL.iter().map(|attribute| attribute.code()))
            ),
        );
    }
    for (index, code) in codes.into_iter().enumerate() {
        let field = format!("{key}[{index}]");
        match code.parse::<Attribute>().ok() {
            Some(attribute) if !found.insert(attribute) => {
                inner.error(&field, "duplicate", format!("`{code}` is listed twice"));
            }
            Some(_) => {}
            None => inner.error(
                &field,
                "unknown-attribute",
                format!(
                    "`{code}` is not an attribute; choose among {}",
                    one_of(Attribute::ALL.iter().map(|attribute| attribute.code()))
                ),
            ),
        }
    }
    found
}
