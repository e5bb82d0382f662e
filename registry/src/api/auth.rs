//! Authentication by an API token in `Authorization: Bearer …`.

use aim_gov::db::DbError;
use aim_runtime::Peer;
use axum::extract::FromRequestParts;
use axum_extra::TypedHeader;
use axum_extra::headers::Authorization;
use axum_extra::headers::authorization::Bearer;
use http::request::Parts;
use http::{Extensions, StatusCode};

use super::problem::Problem;
use crate::app::App;
use crate::domain::token::{ApiToken, LastUse};
use crate::store;

/// The most bytes of a token; longer ones are not looked up.
const TOKEN_BYTES_MAX: usize = 128;

/// A developer's valid token. As an argument of a handler it refuses requests without one.
#[derive(Clone, Debug)]
pub struct Developer(pub ApiToken);

impl FromRequestParts<App> for Developer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let refuse = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, "token-required", detail);
        let header = TypedHeader::<Authorization<Bearer>>::from_request_parts(parts, app).await.map_err(|_| {
            refuse("send `Authorization: Bearer <token>`; `aim login` keeps the token that you make on the developers' page")
        })?;
        token(app, header.token(), &parts.extensions)
            .await?
            .map(Self)
            .map_err(refuse)
    }
}

/// The valid token with this text, whose use is noted; or why there is none.
///
/// # Errors
/// [`DbError`].
pub(crate) async fn token(
    app: &App,
    secret: &str,
    request: &Extensions,
) -> Result<Result<ApiToken, &'static str>, DbError> {
    if secret.len() > TOKEN_BYTES_MAX {
        return Ok(Err("this is not a token of this platform"));
    }
    let known = {
        let mut reader = app.platform.db.reader().await?;
        store::token::by_secret(&mut reader, secret).await?
    };
    let Some(token) = known else {
        return Ok(Err(
            "this is not a token of this platform; make one on the developers' page",
        ));
    };
    let now = app.platform.clock.now();
    if !token.is_valid(now) {
        return Ok(Err(
            "this token has expired or was revoked; make a new one on the developers' page",
        ));
    }
    let from = Peer::of(request).network();
    if token.is_news(now, &from) {
        note_use(app, &token, LastUse { at: now, from }).await?;
    }
    Ok(Ok(token))
}

async fn note_use(app: &App, token: &ApiToken, last: LastUse) -> Result<(), DbError> {
    let mut tx = app.platform.db.begin().await?;
    store::token::used(&mut tx, &token.id, &last).await?;
    tx.commit().await
}
