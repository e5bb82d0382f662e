//! The simulated issuer of bills. Bills are a function of the household, the utility and the month, so that
//! every machine and every run shows the same ones.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::{Span, Timestamp as JiffTimestamp};
use sha2::{Digest as _, Sha256};

use super::{Backend, Bill, BillStatus};
use crate::clock::{BAKU, DAY_MS, Timestamp};
use crate::mac::MacKey;
use crate::payments::money::Money;
use crate::remote::Fault;
use crate::service_code::ServiceCode;
use crate::text::Localised;

/// Months of use that a household sees, the last finished one included.
pub const BILL_MONTHS: i32 = 12;
/// Separates the ids of bills from other codes under the same key.
const MAC_DOMAIN: &str = "bill";
/// The prefix of a bill's id.
const ID_PREFIX: &str = "bill_";
/// Characters of a bill's id after the prefix.
const ID_DIGITS: usize = 26;
/// The last day for paying, in the month after the use.
const DUE_DAY: i8 = 20;
/// One household in this many has not paid the electricity of the month before last.
const OVERDUE_ONE_IN: u64 = 3;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    months_az: [String; 12],
    months_en: [String; 12],
    months_ru: [String; 12],
    without_bills: Vec<String>,
    utility: Vec<Utility>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Utility {
    service_code: String,
    qepik_per_unit: u64,
    monthly_usage: [u64; 12],
    spread_percent: u64,
}

#[allow(
    clippy::expect_used,
    reason = "the rules are part of the program, and a test reads them"
)]
static RULES: LazyLock<Rules> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../data/bills.toml")).expect("the rules of the bills parse")
});

/// Issues the bills that [`missing`] computes.
#[derive(Debug)]
pub(in crate::payments) struct Simulator {
    pub(in crate::payments) key: MacKey,
}

#[async_trait::async_trait]
impl Backend for Simulator {
    async fn issued(&self, household: &str, known: &[Bill], now: Timestamp) -> Result<Vec<Bill>, Fault> {
        let known: Vec<_> = known
            .iter()
            .map(|bill| (bill.service_code.code.as_str(), bill.period.as_str()))
            .collect();
        Ok(missing(&self.key, household, &known, now))
    }
}

/// The first month, as `2025-11`, of those that a household sees at `now`.
pub(super) fn oldest_period(now: Timestamp) -> String {
    first_of_month(now)
        .and_then(|first| first.checked_sub(Span::new().months(BILL_MONTHS)).ok())
        .map_or_else(String::new, period_of)
}

/// The bills that should be stored at `now` and are not in `known` (service code, period). Months before the
/// first known one count as paid by the household, even if the clock was moved back; from then on only payments
/// settle bills.
fn missing(key: &MacKey, household: &str, known: &[(&str, &str)], now: Timestamp) -> Vec<Bill> {
    if RULES.without_bills.iter().any(|without| without == household) {
        return Vec::new();
    }
    let Some(this_month) = first_of_month(now) else {
        return Vec::new();
    };
    let mut bills = Vec::new();
    for back in (1..=BILL_MONTHS).rev() {
        let Ok(first) = this_month.checked_sub(Span::new().months(back)) else {
            continue;
        };
        let period = period_of(first);
        for utility in &RULES.utility {
            if known.contains(&(utility.service_code.as_str(), period.as_str())) {
                continue;
            }
            let Some(mut bill) = bill(key, household, utility, first) else {
                continue;
            };
            let seed = draw(household, &utility.service_code, "first");
            let late = utility.service_code == "utilities.electricity" && seed.is_multiple_of(OVERDUE_ONE_IN);
            let first_known = known
                .iter()
                .filter(|(code, _)| *code == utility.service_code)
                .map(|(_, period)| *period)
                .min();
            let open = match first_known {
                None => back == 1 || (back == 2 && late),
                Some(first_known) => first_known < period.as_str(),
            };
            if !open {
                let days = 2 + draw(household, &utility.service_code, &period) % 16;
                bill.paid = i64::try_from(days)
                    .ok()
                    .map(|days| bill.issued.plus_ms(days * DAY_MS));
                bill.status = BillStatus::Paid;
            }
            bills.push(bill);
        }
    }
    bills
}

