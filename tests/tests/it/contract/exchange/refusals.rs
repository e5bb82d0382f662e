//! Every refusal of a call, provoked, and in the citizen's log.

use aim_gov::clock::DAY_MS;

use super::*;

/// What makes a call wrong.
type Change = fn(&mut Context);

/// Calls that a service gets wrong, of a question and of a reading.
fn wrongs() -> Vec<(&'static str, Change)> {
    vec![
        ("operation-not-approved", |c| {
            "vehicles.of-anybody".clone_into(&mut c.operation)
        }),
        ("operation-not-approved", |c| c.operation.push('\0')),
        ("verb-unfit", |c| {
            let read = c.operation == "income.below";
            let other = if read {
                "income.monthly"
            } else {
                "property.owns-home"
            };
            c.operation = other.to_owned();
            c.parameters.clear();
        }),
        ("purpose-not-approved", |c| "marketing".clone_into(&mut c.purpose)),
        ("attribute-not-approved", |c| NOTHING.clone_into(&mut c.purpose)),
        ("subject-unfit", |c| c.subject = Subject::Object),
        ("parameter-unknown", |c| {
            c.parameters.push(Parameter {
                name: "fin".to_owned(),
                value: "OTEST02".to_owned(),
            });
        }),
        ("issue-malformed", |c| c.issue.clear()),
        ("issue-malformed", |c| {
            "a\r\nX-Road-UserId: AZOTEST02".clone_into(&mut c.issue)
        }),
        ("issue-malformed", |c| c.issue = "x".repeat(256)),
        ("consent-required", |c| ONCE.clone_into(&mut c.purpose)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_calls_are_refused_and_in_the_citizens_log() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        for (code, change) in wrongs() {
            let mut question = about("income.below", &[("amount", "100")]);
            change(&mut question);
            let refused = exists(&rig, &invocation, &question).await.unwrap_err();
            assert_eq!(refused.code(), code, "{question:?}");
            let mut reading = about("vehicles.of-person", &[]);
            change(&mut reading);
            let refused = read(&rig, &invocation, &reading, &["make"]).await.unwrap_err();
            assert_eq!(refused.code(), code, "{reading:?}");
            let log = log_of(&rig, &citizen(&invocation)).await;
            let last: Vec<_> = log
                .iter()
                .rev()
                .take(2)
                .map(|one| one.decision.as_str())
                .collect();
            assert_eq!(last, [code, code]);
        }
        // No word of the service's own is in the log.
        let log = log_of(&rig, &citizen(&invocation)).await;
        assert!(log.iter().all(|record| record.object.is_none()), "{log:?}");
        assert_eq!(
            rig.apis.exchange.verify_log().await.unwrap(),
            0,
            "an agency was asked"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_parameters_and_fields_are_refused() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let plate = |values: &[(&str, &str)]| about("vehicles.owns", values);
        let long = "1".repeat(256);
        for (code, question) in [
            ("parameter-missing", plate(&[])),
            ("parameter-malformed", plate(&[("plate", "")])),
            ("parameter-malformed", plate(&[("plate", "10\u{202e}")])),
            ("parameter-malformed", plate(&[("plate", &long)])),
            (
                "parameter-malformed",
                plate(&[("plate", "10-SM-001"), ("plate", "10-SM-002")]),
            ),
            ("agency-refused", plate(&[("plate", "ten")])),
            ("agency-refused", plate(&[("plate", "REFUSE")])),
            ("answer-too-large", plate(&[("plate", "BIG")])),
        ] {
            let refused = exists(&rig, &invocation, &question).await.unwrap_err();
            assert_eq!(refused.code(), code, "{question:?}");
        }
        let vehicles = about("vehicles.of-person", &[]);
        for (code, fields) in [
            ("fields-empty", &[][..]),
            ("field-not-approved", &["make", "owner"][..]),
            ("field-not-approved", &["gross_qepik"][..]),
        ] {
            let refused = read(&rig, &invocation, &vehicles, fields).await.unwrap_err();
            assert_eq!(refused.code(), code, "{fields:?}");
        }
        let big = about("education.institutions", &[("name", "BIG")]);
        let refused = read(&rig, &invocation, &big, &["code"]).await.unwrap_err();
        assert_eq!(refused.code(), "answer-too-large");
        let other = agreed(&rig, WITHOUT_VEHICLE).await;
        assert_eq!(
            read(&rig, &other, &vehicles, &["make"]).await.unwrap_err(),
            GovError::NotFound
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_beyond_the_approval_are_refused() {
    everywhere(async |rig: Rig| {
        let home = about("property.owns-home", &[]);
        let visitor = Invocation {
            session: None,
            ..agreed(&rig, ORDINARY).await
        };
        assert_eq!(
            exists(&rig, &visitor, &home).await.unwrap_err().code(),
            "login-required"
        );
        let bare = asking(&rig, ORDINARY, |grant| {
            grant.capabilities.remove(&Capability::Exchange);
        });
        assert_eq!(
            exists(&rig, &bare, &home).await.unwrap_err().code(),
            "capability-not-granted"
        );
        let few = asking(&rig, ORDINARY, |grant| grant.boundary.registry_calls_max = 2);
        for _ in 0..2 {
            assert_eq!(exists(&rig, &few, &home).await, Ok(true));
        }
        assert_eq!(
            exists(&rig, &few, &home).await.unwrap_err().code(),
            "registry-calls"
        );
        few.service.stop();
        assert_eq!(exists(&rig, &few, &home).await.unwrap_err().code(), "suspended");
        let over = asking(&rig, ORDINARY, |_| ());
        rig.clock.advance_ms(91 * DAY_MS);
        assert_eq!(exists(&rig, &over, &home).await.unwrap_err().code(), "end-date");
    })
    .await;
}

/// A consent for one time begins with the first answer, and not with a question that nobody answered.
#[tokio::test(flavor = "multi_thread")]
async fn consent_for_one_time_ends_minutes_after_the_first_answer() {
    everywhere(async |rig: Rig| {
        let invocation = asking(&rig, ORDINARY, |_| ());
        agree(&rig, &invocation, ONCE).await;
        let once = Context {
            purpose: ONCE.to_owned(),
            ..about("property.owns-home", &[])
        };
        rig.clock.advance_ms(aim_gov::consent::ONE_TIME_MS + 1);
        assert_eq!(exists(&rig, &invocation, &once).await, Ok(true));
        assert_eq!(exists(&rig, &invocation, &once).await, Ok(true));
        rig.clock.advance_ms(aim_gov::consent::ONE_TIME_MS + 1);
        assert_eq!(
            exists(&rig, &invocation, &once).await.unwrap_err().code(),
            "consent-expired"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operation_outside_the_approval_is_refused() {
    everywhere(async |rig: Rig| {
        let invocation = asking(&rig, ORDINARY, |grant| {
            grant.exchange_operations.remove("property.owns-home");
        });
        agree(&rig, &invocation, REGISTERS).await;
        let refused = exists(&rig, &invocation, &about("property.owns-home", &[])).await;
        assert_eq!(refused.unwrap_err().code(), "operation-not-approved");
        let other = about("vehicles.owns", &[("plate", "10-SM-001")]);
        assert_eq!(exists(&rig, &invocation, &other).await, Ok(true));
    })
    .await;
}
