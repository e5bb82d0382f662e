use aim_gov::civil_status::CivilStatusError;
use aim_gov::clock::DAY_MS;
use aim_gov::consent::{EndedBy, State};
use aim_gov::death::DeathError;
use aim_gov::error::GovError;
use aim_gov::identity::Gender;

use super::provider::Site;
use super::{PURPOSE, Rig, on_both};

/// Aygün's husband.
const HUSBAND: &str = "OTEST02";

#[tokio::test(flavor = "multi_thread")]
async fn death_ends_consents_participations_and_access_tokens() {
    on_both(async |rig: Rig| {
        let engine = rig.db.engine();
        let id = rig.agree().await;
        let husband = rig.apis.identity.citizen(HUSBAND).unwrap();
        let kept = rig.agree_to(rig.service(), &husband, PURPOSE).await;
        let site = Site::open(&rig).await;
        let token = site.token(&site.code().await).await.unwrap();
        let under_way = site.code().await;
        rig.clock.advance_ms(1_000);
        assert_eq!(site.userinfo(&token).await, reqwest::StatusCode::OK, "{engine:?}");

        rig.apis.deaths.register(&rig.citizen).await.unwrap();

        let record = rig.apis.consent.record(&rig.citizen, &id).await.unwrap().unwrap();
        assert_eq!(
            (record.state, record.ended_by),
            (State::Revoked, Some(EndedBy::Death)),
            "{engine:?}"
        );
        let enrolments = rig.apis.consent.enrolments(&rig.citizen).await.unwrap();
        let now = rig.clock.now();
        let ended: Vec<_> = enrolments.iter().map(|enrolment| enrolment.ended).collect();
        assert_eq!(ended, [Some((now, EndedBy::Death))], "{engine:?}");
        let given_name = ["given_name".to_owned()];
        let read = rig
            .apis
            .identity
            .claims(&rig.invocation, &given_name, PURPOSE)
            .await;
        assert!(
            matches!(read, Err(GovError::ConsentRevoked(_))),
            "{engine:?}: {read:?}"
        );
        assert_eq!(
            site.userinfo(&token).await,
            reqwest::StatusCode::UNAUTHORIZED,
            "{engine:?}"
        );
        assert_eq!(site.token(&under_way).await, None, "{engine:?}");
        assert_eq!(rig.decisions("death").await, ["allowed"], "{engine:?}");
        let record = rig.apis.consent.record(&husband, &kept).await.unwrap().unwrap();
        assert_eq!(record.state, State::Active, "{engine:?}");

        let again = rig.apis.deaths.register(&rig.citizen).await;
        assert!(
            matches!(again, Err(DeathError::NotRegistered)),
            "{engine:?}: {again:?}"
        );
        assert_eq!(rig.decisions("death").await.len(), 1, "{engine:?}");
        let born = rig
            .apis
            .civil_status
            .report_birth(&rig.citizen, Gender::Female)
            .await;
        assert!(
            matches!(born, Err(CivilStatusError::NotRegistered)),
            "{engine:?}: {born:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn death_ends_a_marriage() {
    on_both(async |rig: Rig| {
        let husband = rig.apis.identity.citizen(HUSBAND).unwrap();
        let before = rig.apis.civil_status.family(&husband).await.unwrap();
        assert!(before.marriage.is_some());
        let taken = rig.apis.civil_status.marry([HUSBAND, "OTEST0A"]).await;
        assert!(matches!(taken, Err(CivilStatusError::NotFree)), "{taken:?}");
        rig.apis.deaths.register(&rig.citizen).await.unwrap();
        let after = rig.apis.civil_status.family(&husband).await.unwrap();
        assert_eq!(after.marriage, None);
        assert_eq!(after.children, before.children);
        rig.apis.civil_status.marry([HUSBAND, "OTEST0A"]).await.unwrap();
        let again = rig.apis.civil_status.family(&husband).await.unwrap();
        assert_eq!(again.marriage.unwrap().spouse, "OTEST0A");
        let dead = rig.apis.civil_status.marry([super::ORDINARY, "OTEST0B"]).await;
        assert!(matches!(dead, Err(CivilStatusError::NotRegistered)), "{dead:?}");
        let second = rig.apis.identity.citizen("OTEST0A").unwrap();
        rig.apis.deaths.register(&second).await.unwrap();
        let widowed = rig.apis.civil_status.family(&husband).await.unwrap();
        assert_eq!(widowed.marriage, None);
        rig.apis.civil_status.marry([HUSBAND, "OTEST0B"]).await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deceased_person_reaches_no_pension_age() {
    on_both(async |rig: Rig| {
        let citizen = rig.apis.identity.citizen("OTEST04").unwrap();
        rig.apis.deaths.register(&citizen).await.unwrap();
        rig.clock.advance_ms(40 * DAY_MS);
        rig.apis.pension.tell_due().await.unwrap();
        let records = aim_gov::audit::of_citizen(&rig.db, &citizen, None, 10)
            .await
            .unwrap();
        let operations: Vec<_> = records.iter().map(|record| record.operation.as_str()).collect();
        assert_eq!(operations, ["death"]);
    })
    .await;
}
