//! The order of versions, what became of those that ended, and names that lapse.

use aim_gov::clock::DAY_MS;

use super::*;
use crate::publish::{self, PublishError};
use crate::testing::answering;

/// The state of the version that was announced, or the code of the refusal.
async fn announced_as(stage: &Stage, version: &str) -> String {
    let text = manifest("water-meter", version);
    let answer = announce(stage, &announcement(&text, EMPTY_COMPONENT))
        .await
        .json();
    let said = answer.get("code").or_else(|| answer.get("state")).unwrap();
    said.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn versions_go_forward() {
    let stage = Stage::with_compiler().await;
    let running = stage
        .approved(&manifest("water-meter", "0.4.0"), &answering("4"))
        .await;
    let officer = stage.person("aysel@aim.example").await;
    crate::deploy::deploy(&stage.app, &officer, &running.id)
        .await
        .unwrap();
    for (version, said) in [
        ("0.3.9", "version-older"),
        ("0.4.0-rc.1", "version-older"),
        ("0.4.0+2", "version-same"),
        ("0.4.1-rc.1", "draft"),
        ("0.4.0+build.7", "version-same"),
        ("0.4.1", "draft"),
        // A pending one counts too.
        ("0.4.1-rc.2", "version-older"),
        ("0.10.0", "draft"),
        ("0.9.0", "version-older"),
    ] {
        assert_eq!(announced_as(&stage, version).await, said, "{version}");
    }
    let text = manifest("water-meter", "0.9.0");
    let answer = announce(&stage, &announcement(&text, EMPTY_COMPONENT)).await;
    let detail = answer.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("older than 0.10.0, which is `draft`")
            && detail.ends_with("or withdraw that one first"),
        "{detail}"
    );
    // What was announced may be sent again, and what was withdrawn does not stand in the way.
    assert_eq!(announced_as(&stage, "0.10.0").await, "draft");
    let known = {
        let mut reader = stage.app.platform.db.reader().await.unwrap();
        let all = crate::store::submission::versions(&mut reader, running.service()).await;
        let mut all = all.unwrap().into_iter();
        all.find(|known| known.version.to_string() == "0.10.0")
            .unwrap()
            .id
    };
    let by = (&stage.citizen, "Elçin");
    crate::deploy::withdraw(&stage.app, by, &stage.organisation, &known)
        .await
        .unwrap();
    assert_eq!(announced_as(&stage, "0.9.0").await, "draft");
    assert_eq!(announced_as(&stage, "0.10.0").await, "version-ended");
}

#[tokio::test]
async fn ended_version_says_what_became_of_it() {
    let stage = Stage::with_compiler().await;
    let officer = stage.person("aysel@aim.example").await;
    let mut last = None;
    for version in ["0.3.0", "0.4.0"] {
        let approved = stage
            .approved(&manifest("water-meter", version), &answering(version))
            .await;
        let deployed = crate::deploy::deploy(&stage.app, &officer, &approved.id).await;
        last = Some(deployed.unwrap());
    }
    let again = async |version: &str| {
        let component = answering(version);
        let answer = announce(
            &stage,
            &announcement(&manifest("water-meter", version), &component),
        )
        .await;
        (
            answer.status,
            answer.json()["detail"].as_str().unwrap_or_default().to_owned(),
        )
    };
    let (status, replaced) = again("0.3.0").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(
        replaced.starts_with("version 0.3.0 of `water-meter` was published on 2026-")
            && replaced.ends_with("and replaced by 0.4.0; choose a new version number"),
        "{replaced}"
    );
    // The one that runs is there, and nothing else is said.
    stage.app.platform.clock.advance_ms(1);
    assert_eq!(again("0.4.0").await.0, StatusCode::OK);
    let by = (&stage.citizen, "Elçin");
    crate::deploy::withdraw(&stage.app, by, &stage.organisation, &last.unwrap().id)
        .await
        .unwrap();
    let (status, withdrawn) = again("0.4.0").await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(withdrawn.contains("and withdrawn on 2026-"), "{withdrawn}");
}

#[tokio::test]
async fn unused_name_lapses_and_its_drafts_with_it() {
    let stage = Stage::new().await;
    let other = stage.another_organisation().await;
    let draft = stage.announcement(&manifest("water-meter", "1.0.0"), EMPTY_COMPONENT);
    let first = publish::announce(&stage.app, &stage.token, draft).await.unwrap();
    let wish = |version: &str| stage.announcement(&manifest("water-meter", version), EMPTY_COMPONENT);
    let early = publish::announce(&stage.app, &other, wish("1.0.1")).await;
    assert!(matches!(early, Err(PublishError::NameTaken(_))));
    let days = i64::from(publish::NAME_LAPSES_DAYS);
    stage.app.platform.clock.advance_ms(days * DAY_MS);
    // Its version numbers stay taken, and nobody learns what they were for.
    let same = publish::announce(&stage.app, &other, wish("1.0.0")).await;
    assert!(matches!(same, Err(PublishError::VersionTaken { .. })), "{same:?}");
    let taken = publish::announce(&stage.app, &other, wish("1.0.1"))
        .await
        .unwrap();
    assert_eq!(taken.organisation, other.organisation);
    assert_eq!(stage.submission(&first.id).await.state.code(), "withdrawn");
    let back = publish::announce(&stage.app, &stage.token, wish("1.0.2")).await;
    assert!(matches!(back, Err(PublishError::NameTaken(_))));
}

#[tokio::test]
async fn name_that_citizens_used_stays_with_its_organisation() {
    let stage = Stage::with_compiler().await;
    let other = stage.another_organisation().await;
    let officer = stage.person("aysel@aim.example").await;
    let approved = stage
        .approved(&manifest("water-meter", "1.0.0"), &answering("1"))
        .await;
    crate::deploy::deploy(&stage.app, &officer, &approved.id)
        .await
        .unwrap();
    let by = (&stage.citizen, "Elçin");
    crate::deploy::withdraw(&stage.app, by, &stage.organisation, &approved.id)
        .await
        .unwrap();
    stage.app.platform.clock.advance_ms(1_000 * DAY_MS);
    let wish = stage.announcement(&manifest("water-meter", "1.0.1"), EMPTY_COMPONENT);
    let taken = publish::announce(&stage.app, &other, wish).await;
    assert!(matches!(taken, Err(PublishError::NameTaken(_))));
}
