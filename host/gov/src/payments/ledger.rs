//! The ledger: double entry, append-only. Every transfer debits one account and credits another with
//! the same amount; balances are sums of entries and are stored nowhere.
//!
//! | what happens | debit | credit |
//! |---|---|---|
//! | settle: a card pays at once | card of the citizen | revenue of the budget account |
//! | authorise: a card holds the money | card of the citizen | suspense |
//! | capture: the service takes what is held | suspense | revenue |
//! | void: what is held goes back | suspense | card of the citizen |
//! | refund | refunds of the budget account | card of the citizen |

use sqlx::Connection as _;

use super::money::Money;
use super::payment::Payment;
use crate::clock::Timestamp;
use crate::db::{Conn, Db, DbError, Engine, Statement};
use crate::invocation::CitizenId;
use crate::random::Random;
use crate::sql;

/// One account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account<'a> {
    /// The debts of a citizen's cards to the state: the clearing account.
    Card(&'a CitizenId),
    /// Money that is held for a budget account and not captured yet.
    Suspense(&'a str),
    /// Money that a budget account received.
    Revenue(&'a str),
    /// Money that a budget account refunded.
    Refunds(&'a str),
}

impl Account<'_> {
    fn kind(self) -> &'static str {
        match self {
            Self::Card(_) => "card",
            Self::Suspense(_) => "suspense",
            Self::Revenue(_) => "revenue",
            Self::Refunds(_) => "refunds",
        }
    }

    fn owner(&self) -> &str {
        match self {
            Self::Card(citizen) => &citizen.0,
            Self::Suspense(code) | Self::Revenue(code) | Self::Refunds(code) => code,
        }
    }

    /// The account's key.
    pub fn id(&self) -> String {
        format!("{}:{}", self.kind(), self.owner())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause<'a> {
    Settle,
    Authorise,
    Capture,
    Void,
    /// The refund with this id.
    Refund(&'a str),
}

/// Moves money for a payment, once for each cause.
///
/// # Errors
/// [`DbError::Corrupt`] if this cause has already moved money, which the state of the payment should have
/// prevented.
pub(super) async fn post(
    tx: &mut Conn,
    random: &Random,
    now: Timestamp,
    payment: &Payment,
    cause: Cause<'_>,
    amount: Money,
) -> Result<(), DbError> {
    let card = Account::Card(&payment.citizen);
    let code = payment.service_code.code.as_str();
    let (kind, of, debit, credit) = match cause {
        Cause::Settle => ("settle", "", card, Account::Revenue(code)),
        Cause::Authorise => ("authorise", "", card, Account::Suspense(code)),
        Cause::Capture => ("capture", "", Account::Suspense(code), Account::Revenue(code)),
        Cause::Void => ("void", "", Account::Suspense(code), card),
        Cause::Refund(refund) => ("refund", refund, Account::Refunds(code), card),
    };
    // The statement has no conflict target: two concurrent first payments can conflict on both unique indexes.
    for account in [debit, credit] {
        sql!(
            "ledger/insert_account",
            account.id(),
            account.kind(),
            account.owner()
        )
        .run(tx)
        .await?;
    }
    let id = random.id("trf", now);
    let transfer = sql!("ledger/insert_transfer", &id, &payment.id, kind, of, now);
    if transfer.run(tx).await? != 1 {
        return Err(DbError::corrupt("ledger_transfer", &payment.id));
    }
    sql!(
        "ledger/insert_entries",
        &id,
        debit.id(),
        credit.id(),
        amount.column()
    )
    .run(tx)
    .await?;
    Ok(())
}

/// Sums of the entries of an account, or of the whole ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sums {
    pub debit: Money,
    pub credit: Money,
}

/// The sums of one account.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn sums(db: &Db, account: Account<'_>) -> Result<Sums, DbError> {
    let mut reader = db.reader().await?;
    sums_of(sql!("ledger/balance", account.id()).one(&mut reader).await?)
}

fn sums_of((debit, credit): (i64, i64)) -> Result<Sums, DbError> {
    let money =
        |minor, column| Money::from_column(minor).map_err(|_| DbError::corrupt("ledger_entry", column));
    Ok(Sums {
        debit: money(debit, "debit_minor")?,
        credit: money(credit, "credit_minor")?,
    })
}

/// A row that breaks one of the ledger's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: &'static str,
    /// The key of the row.
    pub object: String,
}

/// The result of [`verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The sums of all entries.
    pub totals: Sums,
    /// Violations of rules, at most [`FINDINGS_MAX`] for each rule; empty if all rules hold.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// Whether every rule holds.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.totals.debit == self.totals.credit
    }
}

/// Findings reported for one rule.
pub const FINDINGS_MAX: usize = 100;

/// The rules: each statement selects the keys of the rows that break it.
const RULES: [(&str, &str); 6] = [
    (
        "a transfer has one debit and one credit of the same amount",
        include_str!("../../sql/ledger/unbalanced_transfers.sql"),
    ),
    (
        "a payment's state and refunds are what its entries say",
        include_str!("../../sql/ledger/payments_unlike_ledger.sql"),
    ),
    (
        "what is used of an approval's amounts is the sum of its payments",
        include_str!("../../sql/ledger/budgets_unlike_payments.sql"),
    ),
    (
        "a bill is held or settled by exactly one payment of its amount",
        include_str!("../../sql/ledger/bills_unlike_payments.sql"),
    ),
    (
        "a payment has a receipt exactly when it is paid",
        include_str!("../../sql/ledger/receipts_unlike_payments.sql"),
    ),
    (
        "an idempotency key has what it made",
        include_str!("../../sql/ledger/keys_without_object.sql"),
    ),
];

/// Reads the whole ledger at one moment and compares it with the payments, refunds, bills, receipts
/// and used-up amounts.
///
/// # Errors
/// [`DbError::Statement`], [`DbError::Corrupt`].
pub async fn verify(db: &Db) -> Result<Verification, DbError> {
    let mut reader = db.reader().await?;
    // One snapshot for all statements; SQLite's readers always have one.
    let mut snapshot = reader
        .begin_with(match db.engine() {
            Engine::Sqlite => "BEGIN",
            Engine::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ",
        })
        .await?;
    let totals = sums_of(sql!("ledger/totals").one(&mut snapshot).await?)?;
    let mut findings = Vec::new();
    for (rule, statement) in RULES {
        let broken: Vec<(String,)> = Statement::new("payments/ledger", sqlx::query(statement))
            .all(&mut snapshot)
            .await?;
        let broken = broken.into_iter().take(FINDINGS_MAX);
        findings.extend(broken.map(|(object,)| Finding { rule, object }));
    }
    snapshot.rollback().await?;
    Ok(Verification { totals, findings })
}
