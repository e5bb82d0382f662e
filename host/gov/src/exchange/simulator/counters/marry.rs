//! `civil-status.marry`: two people who signed the office's form want to marry. The medical result comes after
//! [`EXAMINED_DAYS`] days, and the marriage is registered after [`REGISTERED_DAYS`]: the days of the state's portal (mygov.az).
//!
//! | what is sent | answer |
//! |---|---|
//! | a file that is not signed, with good signatures, by exactly two people, the citizen among them | refused at once, `signatures-unfit` |
//! | signatures over another file than the form (`data/marriage-application.txt`) | refused at once, `form-unknown` |
//! | somebody who has died, or is a child | refused at once, `not-of-age` |
//! | somebody who is married | refused, at once or on the day of the registration, `not-free` |
//! | anything else | `stage` is `examination`, after 14 days `examined`, and `day` is that of the registration; then the record, the day and the names of both |

use serde_json::{Map, Value, json};

use super::{Counter, Decision, Desk, Received, Refusal, Sent};
use crate::civil_status::{CivilStatusError, register};
use crate::clock::Timestamp;
use crate::db::DbError;
use crate::exchange::simulator::people;
use crate::identity::{ADULT_YEARS, local_date, personas};
use crate::signature::{self, sha256};

/// When the medical result comes, in days.
const EXAMINED_DAYS: u32 = 14;
/// When the marriage is registered, in days.
const REGISTERED_DAYS: u32 = 30;
/// What both sign.
const FORM: &[u8] = include_bytes!("../../../../data/marriage-application.txt");

pub(super) struct Marry;

#[async_trait::async_trait]
impl Counter for Marry {
    fn code(&self) -> &'static str {
        "civil-status.marry"
    }

    fn prefix(&self) -> &'static str {
        "SM-N"
    }

    async fn receive(&self, desk: &mut Desk<'_>, sent: &Sent) -> Result<Received, DbError> {
        let spouses = match spouses(&desk.state.root, sent) {
            Ok(spouses) => spouses,
            Err(refusal) => return Ok(Received::Refused(refusal)),
        };
        for fin in &spouses {
            let adult = people::person(fin).filter(|person| person.age_years(desk.now) >= ADULT_YEARS);
            if adult.is_none() || !personas::is_living(desk.tx, fin).await? {
                return Ok(Received::Refused(NOT_OF_AGE));
            }
            if register::marriage(desk.tx, fin).await?.is_some() {
                return Ok(Received::Refused(NOT_FREE));
            }
        }
        Ok(Received::Later(desk.now.plus_days(REGISTERED_DAYS)))
    }

    fn interim(&self, decides: Timestamp, now: Timestamp) -> Map<String, Value> {
        let examined = decides.plus_days(EXAMINED_DAYS) <= now.plus_days(REGISTERED_DAYS);
        let stage = if examined { "examined" } else { "examination" };
        let day = local_date(decides).to_string();
        Map::from_iter([("stage".to_owned(), json!(stage)), ("day".to_owned(), json!(day))])
    }

    async fn decide(&self, desk: &mut Desk<'_>, sent: &Sent) -> Result<Decision, DbError> {
        let spouses = match spouses(&desk.state.root, sent) {
            Ok(spouses) => spouses,
            Err(refusal) => return Ok(Decision::Refused(refusal)),
        };
        let [one, other] = spouses.each_ref().map(String::as_str);
        match desk.state.office.marry_in(desk.tx, [one, other], desk.now).await {
            Ok(record) => Ok(Decision::Done(json!({
                "record": record,
                "since": desk.today().to_string(),
                "spouses": [name(one), name(other)],
            }))),
            Err(CivilStatusError::Db(error)) => Err(error),
            Err(_) => Ok(Decision::Refused(NOT_FREE)),
        }
    }
}

/// The two who signed the form.
fn spouses(root: &[u8], sent: &Sent) -> Result<[String; 2], Refusal> {
    let signers = signature::signed_by(&sent.content, root).unwrap_or_default();
    let form = sha256(FORM);
    if signers.iter().any(|signer| signer.hashes != [form]) {
        return Err(FORM_UNKNOWN);
    }
    let fins: Vec<String> = signers.into_iter().map(|signer| signer.fin).collect();
    match <[String; 2]>::try_from(fins) {
        Ok(spouses) if spouses[0] != spouses[1] && spouses.contains(&sent.fin) => Ok(spouses),
        _ => Err(SIGNATURES_UNFIT),
    }
}

fn name(fin: &str) -> String {
    people::person(fin)
        .map(|person| person.name())
        .unwrap_or_default()
}

const SIGNATURES_UNFIT: Refusal = Refusal {
    code: "signatures-unfit",
    az: "Ərizəni nikaha girən iki şəxs imzalamalıdır.",
    en: "The two who marry have to sign the application.",
};
const FORM_UNKNOWN: Refusal = Refusal {
    code: "form-unknown",
    az: "İmzalanan fayl idarənin ərizə forması deyil.",
    en: "The file that was signed is not the office's form.",
};
const NOT_OF_AGE: Refusal = Refusal {
    code: "not-of-age",
    az: "Nikaha 18 yaşına çatmış iki yaşayan şəxs girə bilər.",
    en: "Two living people of at least 18 years can marry.",
};
const NOT_FREE: Refusal = Refusal {
    code: "not-free",
    az: "İkisindən biri artıq nikahdadır.",
    en: "One of the two is married already.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medical_result_comes_on_day_14() {
        let begun = Timestamp(1_795_248_000_000);
        let decides = begun.plus_days(REGISTERED_DAYS);
        let stage = |now: Timestamp| Marry.interim(decides, now)["stage"].clone();
        assert_eq!(stage(begun), "examination");
        assert_eq!(stage(begun.plus_days(EXAMINED_DAYS).plus_ms(-1)), "examination");
        assert_eq!(stage(begun.plus_days(EXAMINED_DAYS)), "examined");
        assert_eq!(Marry.interim(decides, begun)["day"], "2026-12-21");
    }
}
