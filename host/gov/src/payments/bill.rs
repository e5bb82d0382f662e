//! Household utility bills: issued by another system ([`Backend`]), stored when first read, and settled
//! once, whoever of the household pays.

mod backend;
mod simulator;

use sqlx::Row as _;
use sqlx::any::AnyRow;

use super::money::Money;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::service_code::{self, ServiceCode};
use crate::text::Localised;

pub use backend::{BILLS_WITHIN, Backend};
pub(super) use backend::{Issuer, ask};
pub use simulator::BILL_MONTHS;
pub(super) use simulator::{Simulator, is_id};

/// Whether a bill is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillStatus {
    /// Owed.
    Open,
    /// A payment holds its money and waits for the capture.
    Pending,
    /// Paid.
    Paid,
}

/// One month of one utility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// `bill_` and 26 characters; a payment with this `reference` settles it.
    pub id: String,
    /// Whose.
    pub household: String,
    /// The budget account that it is paid to.
    pub service_code: &'static ServiceCode,
    /// The month of use: `2026-10`.
    pub period: String,
    /// What for, with the month in words.
    pub description: Localised,
    /// When it was sent.
    pub issued: Timestamp,
    /// Until when it is to be paid.
    pub due: Timestamp,
    /// How much.
    pub amount: Money,
    /// Whether it is paid.
    pub status: BillStatus,
    /// When it was paid.
    pub paid: Option<Timestamp>,
}

/// Stores the bills that were just `issued`, and answers those of the household in the last
/// [`BILL_MONTHS`] months and everything unpaid, oldest first; `code` (or the codes below it) only.
pub(super) async fn of_household(
    tx: &mut Conn,
    household: &str,
    issued: &[Bill],
    code: &str,
    now: Timestamp,
) -> Result<Vec<Bill>, DbError> {
    for bill in issued {
        insert(tx, bill).await?;
    }
    let bills = stored(tx, household).await?;
    let oldest = simulator::oldest_period(now);
    Ok(bills
        .into_iter()
        // After a clock went back there are some of months that have not come yet.
        .filter(|bill| bill.issued <= now)
        .filter(|bill| service_code::within(&bill.service_code.code, code))
        .filter(|bill| bill.period >= oldest || bill.status != BillStatus::Paid)
        .collect())
}

/// Every bill of the household that is known.
pub(super) async fn stored(tx: &mut Conn, household: &str) -> Result<Vec<Bill>, DbError> {
    let rows = sqlx::query(include_str!("../../sql/payments/bills_of_household.sql"))
        .bind(household)
        .fetch_all(tx)
        .await?;
    rows.iter().map(bill_of).collect()
}

/// The bill of this id.
pub(super) async fn find(tx: &mut Conn, id: &str) -> Result<Option<Bill>, DbError> {
    let row = sqlx::query(include_str!("../../sql/payments/bill.sql"))
        .bind(id)
        .fetch_optional(tx)
        .await?;
    row.as_ref().map(bill_of).transpose()
}

async fn insert(tx: &mut Conn, bill: &Bill) -> Result<(), DbError> {
    // Another member of the household may have been first, with the same bill and the same id: no
    // conflict target, because PostgreSQL fails on the unique index that is not named.
    sqlx::query(include_str!("../../sql/payments/insert_bill.sql"))
        .bind(bill.id.as_str())
        .bind(bill.household.as_str())
        .bind(bill.service_code.code.as_str())
        .bind(bill.period.as_str())
        .bind(bill.issued.0)
        .bind(bill.due.0)
        .bind(bill.amount.column())
        .bind(bill.paid.map(|paid| paid.0))
        .execute(tx)
        .await?;
    Ok(())
}

/// Ties an open bill to the payment that is about to move or hold its money; `false` when another
/// payment was first.
pub(super) async fn claim(tx: &mut Conn, bill: &str, payment: &str) -> Result<bool, DbError> {
    let claimed = sqlx::query(include_str!("../../sql/payments/claim_bill.sql"))
        .bind(bill)
        .bind(payment)
        .execute(tx)
        .await?;
    Ok(claimed.rows_affected() == 1)
}

/// The claimed bill is paid.
pub(super) async fn settle(tx: &mut Conn, bill: &str, payment: &str, now: Timestamp) -> Result<(), DbError> {
    let settled = sqlx::query(include_str!("../../sql/payments/settle_bill.sql"))
        .bind(bill)
        .bind(payment)
        .bind(now.0)
        .execute(tx)
        .await?;
    exactly_one(settled.rows_affected(), bill)
}

/// The claimed bill is open again: the money that was held for it went back.
pub(super) async fn free(tx: &mut Conn, bill: &str, payment: &str) -> Result<(), DbError> {
    let freed = sqlx::query(include_str!("../../sql/payments/free_bill.sql"))
        .bind(bill)
        .bind(payment)
        .execute(tx)
        .await?;
    exactly_one(freed.rows_affected(), bill)
}

fn exactly_one(rows: u64, bill: &str) -> Result<(), DbError> {
    if rows == 1 { Ok(()) } else { Err(corrupt(bill)) }
}

fn corrupt(id: &str) -> DbError {
    DbError::Corrupt {
        table: "payment_bill",
        id: id.to_owned(),
    }
}

fn bill_of(row: &AnyRow) -> Result<Bill, DbError> {
    let id: String = row.try_get("id")?;
    let service_code: String = row.try_get("service_code")?;
    let service_code = ServiceCode::find(&service_code).ok_or_else(|| corrupt(&id))?;
    let period: String = row.try_get("period")?;
    let payment: Option<String> = row.try_get("payment")?;
    let paid: Option<i64> = row.try_get("paid_ms")?;
    Ok(Bill {
        household: row.try_get("household")?,
        service_code,
        description: simulator::description(service_code, &period).ok_or_else(|| corrupt(&id))?,
        period,
        issued: Timestamp(row.try_get("issued_ms")?),
        due: Timestamp(row.try_get("due_ms")?),
        amount: Money::from_column(row.try_get("amount_minor")?).map_err(|_| corrupt(&id))?,
        status: match (payment, paid) {
            (_, Some(_)) => BillStatus::Paid,
            (Some(_), None) => BillStatus::Pending,
            (None, None) => BillStatus::Open,
        },
        paid: paid.map(Timestamp),
        id,
    })
}
