//! The forms of a submission's page. An action that cannot be undone, or affects citizens, is confirmed on a
//! page of its own; the next page shows its result.

use aim_gov::web::PageError;
use aim_gov::web::confirm::YES;
use axum::Form;
use axum::http::StatusCode;
use axum::response::Response;

use super::StaffText;
use super::approval::{ApproveForm, read};
use super::case::FormError;
use super::case::{Case, Typed};
use super::decision::{Act, Decision, named};
use crate::deploy;
use crate::domain::organisation::VerifyRefused;
use crate::domain::public_reason::{PUBLIC_REASON_CHARS_MAX, PublicReason, PublicReasonError};
use crate::domain::submission::{Refused, State as Progress, parse_grounds};
use crate::domain::suspension::Grounds;
use crate::manifest::LimitField;
use crate::organisations::{self, VerifyError};
use crate::review;
use crate::web::words::{Words, amount};

#[derive(serde::Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    confirm: String,
}

#[derive(serde::Deserialize)]
pub(super) struct SuspendForm {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    public_reason: String,
    #[serde(default)]
    confirm: String,
}

#[derive(serde::Deserialize)]
pub(super) struct ConfirmForm {
    #[serde(default)]
    confirm: String,
}

#[derive(serde::Deserialize)]
pub(super) struct VerifyForm {
    #[serde(default)]
    evidence: String,
}

fn deployment(text: &StaffText, case: &Case) -> Vec<String> {
    if case.suspension.is_some() {
        return vec![text.confirm_name_suspended.clone()];
    }
    let mut consequences = vec![text.confirm_go_live.clone()];
    if let Some(running) = &case.running {
        consequences.push(named(&text.confirm_replaces, running));
        if case.submission.is_older_than(running) {
            consequences.push(named(&text.confirm_older, running));
        }
    }
    consequences
}

pub(super) async fn approve(
    decision: Decision,
    Form(form): Form<ApproveForm>,
) -> Result<Response, PageError> {
    let lang = decision.context.lang;
    let (text, words) = (decision.text(), Words::of(lang));
    let case = decision.case().await?;
    let typed = form.typed();
    let yes = match read(text, words, lang, &form, &case.submission) {
        Ok(yes) => yes,
        Err(errors) => {
            let typed = Typed { errors, ..typed };
            return decision.again(StatusCode::UNPROCESSABLE_ENTITY, typed).await;
        }
    };
    let before = case.submission.state.code();
    let (staff, now) = (decision.staff.clone(), decision.app.platform.clock.now());
    let tried = case
        .submission
        .clone()
        .approve(&staff, yes.clone(), &case.circumstances, now);
    if let Ok(after) = &tried
        && form.confirm != YES
        && after.state.live().is_some()
    {
        let (act, mut consequences) = if before == "first-approved" || before == "approved" {
            (Act::Approve, deployment(text, &case))
        } else {
            (Act::Renew, vec![text.confirm_renewed.clone()])
        };
        consequences.push(text.confirm_limits.clone());
        let facts = LimitField::ALL
            .iter()
            .copied()
            .map(|field| {
                let value = amount(field, yes.limits.get(field), lang);
                (words.limit.get(&field).to_owned(), value)
            })
            .chain([(text.note_label.clone(), yes.note.clone())])
            .collect();
        return Ok(decision.ask(act, &case.submission, consequences, facts, form.fields()));
    }
    let approved = match review::approve(&decision.app, &staff, &decision.id(), yes).await {
        Ok(approved) => approved,
        Err(error) => return decision.refuse(error.into(), typed).await,
    };
    if matches!(approved.state, Progress::FirstApproved { .. }) {
        return decision.done(named(&text.done_first, &approved)).await;
    }
    // The second approval deploys the version; if that fails, the button on the page retries.
    match deploy::after_approval(&decision.app, &staff, approved).await {
        Ok(done) if matches!(done.state, Progress::Deployed { .. }) => {
            decision.done(named(&text.done_deployed, &done)).await
        }
        Ok(done) => decision.done(named(&text.done_approved, &done)).await,
        Err(error) => decision.refuse(error, Typed::default()).await,
    }
}

