//! The same page as `hello`, the way any `wasi:http` component makes it: no SDK of ours, a streamed body.

use wasip2::http::types::{
    Fields, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

const PAGE: &str = "<!doctype html>\n<html lang=\"az\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <title>Salam, dünya!</title>\n<link rel=\"icon\" href=\"data:,\">\n</head>\n\
    <body>\n<main id=\"main\">\n<h1>Salam, dünya!</h1>\n</main>\n</body>\n</html>\n";

/// What a stream takes in one blocking write, by the definition of `wasi:io`.
const WRITE_BYTES_MAX: usize = 4096;

struct Hello;

wasip2::http::proxy::export!(Hello);

impl wasip2::exports::http::incoming_handler::Guest for Hello {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let (status, page) = match request.method() {
            Method::Get | Method::Head => (200, PAGE),
            _ => (405, ""),
        };
        let headers = [
            ("content-type", "text/html; charset=utf-8"),
            ("allow", "GET, HEAD"),
        ]
        .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
        let Ok(headers) = Fields::from_list(&headers) else {
            return;
        };
        let response = OutgoingResponse::new(headers);
        let (Ok(()), Ok(body)) = (response.set_status_code(status), response.body()) else {
            return;
        };
        ResponseOutparam::set(out, Ok(response));
        let Ok(stream) = body.write() else { return };
        for part in page.as_bytes().chunks(WRITE_BYTES_MAX) {
            // The citizen closed the page: nobody is left to tell.
            if stream.blocking_write_and_flush(part).is_err() {
                return;
            }
        }
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
    }
}
