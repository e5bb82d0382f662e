//! Rows of payments, keys and refunds.

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::money::Money;
use super::payment::{Payment, Refund};
use super::rejection::Rejection;
use super::state::{Asked, Failure, State};
use crate::audit::AFTER_ALL;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::invocation::{CitizenId, ServiceId};
use crate::random::is_id;
use crate::service_code::ServiceCode;
use crate::text::Localised;

/// What a payment's id begins with.
pub(super) const PAYMENT: &str = "pay";

/// What a key was used for.
pub(super) struct UsedKey {
    pub(super) request_hash: String,
    pub(super) object: String,
}

/// Operations that take a key.
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

/// Takes a key for `object`; `false` when it was taken before.
pub(super) async fn take_key(
    tx: &mut Conn,
    service: &ServiceId,
    key: &str,
    operation: Keyed,
    request_hash: &str,
    object: &str,
) -> Result<bool, DbError> {
    let inserted = sqlx::query(include_str!("../../sql/payments/insert_key.sql"))
        .bind(service.0.as_str())
        .bind(key)
        .bind(operation.code())
        .bind(request_hash)
        .bind(object)
        .execute(tx)
        .await?;
    Ok(inserted.rows_affected() == 1)
}

/// What a key was used for by this operation.
pub(super) async fn used_key(
    conn: &mut Conn,
    service: &ServiceId,
    key: &str,
    operation: Keyed,
) -> Result<Option<UsedKey>, DbError> {
    let row = sqlx::query(include_str!("../../sql/payments/key.sql"))
        .bind(service.0.as_str())
        .bind(key)
        .fetch_optional(conn)
        .await?;
    let Some(row) = row else { return Ok(None) };
    if row.try_get::<String, _>("operation")? != operation.code() {
        return Ok(None);
    }
    Ok(Some(UsedKey {
        request_hash: row.try_get("request_hash")?,
        object: row.try_get("object")?,
    }))
}

/// Writes a new payment.
pub(super) async fn insert(tx: &mut Conn, payment: &Payment) -> Result<(), DbError> {
    let metadata: Vec<_> = payment
        .metadata
        .iter()
        .map(|(key, value)| serde_json::json!([key, value]))
        .collect();
    sqlx::query(include_str!("../../sql/payments/insert.sql"))
        .bind(payment.id.as_str())
        .bind(payment.service.0.as_str())
        .bind(payment.service_title.az.as_str())
        .bind(payment.service_title.en.as_deref())
        .bind(payment.service_title.ru.as_deref())
        .bind(payment.controller.as_str())
        .bind(payment.citizen.0.as_str())
        .bind(payment.service_code.code.as_str())
        .bind(payment.amount.column())
        .bind(payment.reference.as_str())
        .bind(payment.description.az.as_str())
        .bind(payment.description.en.as_deref())
        .bind(payment.description.ru.as_deref())
        .bind(payment.return_path.as_str())
        .bind(i64::from(payment.delayed_capture))
        .bind(serde_json::Value::Array(metadata).to_string())
        .bind(payment.bill.as_deref())
        .bind(payment.created.0)
        .bind(payment.expires.0)
        .execute(&mut *tx)
        .await?;
    entered(tx, &payment.id, State::Created, payment.created).await
}

/// Moves a payment from `from` to where it stands now; `false` when somebody moved it first.
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
    let moved = sqlx::query(include_str!("../../sql/payments/move.sql"))
        .bind(payment.id.as_str())
        .bind(from.code())
        .bind(payment.state.code())
        .bind(payment.state.failure().map(Failure::code))
        .bind(payment.expires.0)
        .bind(payment.rejection.map(Rejection::code))
        .bind(payment.rejections)
        .bind(payment.charges)
        .bind(asked.map(<&str>::from))
        .bind(payment.asked.map(|asked| asked.0))
        .bind(from.asked().map_or("", <&str>::from))
        .execute(&mut *tx)
        .await?;
    if moved.rows_affected() != 1 {
        return Ok(false);
    }
    entered(tx, &payment.id, payment.state, now).await?;
    Ok(true)
}

