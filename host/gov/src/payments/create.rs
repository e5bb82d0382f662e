//! Creating a payment: `create` of `wit/payments.wit`.

use futures::FutureExt as _;

use super::money::Money;
use super::new_payment::{NewPayment, Order, unknown_service_code};
use super::operations::same_request;
use super::payment::Payment;
use super::state::State;
use super::store::{self, Keyed};
use super::{PAY_WITHIN_MS, Payments, bill, budget, vanished};
use crate::audit::Entry;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::GovError;
use crate::grant::{Attribute, Capability};
use crate::idempotency::check_key;
use crate::invocation::{CitizenId, Invocation, Service};
use crate::service_code::ServiceCode;
use crate::{consent, platform};

impl Payments {
    /// Creates a payment for the citizen. The same key and request return the first answer; the same key with
    /// another request is a conflict.
    ///
    /// # Errors
    /// `login-required`; `invalid-request`; `access-denied` (`service-code-not-granted`);
    /// `limit-exceeded`; `conflict` (`idempotency-key-reused`, `bill-not-open`, `bill-mismatch`); those
    /// of [`consent::require`] if the reference is a bill's.
    pub async fn create(
        &self,
        invocation: &Invocation,
        key: &str,
        new: NewPayment,
    ) -> Result<Payment, GovError> {
        let entry = Entry::of(invocation, Capability::Payments, "create");
        let random = self.platform.random.clone();
        let household = self.household_to_settle(invocation, &entry, key, &new).await?;
        let (asking, key) = (invocation.clone(), key.to_owned());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let citizen = &platform::require_session(&asking)?.citizen;
                    check_key(&key)?;
                    let order = Order::try_from(new)?;
                    let hash = order.hash(citizen);
                    let id = random.id(store::PAYMENT, now);
                    let service = &asking.service.id;
                    if !store::take_key(tx, service, &key, Keyed::Create, &hash, &id).await? {
                        let first = same_request(tx, service, &key, Keyed::Create, &hash).await?;
                        entry.object = Some(first.clone());
                        let payment = store::payment(tx, &first)
                            .await?
                            .ok_or_else(|| vanished("payment", &first))?;
                        return Ok(payment.into_created());
                    }
                    entry.object = Some(id.clone());
                    let service = &*asking.service;
                    if !order
                        .service_code
                        .is_granted(&service.grant.payment_service_codes)
                    {
                        return Err(not_granted(&order.service_code.code));
                    }
                    let bill = bill_to_settle(tx, &asking, household.as_deref(), &order, entry, now).await?;
                    let payment = made(service, citizen, id, order, bill, now);
                    // Locks the bill before the budget, as everywhere.
                    store::insert(tx, &payment).await?;
                    budget::reserve(tx, &payment, &service.grant.boundary, &asking.usage).await?;
                    Ok(payment)
                }
                .boxed()
            })
            .await
    }

    /// The citizen's household, if the reference may name a bill of it: otherwise the register of the
    /// population is not asked, nor about a citizen who did not agree.
    async fn household_to_settle(
        &self,
        invocation: &Invocation,
        entry: &Entry,
        key: &str,
        new: &NewPayment,
    ) -> Result<Option<String>, GovError> {
        if !bill::is_id(&new.reference) {
            return Ok(None);
        }
        let (asking, key, new) = (invocation.clone(), key.to_owned(), new.clone());
        let citizen = self
            .platform
            .may_ask(invocation, entry.clone(), move |tx, entry, now| {
                async move {
                    let citizen = &platform::require_session(&asking)?.citizen;
                    check_key(&key)?;
                    let order = Order::try_from(new)?;
                    let used = store::used_key(tx, &asking.service.id, &key, Keyed::Create).await?;
                    if used.is_some() {
                        // A retry returns the first answer.
                        return Ok(None);
                    }
                    granted_code(&asking, &order.service_code.code)?;
                    let named = named_bill(tx, &asking, &order, entry, now).await?;
                    Ok(named.map(|_| citizen.clone()))
                }
                .boxed()
            })
            .await?;
        match citizen {
            Some(citizen) => self.household(&citizen, entry).await,
            None => Ok(None),
        }
    }
}

