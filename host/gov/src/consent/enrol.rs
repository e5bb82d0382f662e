//! The citizens who take part in a service's test, counted against its boundary: joining and leaving.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::agreement::hosts;
use super::record::{EndedBy, Record, State};
use super::widening::{Widening, new_hosts, organisation};
use super::{Consent, entry_of};
use crate::audit::{self, Entry};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::error::{GovError, LimitKind};
use crate::invocation::{CitizenId, Service, ServiceId};
use crate::platform::Platform;
use crate::sessions;
use crate::text::Localised;
use crate::{row, sql};

/// What a citizen was told when joining a test, kept with the enrolment: the names stay readable after
/// the service is gone, and whoever learns more later asks again.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct JoinTerms {
    /// The service's title.
    pub service_title: Localised,
    pub controller: String,
    /// Systems outside the platform that the service may send to what the citizen enters.
    pub hosts: BTreeSet<String>,
    pub test_ends: Option<Timestamp>,
}

impl JoinTerms {
    /// What a citizen who joins this service now is told.
    pub fn of(service: &Service) -> Self {
        Self {
            service_title: service.title.clone(),
            controller: service.controller.clone(),
            hosts: hosts(&service.grant),
            test_ends: Some(service.grant.boundary.ends_at),
        }
    }

    /// What the citizen was not told of when joining: another organisation, a host.
    pub fn widenings(&self, service: &Service) -> Vec<Widening> {
        let mut found = organisation(&self.controller, service);
        found.extend(new_hosts(&self.hosts, service));
        found
    }
}

// Rows of earlier releases have empty terms, so that every fact is new to their citizens.
row!(JoinTerms, "consent_enrolment", "service", row => match row.get("terms")? {
    "" => Self::default(),
    terms => row.check(serde_json::from_str(terms))?,
});

/// A citizen's participation in a test, current or past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    pub service: ServiceId,
    pub since: Timestamp,
    pub terms: JoinTerms,
    pub ended: Option<(Timestamp, EndedBy)>,
}

row!(Enrolment, "consent_enrolment", "service", row => Self {
    service: row.get("service")?,
    since: row.get("enrolled_ms")?,
    terms: row.rest()?,
    ended: match (row.get("ended_ms")?, row.get("ended_by")?) {
        (Some(at), Some(by)) => Some((at, by)),
        (None, None) => None,
        _ => return Err(row.corrupt()),
    },
});