/// Notes when a payment came into a state. With another card it goes the same way again; the moment of the first
/// time stays.
async fn entered(tx: &mut Conn, payment: &str, state: State, now: Timestamp) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/payments/insert_event.sql"))
        .bind(payment)
        .bind(state.code())
        .bind(now.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// The payment of this id.
pub(super) async fn payment(conn: &mut Conn, id: &str) -> Result<Option<Payment>, DbError> {
    if !is_id(PAYMENT, id) {
        return Ok(None);
    }
    let row = sqlx::query(include_str!("../../sql/payments/by_id.sql"))
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(payment_of).transpose()
}

/// A citizen's payments, newest first, older than the payment `before`.
pub(super) async fn payments_of_citizen(
    conn: &mut Conn,
    citizen: &CitizenId,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<Payment>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/payments/of_citizen.sql"))
        .bind(citizen.0.as_str())
        .bind(before.unwrap_or(AFTER_ALL))
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?;
    rows.iter().map(payment_of).collect()
}

/// The id of a payment or a refund that something is to be done about, and since when: their order.
pub(super) type Due = (Timestamp, String);

/// Before everything that is due.
pub(super) const BEFORE_ALL: Due = (Timestamp(i64::MIN), String::new());

/// Unfinished payments of all services whose time is over, those after `after` in the order of that
/// time, at most `limit`.
pub(super) async fn overdue(
    conn: &mut Conn,
    now: Timestamp,
    after: &Due,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    due(
        conn,
        include_str!("../../sql/payments/overdue.sql"),
        now,
        after,
        limit,
    )
    .await
}

/// Payments about which the provider was asked something until `since`, as [`overdue`].
pub(super) async fn asked(
    conn: &mut Conn,
    since: Timestamp,
    after: &Due,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    due(
        conn,
        include_str!("../../sql/payments/asked.sql"),
        since,
        after,
        limit,
    )
    .await
}

/// Refunds that the provider was asked for until `since`, as [`overdue`].
pub(super) async fn submitted_refunds(
    conn: &mut Conn,
    since: Timestamp,
    after: &Due,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    due(
        conn,
        include_str!("../../sql/payments/submitted_refunds.sql"),
        since,
        after,
        limit,
    )
    .await
}

async fn due(
    conn: &mut Conn,
    sql: &'static str,
    until: Timestamp,
    after: &Due,
    limit: u32,
) -> Result<Vec<Due>, DbError> {
    let rows = sqlx::query_as::<_, (String, i64)>(sql)
        .bind(until.0)
        .bind(after.0.0)
        .bind(after.1.as_str())
        .bind(i64::from(limit))
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, ms)| (Timestamp(ms), id)).collect())
}

/// The provider gave up the charge of a payment that is over.
pub(super) async fn released(tx: &mut Conn, payment: &str) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/payments/released.sql"))
        .bind(payment)
        .execute(tx)
        .await?;
    Ok(())
}

/// Adds to what was given back, if exactly `refundable` is left; `false` otherwise.
pub(super) async fn take_refund(
    tx: &mut Conn,
    payment: &str,
    amount: Money,
    refundable: Money,
) -> Result<bool, DbError> {
    let taken = sqlx::query(include_str!("../../sql/payments/take_refund.sql"))
        .bind(payment)
        .bind(amount.column())
        .bind(refundable.column())
        .execute(tx)
        .await?;
    Ok(taken.rows_affected() == 1)
}

/// Ends a refund that the provider was asked for; `false` when somebody else did.
pub(super) async fn end_refund(tx: &mut Conn, refund: &Refund) -> Result<bool, DbError> {
    let ended = sqlx::query(include_str!("../../sql/payments/end_refund.sql"))
        .bind(refund.id.as_str())
        .bind(<&str>::from(refund.state))
        .execute(tx)
        .await?;
    Ok(ended.rows_affected() == 1)
}

