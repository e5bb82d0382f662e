//! Pension age, which the clock brings.

use aim_gov::clock::DAY_MS;
use aim_gov::pension::TOLD_WITHIN_DAYS;

use super::*;

/// Reaches pension age on 20 December 2026.
const SAKINA: &str = "OTEST04";
/// From 21 November, noon, to 20 December, noon.
const DAYS: i64 = 29;

#[tokio::test]
async fn pension_age_is_told_once_on_its_day() {
    on_both(|rig| async move {
        let sakina = rig.apis.identity.citizen(SAKINA).unwrap();
        let reached = EventType::PensionAgeReached;
        let (invocation, _) = agreed_to(&rig, reached, &sakina, |service| {
            for purpose in &mut service.grant.purposes {
                purpose.valid_days = 60;
            }
        })
        .await;
        let pension = &rig.apis.pension;
        rig.clock.advance_ms((DAYS - 1) * DAY_MS);
        pension.tell_due().await.unwrap();
        assert_eq!(deliveries(&rig, &invocation).await, []);
        rig.clock.advance_ms(DAY_MS);
        for _ in 0..2 {
            pension.tell_due().await.unwrap();
        }
        let attempts = round(&rig, &invocation, &Scripted::default()).await;
        let [attempt] = attempts.as_slice() else {
            panic!("{attempts:?}");
        };
        let told: serde_json::Value = serde_json::from_slice(attempt.event.data.as_deref().unwrap()).unwrap();
        assert_eq!(told, serde_json::json!({ "since": "2026-12-20" }));
        // The beginning of 20 December in Baku.
        assert_eq!(attempt.event.time, rig.clock.now().start_of_day());
        let log = aim_gov::audit::of_citizen(&rig.db, &sakina, None, 100)
            .await
            .unwrap();
        let noted = log.iter().filter(|record| record.operation == "pension-age");
        assert_eq!(noted.count(), 1);
    })
    .await;
}

/// A fund that was out of reach for longer says nothing of the past.
#[tokio::test]
async fn pension_age_of_long_ago_is_not_told() {
    on_both(|rig| async move {
        let sakina = rig.apis.identity.citizen(SAKINA).unwrap();
        rig.clock.advance_ms((DAYS + TOLD_WITHIN_DAYS + 1) * DAY_MS);
        rig.apis.pension.tell_due().await.unwrap();
        let log = aim_gov::audit::of_citizen(&rig.db, &sakina, None, 100)
            .await
            .unwrap();
        assert_eq!(log, []);
        let old = rig.apis.identity.citizen("OTEST0M").unwrap();
        assert_eq!(
            aim_gov::audit::of_citizen(&rig.db, &old, None, 100)
                .await
                .unwrap(),
            []
        );
    })
    .await;
}
