//! `social.child-benefit`: a parent's benefit for a child, which the fund assigns after [`DECIDED_DAYS`] days. The amount is
//! invented.
//!
//! | what is sent | answer |
//! |---|---|
//! | a `record` that is not of a child of the citizen | refused at once, `child-unknown` |
//! | a child without a name | refused at once, `child-unnamed` |
//! | a child for whom a benefit is assigned | refused, at once or later, `assigned-already` |
//! | anything else | the benefit, after 5 days: the amount of a month and the first day |

use jiff::civil::Date;
use serde_json::json;

use super::child_name::{CHILD_UNKNOWN, child_of};
use super::{Counter, Decision, Desk, Received, Refusal, Sent};
use crate::db::DbError;
use crate::sql;

/// How long the fund takes, in days.
const DECIDED_DAYS: u32 = 5;
/// The benefit of a month, in qəpik.
const QEPIK_A_MONTH: i64 = 12_000;

pub(super) struct ChildBenefit;

#[async_trait::async_trait]
impl Counter for ChildBenefit {
    fn code(&self) -> &'static str {
        "social.child-benefit"
    }

    fn prefix(&self) -> &'static str {
        "SM-B"
    }

    async fn receive(&self, desk: &mut Desk<'_>, sent: &Sent) -> Result<Received, DbError> {
        let Some(child) = child_of(desk, sent).await? else {
            return Ok(Received::Refused(CHILD_UNKNOWN));
        };
        if child.given_name.is_none() {
            return Ok(Received::Refused(CHILD_UNNAMED));
        }
        let assigned: Option<(String, i64, String)> = sql!("civil_status/benefit", &child.record)
            .optional(desk.tx)
            .await?;
        Ok(match assigned {
            Some(_) => Received::Refused(ASSIGNED_ALREADY),
            None => Received::Later(desk.now.plus_days(DECIDED_DAYS)),
        })
    }

    async fn decide(&self, desk: &mut Desk<'_>, sent: &Sent) -> Result<Decision, DbError> {
        let Some(child) = child_of(desk, sent).await? else {
            return Ok(Decision::Refused(CHILD_UNKNOWN));
        };
        let from = first_of_next_month(desk.today()).to_string();
        let assigned = sql!(
            "civil_status/add_benefit",
            &child.record,
            &sent.fin,
            QEPIK_A_MONTH,
            &from
        )
        .run(desk.tx)
        .await?;
        Ok(match assigned {
            // Another application was decided first.
            0 => Decision::Refused(ASSIGNED_ALREADY),
            _ => Decision::Done(json!({ "qepik_a_month": QEPIK_A_MONTH, "from": from })),
        })
    }
}

fn first_of_next_month(day: Date) -> Date {
    let first = day.first_of_month();
    first.checked_add(jiff::Span::new().months(1)).unwrap_or(first)
}

const CHILD_UNNAMED: Refusal = Refusal {
    code: "child-unnamed",
    az: "Əvvəlcə uşağın adını qeydə aldırın.",
    en: "Have the child's name registered first.",
};
const ASSIGNED_ALREADY: Refusal = Refusal {
    code: "assigned-already",
    az: "Bu uşaq üçün müavinət artıq təyin olunub.",
    en: "A benefit is assigned for this child already.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn benefit_begins_on_the_first_of_the_next_month() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(first_of_next_month(day("2026-11-21")), day("2026-12-01"));
        assert_eq!(first_of_next_month(day("2026-12-31")), day("2027-01-01"));
    }
}
