//! The content of an approval: capabilities, purposes with their attributes, and boundaries.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::document_kind::DocumentKind;
use crate::event_type::{EventType, Subscriptions};
use crate::message_template::Template;
use crate::presentation_terms::PresentationTerms;
use crate::signature_terms::SignatureTerms;
use crate::text::Localised;

/// An interface that a component may import. Officers see the list that was read from the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    Identity,
    Consent,
    Payments,
    OpenData,
    Notifications,
    LifeEvents,
    Exchange,
    Documents,
    Signature,
    Logging,
    /// `wasi:clocks/wall-clock` and `monotonic-clock`.
    Clock,
    Random,
    /// `wasi:http/outgoing-handler`, to the named hosts only.
    Outbound,
}

crate::coded!(Capability);

/// The seven categories that MyGov already shows to citizens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum DataCategory {
    Personal,
    Employment,
    Family,
    Education,
    Transport,
    SocialProtection,
    Communications,
}

impl DataCategory {
    /// Whether the law counts it among the special categories, for which a consent in writing or with an electronic
    /// signature is needed: family life is one (Azerbaijan, Law on Personal Data 998-IIIQ of 2010, as the
    /// "Data Protection Laws of the World" describe it).
    pub fn is_special(self) -> bool {
        self == Self::Family
    }
}

/// One piece of a citizen's data that a purpose can ask for. The codes are OpenID Connect claim names
/// where one exists (Core 1.0, section 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    Name,
    GivenName,
    MiddleName,
    FamilyName,
    Birthdate,
    Gender,
    Nationalities,
    Address,
    Locale,
    PhoneNumberVerified,
    EmailVerified,
    /// The personal identification number; a right of its own.
    Fin,
    /// The debts of the citizen's household to utilities (`payments.bills`).
    UtilityBills,
    /// Predicates: a yes-or-no answer that discloses nothing else.
    AgeOver,
    ResidentOf,
    Citizen,
    /// Registers of other agencies (`exchange`), one for each operation about a person.
    Residence,
    OwnsHome,
    Properties,
    OwnsVehicle,
    Vehicles,
    IncomeBelow,
    Income,
    HasDiploma,
    Diplomas,
    /// What is sent in to other agencies (`exchange`), one for each operation that does.
    PlaceApplication,
    /// The civil registry office.
    Children,
    Marriage,
    ChildName,
    ChildBenefit,
    MarriageApplication,
    /// The day of the citizen's death, which an event tells to services that a law obliges to know it.
    Death,
}

crate::coded!(Attribute);

impl Attribute {
    /// The category of MyGov under which a citizen sees it.
    pub fn category(self) -> DataCategory {
        match self {
            Self::PhoneNumberVerified | Self::EmailVerified => DataCategory::Communications,
            Self::OwnsVehicle | Self::Vehicles => DataCategory::Transport,
            Self::IncomeBelow | Self::Income => DataCategory::Employment,
            Self::HasDiploma | Self::Diplomas | Self::PlaceApplication => DataCategory::Education,
            Self::Children | Self::Marriage | Self::ChildName | Self::MarriageApplication => {
                DataCategory::Family
            }
            Self::ChildBenefit => DataCategory::SocialProtection,
            _ => DataCategory::Personal,
        }
    }

    /// Whether it is read from another agency's register, or sent in there, through `exchange`.
    pub fn is_of_registries(self) -> bool {
        matches!(
            self,
            Self::Residence
                | Self::OwnsHome
                | Self::Properties
                | Self::OwnsVehicle
                | Self::Vehicles
                | Self::IncomeBelow
                | Self::Income
                | Self::HasDiploma
                | Self::Diplomas
                | Self::PlaceApplication
                | Self::Children
                | Self::Marriage
                | Self::ChildName
                | Self::ChildBenefit
                | Self::MarriageApplication
        )
    }

    /// Whether a service may learn it only where a law obliges it to.
    pub fn needs_legal_obligation(self) -> bool {
        self == Self::Death
    }
}

impl EventType {
    /// The capability without which nothing of this type can happen at a service.
    pub fn needs(self) -> Option<Capability> {
        match self {
            Self::PaymentChanged | Self::RefundChanged => Some(Capability::Payments),
            Self::MessageFinished | Self::MessageConfirmed => Some(Capability::Notifications),
            Self::SignatureChanged => Some(Capability::Signature),
            Self::SubmissionChanged => Some(Capability::Exchange),
            Self::PresentationFinished | Self::DocumentChanged => Some(Capability::Documents),
            Self::TimerDue
            | Self::ConsentChanged
            | Self::ResidenceChanged
            | Self::BirthRegistered
            | Self::MarriageRegistered
            | Self::PensionAgeReached
            | Self::DeathRegistered => None,
        }
    }

