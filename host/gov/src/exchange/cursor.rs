//! Cursors of pages: the agency's, bound to the call that it belongs to.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::plan::Plan;
use crate::error::GovError;
use crate::invocation::{CitizenId, ServiceId};
use crate::mac::MacKey;

/// Bytes of an agency's cursor.
pub(super) const CURSOR_BYTES_MAX: usize = 1_000;
/// Separates cursors from other codes.
const DOMAIN: &str = "exchange-cursor";

/// Proves that this platform gave a cursor for the same question about the same citizen, so that a service cannot
/// tell an agency anything by it.
#[derive(Clone, Debug)]
pub(super) struct CursorKey(pub(super) MacKey);

impl CursorKey {
    pub(super) fn seal(
        &self,
        service: &ServiceId,
        citizen: Option<&CitizenId>,
        plan: &Plan,
        cursor: &str,
    ) -> String {
        let code = self
            .0
            .code(DOMAIN, &fields(service, citizen, &plan.question(), cursor));
        format!("{}.{code}", URL_SAFE_NO_PAD.encode(cursor))
    }

    /// The agency's cursor.
    ///
    /// # Errors
    /// `invalid-request` (`cursor-malformed`).
    pub(super) fn open(
        &self,
        service: &ServiceId,
        citizen: Option<&CitizenId>,
        plan: &Plan,
        token: &str,
    ) -> Result<String, GovError> {
        let opened = token.split_once('.').and_then(|(cursor, code)| {
            let cursor = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
            let question = plan.question();
            let fields = fields(service, citizen, &question, &cursor);
            self.0.is_code(DOMAIN, &fields, code).then_some(cursor)
        });
        opened.ok_or_else(|| {
            GovError::invalid(
                "cursor-malformed",
                "`cursor` is that of the answer before, to the same operation with the same parameters",
            )
        })
    }
}

fn fields<'a>(
    service: &'a ServiceId,
    citizen: Option<&'a CitizenId>,
    question: &'a str,
    cursor: &'a str,
) -> [&'a str; 4] {
    [
        &service.0,
        citizen.map_or("", |citizen| &citizen.0),
        question,
        cursor,
    ]
}
