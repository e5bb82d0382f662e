//! What the API says about test spaces, and what it takes.

use aim_gov::clock::{Setting, Timestamp};
use aim_gov::text::Locale;
use aim_gov::usage::{LimitUse, Window};
use aim_gov::web::rfc3339;
use aim_runtime::faults::FaultPlan;
use aim_runtime::{Arguments, LoggedCall};
use http::StatusCode;

use crate::api::problem::Problem;
use crate::domain::space::{ClockChange, Snapshot, Space};
use crate::domain::submission::Submission;
use crate::interfaces::documentation;
use crate::spaces::{Access, View};

/// A test space in the list of an organisation.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SpaceLine)]
pub struct Line {
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// When its database began, by its clock.
    #[schema(format = DateTime)]
    began_at: String,
    /// Whether its clock stands still.
    frozen: bool,
    faults: FaultPlan,
}

/// A test space.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = Space)]
pub struct Whole {
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// When its database began, by its clock.
    #[schema(format = DateTime)]
    began_at: String,
    /// Whether its clock stands still.
    frozen: bool,
    faults: FaultPlan,
    /// What its clock shows.
    #[schema(format = DateTime)]
    shows: String,
    /// The versions that run there: the newest of each service that passed vetting.
    services: Vec<Running>,
    snapshots: Vec<Copy>,
}

/// A version that runs in a test space.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SpaceService)]
pub struct Running {
    name: String,
    version: String,
    /// `sha256:` and 64 hexadecimal digits of the component.
    digest: String,
    /// The submission's id.
    submission: String,
}

/// A snapshot of a test space.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SpaceSnapshot)]
pub struct Copy {
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    /// What the clock of the space showed.
    #[schema(format = DateTime)]
    stood_at: String,
}

impl From<Space> for Line {
    fn from(space: Space) -> Self {
        Self {
            created_at: rfc3339(space.created_at),
            began_at: rfc3339(space.began_at),
            frozen: matches!(space.clock, Setting::Frozen(_)),
            faults: space.faults,
            name: space.name.0,
        }
    }
}

impl From<View> for Whole {
    fn from(view: View) -> Self {
        let Line {
            name,
            created_at,
            began_at,
            frozen,
            faults,
        } = view.space.into();
        Self {
            name,
            created_at,
            began_at,
            frozen,
            faults,
            shows: rfc3339(view.shows),
            services: view.services.iter().map(Running::from).collect(),
            snapshots: view.snapshots.into_iter().map(Copy::from).collect(),
        }
    }
}

impl From<&Submission> for Running {
    fn from(submission: &Submission) -> Self {
        Self {
            name: submission.service().0.clone(),
            version: submission.manifest.version.to_string(),
            digest: submission.digest.clone(),
            submission: submission.id.0.clone(),
        }
    }
}

impl From<Snapshot> for Copy {
    fn from(snapshot: Snapshot) -> Self {
        Self {
            name: snapshot.name.0,
            created_at: rfc3339(snapshot.created_at),
            stood_at: rfc3339(snapshot.stood_at),
        }
    }
}

/// A call of a service of the space.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SpaceCall)]
pub struct Call {
    /// By the clock of the space.
    #[schema(format = DateTime)]
    at: String,
    service: String,
    version: String,
    /// The request's id.
    request: String,
    /// Method and path of the request.
    target: String,
    interface: &'static str,
    operation: &'static str,
    /// `allowed`, or the code of the refusal.
    outcome: &'static str,
    /// Why it was refused, and the remedy.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    advice: String,
    /// The path on this platform of what is said of the operation, with its errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    documentation: Option<String>,
    /// The fault of the plan that it met.
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    /// What the service handed over, by the names of the WIT. What may be data of citizens is an object that says what was
    /// there: `redacted` (`text`, `bytes`, `number`, `flag`, `list`, `record`) and `size` (characters, bytes, items, fields).
    /// A list has at most 20 items, and an object `{"more": n}` for the others; an address has the names of its query alone.
    #[schema(value_type = Object)]
    arguments: Arguments,
    /// The limits that it counted against.
    limits: Vec<Used>,
}

/// What is used of a limit.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SpaceCallLimit)]
pub struct Used {
    /// The limit's code.
    limit: &'static str,
    /// How much was used when the call ended, the call included unless it was refused. Amounts are in minor units.
    #[schema(minimum = 0)]
    used: i64,
    /// How much may be used.
    #[schema(minimum = 0)]
    most: i64,
    /// What it counts over.
    window: Window,
}

impl From<LimitUse> for Used {
    fn from(one: LimitUse) -> Self {
        let LimitUse {
            limit,
            used,
            most,
            window,
        } = one;
        Self {
            limit,
            used,
            most,
            window,
        }
    }
}

impl From<LoggedCall> for Call {
    fn from(call: LoggedCall) -> Self {
        Self {
            at: rfc3339(call.at),
            service: call.service.0,
            version: call.request.version.clone(),
            request: call.request.id.clone(),
            target: call.request.target.clone(),
            interface: call.call.interface,
            operation: call.call.operation,
            outcome: call.call.outcome,
            advice: call.advice,
            documentation: documentation(call.call.interface, call.call.operation)
                .map(|path| format!("/{}{path}", Locale::En)),
            fault: call.fault,
            arguments: call.arguments,
            limits: call.limits.into_iter().map(Used::from).collect(),
        }
    }
}

/// What lets a program or a browser in.
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = SpaceAccess)]
pub struct LetIn {
    /// The value of the header `Aim-Space` of each request.
    token: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// For a browser: can be opened for a minute.
    address: String,
}

impl From<Access> for LetIn {
    fn from(access: Access) -> Self {
        Self {
            token: access.token,
            expires_at: rfc3339(access.expires),
            address: access.address,
        }
    }
}

/// A name to give.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[schema(as = SpaceName)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// 3 to 20 of `a` to `z`, `0` to `9` and single hyphens, beginning with a letter.
    #[schema(min_length = 3, max_length = 20, pattern = "^[a-z](-?[a-z0-9])+$")]
    pub name: String,
}

/// A change of the clock.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[schema(as = SpaceClock)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// Whether it stands still.
    Frozen(bool),
    /// It goes forward by so many milliseconds, at most 366 days.
    AdvanceMs(i64),
    /// It goes forward to this moment (RFC 3339).
    Set(String),
}

/// What a body for the clock looks like.
pub const CLOCK_FORM: &str =
    "send JSON with one of `frozen` (true or false), `advance-ms` and `set` (RFC 3339)";

impl Clock {
    pub fn change(&self) -> Result<ClockChange, Problem> {
        Ok(match self {
            Self::Frozen(true) => ClockChange::Freeze,
            Self::Frozen(false) => ClockChange::Run,
            Self::AdvanceMs(ms) => ClockChange::Advance(*ms),
            Self::Set(text) => {
                let at = Timestamp::parse(text);
                let wrong = || Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad-request", CLOCK_FORM);
                ClockChange::Set(at.ok_or_else(wrong)?)
            }
        })
    }
}