/// The description of a bill; `None` if the period is not a month.
pub(super) fn description(code: &ServiceCode, period: &str) -> Option<Localised> {
    let (year, month) = period.split_once('-')?;
    let index = month.parse::<usize>().ok()?.checked_sub(1)?;
    let line = |title: &str, months: &[String; 12]| Some(format!("{title}, {} {year}", months.get(index)?));
    Some(Localised {
        az: line(&code.title.az, &RULES.months_az)?,
        en: code
            .title
            .en
            .as_deref()
            .and_then(|title| line(title, &RULES.months_en)),
        ru: code
            .title
            .ru
            .as_deref()
            .and_then(|title| line(title, &RULES.months_ru)),
    })
}

fn bill(key: &MacKey, household: &str, utility: &Utility, first: Date) -> Option<Bill> {
    let service_code = ServiceCode::find(&utility.service_code)?;
    let period = period_of(first);
    let month = usize::try_from(first.month()).ok()?.checked_sub(1)?;
    let usual = *utility.monthly_usage.get(month)?;
    // From `100 - spread` to `100 + spread` percent: a level of the household and a variation of the month.
    let level = draw(household, &utility.service_code, "level") % (utility.spread_percent + 1);
    let month = draw(household, &utility.service_code, &period) % (utility.spread_percent + 1);
    let usage = usual * (100 - utility.spread_percent + level + month) / 100;
    let next = first.checked_add(Span::new().months(1)).ok()?;
    let due = next.with().day(DUE_DAY).build().ok()?.at(23, 59, 59, 0);
    Some(Bill {
        id: id(key, household, &utility.service_code, &period),
        household: household.to_owned(),
        service_code,
        description: description(service_code, &period)?,
        period,
        issued: moment(next.at(0, 0, 0, 0))?,
        due: moment(due)?,
        amount: Money::limit((usage * utility.qepik_per_unit).max(1)),
        status: BillStatus::Open,
        paid: None,
    })
}

fn moment(local: jiff::civil::DateTime) -> Option<Timestamp> {
    let moment: JiffTimestamp = BAKU.to_timestamp(local).ok()?;
    Some(Timestamp(moment.as_millisecond()))
}

fn first_of_month(now: Timestamp) -> Option<Date> {
    Some(now.in_baku()?.date().first_of_month())
}

fn period_of(first: Date) -> String {
    format!("{:04}-{:02}", first.year(), first.month())
}

fn hash(household: &str, service_code: &str, what: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in ["bill", household, service_code, what] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().into()
}

