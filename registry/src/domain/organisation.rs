//! Organisations that publish services. A developer is a citizen who belongs to one.

use aim_gov::clock::Timestamp;

use super::OrganisationId;
use crate::manifest::hidden_character;

/// Characters in an organisation's name at most.
pub const NAME_CHARS_MAX: usize = 120;
/// Digits of a taxpayer's number (VÖEN).
pub const TAX_ID_DIGITS: usize = 10;

/// A registered organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// The identifier.
    pub id: OrganisationId,
    /// The name that citizens read as who is responsible.
    pub name: String,
    /// The taxpayer's number (VÖEN), [`TAX_ID_DIGITS`] digits.
    pub tax_id: String,
    /// When it was registered.
    pub created_at: Timestamp,
}

/// A checked name and number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrganisation {
    /// The name.
    pub name: String,
    /// The taxpayer's number.
    pub tax_id: String,
}

/// What is wrong with a form's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrganisationError {
    /// No name, too long a name, or hidden characters in it.
    Name,
    /// Not [`TAX_ID_DIGITS`] digits.
    TaxId,
}

impl NewOrganisation {
    /// Checks what a developer typed.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn parse(name: &str, tax_id: &str) -> Result<Self, Vec<OrganisationError>> {
        let (name, tax_id) = (name.trim(), tax_id.trim());
        let mut errors = Vec::new();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || hidden_character(name).is_some() {
            errors.push(OrganisationError::Name);
        }
        if tax_id.len() != TAX_ID_DIGITS || !tax_id.bytes().all(|digit| digit.is_ascii_digit()) {
            errors.push(OrganisationError::TaxId);
        }
        if errors.is_empty() {
            Ok(Self {
                name: name.to_owned(),
                tax_id: tax_id.to_owned(),
            })
        } else {
            Err(errors)
        }
    }
}
