//! Days of the calendar in Azerbaijan (UTC+4 all year), for due dates and months.

use std::fmt;

use crate::html::Render;
use crate::text::Locale;

const DAY_MS: i64 = 86_400_000;
/// Azerbaijan keeps UTC+4 all year since 2016.
const OFFSET_MS: i64 = 4 * 3_600_000;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Days since 1970-01-01.
    days: i64,
}

impl Date {
    /// The day in Azerbaijan at this moment (milliseconds since the Unix epoch).
    pub fn of_timestamp(ms: u64) -> Self {
        let ms = i64::try_from(ms).unwrap_or(i64::MAX - OFFSET_MS);
        Self {
            days: (ms + OFFSET_MS).div_euclid(DAY_MS),
        }
    }

    /// The day, or `None` if the calendar does not have it. The month is 1 to 12.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        // Days from a civil date: years of 400 that begin in March, so that the leap day comes last.
        let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
        let shifted = if month > 2 { year } else { year - 1 };
        let (era, of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
        let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        let date = Self {
            days: era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468,
        };
        let found = date.parts();
        (found == (year, month, day)).then_some(date)
    }

    /// Parses a day in ISO 8601: `2026-03-20`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits =
            |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        (digits(year, 4) && digits(month, 2) && digits(day, 2))
            .then(|| Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?))?
    }

    fn parts(self) -> (i64, i64, i64) {
        let days = self.days + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, month, day)
    }

    /// The year.
    pub fn year(self) -> i32 {
        i32::try_from(self.parts().0).unwrap_or(i32::MAX)
    }

    /// 1 to 12.
    pub fn month(self) -> u8 {
        u8::try_from(self.parts().1).unwrap_or(1)
    }

    /// 1 to 31.
    pub fn day(self) -> u8 {
        u8::try_from(self.parts().2).unwrap_or(1)
    }

    /// The day `days` later; earlier if negative.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Self {
        Self {
            days: self.days.saturating_add(days),
        }
    }

    /// Saturday or Sunday.
    pub fn is_weekend(self) -> bool {
        // 1970-01-01 was a Thursday.
        (self.days + 3).rem_euclid(7) >= 5
    }

    /// The day in ISO 8601, which sorts by time.
    pub fn iso(self) -> String {
        let (year, month, day) = self.parts();
        format!("{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Date {
    /// `20.03.2026`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.parts();
        write!(f, "{day:02}.{month:02}.{year:04}")
    }
}

impl Render for Date {
    fn render(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, to)
    }
}

/// The name of a month, 1 to 12; empty for another number.
pub fn month_name(month: u8, locale: Locale) -> &'static str {
    const AZ: [&str; 12] = [
        "yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avqust", "sentyabr", "oktyabr",
        "noyabr", "dekabr",
    ];
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const RU: [&str; 12] = [
        "январь",
        "февраль",
        "март",
        "апрель",
        "май",
        "июнь",
        "июль",
        "август",
        "сентябрь",
        "октябрь",
        "ноябрь",
        "декабрь",
    ];
    usize::from(month)
        .checked_sub(1)
        .and_then(|place| locale.pick(AZ, EN, RU).get(place).copied())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_counted_and_written() {
        let leap = Date::parse("2028-02-29").unwrap();
        assert_eq!(leap.plus_days(1).iso(), "2028-03-01");
        assert_eq!(leap.to_string(), "29.02.2028");
        assert_eq!((leap.year(), leap.month(), leap.day()), (2028, 2, 29));
        assert_eq!(Date::new(1970, 1, 1).unwrap().plus_days(-1).iso(), "1969-12-31");
        for wrong in [
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "x",
            "2026-01-0x",
            "2026-+3-+5",
        ] {
            assert_eq!(Date::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn day_begins_at_midnight_in_baku() {
        // 2026-11-21T19:59:59.999Z and a millisecond later.
        assert_eq!(Date::of_timestamp(1_795_291_199_999).iso(), "2026-11-21");
        assert_eq!(Date::of_timestamp(1_795_291_200_000).iso(), "2026-11-22");
    }

    #[test]
    fn weekends_are_saturday_and_sunday() {
        let saturday = Date::parse("2026-11-21").unwrap();
        let week: Vec<bool> = (0..7).map(|days| saturday.plus_days(days).is_weekend()).collect();
        assert_eq!(week, [true, true, false, false, false, false, false]);
    }

    #[test]
    fn months_have_names_in_each_language() {
        assert_eq!(month_name(1, Locale::Az), "yanvar");
        assert_eq!(month_name(12, Locale::En), "December");
        assert_eq!(month_name(13, Locale::Ru), "");
    }
}
