//! A citizen answers the request of a site.

use std::collections::BTreeMap;

use super::asking::asking;
use super::jwe::NotEncrypted;
use super::matching::{self, Choice};
use super::request::bound;
use super::stored::{self, Status, Stored};
use super::{ErrorCode, Refusal};
use crate::audit;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::documents::document::Document;
use crate::documents::holder::held;
use crate::documents::sd_jwt::{Audience, SignError};
use crate::documents::show::SHOWINGS_A_DAY_MAX;
use crate::documents::status_list::take_place;
use crate::documents::{Documents, store};
use crate::identity::sites::{self, Site, Verifier};
use crate::invocation::CitizenId;
use crate::{remote, sql};

/// How long a request is kept after its answer.
const KEPT_MS: i64 = 30 * DAY_MS;

/// What came of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    /// The site took it, and may have said where its visitor goes on.
    Done { way_back: Option<String> },
    /// The site did not take it, or it is not known whether it did.
    Unanswered,
    /// It was answered, or its time is over.
    Over,
    /// A document was chosen that the citizen does not have, that is not valid now, or that does not fit.
    NotFitting,
    /// A document was shown too often today.
    TooMany,
    /// The site is not in force, or may not ask for this any more.
    Stopped,
}

/// Why an answer is not made.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error(transparent)]
    Sign(#[from] SignError),
    #[error(transparent)]
    Encrypt(#[from] NotEncrypted),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a site said to an answer that it took.
pub(super) struct Told {
    /// Where its visitor goes on, within its own origin.
    pub(super) way_back: Option<String>,
}

/// What is sent once its records are kept.
struct Ready {
    form: String,
    site: Site,
}

impl Documents {
    /// The combinations for which the citizen who opened a request has documents.
    ///
    /// # Errors
    /// [`DbError::Statement`].
    pub async fn choices_for_site(&self, stored: &Stored) -> Result<Vec<Choice>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        let documents = store::of_holder(&mut reader, &stored.citizen).await?;
        Ok(matching::choices(stored, &documents, self.platform.clock.now()))
    }

    /// Shows documents to the site: `chosen` names one for each document of the option. `None` if this citizen has no such
    /// request.
    ///
    /// # Errors
    /// [`AnswerError`].
    pub async fn show_to_site(
        &self,
        citizen: &CitizenId,
        id: &str,
        option: usize,
        chosen: &BTreeMap<String, String>,
    ) -> Result<Option<Answered>, AnswerError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(stored) = stored::of_citizen(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        if !stored.can_answer(now) {
            return Ok(Some(Answered::Over));
        }
        let Ok(asking) = asking(&mut tx, &stored.site, now).await? else {
            return Ok(Some(Answered::Stopped));
        };
        let shown = match fitting(&mut tx, &stored, option, chosen, now).await? {
            Some(shown) => shown,
            None => return Ok(Some(Answered::NotFitting)),
        };
        if !shown.iter().all(|one| one.is_covered(&asking.verifier)) {
            return Ok(Some(Answered::Stopped));
        }
        for one in &shown {
            if shown_today(&mut tx, &one.document.id, now).await? >= SHOWINGS_A_DAY_MAX {
                return Ok(Some(Answered::TooMany));
            }
        }
        let steps = (Status::Waiting, Status::Sending);
        if !stored::advance(&mut tx, id, steps, now.plus_ms(KEPT_MS)).await? {
            return Ok(Some(Answered::Over));
        }
        let mut copies = BTreeMap::new();
        for one in &shown {
            let copy = self.copy(&mut tx, &stored, one, &asking.site, now).await?;
            copies.insert(one.wanted.clone(), [copy]);
        }
        let random = &self.platform.random;
        let form = stored.reply.shown(random, &copies)?;
        let entry = self.entry_of_site(citizen, &stored.site, id, "show-to-site", now);
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        let ready = Ready {
            form,
            site: asking.site,
        };
        Ok(Some(self.sent(stored, ready).await?))
    }

    /// A copy for this site alone, with the showing that its holder sees.
    async fn copy(
        &self,
        tx: &mut Conn,
        stored: &Stored,
        shown: &Shown,
        site: &Site,
        now: Timestamp,
    ) -> Result<String, AnswerError> {
        let (random, document) = (&self.platform.random, &shown.document);
        let place = take_place(tx, random, &document.id, document.expires).await?;
        let audience = Audience {
            address: &stored.reply.client_id,
            nonce: &stored.reply.nonce,
        };
        let copy = self
            .issuer
            .sign(random, document, &shown.claims, place, audience, now)?;
        let showing = random.id(store::SHOWING, now);
        sql!(
            "wallet/showing_insert",
            &showing,
            &document.id,
            shown.claims.join(" "),
            now,
            &site.content.name,
            document.expires
        )
        .run(tx)
        .await?;
        Ok(copy)
    }

    /// Sends what was shown, and keeps what came of it, whether the citizen's browser waits or not.
    async fn sent(&self, stored: Stored, ready: Ready) -> Result<Answered, DbError> {
        let this = self.clone();
        remote::to_the_end(async move {
            let told = this
                .told(&stored.reply.response_uri, ready.form, &ready.site)
                .await;
            let to = match told {
                Some(_) => Status::Shown,
                None => Status::Unanswered,
            };
            let way_back = told.as_ref().and_then(|told| told.way_back.as_deref());
            sql!("wallet/finish", &stored.id, to, way_back, Status::Sending)
                .run_alone(&this.platform.db)
                .await?;
            Ok(match told {
                Some(Told { way_back }) => Answered::Done { way_back },
                None => Answered::Unanswered,
            })
        })
        .await
    }

    /// Shows nothing: the site learns the same whether the citizen refused, has no such document, or other values. `None`
    /// if this citizen has no such request.
    ///
    /// # Errors
    /// [`DbError::Statement`], [`DbError::Commit`].
    pub async fn refuse_site(&self, citizen: &CitizenId, id: &str) -> Result<Option<Answered>, DbError> {
        let mut tx = self.platform.db.begin().await?;
        let now = self.platform.clock.now();
        let Some(stored) = stored::of_citizen(&mut tx, citizen, id).await? else {
            return Ok(None);
        };
        let steps = (Status::Waiting, Status::Refused);
        if !stored.can_answer(now) || !stored::advance(&mut tx, id, steps, now.plus_ms(KEPT_MS)).await? {
            return Ok(Some(Answered::Over));
        }
        let entry = self.entry_of_site(citizen, &stored.site, id, "refuse-site", now);
        audit::append(&mut tx, &self.platform.random, now, &entry, audit::ALLOWED).await?;
        let site = sites::load(&mut tx, &stored.site).await?;
        tx.commit().await?;
        // A site that was stopped meanwhile is told nothing.
        let Some(site) = site.filter(|site| site.is_in_force(now)) else {
            return Ok(Some(Answered::Done { way_back: None }));
        };
        let refusal = Refusal::new(ErrorCode::AccessDenied, "nothing was shown");
        let this = self.clone();
        let answered = remote::to_the_end(async move {
            let form = stored.reply.error(&refusal);
            let told = this.told(&stored.reply.response_uri, form, &site).await;
            let way_back = told.and_then(|told| told.way_back);
            sql!(
                "wallet/finish",
                &stored.id,
                Status::Refused,
                way_back.as_deref(),
                Status::Refused
            )
            .run_alone(&this.platform.db)
            .await?;
            Ok::<_, DbError>(Answered::Done { way_back })
        });
        answered.await.map(Some)
    }

    /// Sends a form to the site: `None` if it was not taken.
    pub(super) async fn told(&self, response_uri: &str, form: String, site: &Site) -> Option<Told> {
        let answer = self
            .verifiers
            .send(response_uri, form)
            .await
            .inspect_err(|fault| {
                tracing::info!(error = fault as &dyn std::error::Error, "wallet.answer failed");
            });
        let answer = answer.ok().filter(|answer| answer.is_ok)?;
        let said: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
        let address = said.as_ref().and_then(|said| said.get("redirect_uri"));
        let address = address.and_then(serde_json::Value::as_str);
        let way_back = address.and_then(|address| bound(address, site));
        Some(Told {
            way_back: way_back.map(String::from),
        })
    }
}

/// A document that is shown.
struct Shown {
    /// The id in the request.
    wanted: String,
    /// `service/code`.
    kind: String,
    document: Document,
    claims: Vec<String>,
}

impl Shown {
    /// Whether the site's approval still covers it.
    fn is_covered(&self, verifier: &Verifier) -> bool {
        verifier.may_ask(&self.kind, self.claims.iter().map(String::as_str))
    }
}

/// The chosen documents of an option, if each fits.
async fn fitting(
    tx: &mut Conn,
    stored: &Stored,
    option: usize,
    chosen: &BTreeMap<String, String>,
    now: Timestamp,
) -> Result<Option<Vec<Shown>>, DbError> {
    let Some(ids) = stored.options.get(option) else {
        return Ok(None);
    };
    let mut shown = Vec::new();
    for wanted in ids.iter().filter_map(|id| stored.wanted(id)) {
        let document = match chosen.get(&wanted.id) {
            Some(document) => held(tx, &stored.citizen, document, now).await?,
            None => None,
        };
        let fits = document.and_then(|document| {
            let claims = matching::fits(&document, wanted, now)?;
            let kind = wanted
                .kinds
                .iter()
                .find(|kind| kind.digest == document.kind_digest)?;
            Some(Shown {
                wanted: wanted.id.clone(),
                kind: kind.name.clone(),
                document,
                claims,
            })
        });
        match fits {
            Some(one) => shown.push(one),
            None => return Ok(None),
        }
    }
    Ok(Some(shown))
}

async fn shown_today(tx: &mut Conn, document: &str, now: Timestamp) -> Result<i64, DbError> {
    let (today,) = sql!("documents/showings_since", document, now.plus_ms(-DAY_MS))
        .one(tx)
        .await?;
    Ok(today)
}
