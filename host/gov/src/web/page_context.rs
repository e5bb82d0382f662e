//! The frame of a page: its language, its header, the link to the other language.

use std::sync::Arc;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::Method;
use axum::http::request::Parts;
use tower_sessions::Session;

use super::banner::Banner;
use super::language::wish;
use super::session::{Role, Who, keys};
use super::text::LayoutText;
use crate::text::Locale;

/// A language of the pages, the first segment of their path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "String")]
pub struct PageLang(pub Locale);

impl TryFrom<String> for PageLang {
    type Error = &'static str;

    fn try_from(tag: String) -> Result<Self, Self::Error> {
        Locale::PAGES
            .into_iter()
            .find(|locale| locale.tag() == tag)
            .map(Self)
            .ok_or("pages are in `az` or `en`")
    }
}

/// The name of the test space whose page a request asks for, as an extension of the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InSpace(pub Arc<str>);

/// The frame of one page. Take it as an argument of the handler and put it in the page's struct.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// The page's language.
    pub lang: Locale,
    /// The layout's texts.
    pub text: &'static LayoutText,
    /// Path and query after the language, for the link to the same page in the other language:
    /// `/services/x?y=z`.
    pub path: String,
    pub who: Option<Who>,
    /// The test space that it belongs to; `None` for the platform's own pages.
    pub space: Option<InSpace>,
    /// The result of the visitor's last action, for the page that follows it.
    pub banner: Option<Banner>,
}

impl PageContext {
    /// The frame of a page at `path` (after the language) without a log-in.
    pub fn new(lang: Locale, path: impl Into<String>) -> Self {
        Self {
            lang,
            text: LayoutText::of(lang),
            path: path.into(),
            who: None,
            space: None,
            banner: None,
        }
    }

    /// The same frame with another `path` (after the language): a page that answers a form, so that the link to
    /// the other language leads to a page that can be opened.
    pub fn at(self, path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            ..self
        }
    }

    /// The page's language, for templates, which pass fields by reference and results by value.
    pub fn locale(&self) -> Locale {
        self.lang
    }

    pub fn is_citizen(&self) -> bool {
        matches!(
            &self.who,
            Some(Who {
                role: Role::Citizen,
                ..
            })
        )
    }

    /// The name of the test space; empty for the platform's own pages.
    pub fn space_name(&self) -> &str {
        self.space.as_ref().map_or("", |InSpace(name)| name)
    }

    /// The name of the person who is logged in; empty without a log-in.
    pub fn name(&self) -> &str {
        self.who.as_ref().map_or("", |who| &who.name)
    }

    /// The languages of the page, for the link.
    pub fn languages(&self) -> [Locale; 2] {
        Locale::PAGES
    }
}

impl Locale {
    /// The language's name in itself.
    pub fn own_name(&self) -> &'static str {
        match self {
            Self::Az => "Azərbaycanca",
            Self::En => "English",
            Self::Ru => "Русский",
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageContext {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let uri = match OriginalUri::from_request_parts(parts, state).await {
            Ok(OriginalUri(uri)) => uri,
            Err(never) => match never {},
        };
        let whole = uri.path_and_query().map_or("/", |path| path.as_str());
        let (lang, rest) = Locale::PAGES
            .into_iter()
            .find_map(|locale| {
                let rest = whole.strip_prefix('/')?.strip_prefix(locale.tag())?;
                (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((locale, rest))
            })
            .unwrap_or_else(|| (wish(&parts.headers).for_page(), ""));
        let (who, banner) = match parts.extensions.get::<Session>() {
            Some(session) => {
                let who = session.get(keys::WHO).await.unwrap_or_default();
                let banner = match parts.method {
                    Method::GET => Banner::waiting(session).await,
                    _ => None,
                };
                (who, banner)
            }
            None => (None, None),
        };
        Ok(Self {
            who,
            space: parts.extensions.get::<InSpace>().cloned(),
            banner,
            ..Self::new(lang, rest)
        })
    }
}
