//! What a body is, said so that every browser takes it for the same.

use http::header::{CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::super::failure::BadResponse;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Settles the type of an answer; answers whether it is a page.
///
/// Pages are UTF-8, because that is how the host reads them. What else browsers show with links in it (XML, SVG, PDF)
/// is downloaded where it is opened by itself; as a picture in a page it is shown.
///
/// # Errors
/// [`BadResponse::MediaType`], [`BadResponse::Charset`], [`BadResponse::Encoding`], [`BadResponse::Parts`].
pub(super) fn settle(headers: &mut HeaderMap, status: StatusCode) -> Result<bool, BadResponse> {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    let declared = all.next().cloned();
    if all.next().is_some() {
        return Err(BadResponse::MediaType);
    }
    let Some(declared) = declared else {
        // Without one, browsers guess.
        let bodiless = status.is_redirection() || status == StatusCode::NO_CONTENT;
        if !bodiless {
            headers.insert(CONTENT_TYPE, TEXT);
        }
        return Ok(false);
    };
    let declared = declared.to_str().map_err(|_| BadResponse::MediaType)?;
    let (essence, parameters) = declared.split_once(';').unwrap_or((declared, ""));
    let essence = essence.trim().to_ascii_lowercase();
    if !is_essence(&essence) || declared.contains(',') {
        return Err(BadResponse::MediaType);
    }
    if essence == "text/html" {
        if !parameters.split(';').all(is_utf_8) {
            return Err(BadResponse::Charset);
        }
        if headers.contains_key(CONTENT_ENCODING) {
            return Err(BadResponse::Encoding);
        }
        headers.insert(CONTENT_TYPE, HTML);
        return Ok(true);
    }
    if is_of_parts(&essence) {
        return Err(BadResponse::Parts);
    }
    if !is_shown(&essence) {
        let disposition = attachment(headers.get(CONTENT_DISPOSITION));
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    Ok(false)
}

/// `type/subtype` (RFC 9110, 8.3.1).
fn is_essence(essence: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
    };
    essence
        .split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// Whether a parameter of `text/html` leaves the page UTF-8.
fn is_utf_8(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"').to_ascii_lowercase();
            matches!(&*value, "utf-8" | "utf8" | "us-ascii")
        }
        _ => true,
    }
}

/// Answers that are several answers, each with headers of its own that nobody has checked, and those that speak for
/// other origins.
fn is_of_parts(essence: &str) -> bool {
    essence.starts_with("multipart/")
        || essence.starts_with("message/")
        || matches!(
            essence,
            "application/signed-exchange" | "application/webbundle" | "application/x-mimearchive"
        )
}

/// Whether a browser that opens it by itself shows nothing that leads elsewhere.
fn is_shown(essence: &str) -> bool {
    if essence.ends_with("+xml") {
        return false;
    }
    let kind = essence.split('/').next().unwrap_or_default();
    matches!(kind, "image" | "audio" | "video" | "font")
        || essence.ends_with("+json")
        || matches!(
            essence,
            "text/plain"
                | "text/css"
                | "text/csv"
                | "text/vtt"
                | "text/javascript"
                | "text/event-stream"
                | "application/javascript"
                | "application/json"
                | "application/x-ndjson"
                | "application/wasm"
                | "application/octet-stream"
        )
}

/// The disposition as a download, with the name that the service gave it.
fn attachment(declared: Option<&HeaderValue>) -> HeaderValue {
    const ATTACHMENT: &[u8] = b"attachment";
    let declared = declared.map(HeaderValue::as_bytes).unwrap_or_default();
    let parameters = declared.iter().position(|byte| *byte == b';');
    let parameters = parameters.and_then(|at| declared.get(at..)).unwrap_or_default();
    let whole = [ATTACHMENT, parameters].concat();
    HeaderValue::from_bytes(&whole).unwrap_or(HeaderValue::from_static("attachment"))
}