/// Tries a decision on a copy, asks for confirmation, and applies it once it is confirmed. A decision that a
/// rule forbids is applied for real, so that the refusal is in the log of decisions.
fn is_confirmed<T>(confirm: &str, tried: &Result<T, Refused>) -> bool {
    confirm == YES || tried.is_err()
}

pub(super) async fn reject(decision: Decision, Form(form): Form<ReasonForm>) -> Result<Response, PageError> {
    let text = decision.text();
    let case = decision.case().await?;
    let now = decision.app.platform.clock.now();
    let tried = case.submission.clone().reject(&decision.staff, &form.reason, now);
    if !is_confirmed(&form.confirm, &tried) {
        let consequences = vec![text.confirm_ends.clone(), text.confirm_publisher_reads.clone()];
        let facts = vec![(text.reason_label.clone(), form.reason.clone())];
        let fields = vec![("reason".to_owned(), form.reason)];
        return Ok(decision.ask(Act::Reject, &case.submission, consequences, facts, fields));
    }
    match review::reject(&decision.app, &decision.staff, &decision.id(), &form.reason).await {
        Ok(rejected) => decision.done(named(&text.done_rejected, &rejected)).await,
        Err(error) => {
            let typed = Typed::reason("reject", form.reason);
            decision.refuse(error.into(), typed).await
        }
    }
}

pub(super) async fn deploy(decision: Decision, Form(form): Form<ConfirmForm>) -> Result<Response, PageError> {
    let text = decision.text();
    let case = decision.case().await?;
    let now = decision.app.platform.clock.now();
    let tried = case
        .submission
        .clone()
        .deploy(&decision.staff, &case.circumstances, now);
    if !is_confirmed(&form.confirm, &tried) {
        let consequences = deployment(text, &case);
        return Ok(decision.ask(
            Act::Deploy,
            &case.submission,
            consequences,
            Vec::new(),
            Vec::new(),
        ));
    }
    match deploy::deploy(&decision.app, &decision.staff, &decision.id()).await {
        Ok(deployed) => decision.done(named(&text.done_deployed, &deployed)).await,
        Err(error) => decision.refuse(error, Typed::default()).await,
    }
}

pub(super) async fn suspend(
    decision: Decision,
    Form(form): Form<SuspendForm>,
) -> Result<Response, PageError> {
    let text = decision.text();
    let typed = Typed {
        public_reason: form.public_reason.clone(),
        ..Typed::reason("suspend", form.reason.clone())
    };
    let public = match PublicReason::parse(&form.public_reason) {
        Ok(public) => public,
        Err(error) => {
            let mut typed = typed;
            // Both errors at once, so that the form is corrected only once.
            if let Err(reason) = parse_grounds(&form.reason) {
                typed.errors.push(FormError {
                    field: "reason-suspend".to_owned(),
                    message: Words::of(decision.context.lang)
                        .rule
                        .get(reason.code())
                        .to_owned(),
                });
            }
            typed.errors.push(FormError {
                field: "public-suspend".to_owned(),
                message: match error {
                    PublicReasonError::TooLong => text
                        .public_reason_long
                        .replace("{max}", &PUBLIC_REASON_CHARS_MAX.to_string()),
                    PublicReasonError::Hidden(_) | PublicReasonError::Marks => {
                        text.public_reason_hidden.clone()
                    }
                },
            });
            return decision.again(StatusCode::UNPROCESSABLE_ENTITY, typed).await;
        }
    };
    let case = decision.case().await?;
    let now = decision.app.platform.clock.now();
    let grounds = Grounds {
        internal: form.reason,
        public,
    };
    let tried = case.submission.clone().suspend(&decision.staff, &grounds, now);
    if !is_confirmed(&form.confirm, &tried) {
        let consequences = vec![
            text.confirm_stops.clone(),
            text.confirm_name_stops.clone(),
            text.confirm_public_reads.clone(),
        ];
        let public = grounds.public.as_ref().map(PublicReason::as_str);
        let facts = vec![
            (
                text.public_reason_title.clone(),
                public.unwrap_or(&text.public_reason_none).to_owned(),
            ),
            (text.reason_internal_label.clone(), grounds.internal.clone()),
        ];
        let fields = vec![
            ("reason".to_owned(), grounds.internal.clone()),
            ("public_reason".to_owned(), public.unwrap_or_default().to_owned()),
        ];
        return Ok(decision.ask(Act::Suspend, &case.submission, consequences, facts, fields));
    }
    match deploy::suspend(&decision.app, &decision.staff, &decision.id(), &grounds).await {
        Ok(suspended) => decision.done(named(&text.done_suspended, &suspended)).await,
        Err(error) => decision.refuse(error, typed).await,
    }
}

