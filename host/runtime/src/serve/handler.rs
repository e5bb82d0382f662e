//! A service that exports `aim:gov/handler`: the whole request in, the whole response out.

use aim_gov::text::Locale;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;
use wasmtime::Store;

use super::failure::{BadResponse, Failure, status};
use super::headers::{clean_request, clean_response};
use crate::bindings::LinkedPre;
use crate::bindings::exports::aim::gov::handler as wit;
use crate::glue::RequestState;
use crate::limits::{HEADERS_MAX, RESPONSE_BODY_BYTES_MAX};
use crate::log::RequestLog;

/// Runs the service on one request. The caller holds the clock.
pub(super) async fn answer(
    pre: &LinkedPre<RequestState>,
    mut store: Store<RequestState>,
    request: Request<Body>,
    request_id: &str,
    log: &RequestLog,
) -> Result<Response<Bytes>, Failure> {
    let locale = store.data().invocation.locale;
    let request = whole(request, request_id, locale).await?;
    let called = async {
        let instance = pre.instantiate_async(&mut store).await?;
        instance.aim_gov_handler().call_handle(&mut store, &request).await
    };
    let response = called.await.map_err(|error| Failure::Trap {
        error,
        out_of_memory: store.data().limiter.refused,
    })?;
    into_http(response, log).map_err(Failure::Response)
}

/// The request as the service sees it.
async fn whole(request: Request<Body>, request_id: &str, locale: Locale) -> Result<wit::Request, Failure> {
    let (mut parts, body) = request.into_parts();
    clean_request(&mut parts.headers, locale);
    // It is in memory already, so nothing is left that could fail but the type.
    let body = body.collect().await.map_err(|_| Failure::BodyBroken)?;
    Ok(wit::Request {
        id: request_id.to_owned(),
        method: parts.method.as_str().to_owned(),
        path_with_query: parts
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned(),
        headers: parts
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.as_str().to_owned(),
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
            .collect(),
        body: body.to_bytes().into(),
    })
}

/// The service's response, if it keeps the rules.
fn into_http(response: wit::Response, log: &RequestLog) -> Result<Response<Bytes>, BadResponse> {
    let status = status(response.status)?;
    if response.body.len() > RESPONSE_BODY_BYTES_MAX {
        return Err(BadResponse::Body);
    }
    if response.headers.len() > HEADERS_MAX {
        return Err(BadResponse::Headers);
    }
    let mut headers = HeaderMap::with_capacity(response.headers.len() + 3);
    for (name, value) in response.headers {
        let name = HeaderName::try_from(name).map_err(|_| BadResponse::Header)?;
        let value = HeaderValue::try_from(value).map_err(|_| BadResponse::Header)?;
        headers.append(name, value);
    }
    clean_response(&mut headers, log)?;
    let mut answer = Response::new(Bytes::from(response.body));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
