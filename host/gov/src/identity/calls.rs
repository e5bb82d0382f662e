//! The operations of the WIT `principal`.

use futures::FutureExt as _;

use super::age::Watch;
use super::types::{Claims, Predicate, SessionInfo};
use super::{Identity, Person};
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::consent;
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::{Attribute, Capability};
use crate::invocation::{Acr, CitizenId, Invocation};
use crate::platform::require_session;
use crate::sql;

/// The register of the population in what a plug-in and the log read of it.
pub(crate) const REGISTER: &str = "register";
/// Claim names that one call may ask for.
pub const CLAIM_NAMES_MAX: usize = 16;
/// Different questions that one consent answers; the same one again is free. With any number of them,
/// answers of yes and no would tell the very age and the very town.
pub const QUESTIONS_MAX: i64 = 4;
/// Characters of a place in a question.
pub const PLACE_CHARS_MAX: usize = 64;
/// The age that a question may ask about, in years.
pub const AGE_YEARS_MAX: u8 = 130;

impl Identity {
    /// The citizen of this request (WIT `current`).
    ///
    /// # Errors
    /// `login-required` and those of [`crate::platform::Platform::act`].
    pub async fn current(&self, inv: &Invocation) -> Result<SessionInfo, GovError> {
        let entry = Entry::of(inv, Capability::Identity, "current");
        let (identity, inv_in) = (self.clone(), inv.clone());
        self.platform
            .act(inv, entry, move |_, _, _| {
                async move {
                    require_session(&inv_in)?;
                    identity.session(&inv_in)
                }
                .boxed()
            })
            .await
    }

    /// The log-in as the service sees it (WIT `principal.session`). It tells nothing beyond what
    /// [`Identity::current`] told and recorded.
    ///
    /// # Errors
    /// `login-required`.
    pub fn session(&self, inv: &Invocation) -> Result<SessionInfo, GovError> {
        let session = require_session(inv)?;
        let now = self.platform.clock.now();
        Ok(SessionInfo {
            sub: self.sub(&inv.service.id, &session.citizen),
            acr: session.acr,
            amr: session.amr.clone(),
            age: Watch::of(&self.pairwise, &inv.service.id, session).age(now),
            locale: session.locale,
        })
    }

    /// The claims of these names, for an approved purpose that the citizen agreed to (WIT `claims`).
    ///
    /// # Errors
    /// `invalid-request` (`claim-unknown`, `claims-too-many`), those of [`consent::require`] and of
    /// [`crate::platform::Platform::act`].
    pub async fn claims(
        &self,
        inv: &Invocation,
        names: &[String],
        purpose: &str,
    ) -> Result<Claims, GovError> {
        let wanted = attributes_of(names);
        let entry = Entry {
            attributes: wanted.clone().unwrap_or_default(),
            ..Entry::under(inv, Capability::Identity, "claims", purpose)
        };
        let person = self.read(inv, entry, wanted.clone(), None).await?;
        let sub = self.session(inv)?.sub;
        Ok(disclose(sub, &person, &wanted?))
    }

    /// Answers a yes-or-no question for an approved purpose that the citizen agreed to (WIT `check`). The
    /// question goes into the record. One consent answers [`QUESTIONS_MAX`] different ones.
    ///
    /// # Errors
    /// `invalid-request` (`age-out-of-range`, `region-empty`, `region-malformed`), `access-denied`
    /// (`questions-too-many`), those of [`consent::require`] and of
    /// [`crate::platform::Platform::act`].
    pub async fn check(
        &self,
        inv: &Invocation,
        question: Predicate,
        purpose: &str,
    ) -> Result<bool, GovError> {
        let attribute = match &question {
            Predicate::AgeOver(_) => Attribute::AgeOver,
            Predicate::ResidentOf(_) => Attribute::ResidentOf,
            Predicate::Citizen => Attribute::Citizen,
        };
        let entry = Entry {
            attributes: vec![attribute],
            ..Entry::under(inv, Capability::Identity, "check", purpose)
        };
        let person = self
            .read(inv, entry, Ok(vec![attribute]), Some(question.clone()))
            .await?;
        Ok(answer(&question, &person, self.platform.clock.now()))
    }

    /// A log-in at least this strong and, if asked, at most this old in seconds, rounded as [`super::age`]
    /// says (WIT `require-acr`).
    ///
    /// # Errors
    /// `login-required`, `step-up-required`, and those of [`crate::platform::Platform::act`].
    pub async fn require_acr(
        &self,
        inv: &Invocation,
        level: Acr,
        max_age_s: Option<u32>,
    ) -> Result<SessionInfo, GovError> {
        let entry = Entry {
            object: Some(level.code().to_owned()),
            ..Entry::of(inv, Capability::Identity, "require-acr")
        };
        let (identity, inv_in) = (self.clone(), inv.clone());
        self.platform
            .act(inv, entry, move |_, _, now| {
                async move {
                    let session = require_session(&inv_in)?;
                    let fresh = max_age_s.is_none_or(|max_age_s| {
                        let watch = Watch::of(&identity.pairwise, &inv_in.service.id, session);
                        watch.is_within(max_age_s, now)
                    });
                    if session.acr < level {
                        return Err(GovError::StepUpRequired(inv_in.login_url(level)));
                    }
                    if !fresh {
                        let address = format!("{}&since={}", inv_in.login_url(level), now.0);
                        return Err(GovError::StepUpRequired(address));
                    }
                    identity.session(&inv_in)
                }
                .boxed()
            })
            .await
    }

