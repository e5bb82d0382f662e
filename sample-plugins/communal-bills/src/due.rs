//! Until when a bill may really be paid: a due date that is not a working day moves to the next one.

use std::collections::BTreeMap;

use aim_sdk::date::Date;
use aim_sdk::open_data::{Query, Value};
use aim_sdk::prelude::*;

/// The distribution with the holidays; its columns are `date`, `name_az` and `name_en`.
const HOLIDAYS: &str = "az-public-holidays";
/// The longest row of days off that is looked through, in days; the longest real one is about ten.
const MOVE_DAYS_MAX: i64 = 31;

/// Public holidays by their day.
#[derive(Clone, Debug, Default)]
pub struct Holidays(BTreeMap<Date, Localised>);

impl Holidays {
    /// The holidays that can move a due date between these two.
    ///
    /// # Errors
    /// Those of the open-data interface.
    pub fn between(first: Date, last: Date) -> Result<Self, Error> {
        let rows = Query::new(HOLIDAYS)
            .fields(&["date", "name_az", "name_en"])
            .at_least("date", first.iso().as_str())
            .at_most("date", last.plus_days(MOVE_DAYS_MAX).iso().as_str())
            .sorted_by("date")
            .run()?;
        Ok(Self::from_rows(&rows.records))
    }

    /// Rows of date and names; a row that is not one is left out.
    fn from_rows(rows: &[Vec<Value>]) -> Self {
        let mut days = BTreeMap::new();
        for row in rows {
            let [Value::Text(date), Value::Text(az), Value::Text(en)] = row.as_slice() else {
                continue;
            };
            if let Some(date) = Date::parse(date) {
                days.insert(date, Localised::new(az, en));
            }
        }
        Self(days)
    }

    /// The working day on or after `due`.
    pub fn working_day(&self, due: Date) -> Date {
        (0..MOVE_DAYS_MAX)
            .map(|days| due.plus_days(days))
            .find(|day| !day.is_weekend() && !self.0.contains_key(day))
            .unwrap_or(due)
    }

    /// The holidays on the days from `due` to the working day that counts instead.
    pub fn moving(&self, due: Date) -> impl Iterator<Item = (Date, &Localised)> {
        self.0
            .range(due..self.working_day(due))
            .map(|(day, name)| (*day, name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(date: &str, name: &str) -> Vec<Value> {
        vec![date.into(), name.into(), name.into()]
    }

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    /// New Year of 2027 as the data has it: Friday 1, Saturday 2 and the days off after them.
    fn new_year() -> Holidays {
        Holidays::from_rows(&[
            row("2027-01-01", "Yeni il"),
            row("2027-01-02", "Yeni il"),
            row("2027-01-04", "Əvəz"),
            row("not a date", "?"),
            vec![Value::Null, "x".into(), "y".into()],
        ])
    }

    #[test]
    fn working_day_stays() {
        assert_eq!(new_year().working_day(day("2026-12-31")), day("2026-12-31"));
        assert_eq!(new_year().moving(day("2026-12-31")).count(), 0);
    }

    #[test]
    fn holidays_and_weekends_move_the_day_together() {
        let holidays = new_year();
        assert_eq!(holidays.working_day(day("2027-01-01")), day("2027-01-05"));
        let moving: Vec<_> = holidays
            .moving(day("2027-01-01"))
            .map(|(day, _)| day.iso())
            .collect();
        assert_eq!(moving, ["2027-01-01", "2027-01-02", "2027-01-04"]);
    }

    #[test]
    fn weekend_alone_moves_the_day_without_a_holiday() {
        let holidays = Holidays::default();
        assert_eq!(holidays.working_day(day("2026-11-21")), day("2026-11-23"));
        assert_eq!(holidays.moving(day("2026-11-21")).count(), 0);
    }

    #[test]
    fn year_of_holidays_does_not_run_on() {
        let rows: Vec<_> = (0..60)
            .map(|days| row(&day("2027-01-01").plus_days(days).iso(), "x"))
            .collect();
        let endless = Holidays::from_rows(&rows);
        assert_eq!(endless.working_day(day("2027-01-01")), day("2027-01-01"));
    }
}
