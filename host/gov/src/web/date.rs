//! Dates in the format of Azerbaijan.

use crate::clock::Timestamp;

/// `21.11.2026`; empty for a time out of range.
pub fn date(at: Timestamp) -> String {
    at.in_baku().map_or_else(String::new, |moment| {
        format!("{:02}.{:02}.{}", moment.day(), moment.month(), moment.year())
    })
}

/// `21.11.2026 19:50`; empty for a time out of range.
pub fn date_time(at: Timestamp) -> String {
    at.in_baku().map_or_else(String::new, |moment| {
        format!("{} {:02}:{:02}", date(at), moment.hour(), moment.minute())
    })
}

/// RFC 3339, for machines.
pub fn rfc3339(at: Timestamp) -> String {
    at.to_jiff().map_or_else(String::new, |moment| moment.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_country() {
        let new_year_in_baki = Timestamp(1_798_747_200_000);
        assert_eq!(date(new_year_in_baki), "01.01.2027");
        assert_eq!(date_time(new_year_in_baki), "01.01.2027 00:00");
        assert_eq!(rfc3339(new_year_in_baki), "2026-12-31T20:00:00Z");
        assert_eq!(date(Timestamp(i64::MAX)), "");
    }
}
