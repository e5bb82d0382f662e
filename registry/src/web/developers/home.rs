//! The first page: a developer's services and tokens, or how to begin.

use aim_gov::db::DbError;
use aim_gov::web::{Html, OrPage as _, PageContext, PageError, citizen, date_time};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;

use super::{DeveloperText, FormError, message_for, organisation_of};
use crate::app::App;
use crate::domain::organisation::Organisation;
use crate::domain::submission::Submission;
use crate::domain::token::{ApiToken, Lifetime};
use crate::store;
use crate::web::words::Words;

#[derive(Template)]
#[template(path = "developers_home.html")]
pub(super) struct HomePage {
    context: PageContext,
    text: &'static DeveloperText,
    words: &'static Words,
    errors: Vec<FormError>,
    typed: Typed,
    account: Option<Account>,
    platform: String,
}

/// A developer's input, to be shown again.
#[derive(Default)]
pub(super) struct Typed {
    pub name: String,
    pub tax_id: String,
    pub label: String,
    pub lifetime: Option<Lifetime>,
}

struct Account {
    organisation: Organisation,
    unverified: bool,
    tokens: Vec<TokenLine>,
    submissions: Vec<(Submission, String)>,
}

struct TokenLine {
    token: ApiToken,
    created: String,
    expires: String,
    /// The time and the network of the last use.
    used: Option<String>,
    state: TokenState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenState {
    Valid,
    Expired,
    Revoked,
}

impl HomePage {
    /// The path of the description of the interfaces for programs.
    fn description(&self) -> &'static str {
        aim_gov::described::PATH
    }

    fn error(&self, field: &str) -> Option<&str> {
        message_for(&self.errors, field)
    }

    fn lifetimes(&self) -> Vec<(Lifetime, &str, bool)> {
        let words = Lifetime::ALL.iter().map(|lifetime| {
            let word = match lifetime {
                Lifetime::QuarterHour => &self.text.lifetime_quarter_hour,
                Lifetime::Day => &self.text.lifetime_day,
                Lifetime::Month => &self.text.lifetime_month,
                Lifetime::Quarter => &self.text.lifetime_quarter,
            };
            let chosen = self.typed.lifetime.unwrap_or(Lifetime::Month);
            (*lifetime, word.as_str(), *lifetime == chosen)
        });
        words.collect()
    }

    fn token_state(&self, line: &TokenLine) -> &str {
        match line.state {
            TokenState::Valid => &self.text.token_valid,
            TokenState::Expired => &self.text.token_expired,
            TokenState::Revoked => &self.text.token_revoked,
        }
    }
}

async fn account(app: &App, organisation: Organisation) -> Result<Account, DbError> {
    let now = app.platform.clock.now();
    let mut reader = app.platform.db.reader().await?;
    let tokens = store::token::of_organisation(&mut reader, &organisation.id).await?;
    let submissions = store::submission::of_organisation(&mut reader, &organisation.id).await?;
    let verification = store::verification::of(&mut reader, &organisation.id).await?;
    Ok(Account {
        organisation,
        unverified: verification.is_none(),
        tokens: tokens
            .into_iter()
            .map(|token| TokenLine {
                created: date_time(token.created_at),
                expires: date_time(token.expires_at),
                used: token
                    .last_used
                    .as_ref()
                    .map(|last| format!("{} · {}", date_time(last.at), last.from)),
                state: match token.revoked_at {
                    Some(_) => TokenState::Revoked,
                    None if token.is_valid(now) => TokenState::Valid,
                    None => TokenState::Expired,
                },
                token,
            })
            .collect(),
        submissions: submissions
            .into_iter()
            .map(|submission| {
                let sent = date_time(submission.created_at);
                (submission, sent)
            })
            .collect(),
    })
}

/// The page, with the errors of a form that was just sent.
pub(super) async fn page(
    context: PageContext,
    app: &App,
    organisation: Option<Organisation>,
    errors: Vec<FormError>,
    typed: Typed,
) -> Result<Response, PageError> {
    let account = match organisation {
        Some(organisation) => Some(account(app, organisation).await.or_page(&context)?),
        None => None,
    };
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let page = HomePage {
        text: DeveloperText::of(context.lang),
        words: Words::of(context.lang),
        platform: app.platform_origin(),
        context,
        errors,
        typed,
        account,
    };
    Ok((status, Html(page)).into_response())
}

/// Everybody may read how to begin; the forms are for citizens who are logged in.
pub(super) async fn show(
    context: PageContext,
    State(app): State<App>,
    session: Session,
) -> Result<Response, PageError> {
    let organisation = match citizen(&session).await.or_page(&context)? {
        Some(session) => organisation_of(&app, &session.citizen).await.or_page(&context)?,
        None => None,
    };
    page(context, &app, organisation, Vec::new(), Typed::default()).await
}

/// Back to the page after a form. Without a fragment, because a browser would then not focus the banner.
pub(super) fn address(context: &PageContext) -> String {
    format!("/{}/developers", context.lang)
}
