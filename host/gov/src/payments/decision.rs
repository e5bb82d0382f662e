//! What audit records say of the steps of a payment.

use super::payment::Payment;
use super::state::{Failure, State};
use crate::audit;

/// The `decision` of what may or may not have happened: the provider gave no answer that counts. Also the code of
/// the refusal.
pub(super) const SILENT: &str = "provider-silent";
/// The `decision` of a card that never reached the provider.
pub(super) const LOST: &str = "not-carried-out";
/// The `decision` of a refund that the provider refused.
pub(super) const REFUND_REFUSED: &str = "refund-refused";

/// What the audit record says of a step after which the payment is as in `after`: what changed nothing was a
/// look, and a card that did not pay and a payment that was not made say why.
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
        // The citizen wanted just that.
        None | Some(Failure::CancelledByUser) => (operation, audit::ALLOWED),
        Some(failure) => (operation, failure.code()),
    }
}
