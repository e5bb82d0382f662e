//! Errors of a service, and what the citizen sees.

pub use crate::bindings::aim::gov::types::{ConsentStop, GovError, LimitKind, Problem};
use crate::html;
use crate::html::Page;
use crate::http::Response;
use crate::text::{Locale, Localised};

/// Why a service could not answer a request.
#[derive(Clone, Debug)]
pub enum Error {
    /// An error of a call of the platform.
    Gov(Box<GovError>),
    /// A refusal by the service itself.
    Refused(Box<Refusal>),
}

/// A refusal by the service itself, with its text for the citizen.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// 400 to 599.
    pub status: u16,
    /// The page's heading.
    pub title: Localised,
    /// What happened and what to do.
    pub message: Localised,
}

impl Error {
    /// 404: the page does not exist.
    pub fn not_found() -> Self {
        Self::page(404, NOT_FOUND)
    }

    /// 400: the request does not fit the page.
    pub fn bad_request() -> Self {
        Self::page(400, BAD_REQUEST)
    }

    fn page(status: u16, (title, message): Words) -> Self {
        Self::refused(status, localised(title), localised(message))
    }

    /// A refusal by the service itself: a page with this status (400 to 599) and these texts.
    pub fn refused(status: u16, title: Localised, message: Localised) -> Self {
        Self::Refused(Box::new(Refusal {
            status,
            title,
            message,
        }))
    }

    /// The page or redirect for the citizen: the platform's own screen where that can help, otherwise a plain
    /// page.
    pub fn response(self, locale: Locale) -> Response {
        let error = match self {
            Self::Gov(error) => error,
            Self::Refused(refusal) => {
                return page(locale, refusal.status, &refusal.title, &refusal.message, None);
            }
        };
        if let GovError::LoginRequired(address)
        | GovError::StepUpRequired(address)
        | GovError::ConsentRequired(address)
        | GovError::ConsentPaused(ConsentStop { url: address, .. })
        | GovError::ConsentRevoked(ConsentStop { url: address, .. })
        | GovError::ConsentExpired(ConsentStop { url: address, .. }) = &*error
        {
            return Response::redirect(address);
        }
        let (status, (title, message)) = words(&error);
        let trace = problem(&error).map(|problem| problem.trace_id.as_str());
        page(locale, status, &localised(title), &localised(message), trace)
    }
}

impl From<GovError> for Error {
    fn from(error: GovError) -> Self {
        Self::Gov(Box::new(error))
    }
}

impl GovError {
    /// The stable code of the error, for `match` and for logs.
    pub fn code(&self) -> &str {
        match self {
            Self::LoginRequired(_) => "login-required",
            Self::StepUpRequired(_) => "step-up-required",
            Self::ConsentRequired(_) => "consent-required",
            Self::ConsentPaused(_) => "consent-paused",
            Self::ConsentRevoked(_) => "consent-revoked",
            Self::ConsentExpired(_) => "consent-expired",
            Self::LimitExceeded(_) => "limit-exceeded",
            Self::Suspended => "suspended",
            Self::NotFound => "not-found",
            Self::AccessDenied(problem)
            | Self::InvalidRequest(problem)
            | Self::Conflict(problem)
            | Self::TooManyRequests(problem)
            | Self::Unavailable(problem)
            | Self::UnknownOutcome(problem) => &problem.code,
        }
    }
}

/// The problem details of an error, if it has any.
pub fn problem(error: &GovError) -> Option<&Problem> {
    match error {
        GovError::AccessDenied(problem)
        | GovError::InvalidRequest(problem)
        | GovError::Conflict(problem)
        | GovError::TooManyRequests(problem)
        | GovError::Unavailable(problem)
        | GovError::UnknownOutcome(problem) => Some(problem),
        GovError::LoginRequired(_)
        | GovError::StepUpRequired(_)
        | GovError::ConsentRequired(_)
        | GovError::ConsentPaused(_)
        | GovError::ConsentRevoked(_)
        | GovError::ConsentExpired(_)
        | GovError::LimitExceeded(_)
        | GovError::Suspended
        | GovError::NotFound => None,
    }
}

