//! Agreements that citizens sign: their text, and the way to the page on which they are signed.

use askama::Template;
use axum::response::Redirect;

use super::super::agreement::agreement_digest;
use super::super::words::ConsentText;
use super::question::Question;
use crate::clock::Timestamp;
use crate::grant::Purpose;
use crate::invocation::{CitizenId, Service};
use crate::signature::{NewAgreement, Signatures};
use crate::text::{Locale, Localised};
use crate::web::{OrPage as _, PageContext, PageError, date};

/// An agreement to a purpose, which a citizen is to sign.
pub struct SignedAgreement<'a> {
    pub service: &'a Service,
    pub purpose: &'a Purpose,
    /// The path of the platform, after the language, to which signing leads back.
    pub back: String,
    /// The signing that waits for the agreement.
    pub leads_to: Option<&'a str>,
}

impl SignedAgreement<'_> {
    /// Leads to the page on which the citizen signs it.
    ///
    /// # Errors
    /// A page: the platform could not write the request down.
    pub async fn ask(
        &self,
        signatures: &Signatures,
        citizen: &CitizenId,
        context: &PageContext,
    ) -> Result<Redirect, PageError> {
        let lang = context.lang;
        let text = self.text(lang, signatures.now()).or_page(context)?;
        let label = |lang: Locale| ConsentText::of(lang).agreement_label.clone();
        let new = NewAgreement {
            citizen,
            service: self.service,
            purpose: &self.purpose.code,
            description: Localised {
                az: self.description(Locale::Az),
                en: Some(self.description(Locale::En)),
                ru: None,
            },
            label: Localised {
                az: label(Locale::Az),
                en: Some(label(Locale::En)),
                ru: None,
            },
            agreement: agreement_digest(self.service, self.purpose),
            text,
            back: &self.back,
            leads_to: self.leads_to,
            lang,
        };
        let id = signatures.ask_agreement(new).await.or_page(context)?;
        Ok(Redirect::to(&format!("/{lang}/my/signatures/{id}")))
    }

    fn description(&self, lang: Locale) -> String {
        let words = &ConsentText::of(lang).agreement_description;
        words
            .replace("{service}", self.service.title.get(lang))
            .replace("{purpose}", self.purpose.text.get(lang))
    }

    /// What is signed: the screen's facts in words.
    fn text(&self, lang: Locale, now: Timestamp) -> Result<String, askama::Error> {
        AgreementFile {
            text: ConsentText::of(lang),
            service: self.service,
            question: Question::of(self.service, self.purpose, now),
            lang,
        }
        .render()
    }
}

#[derive(Template)]
#[template(path = "consent_agreement.txt")]
struct AgreementFile<'a> {
    text: &'static ConsentText,
    service: &'a Service,
    question: Question,
    lang: Locale,
}

impl AgreementFile<'_> {
    fn lang(&self) -> Locale {
        self.lang
    }

    fn test_ends(&self) -> String {
        date(self.service.grant.boundary.ends_at)
    }
}
