//! Digital documents. References: SD-JWT (RFC 9901) and SD-JWT VC (the signed form), Token Status List (states).
//!
//! A service issues documents of its approved kinds to citizens who take part ([`issue`]). A document is offered in its
//! holder's box, where the holder accepts it and shows it to others, claim by claim ([`holder`], [`show`]). Each showing is
//! a signed copy of its own ([`sd_jwt`]), so that two verifiers cannot tell by the signature that they saw one person.

mod claims;
mod document;
mod holder;
mod issue;
mod operations;
pub mod pages;
mod sd_jwt;
mod show;
mod status_list;
mod store;
mod words;

use std::sync::Arc;
use std::time::Duration;

use crate::identity::{Identity, SecretError, secret};
use crate::mac::MacKey;
use crate::notifications::Notifications;
use crate::platform::Platform;
use crate::statement::StatementKey;

pub use self::claims::{Claim, Step};
pub use self::document::{Acceptance, Change, Document, Issued, NewDocument, Standing, State};
pub use self::holder::Answer;
pub use self::sd_jwt::SignError;
pub use self::show::{LOOK_MS, Look, OPEN_MS, OpenError, ShowError, Showing};
pub use self::status_list::ListError;
pub use self::words::DocumentText;
pub use crate::document_kind::{ClaimKind, ClaimRule, DocumentKind};

/// How long an offer waits for its holder, in days (OpenID4VCI leaves it to the issuer).
pub const OFFER_DAYS: u32 = 30;

/// How often what is over is deleted.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);
/// The secret from which the key of the documents and the codes of showings are made.
const SECRET: &str = "documents";

/// The documents API. Clones share it.
#[derive(Clone, Debug)]
pub struct Documents {
    platform: Platform,
    identity: Identity,
    notifications: Notifications,
    issuer: Arc<Issuer>,
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
            issuer: Arc::new(Issuer {
                address: public_url.to_owned(),
                key: StatementKey::of(&private).map_err(|error| bad_key(error.to_string()))?,
                codes,
            }),
        })
    }

    /// Deletes showings that are over, until it is dropped.
    pub(crate) async fn keep_in_order(self) {
        let mut ticks = tokio::time::interval(FORGET_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.forget().await {
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
