//! Requests for the host names of test spaces.

use aim_gov::db::DbError;
use aim_gov::text::Locale;
use aim_gov::web::{InSpace, LayoutText, STYLE_PATH, away, wish};
use axum::extract::Request;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use http::uri::Authority;
use http::{Method, StatusCode, header};
use tower::ServiceExt as _;

use super::SpaceHost;
use super::access::{ENTRY_PATH, TOKEN_HEADER};
use crate::domain::space::{Space, SpaceName};
use crate::gateway::{OriginPage, SPACE_PAGES, SPACE_SEPARATOR};
use crate::spaces::SpaceError;
use crate::store;
use crate::web::space_text::SpaceText;

impl SpaceHost {
    /// Answers a request for a host name of the space with this name.
    pub async fn answer(&self, name: &SpaceName, request: Request) -> Response {
        let lang = wish(request.headers()).for_page();
        match self.try_answer(name, request).await {
            Ok(response) => response,
            Err(SpaceError::NotFound) => self.page(lang, Shown::Missing),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "space.request failed");
                self.page(lang, Shown::Failed)
            }
        }
    }

    async fn find(&self, name: &SpaceName) -> Result<Option<Space>, DbError> {
        let mut reader = self.0.app.platform.db.reader().await?;
        store::space::get(&mut reader, name).await
    }

    async fn try_answer(&self, name: &SpaceName, mut request: Request) -> Result<Response, SpaceError> {
        let lang = wish(request.headers()).for_page();
        let Some(name) = SpaceName::parse(&name.0) else {
            return Err(SpaceError::NotFound);
        };
        let space = self.find(&name).await?.ok_or(SpaceError::NotFound)?;
        if request.uri().path() == ENTRY_PATH && request.method() == Method::GET {
            return self.let_in(&space, &request, lang);
        }
        if !self.is_let_in(&space, request.headers()) && !is_style(&request) {
            return Ok(self.page(lang, Shown::Closed));
        }
        request.headers_mut().remove(TOKEN_HEADER);
        request.extensions_mut().insert(InSpace(name.0.as_str().into()));
        let room = self.room(&space).await?;
        let router = room.router(self.0.app.platform.clock.now());
        let mut response = match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        // RFC 9309 asks robots; this is for those that only read answers.
        let robots = header::HeaderValue::from_static("noindex, nofollow");
        response.headers_mut().insert("x-robots-tag", robots);
        Ok(response)
    }

    /// `GET /.aim/space?pass=…&to=<service>`: lets a browser in and leads it on. Who is in already needs no pass.
    fn let_in(&self, space: &Space, request: &Request, lang: Locale) -> Result<Response, SpaceError> {
        let (mut pass, mut to) = (None, None);
        for (key, value) in url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
        {
            match &*key {
                "pass" => pass = Some(value.into_owned()),
                "to" => to = Some(value.into_owned()),
                _ => {}
            }
        }
        let known = pass.is_some_and(|pass| self.is_entry(space, &pass));
        if !known && !self.is_let_in(space, request.headers()) {
            return Ok(self.page(lang, Shown::Closed));
        }
        let here = label(request);
        let leads_on = to.filter(|to| {
            here.as_deref() == Some(SPACE_PAGES) && crate::manifest::is_service_name(to) && to != SPACE_PAGES
        });
        let cookies = CookieJar::new().add(self.cookie(space)?);
        let next = match leads_on {
            Some(service) => away(&self.entry(space, &service, None)?).into_response(),
            None => Redirect::to("/").into_response(),
        };
        Ok((cookies, next).into_response())
    }

    fn page(&self, lang: Locale, shown: Shown) -> Response {
        let (text, layout) = (SpaceText::of(lang), LayoutText::of(lang));
        let platform = self.0.app.platform_origin();
        let (status, title, message) = match shown {
            Shown::Missing => (StatusCode::NOT_FOUND, &layout.not_found_title, &text.missing_text),
            Shown::Closed => (StatusCode::FORBIDDEN, &text.closed_title, &text.closed_text),
            Shown::Failed => (
                StatusCode::SERVICE_UNAVAILABLE,
                &layout.server_error_title,
                &layout.server_error_text,
            ),
        };
        let page = OriginPage {
            lang,
            platform: Some(&platform),
            service: None,
            title,
            paragraphs: vec![message.as_str()],
            facts: Vec::new(),
            links: vec![(
                format!("{platform}/{lang}/developers/spaces"),
                text.title.as_str(),
            )],
        };
        page.answer(status)
    }
}

/// A page of the host in the place of a space.
#[derive(Clone, Copy)]
enum Shown {
    Missing,
    Closed,
    Failed,
}

/// Whether a request is for the style of the pages of a space, which says nothing.
fn is_style(request: &Request) -> bool {
    request.uri().path() == STYLE_PATH && label(request).as_deref() == Some(SPACE_PAGES)
}

/// What stands before the space's name in the host name of a request: a service, or [`SPACE_PAGES`].
fn label(request: &Request) -> Option<String> {
    let header = request.headers().get(header::HOST);
    let header = header.and_then(|value| value.to_str().ok());
    let authority = match request.uri().authority() {
        Some(authority) => authority.clone(),
        None => header?.parse::<Authority>().ok()?,
    };
    let name = authority.host().to_ascii_lowercase();
    let (label, _) = name.split_once(SPACE_SEPARATOR)?;
    Some(label.to_owned())
}
