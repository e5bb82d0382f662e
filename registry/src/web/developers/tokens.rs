//! API tokens: made, shown once, ended.

use aim_gov::web::{Chrome, Html, PageError, date_time};
use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::{ExposeSecret as _, SecretString};

use super::home::{Typed, address, page};
use super::{Developer, DeveloperText, FormError};
use crate::account::{self, AccountError};
use crate::app::App;
use crate::domain::TokenId;
use crate::domain::token::Lifetime;

#[derive(Template)]
#[template(path = "developers_token.html")]
struct TokenPage {
    chrome: Chrome,
    text: &'static DeveloperText,
    label: String,
    secret: SecretString,
    expires: String,
    platform: String,
}

impl TokenPage {
    fn secret(&self) -> &str {
        self.secret.expose_secret()
    }
}

#[derive(serde::Deserialize)]
pub(super) struct TokenForm {
    #[serde(default)]
    label: String,
    #[serde(default)]
    lifetime: String,
}

pub(super) async fn create(
    chrome: Chrome,
    State(app): State<App>,
    developer: Developer,
    Form(form): Form<TokenForm>,
) -> Result<Response, PageError> {
    let text = DeveloperText::of(chrome.lang);
    let Some(organisation) = developer.organisation else {
        return Err(PageError::new(chrome, StatusCode::FORBIDDEN));
    };
    let Some(lifetime) = Lifetime::from_code(&form.lifetime) else {
        return Err(PageError::new(chrome, StatusCode::BAD_REQUEST));
    };
    let made = account::create_token(&app, &developer.citizen, &organisation.id, &form.label, lifetime).await;
    let message = match made {
        Ok((token, secret)) => {
            return Ok(Html(TokenPage {
                chrome,
                text,
                label: token.label,
                secret,
                expires: date_time(token.expires_at),
                platform: app.platform_origin(),
            })
            .into_response());
        }
        Err(AccountError::Label) => &text.label_wrong,
        Err(AccountError::TooManyTokens) => &text.too_many_tokens,
        Err(error) => return Err(PageError::internal(chrome, &error)),
    };
    let errors = vec![FormError {
        field: "label",
        message: message.clone(),
    }];
    page(
        chrome,
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

pub(super) async fn revoke(
    chrome: Chrome,
    State(app): State<App>,
    developer: Developer,
    Path((_, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let home = address(&developer, &chrome);
    let Some(organisation) = developer.organisation else {
        return Err(PageError::new(chrome, StatusCode::FORBIDDEN));
    };
    match account::revoke_token(&app, &organisation.id, &TokenId(id)).await {
        Ok(()) => Ok(Redirect::to(&home)),
        Err(AccountError::NoToken) => Err(PageError::new(chrome, StatusCode::NOT_FOUND)),
        Err(error) => Err(PageError::internal(chrome, &error)),
    }
}
