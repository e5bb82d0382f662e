//! Log-in and log-out at the platform's own pages.

use aim_gov::invocation::Acr;
use aim_gov::sessions::{Secure, hashed};
use aim_gov::web::{
    OrPage as _, PageContext, PageError, PageLang, Role, Who, away, citizen, keys, local_path, login_address,
    wish,
};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use tower_sessions::Session;

use super::CitizenPages;
use super::relying_party::{Answer, Fresh, LoggedIn, LoginError};
use crate::portal_login::{LOGIN, SessionError, end_at_services};

/// Session key of the ID token.
const ID_TOKEN: &str = "id-token";

aim_gov::catalogue! {
    /// The texts of the pages about log-in, entry and joining.
    pub struct LoginText from ("../../text/citizen.az.toml", "../../text/citizen.en.toml") {
        cancelled_title,
        cancelled_text,
        failed_title,
        failed_text,
        log_in_again,
        unreachable_title,
        unreachable_text,
        entry_failed_title,
        entry_failed_text,
        entry_again,
        join_title,
        join_intro,
        join_data,
        join_log,
        join_button,
        not_now_button,
    }
}

#[derive(Debug, serde::Deserialize)]
pub(super) struct Wanted {
    #[serde(rename = "return")]
    back: Option<String>,
    acr: Option<String>,
    /// `1`: the citizen must prove their identity again.
    fresh: Option<String>,
}

/// `GET /{lang}/login?return=/p&acr=high&fresh=1`.
pub(super) async fn begin(
    State(entrance): State<CitizenPages>,
    context: PageContext,
    Path(PageLang(lang)): Path<PageLang>,
    cookies: CookieJar,
    session: Session,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let home = format!("/{lang}/");
    let Some(back) = local_path(wanted.back.as_deref().unwrap_or(&home)) else {
        return Err(PageError::new(context, StatusCode::BAD_REQUEST));
    };
    let acr = wanted
        .acr
        .as_deref()
        .and_then(|acr| acr.parse().ok())
        .unwrap_or(Acr::Substantial);
    let fresh = if wanted.fresh.as_deref() == Some("1") {
        Fresh::Demanded
    } else {
        Fresh::NotNeeded
    };
    let known = citizen(&session).await.or_page(&context)?;
    if known.is_some_and(|known| known.acr >= acr && fresh == Fresh::NotNeeded) {
        return Ok(Redirect::to(back).into_response());
    }
    // An existing value is kept, so that two windows do not break each other's log-in.
    let browser = browser_of(&entrance, &cookies)
        .map_or_else(|| entrance.0.identity.platform().random.token(), str::to_owned);
    let begun = entrance
        .0
        .relying_party
        .begin(back, acr, fresh, lang, hashed(&browser));
    match begun.await {
        Ok(address) => {
            let cookie = Cookie::build((entrance.login_cookie(), browser))
                .path("/")
                .http_only(true)
                .same_site(SameSite::Lax)
                .secure(entrance.0.secure == Secure::Yes);
            Ok((cookies.add(cookie), away(address.as_str())).into_response())
        }
        Err(error) => Err(failed(context, back, &error)),
    }
}

/// The value that binds pending log-ins to this browser. An empty value would bind them to every browser
/// without one.
fn browser_of<'c>(entrance: &CitizenPages, cookies: &'c CookieJar) -> Option<&'c str> {
    cookies
        .get(entrance.login_cookie())
        .map(Cookie::value)
        .filter(|value| !value.is_empty())
}

