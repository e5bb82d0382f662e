//! The limits of a test: those that a startup asks for, and those that the officers give.

use std::collections::{BTreeMap, BTreeSet};

use aim_gov::clock::Timestamp;
use aim_gov::grant::{Boundary, Capability};

use super::fields::Fields;

/// The longest test in days (one year, as in the Central Bank's sandbox).
pub const DAYS_MAX: u32 = 365;
/// The most citizens of one test.
pub const CITIZENS_MAX: u32 = 100_000;
/// The largest payment, in qəpik: 10,000 AZN.
pub const AMOUNT_PER_PAYMENT_MAX: u64 = 1_000_000;
/// The largest sum of one citizen's payments, in qəpik: 100,000 AZN.
pub const AMOUNT_PER_CITIZEN_MAX: u64 = 10_000_000;
/// The largest sum of all payments, in qəpik: 10,000,000 AZN.
pub const AMOUNT_TOTAL_MAX: u64 = 1_000_000_000;
/// The most messages.
pub const MESSAGES_MAX: u32 = 1_000_000;
/// The most messages to one citizen in seven days.
pub const MESSAGES_PER_CITIZEN_MAX: u32 = 50;
/// The most calls to registries of other agencies.
pub const REGISTRY_CALLS_MAX: u32 = 1_000_000;
/// The most signatures that are asked for.
pub const SIGNATURES_MAX: u32 = 100_000;
/// The most presentations of documents that are asked for.
pub const PRESENTATIONS_MAX: u32 = 1_000_000;
/// The most government calls in a minute.
pub const CALLS_PER_MINUTE_MAX: u32 = 1_000_000;

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// Citizens who may enrol.
    pub citizens_max: u32,
    /// One payment, in qəpik.
    pub amount_per_payment_max: u64,
    /// One citizen's payments together, in qəpik.
    pub amount_per_citizen_max: u64,
    /// All payments together, in qəpik.
    pub amount_total_max: u64,
    /// All messages to citizens.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub messages_max: u32,
    /// Messages to one citizen in seven days.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub messages_per_citizen_max: u32,
    /// All calls to registries of other agencies.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub registry_calls_max: u32,
    /// All signatures that are asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub signatures_max: u32,
    /// All presentations of documents that are asked for.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub presentations_max: u32,
    /// The length of the test, in days from the approval.
    pub days: u32,
    /// Government calls in a minute.
    pub calls_per_minute_max: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr, strum::VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum LimitField {
    Citizens,
    AmountPerPayment,
    AmountPerCitizen,
    AmountTotal,
    Messages,
    MessagesPerCitizen,
    RegistryCalls,
    Signatures,
    Presentations,
    Days,
    CallsPerMinute,
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

impl LimitField {
    /// Every limit, in the order of forms and pages.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The key in `[limits]` of the manifest and in forms.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The least meaningful value: a test needs at least one day and one citizen.
    pub fn least(self) -> u64 {
        match self {
            Self::Citizens | Self::Days | Self::CallsPerMinute => 1,
            Self::AmountPerPayment
            | Self::AmountPerCitizen
            | Self::AmountTotal
            | Self::Messages
            | Self::MessagesPerCitizen
            | Self::RegistryCalls
            | Self::Signatures
            | Self::Presentations => 0,
        }
    }

    /// The greatest value that a manifest can ask for.
    fn most(self) -> u64 {
        match self {
            Self::Citizens => CITIZENS_MAX.into(),
            Self::AmountPerPayment => AMOUNT_PER_PAYMENT_MAX,
            Self::AmountPerCitizen => AMOUNT_PER_CITIZEN_MAX,
            Self::AmountTotal => AMOUNT_TOTAL_MAX,
            Self::Messages => MESSAGES_MAX.into(),
            Self::MessagesPerCitizen => MESSAGES_PER_CITIZEN_MAX.into(),
            Self::RegistryCalls => REGISTRY_CALLS_MAX.into(),
            Self::Signatures => SIGNATURES_MAX.into(),
            Self::Presentations => PRESENTATIONS_MAX.into(),
            Self::Days => DAYS_MAX.into(),
            Self::CallsPerMinute => CALLS_PER_MINUTE_MAX.into(),
        }
    }

    /// The default of a manifest without the field: zero for what it does not ask for.
    fn default(self, capabilities: &BTreeSet<Capability>, presents: bool) -> u64 {
        let with = |capability, value| match capabilities.contains(&capability) {
            true => value,
            false => 0,
        };
        match self {
            Self::Citizens => 200,
            Self::AmountPerPayment => with(Capability::Payments, 10_000),
            Self::AmountPerCitizen => with(Capability::Payments, 50_000),
            Self::AmountTotal => with(Capability::Payments, 5_000_000),
            Self::Messages => with(Capability::Notifications, 10_000),
            Self::MessagesPerCitizen => with(Capability::Notifications, 5),
            Self::RegistryCalls => with(Capability::Exchange, 10_000),
            Self::Signatures => with(Capability::Signature, 1_000),
            Self::Presentations => {
                if presents {
                    1_000
                } else {
                    0
                }
            }
            Self::Days => 180,
            Self::CallsPerMinute => 600,
        }
    }

    /// Whether it is an amount of money, in qəpik.
    pub fn is_money(self) -> bool {
        matches!(
            self,
            Self::AmountPerPayment | Self::AmountPerCitizen | Self::AmountTotal
        )
    }

    /// Whether it is shown to a citizen who decides about taking part. The page shows the day of the end
    /// instead of the number of days.
    pub fn concerns_citizens(self) -> bool {
        !matches!(self, Self::Days | Self::CallsPerMinute)
    }
}

impl Limits {
    pub fn get(&self, field: LimitField) -> u64 {
        match field {
            LimitField::Citizens => self.citizens_max.into(),
            LimitField::AmountPerPayment => self.amount_per_payment_max,
            LimitField::AmountPerCitizen => self.amount_per_citizen_max,
            LimitField::AmountTotal => self.amount_total_max,
            LimitField::Messages => self.messages_max.into(),
            LimitField::MessagesPerCitizen => self.messages_per_citizen_max.into(),
            LimitField::RegistryCalls => self.registry_calls_max.into(),
            LimitField::Signatures => self.signatures_max.into(),
            LimitField::Presentations => self.presentations_max.into(),
            LimitField::Days => self.days.into(),
            LimitField::CallsPerMinute => self.calls_per_minute_max.into(),
        }
    }

    /// Limits with the values of `value`; a value too large for its type becomes the largest possible one.
    pub fn from_values(value: impl Fn(LimitField) -> u64) -> Self {
        let small = |field| u32::try_from(value(field)).unwrap_or(u32::MAX);
        Self {
            citizens_max: small(LimitField::Citizens),
            amount_per_payment_max: value(LimitField::AmountPerPayment),
            amount_per_citizen_max: value(LimitField::AmountPerCitizen),
            amount_total_max: value(LimitField::AmountTotal),
            messages_max: small(LimitField::Messages),
            messages_per_citizen_max: small(LimitField::MessagesPerCitizen),
            registry_calls_max: small(LimitField::RegistryCalls),
            signatures_max: small(LimitField::Signatures),
            presentations_max: small(LimitField::Presentations),
            days: small(LimitField::Days),
            calls_per_minute_max: small(LimitField::CallsPerMinute),
        }
    }

    /// The boundary of a test within these limits that starts at `start`.
    pub fn boundary(&self, start: Timestamp) -> Boundary {
        Boundary {
            ends_at: start.plus_days(self.days),
            citizens_max: self.citizens_max,
            amount_per_payment_max: self.amount_per_payment_max,
            amount_per_citizen_max: self.amount_per_citizen_max,
            amount_total_max: self.amount_total_max,
            messages_max: self.messages_max,
            messages_per_citizen_max: self.messages_per_citizen_max,
            registry_calls_max: self.registry_calls_max,
            signatures_max: self.signatures_max,
            presentations_max: self.presentations_max,
            calls_per_minute_max: self.calls_per_minute_max,
        }
    }

    /// The limits that exceed `asked`. An approval has none.
    pub fn beyond(&self, asked: &Self) -> Vec<LimitField> {
        self.those(|field| self.get(field) > asked.get(field))
    }

    pub fn differing(&self, other: &Self) -> Vec<LimitField> {
        self.those(|field| self.get(field) != other.get(field))
    }

    fn those(&self, which: impl Fn(LimitField) -> bool) -> Vec<LimitField> {
        LimitField::ALL
            .iter()
            .copied()
            .filter(|field| which(*field))
            .collect()
    }

    /// The narrower of the two, limit by limit.
    pub fn narrower(&self, other: &Self) -> Self {
        Self::from_values(|field| self.get(field).min(other.get(field)))
    }

    /// `presents` says whether the service asks citizens to show documents.
    pub(super) fn read(fields: &mut Fields<'_>, capabilities: &BTreeSet<Capability>, presents: bool) -> Self {
        let mut inner = match fields.section("limits") {
            Some(inner) => inner,
            None => fields.inner("limits", toml::Table::new()),
        };
        let values: BTreeMap<&str, u64> = LimitField::ALL
            .iter()
            .map(|field| {
                let range = field.least()..=field.most();
                let value = inner.integer(field.key(), field.default(capabilities, presents), range);
                (field.key(), value)
            })
            .collect();
        let limits = Self::from_values(|field| values.get(field.key()).copied().unwrap_or(0));
        for (less, more) in [
            (LimitField::AmountPerPayment, LimitField::AmountPerCitizen),
            (LimitField::AmountPerCitizen, LimitField::AmountTotal),
            (LimitField::MessagesPerCitizen, LimitField::Messages),
        ] {
            if limits.get(less) > limits.get(more) {
                let message = format!("is more than `{}`", more.key());
                inner.error(less.key(), "disagrees", message);
            }
        }
        inner.finish();
        limits
    }
}

/// The limits of a boundary. Its test has an end date instead of a number of days.
impl From<&Boundary> for Limits {
    fn from(boundary: &Boundary) -> Self {
        Self {
            citizens_max: boundary.citizens_max,
            amount_per_payment_max: boundary.amount_per_payment_max,
            amount_per_citizen_max: boundary.amount_per_citizen_max,
            amount_total_max: boundary.amount_total_max,
            messages_max: boundary.messages_max,
            messages_per_citizen_max: boundary.messages_per_citizen_max,
            registry_calls_max: boundary.registry_calls_max,
            signatures_max: boundary.signatures_max,
            presentations_max: boundary.presentations_max,
            days: 0,
            calls_per_minute_max: boundary.calls_per_minute_max,
        }
    }
}
