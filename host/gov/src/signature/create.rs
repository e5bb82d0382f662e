//! Asking for a signature: `create` of `wit/signature.wit`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;

use super::key::sha256;
use super::new_signing::{Checked, NewSigning, Party};
use super::signing::{Content, Signing, Status};
use super::staging::is_shown;
use super::stored_signer::Role;
use super::{Signatures, store};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::{GovError, LimitKind, Problem};
use crate::grant::{Attribute, Capability, FetchType};
use crate::idempotency::check_key;
use crate::invocation::{Acr, CitizenId, Invocation, Service, ServiceId, Session};
use crate::random::is_id;
use crate::signature_terms::Format;
use crate::usage::Window;
use crate::{consent, platform, sql, subs};

/// Signings of one service that may wait for one citizen.
pub const OPEN_MAX: i64 = 5;
/// Bytes of all files of one signing.
pub const BYTES_MAX: usize = 8 << 20;
/// What a signed file says about its signer.
pub(super) const NAMED: [Attribute; 2] = [Attribute::Name, Attribute::Fin];

impl Signatures {
    /// Asks people to sign. The same key and request return the first answer; the same key with another request is a
    /// conflict.
    ///
    /// # Errors
    /// As the WIT says.
    pub async fn create(
        &self,
        invocation: &Invocation,
        key: &str,
        new: NewSigning,
    ) -> Result<Signing, GovError> {
        let entry = Entry::under(invocation, Capability::Signature, "create", &new.purpose);
        subs::learn(&self.platform, &self.identity, &invocation.service.id).await?;
        let (this, asking, key) = (self.clone(), invocation.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move { this.try_to_create(tx, entry, now, &asking, &key, &new).await }.boxed()
            })
            .await
    }

    async fn try_to_create(
        &self,
        tx: &mut Conn,
        entry: &mut Entry,
        now: Timestamp,
        asking: &Invocation,
        key: &str,
        new: &NewSigning,
    ) -> Result<Signing, GovError> {
        check_key(key)?;
        let service = &asking.service;
        // From here to the end of the transaction, signings of this service are made one after the other.
        sql!("signature/count_open", &service.id).run(tx).await?;
        sql!("signature/count_lock", &service.id).run(tx).await?;
        let hash = new.hash(asking.session.as_ref().map(|session| &session.citizen));
        if let Some(first) = store::by_key(tx, &service.id, key).await? {
            entry.citizen = Some(first.citizen.clone());
            entry.object = Some(first.id.clone());
            if first.hash != hash {
                return Err(GovError::conflict(
                    "idempotency-key-reused",
                    "this key was used for another signing; take a new one for each signing",
                ));
            }
            self.record_others(tx, entry, &first, now).await?;
            return self.shown(tx, asking, first, now).await;
        }
        let checked = new.check(service, now)?;
        let asked = signers(tx, asking, &checked).await?;
        let mut entries = Vec::new();
        for citizen in asked.iter().filter_map(|(_, citizen)| citizen.as_ref()) {
            entry.citizen = Some(citizen.clone());
            agreed(tx, entry, asking, &checked, &new.purpose, citizen, now).await?;
            entries.push(entry.clone());
        }
        let files = files(tx, service, &checked, now).await?;
        for citizen in asked.iter().filter_map(|(_, citizen)| citizen.as_ref()) {
            has_room(tx, service, citizen, now).await?;
        }
        let signatures = i64::try_from(asked.len()).unwrap_or(i64::MAX);
        let most = i64::from(service.grant.boundary.signatures_max);
        let counted = sql!("signature/count_up", &service.id, signatures, most)
            .run(tx)
            .await?;
        if asking.usage.is_kept() {
            let (used,) = sql!("signature/counted", &service.id).one(tx).await?;
            asking
                .usage
                .count(LimitKind::Signatures.code(), Window::Test, used, most);
        }
        if counted != 1 {
            return Err(GovError::LimitExceeded(LimitKind::Signatures));
        }
        // The first whom the service knows: there is one, since whoever names others signs too.
        let citizen = asked.iter().find_map(|(_, citizen)| citizen.clone());
        let citizen = citizen.ok_or(GovError::NotFound)?;
        let id = self.platform.random.id(store::SIGNING, now);
        insert(tx, &id, key, &hash, asking, new, &checked, &citizen, now).await?;
        for (place, (party, citizen)) in asked.iter().enumerate() {
            let label = match party {
                Party::Named(label) => Some(json(label)?),
                Party::Current | Party::Citizen(_) => None,
            };
            let place = i64::try_from(place).unwrap_or(i64::MAX);
            let role = Role::from(*party);
            sql!("signature/insert_signer", &id, place, role, label, citizen)
                .run(tx)
                .await?;
        }
        for (place, ((label, _), file)) in checked.documents.iter().zip(&files).enumerate() {
            sql!(
                "signature/insert_document",
                &id,
                i64::try_from(place).unwrap_or(i64::MAX),
                json(label)?,
                &file.name,
                &file.media_type,
                i64::try_from(file.bytes.len()).unwrap_or(i64::MAX),
                hex::encode(sha256(&file.bytes)),
                STANDARD.encode(&file.bytes)
            )
            .run(tx)
            .await?;
        }
        let stored = store::signing(tx, &id)
            .await?
            .ok_or_else(|| store::vanished(&id))?;
        self.ask_next(tx, &stored, now).await?;
        for mut other in entries {
            other.object = Some(id.clone());
            if other.citizen.as_ref() == Some(&citizen) {
                *entry = other;
            } else {
                audit::append(tx, &self.platform.random, now, &other, audit::ALLOWED).await?;
            }
        }
        self.shown(tx, asking, stored, now).await
    }
}

