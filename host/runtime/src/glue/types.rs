//! `aim:gov/types`: [`GovError`] to `gov-error`, and the small types that interfaces share.

use aim_gov::error::{GovError, LimitKind, Problem};
use aim_gov::text::Locale;

use super::{CallError, RequestState};
use crate::arguments::{Argument, optional, record, redacted};
use crate::bindings::aim::gov::types as wit;

aim_gov::catalogue! {
    /// One sentence for each kind of refusal that carries a problem.
    pub struct ProblemText from ("../../text/gov-error.az.toml", "../../text/gov-error.en.toml") {
        access_denied,
        invalid_request,
        conflict,
        too_many_requests,
        unavailable,
        unknown_outcome,
        consent_paused,
        consent_revoked,
        consent_expired,
        not_done,
    }
}

impl wit::Host for RequestState {
    fn convert_gov_error(&mut self, error: CallError) -> wasmtime::Result<wit::GovError> {
        match error {
            CallError::Gov(error) => Ok(gov_error(error, &self.invocation.request_id)),
            CallError::Trap(trap) => Err(trap),
        }
    }
}

/// A text for citizens as an argument: what the service wrote may be about one of them.
pub(super) fn localised(text: &wit::Localised) -> Argument {
    record([
        ("az", redacted(&text.az)),
        ("en", optional(text.en.as_deref(), redacted)),
        ("ru", optional(text.ru.as_deref(), redacted)),
    ])
}

/// The problem details of a failure that is not an error of the call: why an accepted message failed.
pub(super) fn problem(problem: Problem, request_id: &str) -> wit::Problem {
    titled(problem, |text| &text.not_done, request_id)
}

fn titled(problem: Problem, title: fn(&ProblemText) -> &String, request_id: &str) -> wit::Problem {
    wit::Problem {
        code: problem.code.to_owned(),
        title: wit::Localised {
            az: title(ProblemText::of(Locale::Az)).clone(),
            en: Some(title(ProblemText::of(Locale::En)).clone()),
            ru: None,
        },
        detail: problem.detail,
        trace_id: request_id.to_owned(),
        retry_after_ms: problem.retry_after_ms,
    }
}

/// The WIT error, with its title in the citizen's languages and the request id.
fn gov_error(error: GovError, request_id: &str) -> wit::GovError {
    use wit::GovError as Wit;
    let problem = |problem, title| titled(problem, title, request_id);
    let stop = |url: String, message: fn(&ProblemText) -> &String| {
        let message = |locale| message(ProblemText::of(locale)).replace("{url}", &url);
        wit::ConsentStop {
            message: wit::Localised {
                az: message(Locale::Az),
                en: Some(message(Locale::En)),
                ru: None,
            },
            url,
        }
    };
    match error {
        GovError::LoginRequired(url) => Wit::LoginRequired(url),
        GovError::StepUpRequired(url) => Wit::StepUpRequired(url),
        GovError::ConsentRequired(url) => Wit::ConsentRequired(url),
        GovError::ConsentPaused(url) => Wit::ConsentPaused(stop(url, |text| &text.consent_paused)),
        GovError::ConsentRevoked(url) => Wit::ConsentRevoked(stop(url, |text| &text.consent_revoked)),
        GovError::ConsentExpired(url) => Wit::ConsentExpired(stop(url, |text| &text.consent_expired)),
        GovError::AccessDenied(p) => Wit::AccessDenied(problem(p, |text| &text.access_denied)),
        GovError::LimitExceeded(kind) => Wit::LimitExceeded(kind.into()),
        GovError::Suspended => Wit::Suspended,
        GovError::InvalidRequest(p) => Wit::InvalidRequest(problem(p, |text| &text.invalid_request)),
        GovError::NotFound => Wit::NotFound,
        GovError::Conflict(p) => Wit::Conflict(problem(p, |text| &text.conflict)),
        GovError::TooManyRequests(p) => Wit::TooManyRequests(problem(p, |text| &text.too_many_requests)),
        GovError::Unavailable(p) => Wit::Unavailable(problem(p, |text| &text.unavailable)),
        GovError::UnknownOutcome(p) => Wit::UnknownOutcome(problem(p, |text| &text.unknown_outcome)),
    }
}

