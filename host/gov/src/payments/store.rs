//! Rows of payments, idempotency keys and refunds.

use super::money::Money;
use super::payment::{Payment, Refund, RefundState};
use super::rejection::Rejection;
use super::state::{Asked, Failure, State};
use crate::audit::AFTER_ALL;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::{CitizenId, ServiceId};
use crate::random::is_id;
use crate::service_code::ServiceCode;
use crate::text::Localised;
use crate::{column, row, sql};

/// The prefix of a payment's id.
pub(super) const PAYMENT: &str = "pay";

/// The use of an idempotency key.
pub(super) struct UsedKey {
    pub(super) request_hash: String,
    pub(super) object: String,
}

/// Operations with an idempotency key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyed {
    Create,
    RefundPayment,
}

impl Keyed {
    fn code(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::RefundPayment => "refund-payment",
        }
    }
}

/// Uses a key for `object`; `false` if it was used before.
pub(super) async fn take_key(
    tx: &mut Conn,
    service: &ServiceId,
    key: &str,
    operation: Keyed,
    request_hash: &str,
    object: &str,
) -> Result<bool, DbError> {
    let inserted = sql!(
        "payments/insert_key",
        service,
        key,
        operation.code(),
        request_hash,
        object
    )
    .run(tx)
    .await?;
    Ok(inserted == 1)
}

/// The object for which this operation used a key.
pub(super) async fn used_key(
    conn: &mut Conn,
    service: &ServiceId,
    key: &str,
    operation: Keyed,
) -> Result<Option<UsedKey>, DbError> {
    let used: Option<(String, String, String)> = sql!("payments/key", service, key).optional(conn).await?;
    Ok(used
        .filter(|(of, ..)| of == operation.code())
        .map(|(_, request_hash, object)| UsedKey { request_hash, object }))
}

/// Writes a new payment.
pub(super) async fn insert(tx: &mut Conn, payment: &Payment) -> Result<(), DbError> {
    let metadata: Vec<_> = payment
        .metadata
        .iter()
        .map(|(key, value)| serde_json::json!([key, value]))
        .collect();
    sql!(
        "payments/insert",
        &payment.id,
        &payment.service,
        &payment.service_title.az,
        &payment.service_title.en,
        &payment.service_title.ru,
        &payment.controller,
        &payment.citizen,
        &payment.service_code.code,
        payment.amount.column(),
        &payment.reference,
        &payment.description.az,
        &payment.description.en,
        &payment.description.ru,
        &payment.return_path,
        i64::from(payment.delayed_capture),
        serde_json::Value::Array(metadata).to_string(),
        &payment.bill,
        payment.created,
        payment.expires
    )
    .run(tx)
    .await?;
    entered(tx, &payment.id, State::Created, payment.created).await
}

/// Moves a payment from `from` to its current state; `false` if another process moved it first.
pub(super) async fn advance(
    tx: &mut Conn,
    from: State,
    payment: &Payment,
    now: Timestamp,
) -> Result<bool, DbError> {
    let asked = payment
        .state
        .asked()
        .or_else(|| payment.asked.map(|_| Asked::Release));
    let moved = sql!(
        "payments/move",
        &payment.id,
        from.code(),
        payment.state.code(),
        payment.state.failure().map(Failure::code),
        payment.expires,
        payment.rejection.map(Rejection::code),
        payment.rejections,
        payment.charges,
        asked,
        payment.asked,
        from.asked().map_or("", <&str>::from)
    )
    .run(tx)
    .await?;
    if moved != 1 {
        return Ok(false);
    }
    entered(tx, &payment.id, payment.state, now).await?;
    Ok(true)
}

/// Records when a payment reached a state. With another card it passes through states again; the first time is
/// kept.
async fn entered(tx: &mut Conn, payment: &str, state: State, now: Timestamp) -> Result<(), DbError> {
    sql!("payments/insert_event", payment, state.code(), now)
        .run(tx)
        .await?;
    Ok(())
}

/// The payment of this id.
pub(super) async fn payment(conn: &mut Conn, id: &str) -> Result<Option<Payment>, DbError> {
    if !is_id(PAYMENT, id) {
        return Ok(None);
    }
    sql!("payments/by_id", id).optional(conn).await
}

