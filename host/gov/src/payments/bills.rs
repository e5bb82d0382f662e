//! The operations on bills for plug-ins.

use futures::FutureExt as _;

use super::Payments;
use super::bill::{self, Bill, BillStatus};
use super::create::granted_code;
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::{Attribute, Capability};
use crate::invocation::Invocation;
use crate::{consent, platform};

impl Payments {
    /// The open bills of the citizen's household under a service code, oldest first, without those that a
    /// payment holds. An umbrella code covers the codes below it.
    ///
    /// # Errors
    /// `login-required`; `access-denied` (`service-code-not-granted`, and those of
    /// [`consent::require`] for `utility_bills`); `invalid-request` (`service-code-unknown`);
    /// `consent-required`, `consent-paused`, `consent-revoked`, `consent-expired`; `unavailable`
    /// (`system-unavailable`) while the register of the population or the issuer of the bills gives no valid
    /// answer.
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

    /// Checks the consent before each of the two systems is asked, so that neither learns of a citizen who did
    /// not agree, and again when the bills are returned.
    async fn read_bills(
        &self,
        invocation: &Invocation,
        operation: &'static str,
        service_code: &str,
        purpose: &str,
    ) -> Result<Vec<Bill>, GovError> {
        let mut entry = Entry::under(invocation, Capability::Payments, operation, purpose);
        entry.attributes = vec![Attribute::UtilityBills];
        let asked = Asked {
            invocation: invocation.clone(),
            code: service_code.to_owned(),
            purpose: purpose.to_owned(),
        };
        let asking = asked.clone();
        let citizen = self
            .platform
            .may_ask(invocation, entry.clone(), move |tx, entry, now| {
                async move {
                    asking.require(tx, entry, now).await?;
                    Ok(platform::require_session(&asking.invocation)?.citizen.clone())
                }
                .boxed()
            })
            .await?;
        let household = self.household(&citizen, &entry).await?;
        let (asking, theirs) = (asked.clone(), household.clone());
        let known = self
            .platform
            .may_ask(invocation, entry.clone(), move |tx, entry, now| {
                async move {
                    asking.require(tx, entry, now).await?;
                    match theirs {
                        Some(household) => Ok(bill::stored(tx, &household).await?),
                        None => Ok(Vec::new()),
                    }
                }
                .boxed()
            })
            .await?;
        let issued = match &household {
            Some(household) => bill::ask(&self.issuer, household, &known, self.platform.clock.now()).await,
            // Somebody whom the population register does not know has no household.
            None => Ok(Vec::new()),
        };
        let issued = match issued {
            Ok(issued) => issued,
            Err(fault) => {
                let refusal = fault.unavailable("bills");
                return Err(self.platform.record_refusal(entry, refusal).await);
            }
        };
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    asked.require(tx, entry, now).await?;
                    match household {
                        Some(household) => {
                            Ok(bill::of_household(tx, &household, &issued, &asked.code, now).await?)
                        }
                        None => Ok(Vec::new()),
                    }
                }
                .boxed()
            })
            .await
    }
}

/// The bills that are read, and the purpose.
#[derive(Clone)]
struct Asked {
    invocation: Invocation,
    code: String,
    purpose: String,
}

impl Asked {
    /// Whether the service may read them now.
    async fn require(&self, tx: &mut Conn, entry: &mut Entry, now: Timestamp) -> Result<(), GovError> {
        platform::require_session(&self.invocation)?;
        granted_code(&self.invocation, &self.code)?;
        let attributes = [Attribute::UtilityBills];
        let consent = consent::require(tx, &self.invocation, &self.purpose, &attributes, now).await?;
        entry.consent_id = Some(consent);
        Ok(())
    }
}
