//! One purpose as the consent screen and other pages show it: who learns what, why and until when.

use std::collections::BTreeMap;

use askama::Template;

use super::super::agreement::{Terms, agreement_digest};
use super::super::widening::Widening;
use super::super::words::ConsentText;
use super::super::{Record, State as ConsentState};
use crate::clock::Timestamp;
use crate::grant::{Attribute, DataCategory, Purpose};
use crate::invocation::Service;
use crate::text::Locale;
use crate::web::date;

/// One purpose on the screen.
pub(super) struct Question {
    pub(super) purpose: Purpose,
    /// What the citizen's answer will be bound to.
    pub(super) agreement: String,
    /// What it cannot do without.
    pub(super) by_category: Vec<(DataCategory, Vec<Attribute>)>,
    pub(super) terms: Terms,
    pub(super) until: String,
    /// The citizen's latest decision, where there is one.
    pub(super) latest: Option<Record>,
    pub(super) news: Vec<Widening>,
}

impl Question {
    /// Whether resuming the earlier agreement is the only decision left.
    pub(super) fn resumes(&self) -> bool {
        let paused = |record: &Record| record.state == ConsentState::Paused;
        self.latest.as_ref().is_some_and(paused) && self.news.is_empty()
    }

    /// What the citizen decided before; nothing of an agreement that covers all and that they only look at again.
    pub(super) fn before(&self, text: &ConsentText) -> Option<String> {
        let record = self.latest.as_ref()?;
        let holds = record.state == ConsentState::Active && self.news.is_empty();
        (!holds).then(|| text.before(record))
    }

    /// A purpose about which the citizen has decided nothing yet.
    pub(super) fn of(service: &Service, purpose: &Purpose, now: Timestamp) -> Self {
        Self {
            agreement: agreement_digest(service, purpose),
            by_category: by_category(purpose),
            terms: Terms::of(service, purpose),
            until: until(service, purpose, now),
            latest: None,
            news: Vec::new(),
            purpose: purpose.clone(),
        }
    }

    /// Whether the citizen has agreed to this attribute, which is optional.
    pub(super) fn is_chosen(&self, attribute: &Attribute) -> bool {
        self.latest.as_ref().is_some_and(|record| {
            matches!(record.state, ConsentState::Active | ConsentState::Paused)
                && record.attributes.contains(attribute)
        })
    }

    /// What an attribute is called; bills with whose they are.
    pub(super) fn data(&self, attribute: &Attribute, text: &ConsentText, lang: Locale) -> String {
        let name = text.attribute.get(attribute);
        if *attribute != Attribute::UtilityBills || self.terms.bill_codes.is_empty() {
            return name.to_owned();
        }
        let codes = self.terms.bill_codes.iter();
        let bills: Vec<_> = codes.map(|code| text.bills(code, lang)).collect();
        format!("{name}: {}", bills.join(", "))
    }
}

/// What a citizen agrees to, for a page of another interface on which they agree.
#[derive(Template)]
#[template(path = "consent_terms.html")]
pub struct Agreement {
    text: &'static ConsentText,
    question: Question,
    lang: Locale,
}

impl Agreement {
    /// What agreeing to this purpose of the service means from `now` on.
    pub fn of(service: &Service, purpose: &Purpose, now: Timestamp, lang: Locale) -> Self {
        Self {
            text: ConsentText::of(lang),
            question: Question::of(service, purpose, now),
            lang,
        }
    }

    fn lang(&self) -> Locale {
        self.lang
    }

    /// What the citizen's answer is bound to.
    pub fn digest(&self) -> &str {
        &self.question.agreement
    }

    /// Why the data is read.
    pub fn purpose(&self) -> &Purpose {
        &self.question.purpose
    }

    /// When the test of the service ends.
    pub fn test_ends(&self) -> String {
        self.question.terms.test_ends.map(date).unwrap_or_default()
    }
}

fn by_category(purpose: &Purpose) -> Vec<(DataCategory, Vec<Attribute>)> {
    let mut categories = BTreeMap::<_, Vec<_>>::new();
    for attribute in purpose.required() {
        categories
            .entry(attribute.category())
            .or_default()
            .push(attribute);
    }
    categories.into_iter().collect()
}

fn until(service: &Service, purpose: &Purpose, now: Timestamp) -> String {
    date(
        now.plus_days(purpose.valid_days)
            .min(service.grant.boundary.ends_at),
    )
}
