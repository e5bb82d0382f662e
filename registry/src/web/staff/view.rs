//! The content of a submission's page, computed from the domain.

use aim_gov::grant::{Boundary, Capability, Purpose};
use aim_gov::text::Locale;
use aim_gov::web::date_time;

use super::StaffText;
use super::case::{Case, Typed};
use crate::domain::change::{Change, changes};
use crate::domain::report::Report;
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::submission::{Event, State, Submission};
use crate::manifest::{LimitField, Limits, Manifest};
use crate::store::decision::{ALLOWED, Actor, ActorKind, Decision};
use crate::web::words::{Words, amount};

/// One permission: declared in the manifest, used by the binary.
pub(super) struct Permission {
    pub capability: Capability,
    pub declared: bool,
    /// `None` before vetting.
    pub used: Option<bool>,
}

pub(super) fn permissions(manifest: &Manifest, report: Option<&Report>) -> Vec<Permission> {
    Capability::ALL
        .iter()
        .copied()
        .map(|capability| Permission {
            capability,
            declared: manifest.capabilities.contains(&capability),
            used: report.map(|report| report.capabilities.contains(&capability)),
        })
        .filter(|permission| permission.declared || permission.used == Some(true))
        .collect()
}

/// One difference to the running version.
pub(super) struct ChangeLine {
    pub widens: bool,
    pub kind: String,
    pub what: String,
}

pub(super) fn change_lines(
    words: &Words,
    lang: Locale,
    running: &Manifest,
    new: &Manifest,
) -> Vec<ChangeLine> {
    changes(running, new)
        .iter()
        .map(|change| {
            let (kind, mut what) = words.change(change, lang);
            // A purpose is shown by its text; the code is for the manifest.
            let purpose = match change {
                Change::PurposeAdded(code) | Change::PurposeTerms(code) => purpose(new, code),
                Change::PurposeRemoved(code) => purpose(running, code),
                _ => None,
            };
            if let Some(purpose) = purpose {
                what = format!("{} ({what})", purpose.text.get(lang));
            }
            ChangeLine {
                widens: change.widens(),
                kind: kind.to_owned(),
                what,
            }
        })
        .collect()
}

fn purpose<'a>(manifest: &'a Manifest, code: &str) -> Option<&'a Purpose> {
    manifest.purposes.iter().find(|purpose| purpose.code == code)
}

pub(super) struct GrantedLimit {
    pub name: String,
    pub value: String,
}

pub(super) fn granted_limits(words: &Words, lang: Locale, boundary: &Boundary) -> Vec<GrantedLimit> {
    given(words, lang, &Limits::from(boundary))
}

/// One field of the approval form. It is empty at first, because the officer decides the limit.
pub(super) struct LimitInput {
    pub key: &'static str,
    pub label: String,
    pub asked: String,
    pub value: String,
    pub keyboard: &'static str,
    pub error: Option<String>,
}

pub(super) fn limit_inputs(
    text: &StaffText,
    words: &Words,
    lang: Locale,
    asked: &Limits,
    typed: &Typed,
) -> Vec<LimitInput> {
    LimitField::ALL
        .iter()
        .copied()
        // A limit of zero leaves nothing to give.
        .filter(|field| asked.get(*field) > 0)
        .map(|field| {
            let key = field.key();
            let (label, keyboard) = if field.is_money() {
                (
                    format!("{}, {}", words.limit.get(&field), text.in_manats),
                    "decimal",
                )
            } else {
                (words.limit.get(&field).to_owned(), "numeric")
            };
            let again = typed.limits.iter().find(|(name, _)| *name == key);
            LimitInput {
                key,
                label,
                asked: amount(field, asked.get(field), lang),
                value: again.map(|(_, value)| value.clone()).unwrap_or_default(),
                keyboard,
                error: typed.error(key),
            }
        })
        .collect()
}

/// The field for the public reason.
pub(super) struct PublicReason {
    pub value: String,
    pub error: Option<String>,
}

/// A form with at most two fields.
#[derive(Default)]
pub(super) struct SimpleAction {
    pub path: &'static str,
    pub legend: String,
    pub hint: String,
    pub button: String,
    pub class: &'static str,
    pub wants_reason: bool,
    pub public_reason: Option<PublicReason>,
    /// The input before a refusal.
    pub reason: String,
    pub error: Option<String>,
}

/// The actions of this person on this submission.
pub(super) struct Actions {
    pub approve: bool,
    pub simple: Vec<SimpleAction>,
}