    /// The personal identification number, 7 characters (WIT `fin`).
    ///
    /// # Errors
    /// Those of [`consent::require`] and of [`crate::platform::Platform::act`].
    pub async fn fin(&self, inv: &Invocation, purpose: &str) -> Result<String, GovError> {
        let entry = Entry {
            attributes: vec![Attribute::Fin],
            ..Entry::under(inv, Capability::Identity, "fin", purpose)
        };
        let person = self.read(inv, entry, Ok(vec![Attribute::Fin]), None).await?;
        Ok(person.fin)
    }

    /// The register's record of the citizen, for what the service may learn of it. That is judged before the
    /// register is asked, which learns of no citizen who did not agree, and again with the answer.
    async fn read(
        &self,
        inv: &Invocation,
        entry: Entry,
        attributes: Result<Vec<Attribute>, GovError>,
        predicate: Option<Predicate>,
    ) -> Result<Person, GovError> {
        let wanted = Wanted {
            inv: inv.clone(),
            purpose: entry.purpose.clone().unwrap_or_default(),
            attributes,
            predicate,
        };
        let asking = wanted.clone();
        let reads_fin = matches!(&wanted.attributes, Ok(attributes) if attributes.contains(&Attribute::Fin));
        let this = self.clone();
        let citizen = self
            .platform
            .may_read(inv, entry.clone(), move |reader, entry, now| {
                async move { asking.check(reader, entry, now).await }.boxed()
            })
            .await?;
        let person = self.person_for(&citizen, &entry).await?;
        self.platform
            .act(inv, entry, move |tx, entry, now| {
                async move {
                    wanted.require(tx, entry, now).await?;
                    if reads_fin {
                        let (inv, purpose) = (&wanted.inv, &wanted.purpose);
                        this.tell_fin_read(tx, inv, &citizen, purpose, now).await?;
                    }
                    person.ok_or(GovError::NotFound)
                }
                .boxed()
            })
            .await
    }
}

/// What a service wants to learn of its citizen, and what for.
#[derive(Clone)]
struct Wanted {
    inv: Invocation,
    purpose: String,
    attributes: Result<Vec<Attribute>, GovError>,
    predicate: Option<Predicate>,
}

impl Wanted {
    /// The citizen, where the service may learn it now.
    async fn require(&self, tx: &mut Conn, entry: &mut Entry, now: Timestamp) -> Result<CitizenId, GovError> {
        let attributes = self.attributes.clone()?;
        let consent = consent::require(tx, &self.inv, &self.purpose, &attributes, now).await?;
        if self.predicate.is_some() {
            // Questions asked at once are counted one after the other.
            sql!("identity/question_lock", &consent).run(tx).await?;
        }
        self.under(tx, entry, consent).await
    }

    /// The same, as it stands before the register is asked.
    async fn check(
        &self,
        reader: &mut Conn,
        entry: &mut Entry,
        now: Timestamp,
    ) -> Result<CitizenId, GovError> {
        let attributes = self.attributes.clone()?;
        let consent = consent::would_allow(reader, &self.inv, &self.purpose, &attributes, now).await?;
        self.under(reader, entry, consent).await
    }

    async fn under(
        &self,
        conn: &mut Conn,
        entry: &mut Entry,
        consent: String,
    ) -> Result<CitizenId, GovError> {
        entry.consent_id = Some(consent.clone());
        if let Some(predicate) = &self.predicate {
            check_question(predicate)?;
            let question = words(predicate);
            entry.object = Some(question.clone());
            spend_question(conn, &consent, &question).await?;
        }
        Ok(require_session(&self.inv)?.citizen.clone())
    }
}

/// The attributes of these claim names. A right of its own (`fin`) or of another interface (bills,
/// predicates) is not a claim.
fn attributes_of(names: &[String]) -> Result<Vec<Attribute>, GovError> {
    if names.len() > CLAIM_NAMES_MAX {
        return Err(GovError::invalid(
            "claims-too-many",
            format!("one call asks for {CLAIM_NAMES_MAX} claims at most"),
        ));
    }
    names
        .iter()
        .map(|name| {
            name.parse::<Attribute>()
                .ok()
                .filter(|attribute| is_claim(*attribute))
                .ok_or_else(|| {
                    GovError::invalid(
                        "claim-unknown",
                        "a name is not a claim of this interface; see the documentation of `claims`",
                    )
                })
        })
        .collect()
}

