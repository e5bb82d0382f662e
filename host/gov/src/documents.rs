//! Digital documents. References: SD-JWT (RFC 9901) and SD-JWT VC (the signed form), Token Status List (states).
//!
//! A service issues documents of its approved kinds to citizens who take part ([`issue`]). A document is offered in its
//! holder's box, where the holder accepts it and shows it to others, claim by claim ([`holder`], [`show`]). Each showing is
//! a signed copy of its own ([`sd_jwt`]), so that two verifiers cannot tell by the signature that they saw one person.
//! Other services ask for documents too, and get claims of what a citizen shows them ([`presentation`]); web sites of others
//! ask with OpenID4VP, and get signed copies ([`wallet`]).

mod claims;
mod document;
mod holder;
mod issue;
mod offers;
mod operations;
pub mod pages;
mod presentation;
mod sd_jwt;
mod show;
mod status_list;
mod store;
mod wallet;
mod words;

use std::sync::Arc;
use std::time::Duration;

use crate::identity::{Identity, SecretError, secret};
use crate::mac::MacKey;
use crate::notifications::Notifications;
use crate::outbox::Outbox;
use crate::platform::Platform;
use crate::statement::StatementKey;

pub use self::claims::{Claim, Step};
pub use self::document::{Acceptance, Change, Document, Issued, NewDocument, Standing, State};
pub use self::holder::Answer;
pub use self::presentation::{
    ANSWER_MS_MAX, ANYONE_MS_MAX, Answered, Choice, Failure as PresentationFailure, Fitting, Holding,
    NewPresentation, NewWanted, OPEN_MAX, Presentation, READ_MS, Shown, Status as PresentationStatus,
    Stored as StoredPresentation, Taken, WAITING_MAX, Wanted,
};
pub use self::sd_jwt::SignError;
pub use self::show::{LOOK_MS, Look, OPEN_MS, OpenError, SHOWINGS_A_DAY_MAX, ShowError, Showing};
pub use self::status_list::ListError;
pub use self::wallet::{
    Answered as SiteAnswered, Asked as SiteAsked, Choice as SiteChoice, ErrorCode, Opened,
    REQUESTS_A_DAY_MAX, Refusal, Status as SiteRequestStatus, Stored as SiteRequest, WAIT_MS,
};
pub use self::words::{DocumentText, PresentationText, WalletText};
pub use crate::document_kind::{ClaimKind, ClaimRule, DocumentKind};
pub use crate::presentation_terms::{PresentationTerms, Presenter, ShownKind, kind_name};

/// How long an offer waits for its holder, in days (OpenID4VCI leaves it to the issuer).
pub const OFFER_DAYS: u32 = 30;

/// How often what is over is ended or deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// The secret from which the key of the documents and the codes of showings are made.
const SECRET: &str = "documents";

/// The documents API. Clones share it.
#[derive(Clone, Debug)]
pub struct Documents {
    platform: Platform,
    identity: Identity,
    notifications: Notifications,
    outbox: Outbox,
    issuer: Arc<Issuer>,
    verifiers: Arc<wallet::Verifiers>,
}

/// Who signs documents.
#[derive(Debug)]
struct Issuer {
    /// The platform's public address, without a trailing slash: the `iss` of every document.
    address: String,
    key: StatementKey,
    codes: MacKey,
}

impl Documents {
    /// The documents of a platform at `public_url`, with the key of its database; the first start makes it.
    ///
    /// # Errors
    /// [`SecretError`].
    pub async fn open(
        platform: Platform,
        identity: Identity,
        notifications: Notifications,
        public_url: &str,
    ) -> Result<Self, SecretError> {
        let codes = MacKey::new(&secret(&platform, SECRET).await?);
        let bad_key = |error: String| SecretError::Key(error);
        let private =
            hex::decode(codes.code("document-key", &[])).map_err(|error| bad_key(error.to_string()))?;
        let private = <[u8; 32]>::try_from(private).map_err(|_| bad_key("not 32 bytes".to_owned()))?;
        Ok(Self {
            platform,
            identity,
            notifications,
            outbox: Outbox::default(),
            verifiers: Arc::new(wallet::Verifiers::of_platform(public_url)),
            issuer: Arc::new(Issuer {
                address: public_url.to_owned(),
                key: StatementKey::of(&private).map_err(|error| bad_key(error.to_string()))?,
                codes,
            }),
        })
    }

    /// The same documents, whose presentations are told of.
    #[must_use]
    pub fn with_outbox(self, outbox: Outbox) -> Self {
        Self { outbox, ..self }
    }

    /// Ends presentations and offers, and deletes showings whose time is over, until it is dropped.
    pub(crate) async fn keep_in_order(self) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let done = async {
                self.expire_presentations().await?;
                self.end_offers().await?;
                self.forget().await
            };
            if let Err(error) = done.await {
                tracing::error!(error = &error as &dyn std::error::Error, "documents.job failed");
            }
        }
    }

    /// The same documents of the citizens of `identity`, who are told by `notifications`.
    #[must_use]
    pub(crate) fn with_identity(self, identity: Identity, notifications: Notifications) -> Self {
        Self {
            identity,
            notifications,
            ..self
        }
    }
}
