//! A call from judging to answer: may it be made, the intent and its place in the log, the exchange outside any
//! transaction, and the answer with the citizen's record.

use futures::FutureExt as _;
use serde_json::json;

use super::agency::Said;
use super::answer::{Content, Evidence, OWNER};
use super::envelope::Envelope;
use super::message::Request;
use super::plan::{Judging, Plan};
use super::{Exchange, log};
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::{GovError, LimitKind};
use crate::grant::Capability;
use crate::invocation::{CitizenId, Invocation};
use crate::registry_operation::About;
use crate::usage::Window;
use crate::{sql, subs};

/// An agency's answer, which is in the log and in the citizen's record.
pub(super) struct Asked {
    pub(super) content: Content,
    pub(super) evidence: Evidence,
    pub(super) answered: Timestamp,
    /// Whom it is about.
    pub(super) citizen: Option<CitizenId>,
}

/// What may be asked, about whom.
struct Allowed {
    plan: Plan,
    citizen: Option<CitizenId>,
    /// As far as the call is known: what is recorded if the exchange does not answer.
    entry: Entry,
    cursor: Option<String>,
}

impl Exchange {
    /// Asks what `plan` says, and records the call; a refusal too.
    pub(super) async fn ask(
        &self,
        inv: &Invocation,
        entry: Entry,
        plan: Result<Plan, GovError>,
        cursor: Option<&str>,
    ) -> Result<(Plan, Asked), GovError> {
        let allowed = self.allow(inv, entry, plan, cursor).await?;
        let fin = match &allowed.citizen {
            Some(citizen) => Some(self.fin(citizen, &allowed.entry).await?),
            None => None,
        };
        let request = self.request(&allowed, fin.as_deref());
        self.intend(&allowed, &request).await?;
        let answered = self.agency.ask(&request).await;
        let understood = answered.and_then(|said| {
            let content = Content::of(&allowed.plan, fin.as_deref(), &said)?;
            Ok((said, content))
        });
        let (said, content) = match understood {
            Ok(understood) => understood,
            Err(refusal) => return Err(self.platform.record_refusal(allowed.entry, refusal).await),
        };
        let asked = self.record(&allowed, said, content).await?;
        Ok((allowed.plan, asked))
    }

    /// Judges the call before any other system is asked.
    async fn allow(
        &self,
        inv: &Invocation,
        entry: Entry,
        plan: Result<Plan, GovError>,
        cursor: Option<&str>,
    ) -> Result<Allowed, GovError> {
        if plan.as_ref().is_ok_and(Plan::names_a_citizen) {
            subs::learn(&self.platform, &self.identity, &inv.service.id).await?;
        }
        let (this, cursor) = (self.clone(), cursor.map(str::to_owned));
        self.platform
            .may_read(inv, entry, move |reader, entry, now| {
                async move {
                    let plan = plan?;
                    let citizen = plan.judge(reader, entry, now, Judging::Before).await?;
                    let service = &plan.inv.service.id;
                    let open = |token: String| this.cursors.open(service, citizen.as_ref(), &plan, &token);
                    Ok(Allowed {
                        cursor: cursor.map(open).transpose()?,
                        entry: entry.clone(),
                        citizen,
                        plan,
                    })
                }
                .boxed()
            })
            .await
    }

    /// The number by which agencies know the citizen. It goes to the agency, and never to the service.
    pub(super) async fn fin(&self, citizen: &CitizenId, entry: &Entry) -> Result<String, GovError> {
        match self.identity.person_for(citizen, entry).await? {
            Some(person) => Ok(person.fin),
            None => {
                let entry = entry.clone();
                Err(self.platform.record_refusal(entry, GovError::NotFound).await)
            }
        }
    }

    fn request(&self, allowed: &Allowed, fin: Option<&str>) -> Request {
        let Plan {
            operation,
            parameters,
            fields,
            issue,
            inv,
            ..
        } = &allowed.plan;
        let mut wanted = fields.clone();
        if allowed.plan.needs_owner() {
            wanted.push(OWNER.to_owned());
        }
        let about_person = operation.about == About::Person;
        let body = json!({
            "fin": fin.filter(|_| about_person),
            "parameters": parameters,
            "fields": wanted,
            "cursor": allowed.cursor,
        });
        let envelope = Envelope {
            fin,
            tax_id: &inv.service.tax_id,
            issue,
            purpose: allowed.entry.purpose.as_deref(),
            consent: allowed.entry.consent_id.as_deref(),
        };
        // PR-REST recommends a UUID (4.3).
        envelope.request(self.platform.random.uuid(), operation, None, &body)
    }

    /// Counts the call and writes the request into the log before it leaves: without that it does not.
    async fn intend(&self, allowed: &Allowed, request: &Request) -> Result<(), GovError> {
        let (this, plan, request) = (self.clone(), allowed.plan.clone(), request.clone());
        let entry = allowed.entry.clone();
        self.platform
            .act(&allowed.plan.inv, entry, move |tx, entry, now| {
                async move {
                    plan.judge(tx, entry, now, Judging::Before).await?;
                    within_limit(tx, &plan.inv).await?;
                    let written = log::Written::request(&plan.inv.service.id, &request);
                    log::append(tx, &this.platform, this.identity.statements(), now, &written).await?;
                    entry.awaits_answer = true;
                    Ok(())
                }
                .boxed()
            })
            .await
    }

    /// Judges once more, writes the answer into the log, and records the call.
    async fn record(&self, allowed: &Allowed, said: Said, content: Content) -> Result<Asked, GovError> {
        let (this, plan) = (self.clone(), allowed.plan.clone());
        self.platform
            .act(&allowed.plan.inv, allowed.entry.clone(), move |tx, entry, now| {
                async move {
                    let citizen = plan.judge(tx, entry, now, Judging::WithAnswer).await?;
                    let response = said.response();
                    let written = log::Written::response(&plan.inv.service.id, response);
                    let log_id =
                        log::append(tx, &this.platform, this.identity.statements(), now, &written).await?;
                    Ok(Asked {
                        content,
                        evidence: Evidence::of(response, log_id),
                        answered: now,
                        citizen,
                    })
                }
                .boxed()
            })
            .await
    }
}

/// The entry of a call, as far as it is known before it is judged.
pub(super) fn entry_of(inv: &Invocation, operation: &'static str, purpose: &str) -> Entry {
    Entry::under(inv, Capability::Exchange, operation, purpose)
}

/// Checks that the boundary allows one more call to a registry, and counts it.
pub(super) async fn within_limit(tx: &mut Conn, inv: &Invocation) -> Result<(), GovError> {
    let service = &inv.service.id;
    sql!("exchange/open_count", service).run(tx).await?;
    let most = i64::from(inv.service.grant.boundary.registry_calls_max);
    let counted = sql!("exchange/count", service, most).run(tx).await?;
    if inv.usage.is_kept() {
        let (used,) = sql!("exchange/counted", service).one(tx).await?;
        inv.usage
            .count(LimitKind::RegistryCalls.code(), Window::Test, used, most);
    }
    match counted {
        1 => Ok(()),
        _ => Err(GovError::LimitExceeded(LimitKind::RegistryCalls)),
    }
}
