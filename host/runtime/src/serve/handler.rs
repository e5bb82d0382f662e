//! A service that exports `aim:gov/handler`: the whole request in, the whole response out.

use aim_gov::text::Locale;
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use http_body_util::BodyExt as _;

use super::Running;
use super::failure::{BadResponse, Failure, status};
use super::headers::{Asked, clean_request, clean_response};
use super::markup;
use crate::background::{Guest, Runnable};
use crate::bindings::ServicePre;
use crate::bindings::exports::aim::gov::handler as wit;
use crate::glue::RequestState;
use crate::limits::{HEADERS_MAX, RESPONSE_BODY_BYTES_MAX};
use crate::log::RequestLog;
use crate::reach::Reach;

/// Room for the headers that the host adds.
const HEADERS_ADDED: usize = 8;

/// Runs the service on one request. The caller holds the clock.
pub(super) async fn answer(
    pre: ServicePre<RequestState>,
    running: Running,
    background: Runnable,
    request: Request<Body>,
    request_id: &str,
    reach: &Reach,
    log: &RequestLog,
) -> Result<Response<Bytes>, Failure> {
    let head = request.method() == http::Method::HEAD;
    let state = running.store.data();
    let (service, slices) = (state.invocation.service.clone(), state.slices.clone());
    let path = state.invocation.return_path.clone();
    let authorization = service.grant.authorization;
    let request = whole(request, request_id, state.invocation.locale, authorization).await?;
    let guest = async move {
        // The whole of it: with its store alone, the permits would stay behind.
        let mut running = running;
        let store = &mut running.store;
        let called = async {
            let instance = pre.instantiate_async(&mut *store).await?;
            instance
                .aim_gov_handler()
                .call_handle(&mut *store, &request)
                .await
        };
        called.await.map_err(|error| Failure::Trap {
            error,
            out_of_memory: store.data().limiter.refused,
        })
    };
    let response = Guest::new(guest, slices, service, background).await?;
    let asked = Asked {
        path: &path,
        reach,
        authorization,
        head,
        log,
    };
    into_http(response, asked)
}

/// The request as the service sees it.
async fn whole(
    request: Request<Body>,
    request_id: &str,
    locale: Locale,
    authorization: bool,
) -> Result<wit::Request, Failure> {
    let (mut parts, body) = request.into_parts();
    clean_request(&mut parts.headers, locale, authorization);
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
fn into_http(response: wit::Response, asked: Asked<'_>) -> Result<Response<Bytes>, Failure> {
    let status = status(response.status).map_err(Failure::Response)?;
    if response.body.len() > RESPONSE_BODY_BYTES_MAX {
        return Err(Failure::Response(BadResponse::Body));
    }
    if response.headers.len() > HEADERS_MAX {
        return Err(Failure::Response(BadResponse::Headers));
    }
    let mut headers = HeaderMap::with_capacity(response.headers.len() + HEADERS_ADDED);
    for (name, value) in response.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            return Err(Failure::Response(BadResponse::Header));
        };
        headers.append(name, value);
    }
    let answered = clean_response(&mut headers, status, asked)?;
    let mut body = Bytes::from(response.body);
    if answered.html {
        body = markup::whole(body, asked.reach, asked.path, asked.log);
    }
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    Ok(answer)
}
