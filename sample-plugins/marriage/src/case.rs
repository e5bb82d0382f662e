//! A case: an application with everything that follows it.

use aim_sdk::prelude::*;
use aim_sdk::signature::Signing;

use crate::duty::{self, Duty};
use crate::office::{self, Standing};

/// A case as it stands.
pub struct Case {
    pub signing: Signing,
    pub standing: Standing,
    pub duty: Duty,
}

/// The pseudonyms of the signers whom the service knows.
pub fn spouses(signing: &Signing) -> Vec<String> {
    signing
        .signers
        .iter()
        .filter_map(|signer| signer.who.clone())
        .collect()
}

/// Where a case is shown.
pub fn path(id: &str) -> String {
    format!("/case?id={id}")
}

/// The case of a signing, for somebody who takes part in it.
///
/// # Errors
/// 404 for anybody else; those of the platform.
pub fn of(id: Option<&str>, sub: &str) -> Result<Case, Error> {
    let signing = signature::get(id.ok_or_else(Error::not_found)?)?;
    let spouses = spouses(&signing);
    if !spouses.iter().any(|spouse| spouse == sub) {
        return Err(Error::not_found());
    }
    let standing = office::standing(&signing.id)?;
    let duty = duty::of(&signing.id, &spouses)?;
    Ok(Case {
        signing,
        standing,
        duty,
    })
}
