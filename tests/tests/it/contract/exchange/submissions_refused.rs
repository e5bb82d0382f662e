//! Every refusal of something that a service wants to send in, provoked, and in the citizen's log.

use aim_gov::clock::DAY_MS;
use aim_gov::exchange::{BODY_BYTES_MAX, POLL_EVERY_MS, Status};

use super::submissions::{JSON, KEY, after, application, now, place, submit};
use super::*;

/// What makes a submission wrong.
type Spoil = fn(&mut Context, &mut String, &mut String, &mut Vec<u8>);

fn spoils() -> Vec<(&'static str, Spoil)> {
    vec![
        ("idempotency-key-malformed", |_, key, _, _| key.clear()),
        ("idempotency-key-malformed", |_, key, _, _| key.push('_')),
        ("content-type-unsupported", |_, _, kind, _| {
            "text/plain".clone_into(kind)
        }),
        ("content-type-unsupported", |_, _, kind, _| {
            "application/json; charset=utf-8".clone_into(kind)
        }),
        ("body-malformed", |_, _, _, body| body.clear()),
        ("body-malformed", |_, _, _, body| *body = b"{}".to_vec()),
        ("body-malformed", |_, _, _, body| {
            body.resize(BODY_BYTES_MAX + 1, b' ')
        }),
        ("operation-not-approved", |c, _, _, _| {
            "education.places".clone_into(&mut c.operation)
        }),
        ("verb-unfit", |c, _, _, _| {
            "education.diplomas".clone_into(&mut c.operation)
        }),
        ("purpose-not-approved", |c, _, _, _| {
            "marketing".clone_into(&mut c.purpose)
        }),
        ("attribute-not-approved", |c, _, _, _| {
            NOTHING.clone_into(&mut c.purpose)
        }),
        ("consent-required", |c, _, _, _| ONCE.clone_into(&mut c.purpose)),
        ("subject-unfit", |c, _, _, _| c.subject = Subject::Object),
        ("issue-malformed", |c, _, _, _| c.issue.clear()),
        ("parameter-unknown", |c, _, _, _| {
            c.parameters.push(Parameter {
                name: "fin".to_owned(),
                value: "OTEST02".to_owned(),
            });
        }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_submissions_are_refused_and_in_the_citizens_log() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        for (code, spoil) in spoils() {
            let (mut context, mut key, mut kind) = (place(), KEY.to_owned(), JSON.to_owned());
            let mut body = application("SM-K-03", "Nərgiz");
            spoil(&mut context, &mut key, &mut kind, &mut body);
            rig.clock.advance_ms(1);
            let exchange = &rig.apis.exchange;
            let refused = exchange.submit(&invocation, &key, &context, &kind, &body).await;
            assert_eq!(refused.unwrap_err().code(), code, "{context:?}");
            let log = log_of(&rig, &citizen(&invocation)).await;
            assert_eq!(log.last().unwrap().decision, code);
        }
        // The other way round: what sends something in is not read.
        let reading = read(&rig, &invocation, &place(), &["kindergarten"]).await;
        assert_eq!(reading.unwrap_err().code(), "verb-unfit");
        assert_eq!(
            exists(&rig, &invocation, &place()).await.unwrap_err().code(),
            "verb-unfit"
        );
        let malformed = rig.apis.exchange.find(&invocation, "a b").await.unwrap_err();
        assert_eq!(malformed.code(), "idempotency-key-malformed");
        assert_eq!(
            rig.apis.exchange.verify_log().await.unwrap(),
            0,
            "an agency was asked"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn submissions_beyond_the_approval_are_refused() {
    everywhere(async |rig: Rig| {
        let body = |child: &str| application("SM-K-03", child);
        let visitor = Invocation {
            session: None,
            ..agreed(&rig, ORDINARY).await
        };
        let refused = submit(&rig, &visitor, KEY, &body("a")).await.unwrap_err();
        assert_eq!(refused.code(), "login-required");
        let bare = asking(&rig, ORDINARY, |grant| {
            grant.capabilities.remove(&Capability::Exchange);
        });
        let refused = submit(&rig, &bare, KEY, &body("a")).await.unwrap_err();
        assert_eq!(refused.code(), "capability-not-granted");
        let few = asking(&rig, ORDINARY, |grant| grant.boundary.registry_calls_max = 2);
        for number in ["1", "2"] {
            let sent = submit(&rig, &few, number, &body(number)).await.unwrap();
            assert_eq!(sent.status, Status::Submitted);
            // A repetition and the platform's own questions are free.
            submit(&rig, &few, number, &body(number)).await.unwrap();
            after(&rig, POLL_EVERY_MS).await;
        }
        let refused = submit(&rig, &few, "3", &body("3")).await.unwrap_err();
        assert_eq!(refused.code(), "registry-calls");
        assert_eq!(now(&rig, &few, "3").await, None);
        few.service.stop();
        let refused = submit(&rig, &few, "4", &body("4")).await.unwrap_err();
        assert_eq!(refused.code(), "suspended");
        let over = asking(&rig, ORDINARY, |_| ());
        rig.clock.advance_ms(91 * DAY_MS);
        let refused = submit(&rig, &over, "5", &body("5")).await.unwrap_err();
        assert_eq!(refused.code(), "end-date");
    })
    .await;
}
