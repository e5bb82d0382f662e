//! The frame around a page: its language, its header, the switch to the other language.

use axum::extract::{FromRequestParts, OriginalUri};
use axum::http::Method;
use axum::http::request::Parts;
use tower_sessions::Session;

use super::banner::Banner;
use super::language::wish;
use super::session::{Role, Who, keys};
use super::text::LayoutText;
use crate::text::Locale;

/// A language that pages exist in, as the first segment of their path.
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

/// The frame of one page. Take it as an argument of the handler and put it in the page's struct.
#[derive(Clone, Debug)]
pub struct PageContext {
    /// The page's language.
    pub lang: Locale,
    /// The layout's texts.
    pub text: &'static LayoutText,
    /// Path and query after the language, for the switch that keeps the page: `/services/x?y=z`.
    pub path: String,
    pub who: Option<Who>,
    /// What the visitor just did, on the page that follows.
    pub banner: Option<Banner>,
}

impl PageContext {
    /// The frame of a page at `path` (after the language) that nobody is logged in at.
    pub fn new(lang: Locale, path: impl Into<String>) -> Self {
        Self {
            lang,
            text: LayoutText::of(lang),
            path: path.into(),
            who: None,
            banner: None,
        }
    }

    /// The same frame for a page whose address is `path` (after the language): what answers a form, so that
    /// the switch leads to something that can be opened.
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

    /// The name of whoever is logged in; empty where nobody is.
    pub fn name(&self) -> &str {
        self.who.as_ref().map_or("", |who| &who.name)
    }

    /// The page's languages, for the switch.
    pub fn languages(&self) -> [Locale; 2] {
        Locale::PAGES
    }
}

impl Locale {
    /// The language's name in itself, as the switch shows it.
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
            banner,
            ..Self::new(lang, rest)
        })
    }
}
