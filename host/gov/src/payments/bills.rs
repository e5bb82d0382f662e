//! What a plug-in can learn of a household's bills.

use futures::FutureExt as _;

use super::Payments;
use super::bill::{self, Bill, BillStatus};
use super::create::granted_code;
use crate::audit::Entry;
use crate::error::GovError;
use crate::grant::{Attribute, Capability};
use crate::invocation::Invocation;
use crate::{consent, gate};

impl Payments {
    /// What the citizen's household owes under a service code, oldest first; bills that a payment
    /// holds are not among them. An umbrella code covers the codes below it.
    ///
    /// # Errors
    /// `login-required`; `access-denied` (`service-code-not-granted`, and those of
    /// [`consent::require`] for `utility_bills`); `invalid-request` (`service-code-unknown`);
    /// `consent-required`, `consent-paused`, `consent-revoked`, `consent-expired`.
    pub async fn bills(
        &self,
        invocation: &Invocation,
        service_code: &str,
        purpose: &str,
    ) -> Result<Vec<Bill>, GovError> {
        let mut bills = self
            .read_bills(invocation, "bills", service_code, purpose)
            .await?;
        bills.retain(|bill| bill.status == BillStatus::Open);
        Ok(bills)
    }

    /// The bills of the last [`bill::BILL_MONTHS`] months of use, paid ones too, and everything older
    /// that is not paid, oldest first.
    ///
    /// # Errors
    /// As [`Payments::bills`].
    pub async fn bill_history(
        &self,
        invocation: &Invocation,
        service_code: &str,
        purpose: &str,
    ) -> Result<Vec<Bill>, GovError> {
        self.read_bills(invocation, "bill-history", service_code, purpose)
            .await
    }

    async fn read_bills(
        &self,
        invocation: &Invocation,
        operation: &'static str,
        service_code: &str,
        purpose: &str,
    ) -> Result<Vec<Bill>, GovError> {
        let mut entry = Entry::under(invocation, Capability::Payments, operation, purpose);
        entry.attributes = vec![Attribute::UtilityBills];
        let (asking, key) = (invocation.clone(), self.lifecycle.key.clone());
        let (code, purpose) = (service_code.to_owned(), purpose.to_owned());
        let household = invocation
            .session
            .as_ref()
            .and_then(|session| self.household(&session.citizen));
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    gate::require_session(&asking)?;
                    granted_code(&asking, &code)?;
                    let consent =
                        consent::require(tx, &asking, &purpose, &[Attribute::UtilityBills], now).await?;
                    entry.consent_id = Some(consent);
                    match household {
                        Some(household) => Ok(bill::of_household(tx, &key, household, &code, now).await?),
                        // Somebody whom the population register does not know has no household.
                        None => Ok(Vec::new()),
                    }
                }
                .boxed()
            })
            .await
    }
}
