//! The simulated provider: GOV.UK Pay's test cards, in tables of its own.

use super::backend::{Backend, Charge, ChargeOrder, ChargeState, RefundAnswer, RefundOrder};
use crate::db::{Conn, Db, DbError};
use crate::payments::card::{Behaviour, Card};
use crate::payments::money::Money;
use crate::payments::rejection::Rejection;
use crate::remote::Fault;
use crate::{row, sql};

/// A provider that charges no real cards.
#[derive(Clone, Debug)]
pub struct Simulator {
    db: Db,
}

#[async_trait::async_trait]
impl Backend for Simulator {
    async fn charge(&self, order: &ChargeOrder, card: Card) -> Result<Charge, Fault> {
        let silent = || {
            Err(Fault::Failed(
                "the test card stands for a provider that is silent".into(),
            ))
        };
        let state = match card.behaviour() {
            Behaviour::Approve | Behaviour::AnswerLost => approved(order),
            Behaviour::Unreachable => return silent(),
            Behaviour::Decline => ChargeState::Rejected(Rejection::Declined),
            Behaviour::Expired => ChargeState::Rejected(Rejection::ExpiredCard),
            Behaviour::WrongCvc => ChargeState::Rejected(Rejection::WrongCvc),
            Behaviour::Fault => ChargeState::Failed,
            Behaviour::Challenge => ChargeState::Challenged,
        };
        let sql = include_str!("../../../sql/payments/sim_insert_charge.sql");
        let charge = self.change(order, sql, state).await?;
        if card.behaviour() == Behaviour::AnswerLost {
            return silent();
        }
        Ok(charge)
    }

    async fn answer(&self, order: &ChargeOrder, yes: bool) -> Result<Charge, Fault> {
        let state = if yes {
            approved(order)
        } else {
            ChargeState::Rejected(Rejection::RefusedAtBank)
        };
        self.change(order, include_str!("../../../sql/payments/sim_answer.sql"), state)
            .await
    }

    async fn capture(&self, order: &ChargeOrder) -> Result<Charge, Fault> {
        let sql = include_str!("../../../sql/payments/sim_capture.sql");
        self.change(order, sql, ChargeState::Settled).await
    }

    async fn release(&self, order: &ChargeOrder) -> Result<Charge, Fault> {
        let sql = include_str!("../../../sql/payments/sim_release.sql");
        self.change(order, sql, ChargeState::Cancelled).await
    }

    async fn find(&self, id: &str) -> Result<Option<Charge>, Fault> {
        let found = async { find(&mut *self.db.reader().await?, id).await };
        found.await.map_err(failed)
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundAnswer, Fault> {
        let refunded = async {
            let mut tx = self.db.begin().await?;
            sql!(
                "payments/sim_refund",
                &order.id,
                &order.charge,
                order.amount.column()
            )
            .run(&mut tx)
            .await?;
            let known: Option<(String,)> = sql!("payments/sim_refunded", &order.id).optional(&mut tx).await?;
            tx.commit().await?;
            Ok(match known {
                Some(_) => RefundAnswer::Done,
                None => RefundAnswer::Refused,
            })
        };
        refunded.await.map_err(failed)
    }
}

impl Simulator {
    /// The simulator whose tables are in this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    /// Runs `sql`, which changes only the charges it concerns, and returns the charge.
    async fn change(
        &self,
        order: &ChargeOrder,
        sql: &'static str,
        state: ChargeState,
    ) -> Result<Charge, Fault> {
        let changed = async {
            let mut tx = self.db.begin().await?;
            sqlx::query(sql)
                .bind(order.id.as_str())
                .bind(order.amount.column())
                .bind(code(state))
                .execute(&mut *tx)
                .await?;
            let charge = find(&mut tx, &order.id).await?;
            tx.commit().await?;
            Ok(charge)
        };
        let charge = changed.await.map_err(failed)?;
        charge.ok_or(Fault::Unfit("the charge is unknown"))
    }
}

fn failed(error: DbError) -> Fault {
    Fault::Failed(Box::new(error))
}

/// The state of a charge whose card is approved.
fn approved(order: &ChargeOrder) -> ChargeState {
    if order.hold {
        ChargeState::Held
    } else {
        ChargeState::Settled
    }
}

async fn find(conn: &mut Conn, id: &str) -> Result<Option<Charge>, DbError> {
    sql!("payments/sim_charge", id).optional(conn).await
}

row!(Charge, "sim_charge", "id", row => Self {
    id: row.get("id")?,
    amount: row.check(Money::from_column(row.get("amount_minor")?))?,
    state: state_of(row.get("state")?).ok_or_else(|| row.corrupt())?,
});

fn code(state: ChargeState) -> &'static str {
    match state {
        ChargeState::Challenged => "challenge",
        ChargeState::Held => "held",
        ChargeState::Settled => "settled",
        ChargeState::Rejected(rejection) => rejection.code(),
        ChargeState::Failed => "failed",
        ChargeState::Cancelled => "cancelled",
    }
}

fn state_of(code: &str) -> Option<ChargeState> {
    Some(match code {
        "challenge" => ChargeState::Challenged,
        "held" => ChargeState::Held,
        "settled" => ChargeState::Settled,
        "failed" => ChargeState::Failed,
        "cancelled" => ChargeState::Cancelled,
        rejection => ChargeState::Rejected(Rejection::from_code(rejection)?),
    })
}
