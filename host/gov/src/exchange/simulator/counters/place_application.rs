//! `education.place-application`: a parent asks for a child's place in a state kindergarten. The agency decides after
//! [`DECIDED_DAYS`] days.
//!
//! | what is sent | answer |
//! |---|---|
//! | `kindergarten` that is not one of the register | refused at once, `kindergarten-unknown` |
//! | a child who is younger than 1 or older than 5 on the day `from` | refused at once, `age-unfit` |
//! | a day `from` that is not after today, or more than a year ahead | refused at once, `day-unfit` |
//! | a parent who has died | refused at once, `applicant-unknown` |
//! | kindergarten `SM-K-01` | refused after 10 days, `no-place` |
//! | a child for whom the parent holds a place there already | that place, at once |
//! | a child for whom the parent holds a place elsewhere | refused, `place-held` |
//! | anything else | a place, after 10 days: the group and the first day |

use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::{Counter, Decision, Desk, Received, Refusal, Sent};
use crate::db::DbError;
use crate::exchange::simulator::people::{self, registries};
use crate::{row, sql};

/// How long the agency takes, in days.
const DECIDED_DAYS: u32 = 10;
/// The kindergarten without a free place.
const FULL: &str = "SM-K-01";
/// The kind of institutions that take children in.
const KINDERGARTEN: &str = "kindergarten";
/// The youngest child, in years.
const YEARS_MIN: i16 = 1;
/// The age at which a child is too old, in years: school begins.
const YEARS_MAX: i16 = 6;
/// The age until which a child goes to the nursery, in years.
const NURSERY_UNTIL: i16 = 3;
/// How far ahead the first day may be, in days.
const AHEAD_DAYS: i32 = 366;

/// An application, as parents write it.
#[derive(serde::Deserialize)]
struct Application {
    kindergarten: String,
    child_name: String,
    #[serde(deserialize_with = "people::date")]
    child_birthdate: Date,
    #[serde(deserialize_with = "people::date")]
    from: Date,
}

pub(super) struct PlaceApplication;

#[async_trait::async_trait]
impl Counter for PlaceApplication {
    fn code(&self) -> &'static str {
        "education.place-application"
    }

    fn prefix(&self) -> &'static str {
        "SM-Y"
    }

    async fn receive(&self, desk: &mut Desk<'_>, sent: &Sent) -> Result<Received, DbError> {
        let Some(application) = sent.json::<Application>() else {
            return Ok(Received::Refused(UNREADABLE));
        };
        if let Some(refusal) = refused(sent, &application, desk.today()) {
            return Ok(Received::Refused(refusal));
        }
        Ok(match held(desk, sent, &application).await? {
            None => Received::Later(desk.now.plus_days(DECIDED_DAYS)),
            Some(place) if place.kindergarten == application.kindergarten => Received::Done(place.answer()),
            Some(_) => Received::Refused(PLACE_HELD),
        })
    }

    async fn decide(&self, desk: &mut Desk<'_>, sent: &Sent) -> Result<Decision, DbError> {
        let Some(application) = sent.json::<Application>() else {
            return Ok(Decision::Refused(UNREADABLE));
        };
        if application.kindergarten == FULL {
            return Ok(Decision::Refused(NO_PLACE));
        }
        let years = years(application.child_birthdate, application.from);
        let place = Place {
            age_group: if years < NURSERY_UNTIL {
                "nursery"
            } else {
                "kindergarten"
            }
            .to_owned(),
            first_day: application.from.to_string(),
            kindergarten: application.kindergarten,
        };
        let given = sql!(
            "exchange/sim_place_insert",
            &desk.reference,
            &sent.fin,
            &application.child_name,
            &place.kindergarten,
            &place.age_group,
            &place.first_day
        )
        .run(desk.tx)
        .await?;
        // Another application for the child was decided first.
        Ok(match given {
            0 => Decision::Refused(PLACE_HELD),
            _ => Decision::Done(place.answer()),
        })
    }
}

/// A place in the register.
struct Place {
    kindergarten: String,
    age_group: String,
    first_day: String,
}

row!(Place, "sim_kindergarten_place", "reference", { kindergarten, age_group, first_day });

impl Place {
    fn answer(&self) -> Value {
        json!({
            "kindergarten": self.kindergarten,
            "group": self.age_group,
            "from": self.first_day,
        })
    }
}

