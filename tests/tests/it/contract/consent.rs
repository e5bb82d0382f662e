mod signed;

use std::collections::BTreeSet;

use aim_gov::consent::{Change, State};
use aim_gov::error::GovError;

use super::{PURPOSE, Rig, on_both};

/// What the service reads of the citizen, or why not.
async fn read(rig: &Rig) -> Result<Option<String>, GovError> {
    // Records of one millisecond have no order among themselves.
    rig.clock.advance_ms(1);
    let claims = rig
        .apis
        .identity
        .claims(&rig.invocation, &["given_name".to_owned()], PURPOSE)
        .await?;
    Ok(claims.given_name)
}

#[tokio::test(flavor = "multi_thread")]
async fn change_acts_on_the_next_call() {
    on_both(async |rig: Rig| {
        let Err(GovError::ConsentRequired(url)) = read(&rig).await else {
            panic!("the citizen has not agreed")
        };
        assert!(
            url.starts_with("http://localhost/az/consent/water-meter?purpose=bills"),
            "{url}"
        );

        let id = rig.agree().await;
        assert_eq!(read(&rig).await.unwrap().as_deref(), Some("Aygün"));

        for (change, expected) in [
            (Change::Pause, Err(GovError::ConsentPaused(url.clone()))),
            (Change::Resume, Ok(Some("Aygün".to_owned()))),
            (Change::Revoke, Err(GovError::ConsentRevoked(url.clone()))),
        ] {
            rig.apis.consent.change(&rig.citizen, &id, change).await.unwrap();
            assert_eq!(
                read(&rig).await,
                expected,
                "after {change:?} on {:?}",
                rig.db.engine()
            );
        }
        assert_eq!(
            rig.decisions("claims").await,
            [
                "consent-required",
                "allowed",
                "consent-paused",
                "allowed",
                "consent-revoked"
            ]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn agreement_ends_by_itself() {
    on_both(async |rig: Rig| {
        rig.agree().await;
        read(&rig).await.unwrap();
        rig.clock.advance_ms(31 * aim_gov::clock::DAY_MS);
        let over = read(&rig).await;
        assert!(matches!(over, Err(GovError::ConsentExpired(_))), "{over:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn second_attribute_asks_again() {
    on_both(async |rig: Rig| {
        let given = [aim_gov::grant::Attribute::GivenName].into();
        rig.apis
            .consent
            .give(rig.service(), &rig.citizen, PURPOSE, &given)
            .await
            .unwrap();
        read(&rig).await.unwrap();
        let bills = rig
            .apis
            .payments
            .bills(&rig.invocation, "utilities", PURPOSE)
            .await;
        assert!(matches!(bills, Err(GovError::ConsentRequired(_))), "{bills:?}");
    })
    .await;
}

/// Two clicks, two windows: every answer is written, and the last one holds.
#[tokio::test(flavor = "multi_thread")]
async fn answers_at_once_are_all_taken() {
    on_both(async |rig: Rig| {
        let all = &rig.service().grant.purpose(PURPOSE).unwrap().attributes;
        let nothing = BTreeSet::new();
        let answers = (0..4).map(|n| {
            let (rig, attributes) = (&rig, if n % 2 == 0 { all } else { &nothing });
            async move {
                let given = rig
                    .apis
                    .consent
                    .give(rig.service(), &rig.citizen, PURPOSE, attributes);
                let refused = rig.apis.consent.refuse(rig.service(), &rig.citizen, PURPOSE);
                let (given, refused) = tokio::join!(given, refused);
                [given.unwrap(), refused.unwrap()]
            }
        });
        let answered = futures::future::join_all(answers).await.concat();
        let records = rig.apis.consent.of_citizen(&rig.citizen, None).await.unwrap();
        assert_eq!(records.len(), answered.len(), "on {:?}", rig.db.engine());
        let live = records.iter().filter(|record| record.state == State::Active);
        assert!(live.count() <= 1, "{records:?}");
        let id = rig.agree().await;
        assert_eq!(
            rig.apis
                .consent
                .find(&rig.invocation, PURPOSE)
                .await
                .unwrap()
                .unwrap()
                .id,
            id
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_frees_one_place_once() {
    on_both(async |rig: Rig| {
        rig.agree().await;
        let leave = || rig.apis.consent.leave(&rig.service().id, &rig.citizen);
        let (one, two) = tokio::join!(leave(), leave());
        assert_eq!(u8::from(one.unwrap()) + u8::from(two.unwrap()), 1);
        let left = read(&rig).await;
        assert!(matches!(left, Err(GovError::ConsentRevoked(_))), "{left:?}");
        assert_eq!(rig.decisions("leave").await, ["allowed"]);
    })
    .await;
}