/// A citizen's payments, newest first, older than the payment `before`.
pub(super) async fn payments_of_citizen(
    conn: &mut Conn,
    citizen: &CitizenId,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Payment>, DbError> {
    sql!(
        "payments/of_citizen",
        citizen,
        before.unwrap_or(AFTER_ALL),
        i64::from(limit)
    )
    .all(conn)
    .await
}

/// The id of a payment or a refund with a due step, and since when it is due: their order.
pub(super) type Due = (Timestamp, String);

/// Before everything that is due.
pub(super) const BEFORE_ALL: Due = (Timestamp(i64::MIN), String::new());

/// Expired unfinished payments of all services, after `after` in the order of their expiry, at most `limit`.
pub(super) async fn overdue(
    conn: &mut Conn,
    now: Timestamp,
    after: &Due,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    sql!("payments/overdue", now, after.0, &after.1, i64::from(limit))
        .all(conn)
        .await
}

/// Payments with a request to the provider that was pending at `since`, as [`overdue`].
pub(super) async fn asked(
    conn: &mut Conn,
    since: Timestamp,
    after: &Due,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    sql!("payments/asked", since, after.0, &after.1, i64::from(limit))
        .all(conn)
        .await
}

/// Refunds that were requested from the provider until `since`, as [`overdue`].
pub(super) async fn submitted_refunds(
    conn: &mut Conn,
    since: Timestamp,
    after: &Due,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    sql!(
        "payments/submitted_refunds",
        since,
        after.0,
        &after.1,
        i64::from(limit)
    )
    .all(conn)
    .await
}

/// Records that the provider cancelled the charge of an ended payment.
pub(super) async fn released(tx: &mut Conn, payment: &str) -> Result<(), DbError> {
    sql!("payments/released", payment).run(tx).await?;
    Ok(())
}

/// Adds to the refunded amount, if exactly `refundable` is left; `false` otherwise.
pub(super) async fn take_refund(
    tx: &mut Conn,
    payment: &str,
    amount: Money,
    refundable: Money,
) -> Result<bool, DbError> {
    let taken = sql!(
        "payments/take_refund",
        payment,
        amount.column(),
        refundable.column()
    )
    .run(tx)
    .await?;
    Ok(taken == 1)
}

/// Ends a refund that was requested from the provider; `false` if another process did.
pub(super) async fn end_refund(tx: &mut Conn, refund: &Refund) -> Result<bool, DbError> {
    let ended = sql!("payments/end_refund", &refund.id, refund.state)
        .run(tx)
        .await?;
    Ok(ended == 1)
}

/// Reverts [`take_refund`].
pub(super) async fn return_refund(tx: &mut Conn, refund: &Refund) -> Result<(), DbError> {
    sql!(
        "payments/return_refund",
        &refund.payment_id,
        refund.amount.column()
    )
    .run(tx)
    .await?;
    Ok(())
}

/// Writes a refund that is about to be requested from the provider.
pub(super) async fn insert_refund(tx: &mut Conn, refund: &Refund) -> Result<(), DbError> {
    sql!(
        "payments/insert_refund",
        &refund.id,
        &refund.payment_id,
        refund.amount.column(),
        refund.at
    )
    .run(tx)
    .await?;
    Ok(())
}

/// The refund of this id.
pub(super) async fn refund(conn: &mut Conn, id: &str) -> Result<Option<Refund>, DbError> {
    sql!("payments/refund", id).optional(conn).await
}

row!(Payment, "payment", "id", row => {
    let money = |column| row.check(Money::from_column(row.get(column)?));
    let localised = |az, en, ru| -> Result<Localised, sqlx::Error> {
        Ok(Localised {
            az: row.get(az)?,
            en: row.get(en)?,
            ru: row.get(ru)?,
        })
    };
    let rejection: Option<&str> = row.get("rejection")?;
    let state = State::from_columns(row.get("state")?, row.get("failure")?, row.get("asked")?);
    Self {
        id: row.get("id")?,
        service: row.get("service")?,
        service_title: localised("service_az", "service_en", "service_ru")?,
        controller: row.get("controller")?,
        citizen: row.get("citizen")?,
        service_code: ServiceCode::find(row.get("service_code")?).ok_or_else(|| row.corrupt())?,
        amount: money("amount_minor")?,
        reference: row.get("reference")?,
        description: localised("description_az", "description_en", "description_ru")?,
        return_path: row.get("return_path")?,
        delayed_capture: row.flag("delayed_capture")?,
        metadata: row.json("metadata")?,
        bill: row.get("bill")?,
        state: state.ok_or_else(|| row.corrupt())?,
        rejection: rejection
            .map(|code| Rejection::from_code(code).ok_or_else(|| row.corrupt()))
            .transpose()?,
        rejections: row.get("rejections")?,
        charges: row.get("charges")?,
        asked: row.get("asked_ms")?,
        created: row.get("created_ms")?,
        expires: row.get("expires_ms")?,
        refunded: money("refunded_minor")?,
        receipt_id: row.get("receipt")?,
    }
});

row!(Refund, "payment_refund", "id", row => Self {
    id: row.get("id")?,
    payment_id: row.get("payment")?,
    amount: row.check(Money::from_column(row.get("amount_minor")?))?,
    state: row.get("state")?,
    at: row.get("at_ms")?,
});

column!(code: Asked, RefundState);
