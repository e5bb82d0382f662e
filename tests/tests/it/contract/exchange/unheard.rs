//! Submissions over an exchange that fails, hangs, answers twice or late, or answers what cannot be right; and those that
//! nobody ever hears of again.

use aim_gov::clock::DAY_MS;
use aim_gov::exchange::{FIRST_WAIT_MS, Failure, POLL_EVERY_MS, Status, UNDECIDED_MS, UNHEARD_MS, given_up};

use super::faulty::{self, Line, Wrong, with_faults};
use super::submissions::{JSON, KEY, after, application, events, now, place, recorded, said, submit, told};
use super::*;

async fn count(rig: &Rig, statement: &'static str) -> i64 {
    let mut reader = rig.db.reader().await.unwrap();
    sqlx::query_scalar(statement)
        .fetch_one(&mut *reader)
        .await
        .unwrap()
}

/// Cases that agencies took in.
async fn cases(rig: &Rig) -> i64 {
    count(rig, "SELECT COUNT(*) FROM sim_agency_case").await
}

/// Answers after which it is not known what became of a submission.
fn unfit() -> Vec<faulty::Change> {
    vec![
        |r| r.status = 500,
        |r| r.status = 302,
        |r| r.status = 408,
        |r| r.status = 429,
        |r| r.message_id = "another".to_owned(),
        |r| r.request_id = String::new(),
        |r| r.request_hash = None,
        |r| r.request_hash = Some(aim_gov::exchange::message::request_hash("another", b"request")),
        |r| r.content_type = "text".to_owned(),
        |r| r.content_type = "text/html\r\nX: y".to_owned(),
        |r| r.body.resize(aim_gov::exchange::ANSWER_BYTES_MAX + 1, b' '),
        // Taken in for later, under no number.
        |r| r.body = b"{}".to_vec(),
        |r| r.body = br#"{"reference":"a b"}"#.to_vec(),
        |r| faulty::error(r, "Server.ServerProxy.ServiceFailed.HttpError"),
        |r| faulty::error(r, "Server.ServerProxy.NetworkError"),
        // The platform's own security server had sent it on, or may have.
        |r| faulty::error(r, "Server.ClientProxy.NetworkError"),
        |r| faulty::error(r, "Server.ClientProxy.LoggingFailed.TimestamperFailed"),
        |r| faulty::error(r, "server.clientproxy.inconsistent_response"),
        |r| faulty::error(r, "a\nb"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn answer_that_nobody_heard_is_asked_for_again_and_nothing_is_done_twice() {
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = told(&rig).await;
        let mut wrongs = vec![Wrong::Fails, Wrong::Loses];
        wrongs.extend(unfit().into_iter().map(Wrong::Answers));
        for (number, wrong) in wrongs.into_iter().enumerate() {
            let key = format!("key-{number}");
            let body = application("SM-K-03", &number.to_string());
            exchange.becomes(wrong.clone());
            let unknown = submit(&rig, &invocation, &key, &body).await.unwrap_err();
            assert!(matches!(unknown, GovError::UnknownOutcome(_)), "{wrong:?}");
            assert_eq!(unknown.code(), "agency-silent", "{wrong:?}");
            let unheard = now(&rig, &invocation, &key).await.unwrap();
            assert_eq!(
                (unheard.status, unheard.answer),
                (Status::Created, None),
                "{wrong:?}"
            );
            // A repetition does not send it once more.
            let asked = exchange.asked();
            let again = submit(&rig, &invocation, &key, &body).await.unwrap();
            assert_eq!(
                (again.status, exchange.asked()),
                (Status::Created, asked),
                "{wrong:?}"
            );
            // Nor is it sent before its time.
            after(&rig, FIRST_WAIT_MS / 2).await;
            assert_eq!(exchange.asked(), asked, "{wrong:?}");
            exchange.becomes(Wrong::Nothing);
            after(&rig, FIRST_WAIT_MS).await;
            assert_eq!(exchange.asked(), asked + 1, "{wrong:?}");
            // Byte for byte the message of before, under its id.
            let [first, again] = exchange.last_two();
            assert_eq!(first, again, "{wrong:?}");
            let heard = now(&rig, &invocation, &key).await.unwrap();
            assert_eq!(heard.status, Status::Submitted, "{wrong:?}");
            assert_eq!(events(&rig, &invocation, &heard.id).await, ["submitted"]);
            let log = recorded(&rig, &invocation).await;
            assert_eq!(
                log[log.len() - 3..],
                ["submit agency-silent", "submit allowed", "answered allowed"],
                "{wrong:?}"
            );
            assert_eq!(cases(&rig).await, i64::try_from(number).unwrap() + 1, "{wrong:?}");
        }
        assert!(rig.apis.exchange.verify_log().await.unwrap() > 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agency_that_hangs_or_answers_late_is_asked_again() {
    with_faults(async |mut rig: Rig, exchange: Line| {
        let invocation = told(&rig).await;
        exchange.becomes(Wrong::Hangs);
        exchange.has_time(&mut rig);
        let body = application("SM-K-03", "Nərgiz");
        let unknown = submit(&rig, &invocation, KEY, &body).await.unwrap_err();
        assert_eq!(unknown.code(), "agency-silent");
        // It takes the case in, although nobody waits for its answer any more.
        exchange.worked().await;
        assert_eq!((exchange.asked(), cases(&rig).await), (1, 1));
        exchange.becomes(Wrong::Nothing);
        exchange.has_time(&mut rig);
        after(&rig, FIRST_WAIT_MS).await;
        let heard = now(&rig, &invocation, KEY).await.unwrap();
        assert_eq!((heard.status, cases(&rig).await), (Status::Submitted, 1));
        // Late to say what it decided.
        exchange.becomes(Wrong::Fails);
        after(&rig, 10 * DAY_MS).await;
        assert_eq!(
            now(&rig, &invocation, KEY).await.unwrap().status,
            Status::Submitted
        );
        exchange.becomes(Wrong::Nothing);
        after(&rig, POLL_EVERY_MS).await;
        let decided = now(&rig, &invocation, KEY).await.unwrap();
        assert_eq!(
            (decided.status, &said(&decided)["kindergarten"]),
            (Status::Success, &json!("SM-K-03"))
        );
        let places = count(&rig, "SELECT COUNT(*) FROM sim_kindergarten_place").await;
        assert_eq!(places, 1);
        assert_eq!(
            events(&rig, &invocation, &heard.id).await,
            ["submitted", "success"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_hear_the_same_answer_record_it_once() {
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = told(&rig).await;
        let body = application("SM-K-03", "Nərgiz");
        let place = place();
        let calls = (0..4).map(|_| {
            let exchange = &rig.apis.exchange;
            exchange.submit(&invocation, KEY, &place, JSON, &body)
        });
        let mut ids: Vec<_> = futures::future::join_all(calls)
            .await
            .into_iter()
            .map(|sent| sent.unwrap().id)
            .collect();
        ids.dedup();
        assert_eq!((ids.len(), exchange.asked(), cases(&rig).await), (1, 1, 1));
        rig.clock.advance_ms(10 * DAY_MS);
        let looks = (0..4).map(|_| rig.apis.exchange.sweep());
        for look in futures::future::join_all(looks).await {
            look.unwrap();
        }
        assert_eq!(exchange.asked(), 2);
        assert_eq!(events(&rig, &invocation, &ids[0]).await, ["submitted", "success"]);
        let log = recorded(&rig, &invocation).await;
        assert_eq!(log.iter().filter(|one| *one == "answered allowed").count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn message_that_never_left_gives_its_key_back() {
    let befores: [(&str, faulty::Change); 6] = [
        ("exchange-closed", |r| {
            faulty::error(r, "Server.ClientProxy.OutdatedGlobalConf");
        }),
        ("exchange-closed", |r| {
            faulty::error(r, "server.clientproxy.global_conf_outdated");
        }),
        ("operation-not-approved", |r| {
            faulty::error(r, "Server.ServerProxy.AccessDenied");
        }),
        ("operation-not-approved", |r| {
            faulty::error(r, "server.serverproxy.access_denied");
        }),
        ("agency-failed", |r| faulty::error(r, "Client.BadRequest")),
        ("agency-failed", |r| faulty::error(r, "Client.Malformed")),
    ];
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = told(&rig).await;
        let body = application("SM-K-03", "Nərgiz");
        for (code, change) in befores {
            exchange.becomes(Wrong::Answers(change));
            let refused = submit(&rig, &invocation, KEY, &body).await.unwrap_err();
            assert_eq!(refused.code(), code);
            assert_eq!(now(&rig, &invocation, KEY).await, None);
            let log = recorded(&rig, &invocation).await;
            assert_eq!(log.last().unwrap(), &format!("submit {code}"));
        }
        exchange.becomes(Wrong::Nothing);
        let other = application("SM-K-02", "Nərgiz");
        let sent = submit(&rig, &invocation, KEY, &other).await.unwrap();
        assert_eq!(sent.status, Status::Submitted);
        // What may have arrived before keeps its key, whatever the exchange says later.
        exchange.becomes(Wrong::Loses);
        submit(&rig, &invocation, "key-2", &body).await.unwrap_err();
        exchange.becomes(Wrong::Answers(befores[0].1));
        after(&rig, FIRST_WAIT_MS).await;
        let kept = now(&rig, &invocation, "key-2").await.unwrap();
        assert_eq!(kept.status, Status::Created);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn submission_of_which_nobody_hears_is_given_up_and_shown_to_officers() {
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = told(&rig).await;
        exchange.becomes(Wrong::Loses);
        let body = application("SM-K-03", "Nərgiz");
        submit(&rig, &invocation, KEY, &body).await.unwrap_err();
        after(&rig, UNHEARD_MS - DAY_MS).await;
        assert_eq!(now(&rig, &invocation, KEY).await.unwrap().status, Status::Created);
        assert!(given_up(&rig.db).await.unwrap().is_empty());
        after(&rig, DAY_MS).await;
        let lost = now(&rig, &invocation, KEY).await.unwrap();
        assert_eq!(
            (lost.status, lost.failure),
            (Status::Error, Some(Failure::OutcomeUnknown))
        );
        assert_eq!(events(&rig, &invocation, &lost.id).await, ["error"]);
        let log = recorded(&rig, &invocation).await;
        assert_eq!(log, ["submit agency-silent", "answered outcome-unknown"]);
        let shown = given_up(&rig.db).await.unwrap();
        assert_eq!((shown.len(), &shown[0].id), (1, &lost.id));
        let asked = exchange.asked();
        after(&rig, 10 * DAY_MS).await;
        assert_eq!(exchange.asked(), asked);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agency_that_never_decides_is_given_up() {
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = told(&rig).await;
        let body = application("SM-K-03", "Nərgiz");
        let sent = submit(&rig, &invocation, KEY, &body).await.unwrap();
        exchange.becomes(Wrong::Answers(|r| r.status = 202));
        after(&rig, UNDECIDED_MS - 2 * DAY_MS).await;
        let stored = async |id: &str| {
            let statement = "SELECT status FROM exchange_submission WHERE id = $1";
            let mut reader = rig.db.reader().await.unwrap();
            let query = sqlx::query_scalar(statement).bind(id.to_owned());
            let status: String = query.fetch_one(&mut *reader).await.unwrap();
            status
        };
        assert_eq!(stored(&sent.id).await, "submitted");
        // That the agency no longer knows the case is not a decision about it.
        exchange.becomes(Wrong::Answers(|r| r.status = 404));
        after(&rig, DAY_MS).await;
        assert_eq!(stored(&sent.id).await, "submitted");
        exchange.becomes(Wrong::Answers(|r| r.status = 202));
        after(&rig, DAY_MS).await;
        assert_eq!(stored(&sent.id).await, "error");
        assert_eq!(given_up(&rig.db).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_that_the_log_cannot_take() {
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = told(&rig).await;
        let body = |child: &str| application("SM-K-03", child);
        let rename = async |from: &str, to: &str| {
            let statement = format!("ALTER TABLE {from} RENAME TO {to}");
            rig.db
                .run(sqlx::query(sqlx::AssertSqlSafe(statement)))
                .await
                .unwrap();
        };
        rename("exchange_message", "exchange_lost").await;
        let refused = submit(&rig, &invocation, KEY, &body("a")).await.unwrap_err();
        assert_eq!((refused.code(), exchange.asked()), ("storage-unavailable", 0));
        rename("exchange_lost", "exchange_message").await;
        assert_eq!(now(&rig, &invocation, KEY).await, None);
        // The answer cannot be written: it is asked for again.
        exchange.becomes(Wrong::LosesLog(rig.db.clone()));
        let unknown = submit(&rig, &invocation, KEY, &body("a")).await.unwrap_err();
        assert_eq!((unknown.code(), exchange.asked()), ("agency-silent", 1));
        exchange.becomes(Wrong::Nothing);
        after(&rig, FIRST_WAIT_MS).await;
        assert_eq!(exchange.asked(), 1, "a message left without its record");
        rename("exchange_lost", "exchange_message").await;
        after(&rig, FIRST_WAIT_MS).await;
        let heard = now(&rig, &invocation, KEY).await.unwrap();
        assert_eq!((heard.status, exchange.asked()), (Status::Submitted, 2));
        // Nor does a question about it leave.
        rename("exchange_message", "exchange_lost").await;
        after(&rig, 10 * DAY_MS).await;
        assert_eq!(exchange.asked(), 2);
        rename("exchange_lost", "exchange_message").await;
        after(&rig, 1).await;
        let decided = now(&rig, &invocation, KEY).await.unwrap();
        assert_eq!(decided.status, Status::Success);
    })
    .await;
}
