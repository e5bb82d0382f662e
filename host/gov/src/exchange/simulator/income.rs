//! The register of official income: pay and pensions, month by month.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::people::{self, Income, registries};
use super::{Fields, Found, record};

/// Finished months that the register answers, newest first.
pub(super) const MONTHS: i32 = 36;
/// Months over which income is averaged.
const AVERAGED: usize = 12;
/// How much a month differs from the usual pay at most, in percent.
const SPREAD_PERCENT: u64 = 5;

/// What came in one month.
struct Month {
    first: Date,
    income: &'static Income,
    qepik: u64,
}

/// The finished months before `today`, newest first. A pension is the same every month; pay differs a little, the same
/// way in each run.
fn months(fin: &str, today: Date) -> Vec<Month> {
    let died = people::person(fin).and_then(|person| person.died);
    let mut found = Vec::new();
    for back in 1..=MONTHS {
        let Ok(first) = today.first_of_month().checked_sub(Span::new().months(back)) else {
            continue;
        };
        let alive = died.is_none_or(|died| first <= died);
        let sources = registries().income.iter();
        found.extend(
            sources
                .filter(|income| income.fin == fin && alive && first >= income.since.first_of_month())
                .map(|income| Month {
                    first,
                    income,
                    qepik: of_month(income, first),
                }),
        );
    }
    found
}

fn of_month(income: &Income, first: Date) -> u64 {
    if income.kind == "pension" {
        return income.gross_qepik;
    }
    let seed = Sha256::digest(format!("{} {} {first}", income.fin, income.payer));
    let drawn = u64::from(seed.first().copied().unwrap_or(0));
    let percent = 100 - SPREAD_PERCENT + drawn % (2 * SPREAD_PERCENT + 1);
    income.gross_qepik.saturating_mul(percent) / 100
}

pub(super) fn monthly(fin: &str, today: Date) -> Found {
    Found::Records(months(fin, today).iter().map(fields).collect())
}

fn fields(month: &Month) -> Fields {
    record([
        ("month", json!(month.first.strftime("%Y-%m").to_string())),
        ("payer", json!(month.income.payer)),
        ("kind", json!(month.income.kind)),
        ("gross_qepik", json!(month.qepik)),
    ])
}

/// Whether the average of the last finished months is below an amount in manats. Who has no income is below any.
pub(super) fn below(fin: &str, amount: &str, today: Date) -> Found {
    let Ok(manats) = amount.parse::<u32>() else {
        return Found::Refused("an amount is a whole number of manats");
    };
    let oldest = today
        .first_of_month()
        .checked_sub(i64::try_from(AVERAGED).unwrap_or(0).months())
        .unwrap_or(today);
    let sum: u64 = months(fin, today)
        .iter()
        .filter(|month| month.first >= oldest)
        .map(|month| month.qepik)
        .sum();
    let most = u64::from(manats)
        .saturating_mul(100)
        .saturating_mul(AVERAGED as u64);
    Found::yes(sum < most)
}
