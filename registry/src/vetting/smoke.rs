//! The smoke run: the component answers a visitor and a citizen, in the real host, against temporary APIs of
//! its own. Nothing tells it that it is being vetted, except that systems outside are unavailable.

use std::sync::Arc;

use aim_gov::apis::Apis;
use aim_gov::clock::Timestamp;
use aim_gov::db::{Db, sqlite_address};
use aim_gov::identity::{ADULT_YEARS, Person, personas};
use aim_gov::invocation::{Acr, CitizenId, Service, Session};
use aim_gov::life_events::{Attempt, Outcome, Unhandled};
use aim_gov::platform::Platform;
use aim_gov::random::Random;
use aim_gov::rehearsal::RehearsalError;
use aim_gov::text::Locale;
use aim_runtime::{Calls, DeployError, Inspected, LogLine, SmokeAnswer, SmokeEvent, SmokeRequest};

use super::VettingError;
use super::checks::is_the_components_fault;
use crate::app::App;
use crate::deploy;
use crate::domain::report::{Check, Severity};
use crate::domain::submission::Submission;

/// The most calls of one request in the report.
const CALLS_LISTED_MAX: usize = 20;
/// The most log lines of a failed request in the report; the last ones, because a traceback ends with its
/// cause.
const LOG_LINES_LISTED_MAX: usize = 20;
/// The citizen of the run logged in less than this many minutes ago.
const LOGGED_IN_MINUTES: u8 = 10;

/// Runs the component and returns the checks.
///
/// # Errors
/// [`VettingError`] where the fault is not the component's.
pub(super) async fn checks(
    app: &App,
    submission: &Submission,
    inspected: &Inspected,
) -> Result<Vec<Check>, VettingError> {
    let folder = tempfile::tempdir().map_err(VettingError::Folder)?;
    let platform = Platform {
        db: Db::open(&sqlite_address(&folder.path().join("vetting.sqlite"))).await?,
        ..app.platform.clone()
    };
    let apis = Apis::open(platform.clone(), &app.platform_origin()).await?;
    let now = app.platform.clock.now();
    let visitor = citizen(&apis, &app.platform.random, now, None);
    let requests = vec![
        SmokeRequest::get("/", None),
        SmokeRequest::get("/", visitor.clone()),
    ];
    // As if both officers granted everything that was asked for.
    let grant = submission.manifest.grant(&submission.manifest.limits, now);
    let controller = deploy::controller(app, submission).await?;
    let service = Arc::new(deploy::service(app, submission, grant, controller));
    let visitor = visitor.map(|session| session.citizen);
    let subject = citizen(&apis, &app.platform.random, now, visitor.as_ref());
    let events = match events(&apis, &service, subject.as_ref()).await {
        Ok(events) => events,
        Err(RehearsalError::Db(error)) => return Err(error.into()),
        Err(error) => {
            let said = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
            let evidence = said.map(ToString::to_string).collect();
            return Ok(vec![Check::failed("smoke-event", Severity::Block, evidence)]);
        }
    };
    let report = match app
        .runtime
        .smoke(service, inspected, requests, events, apis)
        .await
    {
        Ok(report) => report,
        Err(DeployError::Compile(error)) if !is_the_components_fault(&error) => {
            return Err(VettingError::Compiler(error));
        }
        Err(DeployError::Busy) => return Err(VettingError::Busy),
        Err(error) => {
            return Ok(vec![Check::failed(
                "smoke-anonymous",
                Severity::Block,
                vec![error.to_string()],
            )]);
        }
    };
    let systems = !submission.manifest.outbound_hosts.is_empty();
    let mut checks: Vec<_> = report
        .answers
        .iter()
        .map(|answer| check(answer, systems))
        .collect();
    checks.extend(report.events.iter().map(check_event));
    let said = report.answers.into_iter().flat_map(|answer| answer.logs);
    let of_events = report.events.into_iter().flat_map(|event| event.logs);
    app.runtime
        .add_to_log(submission.service(), said.chain(of_events));
    Ok(checks)
}