fn draw(household: &str, service_code: &str, what: &str) -> u64 {
    hash(household, service_code, what)
        .iter()
        .take(8)
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Computed with the platform's key, so that nobody can derive which bills a household has.
fn id(key: &MacKey, household: &str, service_code: &str, period: &str) -> String {
    let digits = key.code(MAC_DOMAIN, &[household, service_code, period]);
    format!(
        "{ID_PREFIX}{}",
        digits.chars().take(ID_DIGITS).collect::<String>()
    )
}

/// Whether a text has the form of a bill's id.
pub(in crate::payments) fn is_id(text: &str) -> bool {
    text.strip_prefix(ID_PREFIX).is_some_and(|digits| {
        digits.len() == ID_DIGITS
            && digits
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::personas;
    use crate::text::Locale;

    /// 2026-11-21 12:00 in Baku.
    const NOW: Timestamp = Timestamp(1_795_248_000_000);

    fn key() -> MacKey {
        MacKey::new(&"key".into())
    }

    #[test]
    fn id_tells_nothing_without_the_key() {
        let ids = |key: &MacKey| -> Vec<_> {
            let bills = missing(key, "h1", &[], NOW);
            bills.into_iter().map(|bill| bill.id).collect()
        };
        let (ours, others) = (ids(&key()), ids(&MacKey::new(&"other".into())));
        assert!(ours.iter().all(|id| is_id(id) && !others.contains(id)));
        for other in [
            "",
            "R-1",
            "bill_",
            "bill_7",
            ours[0].trim_start_matches('b'),
            &format!("{}0", ours[0]),
        ] {
            assert!(!is_id(other), "{other}");
        }
    }

    #[test]
    fn clock_that_goes_back_makes_no_debts() {
        let first = missing(&key(), "h1", &[], NOW);
        let known: Vec<_> = first
            .iter()
            .map(|bill| (bill.service_code.code.as_str(), bill.period.as_str()))
            .collect();
        let earlier = missing(&key(), "h1", &known, NOW.plus_ms(-70 * DAY_MS));
        assert_eq!(earlier.first().unwrap().period, "2025-09");
        assert_eq!(earlier.len(), 6);
        assert!(earlier.iter().all(|bill| bill.status == BillStatus::Paid));
    }

    #[test]
    fn year_of_three_utilities_the_last_month_open() {
        let bills = missing(&key(), "h1", &[], NOW);
        assert_eq!(bills.len(), 36);
        assert_eq!(bills.first().unwrap().period, "2025-11");
        let last = bills.last().unwrap();
        assert_eq!(last.period, "2026-10");
        assert_eq!(last.description.az, "Elektrik enerjisi, oktyabr 2026");
        assert_eq!(last.description.en.as_deref(), Some("Electricity, October 2026"));
        // 1 November 00:00 and 20 November 23:59:59 in Baku.
        assert_eq!(
            (last.issued.0, last.due.0),
            (1_793_476_800_000, 1_795_204_799_000)
        );
        for bill in &bills {
            assert_eq!(bill.status == BillStatus::Paid, bill.paid.is_some());
            assert!(bill.paid.is_none_or(|paid| bill.issued < paid && paid < bill.due));
            assert!(bill.period != "2026-10" || bill.status == BillStatus::Open);
        }
    }

    #[test]
    fn same_household_sees_the_same_bills_and_another_sees_others() {
        assert_eq!(missing(&key(), "h1", &[], NOW), missing(&key(), "h1", &[], NOW));
        let amounts = |household| -> Vec<_> {
            missing(&key(), household, &[], NOW)
                .into_iter()
                .map(|bill| bill.amount)
                .collect()
        };
        assert_ne!(amounts("h1"), amounts("h2"));
    }

    #[test]
    fn persona_has_bills_unless_its_text_says_otherwise() {
        for persona in personas::all() {
            let says_none = persona.about.get(Locale::En).contains("no utility bills");
            let bills = missing(&key(), &persona.person.household, &[], NOW);
            assert_eq!(bills.is_empty(), says_none, "{}", persona.person.fin);
        }
        for without in &RULES.without_bills {
            assert!(
                personas::all()
                    .iter()
                    .any(|persona| persona.person.household == *without),
                "{without}"
            );
        }
    }

    #[test]
    fn gas_costs_more_in_winter() {
        let bills = missing(&key(), "h1", &[], NOW);
        let gas = |period: &str| {
            bills
                .iter()
                .find(|bill| bill.period == period && bill.service_code.code == "utilities.gas")
                .unwrap()
                .amount
        };
        assert!(gas("2026-01") > gas("2026-07"));
    }

    #[test]
    fn month_that_comes_later_is_open_however_late_it_is_read() {
        let first = missing(&key(), "h1", &[], NOW);
        let known: Vec<_> = first
            .iter()
            .map(|bill| (bill.service_code.code.as_str(), bill.period.as_str()))
            .collect();
        assert_eq!(missing(&key(), "h1", &known, NOW), []);
        let later = missing(&key(), "h1", &known, NOW.plus_days(70));
        assert_eq!(later.len(), 6);
        assert!(later.iter().all(|bill| bill.status == BillStatus::Open));
    }
}
