//! A provider that fails, hangs, does its work and loses the answer, or answers what does not fit.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aim_gov::notifications::Backend;
use aim_gov::notifications::backend::{AlertOrder, Sent, Verdict};
use aim_gov::remote::Fault;

use super::*;

/// How long the provider may take.
const DEADLINE: Duration = Duration::from_millis(50);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Fails,
    Hangs,
    /// The work is done and the answer is lost.
    Loses,
    /// The answer is about another alert.
    Other,
    /// A state that an alert does not reach.
    Impossible,
    Nothing,
}

/// What the provider did: the ids of the alerts that it sent.
#[derive(Debug)]
struct Faulty {
    wrong: Mutex<Wrong>,
    sent: Mutex<Vec<String>>,
    scans: AtomicUsize,
}

impl Faulty {
    fn new(wrong: Wrong) -> Arc<Self> {
        Arc::new(Self {
            wrong: Mutex::new(wrong),
            sent: Mutex::default(),
            scans: AtomicUsize::new(0),
        })
    }

    fn wrong(&self) -> Wrong {
        *self.wrong.lock().unwrap()
    }

    fn recovers(&self) {
        *self.wrong.lock().unwrap() = Wrong::Nothing;
    }

    async fn answer<T>(&self, work: impl FnOnce() -> T) -> Result<T, Fault> {
        match self.wrong() {
            Wrong::Fails => Err(Fault::Failed("broken".into())),
            Wrong::Hangs => std::future::pending().await,
            Wrong::Loses => {
                work();
                Err(Fault::Failed("lost".into()))
            }
            Wrong::Other | Wrong::Impossible | Wrong::Nothing => Ok(work()),
        }
    }
}

#[async_trait::async_trait]
impl Backend for Faulty {
    async fn alert(&self, order: &AlertOrder) -> Result<Sent, Fault> {
        let wrong = self.wrong();
        self.answer(|| {
            let mut sent = self.sent.lock().unwrap();
            if !sent.contains(&order.id) {
                sent.push(order.id.clone());
            }
            Sent {
                id: match wrong {
                    Wrong::Other => "msg_other".to_owned(),
                    _ => order.id.clone(),
                },
                status: Some(match wrong {
                    Wrong::Impossible => Status::Cancelled,
                    _ => Status::Delivered,
                }),
            }
        })
        .await
    }

    async fn scan(&self, _: &[u8]) -> Result<Verdict, Fault> {
        self.answer(|| {
            self.scans.fetch_add(1, Ordering::SeqCst);
            Verdict::Clean
        })
        .await
    }
}

fn with(rig: Rig, provider: &Arc<Faulty>) -> Rig {
    let mut rig = rig;
    rig.apis.notifications = rig.apis.notifications.with_provider(provider.clone(), DEADLINE);
    rig
}

#[tokio::test(flavor = "multi_thread")]
async fn alert_is_sent_once_whatever_the_provider_does() {
    for wrong in [
        Wrong::Fails,
        Wrong::Hangs,
        Wrong::Loses,
        Wrong::Other,
        Wrong::Impossible,
    ] {
        on_both(async |rig: Rig| {
            let provider = Faulty::new(wrong);
            let rig = with(rig, &provider);
            let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
            let sent = send(&rig, &invocation, "k-1", to(&sub)).await.unwrap();
            // Asked twice: the message is in the inbox, and nothing is said of the alert.
            for _ in 0..2 {
                assert_eq!(alert(&rig, &invocation, &sent.id).await, None, "{wrong:?}");
                let now = get(&rig, &invocation, &sent.id).await;
                assert_eq!(
                    (now.status, now.is_finished()),
                    (Status::Delivered, false),
                    "{wrong:?}"
                );
                rig.clock.advance_ms(60_000);
            }
            assert_eq!(inbox(&rig, &citizen).await.len(), 1);
            provider.recovers();
            assert_eq!(
                alert(&rig, &invocation, &sent.id).await,
                Some(Status::Delivered),
                "{wrong:?}"
            );
            assert_eq!(
                *provider.sent.lock().unwrap(),
                std::slice::from_ref(&sent.id),
                "{wrong:?}"
            );
            deliver(&rig).await;
            assert_eq!(rig.decisions("send").await, ["allowed"]);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn alert_without_an_answer_is_given_up_and_said_so() {
    on_both(async |rig: Rig| {
        let rig = with(rig, &Faulty::new(Wrong::Fails));
        let (invocation, _, sub) = joined(&rig, "OTEST01").await;
        let sent = send(&rig, &invocation, "k-1", to(&sub)).await.unwrap();
        assert_eq!(alert(&rig, &invocation, &sent.id).await, None);
        rig.clock.advance_ms(6 * DAY_MS + HOUR_MS);
        assert_eq!(
            alert(&rig, &invocation, &sent.id).await,
            Some(Status::TechnicalFailure)
        );
        assert!(get(&rig, &invocation, &sent.id).await.is_finished());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unscanned_file_is_not_delivered() {
    for wrong in [Wrong::Fails, Wrong::Hangs, Wrong::Loses] {
        on_both(async |rig: Rig| {
            let provider = Faulty::new(wrong);
            let rig = with(rig, &provider);
            let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
            let sent = send(&rig, &invocation, "k-1", with_file(&sub, b"x"))
                .await
                .unwrap();
            let lost = send(&rig, &invocation, "k-2", with_file(&sub, b"y"))
                .await
                .unwrap();
            deliver(&rig).await;
            assert_eq!(inbox(&rig, &citizen).await, [], "{wrong:?}");
            assert!(file(&rig, &citizen, &sent.id).await.is_none());
            // One is taken back meanwhile; the other arrives once the scanner answers.
            rig.apis
                .notifications
                .cancel(&invocation, &lost.id)
                .await
                .unwrap();
            provider.recovers();
            rig.clock.advance_ms(60_000);
            deliver(&rig).await;
            let arrived: Vec<_> = inbox(&rig, &citizen)
                .await
                .into_iter()
                .map(|message| message.id)
                .collect();
            assert_eq!(arrived, [sent.id], "{wrong:?}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn file_that_nobody_can_scan_fails_in_the_end() {
    on_both(async |rig: Rig| {
        let rig = with(rig, &Faulty::new(Wrong::Fails));
        let (invocation, citizen, sub) = joined(&rig, "OTEST01").await;
        let sent = send(&rig, &invocation, "k-1", with_file(&sub, b"x"))
            .await
            .unwrap();
        rig.clock.advance_ms(3 * DAY_MS);
        deliver(&rig).await;
        let now = get(&rig, &invocation, &sent.id).await;
        assert_eq!(
            (now.status, now.failure),
            (Status::TechnicalFailure, Some(Failure::ProviderFailed))
        );
        assert_eq!(inbox(&rig, &citizen).await, []);
    })
    .await;
}
