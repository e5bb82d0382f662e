//! An exchange that fails, hangs, answers late, or answers what cannot be right.

use std::ops::Deref;
use std::sync::Mutex;

use aim_gov::consent::{self, Consent};
use aim_gov::db::Db;
use aim_gov::exchange::message::Response;
use aim_gov::remote::Fault;
use tokio::sync::Notify;

use super::*;

/// Time enough for an agency that is not meant to be late.
const LONG: Duration = Duration::from_secs(60);
/// The time for an agency that never answers.
const SHORT: Duration = Duration::from_millis(20);

/// What is wrong with an answer.
pub(super) type Change = fn(&mut Response);

#[derive(Clone, Debug)]
pub(super) enum Wrong {
    /// The agency gets the message, and its answer does not come back.
    Fails,
    /// The same, and the connection stays open.
    Hangs,
    /// The agency does not get the message.
    Loses,
    Answers(Change),
    /// The citizen ends this consent while the agency works.
    Meanwhile(Consent, CitizenId, String),
    /// The log can no longer be written when the answer comes.
    LosesLog(Db),
    Nothing,
}

#[derive(Debug)]
pub(super) struct Faulty {
    right: Arc<dyn Backend>,
    wrong: Mutex<Wrong>,
    /// What it was asked, oldest first.
    requests: Mutex<Vec<Request>>,
    /// An agency whose answer hangs has done its work.
    worked: Arc<Notify>,
}

/// A faulty exchange, and how the platform reaches it.
#[derive(Debug)]
pub(super) struct Line {
    faulty: Arc<Faulty>,
    reached: Arc<dyn Backend>,
    /// Ends with the line.
    _server: Option<SecurityServer>,
}

impl Deref for Line {
    type Target = Faulty;

    fn deref(&self) -> &Faulty {
        &self.faulty
    }
}

impl Line {
    /// The platform of the rig over a faulty exchange.
    async fn between(mut rig: Rig, reached: Reached) -> (Rig, Self) {
        let faulty = Arc::new(Faulty {
            right: simulated(&rig),
            wrong: Mutex::new(Wrong::Nothing),
            requests: Mutex::default(),
            worked: Arc::default(),
        });
        let (server, reached) = reached.backend(faulty.clone()).await;
        let line = Self {
            faulty,
            reached,
            _server: server,
        };
        line.connect(&mut rig, LONG);
        (rig, line)
    }

    fn connect(&self, rig: &mut Rig, deadline: Duration) {
        rig.apis = rig.apis.clone().with_exchange(self.reached.clone(), deadline);
    }

    /// Gives the exchange time for what is wrong with it: little only where no answer ever comes, so that none is late.
    pub(super) fn has_time(&self, rig: &mut Rig) {
        let hangs = matches!(*self.wrong.lock().unwrap(), Wrong::Hangs);
        self.connect(rig, if hangs { SHORT } else { LONG });
    }
}

/// Runs one suite over an exchange that can become faulty: on both engines, and with agencies that are asked over HTTP.
pub(super) async fn with_faults<F: Future<Output = ()>>(suite: impl Fn(Rig, Line) -> F) {
    wherever(async |rig: Rig, reached: Reached| {
        let (rig, line) = Line::between(rig, reached).await;
        suite(rig, line).await;
    })
    .await;
}

impl Faulty {
    pub(super) fn becomes(&self, wrong: Wrong) {
        *self.wrong.lock().unwrap() = wrong;
    }

