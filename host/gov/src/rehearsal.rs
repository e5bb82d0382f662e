//! Makes happen, on the temporary platform of a vetting run, what a service subscribes to: the events that its handler
//! is tried with are then real, and what they tell of can be read.

use std::sync::Arc;

use crate::apis::Apis;
use crate::civil_status::CivilStatusError;
use crate::clock::Timestamp;
use crate::consent;
use crate::db::DbError;
use crate::directory::Directory;
use crate::documents::{self, Answer, Claim, NewPresentation, NewWanted, Step};
use crate::error::GovError;
use crate::event_type::EventType;
use crate::exchange::{Context, Operation, Parameter, Subject, Verb};
use crate::grant::Purpose;
use crate::invocation::{CitizenId, Invocation, Service, Session};
use crate::life_events::{Attempt, NewTimer};
use crate::notifications::{Attachment, Choice, FieldKind, Kind, NewMessage, Template, Value};
use crate::payments::card::{Card, CardForm, TEST_CARDS};
use crate::payments::checkout::{CheckoutError, Payer};
use crate::payments::{NewPayment, Payment};
use crate::residence::{self, MoveError};
use crate::service_code::ServiceCode;
use crate::signature::{
    self, Asked, AskedContent, Begun, BlankError, Format, Level, NewAgreement, NewDocument, NewFile,
    NewSigning, Party, Refusal, SigningOrder,
};
use crate::text::Locale;

/// How long the presentation can be answered, in milliseconds: as long as a code that somebody scans.
const PRESENTATION_MS: i64 = crate::documents::ANYONE_MS_MAX;
/// The price of the payment, in minor units, unless the approval allows less.
const PRICE_MINOR_UNITS: u64 = 100;
/// The year on the card. The platform is gone before it expires.
const CARD_YEARS: i16 = 5;

