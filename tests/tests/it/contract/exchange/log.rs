//! The log of messages: what it holds, that it cannot be changed unseen, and that nothing leaves without it.

use aim_gov::clock::DAY_MS;
use aim_gov::exchange::log::{CONTENT_DAYS, LogError};
use aim_gov::exchange::message::{head, request_hash};
use aim_gov::platform::Platform;
use aim_gov::random::Random;

use super::faulty::{Line, Wrong, with_faults};
use super::*;

fn platform(rig: &Rig) -> Platform {
    Platform {
        db: rig.db.clone(),
        clock: rig.clock.clone(),
        random: Random::seeded(1),
    }
}

async fn run(rig: &Rig, statement: &'static str) {
    rig.db.run(sqlx::query(statement)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_is_proved_by_the_log() {
    everywhere(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let answer = read(&rig, &invocation, &about("vehicles.of-person", &[]), &["make"])
            .await
            .unwrap();
        let evidence = answer.evidence;
        let logged = rig.apis.exchange.logged(&evidence.message_id).await.unwrap();
        let [sent, answered] = &logged[..] else {
            panic!("{logged:?}");
        };
        assert_eq!(
            (sent.kind.as_str(), answered.kind.as_str()),
            ("request", "response")
        );
        assert_eq!(answered.id, evidence.log_id);
        assert_eq!(answered.request_id.as_ref(), Some(&evidence.request_id));
        let content: Value = serde_json::from_str(&sent.opened(&platform(&rig)).unwrap().unwrap()).unwrap();
        let headers: Vec<(String, String)> = serde_json::from_value(content["headers"].clone()).unwrap();
        let header = |name: &str| {
            let found = headers.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        // The number of the citizen is in a header and the body, and not in the address.
        let path = content["path"].as_str().unwrap();
        assert_eq!(path, "/r1/AZ/GOV/SIM-VEHICLES/registry/of-person");
        let body = content["body"].as_str().unwrap();
        assert!(body.contains(ORDINARY), "{body}");
        assert_eq!(header("X-Road-Client"), "AZ/GOV/SIM-AIM/sandbox");
        assert_eq!(header("X-Road-Userid"), format!("AZ{ORDINARY}"));
        assert_eq!(header("X-Road-Represented-Party"), "COM/1234567890");
        assert_eq!(header("X-Road-Issue"), "case-7");
        assert_eq!(header("X-Aim-Purpose"), REGISTERS);
        let head = head("POST", path, &headers, &evidence.request_id);
        assert_eq!(request_hash(&head, body.as_bytes()), evidence.request_hash);
        assert_eq!(rig.apis.exchange.verify_log().await.unwrap(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn call_is_refused_where_the_log_cannot_be_written() {
    with_faults(async |rig: Rig, exchange: Line| {
        let invocation = agreed(&rig, ORDINARY).await;
        let home = about("property.owns-home", &[]);
        assert_eq!(exists(&rig, &invocation, &home).await, Ok(true));
        run(&rig, "ALTER TABLE exchange_message RENAME TO exchange_lost").await;
        let refused = exists(&rig, &invocation, &home).await.unwrap_err();
        assert_eq!(refused.code(), "storage-unavailable");
        assert_eq!(exchange.asked(), 1, "a request left without its record");
        let log = log_of(&rig, &citizen(&invocation)).await;
        assert_eq!(log.last().unwrap().decision, "storage-unavailable");
        run(&rig, "ALTER TABLE exchange_lost RENAME TO exchange_message").await;
        // The answer cannot be written: nobody learns it.
        exchange.becomes(Wrong::LosesLog(rig.db.clone()));
        let refused = exists(&rig, &invocation, &home).await.unwrap_err();
        assert_eq!(refused.code(), "storage-unavailable");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn change_of_the_log_is_found_and_closes_the_exchange() {
    for (change, place, closes) in [
        (
            "UPDATE exchange_message SET content = '{}' WHERE number = 2",
            2,
            false,
        ),
        (
            "UPDATE exchange_message SET at_ms = at_ms + 1 WHERE number = 2",
            2,
            false,
        ),
        (
            "UPDATE exchange_message SET hash = 'a' WHERE number = 2",
            2,
            false,
        ),
        (
            "UPDATE exchange_message SET signature = 'a' WHERE number = 3",
            3,
            false,
        ),
        ("DELETE FROM exchange_message WHERE number = 3", 3, false),
        (
            "UPDATE exchange_message SET service = 'other' WHERE number = 4",
            4,
            true,
        ),
        ("DELETE FROM exchange_message WHERE number = 4", 4, true),
        ("DELETE FROM exchange_message", 4, true),
    ] {
        super::super::on_both(async |rig: Rig| {
            let invocation = agreed(&rig, ORDINARY).await;
            let home = about("property.owns-home", &[]);
            for _ in 0..2 {
                exists(&rig, &invocation, &home).await.unwrap();
            }
            assert_eq!(rig.apis.exchange.verify_log().await.unwrap(), 4);
            run(&rig, change).await;
            let found = rig.apis.exchange.verify_log().await;
            assert!(
                matches!(found, Err(LogError::Broken(number)) if number == place),
                "{change} {found:?}"
            );
            let next = exists(&rig, &invocation, &home).await;
            match closes {
                true => assert_eq!(next.unwrap_err().code(), "exchange-closed", "{change}"),
                false => assert_eq!(next, Ok(true), "{change}"),
            }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn content_is_forgotten_and_the_chain_stays() {
    super::super::on_both(async |rig: Rig| {
        let invocation = agreed(&rig, ORDINARY).await;
        let residence = about("population.residence", &[]);
        let old = read(&rig, &invocation, &residence, &["region"]).await.unwrap();
        rig.clock.advance_ms(i64::from(CONTENT_DAYS) * DAY_MS - 5);
        let new = read(&rig, &invocation, &residence, &["region"]).await.unwrap();
        rig.clock.advance_ms(10);
        rig.apis.exchange.forget_content().await.unwrap();
        for (answer, kept) in [(old, false), (new, true)] {
            let logged = rig
                .apis
                .exchange
                .logged(&answer.evidence.message_id)
                .await
                .unwrap();
            assert!(logged.iter().all(|record| record.content.is_some() == kept));
        }
        assert_eq!(rig.apis.exchange.verify_log().await.unwrap(), 4);
    })
    .await;
}