/// A title and a message, each in Azerbaijani, English and Russian.
type Words = ([&'static str; 3], [&'static str; 3]);

const NOT_FOUND: Words = (
    ["Səhifə tapılmadı", "Page not found", "Страница не найдена"],
    [
        "Ünvanı yoxlayın və ya əvvəlki səhifəyə qayıdın.",
        "Check the address, or go back.",
        "Проверьте адрес или вернитесь назад.",
    ],
);
const BAD_REQUEST: Words = (
    ["Sorğu düzgün deyil", "The request is invalid", "Неверный запрос"],
    [
        "Göndərilən məlumat bu səhifəyə uyğun gəlmir. Geri qayıdıb yenidən cəhd edin.",
        "The data that was sent does not fit this page. Go back and try again.",
        "Отправленные данные не подходят для этой страницы. Вернитесь и попробуйте ещё раз.",
    ],
);
const DENIED: Words = (
    [
        "Xidmətin buna icazəsi yoxdur",
        "The service may not do this",
        "Сервису это не разрешено",
    ],
    [
        "Xidmət ona verilməmiş icazə istədi. Sizdən heç nə tələb olunmur.",
        "The service asked for something that it was not granted. You do not need to do anything.",
        "Сервис запросил то, что ему не разрешено. От вас ничего не требуется.",
    ],
);
const BROKEN: Words = (
    [
        "Xidmətdə xəta baş verdi",
        "An error in the service",
        "Ошибка в сервисе",
    ],
    [
        "Bu, sizin səhviniz deyil. Xidmətin sahibi xətanı jurnalında görəcək.",
        "This is not your fault. The operator of the service can see the error in its log.",
        "Это не ваша вина. Владелец сервиса увидит ошибку в журнале.",
    ],
);
const LIMIT: Words = (
    [
        "Sınağın həddinə çatılıb",
        "A limit of the test is reached",
        "Достигнут предел испытания",
    ],
    [
        "Bu xidmət məhdud sınaqdadır və hədlərindən birinə çatıb. Heç nə dəyişdirilməyib.",
        "This service is in a limited test and has reached one of its limits. Nothing was changed.",
        "Сервис проходит ограниченное испытание и достиг одного из пределов. Ничего не изменено.",
    ],
);
const MOVED_ON: Words = (
    [
        "Bu artıq dəyişib",
        "This has changed in the meantime",
        "Данные уже изменились",
    ],
    [
        "Geri qayıdıb indiki vəziyyətə baxın.",
        "Go back and look at the current state.",
        "Вернитесь и посмотрите текущее состояние.",
    ],
);
const LATER: Words = (
    [
        "Xidmət hazırda əlçatan deyil",
        "The service is not available right now",
        "Сервис сейчас недоступен",
    ],
    [
        "Bir azdan yenidən cəhd edin.",
        "Try again in a moment.",
        "Попробуйте немного позже.",
    ],
);
const UNKNOWN: Words = (
    [
        "Nəticə hələ məlum deyil",
        "The outcome is not known yet",
        "Результат пока неизвестен",
    ],
    [
        "Yenidən cəhd etməzdən əvvəl əməliyyatın baş verib-vermədiyini yoxlayın.",
        "Before you try again, check whether the operation took place.",
        "Прежде чем повторить, проверьте, не выполнено ли действие.",
    ],
);