/// Why a rehearsal could not be held.
#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    #[error("a call of the rehearsal was refused: {}", .0.code())]
    Refused(GovError),
    #[error("the payment of the rehearsal was refused")]
    Checkout(#[from] CheckoutError),
    #[error("the move of the rehearsal was refused")]
    Move(#[from] MoveError),
    #[error("the birth or the marriage of the rehearsal was refused")]
    CivilStatus(#[from] CivilStatusError),
    #[error("the file of the rehearsal cannot be made")]
    File(#[from] BlankError),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("the provider of signatures does not let the citizen sign")]
    Unsigned,
    /// The approval has nothing of which the event could tell.
    #[error("nothing can happen of which `{}` tells", .0.code())]
    Nothing(EventType),
}

impl From<GovError> for RehearsalError {
    fn from(error: GovError) -> Self {
        Self::Refused(error)
    }
}

impl Apis {
    /// The citizen of `session` joins the service and agrees to everything; then each event that the service
    /// subscribes to happens. Answers the first attempt to deliver each.
    ///
    /// # Errors
    /// [`RehearsalError`].
    pub async fn rehearse(
        &self,
        service: &Arc<Service>,
        session: &Session,
    ) -> Result<Vec<Attempt>, RehearsalError> {
        let deployed = service.clone();
        self.outbox.connect(Directory::new(move |id| {
            (*id == deployed.id).then(|| deployed.clone())
        }));
        let citizen = &session.citizen;
        self.consent.enrol(service, citizen).await?;
        for purpose in &service.grant.purposes {
            self.agree(service, citizen, purpose).await?;
        }
        let asking = Invocation {
            service: service.clone(),
            session: Some(session.clone()),
            request_id: self.platform.random.id("req", self.platform.clock.now()),
            return_path: "/".to_owned(),
            locale: session.locale,
            usage: crate::usage::Usage::default(),
        };
        let types = &service.grant.events.types;
        if types.contains(&EventType::TimerDue) {
            self.remind(&asking, session).await?;
        }
        if types.contains(&EventType::PaymentChanged) || types.contains(&EventType::RefundChanged) {
            let payment = self.pay(&asking, session).await?;
            if types.contains(&EventType::RefundChanged) {
                let all = payment.amount.minor_units();
                self.payments
                    .refund_payment(&asking, "rehearsal-refund", &payment.id, all, all)
                    .await?;
            }
        }
        if types.contains(&EventType::MessageFinished) {
            self.take_back_a_message(&asking, session).await?;
        }
        if types.contains(&EventType::MessageConfirmed) {
            self.confirm_a_notice(&asking, session).await?;
        }
        if types.contains(&EventType::ResidenceChanged) {
            self.move_house(session).await?;
        }
        if types.contains(&EventType::BirthRegistered) {
            self.civil_status.rehearse_birth(citizen).await?;
        }
        if types.contains(&EventType::MarriageRegistered) {
            self.civil_status.rehearse_marriage(citizen).await?;
        }
        if types.contains(&EventType::PensionAgeReached) {
            self.pension.rehearse(citizen).await?;
        }
        if types.contains(&EventType::DeathRegistered) {
            self.deaths.rehearse(citizen).await?;
        }
        if types.contains(&EventType::SignatureChanged) {
            self.refuse_to_sign(&asking, session).await?;
        }
        if types.contains(&EventType::PresentationFinished) {
            self.ask_in_vain(&asking).await?;
        }
        if types.contains(&EventType::DocumentChanged) {
            self.decline_a_document(&asking, session).await?;
        }
        if types.contains(&EventType::SubmissionChanged) {
            self.send_in(&asking).await?;
        }
        Ok(self.life_events.rehearsed(service).await?)
    }

    /// A citizen agrees to a purpose as on the pages, with a signature where the data needs one: the id of the consent.
    ///
    /// # Errors
    /// [`RehearsalError`].
    pub async fn agree(
        &self,
        service: &Arc<Service>,
        citizen: &CitizenId,
        purpose: &Purpose,
    ) -> Result<String, RehearsalError> {
        if !purpose.needs_signature() {
            let given = self
                .consent
                .give(service, citizen, &purpose.code, &purpose.attributes);
            return Ok(given.await?);
        }
        let new = NewAgreement {
            citizen,
            service,
            purpose: &purpose.code,
            agreement: consent::agreement_digest(service, purpose),
            description: purpose.text.clone(),
            label: purpose.text.clone(),
            text: purpose.text.az.clone(),
            back: "/",
            leads_to: None,
            lang: Locale::Az,
        };
        let id = self.signatures.ask_agreement(new).await?;
        let Some(Begun::Attempt(attempt)) = self.signatures.begin(citizen, &id).await? else {
            return Err(RehearsalError::Unsigned);
        };
        self.signatures.choose(citizen, &id, &attempt.code).await?;
        let asking = service.clone();
        let services = Directory::new(move |_| Some(asking.clone()));
        self.signatures
            .conclude_one(&self.consent, &services, &id)
            .await?;
        let given = self.consent.agreed(service, citizen, purpose).await?;
        given.ok_or(RehearsalError::Unsigned)
    }

    async fn remind(&self, asking: &Invocation, session: &Session) -> Result<(), RehearsalError> {
        let timer = NewTimer {
            due: self.platform.clock.now(),
            subject: Some(self.identity.sub(&asking.service.id, &session.citizen)),
            name: "reminder".to_owned(),
            data: None,
        };
        self.life_events
            .set_timer(asking, "rehearsal-timer", timer)
            .await?;
        Ok(())
    }

    async fn pay(&self, asking: &Invocation, session: &Session) -> Result<Payment, RehearsalError> {
        let nothing = RehearsalError::Nothing(EventType::PaymentChanged);
        let grant = &asking.service.grant;
        let mut codes = ServiceCode::all().iter();
        let Some(code) = codes.find(|code| code.is_granted(&grant.payment_service_codes)) else {
            return Err(nothing);
        };
        let boundary = &grant.boundary;
        let price = PRICE_MINOR_UNITS
            .min(boundary.amount_per_payment_max)
            .min(boundary.amount_per_citizen_max)
            .min(boundary.amount_total_max);
        let new = NewPayment {
            minor_units: price,
            currency: "AZN".to_owned(),
            service_code: code.code.clone(),
            reference: "rehearsal".to_owned(),
            description: asking.service.title.clone(),
            return_path: "/".to_owned(),
            delayed_capture: false,
            metadata: Vec::new(),
        };
        let payment = self.payments.create(asking, "rehearsal-payment", new).await?;
        let payer = Payer {
            citizen: session.citizen.clone(),
            request_id: asking.request_id.clone(),
        };
        let shown = self.payments.start(&payer, &payment.id).await?;
        let card = good_card(self.platform.clock.now()).ok_or(nothing)?;
        let service = asking.service.clone();
        let services = Directory::new(move |_| Some(service.clone()));
        let confirmation = self.payments.confirmation(&shown);
        Ok(self
            .payments
            .pay(&payer, &payment.id, &services, confirmation, card)
            .await?)
    }

    async fn move_house(&self, session: &Session) -> Result<(), RehearsalError> {
        let mut places = residence::places().into_iter();
        let place = places.find_map(|place| place.locality.as_deref());
        let place = place.ok_or(RehearsalError::Nothing(EventType::ResidenceChanged))?;
        self.residence
            .move_to(&session.citizen, place, "Nizami küçəsi 1")
            .await?;
        Ok(())
    }

    async fn refuse_to_sign(&self, asking: &Invocation, session: &Session) -> Result<(), RehearsalError> {
        let nothing = || RehearsalError::Nothing(EventType::SignatureChanged);
        let grant = &asking.service.grant;
        let terms = &grant.signature;
        let format = terms.formats.first().ok_or_else(nothing)?;
        let (name, media_type, content) = match format {
            Format::Jades => ("file.txt", "text/plain", b"1".to_vec()),
            Format::Pades => ("file.pdf", "application/pdf", signature::blank_pdf()?),
        };
        let new = NewFile {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            content,
        };
        let file = self.signatures.stage(asking, new).await?;
        let title = &asking.service.title;
        let new = NewSigning {
            signers: vec![(Party::Current, None)],
            order: SigningOrder::Any,
            documents: vec![NewDocument {
                label: title.clone(),
                content: AskedContent::File(file.id),
            }],
            assurance: Asked::Offered(*terms.assurances.first().ok_or_else(nothing)?),
            format: Asked::Offered(*format),
            level: Asked::Offered(Level::BB),
            purpose: grant.purposes.first().ok_or_else(nothing)?.code.clone(),
            description: title.clone(),
            reference: "rehearsal".to_owned(),
            return_path: "/".to_owned(),
            expires: self.platform.clock.now().plus_days(1),
        };
        let signing = self.signatures.create(asking, "rehearsal-signing", new).await?;
        self.signatures
            .refuse(&session.citizen, &signing.id, Refusal::Refused)
            .await?;
        Ok(())
    }

    /// Asks for a document and takes the request back.
    async fn ask_in_vain(&self, asking: &Invocation) -> Result<(), RehearsalError> {
        let nothing = || RehearsalError::Nothing(EventType::PresentationFinished);
        let terms = asking.service.grant.presentations.first().ok_or_else(nothing)?;
        let kind = terms.documents.first().ok_or_else(nothing)?;
        let new = NewPresentation {
            presenter: *terms.presenters.first().ok_or_else(nothing)?,
            wanted: vec![NewWanted {
                id: "rehearsal".to_owned(),
                kinds: vec![kind.kind.clone()],
                claims: Vec::new(),
            }],
            options: Vec::new(),
            purpose: terms.code.clone(),
            reference: "rehearsal".to_owned(),
            return_path: "/".to_owned(),
            expires: self.platform.clock.now().plus_ms(PRESENTATION_MS),
        };
        let key = "rehearsal-presentation";
        let asked = self.documents.request_presentation(asking, key, new).await?;
        self.documents.cancel_presentation(asking, &asked.id).await?;
        Ok(())
    }

    /// Issues a document, which its holder declines.
    async fn decline_a_document(&self, asking: &Invocation, session: &Session) -> Result<(), RehearsalError> {
        let nothing = || RehearsalError::Nothing(EventType::DocumentChanged);
        let kind = asking.service.grant.documents.first().ok_or_else(nothing)?;
        let claims = kind.claims.iter().map(|rule| Claim {
            path: vec![Step::Key(rule.name.clone())],
            value: rule.kind.example().to_string(),
        });
        let new = documents::NewDocument {
            holder: self.identity.sub(&asking.service.id, &session.citizen),
            kind: kind.code.clone(),
            claims: claims.collect(),
            valid_from: None,
            expires: None,
            replaces: None,
        };
        let issued = self.documents.issue(asking, "rehearsal-document", new).await?;
        self.documents
            .answer(&session.citizen, &issued.id, Answer::Decline)
            .await?;
        Ok(())
    }

    /// Sends the simulated agency something of the right form. Whether the agency accepts or refuses it, that is told.
    async fn send_in(&self, asking: &Invocation) -> Result<(), RehearsalError> {
        let nothing = || RehearsalError::Nothing(EventType::SubmissionChanged);
        let grant = &asking.service.grant;
        let mut codes = grant.exchange_operations.iter();
        let operation = codes.find_map(|code| {
            let operation = Operation::find(code)?;
            let attribute = operation.attribute?;
            let purpose = grant
                .purposes
                .iter()
                .find(|purpose| purpose.attributes.contains(&attribute))?;
            (operation.verb == Verb::Submit).then_some((operation, purpose))
        });
        let (operation, purpose) = operation.ok_or_else(nothing)?;
        let parameters = operation.parameters.iter().map(|name| Parameter {
            name: name.clone(),
            value: "1".to_owned(),
        });
        let context = Context {
            operation: operation.code.clone(),
            subject: Subject::Current,
            parameters: parameters.collect(),
            purpose: purpose.code.clone(),
            issue: "rehearsal".to_owned(),
        };
        let fields = operation
            .body
            .iter()
            .map(|field| (field.name.clone(), field.kind.example()));
        let content = serde_json::Value::Object(fields.collect()).to_string();
        let content_type = operation.content_types.first().ok_or_else(nothing)?;
        self.exchange
            .submit(
                asking,
                "rehearsal-submission",
                &context,
                content_type,
                content.as_bytes(),
            )
            .await?;
        Ok(())
    }

    async fn take_back_a_message(
        &self,
        asking: &Invocation,
        session: &Session,
    ) -> Result<(), RehearsalError> {
        let template = asking.service.grant.templates.first();
        let template = template.ok_or(RehearsalError::Nothing(EventType::MessageFinished))?;
        let new = NewMessage {
            send_at: Some(self.platform.clock.now().plus_days(1)),
            ..self.message(asking, session, template)
        };
        let message = self.notifications.send(asking, "rehearsal-message", new).await?;
        self.notifications.cancel(asking, &message.id).await?;
        Ok(())
    }

    async fn confirm_a_notice(&self, asking: &Invocation, session: &Session) -> Result<(), RehearsalError> {
        let templates = &asking.service.grant.templates;
        let template = templates
            .iter()
            .find(|template| template.kind == Kind::FormalNotice)
            .ok_or(RehearsalError::Nothing(EventType::MessageConfirmed))?;
        let new = self.message(asking, session, template);
        let message = self.notifications.send(asking, "rehearsal-notice", new).await?;
        let service = asking.service.clone();
        let services = Directory::new(move |_| Some(service.clone()));
        // One with a file is scanned first.
        self.notifications.deliver_due(&services).await?;
        self.notifications
            .choose(&session.citizen, &message.id, Choice::Confirm)
            .await?;
        Ok(())
    }

    fn message(&self, asking: &Invocation, session: &Session, template: &Template) -> NewMessage {
        let value = |kind| match kind {
            FieldKind::Text => Value::Text("1".to_owned()),
            FieldKind::Items => Value::Items(vec!["1".to_owned()]),
            FieldKind::Link => Value::Link("/".to_owned()),
            FieldKind::File => Value::File(Attachment {
                name: "file.txt".to_owned(),
                media_type: "text/plain".to_owned(),
                content: b"1".to_vec(),
                keep_days: 7,
            }),
        };
        let fields = template.fields.iter();
        NewMessage {
            to: self.identity.sub(&asking.service.id, &session.citizen),
            template: template.id.clone(),
            personalisation: fields
                .map(|field| (field.name.clone(), value(field.kind)))
                .collect(),
            reference: None,
            language: None,
            send_at: None,
            discard_at: None,
        }
    }
}

/// A card that pays.
fn good_card(now: Timestamp) -> Option<Card> {
    let year = now.in_baku()?.year().checked_add(CARD_YEARS)?;
    let form = CardForm {
        number: TEST_CARDS.first()?.number.into(),
        expiry_month: "12".to_owned(),
        expiry_year: year.to_string(),
        cvc: "123".into(),
    };
    Card::parse(&form, now).ok()
}