/// The place that the applicant holds for the child.
async fn held(desk: &mut Desk<'_>, sent: &Sent, application: &Application) -> Result<Option<Place>, DbError> {
    sql!("exchange/sim_place", &sent.fin, &application.child_name)
        .optional(desk.tx)
        .await
}

/// Why an application is refused at the counter.
fn refused(sent: &Sent, application: &Application, today: Date) -> Option<Refusal> {
    if people::person(&sent.fin).is_none_or(|person| person.died.is_some()) {
        return Some(Refusal {
            code: "applicant-unknown",
            az: "Ərizəçi əhalinin reyestrində yaşayan şəxs kimi qeyd olunmayıb.",
            en: "The register of the population does not know the applicant as living.",
        });
    }
    let mut institutions = registries().institution.iter();
    if !institutions.any(|one| one.kind == KINDERGARTEN && one.code == application.kindergarten) {
        return Some(Refusal {
            code: "kindergarten-unknown",
            az: "Belə uşaq bağçası yoxdur.",
            en: "The register does not know this kindergarten.",
        });
    }
    let latest = today.checked_add(AHEAD_DAYS.days()).unwrap_or(today);
    if application.from <= today || application.from > latest {
        return Some(Refusal {
            code: "day-unfit",
            az: "İlk gün sabahdan gec, bir ildən tez olmalıdır.",
            en: "The first day has to be after today and within a year.",
        });
    }
    let years = years(application.child_birthdate, application.from);
    (!(YEARS_MIN..YEARS_MAX).contains(&years)).then_some(Refusal {
        code: "age-unfit",
        az: "Bağçaya 1 yaşından 6 yaşınadək uşaqlar qəbul olunur.",
        en: "Kindergartens take children from 1 year to under 6.",
    })
}

const NO_PLACE: Refusal = Refusal {
    code: "no-place",
    az: "Bu bağçada boş yer yoxdur. Başqa bağçaya müraciət edin.",
    en: "This kindergarten has no free place. Apply to another one.",
};
const PLACE_HELD: Refusal = Refusal {
    code: "place-held",
    az: "Bu uşaq üçün başqa bağçada yer var.",
    en: "The child has a place in another kindergarten.",
};
const UNREADABLE: Refusal = Refusal {
    code: "application-unreadable",
    az: "Ərizə anlaşılmadı.",
    en: "The application was not understood.",
};

/// Whole years from a birth to a day.
fn years(born: Date, day: Date) -> i16 {
    let whole = day.year().saturating_sub(born.year());
    match (day.month(), day.day()) < (born.month(), born.day()) {
        true => whole.saturating_sub(1),
        false => whole,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn applications_are_refused_for_what_the_table_says() {
        let today: Date = "2026-11-21".parse().unwrap();
        let code = |fin: &str, kindergarten: &str, born: &str, from: &str| {
            let content = json!({ "kindergarten": kindergarten, "child_name": "Nərgiz", "child_birthdate": born, "from": from });
            let sent = Sent {
                fin: fin.to_owned(),
                parameters: BTreeMap::new(),
                content_type: "application/json".to_owned(),
                content: content.to_string().into_bytes(),
            };
            let application: Application = sent.json().unwrap();
            refused(&sent, &application, today).map(|refusal| refusal.code)
        };
        let good = ("OTEST01", "SM-K-03", "2023-05-04", "2027-01-11");
        let with = |change: fn(&mut (&'static str, &'static str, &'static str, &'static str))| {
            let mut changed = good;
            change(&mut changed);
            code(changed.0, changed.1, changed.2, changed.3)
        };
        assert_eq!(with(|_| ()), None);
        assert_eq!(with(|one| one.1 = FULL), None);
        assert_eq!(with(|one| one.0 = "OTEST06"), Some("applicant-unknown"));
        assert_eq!(with(|one| one.1 = "SM-ATU"), Some("kindergarten-unknown"));
        assert_eq!(with(|one| one.1 = "REFUSE"), Some("kindergarten-unknown"));
        assert_eq!(with(|one| one.2 = "2026-02-01"), Some("age-unfit"));
        assert_eq!(with(|one| one.2 = "2021-01-11"), Some("age-unfit"));
        assert_eq!(with(|one| one.2 = "2021-01-12"), None);
        assert_eq!(with(|one| one.3 = "2026-11-21"), Some("day-unfit"));
        assert_eq!(with(|one| one.3 = "2027-11-23"), Some("day-unfit"));
    }
}
