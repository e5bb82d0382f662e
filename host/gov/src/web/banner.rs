//! The message after an action. A form is answered by a redirect, and the next page shows the result once
//! (GOV.UK Design System, "notification banner").
//!
//! A handler calls [`Banner::success`] and [`Banner::put`] before it redirects. The page's frame
//! ([`super::PageContext`]) carries the banner, the layout shows it, and [`spend`] removes it once a page was
//! sent.

use axum::extract::Request;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::Response;
use tower_sessions::Session;
use tower_sessions::session::Error;

use super::date::date_time;
use crate::clock::Timestamp;
use crate::text::Locale;

/// The session's key.
const KEY: &str = "banner";

/// A message about an action that just succeeded.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Banner {
    /// The language of the text, which is that of the page with the form.
    pub lang: Locale,
    pub text: String,
    #[serde(default)]
    pub at: Option<Timestamp>,
    #[serde(default)]
    pub undo: Option<Undo>,
}

/// A form with one button that undoes the action.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Undo {
    pub action: String,
    /// The name of the button's field.
    pub name: String,
    /// The value of the button's field.
    pub value: String,
    pub label: String,
}

impl Banner {
    /// A message about a successful action. `text` is plain text in the language of the page.
    pub fn success(lang: Locale, text: impl Into<String>) -> Self {
        Self {
            lang,
            text: text.into(),
            at: None,
            undo: None,
        }
    }

    /// The same with the date and time of the action.
    pub fn at(self, at: Timestamp) -> Self {
        Self { at: Some(at), ..self }
    }

    /// The same with a button that undoes the action.
    pub fn with_undo(self, undo: Undo) -> Self {
        Self {
            undo: Some(undo),
            ..self
        }
    }

    /// When it happened, formatted for people.
    pub fn when(&self) -> Option<String> {
        self.at.map(date_time)
    }

    /// Stores it for the next page of this session, replacing one that was not shown.
    ///
    /// # Errors
    /// When the session's store does not answer.
    pub async fn put(self, session: &Session) -> Result<(), Error> {
        session.insert(KEY, self).await
    }

    /// Stores it as [`Banner::put`] does. The action is complete by then: if the session cannot be written,
    /// only the banner is lost.
    pub async fn keep(self, session: &Session) {
        if let Err(error) = self.put(session).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "web.banner failed");
        }
    }

    /// The message for the next page, if there is one.
    pub(super) async fn waiting(session: &Session) -> Option<Self> {
        session.get(KEY).await.unwrap_or_default()
    }
}

/// A layer below the session's that removes the banner once a page has shown it. Redirects and files do not
/// show it.
pub async fn spend(request: Request, next: Next) -> Response {
    let read = matches!(*request.method(), Method::GET);
    let session = request.extensions().get::<Session>().cloned();
    let response = next.run(request).await;
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    // Removing a missing key would write the session at every page.
    if read
        && is_page
        && let Some(session) = session
        && Banner::waiting(&session).await.is_some()
        && let Err(error) = session.remove::<Banner>(KEY).await
    {
        // The banner is shown again; nothing else is lost.
        tracing::error!(error = &error as &dyn std::error::Error, "web.banner failed");
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::response::{IntoResponse as _, Redirect};
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;
    use crate::scene::Scene;
    use crate::sessions::{Secure, layer};
    use crate::web::{PageContext, PageError};

    /// The most characters of a page.
    const PAGE_MAX: usize = 1 << 20;

    fn site(scene: &Scene) -> Router {
        let done = |session: Session| async move {
            let banner = Banner::success(Locale::En, "The consent is <revoked>.")
                .at(crate::scene::NOW)
                .with_undo(Undo {
                    action: "/en/act".to_owned(),
                    name: "change".to_owned(),
                    value: "back".to_owned(),
                    label: "Undo".to_owned(),
                });
            banner.put(&session).await.unwrap();
            Redirect::to("/en/step")
        };
        Router::new()
            .route("/en/act", get(|| async { StatusCode::OK }).post(done))
            .route("/en/step", get(|| async { Redirect::to("/en/page") }))
            .route(
                "/en/page",
                get(|context: PageContext| async {
                    PageError::new(context, StatusCode::NOT_FOUND).into_response()
                }),
            )
            .layer(from_fn(spend))
            .layer(layer(&scene.platform, Secure::No))
    }

    async fn send(site: &Router, method: &str, path: &str, cookie: &str) -> (Response<()>, String) {
        let request = axum::http::Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .body(Body::empty())
            .unwrap();
        let (parts, body) = site.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, PAGE_MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        (Response::from_parts(parts, ()), text)
    }

    #[tokio::test]
    async fn banner_is_shown_once_on_the_page_that_follows_an_act() {
        let scene = Scene::set().await;
        let site = site(&scene);
        let (done, _) = send(&site, "POST", "/en/act", "").await;
        let cookie = done.headers()[header::SET_COOKIE].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        // A response that is not a page does not spend it.
        send(&site, "GET", "/en/act", &cookie).await;
        send(&site, "GET", "/en/step", &cookie).await;
        let (_, shown) = send(&site, "GET", "/en/page", &cookie).await;
        for part in [
            "role=\"alert\"",
            "autofocus",
            "The consent is &#60;revoked&#62;.",
            "21.11.2026",
            "name=\"change\" value=\"back\">Undo",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let (_, again) = send(&site, "GET", "/en/page", &cookie).await;
        assert!(!again.contains("revoked"), "{again}");
    }
}