/// An event of each type that the service subscribes to, about a citizen who takes part and agreed to everything.
async fn events(
    apis: &Apis,
    service: &Arc<Service>,
    subject: Option<&Session>,
) -> Result<Vec<Attempt>, RehearsalError> {
    match subject {
        Some(session) if !service.grant.events.is_empty() => apis.rehearse(service, session).await,
        _ => Ok(Vec::new()),
    }
}

/// The check of what a component made of an event.
fn check_event(event: &SmokeEvent) -> Check {
    let code = "smoke-event";
    let mut evidence = vec![match &event.outcome {
        Ok(Outcome::Done) => format!("{}: done", event.event_type.code()),
        Ok(Outcome::Retry(_)) => format!("{}: retry", event.event_type.code()),
        Ok(Outcome::Reject(reason)) => {
            format!(
                "{}: rejected with `{}`",
                event.event_type.code(),
                reason.escape_default()
            )
        }
        Err(Unhandled(code)) => format!("{}: the host stopped it: {code}", event.event_type.code()),
    }];
    evidence.extend(called(&event.calls));
    match event.outcome {
        Ok(_) => Check::passed(code, Severity::Block, evidence),
        Err(_) => {
            evidence.extend(said(&event.logs));
            Check::failed(code, Severity::Block, evidence)
        }
    }
}

/// Whether somebody can log in at a service: a living adult.
fn takes_part(person: &Person, now: Timestamp) -> bool {
    person.died.is_none() && person.age_years(now) >= ADULT_YEARS
}

/// A living adult citizen with a log-in of some minutes ago, a different one in each run: a component that knew the
/// only citizen of all runs could behave for them.
fn citizen(apis: &Apis, random: &Random, now: Timestamp, but: Option<&CitizenId>) -> Option<Session> {
    let living: Vec<_> = personas::all()
        .iter()
        .map(|persona| &persona.person)
        .filter(|person| takes_part(person, now))
        .filter_map(|person| apis.identity.citizen(&person.fin))
        .filter(|citizen| Some(citizen) != but)
        .collect();
    let mut drawn = [0; 2];
    random.fill(&mut drawn);
    let [who, minutes] = drawn;
    let citizen = living.get(usize::from(who).checked_rem(living.len())?)?.clone();
    Some(Session {
        citizen,
        acr: Acr::Substantial,
        amr: vec!["otp".to_owned()],
        auth_time: now.plus_ms(-i64::from(minutes % LOGGED_IN_MINUTES) * 60_000),
        locale: Locale::Az,
    })
}

/// The check of an answer, for a component that may call other `systems` when it is deployed.
fn check(answer: &SmokeAnswer, systems: bool) -> Check {
    let code = if answer.citizen {
        "smoke-citizen"
    } else {
        "smoke-anonymous"
    };
    let mut evidence = vec![match &answer.location {
        Some(location) => format!("GET {} answered {} to {location}", answer.path, answer.status),
        None => format!("GET {} answered {}", answer.path, answer.status),
    }];
    evidence.extend(called(&answer.calls));
    let called_outside = answer.calls.first.iter().any(|call| call.target.is_some());
    match answer.failure() {
        Some(failure) => {
            evidence.push(format!("The host stopped it: {failure}"));
            evidence.extend(said(&answer.logs));
            Check::failed(code, Severity::Block, evidence)
        }
        None if answer.status >= 500 && called_outside && systems => {
            evidence.push("It called another system, none of which answers during vetting".to_owned());
            evidence.extend(said(&answer.logs));
            Check::failed(code, Severity::Warn, evidence)
        }
        None if answer.status >= 500 => {
            evidence.extend(said(&answer.logs));
            Check::failed(code, Severity::Block, evidence)
        }
        None => Check::passed(code, Severity::Block, evidence),
    }
}

