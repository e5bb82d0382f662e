//! `aim status`

use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;

use crate::api::Api;
use crate::failure::{Blame, Failure};
use crate::login_file;
use crate::project::Project;
use crate::ui;

/// Interval of the requests of `--wait`.
const POLL: Duration = Duration::from_secs(1);
/// Limit of `--wait`: a slow machine takes minutes to compile the largest component.
const WAIT_MAX: Duration = Duration::from_secs(1_200);

/// Show the state of a submission
///
/// Shows the result of vetting and the decisions of the officers. Exit code 5 if the registry refused.
#[derive(Args, Debug)]
pub struct StatusArgs {
    /// The id of the submission; by default the newest of the project in this folder
    submission: Option<String>,
    /// Wait for the result of vetting
    #[arg(long)]
    wait: bool,
}

/// A submission as the registry describes it.
#[derive(Debug, Deserialize)]
struct Submission {
    id: String,
    service: String,
    version: String,
    state: String,
    digest: String,
    /// Progress of its compilation, while it is being compiled.
    compiling_percent: Option<u8>,
    /// The number of submissions before it in the queue, while it waits.
    vetted_before: Option<usize>,
    /// The officer's reason for a rejection or a suspension.
    reason: Option<String>,
    /// The address of its page.
    page: String,
    /// The address for citizens, once it is deployed.
    origin: Option<String>,
    report: Option<Report>,
}

/// A service as the registry describes it: its submissions, newest first.
#[derive(Debug, Deserialize)]
struct Service {
    submissions: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct Line {
    id: String,
}

/// The result of vetting, as far as a terminal shows it.
#[derive(Debug, Deserialize)]
struct Report {
    checks: Vec<Check>,
}

#[derive(Debug, Deserialize)]
struct Check {
    code: String,
    severity: String,
    outcome: String,
    evidence: Vec<String>,
}

/// Shows the submission.
///
/// # Errors
/// When the registry cannot be reached, does not know the submission, or refused it.
pub async fn run(arguments: &StatusArgs) -> Result<(), Failure> {
    let api = Api::new(login_file::load()?)?;
    let id = match &arguments.submission {
        Some(id) => id.clone(),
        None => newest(&api).await?,
    };
    if arguments.wait {
        return wait_and_show(&api, &id).await;
    }
    show(&fetch(&api, &id).await?)
}

/// The newest submission of the project in this folder.
async fn newest(api: &Api) -> Result<String, Failure> {
    let name = Project::open(Path::new("."))?.manifest.name;
    let service: Option<Service> = api.find(&format!("/api/v1/services/{}", name.0)).await?;
    service
        .map(|service| service.submissions)
        .unwrap_or_default()
        .into_iter()
        .next()
        .map(|line| line.id)
        .ok_or_else(|| {
            Failure::new(
                Blame::Refused,
                format!("your organisation has published nothing of `{}` yet", name.0),
            )
            .advise("run `aim publish`")
        })
}

/// Waits for the result of vetting, and shows it.
///
/// # Errors
/// As [`run`], and when vetting takes longer than [`WAIT_MAX`].
pub async fn wait_and_show(api: &Api, id: &str) -> Result<(), Failure> {
    let vetted = async {
        let mut shown = String::new();
        loop {
            let submission = fetch(api, id).await?;
            if !matches!(submission.state.as_str(), "draft" | "vetting") {
                return Ok(submission);
            }
            let now = progress(&submission);
            if now != shown {
                ui::progress(&now);
                shown = now;
            }
            tokio::time::sleep(POLL).await;
        }
    };
    let submission = tokio::time::timeout(WAIT_MAX, vetted).await.map_err(|_| {
        Failure::new(
            Blame::Registry,
            format!("vetting did not end in {} minutes", WAIT_MAX.as_secs() / 60),
        )
        .advise(format!("ask again later: `aim status {id} --wait`"))
    })?;
    show(&submission?)
}

async fn fetch(api: &Api, id: &str) -> Result<Submission, Failure> {
    api.get(&format!("/api/v1/submissions/{id}")).await
}

fn show(submission: &Submission) -> Result<(), Failure> {
    ui::say(format_args!("{} {}", submission.service, submission.version));
    ui::say(format_args!("  submission  {}", submission.id));
    ui::say(format_args!("  component   {}", submission.digest));
    ui::say(format_args!(
        "  state       {}: {}",
        submission.state,
        progress(submission)
    ));
    if let Some(reason) = &submission.reason {
        ui::say(format_args!("  reason      {reason}"));
    }
    if let Some(origin) = &submission.origin {
        ui::say(format_args!("  address     {origin}"));
    }
    ui::say(format_args!("  page        {}", submission.page));
    for check in submission.report.iter().flat_map(|report| &report.checks) {
        show_check(check);
    }
    match submission.state.as_str() {
        "vetting-failed" => Err(Failure::new(Blame::Refused, "vetting refused the component")
            .advise("change what the failed checks above name, and publish again")),
        "rejected" => Err(Failure::new(Blame::Refused, "an officer refused the component")),
        _ => Ok(()),
    }
}

/// Prints a check in one line, and its findings if it failed or warns.
fn show_check(check: &Check) {
    let failed = check.outcome != "passed";
    let mark = match (failed, check.severity.as_str()) {
        (false, _) => "passed",
        (true, "warn") => "look at",
        (true, _) => "FAILED",
    };
    ui::say(format_args!("  {mark:<10}  {}", check.code));
    if failed {
        for line in &check.evidence {
            ui::say(format_args!("              {line}"));
        }
    }
}

/// The current step of a submission.
fn progress(submission: &Submission) -> String {
    match (submission.compiling_percent, submission.vetted_before) {
        (Some(percent), _) => format!("compiling, {percent} %"),
        (None, Some(0)) => "next in the queue for automated checks".to_owned(),
        (None, Some(1)) => "in the queue for automated checks, behind 1 other".to_owned(),
        (None, Some(before)) => format!("in the queue for automated checks, behind {before} others"),
        (None, None) => meaning(&submission.state).to_owned(),
    }
}

/// The meaning of a state for the developer. A newer registry may have states that this version does not know.
pub fn meaning(state: &str) -> &'static str {
    match state {
        "draft" => "waiting for the component to be uploaded",
        "vetting" => "automated checks are running",
        "vetting-failed" => "automated checks found a fault that cannot be approved",
        "vetted" => "waiting for two officers",
        "first-approved" => "approved by one officer, waiting for another",
        "approved" => "approved by both officers, about to be deployed",
        "deployed" => "open to citizens",
        "suspended" => "suspended by an officer, every call is refused",
        "superseded" => "replaced by another version",
        "rejected" => "rejected by an officer",
        "withdrawn" => "withdrawn by its publisher",
        _ => "see the registry's pages",
    }
}
