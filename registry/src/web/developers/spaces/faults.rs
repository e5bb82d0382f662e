//! What goes wrong in a test space, and the form for it.

use aim_gov::grant::Capability;
use aim_gov::web::{Html, PageContext, PageError};
use aim_runtime::faults::{DELAY_MS_MAX, Fault, FaultPlan, FaultRule};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use tower_sessions::Session;

use super::{organisation, path, refused, tell};
use crate::app::App;
use crate::spaces::{SpaceError, Spaces};
use crate::web::developers::{Developer, FormError, message_for};
use crate::web::space_text::SpaceText;

/// The interfaces whose calls go through the host's APIs.
const INTERFACES: [Capability; 9] = [
    Capability::Identity,
    Capability::Consent,
    Capability::Payments,
    Capability::OpenData,
    Capability::Notifications,
    Capability::LifeEvents,
    Capability::Exchange,
    Capability::Documents,
    Capability::Signature,
];

#[derive(Template)]
#[template(path = "developers_space_faults.html")]
struct FaultsPage {
    context: PageContext,
    text: &'static SpaceText,
    name: String,
    back: String,
    plan: FaultPlan,
    seed: String,
    twice: String,
    lost: String,
    errors: Vec<FormError>,
    typed: Typed,
    delay_most: u32,
}

impl FaultsPage {
    fn error(&self, field: &str) -> Option<&str> {
        message_for(&self.errors, field)
    }

    fn interfaces(&self) -> Vec<(&'static str, bool)> {
        let codes = INTERFACES.iter().map(|interface| interface.code());
        codes.map(|code| (code, code == self.typed.interface)).collect()
    }

    fn what(&self, fault: &Fault) -> String {
        match fault {
            Fault::Unavailable => self.text.fault_unavailable.clone(),
            Fault::AnswerLost => self.text.fault_answer_lost.clone(),
            Fault::DelayMs(ms) => format!("{} ({ms} ms)", self.text.fault_delay),
        }
    }
}

/// The form as it was typed.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(in super::super) struct Typed {
    /// `add`, `seed` or `clear`.
    change: String,
    seed: String,
    /// Of a hundred events, how many come twice.
    twice: String,
    /// Of a hundred attempts to deliver one, how many are lost.
    lost: String,
    interface: String,
    operation: String,
    /// `unavailable`, `answer-lost` or `delay`.
    fault: String,
    delay: String,
    percent: String,
}

impl Typed {
    /// The rule that was typed. What is not a number is out of its range.
    fn rule(&self) -> Option<FaultRule> {
        let operation = self.operation.trim();
        Some(FaultRule {
            interface: self.interface.parse().ok()?,
            operation: (!operation.is_empty()).then(|| operation.to_owned()),
            fault: match self.fault.as_str() {
                "unavailable" => Fault::Unavailable,
                "answer-lost" => Fault::AnswerLost,
                _ => Fault::DelayMs(self.delay.trim().parse().unwrap_or_default()),
            },
            percent: self.percent.trim().parse().unwrap_or_default(),
        })
    }

    /// The plan after this change of `plan`, or the field that is wrong.
    fn change(&self, mut plan: FaultPlan) -> Result<FaultPlan, &'static str> {
        match self.change.as_str() {
            "clear" => plan.rules.clear(),
            "seed" => {
                plan.seed = self.seed.trim().parse().map_err(|_| "seed")?;
                plan.events_twice_percent = self.twice.trim().parse().map_err(|_| "twice")?;
                plan.events_lost_percent = self.lost.trim().parse().map_err(|_| "lost")?;
            }
            _ => plan.rules.push(self.rule().ok_or("interface")?),
        }
        Ok(plan)
    }
}

/// `GET /{lang}/developers/spaces/{space}/faults`.
pub(in super::super) async fn faults(
    context: PageContext,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    Path((_, name)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let view = spaces.view(&organisation, &name).await;
    let view = view.map_err(|error| refused(context.clone(), &error))?;
    Ok(page(
        context,
        name,
        view.space.faults,
        Vec::new(),
        Typed::default(),
    ))
}

fn page(
    context: PageContext,
    name: String,
    plan: FaultPlan,
    errors: Vec<FormError>,
    typed: Typed,
) -> Response {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = FaultsPage {
        text: SpaceText::of(context.lang),
        back: path(&context, &name),
        name,
        seed: plan.seed.to_string(),
        twice: plan.events_twice_percent.to_string(),
        lost: plan.events_lost_percent.to_string(),
        plan,
        errors,
        typed,
        delay_most: DELAY_MS_MAX,
        context,
    };
    (status, Html(page)).into_response()
}

/// `POST /{lang}/developers/spaces/{space}/faults`.
pub(in super::super) async fn set_faults(
    context: PageContext,
    State(app): State<App>,
    Extension(spaces): Extension<Spaces>,
    developer: Developer,
    session: Session,
    Path((_, name)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let organisation = organisation(&context, &developer)?;
    let text = SpaceText::of(context.lang);
    let view = spaces.view(&organisation, &name).await;
    let known = view
        .map_err(|error| refused(context.clone(), &error))?
        .space
        .faults;
    let (field, message) = match typed.change(known.clone()) {
        Err(field) => (field, text.fault_wrong.clone()),
        Ok(plan) => match spaces.set_faults(&organisation, &name, plan).await {
            Ok(_) => {
                tell(&app, &context, &session, &text.done_faults).await;
                let here = format!("{}/faults", path(&context, &name));
                return Ok(Redirect::to(&here).into_response());
            }
            Err(error @ SpaceError::Faults(_)) => {
                let field = match error.code() {
                    Some("faults-delay") => "delay",
                    Some("faults-no-outcome") => "operation",
                    Some("faults-percent") => "percent",
                    Some("faults-twice") => "twice",
                    Some("faults-lost") => "lost",
                    _ => "interface",
                };
                (field, text.why(&error).unwrap_or_default().to_owned())
            }
            Err(error) => return Err(refused(context, &error)),
        },
    };
    Ok(page(
        context,
        name,
        known,
        vec![FormError { field, message }],
        typed,
    ))
}
