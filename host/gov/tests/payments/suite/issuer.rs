//! An issuer of bills that fails, hangs, answers something else, or takes so long that the citizen changes
//! their mind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aim_gov::audit;
use aim_gov::clock::Timestamp;
use aim_gov::consent::{Change, Consent};
use aim_gov::db::Db;
use aim_gov::invocation::CitizenId;
use aim_gov::payments::bill::{BILLS_WITHIN, Backend};
use aim_gov::payments::{Bill, Money};
use aim_gov::remote::Fault;
use async_trait::async_trait;

use super::scene::{PURPOSE, Scene};

/// What the issuer does instead of its work.
#[derive(Clone, Debug)]
enum Faulty {
    Fails,
    Hangs,
    Answers(Vec<Bill>),
    /// The citizen ends this consent while the issuer works.
    Meanwhile(Consent, CitizenId, String),
}

#[derive(Debug)]
struct Issuer {
    faulty: Faulty,
    asked: AtomicUsize,
}

impl Issuer {
    fn new(faulty: Faulty) -> Arc<Self> {
        Arc::new(Self {
            faulty,
            asked: AtomicUsize::new(0),
        })
    }
}

#[async_trait]
impl Backend for Issuer {
    async fn issued(&self, _: &str, _: &[Bill], _: Timestamp) -> Result<Vec<Bill>, Fault> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match &self.faulty {
            Faulty::Fails => Err(Fault::Failed("refused".into())),
            Faulty::Hangs => std::future::pending().await,
            Faulty::Answers(bills) => Ok(bills.clone()),
            Faulty::Meanwhile(consent, citizen, id) => {
                consent.change(citizen, id, Change::Revoke).await.unwrap();
                Ok(Vec::new())
            }
        }
    }
}

pub async fn bills_of_a_broken_issuer_are_unavailable_and_come_back(db: Db) {
    let scene = Scene::new(db).await;
    let (citizen, stranger) = (scene.citizen(0), scene.citizen(3));
    scene.agree(&citizen).await;
    scene.agree(&stranger).await;
    let theirs = scene.bills(&stranger, "utilities").await.unwrap();
    let own = |change: fn(&mut Bill)| {
        let mut bill = theirs[0].clone();
        bill.household = "HH-001".to_owned();
        change(&mut bill);
        Faulty::Answers(vec![bill])
    };
    let faults = [
        (Faulty::Fails, BILLS_WITHIN),
        (Faulty::Hangs, Duration::ZERO),
        (Faulty::Answers(theirs.clone()), BILLS_WITHIN),
        (own(|bill| bill.id = "bill_1".to_owned()), BILLS_WITHIN),
        (own(|bill| bill.amount = Money::ZERO), BILLS_WITHIN),
    ];
    for (faulty, deadline) in faults {
        // Records of one millisecond have no order.
        scene.platform.clock.advance_ms(1);
        let payments = scene
            .payments
            .clone()
            .with_bills(Issuer::new(faulty.clone()), deadline);
        let refusal = payments.bills(&scene.by(&citizen), "utilities", PURPOSE).await;
        assert_eq!(refusal.unwrap_err().code(), "system-unavailable", "{faulty:?}");
        let records = audit::of_citizen(&scene.platform.db, &citizen, None, 1)
            .await
            .unwrap();
        assert_eq!(records[0].decision, "system-unavailable", "{faulty:?}");
    }
    assert!(!scene.bills(&citizen, "utilities").await.unwrap().is_empty());
    assert_eq!(scene.bills(&stranger, "utilities").await.unwrap(), theirs);
}

pub async fn issuer_is_not_asked_about_a_citizen_who_did_not_agree(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let issuer = Issuer::new(Faulty::Fails);
    let payments = scene.payments.clone().with_bills(issuer.clone(), BILLS_WITHIN);
    let refusal = payments.bills(&scene.by(&citizen), "utilities", PURPOSE).await;
    assert_eq!(refusal.unwrap_err().code(), "consent-required");
    assert_eq!(issuer.asked.load(Ordering::SeqCst), 0);
}

pub async fn bills_are_not_handed_out_when_the_consent_ends_meanwhile(db: Db) {
    let scene = Scene::new(db).await;
    let citizen = scene.citizen(0);
    let consent = scene.agree(&citizen).await;
    scene.bills(&citizen, "utilities").await.unwrap();
    let issuer = Issuer::new(Faulty::Meanwhile(scene.consent.clone(), citizen.clone(), consent));
    let payments = scene.payments.clone().with_bills(issuer, BILLS_WITHIN);
    let refusal = payments.bills(&scene.by(&citizen), "utilities", PURPOSE).await;
    assert_eq!(refusal.unwrap_err().code(), "consent-revoked");
}