/// The payment of an order that the approval covers.
fn made(
    service: &Service,
    citizen: &CitizenId,
    id: String,
    order: Order,
    bill: Option<String>,
    now: Timestamp,
) -> Payment {
    Payment {
        id,
        service: service.id.clone(),
        service_title: service.title.clone(),
        controller: service.controller.clone(),
        citizen: citizen.clone(),
        service_code: order.service_code,
        amount: order.amount,
        reference: order.reference,
        description: order.description,
        return_path: order.return_path,
        delayed_capture: order.delayed_capture,
        metadata: order.metadata,
        bill,
        state: State::Created,
        created: now,
        expires: now.plus_ms(PAY_WITHIN_MS),
        rejection: None,
        rejections: 0,
        charges: 0,
        asked: None,
        refunded: Money::ZERO,
        receipt_id: None,
    }
}

/// The bill that the order's reference names, if it belongs to the citizen's household.
///
/// The answers disclose whether a household has a bill and whether it is paid, so the citizen must have agreed
/// to that, whichever household the bill belongs to. Without a purpose that covers bills the service cannot
/// have read one, and every reference is treated as a plain reference.
async fn bill_to_settle(
    tx: &mut Conn,
    invocation: &Invocation,
    household: Option<&str>,
    order: &Order,
    entry: &mut Entry,
    now: Timestamp,
) -> Result<Option<String>, GovError> {
    let Some(bill) = named_bill(tx, invocation, order, entry, now).await? else {
        return Ok(None);
    };
    if household != Some(bill.household.as_str()) {
        // For this citizen, another household's bill is a plain reference.
        return Ok(None);
    }
    if bill.status != bill::BillStatus::Open {
        return Err(GovError::conflict(
            "bill-not-open",
            "the bill of this reference is paid, or being paid; read `bills` again",
        ));
    }
    if bill.amount != order.amount || bill.service_code.code != order.service_code.code {
        return Err(GovError::conflict(
            "bill-mismatch",
            "the bill of this reference has another amount or service code; pay exactly the amount in `bills`",
        ));
    }
    Ok(Some(bill.id))
}

/// The bill that the order's reference names, of any household, for a service that may read bills.
async fn named_bill(
    tx: &mut Conn,
    invocation: &Invocation,
    order: &Order,
    entry: &mut Entry,
    now: Timestamp,
) -> Result<Option<bill::Bill>, GovError> {
    if !bill::is_id(&order.reference) || !may_read_bills(tx, invocation, entry, now).await? {
        return Ok(None);
    }
    Ok(bill::find(tx, &order.reference).await?)
}

/// Whether the citizen agreed that the service reads bills, under any approved purpose; `false` if no purpose
/// covers them.
async fn may_read_bills(
    tx: &mut Conn,
    invocation: &Invocation,
    entry: &mut Entry,
    now: Timestamp,
) -> Result<bool, GovError> {
    const BILLS: Attribute = Attribute::UtilityBills;
    let purposes = &invocation.service.grant.purposes;
    let mut refusal = None;
    for purpose in purposes
        .iter()
        .filter(|purpose| purpose.attributes.contains(&BILLS))
    {
        entry.attributes = vec![BILLS];
        match consent::require(tx, invocation, &purpose.code, &[BILLS], now).await {
            Ok(consent) => {
                entry.purpose = Some(purpose.code.clone());
                entry.consent_id = Some(consent);
                return Ok(true);
            }
            Err(error) => {
                refusal.get_or_insert(error);
            }
        }
    }
    refusal.map_or(Ok(false), Err)
}

/// A budget account named by a plug-in and covered by the approval.
pub(super) fn granted_code(invocation: &Invocation, code: &str) -> Result<&'static ServiceCode, GovError> {
    let known = ServiceCode::find(code).ok_or_else(|| unknown_service_code(code))?;
    if known.is_granted(&invocation.service.grant.payment_service_codes) {
        Ok(known)
    } else {
        Err(not_granted(code))
    }
}

fn not_granted(code: &str) -> GovError {
    GovError::denied(
        "service-code-not-granted",
        format!("`{code}` is not among the approved service codes; ask for it in `aim.toml`"),
    )
}
