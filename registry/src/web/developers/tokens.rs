//! API tokens: created, shown once, revoked.

use aim_gov::web::{Banner, Confirm, Html, OrMissing as _, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::ExposeSecret as _;
use tower_sessions::Session;

use super::home::{Typed, address, page};
use super::{Developer, DeveloperText, FormError};
use crate::account::{self, AccountError};
use crate::app::App;
use crate::domain::TokenId;
use crate::domain::token::{ApiToken, Lifetime};
use crate::store;

/// The session's key of a [`Made`].
const MADE_KEY: &str = "token-made";

#[derive(Template)]
#[template(path = "developers_token.html")]
struct TokenPage {
    context: PageContext,
    text: &'static DeveloperText,
    made: Made,
    platform: String,
}

/// A token that was just created, kept in the session until a page has shown it. The page is not the answer to
/// the form, because reloading that would create another token.
#[derive(serde::Serialize, serde::Deserialize)]
struct Made {
    label: String,
    secret: String,
    expires: String,
}

#[derive(serde::Deserialize)]
pub(super) struct TokenForm {
    #[serde(default)]
    label: String,
    #[serde(default)]
    lifetime: String,
}

pub(super) async fn create(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    session: Session,
    Form(form): Form<TokenForm>,
) -> Result<Response, PageError> {
    let text = DeveloperText::of(context.lang);
    let Some(organisation) = developer.organisation else {
        return Err(PageError::new(context, StatusCode::FORBIDDEN));
    };
    let Some(lifetime) = form.lifetime.parse::<Lifetime>().ok() else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let name = context.name().to_owned();
    let maker = (&developer.citizen, name.as_str());
    let made = account::create_token(&app, maker, &organisation.id, &form.label, lifetime).await;
    let message = match made {
        Ok((token, secret)) => {
            let made = Made {
                label: token.label,
                secret: secret.expose_secret().to_owned(),
                expires: date_time(token.expires_at),
            };
            session.insert(MADE_KEY, made).await.or_page(&context)?;
            let page = format!("/{}/developers/tokens/made", context.lang);
            return Ok(Redirect::to(&page).into_response());
        }
        Err(AccountError::LabelTaken) => &text.label_taken,
        Err(AccountError::Label) => &text.label_wrong,
        Err(AccountError::TooManyTokens) => &text.too_many_tokens,
        Err(error) => return Err(PageError::internal(context, &error)),
    };
    let errors = vec![FormError {
        field: "label",
        message: message.clone(),
    }];
    page(
        context,
        &app,
        Some(organisation),
        errors,
        Typed {
            label: form.label,
            lifetime: Some(lifetime),
            ..Typed::default()
        },
    )
    .await
}

/// Shows the new token once; loading the page again leads to the list.
pub(super) async fn made(
    context: PageContext,
    State(app): State<App>,
    _: Developer,
    session: Session,
) -> Result<Response, PageError> {
    match session.remove::<Made>(MADE_KEY).await.or_page(&context)? {
        Some(made) => Ok(Html(TokenPage {
            text: DeveloperText::of(context.lang),
            context,
            made,
            platform: app.platform_origin(),
        })
        .into_response()),
        None => Ok(Redirect::to(&address(&context)).into_response()),
    }
}

/// `GET /{lang}/developers/tokens/{id}/revoke`: asks for confirmation.
pub(super) async fn ask_revoke(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let token = valid_token(&app, &context, developer, &TokenId(id)).await?;
    let text = DeveloperText::of(context.lang);
    let confirm = Confirm {
        title: text.revoke_title.clone(),
        facts: vec![
            (text.token_label.clone(), token.label),
            (text.token_created.clone(), date_time(token.created_at)),
            (text.token_expires.clone(), date_time(token.expires_at)),
        ],
        consequences: vec![text.revoke_text.clone()],
        action: format!("/{}/developers/tokens/{}/revoke", context.lang, token.id),
        fields: Vec::new(),
        button: text.revoke_button.clone(),
        class: "danger",
        back: address(&context),
        cancel: text.revoke_back.clone(),
        context,
    };
    Ok(confirm.answer())
}

pub(super) async fn revoke(
    context: PageContext,
    State(app): State<App>,
    developer: Developer,
    session: Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let token = valid_token(&app, &context, developer, &TokenId(id)).await?;
    match account::revoke_token(&app, &token.organisation, &token.id).await {
        Ok(()) => {}
        Err(AccountError::NoToken) => return Err(PageError::new(context, StatusCode::NOT_FOUND)),
        Err(error) => return Err(PageError::internal(context, &error)),
    }
    let text = DeveloperText::of(context.lang);
    let message = text.done_revoked.replace("{label}", &token.label);
    let banner = Banner::success(context.lang, message).at(app.platform.clock.now());
    banner.keep(&session).await;
    Ok(Redirect::to(&address(&context)))
}

/// A valid token of the developer's organisation.
async fn valid_token(
    app: &App,
    context: &PageContext,
    developer: Developer,
    id: &TokenId,
) -> Result<ApiToken, PageError> {
    let Some(organisation) = developer.organisation else {
        return Err(PageError::new(context.clone(), StatusCode::FORBIDDEN));
    };
    let all = async {
        let mut reader = app.platform.db.reader().await?;
        store::token::of_organisation(&mut reader, &organisation.id).await
    };
    let now = app.platform.clock.now();
    let mut all = all.await.or_page(context)?.into_iter();
    all.find(|token| token.id == *id && token.is_valid(now))
        .or_missing(context)
}
