//! A provider of payments that is broken in every way that a provider can be.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aim_gov::db::Db;
use aim_gov::payments::Money;
use aim_gov::payments::card::Card;
use aim_gov::payments::provider::{
    Backend, Charge, ChargeOrder, ChargeState, PROVIDER_WITHIN, RefundAnswer, RefundOrder, Simulator,
};
use aim_gov::remote::Fault;
use async_trait::async_trait;
use tokio::sync::Semaphore;

/// What the provider does instead of its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Does nothing and says that it failed.
    Fails,
    /// Does nothing and says nothing.
    Hangs,
    /// Does what it is asked, and its answer is lost.
    AnswerLost,
    /// Does what it is asked long after everybody gave up, but before anybody looks into it.
    LateInTime,
    /// Does what it is asked after somebody looked into it.
    TooLate,
    /// Does what it is asked twice.
    Twice,
    /// Does it and answers about another charge.
    OtherCharge,
    /// Does it and answers another amount.
    OtherAmount,
    /// Does it and answers what cannot be.
    OtherState,
    /// Says that it will not.
    Refuses,
    /// Does it and waits before it answers.
    Waits,
}

impl How {
    /// The faults after which nobody knows what became of it, and [`Self::Twice`].
    pub const ALL: [Self; 9] = [
        Self::Fails,
        Self::Hangs,
        Self::AnswerLost,
        Self::LateInTime,
        Self::TooLate,
        Self::Twice,
        Self::OtherCharge,
        Self::OtherAmount,
        Self::OtherState,
    ];

    /// How long to wait for it.
    pub fn deadline(self) -> Duration {
        match self {
            Self::Hangs | Self::LateInTime | Self::TooLate => Duration::ZERO,
            _ => PROVIDER_WITHIN,
        }
    }

    /// Whether the provider does what it is asked before anybody looks into it.
    pub fn does_it(self) -> bool {
        !matches!(self, Self::Fails | Self::Hangs | Self::TooLate)
    }
}

#[derive(Clone, Debug)]
enum Request {
    Charge(ChargeOrder, Card),
    Answer(ChargeOrder, bool),
    Capture(ChargeOrder),
    Release(ChargeOrder),
    Find(String),
    Refund(RefundOrder),
}

/// What the provider answers to any request.
enum Reply {
    Charge(Option<Charge>),
    Refund(RefundAnswer),
}

#[derive(Debug)]
pub struct Faulty {
    how: How,
    simulator: Simulator,
    asked: AtomicUsize,
    /// What is on its way.
    underway: Mutex<Vec<Request>>,
    worked: Semaphore,
    answers: Semaphore,
    answered: Semaphore,
}

impl Faulty {
    pub fn new(db: Db, how: How) -> Arc<Self> {
        Arc::new(Self {
            how,
            simulator: Simulator::new(db),
            asked: AtomicUsize::new(0),
            underway: Mutex::default(),
            worked: Semaphore::new(0),
            answers: Semaphore::new(0),
            answered: Semaphore::new(0),
        })
    }

    /// The provider that works.
    pub fn simulator(db: &Db) -> Simulator {
        Simulator::new(db.clone())
    }

    /// How often it was asked anything.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// What is on its way arrives.
    pub async fn deliver(&self) {
        let requests = std::mem::take(&mut *self.underway.lock().unwrap());
        for request in requests {
            // Nobody hears whether it can still be done.
            let _ = self.work(&request).await;
        }
    }

    /// Returns once it has done something and waits.
    pub async fn has_worked(&self) {
        self.worked.acquire().await.unwrap().forget();
    }

    /// Lets it answer.
    pub fn go_on(&self) {
        self.answers.add_permits(1);
    }

    /// Returns once it has answered.
    pub async fn has_answered(&self) {
        self.answered.acquire().await.unwrap().forget();
    }

