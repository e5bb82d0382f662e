//! What a citizen reads beside the checkout: receipts, and the list of payments.

use futures::FutureExt as _;

use super::checkout::{CheckoutError, Payer};
use super::payment::Payment;
use super::receipt::{self, Receipt};
use super::{Payments, entry_of, platform_entry, store};
use crate::audit;
use crate::random::is_id;

/// Payments on one page of a citizen's list.
pub const PAGE_PAYMENTS_MAX: u32 = 50;

impl Payments {
    /// A receipt of this citizen, with what it is for.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`]; [`CheckoutError::Db`], also when the receipt was changed.
    pub async fn receipt(&self, payer: &Payer, id: &str) -> Result<(Receipt, Payment), CheckoutError> {
        let now = self.platform.clock.now();
        let lifecycle = self.lifecycle.clone();
        let (of, key) = (payer.clone(), id.to_owned());
        let found = self
            .platform
            .db
            .write(move |tx| {
                async move {
                    let (receipt, payment) = receipt::find(tx, &lifecycle.key, &key)
                        .await?
                        .filter(|(receipt, _)| receipt.facts.citizen == of.citizen)
                        .ok_or(CheckoutError::NotFound)?;
                    let mut entry = entry_of(&payment, "receipt", &of.request_id);
                    entry.object = Some(receipt.id.clone());
                    audit::append(tx, &lifecycle.random, now, &entry, audit::ALLOWED).await?;
                    Ok((receipt, payment))
                }
                .boxed()
            })
            .await;
        match found {
            Err(error) => Err(self.refused(payer, "receipt", id, error).await),
            found => found,
        }
    }

    /// What a receipt is for, to anybody who has it: its number and its code. `None` where the two do
    /// not belong together. The payer's access log shows that somebody asked.
    ///
    /// # Errors
    /// [`CheckoutError::Db`], also when the receipt was changed.
    pub async fn check_receipt(
        &self,
        request_id: String,
        id: String,
        code: String,
    ) -> Result<Option<(Receipt, Payment)>, CheckoutError> {
        let now = self.platform.clock.now();
        let lifecycle = self.lifecycle.clone();
        self.platform
            .db
            .write(move |tx| {
                async move {
                    let Some((receipt, payment)) = receipt::find(tx, &lifecycle.key, &id)
                        .await?
                        .filter(|(receipt, _)| receipt.has_code(&code))
                    else {
                        return Ok(None);
                    };
                    let payer = &receipt.facts.citizen;
                    let entry = platform_entry(payer, "check-receipt", &request_id, Some(&receipt.id));
                    audit::append(tx, &lifecycle.random, now, &entry, audit::ALLOWED).await?;
                    Ok(Some((receipt, payment)))
                }
                .boxed()
            })
            .await
    }

    /// A citizen's payments, newest first, older than the payment `before`; at most
    /// [`PAGE_PAYMENTS_MAX`], and the last one's id where there are more.
    ///
    /// # Errors
    /// [`CheckoutError::Db`].
    pub async fn payments_of(
        &self,
        payer: &Payer,
        before: Option<String>,
    ) -> Result<(Vec<Payment>, Option<String>), CheckoutError> {
        let now = self.platform.clock.now();
        let lifecycle = self.lifecycle.clone();
        let payer = payer.clone();
        let before = before.filter(|before| is_id(store::PAYMENT, before));
        self.platform
            .db
            .write(move |tx| {
                async move {
                    let (shown, one_more) = (PAGE_PAYMENTS_MAX as usize, PAGE_PAYMENTS_MAX + 1);
                    let mut payments =
                        store::payments_of_citizen(tx, &payer.citizen, before.as_deref(), one_more).await?;
                    let more = payments.len() > shown;
                    payments.truncate(shown);
                    for payment in &mut payments {
                        *payment = lifecycle.at(tx, payment.clone(), now).await?;
                    }
                    let entry = platform_entry(&payer.citizen, "my-payments", &payer.request_id, None);
                    audit::append(tx, &lifecycle.random, now, &entry, audit::ALLOWED).await?;
                    let last = payments.last().filter(|_| more).map(|last| last.id.clone());
                    Ok((payments, last))
                }
                .boxed()
            })
            .await
    }
}
