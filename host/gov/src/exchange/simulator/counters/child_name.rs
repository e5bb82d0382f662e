//! `civil-status.child-name`: a parent names a child whose birth is registered. The office does it at once, and once.
//!
//! | what is sent | answer |
//! |---|---|
//! | a `record` that is not of a child of the citizen | refused, `child-unknown` |
//! | a name of fewer than 2 or more than 50 letters, or with other signs than letters, spaces, hyphens and apostrophes | refused, `name-unfit` |
//! | another name than the child has | refused, `named-already` |
//! | anything else | the record with the name |

use serde_json::{Value, json};

use super::{Counter, Decision, Desk, Received, Refusal, Sent};
use crate::civil_status::{Child, register};
use crate::db::DbError;

/// Letters of a name.
const LETTERS_MIN: usize = 2;
const LETTERS_MAX: usize = 50;

#[derive(serde::Deserialize)]
struct Name {
    given_name: String,
}

pub(super) struct ChildName;

#[async_trait::async_trait]
impl Counter for ChildName {
    fn code(&self) -> &'static str {
        "civil-status.child-name"
    }

    fn prefix(&self) -> &'static str {
        "SM-A"
    }

    async fn receive(&self, desk: &mut Desk<'_>, sent: &Sent) -> Result<Received, DbError> {
        let name = sent.json::<Name>().map(|name| name.given_name.trim().to_owned());
        let Some(name) = name.filter(|name| is_name(name)) else {
            return Ok(Received::Refused(NAME_UNFIT));
        };
        let Some(child) = child_of(desk, sent).await? else {
            return Ok(Received::Refused(CHILD_UNKNOWN));
        };
        let is_new = child.given_name.is_none()
            && register::name_child(desk.tx, &child.record, &name, desk.today()).await?;
        Ok(
            match is_new || child.given_name.as_deref() == Some(name.as_str()) {
                true => Received::Done(answer(&child, &name)),
                false => Received::Refused(NAMED_ALREADY),
            },
        )
    }

    async fn decide(&self, _: &mut Desk<'_>, _: &Sent) -> Result<Decision, DbError> {
        // Nothing is taken in for later.
        Ok(Decision::Refused(CHILD_UNKNOWN))
    }
}

/// The citizen's child of the birth that a submission names.
pub(super) async fn child_of(desk: &mut Desk<'_>, sent: &Sent) -> Result<Option<Child>, DbError> {
    let record = sent.parameters.get("record").map_or("", String::as_str);
    let child = register::child(desk.tx, record).await?;
    Ok(child.filter(|child| child.parents().any(|parent| parent == sent.fin)))
}

fn answer(child: &Child, name: &str) -> Value {
    json!({
        "record": child.record,
        "given_name": name,
        "family_name": child.family_name,
        "born": child.born.to_string(),
    })
}

fn is_name(text: &str) -> bool {
    let letters = text.chars().filter(|sign| sign.is_alphabetic()).count();
    (LETTERS_MIN..=LETTERS_MAX).contains(&letters)
        && text
            .chars()
            .all(|sign| sign.is_alphabetic() || matches!(sign, ' ' | '-' | '\''))
}

pub(super) const CHILD_UNKNOWN: Refusal = Refusal {
    code: "child-unknown",
    az: "VVAQ idarəsində bu nömrə ilə uşağınız yoxdur.",
    en: "The civil registry office has no child of yours with this number.",
};
const NAME_UNFIT: Refusal = Refusal {
    code: "name-unfit",
    az: "Ad ən azı 2, ən çoxu 50 hərfdən ibarət olmalıdır.",
    en: "A name has to have at least 2 and at most 50 letters.",
};
const NAMED_ALREADY: Refusal = Refusal {
    code: "named-already",
    az: "Uşağın adı artıq qeydə alınıb.",
    en: "The child's name is registered already.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_has_letters_and_what_joins_them() {
        for good in ["Əli", "Nərgiz", "Anna-Mariya", "O'Neil", "Аня"] {
            assert!(is_name(good), "{good}");
        }
        let long = "ə".repeat(LETTERS_MAX + 1);
        for bad in ["", "A", "Ad1", "<b>", "--", &long] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
