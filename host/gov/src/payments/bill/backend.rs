//! The interface of the system that issues bills.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use super::{Bill, is_id};
use crate::clock::Timestamp;
use crate::payments::money::Money;
use crate::remote::{self, Fault};

/// The time limit for an answer of the issuer, for which a citizen's page waits.
pub const BILLS_WITHIN: Duration = Duration::from_secs(5);

/// A system that issues the bills of households.
#[async_trait::async_trait]
pub trait Backend: Debug + Send + Sync {
    /// The household's bills of the last [`super::BILL_MONTHS`] months, at `now`, that are not among
    /// `known`.
    ///
    /// # Errors
    /// [`Fault`].
    async fn issued(&self, household: &str, known: &[Bill], now: Timestamp) -> Result<Vec<Bill>, Fault>;
}

/// The issuer, and its time limit.
#[derive(Clone, Debug)]
pub(in crate::payments) struct Issuer {
    pub(in crate::payments) backend: Arc<dyn Backend>,
    pub(in crate::payments) deadline: Duration,
}

/// The bills of the issuer that are not in `known`. Must not be called inside a transaction.
pub(in crate::payments) async fn ask(
    issuer: &Issuer,
    household: &str,
    known: &[Bill],
    now: Timestamp,
) -> Result<Vec<Bill>, Fault> {
    let bills = remote::call(issuer.deadline, issuer.backend.issued(household, known, now)).await?;
    if bills.iter().any(|bill| bill.household != household) {
        return Err(Fault::Unfit("a bill of another household"));
    }
    if bills.iter().any(|bill| !is_id(&bill.id)) {
        return Err(Fault::Unfit("a malformed bill id"));
    }
    if bills.iter().any(|bill| bill.amount == Money::ZERO) {
        return Err(Fault::Unfit("a bill of nothing"));
    }
    Ok(bills)
}
