//! Scopes of the OpenID Connect provider and the data they open.

use crate::grant::Attribute;

/// A scope that means something here (OpenID Connect Core 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The pairwise `sub` alone.
    Openid,
    Profile,
    Address,
    /// Whether the number is verified; the number itself is never disclosed.
    Phone,
    /// Whether the address is verified; the address itself is never disclosed.
    Email,
}

crate::coded!(Scope);

impl Scope {
    /// The scopes of a request's `scope`, in their order here. Others are left out: a provider ignores what it
    /// does not know (OpenID Connect Core 3.1.2.1).
    pub fn known(scope: &str) -> impl Iterator<Item = Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(move |known| scope.split(' ').any(|asked| asked == known.code()))
    }

    /// The attributes that it opens at userinfo.
    pub fn attributes(self) -> &'static [Attribute] {
        match self {
            Self::Openid => &[],
            Self::Profile => &[
                Attribute::Name,
                Attribute::GivenName,
                Attribute::MiddleName,
                Attribute::FamilyName,
                Attribute::Birthdate,
                Attribute::Gender,
                Attribute::Locale,
            ],
            Self::Address => &[Attribute::Address],
            Self::Phone => &[Attribute::PhoneNumberVerified],
            Self::Email => &[Attribute::EmailVerified],
        }
    }
}