impl From<LimitKind> for wit::LimitKind {
    fn from(kind: LimitKind) -> Self {
        match kind {
            LimitKind::Citizens => Self::Citizens,
            LimitKind::AmountPerPayment => Self::AmountPerPayment,
            LimitKind::AmountPerCitizen => Self::AmountPerCitizen,
            LimitKind::AmountTotal => Self::AmountTotal,
            LimitKind::Transactions => Self::Transactions,
            LimitKind::EndDate => Self::EndDate,
            LimitKind::DataCategory => Self::DataCategory,
            LimitKind::Region => Self::Region,
            LimitKind::Messages => Self::Messages,
            LimitKind::CallsPerMinute => Self::CallsPerMinute,
            LimitKind::MessagesPerCitizen => Self::MessagesPerCitizen,
            LimitKind::Signatures => Self::Signatures,
            LimitKind::RegistryCalls => Self::RegistryCalls,
            LimitKind::Presentations => Self::Presentations,
            LimitKind::Documents => Self::Documents,
            LimitKind::Events => Self::Events,
        }
    }
}

impl From<Locale> for wit::Locale {
    fn from(locale: Locale) -> Self {
        match locale {
            Locale::Az => Self::Az,
            Locale::En => Self::En,
            Locale::Ru => Self::Ru,
        }
    }
}

impl From<wit::Locale> for Locale {
    fn from(locale: wit::Locale) -> Self {
        match locale {
            wit::Locale::Az => Self::Az,
            wit::Locale::En => Self::En,
            wit::Locale::Ru => Self::Ru,
        }
    }
}

impl From<aim_gov::text::Localised> for wit::Localised {
    fn from(aim_gov::text::Localised { az, en, ru }: aim_gov::text::Localised) -> Self {
        Self { az, en, ru }
    }
}

impl From<wit::Localised> for aim_gov::text::Localised {
    fn from(wit::Localised { az, en, ru }: wit::Localised) -> Self {
        Self { az, en, ru }
    }
}

impl From<aim_gov::grant::DataCategory> for wit::DataCategory {
    fn from(category: aim_gov::grant::DataCategory) -> Self {
        use aim_gov::grant::DataCategory as Gov;
        match category {
            Gov::Personal => Self::Personal,
            Gov::Employment => Self::Employment,
            Gov::Family => Self::Family,
            Gov::Education => Self::Education,
            Gov::Transport => Self::Transport,
            Gov::SocialProtection => Self::SocialProtection,
            Gov::Communications => Self::Communications,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problem_gets_a_title_in_both_languages_and_the_request_id() {
        let wit = gov_error(GovError::invalid("no-such-claim", "ask for another"), "req_1");
        let wit::GovError::InvalidRequest(problem) = wit else {
            panic!("wrong case: {wit:?}");
        };
        assert_eq!(problem.code, "no-such-claim");
        assert_eq!(problem.trace_id, "req_1");
        assert_eq!(problem.title.az, "Xidmət yanlış sorğu göndərdi");
        assert_eq!(
            problem.title.en.as_deref(),
            Some("The service sent a wrong request")
        );
    }

    #[test]
    fn stopped_consent_says_what_to_do_and_where() {
        let address = "http://localhost/az/consent/tea-house?purpose=greeting";
        for (error, words) in [
            (GovError::ConsentPaused(address.to_owned()), "You paused"),
            (GovError::ConsentRevoked(address.to_owned()), "was revoked"),
            (GovError::ConsentExpired(address.to_owned()), "has ended"),
        ] {
            let (wit::GovError::ConsentPaused(stop)
            | wit::GovError::ConsentRevoked(stop)
            | wit::GovError::ConsentExpired(stop)) = gov_error(error, "req_1")
            else {
                panic!("another case");
            };
            assert_eq!(stop.url, address);
            assert!(stop.message.az.contains(address), "{}", stop.message.az);
            let message = stop.message.en.unwrap_or_default();
            assert!(message.contains(words) && message.contains(address), "{message}");
        }
    }
}
