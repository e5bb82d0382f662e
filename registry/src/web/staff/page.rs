//! One submission with all data for a decision.

use aim_gov::consent::ConsentText;
use aim_gov::exchange::Operation;
use aim_gov::notifications::InboxText;
use aim_gov::web::{Html, OrMissing as _, OrPage as _, PageContext, PageError, date, date_time};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use super::case::{Case, FormError, Typed, load};
use super::record::{RecordLine, record_lines};
use super::view::{
    Actions, ChangeLine, DecisionLine, GrantedLimit, LimitInput, Permission, change_lines, decision_lines,
    granted_limits, limit_inputs, permissions,
};
use super::{StaffText, StaffUser};
use crate::app::App;
use crate::domain::organisation::Organisation;
use crate::domain::staff::Staff;
use crate::domain::submission::{Reason, State as Progress, Submission};
use crate::store::report::StoredReport;
use crate::web::words::Words;

#[derive(Template)]
#[template(path = "staff_submission.html")]
pub(super) struct SubmissionPage {
    context: PageContext,
    text: &'static StaffText,
    words: &'static Words,
    consent: &'static ConsentText,
    inbox: &'static InboxText,
    errors: Vec<FormError>,
    note_error: Option<String>,
    organisation: Organisation,
    registered: String,
    /// When, by whom and on which evidence the organisation was verified.
    verified: Option<String>,
    verify: Option<VerifyField>,
    suspended: Option<SuspensionView>,
    older_than: Option<String>,
    record: Vec<RecordLine>,
    not_loaded: bool,
    sent: String,
    report: Option<StoredReport>,
    changes: Option<Vec<ChangeLine>>,
    permissions: Vec<Permission>,
    granted: Vec<GrantedLimit>,
    ends: String,
    barred: Option<String>,
    actions: Actions,
    evidence: String,
    limit_fields: Vec<LimitInput>,
    note: String,
    decisions: Vec<DecisionLine>,
    submission: Submission,
}

impl SubmissionPage {
    /// The operations of registries that are asked for.
    fn operations(&self) -> impl Iterator<Item = &'static Operation> {
        let codes = self.submission.manifest.exchange_operations.iter();
        codes.filter_map(|code| Operation::find(code))
    }
}

/// The field of the form that verifies an organisation.
struct VerifyField {
    value: String,
    error: Option<String>,
}

/// A suspension of the service's name.
struct SuspensionView {
    since: String,
    by: String,
    public: Option<String>,
    internal: String,
}

pub(super) fn render(context: PageContext, staff: &Staff, case: Case, typed: Typed) -> Html<SubmissionPage> {
    let lang = context.lang;
    let (text, words) = (StaffText::of(lang), Words::of(lang));
    let may_approve = case.submission.may_approve(staff, &case.circumstances);
    let barred = match &may_approve {
        Err(refused) if refused.reason != Reason::State => Some(words.reason(&refused.reason).to_owned()),
        _ => None,
    };
    let name_of = |id: &crate::domain::StaffId| {
        let known = case.circumstances.people.iter().find(|person| person.id == *id);
        known.map_or_else(|| id.0.clone(), |person| person.name.clone())
    };
    let ended = matches!(
        case.submission.state,
        Progress::Superseded { .. } | Progress::Withdrawn { .. } | Progress::Rejected { .. }
    );
    let older_than = case
        .running
        .as_ref()
        .filter(|running| case.submission.is_older_than(running) && !ended)
        .map(|running| running.manifest.version.to_string());
    let tied = staff.organisation.as_ref() == Some(&case.organisation.id);
    let officer = staff.role == crate::domain::staff::StaffRole::Officer;
    let actions = Actions::of(text, &case, staff, may_approve.is_ok(), &typed);
    let record = record_lines(words, &case, name_of);
    let suspended = case.suspension.as_ref().map(|suspension| SuspensionView {
        since: date_time(suspension.at),
        by: name_of(&suspension.by),
        public: suspension
            .grounds
            .public
            .as_ref()
            .map(|reason| reason.as_str().to_owned()),
        internal: suspension.grounds.internal.clone(),
    });
    let submission = case.submission;
    let grant = submission.grant();
    Html(SubmissionPage {
        text,
        words,
        consent: ConsentText::of(lang),
        inbox: InboxText::of(lang),
        sent: date_time(submission.created_at),
        changes: case
            .running
            .map(|running| change_lines(words, lang, &running.manifest, &submission.manifest)),
        permissions: permissions(
            &submission.manifest,
            case.report.as_ref().map(|stored| &stored.report),
        ),
        granted: grant
            .as_ref()
            .map(|grant| granted_limits(words, lang, &grant.boundary))
            .unwrap_or_default(),
        ends: grant
            .map(|grant| date(grant.boundary.ends_at))
            .unwrap_or_default(),
        barred,
        actions,
        registered: date(case.organisation.created_at),
        verify: (case.verification.is_none() && officer && !tied).then(|| VerifyField {
            value: typed.evidence.clone(),
            error: typed.error("evidence"),
        }),
        verified: case
            .verification
            .map(|known| format!("{}, {}: {}", date_time(known.at), known.by, known.evidence)),
        suspended,
        older_than,
        record,
        not_loaded: matches!(submission.state, Progress::Deployed { .. }) && !case.loaded,
        evidence: submission.state.evidence().unwrap_or_default().to_owned(),
        limit_fields: limit_inputs(text, words, lang, &submission.manifest.limits, &typed),
        decisions: decision_lines(text, words, lang, &submission, staff, case.decisions),
        organisation: case.organisation,
        report: case.report,
        note_error: typed.error("note"),
        note: typed.note,
        errors: typed.errors,
        context,
        submission,
    })
}

pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    StaffUser(staff): StaffUser,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let case = load(&app, &id).await.or_page(&context)?.or_missing(&context)?;
    Ok(render(context, &staff, case, Typed::default()).into_response())
}