    async fn work(&self, request: &Request) -> Result<Reply, Fault> {
        Ok(match request {
            Request::Charge(order, card) => Reply::Charge(Some(self.simulator.charge(order, *card).await?)),
            Request::Answer(order, yes) => Reply::Charge(Some(self.simulator.answer(order, *yes).await?)),
            Request::Capture(order) => Reply::Charge(Some(self.simulator.capture(order).await?)),
            Request::Release(order) => Reply::Charge(Some(self.simulator.release(order).await?)),
            Request::Find(id) => Reply::Charge(self.simulator.find(id).await?),
            Request::Refund(order) => Reply::Refund(self.simulator.refund(order).await?),
        })
    }

    async fn reply(&self, request: Request) -> Result<Reply, Fault> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        // Only what was asked first is done late, not the questions about it.
        let first = self.asked() == 1;
        match self.how {
            How::Fails => Err(Fault::Failed("refused".into())),
            How::Hangs => std::future::pending().await,
            How::LateInTime | How::TooLate => {
                if first {
                    self.underway.lock().unwrap().push(request);
                }
                std::future::pending().await
            }
            How::AnswerLost => {
                if first {
                    self.work(&request).await?;
                }
                Err(Fault::Failed("connection reset".into()))
            }
            How::Twice => {
                self.work(&request).await?;
                self.work(&request).await
            }
            How::Waits => {
                let reply = self.work(&request).await;
                self.worked.add_permits(1);
                self.answers.acquire().await.unwrap().forget();
                self.answered.add_permits(1);
                reply
            }
            How::Refuses => Ok(match request {
                Request::Refund(_) => Reply::Refund(RefundAnswer::Refused),
                Request::Charge(order, _)
                | Request::Answer(order, _)
                | Request::Capture(order)
                | Request::Release(order) => Reply::Charge(Some(Charge {
                    id: order.id,
                    amount: order.amount,
                    state: ChargeState::Failed,
                })),
                Request::Find(_) => Reply::Charge(None),
            }),
            How::OtherCharge | How::OtherAmount | How::OtherState => {
                let reply = self.work(&request).await?;
                Ok(match reply {
                    Reply::Charge(charge) => Reply::Charge(charge.map(|charge| self.garbled(charge))),
                    // A refund has one answer that cannot be: none.
                    Reply::Refund(_) => return Err(Fault::Unfit("not an answer")),
                })
            }
        }
    }

    fn garbled(&self, charge: Charge) -> Charge {
        match self.how {
            How::OtherCharge => Charge {
                id: format!("{}0", charge.id),
                ..charge
            },
            How::OtherAmount => Charge {
                amount: Money::ZERO,
                ..charge
            },
            _ => Charge {
                state: match charge.state {
                    ChargeState::Held => ChargeState::Settled,
                    _ => ChargeState::Held,
                },
                ..charge
            },
        }
    }

    async fn charged(&self, request: Request) -> Result<Charge, Fault> {
        match self.reply(request).await? {
            Reply::Charge(Some(charge)) => Ok(charge),
            Reply::Charge(None) | Reply::Refund(_) => Err(Fault::Unfit("not an answer")),
        }
    }
}

#[async_trait]
impl Backend for Faulty {
    async fn charge(&self, order: &ChargeOrder, card: Card) -> Result<Charge, Fault> {
        self.charged(Request::Charge(order.clone(), card)).await
    }

    async fn answer(&self, order: &ChargeOrder, yes: bool) -> Result<Charge, Fault> {
        self.charged(Request::Answer(order.clone(), yes)).await
    }

    async fn capture(&self, order: &ChargeOrder) -> Result<Charge, Fault> {
        self.charged(Request::Capture(order.clone())).await
    }

    async fn release(&self, order: &ChargeOrder) -> Result<Charge, Fault> {
        self.charged(Request::Release(order.clone())).await
    }

    async fn find(&self, id: &str) -> Result<Option<Charge>, Fault> {
        match self.reply(Request::Find(id.to_owned())).await? {
            Reply::Charge(charge) => Ok(charge),
            Reply::Refund(_) => Err(Fault::Unfit("not an answer")),
        }
    }

    async fn refund(&self, order: &RefundOrder) -> Result<RefundAnswer, Fault> {
        match self.reply(Request::Refund(order.clone())).await? {
            Reply::Refund(answer) => Ok(answer),
            Reply::Charge(_) => Err(Fault::Unfit("not an answer")),
        }
    }
}
