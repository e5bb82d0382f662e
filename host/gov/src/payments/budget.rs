//! The used part of an approval's amounts: reserved when a payment is created, committed when it is paid,
//! released when it is not. Refunds do not reduce it.

use super::money::Money;
use super::payment::Payment;
use crate::db::{Conn, DbError};
use crate::error::{GovError, LimitKind};
use crate::grant::Boundary;
use crate::sql;
use crate::usage::{Usage, Window};

/// The `citizen` of the row that counts all citizens together.
const EVERYBODY: &str = "";

/// Reserves the amount of a new payment, within the boundary, and tells `usage` what is used of it.
///
/// # Errors
/// `limit-exceeded` with the boundary that the payment would exceed.
pub(super) async fn reserve(
    tx: &mut Conn,
    payment: &Payment,
    boundary: &Boundary,
    usage: &Usage,
) -> Result<(), GovError> {
    let most = Money::limit(boundary.amount_per_payment_max);
    let amount = payment.amount.column();
    usage.count(
        LimitKind::AmountPerPayment.code(),
        Window::Call,
        amount,
        most.column(),
    );
    if payment.amount > most {
        return Err(GovError::LimitExceeded(LimitKind::AmountPerPayment));
    }
    // The same order everywhere, so that two transactions cannot deadlock.
    for (citizen, max, kind) in [
        (EVERYBODY, boundary.amount_total_max, LimitKind::AmountTotal),
        (
            payment.citizen.0.as_str(),
            boundary.amount_per_citizen_max,
            LimitKind::AmountPerCitizen,
        ),
    ] {
        let max = Money::limit(max);
        // The statement compares only if the row exists already.
        let reserved = match payment.amount > max {
            true => 0,
            false => {
                let reserve = sql!(
                    "payments/reserve",
                    &payment.service,
                    citizen,
                    amount,
                    max.column()
                );
                reserve.run(tx).await?
            }
        };
        if usage.is_kept() {
            let counted = sql!("payments/counted", &payment.service, citizen);
            let used: Option<(i64,)> = counted.optional(tx).await?;
            usage.count(
                kind.code(),
                Window::Test,
                used.map_or(0, |(used,)| used),
                max.column(),
            );
        }
        if reserved != 1 {
            return Err(GovError::LimitExceeded(kind));
        }
    }
    Ok(())
}

/// Counts the amount of a paid payment as used.
pub(super) async fn commit(tx: &mut Conn, payment: &Payment) -> Result<(), DbError> {
    for citizen in counted(payment) {
        let commit = sql!(
            "payments/commit_reserved",
            &payment.service,
            citizen,
            payment.amount.column()
        );
        exactly_one(commit.run(tx).await?, payment)?;
    }
    Ok(())
}

/// Releases the amount of a payment that was not paid.
pub(super) async fn release(tx: &mut Conn, payment: &Payment) -> Result<(), DbError> {
    for citizen in counted(payment) {
        let release = sql!(
            "payments/release_reserved",
            &payment.service,
            citizen,
            payment.amount.column()
        );
        exactly_one(release.run(tx).await?, payment)?;
    }
    Ok(())
}

fn counted(payment: &Payment) -> [&str; 2] {
    [EVERYBODY, payment.citizen.0.as_str()]
}

fn exactly_one(rows: u64, payment: &Payment) -> Result<(), DbError> {
    match rows {
        1 => Ok(()),
        _ => Err(DbError::corrupt("payment_budget", &payment.service.0)),
    }
}
