//! Pages as responses, the error page, and the style sheet.

use askama::Template;
use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use super::page_context::PageContext;
use crate::db::DbError;
use crate::remote::Fault;

/// The address of the style sheet. Browsers keep it for an hour at most.
pub const STYLE_PATH: &str = "/assets/aim.css";

/// A rendered page. It runs no scripts and cannot be framed.
#[derive(Debug)]
pub struct Html<T>(pub T);

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
);

/// Lets the forms of the platform at `public_url` lead to the origins of its services too: browsers apply
/// `form-action` to the redirects that follow a form, and log-in and consent end at a service.
pub fn forms_lead_to_services(public_url: &url::Url) -> impl Fn(Response) -> Response + Clone + use<> {
    let services = format!(
        "{} {}://*.{}",
        POLICY.to_str().unwrap_or_default(),
        public_url.scheme(),
        &public_url[url::Position::BeforeHost..url::Position::AfterPort]
    );
    let policy = HeaderValue::from_str(&services).unwrap_or(POLICY);
    move |mut response| {
        let headers = response.headers_mut();
        if headers.get(header::CONTENT_SECURITY_POLICY) == Some(&POLICY) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
        }
        response
    }
}

/// Lets the form of this page lead to one more origin, `https://shop.example`, to which its answer redirects.
pub fn form_leads_to(mut response: Response, origin: &str) -> Response {
    let policy = format!("{} {origin}", POLICY.to_str().unwrap_or_default());
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

impl<T: Template> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(page) => (
                [
                    (
                        header::CONTENT_TYPE,
                        HeaderValue::from_static("text/html; charset=utf-8"),
                    ),
                    (header::CONTENT_SECURITY_POLICY, POLICY),
                    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
                    (
                        header::X_CONTENT_TYPE_OPTIONS,
                        HeaderValue::from_static("nosniff"),
                    ),
                    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
                ],
                page,
            )
                .into_response(),
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "web.render failed");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// A page that says what went wrong and where to go next.
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    context: PageContext,
    title: String,
    message: String,
    request_id: Option<String>,
    link: Option<(String, String)>,
}

/// A refusal as a page in the visitor's language. The response carries it as an extension, for the layer that
/// knows the request id.
#[derive(Clone, Debug)]
pub struct PageError {
    page: Box<ErrorPage>,
    status: StatusCode,
}

impl PageError {
    /// The standard texts for this status.
    pub fn new(context: PageContext, status: StatusCode) -> Self {
        let text = context.text;
        let (title, message) = match status {
            StatusCode::NOT_FOUND => (&text.not_found_title, &text.not_found_text),
            StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => (&text.forbidden_title, &text.forbidden_text),
            StatusCode::SERVICE_UNAVAILABLE => (&text.unavailable_title, &text.unavailable_text),
            StatusCode::TOO_MANY_REQUESTS => (&text.too_many_title, &text.too_many_text),
            status if status.is_client_error() => (&text.bad_request_title, &text.bad_request_text),
            _ => (&text.server_error_title, &text.server_error_text),
        };
        Self::with_text(context, status, title.clone(), message.clone())
    }

    /// A page with texts of its own.
    pub fn with_text(context: PageContext, status: StatusCode, title: String, message: String) -> Self {
        Self {
            page: Box::new(ErrorPage {
                context,
                title,
                message,
                request_id: None,
                link: None,
            }),
            status,
        }
    }

    /// The same with the id of the request in the log.
    pub fn with_request_id(mut self, id: String) -> Self {
        self.page.request_id = Some(id);
        self
    }

    /// The same with a link: an address of the platform and its label.
    pub fn with_link(mut self, address: String, label: String) -> Self {
        self.page.link = Some((address, label));
        self
    }

    /// A fault of the platform or of another system: the cause goes to the log, the page says that no data is
    /// lost.
    pub fn internal(context: PageContext, error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "web.request failed");
        let mut causes = std::iter::successors(Some(error), |error| error.source());
        let passes = causes
            .any(|cause| cause.is::<Fault>() || matches!(cause.downcast_ref(), Some(DbError::NoRoom(_))));
        let status = if passes {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::INTERNAL_SERVER_ERROR
        };
        Self::new(context, status)
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Html(ErrorPage::clone(&self.page))).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<PageError> for Response {
    fn from(error: PageError) -> Self {
        error.into_response()
    }
}

