//! Messages on the exchange: a request and its answer, in the terms of X-Road's Message Protocol for REST (PR-REST).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha512};

use crate::registry_operation::{INSTANCE, MEMBER_CLASS, ServiceAddress};

/// The version of the protocol, which begins the path (PR-REST, 4.1).
pub const PROTOCOL: &str = "r1";
/// The platform's member code and subsystem. Simulated: a code of letters cannot be a real one.
const MEMBER: (&str, &str) = ("SIM-AIM", "sandbox");
/// Where an agency says how something stands that was sent in.
pub const STATUS: &str = "status";
/// The media type of every request, and of answers to questions.
pub const JSON: &str = "application/json";

// Names of headers are hashed as they arrive (see [`Request::head`]), so each is spelt as the client of the security server
// writes it: a capital after each hyphen alone. PR-REST has `X-Road-UserId`; names are not case-sensitive (4.3).
pub const CLIENT: &str = "X-Road-Client";
pub const ID: &str = "X-Road-Id";
pub const REQUEST_ID: &str = "X-Road-Request-Id";
pub const REQUEST_HASH: &str = "X-Road-Request-Hash";
pub const USER_ID: &str = "X-Road-Userid";
pub const ISSUE: &str = "X-Road-Issue";
pub const REPRESENTED_PARTY: &str = "X-Road-Represented-Party";
pub const ERROR: &str = "X-Road-Error";
pub const SERVICE: &str = "X-Road-Service";
/// Why the data is read: a header that the platform and the agencies agree on, passed unmodified (PR-REST, 4.3).
pub const PURPOSE: &str = "X-Aim-Purpose";
/// Under which consent.
pub const CONSENT: &str = "X-Aim-Consent";

/// What a part of a path keeps as it is: the unreserved characters (RFC 3986, 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Parts of an identifier, each percent-encoded (PR-REST, 4.2).
pub fn path(parts: &[&str]) -> String {
    let encoded: Vec<_> = parts
        .iter()
        .map(|part| utf8_percent_encode(part, ENCODED).to_string())
        .collect();
    encoded.join("/")
}

impl ServiceAddress {
    /// The address in a path and in headers.
    pub fn path(&self) -> String {
        let mut parts = vec![&*self.instance, &self.member_class, &self.member_code];
        parts.extend(self.subsystem.as_deref());
        parts.push(&self.service_code);
        path(&parts)
    }
}

/// The platform, as the exchange knows it.
pub fn client() -> String {
    path(&[INSTANCE, MEMBER_CLASS, MEMBER.0, MEMBER.1])
}

/// A request to a service of an agency. The platform sends `POST` alone: what identifies a citizen is in the body,
/// and never in an address, which logs keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Unique: a UUID.
    pub message_id: String,
    pub service: ServiceAddress,
    /// What of the service is called, below its address; the service itself where it is absent.
    pub endpoint: Option<&'static str>,
    /// In the order in which they are sent and hashed.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// What the exchange answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Of HTTP.
    pub status: u16,
    /// `X-Road-Id`: [`Request::message_id`].
    pub message_id: String,
    /// `X-Road-Request-Id`.
    pub request_id: String,
    /// `X-Road-Request-Hash`; absent where the exchange itself failed.
    pub request_hash: Option<String>,
    /// `X-Road-Error`: where the exchange, and not the agency, failed.
    pub error: Option<String>,
    pub content_type: String,
    pub body: Vec<u8>,
}

impl Request {
    pub fn path(&self) -> String {
        let service = self.service.path();
        match self.endpoint {
            None => format!("/{PROTOCOL}/{service}"),
            Some(endpoint) => format!("/{PROTOCOL}/{service}/{endpoint}"),
        }
    }

    /// The head as X-Road's security server serialises it for its log and for the hash (`RestRequest.toByteArray`, X-Road
    /// 7.8): method, path, and each header as `name:value` with the name and in the order in which it arrived, without those
    /// of the connection; each ended by CR LF; last the id of the attempt.
    pub fn head(&self, request_id: &str) -> String {
        head("POST", &self.path(), &self.headers, request_id)
    }
}

/// See [`Request::head`].
pub fn head<N: AsRef<str>, V: AsRef<str>>(
    method: &str,
    path: &str,
    headers: &[(N, V)],
    request_id: &str,
) -> String {
    let mut head = format!("{method}\r\n{path}\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{}:{}\r\n", name.as_ref(), value.as_ref()));
    }
    head.push_str(&format!("{REQUEST_ID}:{request_id}\r\n"));
    head
}

/// Base 64 of SHA-512(SHA-512(head) ‖ SHA-512(body)); of SHA-512(head) where there is no body (PR-REST, 4.3).
pub fn request_hash(head: &str, body: &[u8]) -> String {
    let head = Sha512::digest(head.as_bytes());
    if body.is_empty() {
        return STANDARD.encode(head);
    }
    let mut both = Sha512::new();
    both.update(head);
    both.update(Sha512::digest(body));
    STANDARD.encode(both.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_an_address_are_encoded_one_by_one() {
        assert_eq!(
            path(&["AZ", "GOV", "BAR/SERVICE", "ə"]),
            "AZ/GOV/BAR%2FSERVICE/%C9%99"
        );
    }

    #[test]
    fn hash_is_that_of_headers_and_body() {
        // printf of the two digests into `openssl dgst -sha512 -binary | base64`.
        let head = head("POST", "/r1/AZ", &[("X-Road-Id", "1")], "2");
        assert_eq!(head, "POST\r\n/r1/AZ\r\nX-Road-Id:1\r\nX-Road-Request-Id:2\r\n");
        let (with, without) = (request_hash(&head, b"{}"), request_hash(&head, b""));
        assert_ne!(with, without);
        assert_ne!(with, request_hash(&head, b"{ }"));
        // The length of a SHA-512 in base 64.
        assert_eq!((with.len(), without.len()), (88, 88));
    }
}