/// Takes back what [`take_refund`] added.
pub(super) async fn return_refund(tx: &mut Conn, refund: &Refund) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/payments/return_refund.sql"))
        .bind(refund.payment_id.as_str())
        .bind(refund.amount.column())
        .execute(tx)
        .await?;
    Ok(())
}

/// Writes a refund that the provider is about to be asked for.
pub(super) async fn insert_refund(tx: &mut Conn, refund: &Refund) -> Result<(), DbError> {
    sqlx::query(include_str!("../../sql/payments/insert_refund.sql"))
        .bind(refund.id.as_str())
        .bind(refund.payment_id.as_str())
        .bind(refund.amount.column())
        .bind(refund.at.0)
        .execute(tx)
        .await?;
    Ok(())
}

/// The refund of this id.
pub(super) async fn refund(conn: &mut Conn, id: &str) -> Result<Option<Refund>, DbError> {
    let row = sqlx::query(include_str!("../../sql/payments/refund.sql"))
        .bind(id)
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        let corrupt = || DbError::Corrupt {
            table: "payment_refund",
            id: id.to_owned(),
        };
        Ok(Refund {
            id: row.try_get("id")?,
            payment_id: row.try_get("payment")?,
            amount: Money::from_column(row.try_get("amount_minor")?).map_err(|_| corrupt())?,
            state: row
                .try_get::<String, _>("state")?
                .parse()
                .map_err(|_| corrupt())?,
            at: Timestamp(row.try_get("at_ms")?),
        })
    })
    .transpose()
}

fn payment_of(row: &AnyRow) -> Result<Payment, DbError> {
    let id: String = row.try_get("id")?;
    let corrupt = || DbError::Corrupt {
        table: "payment",
        id: id.clone(),
    };
    let money = |column: &str| Money::from_column(row.try_get(column)?).map_err(|_| corrupt());
    let localised = |az, en, ru| -> Result<Localised, DbError> {
        Ok(Localised {
            az: row.try_get(az)?,
            en: row.try_get(en)?,
            ru: row.try_get(ru)?,
        })
    };
    let state: String = row.try_get("state")?;
    let failure: Option<String> = row.try_get("failure")?;
    let rejection: Option<String> = row.try_get("rejection")?;
    let asked: Option<String> = row.try_get("asked")?;
    let asked = asked
        .map(|code| code.parse().map_err(|_| corrupt()))
        .transpose()?;
    let asked_ms: Option<i64> = row.try_get("asked_ms")?;
    let service_code: String = row.try_get("service_code")?;
    let metadata: String = row.try_get("metadata")?;
    Ok(Payment {
        service: ServiceId(row.try_get("service")?),
        service_title: localised("service_az", "service_en", "service_ru")?,
        controller: row.try_get("controller")?,
        citizen: CitizenId(row.try_get("citizen")?),
        service_code: ServiceCode::find(&service_code).ok_or_else(corrupt)?,
        amount: money("amount_minor")?,
        reference: row.try_get("reference")?,
        description: localised("description_az", "description_en", "description_ru")?,
        return_path: row.try_get("return_path")?,
        delayed_capture: row.try_get::<i64, _>("delayed_capture")? != 0,
        metadata: serde_json::from_str(&metadata).map_err(|_| corrupt())?,
        bill: row.try_get("bill")?,
        state: State::from_columns(&state, failure.as_deref(), asked).ok_or_else(corrupt)?,
        rejection: rejection
            .map(|code| Rejection::from_code(&code).ok_or_else(corrupt))
            .transpose()?,
        rejections: row.try_get("rejections")?,
        charges: row.try_get("charges")?,
        asked: asked_ms.map(Timestamp),
        created: Timestamp(row.try_get("created_ms")?),
        expires: Timestamp(row.try_get("expires_ms")?),
        refunded: money("refunded_minor")?,
        receipt_id: row.try_get("receipt")?,
        id,
    })
}