/// Lets a page's handler end with `?`: an error becomes the error page in the language of its frame.
pub trait OrPage<T> {
    /// The value.
    ///
    /// # Errors
    /// [`PageError::internal`].
    fn or_page(self, context: &PageContext) -> Result<T, PageError>;
}

impl<T, E: std::error::Error + 'static> OrPage<T> for Result<T, E> {
    fn or_page(self, context: &PageContext) -> Result<T, PageError> {
        self.map_err(|error| PageError::internal(context.clone(), &error))
    }
}

/// Lets a page's handler end with `?`: `None` becomes the page for 404.
pub trait OrMissing<T> {
    /// The value.
    ///
    /// # Errors
    /// [`PageError::new`] with 404.
    fn or_missing(self, context: &PageContext) -> Result<T, PageError>;
}

impl<T> OrMissing<T> for Option<T> {
    fn or_missing(self, context: &PageContext) -> Result<T, PageError> {
        self.ok_or_else(|| PageError::new(context.clone(), StatusCode::NOT_FOUND))
    }
}

/// A redirect whose address is neither cached nor disclosed to other sites.
pub fn away(address: &str) -> Response {
    (
        [
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ],
        Redirect::to(address),
    )
        .into_response()
}

/// The style sheet.
pub fn assets<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route(
        STYLE_PATH,
        get(|| async {
            (
                [
                    (
                        header::CONTENT_TYPE,
                        HeaderValue::from_static("text/css; charset=utf-8"),
                    ),
                    (
                        header::CACHE_CONTROL,
                        HeaderValue::from_static("public, max-age=3600"),
                    ),
                    (
                        header::X_CONTENT_TYPE_OPTIONS,
                        HeaderValue::from_static("nosniff"),
                    ),
                ],
                include_str!("../../assets/aim.css"),
            )
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Locale;

    fn policy(response: &Response) -> &str {
        response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
    }

    #[test]
    fn page_is_neither_stored_nor_framed() {
        let page =
            PageError::new(PageContext::new(Default::default(), "/"), StatusCode::NOT_FOUND).into_response();
        for (name, value) in [
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::REFERRER_POLICY, "same-origin"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            assert_eq!(page.headers()[name], value);
        }
        for directive in [
            "default-src 'none';",
            "base-uri 'none';",
            "frame-ancestors 'none';",
        ] {
            assert!(policy(&page).contains(directive), "{}", policy(&page));
        }
    }

    #[tokio::test]
    async fn handler_ends_with_the_error_page_in_its_language() {
        for lang in Locale::PAGES {
            let context = PageContext::new(lang, "/services");
            let text = context.text;
            let failed = Err::<(), _>(std::fmt::Error).or_page(&context).unwrap_err();
            let missing = None::<()>.or_missing(&context).unwrap_err();
            for (error, status, title) in [
                (
                    failed,
                    StatusCode::INTERNAL_SERVER_ERROR,
                    &text.server_error_title,
                ),
                (missing, StatusCode::NOT_FOUND, &text.not_found_title),
            ] {
                let response = Response::from(error);
                assert_eq!(response.status(), status);
                // For the layer that knows the request id.
                assert!(response.extensions().get::<PageError>().is_some());
                let page = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
                assert!(String::from_utf8_lossy(&page).contains(title.as_str()), "{title}");
            }
        }
    }

    #[test]
    fn forms_go_to_the_platform_and_on_to_its_services_only() {
        let page = || {
            PageError::new(PageContext::new(Default::default(), "/"), StatusCode::NOT_FOUND).into_response()
        };
        assert!(
            policy(&page()).ends_with("; form-action 'self'"),
            "{}",
            policy(&page())
        );
        for (platform, ending) in [
            (
                "http://localhost:8080",
                "; form-action 'self' http://*.localhost:8080",
            ),
            (
                "https://aim.example/",
                "; form-action 'self' https://*.aim.example",
            ),
        ] {
            let page = forms_lead_to_services(&url::Url::parse(platform).unwrap())(page());
            assert!(policy(&page).ends_with(ending), "{}", policy(&page));
        }
        let other = (
            [(
                header::CONTENT_SECURITY_POLICY,
                HeaderValue::from_static("default-src 'self'"),
            )],
            "a service's page",
        );
        let other =
            forms_lead_to_services(&url::Url::parse("http://localhost").unwrap())(other.into_response());
        assert_eq!(policy(&other), "default-src 'self'");
    }
}
