//! Errors in the words of OAuth 2.0 and OpenID Connect.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An error code of RFC 6749, OpenID Connect Core, RFC 6750, RFC 8707 or RFC 9396.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidToken,
    UnsupportedGrantType,
    UnsupportedResponseType,
    RequestNotSupported,
    RequestUriNotSupported,
    RegistrationNotSupported,
    InvalidTarget,
    InvalidAuthorizationDetails,
    LoginRequired,
    ConsentRequired,
    UnmetAuthenticationRequirements,
    AccessDenied,
    ServerError,
    TemporarilyUnavailable,
}

impl Code {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidToken => "invalid_token",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

/// An error with a sentence for the developer of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OauthError {
    pub(super) code: Code,
    pub(super) description: &'static str,
    /// `WWW-Authenticate` of the answer.
    challenge: Option<&'static str>,
}

impl OauthError {
    pub(super) fn new(code: Code, description: &'static str) -> Self {
        let challenge = match code {
            Code::InvalidToken => Some("Bearer realm=\"id\", error=\"invalid_token\""),
            _ => None,
        };
        Self {
            code,
            description,
            challenge,
        }
    }

    /// The same for a client that used `Authorization: Basic` (RFC 6749, 5.2). A client that sent its secret
    /// in the form gets no challenge: HTTP libraries react to one before their caller sees the error.
    pub(super) fn with_basic_challenge(self) -> Self {
        Self {
            challenge: Some("Basic realm=\"id\""),
            ..self
        }
    }

    /// Our own fault; the cause is in the log.
    pub(super) fn server(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "identity.provider failed");
        Self::new(Code::ServerError, "something failed here; try again")
    }

    /// Another system, which the answer is in, does not answer.
    pub(super) fn unavailable() -> Self {
        Self::new(
            Code::TemporarilyUnavailable,
            "the register of the population does not answer; try again later",
        )
    }
}

/// An error (RFC 6749, 5.2).
#[derive(serde::Serialize, utoipa::ToSchema)]
#[schema(as = OauthError)]
pub(super) struct Body {
    error: &'static str,
    /// A sentence for the developer of the client.
    error_description: &'static str,
}

impl Code {
    /// The status that it comes with.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::InvalidClient | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = Json(Body {
            error: self.code.as_str(),
            error_description: self.description,
        });
        let mut response = (
            status,
            [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
            body,
        )
            .into_response();
        if let Some(challenge) = self.challenge {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}
