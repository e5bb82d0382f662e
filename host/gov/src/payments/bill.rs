//! Household utility bills: issued by another system ([`Backend`]), stored when first read, and settled once,
//! by any member of the household.

mod backend;
mod simulator;

use super::money::Money;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::service_code::{self, ServiceCode};
use crate::text::Localised;
use crate::{row, sql};

pub use backend::{BILLS_WITHIN, Backend};
pub(super) use backend::{Issuer, ask};
pub use simulator::BILL_MONTHS;
pub(super) use simulator::{Simulator, is_id};

/// Whether a bill is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillStatus {
    Open,
    /// A payment holds its money and waits for the capture.
    Pending,
    Paid,
}

/// One month of one utility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// `bill_` and 26 characters; a payment with this `reference` settles it.
    pub id: String,
    pub household: String,
    /// The budget account that it is paid to.
    pub service_code: &'static ServiceCode,
    /// The month of use: `2026-10`.
    pub period: String,
    /// What the bill is for, with the month in words.
    pub description: Localised,
    pub issued: Timestamp,
    /// When it is due.
    pub due: Timestamp,
    pub amount: Money,
    pub status: BillStatus,
    pub paid: Option<Timestamp>,
}

/// Stores the bills that were just `issued`, and returns those of the household in the last [`BILL_MONTHS`]
/// months and everything unpaid, oldest first; only `code` (or the codes below it).
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
        // After a clock was moved back, bills of future months may exist.
        .filter(|bill| bill.issued <= now)
        .filter(|bill| service_code::within(&bill.service_code.code, code))
        .filter(|bill| bill.period >= oldest || bill.status != BillStatus::Paid)
        .collect())
}

/// Every stored bill of the household.
pub(super) async fn stored(tx: &mut Conn, household: &str) -> Result<Vec<Bill>, DbError> {
    sql!("payments/bills_of_household", household).all(tx).await
}

/// The bill of this id.
pub(super) async fn find(tx: &mut Conn, id: &str) -> Result<Option<Bill>, DbError> {
    sql!("payments/bill", id).optional(tx).await
}

async fn insert(tx: &mut Conn, bill: &Bill) -> Result<(), DbError> {
    // Another member of the household may have stored the same bill with the same id first. There is no
    // conflict target, because PostgreSQL fails on a unique index that is not named.
    sql!(
        "payments/insert_bill",
        &bill.id,
        &bill.household,
        &bill.service_code.code,
        &bill.period,
        bill.issued,
        bill.due,
        bill.amount.column(),
        bill.paid
    )
    .run(tx)
    .await?;
    Ok(())
}

/// Ties an open bill to the payment that is about to move or hold its money; `false` if another payment was
/// first.
pub(super) async fn claim(tx: &mut Conn, bill: &str, payment: &str) -> Result<bool, DbError> {
    Ok(sql!("payments/claim_bill", bill, payment).run(tx).await? == 1)
}

/// Marks the claimed bill as paid.
pub(super) async fn settle(tx: &mut Conn, bill: &str, payment: &str, now: Timestamp) -> Result<(), DbError> {
    let settled = sql!("payments/settle_bill", bill, payment, now).run(tx).await?;
    exactly_one(settled, bill)
}

/// Opens the claimed bill again, after the money that was held for it was released.
pub(super) async fn free(tx: &mut Conn, bill: &str, payment: &str) -> Result<(), DbError> {
    let freed = sql!("payments/free_bill", bill, payment).run(tx).await?;
    exactly_one(freed, bill)
}

fn exactly_one(rows: u64, bill: &str) -> Result<(), DbError> {
    match rows {
        1 => Ok(()),
        _ => Err(DbError::corrupt("payment_bill", bill)),
    }
}

row!(Bill, "payment_bill", "id", row => {
    let service_code = ServiceCode::find(row.get("service_code")?).ok_or_else(|| row.corrupt())?;
    let period: String = row.get("period")?;
    let paid = row.get("paid_ms")?;
    Self {
        id: row.get("id")?,
        household: row.get("household")?,
        service_code,
        description: simulator::description(service_code, &period).ok_or_else(|| row.corrupt())?,
        period,
        issued: row.get("issued_ms")?,
        due: row.get("due_ms")?,
        amount: row.check(Money::from_column(row.get("amount_minor")?))?,
        status: match (row.get::<Option<&str>>("payment")?, paid) {
            (_, Some(_)) => BillStatus::Paid,
            (Some(_), None) => BillStatus::Pending,
            (None, None) => BillStatus::Open,
        },
        paid,
    }
});