/// The calls, with their outcomes.
fn called(calls: &Calls) -> Vec<String> {
    let mut lines: Vec<_> = calls
        .first
        .iter()
        .take(CALLS_LISTED_MAX)
        .map(|call| {
            let target = call.target.as_deref().unwrap_or_default();
            let spoken = format!("{}.{} {target}", call.interface, call.operation);
            format!("{}: {}", spoken.trim_end(), call.outcome)
        })
        .collect();
    let unlisted = calls.first.len().saturating_sub(CALLS_LISTED_MAX);
    let more = calls
        .more
        .saturating_add(u64::try_from(unlisted).unwrap_or(u64::MAX));
    if more > 0 {
        lines.push(format!("and {more} more calls"));
    }
    lines
}

/// The log lines of the component and of the host about it, including a panic's message.
fn said(lines: &[LogLine]) -> Vec<String> {
    let mut said: Vec<_> = lines
        .iter()
        .flat_map(|line| {
            let who = match line.context.as_str() {
                "" => line.source.code().to_owned(),
                context => format!("{} {context}", line.source.code()),
            };
            line.message
                .lines()
                .map(move |text| format!("Log ({who}): {text}"))
                .collect::<Vec<_>>()
        })
        .collect();
    let left_out = said.len().saturating_sub(LOG_LINES_LISTED_MAX);
    if left_out > 0 {
        said.splice(
            ..left_out,
            [format!("Log: {left_out} lines before these are left out")],
        );
    }
    said
}

#[cfg(test)]
mod tests {
    use aim_runtime::{Asked, Level, Source, TracedCall};

    use super::*;
    use crate::testing::NOW;

    fn line(source: Source, level: Level, context: &str, message: &str) -> LogLine {
        LogLine {
            at: NOW,
            request: Arc::new(Asked::default()),
            level,
            source,
            context: context.to_owned(),
            message: message.to_owned(),
        }
    }

    fn answer(status: u16, target: Option<&str>, logs: Vec<LogLine>) -> SmokeAnswer {
        let call = target.map(|target| TracedCall {
            interface: "outbound",
            operation: "handle",
            target: Some(target.to_owned()),
            outcome: "allowed",
        });
        SmokeAnswer {
            path: "/".to_owned(),
            citizen: false,
            status,
            location: None,
            calls: Calls {
                first: call.into_iter().collect(),
                more: 0,
            },
            logs,
        }
    }

    /// A traceback ends with its cause.
    #[test]
    fn failed_answer_shows_the_end_of_what_was_said() {
        let said = |count: usize| -> Vec<LogLine> {
            let text: Vec<_> = (1..=count).map(|number| format!("line {number}")).collect();
            vec![line(Source::Stderr, Level::Error, "", &text.join("\n"))]
        };
        let trap = line(Source::Host, Level::Error, "trap", "it stopped");
        let stopped = said(LOG_LINES_LISTED_MAX + 4).into_iter().chain([trap]).collect();
        for (answer, systems, last) in [
            (
                answer(500, None, said(LOG_LINES_LISTED_MAX + 5)),
                false,
                "Log (stderr): line 25",
            ),
            (
                answer(503, Some("GET api.example.az"), said(LOG_LINES_LISTED_MAX + 5)),
                true,
                "Log (stderr): line 25",
            ),
            (answer(502, None, stopped), false, "Log (host trap): it stopped"),
        ] {
            let evidence = check(&answer, systems).evidence;
            let shown: Vec<_> = evidence.iter().filter(|one| one.starts_with("Log")).collect();
            assert_eq!(shown.len(), LOG_LINES_LISTED_MAX + 1, "{evidence:?}");
            assert_eq!(shown[0], "Log: 5 lines before these are left out");
            assert_eq!(evidence.last().unwrap(), last);
        }
        let well = check(&answer(200, None, said(3)), false).evidence;
        assert_eq!(well, ["GET / answered 200"]);
    }

    #[test]
    fn citizen_who_cannot_log_in_is_not_drawn() {
        let of = |fin: &str| &personas::by_fin(fin).unwrap().person;
        let now = crate::testing::NOW;
        assert!(takes_part(of("OTEST01"), now));
        // A child, and somebody who has died.
        assert!(!takes_part(of("OTEST03"), now));
        assert!(!takes_part(of("OTEST06"), now));
    }
}
