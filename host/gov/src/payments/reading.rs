//! What a citizen reads apart from the checkout: receipts, and the list of payments.

use super::checkout::{CheckoutError, Payer};
use super::payment::Payment;
use super::receipt::{self, Receipt};
use super::{Payments, entry_of, platform_entry, store};
use crate::audit;
use crate::random::is_id;

/// Payments on one page of a citizen's list.
pub const PAGE_PAYMENTS_MAX: u32 = 50;

impl Payments {
    /// A receipt of this citizen, with its payment.
    ///
    /// # Errors
    /// [`CheckoutError::NotFound`]; [`CheckoutError::Db`], also if the receipt was changed.
    pub async fn receipt(&self, payer: &Payer, id: &str) -> Result<(Receipt, Payment), CheckoutError> {
        match self.read_receipt(payer, id).await {
            Err(error) => Err(self.refused(payer, "receipt", id, error).await),
            found => found,
        }
    }

    async fn read_receipt(&self, payer: &Payer, id: &str) -> Result<(Receipt, Payment), CheckoutError> {
        let (random, now) = (&self.lifecycle.random, self.platform.clock.now());
        let mut tx = self.platform.db.begin().await?;
        let (receipt, payment) = receipt::find(&mut tx, &self.lifecycle.key, id)
            .await?
            .filter(|(receipt, _)| receipt.facts.citizen == payer.citizen)
            .ok_or(CheckoutError::NotFound)?;
        let mut entry = entry_of(&payment, "receipt", &payer.request_id);
        entry.object = Some(receipt.id.clone());
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok((receipt, payment))
    }

    /// The receipt with this number and code, for any visitor who knows both. `None` if they do not match. The
    /// payer's access log shows the check.
    ///
    /// # Errors
    /// [`CheckoutError::Db`], also if the receipt was changed.
    pub async fn check_receipt(
        &self,
        request_id: String,
        id: String,
        code: String,
    ) -> Result<Option<(Receipt, Payment)>, CheckoutError> {
        let (random, now) = (&self.lifecycle.random, self.platform.clock.now());
        let mut tx = self.platform.db.begin().await?;
        let found = receipt::find(&mut tx, &self.lifecycle.key, &id).await?;
        let Some((receipt, payment)) = found.filter(|(receipt, _)| receipt.has_code(&code)) else {
            return Ok(None);
        };
        let payer = &receipt.facts.citizen;
        let entry = platform_entry(payer, "check-receipt", &request_id, Some(&receipt.id));
        audit::append(&mut tx, random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        Ok(Some((receipt, payment)))
    }

    /// A citizen's payments, newest first, older than the payment `before`; at most [`PAGE_PAYMENTS_MAX`], and
    /// the last one's id if there are more.
    ///
    /// # Errors
    /// [`CheckoutError::Db`].
    pub async fn payments_of(
        &self,
        payer: &Payer,
        before: Option<String>,
    ) -> Result<(Vec<Payment>, Option<String>), CheckoutError> {
        let (lifecycle, now) = (&self.lifecycle, self.platform.clock.now());
        let before = before.filter(|before| is_id(store::PAYMENT, before));
        let (shown, one_more) = (PAGE_PAYMENTS_MAX as usize, PAGE_PAYMENTS_MAX + 1);
        let mut tx = self.platform.db.begin().await?;
        let mut payments =
            store::payments_of_citizen(&mut tx, &payer.citizen, before.as_deref(), one_more).await?;
        let more = payments.len() > shown;
        payments.truncate(shown);
        for payment in &mut payments {
            *payment = lifecycle.at(&mut tx, payment.clone(), now).await?;
        }
        let entry = platform_entry(&payer.citizen, "my-payments", &payer.request_id, None);
        audit::append(&mut tx, &lifecycle.random, now, &entry, audit::ALLOWED).await?;
        tx.commit().await?;
        let last = payments.last().filter(|_| more).map(|last| last.id.clone());
        Ok((payments, last))
    }
}