impl Actions {
    pub fn of(text: &StaffText, case: &Case, staff: &Staff, approve: bool, typed: &Typed) -> Self {
        let submission = &case.submission;
        let suspended = case.suspension.is_some();
        let tied = staff.organisation.as_ref() == Some(&submission.organisation);
        let action = |path, legend: &str, hint: &str, button: &str, class| SimpleAction {
            path,
            legend: legend.to_owned(),
            hint: hint.to_owned(),
            button: button.to_owned(),
            class,
            wants_reason: true,
            ..SimpleAction::default()
        };
        let reject = || {
            let hint = &text.reject_hint;
            action(
                "reject",
                &text.reject_legend,
                hint,
                &text.reject_button,
                "secondary",
            )
        };
        let mut simple = Vec::new();
        match &submission.state {
            State::Vetted { .. } | State::FirstApproved { .. } if !tied => simple.push(reject()),
            State::Approved { .. } if !tied => {
                if !suspended && !approve {
                    simple.push(SimpleAction {
                        wants_reason: false,
                        ..action(
                            "deploy",
                            &text.deploy_legend,
                            &text.deploy_hint,
                            &text.deploy_button,
                            "",
                        )
                    });
                }
                simple.push(reject());
            }
            State::Deployed { .. } => simple.push(SimpleAction {
                public_reason: Some(PublicReason {
                    value: typed.public_reason.clone(),
                    error: typed.error("public-suspend"),
                }),
                ..action(
                    "suspend",
                    &text.suspend_legend,
                    &text.suspend_hint,
                    &text.suspend_button,
                    "danger",
                )
            }),
            _ => {}
        }
        // The name is suspended, regardless of the page's version.
        if suspended && !tied && staff.role == StaffRole::Director {
            simple.push(action(
                "resume",
                &text.resume_legend,
                &text.resume_hint,
                &text.resume_button,
                "",
            ));
        }
        for action in &mut simple {
            if let Some((_, reason)) = typed.reason.as_ref().filter(|(path, _)| *path == action.path) {
                action.reason.clone_from(reason);
            }
            action.error = typed.error(&format!("reason-{}", action.path));
        }
        Self { approve, simple }
    }
}

pub(super) struct DecisionLine {
    pub when: String,
    pub who: String,
    pub what: String,
    pub refused: Option<String>,
    /// `None` if the reader may not see it yet.
    pub why: Option<String>,
    pub limits: Vec<GrantedLimit>,
}

/// The log, without the first officer's grounds until the second has decided.
pub(super) fn decision_lines(
    text: &StaffText,
    words: &Words,
    lang: Locale,
    submission: &Submission,
    reader: &Staff,
    decisions: Vec<Decision>,
) -> Vec<DecisionLine> {
    let undecided = matches!(
        submission.state,
        State::Vetted { .. } | State::FirstApproved { .. }
    );
    decisions
        .into_iter()
        .map(|decision| {
            let hidden =
                undecided && decision.event == Event::Approve.code() && decision.actor.id != reader.id.0;
            DecisionLine {
                when: date_time(decision.at),
                who: actor(text, &decision.actor),
                what: words.event.get(&decision.event).to_owned(),
                refused: (decision.outcome != ALLOWED).then(|| words.rule.get(&decision.outcome).to_owned()),
                limits: decision
                    .limits
                    .filter(|_| !hidden)
                    .map(|limits| given(words, lang, &limits))
                    .unwrap_or_default(),
                why: (!hidden).then_some(decision.reason),
            }
        })
        .collect()
}

/// The actor: the person, their organisation, and the token.
pub(super) fn actor(text: &StaffText, actor: &Actor) -> String {
    if actor.kind == ActorKind::Platform {
        return text.log_platform.clone();
    }
    let mut who = actor.name.clone();
    if let Some(organisation) = &actor.organisation {
        who = format!("{who}, {organisation}");
    }
    if let Some(token) = &actor.token {
        who = format!("{who}, {}", text.log_token.replace("{token}", token));
    }
    who
}

fn given(words: &Words, lang: Locale, limits: &Limits) -> Vec<GrantedLimit> {
    LimitField::ALL
        .iter()
        .copied()
        .filter(|field| limits.get(*field) > 0)
        .map(|field| GrantedLimit {
            name: words.limit.get(&field).to_owned(),
            value: amount(field, limits.get(field), lang),
        })
        .collect()
}
