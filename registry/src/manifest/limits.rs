//! The limits of a test: what a startup asks for, and what the officers give.

use super::fields::Fields;

/// Days that a test lasts at most (one year, as the Central Bank's sandbox has it).
pub const DAYS_MAX: u32 = 365;
/// Citizens in one test at most.
pub const CITIZENS_MAX: u32 = 100_000;
/// One payment at most, in qəpik: 10,000 AZN.
pub const AMOUNT_PER_PAYMENT_MAX: u64 = 1_000_000;
/// One citizen's payments at most, in qəpik: 100,000 AZN.
pub const AMOUNT_PER_CITIZEN_MAX: u64 = 10_000_000;
/// All payments at most, in qəpik: 10,000,000 AZN.
pub const AMOUNT_TOTAL_MAX: u64 = 1_000_000_000;
/// Government calls in a minute at most.
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
    /// How long the test lasts, in days from the approval.
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
    Days,
    CallsPerMinute,
}

impl LimitField {
    /// Every limit, in the order of forms and pages.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;

    /// The name in `[limits]` of the manifest and in forms.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The least value that makes sense: a test of no days or no citizens is none.
    pub fn least(self) -> u64 {
        match self {
            Self::Citizens | Self::Days | Self::CallsPerMinute => 1,
            Self::AmountPerPayment | Self::AmountPerCitizen | Self::AmountTotal => 0,
        }
    }
}

impl Limits {
    pub fn get(&self, field: LimitField) -> u64 {
        match field {
            LimitField::Citizens => self.citizens_max.into(),
            LimitField::AmountPerPayment => self.amount_per_payment_max,
            LimitField::AmountPerCitizen => self.amount_per_citizen_max,
            LimitField::AmountTotal => self.amount_total_max,
            LimitField::Days => self.days.into(),
            LimitField::CallsPerMinute => self.calls_per_minute_max.into(),
        }
    }

    /// Limits with the values that `value` gives; what is too large for a limit is the largest that it holds.
    pub fn from_values(value: impl Fn(LimitField) -> u64) -> Self {
        let small = |field| u32::try_from(value(field)).unwrap_or(u32::MAX);
        Self {
            citizens_max: small(LimitField::Citizens),
            amount_per_payment_max: value(LimitField::AmountPerPayment),
            amount_per_citizen_max: value(LimitField::AmountPerCitizen),
            amount_total_max: value(LimitField::AmountTotal),
            days: small(LimitField::Days),
            calls_per_minute_max: small(LimitField::CallsPerMinute),
        }
    }

    /// The limits that go beyond `asked`. An approval has none.
    pub fn beyond(&self, asked: &Self) -> Vec<LimitField> {
        LimitField::ALL
            .iter()
            .copied()
            .filter(|field| self.get(*field) > asked.get(*field))
            .collect()
    }

    pub fn differing(&self, other: &Self) -> Vec<LimitField> {
        LimitField::ALL
            .iter()
            .copied()
            .filter(|field| self.get(*field) != other.get(*field))
            .collect()
    }

    /// The narrower of the two, limit by limit.
    pub fn narrower(&self, other: &Self) -> Self {
        Self {
            citizens_max: self.citizens_max.min(other.citizens_max),
            amount_per_payment_max: self.amount_per_payment_max.min(other.amount_per_payment_max),
            amount_per_citizen_max: self.amount_per_citizen_max.min(other.amount_per_citizen_max),
            amount_total_max: self.amount_total_max.min(other.amount_total_max),
            days: self.days.min(other.days),
            calls_per_minute_max: self.calls_per_minute_max.min(other.calls_per_minute_max),
        }
    }

    pub(super) fn read(fields: &mut Fields<'_>, pays: bool) -> Self {
        let mut inner = match fields.section("limits") {
            Some(inner) => inner,
            None => fields.inner("limits", toml::Table::new()),
        };
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        // A service that takes no payments needs no room for them.
        let room = |amount: u64| if pays { amount } else { 0 };
        let limits = Self {
            citizens_max: small(inner.integer(
                "citizens",
                200,
                LimitField::Citizens.least()..=CITIZENS_MAX.into(),
            )),
            amount_per_payment_max: inner.integer(
                "amount-per-payment",
                room(10_000),
                0..=AMOUNT_PER_PAYMENT_MAX,
            ),
            amount_per_citizen_max: inner.integer(
                "amount-per-citizen",
                room(50_000),
                0..=AMOUNT_PER_CITIZEN_MAX,
            ),
            amount_total_max: inner.integer("amount-total", room(5_000_000), 0..=AMOUNT_TOTAL_MAX),
            days: small(inner.integer("days", 180, LimitField::Days.least()..=DAYS_MAX.into())),
            calls_per_minute_max: small(inner.integer(
                "calls-per-minute",
                600,
                LimitField::CallsPerMinute.least()..=CALLS_PER_MINUTE_MAX.into(),
            )),
        };
        if limits.amount_per_payment_max > limits.amount_per_citizen_max {
            inner.error(
                "amount-per-payment",
                "disagrees",
                "is more than `amount-per-citizen`".to_owned(),
            );
        }
        if limits.amount_per_citizen_max > limits.amount_total_max {
            inner.error(
                "amount-per-citizen",
                "disagrees",
                "is more than `amount-total`".to_owned(),
            );
        }
        inner.finish();
        limits
    }
}
