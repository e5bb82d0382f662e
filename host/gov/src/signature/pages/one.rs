//! One signing: who asks, what is to be signed, who signs it, and the signed files.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};

use super::{Pages, pairing};
use crate::clock::Timestamp;
use crate::consent::{self, pages::Agreement};
use crate::signature::NAMINGS_MAX;
use crate::signature::signer::Mine;
use crate::signature::signing::{Document, File, Status};
use crate::signature::stored_signer::{Done, Role, StoredSigner};
use crate::signature::words::SignatureText;
use crate::text::Locale;
use crate::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, SignedIn, date_time};

#[derive(Template)]
#[template(path = "signatures/one.html")]
struct SigningPage {
    context: PageContext,
    text: &'static SignatureText,
    mine: Mine,
    documents: Vec<Document>,
    files: Vec<File>,
    now: Timestamp,
    is_stopped: bool,
    way_back: Option<String>,
    /// Of an agreement, whether the consent is recorded.
    is_recorded: bool,
    /// What who was named agrees to before they sign.
    agreement: Option<Agreement>,
}

impl SigningPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn status(&self) -> Status {
        self.mine.signing.status(self.now)
    }

    fn status_text(&self) -> &str {
        self.text.standing(&self.mine, self.now)
    }

    fn can_answer(&self) -> bool {
        self.mine.can_answer(self.now) && !self.is_stopped
    }

    fn is_turn(&self) -> bool {
        self.mine.signing.is_turn(self.mine.me.place)
    }

    /// Whether the citizen has confirmed, and the signature of all is not there yet.
    fn is_waiting(&self) -> bool {
        self.status() == Status::Submitted
    }

    /// Whether the citizen has confirmed, and others have not.
    fn waits_for_others(&self) -> bool {
        self.mine.me.done.is_signed() && self.status() == Status::PartlySigned
    }

    fn is_signed(&self) -> bool {
        self.status() == Status::Success
    }

    fn is_agreement(&self) -> bool {
        self.mine.signing.is_agreement()
    }

    fn failure(&self) -> Option<&str> {
        self.text.failure(&self.mine, self.now)
    }

    fn is_shared(&self) -> bool {
        self.mine.signing.signers.len() > 1
    }

    /// What another signer is called: never by name, which the signed files have.
    fn called<'a>(&'a self, signer: &'a StoredSigner) -> &'a str {
        match &signer.label {
            Some(label) => label.get(self.lang()),
            None => &self.text.other_signer,
        }
    }

    fn called_in(&self, signer: &StoredSigner) -> Locale {
        let label = signer.label.as_ref();
        label.map_or(self.lang(), |label| label.lang(self.lang()))
    }

    fn is_me(&self, signer: &StoredSigner) -> bool {
        signer.place == self.mine.me.place
    }

    fn answer(&self, signer: &StoredSigner) -> &str {
        match signer.done {
            Done::Confirmed | Done::Signed => &self.text.answer_signed,
            Done::Refused => &self.text.answer_refused,
            Done::Unable => &self.text.answer_unable,
            Done::None if signer.is_nameless() => &self.text.answer_nameless,
            Done::None => &self.text.answer_none,
        }
    }

    /// Those whom this citizen names, while they can.
    fn named(&self) -> Vec<&StoredSigner> {
        let open = self.status().is_open() && !self.is_stopped && self.mine.me.may_name();
        let named = self.mine.signing.signers.iter();
        named
            .filter(|signer| open && signer.role == Role::Named && signer.done == Done::None)
            .collect()
    }

    fn can_be_named(&self, signer: &StoredSigner) -> bool {
        signer.agreed.is_none() && signer.namings < NAMINGS_MAX
    }

    fn until(&self) -> String {
        date_time(self.mine.signing.expires)
    }

    fn kept(&self) -> String {
        self.mine.signing.kept_until().map(date_time).unwrap_or_default()
    }
}

/// `GET /{lang}/my/signatures/{id}`.
pub(super) async fn show(
    State(pages): State<Pages>,
    SignedIn { context, citizen }: SignedIn,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let citizen = citizen.citizen;
    let mine = pages.signatures.mine(&citizen, &id).await;
    let mine = mine.or_page(&context)?.or_missing(&context)?;
    // Who was named may be a child, who does not take part in tests.
    let context = match mine.me.role {
        Role::Named => consent::pages::adult(context, &pages.signatures.identity, &citizen).await?,
        Role::Current | Role::Citizen => context,
    };
    if !mine.me.may_read() {
        return Ok(pairing::page(&pages, context, mine));
    }
    let found = pages.signatures.of_signer(&citizen, &id).await;
    let (mine, documents, files) = found.or_page(&context)?.or_missing(&context)?;
    let now = pages.signatures.platform.clock.now();
    let service = pages.services.find(&mine.signing.service);
    let agreement = service
        .as_deref()
        .filter(|_| !mine.me.takes_part())
        .and_then(|service| {
            let purpose = service.grant.purpose(&mine.signing.purpose)?;
            Some(Agreement::of(service, purpose, now, context.lang))
        });
    let is_recorded =
        mine.signing.is_agreement() && pages.consent.is_recorded(&id).await.or_page(&context)?;
    Ok(Html(SigningPage {
        is_recorded,
        text: SignatureText::of(context.lang),
        now,
        is_stopped: pages.is_stopped(&mine.signing),
        way_back: pages
            .way_back(&mine.signing, context.lang)
            .filter(|_| mine.me.takes_part()),
        agreement,
        mine,
        documents,
        files,
        context,
    })
    .into_response())
}
