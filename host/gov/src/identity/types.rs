//! What a service may learn, and ask.

use super::age::LoginAge;
use crate::invocation::Acr;
use crate::text::Locale;

/// The log-in of this request, as the service sees it (WIT `session`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInfo {
    /// The citizen's pseudonym at this service.
    pub sub: String,
    pub acr: Acr,
    /// By which methods (RFC 8176 values).
    pub amr: Vec<String>,
    pub age: LoginAge,
    pub locale: Locale,
}

/// Where a citizen is registered (OpenID Connect Core 5.1.1).
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(deny_unknown_fields)]
pub struct Address {
    pub formatted: Option<String>,
    pub locality: Option<String>,
    /// The economic region's or republic's name.
    pub region: Option<String>,
    /// As Azərpoçt writes it: `AZ1000`.
    pub postal_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// The claims that were asked for, approved and agreed to; everything else is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// The citizen's pseudonym at this service.
    pub sub: String,
    pub name: Option<String>,
    pub given_name: Option<String>,
    /// The father's name with `oğlu` or `qızı`.
    pub middle_name: Option<String>,
    pub family_name: Option<String>,
    /// `YYYY-MM-DD`.
    pub birthdate: Option<String>,
    /// `female` or `male`.
    pub gender: Option<String>,
    /// ISO 3166-1 alpha-3.
    pub nationalities: Vec<String>,
    pub address: Option<Address>,
    pub locale: Option<Locale>,
    /// Whether the register knows a telephone number; the number itself is never disclosed.
    pub phone_number_verified: Option<bool>,
    /// Whether the register knows an e-mail address; the address itself is never disclosed.
    pub email_verified: Option<bool>,
}

/// A yes-or-no question that discloses nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// Whether the citizen has reached this age today, in years.
    AgeOver(u8),
    /// Whether the citizen is registered in the locality or region of this name, or in the country of
    /// this ISO 3166-1 alpha-2 code.
    ResidentOf(String),
    /// Whether the citizen is a citizen of Azerbaijan.
    Citizen,
}
