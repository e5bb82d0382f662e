//! What programs need to verify a signature: the authorities' certificates (RFC 5280, section 4.2.2.1) and the status of
//! certificates (RFC 6960, appendix A).

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::remote;
use crate::signature::Signatures;

fn certificate(der: Vec<u8>) -> Response {
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/pkix-cert"),
        ),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, der).into_response()
}

/// Show the root's certificate
#[utoipa::path(
    get,
    path = "/signatures/root.cer",
    operation_id = "root_of_signatures",
    responses((status = 200, description = "The certificate in DER.", body = String, content_type = "application/pkix-cert"))
)]
pub(super) async fn root(State(signatures): State<Signatures>) -> Response {
    certificate(signatures.provider.backend.authorities().root)
}

/// Show the certificate of the authority that certifies people
#[utoipa::path(
    get,
    path = "/signatures/issuer.cer",
    operation_id = "issuer_of_signatures",
    responses((status = 200, description = "The certificate in DER.", body = String, content_type = "application/pkix-cert"))
)]
pub(super) async fn issuer(State(signatures): State<Signatures>) -> Response {
    certificate(signatures.provider.backend.authorities().issuer)
}

/// Ask for the status of certificates (RFC 6960, appendix A)
#[utoipa::path(
    post,
    path = "/signatures/ocsp",
    operation_id = "status_of_certificates",
    request_body(content = String, description = "The question in DER, at most 4 KiB.", content_type = "application/ocsp-request"),
    responses((status = 200, description = "The answer in DER, in which a wrong question is refused too.", body = String, content_type = "application/ocsp-response"))
)]
pub(super) async fn status(State(signatures): State<Signatures>, question: Bytes) -> Response {
    let provider = &signatures.provider;
    match remote::call(provider.deadline, provider.backend.status(&question)).await {
        Ok(answer) => (
            [
                (header::CONTENT_TYPE, "application/ocsp-response"),
                (header::CACHE_CONTROL, "no-store"),
            ],
            answer,
        )
            .into_response(),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "signature.status failed"
            );
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
