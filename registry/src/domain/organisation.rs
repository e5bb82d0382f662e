//! Organisations that publish services. A developer is a citizen who belongs to one.

use aim_gov::clock::Timestamp;
use aim_gov::shown::{ShownText, hidden_character};
use aim_gov::typed::Digits;

use super::OrganisationId;
use super::staff::{Staff, StaffRole};
use crate::manifest::mixes_scripts;

/// The most characters of an organisation's name.
pub const NAME_CHARS_MAX: usize = 120;
/// The most characters of the evidence of a verification.
pub const EVIDENCE_CHARS_MAX: usize = 2_000;
/// Digits of a taxpayer's number (VÖEN).
pub const TAX_ID_DIGITS: usize = 10;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    pub id: OrganisationId,
    /// The name that citizens read as the one responsible.
    pub name: String,
    /// The taxpayer's number (VÖEN), [`TAX_ID_DIGITS`] digits.
    pub tax_id: String,
    pub created_at: Timestamp,
}

/// The verification of an organisation's identity by an officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub at: Timestamp,
    /// The officer's name.
    pub by: String,
    pub evidence: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyRefused {
    Role,
    Tied,
    /// No evidence, too much of it, or hidden characters in it.
    Evidence,
}

impl Organisation {
    /// Whether `staff` may verify it on this evidence; returns the evidence in the form that is stored.
    pub fn verify<'a>(&self, staff: &Staff, evidence: &'a str) -> Result<&'a str, VerifyRefused> {
        let evidence = evidence.trim();
        if staff.role != StaffRole::Officer {
            return Err(VerifyRefused::Role);
        }
        if staff.organisation.as_ref() == Some(&self.id) {
            return Err(VerifyRefused::Tied);
        }
        let visible = evidence.lines().all(|line| hidden_character(line).is_none());
        if evidence.is_empty() || evidence.chars().count() > EVIDENCE_CHARS_MAX || !visible {
            return Err(VerifyRefused::Evidence);
        }
        Ok(evidence)
    }
}

/// A checked name and number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrganisation {
    pub name: String,
    /// The taxpayer's number.
    pub tax_id: String,
}

/// A wrong field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganisationError {
    /// No name, too long a name, hidden characters, or a word that mixes two scripts.
    Name,
    /// Not [`TAX_ID_DIGITS`] digits.
    TaxId,
}

impl NewOrganisation {
    /// Validates the input of a developer.
    ///
    /// # Errors
    /// Every wrong field.
    pub fn parse(name: &str, tax_id: &str) -> Result<Self, Vec<OrganisationError>> {
        let name = ShownText::parse(name.trim(), NAME_CHARS_MAX)
            .ok()
            .filter(|name| !mixes_scripts(name.as_str()));
        let tax_id = Digits::parse(tax_id).ok();
        let mut errors = Vec::new();
        if name.is_none() {
            errors.push(OrganisationError::Name);
        }
        let tax_id = tax_id.filter(|digits| digits.as_str().len() == TAX_ID_DIGITS);
        if tax_id.is_none() {
            errors.push(OrganisationError::TaxId);
        }
        match (name, tax_id) {
            (Some(name), Some(tax_id)) => Ok(Self {
                name: name.into_string(),
                tax_id: tax_id.as_str().to_owned(),
            }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StaffId;

    #[test]
    fn tax_id_is_taken_whatever_separates_its_digits() {
        for typed in [
            "1403456781",
            "140 345 6781",
            "140\u{a0}345\u{2013}6781",
            "\u{200b}1403456781",
        ] {
            let parsed = NewOrganisation::parse("Araz Soft", typed);
            assert_eq!(
                parsed.map(|new| new.tax_id).as_deref(),
                Ok("1403456781"),
                "{typed:?}"
            );
        }
        for typed in ["", "140345678", "14034567811", "140345678A"] {
            let parsed = NewOrganisation::parse("Araz Soft", typed);
            assert_eq!(parsed, Err(vec![OrganisationError::TaxId]), "{typed:?}");
        }
    }

    #[test]
    fn name_with_a_word_of_two_scripts_is_refused() {
        // The `а` of the first two is Cyrillic.
        for name in ["Mərkəzi Bаnk", "Xəzər Stаrtap MMC", "", "Araz\u{202e}Soft"] {
            let parsed = NewOrganisation::parse(name, "1403456781");
            assert_eq!(parsed, Err(vec![OrganisationError::Name]), "{name:?}");
        }
        for name in ["Mərkəzi Bank", "ООО Ромашка"] {
            assert!(NewOrganisation::parse(name, "1403456781").is_ok(), "{name:?}");
        }
    }

    #[test]
    fn verification_needs_an_untied_officer_and_evidence() {
        let organisation = Organisation {
            id: OrganisationId("org_1".to_owned()),
            name: "Araz Soft".to_owned(),
            tax_id: "1403456781".to_owned(),
            created_at: Timestamp(0),
        };
        let officer = Staff {
            id: StaffId("stf_1".to_owned()),
            email: "a@aim.example".to_owned(),
            name: "Aysel".to_owned(),
            role: StaffRole::Officer,
            organisation: None,
            active: true,
        };
        let tied = Staff {
            organisation: Some(organisation.id.clone()),
            ..officer.clone()
        };
        let director = Staff {
            role: StaffRole::Director,
            ..officer.clone()
        };
        let long = "x".repeat(EVIDENCE_CHARS_MAX + 1);
        for (staff, evidence, verified) in [
            (&officer, " extract 1\nsigned ", Ok("extract 1\nsigned")),
            (&tied, "extract 1", Err(VerifyRefused::Tied)),
            (&director, "extract 1", Err(VerifyRefused::Role)),
            (&officer, " ", Err(VerifyRefused::Evidence)),
            (&officer, long.as_str(), Err(VerifyRefused::Evidence)),
            (&officer, "extract\u{202e}1", Err(VerifyRefused::Evidence)),
        ] {
            assert_eq!(organisation.verify(staff, evidence), verified, "{evidence}");
        }
    }
}