    pub(super) fn asked(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// The last two messages.
    pub(super) fn last_two(&self) -> [Request; 2] {
        let requests = self.requests.lock().unwrap();
        requests.last_chunk().unwrap().clone()
    }

    /// Waits until an agency whose answer hangs has done its work.
    pub(super) async fn worked(&self) {
        self.worked.notified().await;
    }
}

#[async_trait::async_trait]
impl Backend for Faulty {
    async fn ask(&self, request: &Request) -> Result<Response, Fault> {
        self.requests.lock().unwrap().push(request.clone());
        let wrong = self.wrong.lock().unwrap().clone();
        match wrong {
            Wrong::Loses => return Err(Fault::Failed("lost".into())),
            Wrong::Hangs => {
                let (right, request, worked) = (self.right.clone(), request.clone(), self.worked.clone());
                // It works on when nobody waits any more.
                tokio::spawn(async move {
                    right.ask(&request).await.unwrap();
                    worked.notify_one();
                });
                return std::future::pending().await;
            }
            _ => (),
        }
        let right = self.right.ask(request).await;
        match wrong {
            Wrong::Fails => Err(Fault::Failed("broken".into())),
            Wrong::Answers(change) => right.map(|mut response| {
                change(&mut response);
                response
            }),
            Wrong::Meanwhile(theirs, citizen, id) => {
                theirs
                    .change(&citizen, &id, consent::Change::Revoke)
                    .await
                    .unwrap();
                right
            }
            Wrong::LosesLog(db) => {
                let rename = "ALTER TABLE exchange_message RENAME TO exchange_lost";
                db.run(sqlx::query(rename)).await.unwrap();
                right
            }
            Wrong::Hangs | Wrong::Loses | Wrong::Nothing => right,
        }
    }
}

/// An error of the exchange instead of an agency's answer (PR-REST, 4.6).
pub(super) fn error(response: &mut Response, error: &str) {
    response.status = 500;
    response.error = Some(error.to_owned());
    response.request_hash = None;
}

/// What the exchange can get wrong, and what a service is told.
fn wrongs() -> Vec<(&'static str, Wrong)> {
    let answers: [(&str, Change); 28] = [
        ("agency-failed", |r| r.status = 500),
        ("agency-failed", |r| r.status = 503),
        ("agency-failed", |r| r.status = 202),
        ("agency-failed", |r| r.status = 302),
        ("agency-failed", |r| r.status = 101),
        ("agency-refused", |r| r.status = 403),
        ("agency-failed", |r| error(r, "Server.ServerProxy.ServiceFailed")),
        ("agency-failed", |r| error(r, "Server.ServerProxy.NetworkError")),
        ("agency-failed", |r| error(r, "Client.BadRequest")),
        ("agency-failed", |r| error(r, "a b")),
        ("agency-failed", |r| error(r, "")),
        ("operation-not-approved", |r| {
            error(r, "Server.ServerProxy.AccessDenied")
        }),
        ("exchange-closed", |r| {
            error(r, "Server.ClientProxy.OutdatedGlobalConf")
        }),
        ("exchange-closed", |r| {
            error(r, "Server.ClientProxy.LoggingFailed.TimestamperFailed");
        }),
        ("operation-not-approved", |r| {
            error(r, "server.serverproxy.access_denied")
        }),
        ("exchange-closed", |r| {
            error(r, "server.clientproxy.network_error")
        }),
        ("agency-failed", |r| error(r, "server.serverproxy.network_error")),
        ("agency-failed", |r| r.message_id = "another".to_owned()),
        ("agency-failed", |r| r.request_id = String::new()),
        ("agency-failed", |r| r.request_id = "a\nb".to_owned()),
        ("agency-failed", |r| r.request_hash = None),
        ("agency-failed", |r| r.request_hash = Some("AAAA".to_owned())),
        ("agency-failed", |r| {
            r.request_hash = Some(aim_gov::exchange::message::request_hash("another", b"request"));
        }),
        ("agency-failed", |r| r.content_type = "text/html".to_owned()),
        ("agency-failed", |r| r.body = b"<html>".to_vec()),
        ("agency-failed", |r| r.body = vec![0xff]),
        ("agency-failed", |r| r.body = b"{}".to_vec()),
        ("answer-too-large", |r| {
            r.body.resize(aim_gov::exchange::ANSWER_BYTES_MAX + 1, b' ')
        }),
    ];
    let mut wrongs = vec![("agency-failed", Wrong::Fails), ("agency-timeout", Wrong::Hangs)];
    wrongs.extend(answers.map(|(code, change)| (code, Wrong::Answers(change))));
    wrongs
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_exchange_are_told_and_change_nothing() {
    with_faults(async |mut rig: Rig, exchange: Line| {
        let invocation = agreed(&rig, ORDINARY).await;
        for (number, (code, wrong)) in wrongs().into_iter().enumerate() {
            exchange.becomes(wrong.clone());
            exchange.has_time(&mut rig);
            let amount = number.to_string();
            let question = about("income.below", &[("amount", &amount)]);
            let refused = exists(&rig, &invocation, &question).await.unwrap_err();
            assert_eq!(refused.code(), code, "{wrong:?}");
            let vehicles = about("vehicles.of-person", &[]);
            let refused = read(&rig, &invocation, &vehicles, &["make"]).await.unwrap_err();
            assert_eq!(refused.code(), code, "{wrong:?}");
            let log = log_of(&rig, &citizen(&invocation)).await;
            let last: Vec<_> = log
                .iter()
                .rev()
                .take(2)
                .map(|one| one.decision.as_str())
                .collect();
            assert_eq!(last, [code, code], "{wrong:?}");
        }
        // No question of before was counted.
        exchange.becomes(Wrong::Nothing);
        for amount in ["1000", "1001", "1002", "1003"] {
            assert!(
                exists(&rig, &invocation, &about("income.below", &[("amount", amount)]))
                    .await
                    .is_ok()
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_record_is_no_to_a_question_and_not_found_to_a_reader() {
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = agreed(&rig, ORDINARY).await;
        let changes: [Change; 2] = [|r| r.status = 404, |r| r.status = 410];
        for change in changes {
            exchange.becomes(Wrong::Answers(change));
            assert_eq!(
                exists(&rig, &invocation, &about("property.owns-home", &[])).await,
                Ok(false)
            );
            let vehicles = about("vehicles.of-person", &[]);
            let none = read(&rig, &invocation, &vehicles, &["make"]).await;
            assert_eq!(none.unwrap_err(), GovError::NotFound);
        }
        // The service learned that there is nothing, so the calls count as made.
        let log = log_of(&rig, &citizen(&invocation)).await;
        assert!(log.iter().all(|record| record.decision == "allowed"), "{log:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agency_that_answers_more_than_was_asked_discloses_nothing_more() {
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = agreed(&rig, ORDINARY).await;
        exchange.becomes(Wrong::Answers(|r| {
            r.body =
                br#"{"records":[{"make":"A","mileage_km":1,"owner":"OTEST02","fin":"OTEST02"}]}"#.to_vec();
        }));
        let plate = Context {
            subject: Subject::Object,
            ..about("vehicles.by-plate", &[("plate", "10-SM-002")])
        };
        for fields in [&["make"][..], &["make", "mileage_km"]] {
            let answer = read(&rig, &invocation, &plate, fields).await.unwrap();
            assert_eq!(records(&answer), json!([{ "make": "A" }]));
        }
        // An agency that names no owner says nothing of whose the thing is.
        exchange.becomes(Wrong::Answers(|r| {
            r.body = br#"{"records":[{"make":"A","mileage_km":1}]}"#.to_vec();
        }));
        let answer = read(&rig, &invocation, &plate, &["make", "mileage_km"])
            .await
            .unwrap();
        assert_eq!(records(&answer), json!([{ "make": "A" }]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_that_ends_while_the_agency_works_refuses_the_call() {
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = asking(&rig, ORDINARY, |_| ());
        let id = agree(&rig, &invocation, REGISTERS).await;
        let theirs = rig.apis.consent.clone();
        exchange.becomes(Wrong::Meanwhile(theirs, citizen(&invocation), id));
        let home = about("property.owns-home", &[]);
        let refused = exists(&rig, &invocation, &home).await.unwrap_err();
        assert_eq!((refused.code(), exchange.asked()), ("consent-revoked", 1));
        // And no agency learns of a citizen who withdrew.
        let refused = exists(&rig, &invocation, &home).await.unwrap_err();
        assert_eq!((refused.code(), exchange.asked()), ("consent-revoked", 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_at_once_are_counted_one_after_the_other() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let questions: Vec<_> = (0..8)
            .map(|number| about("income.below", &[("amount", &number.to_string())]))
            .collect();
        let asked = questions
            .iter()
            .map(|question| rig.apis.exchange.exists(&invocation, question));
        let answers = futures::future::join_all(asked).await;
        let answered = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(answered, 4, "{answers:?}");
        assert!(rig.apis.exchange.verify_log().await.unwrap() >= 8);
    })
    .await;
}
