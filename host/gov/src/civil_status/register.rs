//! What the simulated office has: the families of the simulated people (`data/civil_status.toml`), and what was registered
//! since.

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::db::{Conn, DbError};
use crate::identity::{Gender, personas};
use crate::{row, sql};

crate::column!(code: Gender);

/// The marriage of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marriage {
    /// The number of the office.
    pub record: String,
    /// The FIN of the other spouse.
    pub spouse: String,
    pub since: Date,
}

row!(Marriage, "sim_spouse", "fin", row => Self {
    record: row.get("record")?,
    spouse: row.get("spouse")?,
    since: row.parse("since")?,
});

/// A child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The number of the office.
    pub record: String,
    /// FINs of the parents.
    pub mother: String,
    pub father: Option<String>,
    pub born: Date,
    pub gender: Gender,
    pub family_name: String,
    /// `None` until the parents have named the child.
    pub given_name: Option<String>,
}

row!(Child, "sim_birth", "record", row => Self {
    record: row.get("record")?,
    mother: row.get("mother")?,
    father: row.get("father")?,
    born: row.parse("born")?,
    gender: row.parse("gender")?,
    family_name: row.get("family_name")?,
    given_name: row.get("given_name")?,
});

impl Child {
    /// The FINs of those parents that the office knows.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.mother.as_str()).chain(self.father.as_deref())
    }
}

/// A person's marriage and children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    pub marriage: Option<Marriage>,
    /// The oldest first.
    pub children: Vec<Child>,
}

/// The data of the simulated people.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    marriage: Vec<FileMarriage>,
    birth: Vec<FileBirth>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FileMarriage {
    record: String,
    spouses: [String; 2],
    since: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FileBirth {
    record: String,
    child: String,
    mother: String,
    father: String,
}

#[allow(
    clippy::expect_used,
    reason = "the file is part of the program, and a test reads it"
)]
static FAMILIES: LazyLock<(Vec<[Marriage; 2]>, Vec<Child>)> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../data/civil_status.toml"))
        .expect("the families' file has every key");
    let marriages = file.marriage.into_iter().map(|marriage| {
        let FileMarriage {
            record,
            spouses,
            since,
        } = marriage;
        let since = since.parse().expect("a day");
        spouses.map(|spouse| Marriage {
            record: record.clone(),
            spouse,
            since,
        })
    });
    let births = file.birth.into_iter().map(|birth| {
        let child = &personas::by_fin(&birth.child).expect("a simulated person").person;
        Child {
            record: birth.record,
            mother: birth.mother,
            father: Some(birth.father),
            born: child.birthdate,
            gender: child.gender,
            family_name: child.family_name.clone(),
            given_name: Some(child.given_name.clone()),
        }
    });
    (marriages.collect(), births.collect())
});

/// The person's marriage, which the death of one of the two ends.
pub(crate) async fn marriage(conn: &mut Conn, fin: &str) -> Result<Option<Marriage>, DbError> {
    let known = FAMILIES.0.iter().find_map(|[one, other]| {
        let of = |mine: &Marriage, theirs: &Marriage| (mine.spouse == fin).then(|| theirs.clone());
        of(one, other).or_else(|| of(other, one))
    });
    match known {
        Some(known) if both_live(conn, fin, &known).await? => Ok(Some(known)),
        _ => sql!("civil_status/marriage", fin).optional(conn).await,
    }
}

async fn both_live(conn: &mut Conn, fin: &str, marriage: &Marriage) -> Result<bool, DbError> {
    Ok(personas::is_living(conn, fin).await? && personas::is_living(conn, &marriage.spouse).await?)
}

/// Ends the marriage of somebody who has died, which [`marriage`] does of itself for those of the file.
pub(crate) async fn end_marriage(tx: &mut Conn, fin: &str) -> Result<(), DbError> {
    sql!("civil_status/end_marriage", fin).run(tx).await?;
    Ok(())
}

/// The person's children, the oldest first.
pub(crate) async fn children(conn: &mut Conn, fin: &str) -> Result<Vec<Child>, DbError> {
    let known = FAMILIES.1.iter();
    let mut found: Vec<Child> = known
        .filter(|child| child.parents().any(|parent| parent == fin))
        .cloned()
        .collect();
    let born: Vec<Child> = sql!("civil_status/children", fin).all(conn).await?;
    found.extend(born);
    Ok(found)
}

/// The child of this birth.
pub(crate) async fn child(conn: &mut Conn, record: &str) -> Result<Option<Child>, DbError> {
    match FAMILIES.1.iter().find(|child| child.record == record) {
        Some(known) => Ok(Some(known.clone())),
        None => sql!("civil_status/birth", record).optional(conn).await,
    }
}

/// Gives a child a name, from today on; `false` for one that has a name.
pub(crate) async fn name_child(
    tx: &mut Conn,
    record: &str,
    given_name: &str,
    today: Date,
) -> Result<bool, DbError> {
    let named = sql!("civil_status/name_child", record, given_name, today.to_string())
        .run(tx)
        .await?;
    Ok(named == 1)
}

pub(crate) async fn family(conn: &mut Conn, fin: &str) -> Result<Family, DbError> {
    Ok(Family {
        marriage: marriage(conn, fin).await?,
        children: children(conn, fin).await?,
    })
}

pub(super) async fn add_birth(tx: &mut Conn, child: &Child) -> Result<(), DbError> {
    sql!(
        "civil_status/add_birth",
        &child.record,
        &child.mother,
        child.father.as_deref(),
        child.born.to_string(),
        child.gender,
        &child.family_name
    )
    .run(tx)
    .await?;
    Ok(())
}

pub(super) async fn add_marriage(
    tx: &mut Conn,
    record: &str,
    spouses: [&str; 2],
    since: Date,
) -> Result<(), DbError> {
    let [one, other] = spouses;
    for (fin, spouse) in [(one, other), (other, one)] {
        sql!("civil_status/add_spouse", fin, spouse, record, since.to_string())
            .run(tx)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_of_simulated_people_and_agree_with_their_texts() {
        let (marriages, births) = &*FAMILIES;
        let people = marriages.iter().flatten().map(|marriage| &marriage.spouse);
        let parents = births.iter().flat_map(Child::parents).map(str::to_owned);
        for fin in people.cloned().chain(parents) {
            assert!(personas::by_fin(&fin).is_some(), "{fin}");
        }
        // "Aygün's husband in the same household".
        let [[one, other]] = marriages.as_slice() else {
            panic!("{marriages:?}");
        };
        let husband = &personas::by_fin(&other.spouse).unwrap();
        assert!(
            husband
                .about
                .en
                .as_deref()
                .unwrap()
                .starts_with("Aygün's husband")
        );
        let wife = &personas::by_fin(&one.spouse).unwrap().person;
        assert_eq!(wife.household, husband.person.household);
        for child in births {
            let mother = &personas::by_fin(&child.mother).unwrap().person;
            assert_eq!(mother.gender, Gender::Female);
            assert!(mother.birthdate < child.born);
        }
    }
}
