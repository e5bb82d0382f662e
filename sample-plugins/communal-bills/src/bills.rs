//! A household's bills, sorted out for the page.

use std::collections::BTreeMap;

use aim_sdk::payments::{Bill, BillStatus, Money};

/// Months that the chart shows.
pub const CHART_MONTHS: usize = 12;

/// The bills to pay, the ones that are due first before the others.
pub fn open(bills: &[Bill]) -> Vec<&Bill> {
    let mut open: Vec<&Bill> = bills
        .iter()
        .filter(|bill| bill.status == BillStatus::Open)
        .collect();
    open.sort_by_key(|bill| (bill.due, bill.id.clone()));
    open
}

/// What several bills are together.
pub fn total<'a>(bills: impl IntoIterator<Item = &'a Bill>) -> Money {
    let qepik = bills
        .into_iter()
        .fold(0_u64, |sum, bill| sum.saturating_add(bill.amount.minor_units));
    Money::azn(qepik)
}

/// All bills of each month of use (`2026-10`), the last [`CHART_MONTHS`] months, oldest first.
pub fn by_month(bills: &[Bill]) -> Vec<(&str, Money)> {
    let mut months: BTreeMap<&str, Vec<&Bill>> = BTreeMap::new();
    for bill in bills {
        months.entry(&bill.period).or_default().push(bill);
    }
    let skip = months.len().saturating_sub(CHART_MONTHS);
    months
        .into_iter()
        .skip(skip)
        .map(|(month, bills)| (month, total(bills)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aim_sdk::prelude::Localised;

    fn bill(id: &str, period: &str, qepik: u64, due: u64, status: BillStatus) -> Bill {
        Bill {
            id: id.into(),
            service_code: "utilities.water".into(),
            biller: "Azərsu".into(),
            period: period.into(),
            issued: 0,
            due: Some(due),
            amount: Money::azn(qepik),
            description: Localised::new("Su", "Water"),
            status,
            paid: None,
        }
    }

    #[test]
    fn only_what_is_owed_is_to_pay_and_the_next_due_comes_first() {
        let bills = [
            bill("a", "2026-10", 100, 30, BillStatus::Open),
            bill("b", "2026-10", 200, 20, BillStatus::Paid),
            bill("c", "2026-09", 300, 10, BillStatus::Open),
            bill("d", "2026-10", 400, 5, BillStatus::Pending),
        ];
        let open = open(&bills);
        let ids: Vec<_> = open.iter().map(|bill| bill.id.as_str()).collect();
        assert_eq!(ids, ["c", "a"]);
        assert_eq!(total(open).minor_units, 400);
    }

    #[test]
    fn chart_has_the_last_twelve_months_with_all_their_bills() {
        let mut bills: Vec<Bill> = (1..=12)
            .map(|month| bill("x", &format!("2026-{month:02}"), 100, 0, BillStatus::Paid))
            .collect();
        bills.push(bill("old", "2025-12", 900, 0, BillStatus::Open));
        bills.push(bill("y", "2026-12", 50, 0, BillStatus::Open));
        let months = by_month(&bills);
        assert_eq!(months.len(), 12);
        assert_eq!((months[0].0, months[0].1.minor_units), ("2026-01", 100));
        assert_eq!((months[11].0, months[11].1.minor_units), ("2026-12", 150));
    }
}
