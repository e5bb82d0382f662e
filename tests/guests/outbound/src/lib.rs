//! Calls the system whose authority is the path (`/localhost:8080`) and says `answered STATUS` or
//! `failed CODE`.

use wasip2::http::outgoing_handler::handle as send;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingRequest, OutgoingResponse, ResponseOutparam,
    Scheme,
};

struct Outbound;

wasip2::http::proxy::export!(Outbound);

impl wasip2::exports::http::incoming_handler::Guest for Outbound {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        let said = match call(path.trim_start_matches('/')) {
            Ok(status) => format!("answered {status}"),
            Err(code) => format!("failed {code:?}"),
        };
        let response = OutgoingResponse::new(Fields::new());
        let Ok(body) = response.body() else { return };
        ResponseOutparam::set(out, Ok(response));
        let Ok(stream) = body.write() else { return };
        if stream.blocking_write_and_flush(said.as_bytes()).is_ok() {
            drop(stream);
            // A citizen who closed the page needs no end of it.
            let _ = OutgoingBody::finish(body, None);
        }
    }
}

fn call(authority: &str) -> Result<u16, ErrorCode> {
    let request = OutgoingRequest::new(Fields::new());
    let fits = request.set_scheme(Some(&Scheme::Http)).is_ok()
        && request.set_authority(Some(authority)).is_ok()
        && request.set_path_with_query(Some("/")).is_ok();
    if !fits {
        return Err(ErrorCode::HttpRequestUriInvalid);
    }
    let answer = send(request, None)?;
    answer.subscribe().block();
    match answer.get() {
        Some(Ok(response)) => response.map(|response| response.status()),
        Some(Err(())) | None => Err(ErrorCode::InternalError(None)),
    }
}