pub(super) async fn resume(decision: Decision, Form(form): Form<ReasonForm>) -> Result<Response, PageError> {
    let text = decision.text();
    let case = decision.case().await?;
    let now = decision.app.platform.clock.now();
    let stopped = case.stopped().clone();
    let tried = stopped
        .clone()
        .resume(&decision.staff, &form.reason, &case.circumstances, now);
    if !is_confirmed(&form.confirm, &tried) {
        let consequence = match &tried {
            Ok(after) if matches!(after.state, Progress::Deployed { .. }) => {
                named(&text.confirm_runs_again, after)
            }
            _ => text.confirm_nothing_runs.clone(),
        };
        let facts = vec![(text.reason_label.clone(), form.reason.clone())];
        let fields = vec![("reason".to_owned(), form.reason)];
        return Ok(decision.ask(Act::Resume, &case.submission, vec![consequence], facts, fields));
    }
    match deploy::resume(&decision.app, &decision.staff, &decision.id(), &form.reason).await {
        Ok(resumed) => decision.done(named(&text.done_resumed, &resumed)).await,
        Err(error) => {
            let typed = Typed::reason("resume", form.reason);
            decision.refuse(error, typed).await
        }
    }
}

pub(super) async fn verify(decision: Decision, Form(form): Form<VerifyForm>) -> Result<Response, PageError> {
    let (text, words) = (decision.text(), Words::of(decision.context.lang));
    let case = decision.case().await?;
    let (app, id) = (&decision.app, &case.organisation.id);
    let (status, message) = match organisations::verify(app, &decision.staff, id, &form.evidence).await {
        Ok(organisation) => {
            let done = text.done_verified.replace("{organisation}", &organisation.name);
            return decision.done(done).await;
        }
        Err(VerifyError::NotFound) => return Err(PageError::new(decision.context, StatusCode::NOT_FOUND)),
        Err(VerifyError::Db(error)) => return Err(PageError::internal(decision.context, &error)),
        Err(VerifyError::Already) => (StatusCode::CONFLICT, text.verify_already.as_str()),
        Err(VerifyError::Refused(VerifyRefused::Role)) => {
            (StatusCode::FORBIDDEN, words.rule.get("wrong-role"))
        }
        Err(VerifyError::Refused(VerifyRefused::Tied)) => {
            (StatusCode::FORBIDDEN, words.rule.get("conflict-of-interest"))
        }
        Err(VerifyError::Refused(VerifyRefused::Evidence)) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            text.verify_evidence_wrong.as_str(),
        ),
    };
    let typed = Typed {
        evidence: form.evidence,
        errors: vec![FormError {
            field: "evidence".to_owned(),
            message: message.to_owned(),
        }],
        ..Typed::default()
    };
    decision.again(status, typed).await
}