    /// The attribute that it carries: it is delivered under a periodic consent that covers the attribute.
    pub fn attribute(self) -> Option<Attribute> {
        match self {
            Self::ResidenceChanged => Some(Attribute::Address),
            Self::BirthRegistered => Some(Attribute::Children),
            Self::MarriageRegistered => Some(Attribute::Marriage),
            Self::PensionAgeReached => Some(Attribute::AgeOver),
            Self::DeathRegistered => Some(Attribute::Death),
            Self::TimerDue
            | Self::PaymentChanged
            | Self::RefundChanged
            | Self::MessageFinished
            | Self::MessageConfirmed
            | Self::ConsentChanged
            | Self::SignatureChanged
            | Self::SubmissionChanged
            | Self::PresentationFinished
            | Self::DocumentChanged => None,
        }
    }
}

/// The lawful basis for using the data (ISO/IEC TS 27560 lawful basis; GDPR article 6 names).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum LawfulBasis {
    #[default]
    Consent,
    Contract,
    LegalObligation,
    PublicTask,
    VitalInterest,
    LegitimateInterest,
}

/// Whether data is read once or repeatedly while the consent lasts (DEPA `fetchType`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum FetchType {
    OneTime,
    #[default]
    Periodic,
}

/// An approved reason for which a service reads data.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct Purpose {
    /// Kebab-case, unique in the service.
    pub code: String,
    /// What the citizen reads on the consent screen.
    pub text: Localised,
    pub basis: LawfulBasis,
    /// The attributes that it may read.
    pub attributes: BTreeSet<Attribute>,
    /// Those of them that the citizen may leave out, each on its own.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub optional: BTreeSet<Attribute>,
    pub fetch: FetchType,
    /// How long an agreement lasts, in days.
    pub valid_days: u32,
    /// How long the service may keep the data, in days.
    pub retention_days: u32,
    pub recipients: Vec<String>,
}

impl Purpose {
    /// The attributes without which a citizen cannot agree.
    pub fn required(&self) -> BTreeSet<Attribute> {
        self.attributes.difference(&self.optional).copied().collect()
    }

    /// Whether citizens sign the agreement, since some of the data is of a special category.
    pub fn needs_signature(&self) -> bool {
        let mut categories = self.attributes.iter().map(|attribute| attribute.category());
        categories.any(DataCategory::is_special)
    }
}

/// The limits of the regulatory-sandbox test. By default nothing is allowed.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct Boundary {
    /// When the test ends; every call after it is refused.
    pub ends_at: Timestamp,
    /// Citizens who may enrol.
    pub citizens_max: u32,
    /// One payment, in minor units of AZN (qəpik).
    pub amount_per_payment_max: u64,
    /// One citizen's payments together, in minor units; refunds do not give room back.
    pub amount_per_citizen_max: u64,
    /// All payments together, in minor units; refunds do not give room back.
    pub amount_total_max: u64,
    /// All messages to citizens together.
    pub messages_max: u32,
    /// Messages to one citizen in seven days.
    pub messages_per_citizen_max: u32,
    /// All calls to registries of other agencies together.
    #[serde(default)]
    pub registry_calls_max: u32,
    /// All signatures that are asked for together.
    #[serde(default)]
    pub signatures_max: u32,
    /// All presentations of documents that are asked for together.
    #[serde(default)]
    pub presentations_max: u32,
    /// Government calls in a minute, by the whole service.
    pub calls_per_minute_max: u32,
}

/// Everything that an approval gives; by default nothing.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
pub struct Grant {
    /// The interfaces that the component may import.
    pub capabilities: BTreeSet<Capability>,
    /// The purposes for which it may read data.
    pub purposes: Vec<Purpose>,
    /// Budget accounts that it may take payments for.
    pub payment_service_codes: BTreeSet<String>,
    /// The messages that it may send.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub templates: Vec<Template>,
    /// The events that it receives.
    #[serde(default, skip_serializing_if = "Subscriptions::is_empty")]
    pub events: Subscriptions,
    /// The operations of other agencies' registries that it may call.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub exchange_operations: BTreeSet<String>,
    /// The kinds of documents that it may issue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<DocumentKind>,
    /// The documents that it may ask to be shown, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presentations: Vec<PresentationTerms>,
    /// The signatures that it may ask for.
    #[serde(default, skip_serializing_if = "SignatureTerms::is_empty")]
    pub signature: SignatureTerms,
    /// Host names that it may call, where `outbound` is granted.
    pub outbound_hosts: BTreeSet<String>,
    /// Whether it receives the `Authorization` header of requests, which the host removes otherwise.
    #[serde(default)]
    pub authorization: bool,
    pub boundary: Boundary,
}

impl Grant {
    pub fn purpose(&self, code: &str) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.code == code)
    }

    pub fn presentation(&self, code: &str) -> Option<&PresentationTerms> {
        self.presentations.iter().find(|terms| terms.code == code)
    }
}