/// `GET /login/callback`: the redirect from the provider.
pub(super) async fn callback(
    State(entrance): State<CitizenPages>,
    headers: HeaderMap,
    cookies: CookieJar,
    session: Session,
    Query(answer): Query<Answer>,
) -> Result<Response, PageError> {
    let Some(returned) = entrance.0.relying_party.returned(&answer) else {
        let lang = wish(&headers).for_page();
        let error = LoginError::Answer("`state` was not made here");
        return Err(failed(PageContext::new(lang, "/"), &format!("/{lang}/"), &error));
    };
    let browser = browser_of(&entrance, &cookies).map(hashed);
    let finished = entrance
        .0
        .relying_party
        .finish(&returned, browser.as_deref(), &answer)
        .await;
    let flow = &returned.flow;
    let context = PageContext::new(flow.lang, "/");
    let logged_in = match finished {
        Ok(logged_in) => logged_in,
        Err(error) => return Err(failed(context, &flow.back, &error)),
    };
    open(&entrance, &session, logged_in).await.or_page(&context)?;
    Ok((
        [(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"))],
        Redirect::to(&flow.back),
    )
        .into_response())
}

/// Starts a fresh portal session: rotates its id and clears its data. A stronger log-in of the same citizen
/// keeps the log-ins at services; those of another citizen end.
async fn open(entrance: &CitizenPages, session: &Session, logged_in: LoggedIn) -> Result<(), SessionError> {
    let before = citizen(session).await?;
    let same = before.is_some_and(|before| before.citizen == logged_in.session.citizen);
    let old: Option<String> = session.get(LOGIN).await?;
    if !same {
        end_at_services(&entrance.0.sessions, session).await?;
    }
    let kept = old.filter(|_| same);
    let login = entrance
        .0
        .sessions
        .keep_login(&logged_in.session.citizen, kept)
        .await?;
    session.clear().await;
    session.cycle_id().await?;
    let who = Who {
        name: logged_in.name,
        role: Role::Citizen,
    };
    entrance.record(&logged_in.session.citizen, "log-in").await?;
    session.insert(keys::WHO, who).await?;
    session.insert(keys::CITIZEN, logged_in.session).await?;
    session.insert(LOGIN, login).await?;
    session.insert(ID_TOKEN, logged_in.id_token).await?;
    Ok(())
}

/// The page about a failed log-in, with a link to another attempt that leads to the same address.
fn failed(context: PageContext, back: &str, error: &LoginError) -> PageError {
    tracing::warn!(%error, "login.failed");
    let text = LoginText::of(context.lang);
    let (status, title, message) = match error {
        LoginError::Refused(_) => (StatusCode::OK, &text.cancelled_title, &text.cancelled_text),
        LoginError::Answer(_) => (StatusCode::BAD_REQUEST, &text.failed_title, &text.failed_text),
        LoginError::Provider(_) => (
            StatusCode::BAD_GATEWAY,
            &text.unreachable_title,
            &text.unreachable_text,
        ),
    };
    let again = login_address(context.lang, back);
    PageError::with_text(context, status, title.clone(), message.clone())
        .with_link(again, text.log_in_again.clone())
}

/// `POST /{lang}/logout`: ends the platform's session, the citizen's log-ins at services, and the log-in
/// at the provider.
pub(super) async fn logout(
    State(entrance): State<CitizenPages>,
    context: PageContext,
    Path(PageLang(lang)): Path<PageLang>,
    session: Session,
) -> Result<Redirect, PageError> {
    let home = format!("/{lang}/");
    let Some(id_token) = close(&entrance, &session).await.or_page(&context)? else {
        return Ok(Redirect::to(&home));
    };
    match entrance.0.relying_party.logout_address(&id_token, lang).await {
        Ok(address) => Ok(Redirect::to(address.as_str())),
        Err(error) => Err(failed(context, &home, &error)),
    }
}

async fn close(entrance: &CitizenPages, session: &Session) -> Result<Option<String>, SessionError> {
    let known = citizen(session).await?;
    let id_token: Option<String> = session.get(ID_TOKEN).await?;
    // The services first: if the browser disconnects in between, the page that it shows is still correct.
    end_at_services(&entrance.0.sessions, session).await?;
    session.flush().await?;
    if let Some(known) = known {
        entrance.record(&known.citizen, "log-out").await?;
    }
    Ok(id_token)
}