/// Enrols the citizen once and stores what they were told; returns whether anything changed. The update locks the
/// count's row, so that concurrent enrolments cannot exceed the limit.
///
/// # Errors
/// `suspended`, `limit-exceeded` (`end-date`, `citizens`); a storage failure.
pub(super) async fn enrol(
    tx: &mut Conn,
    service: &Service,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<bool, GovError> {
    is_open(service, now)?;
    let id = service.id.0.as_str();
    let terms = serde_json::to_string(&JoinTerms::of(service))
        .map_err(|_| DbError::corrupt("consent_enrolment", id))?;
    let new = sql!("consent/enrol", id, citizen, now, &terms).run(tx).await?;
    if new == 0 {
        let told = sql!("consent/enrol_terms", id, citizen, &terms).run(tx).await?;
        return Ok(told == 1);
    }
    sql!("consent/enrol_open", id).run(tx).await?;
    let counted = sql!(
        "consent/enrol_count",
        id,
        i64::from(service.grant.boundary.citizens_max)
    )
    .run(tx)
    .await?;
    if counted == 1 {
        Ok(true)
    } else {
        Err(GovError::LimitExceeded(LimitKind::Citizens))
    }
}

/// Checks that the service's test is running.
///
/// # Errors
/// `suspended`, `limit-exceeded(end-date)`.
pub(super) fn is_open(service: &Service, now: Timestamp) -> Result<(), GovError> {
    crate::platform::require_open(service, now)
}

impl Consent {
    /// The citizen joins a service's test. One who takes part already stays in, and is recorded again only
    /// where the service tells them something new.
    ///
    /// # Errors
    /// `suspended`, `limit-exceeded` (`end-date`, `citizens`); a storage failure.
    pub async fn enrol(&self, service: &Arc<Service>, citizen: &CitizenId) -> Result<(), GovError> {
        let request_id = self.platform.random.id("req", self.platform.clock.now());
        let entry = entry_of(&service.id, citizen, &request_id, "enrol", None);
        match self.try_to_enrol(service, citizen, &entry).await {
            Ok(()) => Ok(()),
            Err(refusal) => Err(self.platform.record_refusal(entry, refusal).await),
        }
    }

    /// [`Self::enrol`] without the record of a refusal.
    async fn try_to_enrol(
        &self,
        service: &Service,
        citizen: &CitizenId,
        entry: &Entry,
    ) -> Result<(), GovError> {
        let Platform { db, clock, random } = &self.platform;
        let mut tx = db.begin().await?;
        let now = clock.now();
        if enrol(&mut tx, service, citizen, now).await? {
            audit::append(&mut tx, random, now, entry, audit::ALLOWED).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The citizen leaves a service's test: their agreements are revoked, their log-ins there end, and
    /// their place is free, in one transaction. `false` where they took no part.
    pub async fn leave(&self, service: &ServiceId, citizen: &CitizenId) -> Result<bool, DbError> {
        let Platform { db, clock, random } = &self.platform;
        let mut tx = db.begin().await?;
        let now = clock.now();
        if !self.end(&mut tx, service, citizen, EndedBy::Left, now).await? {
            return Ok(false);
        }
        sessions::end_at_service(&mut tx, service, citizen).await?;
        let entry = entry_of(service, citizen, &random.id("req", now), "leave", None);
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends a participation with its consents, and tells the service which of these ended; `false` where there is none.
    async fn end(
        &self,
        tx: &mut Conn,
        service: &ServiceId,
        citizen: &CitizenId,
        by: EndedBy,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let ended = sql!("consent/leave", service, citizen, now, by).run(tx).await?;
        if ended == 0 {
            return Ok(false);
        }
        sql!("consent/leave_count", service).run(tx).await?;
        let revoked: Vec<Record> = sql!("consent/live", citizen, service).all(tx).await?;
        sql!("consent/leave_revoke", citizen, service, now, by)
            .run(tx)
            .await?;
        for record in revoked {
            let (state, since) = match record.clone().at(now) {
                ended if ended.state == State::Expired => (State::Expired, ended.since()),
                _ => (State::Revoked, now),
            };
            self.tell(tx, &record, state, since, now).await?;
        }
        Ok(true)
    }

    /// Ends all participations of somebody who has died, in the transaction that registers it. What services are told of
    /// their consents is what they are told of somebody who leaves.
    ///
    /// # Errors
    /// [`DbError`].
    pub(crate) async fn end_by_death(
        &self,
        tx: &mut Conn,
        citizen: &CitizenId,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let services: Vec<(ServiceId,)> = sql!("consent/taking_part", citizen).all(tx).await?;
        for (service,) in services {
            self.end(tx, &service, citizen, EndedBy::Death, now).await?;
        }
        Ok(())
    }

    /// The tests that a citizen takes part in or took part in, by the service's name.
    pub async fn enrolments(&self, citizen: &CitizenId) -> Result<Vec<Enrolment>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        sql!("consent/enrolments", citizen).all(&mut reader).await
    }

    /// What the citizen was told when joining the service's test; `None` for one who does not take part.
    pub async fn takes_part(
        &self,
        service: &ServiceId,
        citizen: &CitizenId,
    ) -> Result<Option<JoinTerms>, DbError> {
        let mut reader = self.platform.db.reader().await?;
        sql!("consent/takes_part", service, citizen)
            .optional(&mut reader)
            .await
    }
}
