//! The decisions of audit records about the steps of a payment.

use super::payment::Payment;
use super::state::{Failure, State};
use crate::audit;

/// The `decision` if the outcome is unknown: the provider gave no valid answer. Also the code of the refusal.
pub(super) const SILENT: &str = "provider-silent";
/// The `decision` if the card never reached the provider.
pub(super) const LOST: &str = "not-carried-out";
/// The `decision` if the provider refused the refund.
pub(super) const REFUND_REFUSED: &str = "refund-refused";

/// The decision about a step that resulted in `after`: a step without a change is recorded as a look; a refused
/// card and a failed payment with their reason.
pub(super) fn done_by(
    operation: &'static str,
    (state, rejections): (State, i64),
    after: &Payment,
) -> (&'static str, &'static str) {
    if let Some(rejection) = after.rejection.filter(|_| after.rejections > rejections) {
        return (operation, rejection.code());
    }
    if state == after.state {
        return ("outcome", audit::ALLOWED);
    }
    match after.state.failure() {
        // The citizen intended this outcome.
        None | Some(Failure::CancelledByUser) => (operation, audit::ALLOWED),
        Some(failure) => (operation, failure.code()),
    }
}