/// The status and the texts for an error that no screen of the platform can resolve.
fn words(error: &GovError) -> (u16, Words) {
    match error {
        GovError::AccessDenied(_) => (500, DENIED),
        GovError::InvalidRequest(_) => (500, BROKEN),
        GovError::LimitExceeded(_) => (403, LIMIT),
        GovError::NotFound => (404, NOT_FOUND),
        GovError::Conflict(_) => (409, MOVED_ON),
        GovError::UnknownOutcome(_) => (502, UNKNOWN),
        GovError::Suspended | GovError::TooManyRequests(_) | GovError::Unavailable(_) => (503, LATER),
        // These are redirects and never become a page.
        GovError::LoginRequired(_)
        | GovError::StepUpRequired(_)
        | GovError::ConsentRequired(_)
        | GovError::ConsentPaused(_)
        | GovError::ConsentRevoked(_)
        | GovError::ConsentExpired(_) => (403, DENIED),
    }
}

fn localised([az, en, ru]: [&str; 3]) -> Localised {
    Localised {
        az: az.to_owned(),
        en: Some(en.to_owned()),
        ru: Some(ru.to_owned()),
    }
}

fn page(
    locale: Locale,
    status: u16,
    title: &Localised,
    message: &Localised,
    trace: Option<&str>,
) -> Response {
    let trace = trace.map(|id| {
        let label = locale.pick("Sorğunun nömrəsi", "Request number", "Номер запроса");
        html!("<p>{}: <code>{}</code></p>", label, id)
    });
    let title = title.get(locale);
    let body = html!("<h1>{}</h1>\n<p>{}</p>\n{}", title, message.get(locale), trace);
    Response::from(Page::new(locale, title).body(body)).with_status(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_problem() -> Problem {
        Problem {
            code: "no-such-claim".into(),
            title: Localised::new("Yanlış", "Wrong"),
            detail: "ask for another".into(),
            trace_id: "req_1".into(),
            retry_after_ms: None,
        }
    }

    #[test]
    fn errors_that_the_platform_resolves_become_redirects() {
        let address = "http://localhost/az/login".to_owned();
        let stop = ConsentStop {
            url: address.clone(),
            message: Localised::new("Dayandırılıb", "Paused"),
        };
        for error in [
            GovError::LoginRequired(address.clone()),
            GovError::StepUpRequired(address.clone()),
            GovError::ConsentRequired(address.clone()),
            GovError::ConsentPaused(stop.clone()),
            GovError::ConsentRevoked(stop.clone()),
            GovError::ConsentExpired(stop.clone()),
        ] {
            let response = Error::from(error).response(Locale::Az);
            assert_eq!(response.status(), 303);
            assert_eq!(response.header("location"), Some(address.as_str()));
        }
    }

    #[test]
    fn other_errors_become_pages_in_the_citizens_language_without_the_developers_words() {
        let cases = [
            (GovError::AccessDenied(some_problem()), 500),
            (GovError::LimitExceeded(LimitKind::Citizens), 403),
            (GovError::Suspended, 503),
            (GovError::InvalidRequest(some_problem()), 500),
            (GovError::NotFound, 404),
            (GovError::Conflict(some_problem()), 409),
            (GovError::TooManyRequests(some_problem()), 503),
            (GovError::Unavailable(some_problem()), 503),
            (GovError::UnknownOutcome(some_problem()), 502),
        ];
        for (error, status) in cases {
            let traced = problem(&error).is_some();
            let response = Error::from(error).response(Locale::Az);
            assert_eq!(response.status(), status);
            let page = String::from_utf8(response.body().to_vec()).unwrap();
            assert!(page.contains("<html lang=\"az\">"), "{page}");
            assert_eq!(page.contains("req_1"), traced);
            assert!(!page.contains("ask for another"));
        }
        let page = Error::from(GovError::InvalidRequest(some_problem())).response(Locale::En);
        assert!(String::from_utf8_lossy(page.body()).contains("<h1>An error in the service</h1>"));
        let page = Error::not_found().response(Locale::En);
        assert!(String::from_utf8_lossy(page.body()).contains("<h1>Page not found</h1>"));
        assert_eq!(Error::bad_request().response(Locale::Ru).status(), 400);
    }
}