pub(super) fn is_claim(attribute: Attribute) -> bool {
    match attribute {
        Attribute::Name
        | Attribute::GivenName
        | Attribute::MiddleName
        | Attribute::FamilyName
        | Attribute::Birthdate
        | Attribute::Gender
        | Attribute::Nationalities
        | Attribute::Address
        | Attribute::Locale
        | Attribute::PhoneNumberVerified
        | Attribute::EmailVerified => true,
        Attribute::Fin
        | Attribute::UtilityBills
        | Attribute::AgeOver
        | Attribute::ResidentOf
        | Attribute::Citizen
        | Attribute::Residence
        | Attribute::OwnsHome
        | Attribute::Properties
        | Attribute::OwnsVehicle
        | Attribute::Vehicles
        | Attribute::IncomeBelow
        | Attribute::Income
        | Attribute::HasDiploma
        | Attribute::Diplomas
        | Attribute::PlaceApplication
        | Attribute::Children
        | Attribute::Marriage
        | Attribute::ChildName
        | Attribute::ChildBenefit
        | Attribute::MarriageApplication
        | Attribute::Death => false,
    }
}

fn disclose(sub: String, person: &Person, wanted: &[Attribute]) -> Claims {
    let mut claims = Claims {
        sub,
        ..Claims::default()
    };
    for attribute in wanted {
        match attribute {
            Attribute::Name => claims.name = Some(person.name()),
            Attribute::GivenName => claims.given_name = Some(person.given_name.clone()),
            Attribute::MiddleName => claims.middle_name.clone_from(&person.middle_name),
            Attribute::FamilyName => claims.family_name = Some(person.family_name.clone()),
            Attribute::Birthdate => claims.birthdate = Some(person.birthdate.to_string()),
            Attribute::Gender => claims.gender = Some(person.gender.code().to_owned()),
            Attribute::Nationalities => claims.nationalities.clone_from(&person.nationalities),
            Attribute::Address => claims.address = Some(person.address.clone()),
            Attribute::Locale => claims.locale = Some(person.locale),
            Attribute::PhoneNumberVerified => {
                claims.phone_number_verified = Some(person.phone_number_verified);
            }
            Attribute::EmailVerified => claims.email_verified = Some(person.email_verified),
            // `is_claim` let no other through.
            _ => {}
        }
    }
    claims
}

/// The question as a record holds it: the attribute, and what is asked about it.
fn words(question: &Predicate) -> String {
    match question {
        Predicate::AgeOver(years) => format!("{} {years}", Attribute::AgeOver.code()),
        Predicate::ResidentOf(place) => format!("{} {place}", Attribute::ResidentOf.code()),
        Predicate::Citizen => Attribute::Citizen.code().to_owned(),
    }
}

/// Refuses a question once the consent answered [`QUESTIONS_MAX`] others.
async fn spend_question(conn: &mut Conn, consent: &str, question: &str) -> Result<(), GovError> {
    let others = sql!("identity/question_others", consent, question);
    let (others,): (i64,) = others.one(conn).await?;
    if others >= QUESTIONS_MAX {
        return Err(GovError::denied(
            "questions-too-many",
            format!("one consent answers {QUESTIONS_MAX} different questions, and these were asked"),
        ));
    }
    Ok(())
}

/// Whether a question can be asked at all.
fn check_question(question: &Predicate) -> Result<(), GovError> {
    match question {
        Predicate::AgeOver(years) if *years > AGE_YEARS_MAX => Err(GovError::invalid(
            "age-out-of-range",
            format!("ask about {AGE_YEARS_MAX} years at most"),
        )),
        Predicate::ResidentOf(place) if place.trim().is_empty() => Err(GovError::invalid(
            "region-empty",
            "name a region, or a country by its two letters",
        )),
        Predicate::ResidentOf(place)
            if place.chars().count() > PLACE_CHARS_MAX || place.chars().any(char::is_control) =>
        {
            Err(GovError::invalid(
                "region-malformed",
                format!("name a place in {PLACE_CHARS_MAX} characters at most, without control characters"),
            ))
        }
        Predicate::AgeOver(_) | Predicate::ResidentOf(_) | Predicate::Citizen => Ok(()),
    }
}

fn answer(question: &Predicate, person: &Person, now: Timestamp) -> bool {
    match question {
        Predicate::AgeOver(years) => person.age_years(now) >= i16::from(*years),
        Predicate::ResidentOf(place) => {
            let address = &person.address;
            let named = [&address.region, &address.locality]
                .into_iter()
                .any(|name| name.as_deref() == Some(place));
            named || address.country == *place
        }
        Predicate::Citizen => person.nationalities.iter().any(|code| code == "AZE"),
    }
}