/// Those who are asked, in the order of the request; nobody yet where a citizen names somebody.
async fn signers<'a>(
    tx: &mut Conn,
    asking: &Invocation,
    checked: &Checked<'a>,
) -> Result<Vec<(&'a Party, Option<CitizenId>)>, GovError> {
    let mut found: Vec<(&Party, Option<CitizenId>)> = Vec::new();
    for party in checked.parties.iter().copied() {
        let citizen = match party {
            Party::Current => Some(platform::require_session(asking)?.citizen.clone()),
            Party::Citizen(sub) => {
                let citizen = subs::addressee(tx, &asking.service.id, sub).await?;
                Some(citizen.ok_or(GovError::NotFound)?)
            }
            Party::Named(_) => None,
        };
        if citizen.is_some() && found.iter().any(|(_, other)| *other == citizen) {
            return Err(GovError::invalid(
                "signers-malformed",
                "the same citizen is among the signers twice",
            ));
        }
        found.push((party, citizen));
    }
    Ok(found)
}

/// Whether another signing of this service may wait for this citizen.
async fn has_room(
    tx: &mut Conn,
    service: &Service,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<(), GovError> {
    let (open,): (i64,) = sql!("signature/open_of_citizen", citizen, &service.id, now)
        .one(tx)
        .await?;
    match open >= OPEN_MAX {
        true => Err(GovError::TooManyRequests(Problem::new(
            "citizen-requests-too-many",
            format!(
                "{OPEN_MAX} signings of this service wait for this citizen; cancel one, or wait for an answer"
            ),
        ))),
        false => Ok(()),
    }
}

/// The same request, with this citizen in front of it: an agreement must be theirs, whoever asks.
pub(super) fn as_citizen(asking: &Invocation, citizen: &CitizenId, now: Timestamp) -> Invocation {
    Invocation {
        session: Some(Session {
            citizen: citizen.clone(),
            acr: Acr::Low,
            amr: Vec::new(),
            auth_time: now,
            locale: asking.locale,
        }),
        ..asking.clone()
    }
}

/// Whether the signer agreed to the purpose, and to what of it a signed file says.
async fn agreed(
    tx: &mut Conn,
    entry: &mut Entry,
    asking: &Invocation,
    checked: &Checked<'_>,
    purpose: &str,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<(), GovError> {
    let granted = consent::approved(asking, purpose)?;
    let absent = |party: &&Party| !matches!(party, Party::Current);
    if checked.parties.iter().any(absent) && granted.fetch != FetchType::Periodic {
        return Err(GovError::denied(
            "purpose-not-periodic",
            "a citizen who is not here is asked for a purpose with `fetch = \"periodic\"` alone",
        ));
    }
    let named = NAMED
        .into_iter()
        .filter(|named| granted.attributes.contains(named));
    let named: Vec<Attribute> = named.collect();
    entry.consent_id = Some(consented(tx, asking, purpose, &named, citizen, now).await?);
    Ok(())
}

/// The consent of this citizen to the purpose and these attributes of it. Where somebody else is in front of the service,
/// they are not led to a screen that asks themselves.
///
/// # Errors
/// As [`consent::require`]; `access-denied` (`signer-not-agreed`) where somebody else is there.
pub(super) async fn consented(
    tx: &mut Conn,
    asking: &Invocation,
    purpose: &str,
    attributes: &[Attribute],
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<String, GovError> {
    let theirs = as_citizen(asking, citizen, now);
    let session = asking.session.as_ref();
    let is_other = session.is_some_and(|session| session.citizen != *citizen);
    match consent::require(tx, &theirs, purpose, attributes, now).await {
        Err(
            GovError::ConsentRequired(_)
            | GovError::ConsentPaused(_)
            | GovError::ConsentRevoked(_)
            | GovError::ConsentExpired(_),
        ) if is_other => Err(GovError::denied(
            "signer-not-agreed",
            format!(
                "another signer does not agree to purpose `{purpose}` now; they decide on the platform's pages"
            ),
        )),
        other => other,
    }
}

/// A staged file of this service.
pub(super) async fn staged(
    conn: &mut Conn,
    service: &ServiceId,
    id: &str,
    now: Timestamp,
) -> Result<Content, GovError> {
    if !is_id(store::STAGED, id) {
        return Err(GovError::NotFound);
    }
    let file: Option<Content> = sql!("signature/staged_by_id", service, id, now)
        .optional(conn)
        .await?;
    file.ok_or(GovError::NotFound)
}

/// The staged files of this service, in the order of the request.
async fn files(
    tx: &mut Conn,
    service: &Service,
    checked: &Checked<'_>,
    now: Timestamp,
) -> Result<Vec<Content>, GovError> {
    let malformed = |detail: &str| GovError::invalid("documents-malformed", detail);
    let mut files: Vec<Content> = Vec::new();
    for (_, id) in &checked.documents {
        let file = staged(tx, &service.id, id, now).await?;
        if !is_shown(&file.media_type) {
            return Err(GovError::invalid(
                "media-type-unsupported",
                "the platform does not show files of this type; they are there for `verify` alone",
            ));
        }
        if checked.format == Format::Pades && file.media_type != "application/pdf" {
            return Err(GovError::invalid(
                "format-does-not-fit",
                "`pades` signs files of the type application/pdf; take `jades` for others",
            ));
        }
        if files.iter().any(|other| other.name == file.name) {
            return Err(malformed("two files have the same name"));
        }
        files.push(file);
    }
    match files.iter().map(|file| file.bytes.len()).sum::<usize>() > BYTES_MAX {
        true => Err(malformed("the files have at most 8 MiB together")),
        false => Ok(files),
    }
}

fn json(text: &crate::text::Localised) -> Result<String, GovError> {
    serde_json::to_string(text).map_err(|_| GovError::storage_unavailable())
}

#[expect(clippy::too_many_arguments, reason = "the columns of a row")]
async fn insert(
    tx: &mut Conn,
    id: &str,
    key: &str,
    hash: &str,
    asking: &Invocation,
    new: &NewSigning,
    checked: &Checked<'_>,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<(), GovError> {
    let service = &asking.service;
    let lang = asking
        .session
        .as_ref()
        .map_or(asking.locale, |session| session.locale);
    sql!(
        "signature/insert",
        id,
        &service.id,
        key,
        hash,
        json(&service.title)?,
        &service.controller,
        &new.purpose,
        json(&new.description)?,
        &new.reference,
        &new.return_path,
        checked.format,
        checked.level,
        new.order,
        lang.tag(),
        Status::Created,
        now,
        new.expires,
        citizen
    )
    .run(tx)
    .await
    .map(drop)
    .map_err(|error: DbError| error.into())
}
