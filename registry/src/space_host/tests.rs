//! What a test space keeps apart, and for whom it opens.

mod bounds;

use aim_gov::clock::{DAY_MS, Setting};
use axum::body::Body;
use http::header;

use super::*;
use crate::domain::space::{ClockChange, SNAPSHOTS_MAX, SPACES_MAX};
use crate::spaces::Control as _;
use crate::testing::{Answer, NOW, Stage, answering, grounds, manifest};

const SERVICE: &str = "water-meter";

/// A request to a host name of a space, such as `space--spring`.
async fn ask(stage: &Stage, label: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = http::Request::get(path)
        .header(header::HOST, format!("{label}.localhost:8080"))
        .header(header::ACCEPT_LANGUAGE, "en");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    stage.send(request.body(Body::empty()).unwrap()).await
}

/// The token that lets a program into the space.
async fn token(stage: &Stage, space: &str) -> String {
    let access = stage.spaces.access(&stage.organisation.id, space, None).await;
    access.unwrap().token
}

async fn with_service(space: &str) -> (Stage, String) {
    let stage = Stage::with_compiler().await;
    stage
        .vetted_with(&manifest(SERVICE, "1.0.0"), &answering("first"))
        .await;
    stage.spaces.create(&stage.organisation.id, space).await.unwrap();
    let token = token(&stage, space).await;
    (stage, token)
}

#[tokio::test]
async fn newest_vetted_version_runs_in_a_space_before_any_officer_looks() {
    let (stage, token) = with_service("spring").await;
    let token = [("aim-space", token.as_str())];
    let service = "water-meter--spring";
    let answer = ask(&stage, service, "/", &token).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, "first"));
    assert_eq!(answer.headers["x-robots-tag"], "noindex, nofollow");
    // Citizens of the platform do not see it.
    let live = ask(&stage, SERVICE, "/", &token).await;
    assert_eq!(live.status.as_u16(), 404);
    stage.app.platform.clock.advance_ms(1);
    stage
        .vetted_with(&manifest(SERVICE, "1.1.0"), &answering("second"))
        .await;
    stage.spaces.tidy().await;
    assert_eq!(ask(&stage, service, "/", &token).await.body, "second");
    // A version that has not passed vetting changes nothing.
    stage.app.platform.clock.advance_ms(1);
    let third = manifest(SERVICE, "1.2.0");
    stage
        .submitted_by(&stage.token, &third, &answering("third"))
        .await;
    stage.spaces.tidy().await;
    assert_eq!(ask(&stage, service, "/", &token).await.body, "second");
    let home = ask(&stage, "space--spring", "/en/", &token).await;
    assert!(
        home.body.contains("1.1.0") && home.body.contains("Test space"),
        "{}",
        home.body
    );
}

#[tokio::test]
async fn suspended_service_runs_in_no_space() {
    let stage = Stage::with_compiler().await;
    let approved = stage
        .approved(&manifest(SERVICE, "1.0.0"), &answering("drip"))
        .await;
    let officer = stage.person("aysel@aim.example").await;
    crate::deploy::deploy(&stage.app, &officer, &approved.id)
        .await
        .unwrap();
    stage
        .spaces
        .create(&stage.organisation.id, "spring")
        .await
        .unwrap();
    let token = token(&stage, "spring").await;
    let token = [("aim-space", token.as_str())];
    assert_eq!(ask(&stage, "water-meter--spring", "/", &token).await.body, "drip");
    crate::deploy::suspend(&stage.app, &officer, &approved.id, &grounds("It lies."))
        .await
        .unwrap();
    // Nor does a version that comes after the suspension.
    stage.app.platform.clock.advance_ms(1);
    stage
        .vetted_with(&manifest(SERVICE, "1.1.0"), &answering("again"))
        .await;
    stage.spaces.tidy().await;
    assert_eq!(
        ask(&stage, "water-meter--spring", "/", &token)
            .await
            .status
            .as_u16(),
        503
    );
}

/// An officer did not look at it, but vetting did: at these bytes and this manifest.
#[tokio::test]
async fn edited_row_runs_in_no_space() {
    let (stage, pass) = with_service("spring").await;
    let token = [("aim-space", pass.as_str())];
    assert_eq!(
        ask(&stage, "water-meter--spring", "/", &token).await.body,
        "first"
    );
    let other = stage
        .vetted_with(&manifest("tea-house", "1.0.0"), &answering("other"))
        .await;
    let edit = format!(
        "UPDATE submission SET digest = '{}' WHERE service = 'water-meter'",
        other.digest
    );
    let edit = sqlx::AssertSqlSafe(edit);
    stage.app.platform.db.run(sqlx::query(edit)).await.unwrap();
    stage.spaces.tidy().await;
    let answer = ask(&stage, "water-meter--spring", "/", &token).await;
    assert_eq!(answer.status.as_u16(), 503, "{}", answer.body);
}

#[tokio::test]
async fn space_opens_for_whom_its_organisation_lets_in_alone() {
    let (stage, pass) = with_service("spring").await;
    for label in ["space--spring", "water-meter--spring"] {
        let closed = ask(&stage, label, "/", &[]).await;
        assert_eq!(closed.status.as_u16(), 403, "{}", closed.body);
        assert!(closed.body.contains("closed to you"), "{}", closed.body);
        let forged = ask(
            &stage,
            label,
            "/",
            &[("aim-space", "forged"), ("cookie", "aim_space=forged")],
        )
        .await;
        assert_eq!(forged.status.as_u16(), 403);
    }
    // The token of a program opens no address.
    let address = format!("/.aim/space?pass={pass}");
    assert_eq!(
        ask(&stage, "space--spring", &address, &[]).await.status.as_u16(),
        403
    );
    assert_eq!(ask(&stage, "space--autumn", "/", &[]).await.status.as_u16(), 404);
    // The pass of another space, of an earlier space of the same name, and one whose time is over.
    stage
        .spaces
        .create(&stage.organisation.id, "autumn")
        .await
        .unwrap();
    let other = token(&stage, "autumn").await;
    assert_eq!(
        ask(&stage, "space--spring", "/en/", &[("aim-space", &other)])
            .await
            .status
            .as_u16(),
        403
    );
    assert_eq!(
        ask(&stage, "space--spring", "/en/", &[("aim-space", &pass)])
            .await
            .status
            .as_u16(),
        200
    );
    stage.app.platform.clock.advance_ms(DAY_MS);
    assert_eq!(
        ask(&stage, "space--spring", "/en/", &[("aim-space", &pass)])
            .await
            .status
            .as_u16(),
        403
    );
    let pass = token(&stage, "spring").await;
    stage
        .spaces
        .delete(&stage.organisation.id, "spring")
        .await
        .unwrap();
    assert_eq!(
        ask(&stage, "space--spring", "/en/", &[("aim-space", &pass)])
            .await
            .status
            .as_u16(),
        404
    );
    stage.app.platform.clock.advance_ms(1);
    stage
        .spaces
        .create(&stage.organisation.id, "spring")
        .await
        .unwrap();
    assert_eq!(
        ask(&stage, "space--spring", "/en/", &[("aim-space", &pass)])
            .await
            .status
            .as_u16(),
        403
    );
}

#[tokio::test]
async fn browser_is_led_into_the_space_and_to_the_service() {
    let (stage, _) = with_service("spring").await;
    let access = stage
        .spaces
        .access(&stage.organisation.id, "spring", Some(SERVICE))
        .await
        .unwrap();
    let path = |address: &str| address.split_once(":8080").unwrap().1.to_owned();
    assert!(
        access
            .address
            .starts_with("http://space--spring.localhost:8080/.aim/space?pass=")
    );
    let entered = ask(&stage, "space--spring", &path(&access.address), &[]).await;
    let on = entered.location().to_owned();
    assert!(
        on.starts_with("http://water-meter--spring.localhost:8080/.aim/space?pass="),
        "{on}"
    );
    let cookie = entered.cookie();
    assert_eq!(
        ask(&stage, "space--spring", "/en/", &[("cookie", &cookie)])
            .await
            .status
            .as_u16(),
        200
    );
    let at_service = ask(&stage, "water-meter--spring", &path(&on), &[]).await;
    assert_eq!(at_service.location(), "/");
    let shown = ask(
        &stage,
        "water-meter--spring",
        "/",
        &[("cookie", &at_service.cookie())],
    )
    .await;
    assert_eq!(shown.body, "first");
    // An address is good for a minute, and leads to no other place.
    stage.app.platform.clock.advance_ms(60_000);
    let late = ask(&stage, "space--spring", &path(&access.address), &[]).await;
    assert_eq!(late.status.as_u16(), 403);
    let elsewhere = "/.aim/space?to=https%3A%2F%2Fevil.example";
    let inside = ask(&stage, "space--spring", elsewhere, &[("cookie", &cookie)]).await;
    assert_eq!(inside.location(), "/");
}

/// Every operation of another organisation finds nothing, and changes nothing.
#[tokio::test]
async fn space_belongs_to_its_organisation_alone() {
    let stage = Stage::new().await;
    let (spaces, ours) = (&stage.spaces, &stage.organisation.id);
    spaces.create(ours, "spring").await.unwrap();
    spaces.snapshot(ours, "spring", "before").await.unwrap();
    let other = stage.another_organisation().await.organisation;
    assert!(spaces.list(&other).await.unwrap().is_empty());
    let codes = [
        spaces.view(&other, "spring").await.err(),
        spaces.reset(&other, "spring").await.err(),
        spaces.delete(&other, "spring").await.err(),
        spaces
            .set_clock(&other, "spring", ClockChange::Freeze)
            .await
            .err(),
        spaces.snapshot(&other, "spring", "mine").await.err(),
        spaces.restore(&other, "spring", "before").await.err(),
        spaces.delete_snapshot(&other, "spring", "before").await.err(),
        spaces.access(&other, "spring", None).await.err(),
    ];
    for error in codes {
        assert_eq!(error.unwrap().code(), Some("not-found"));
    }
    let taken = spaces.create(&other, "spring").await.unwrap_err();
    assert_eq!(taken.code(), Some("name-taken"));
    let view = spaces.view(ours, "spring").await.unwrap();
    assert_eq!((view.snapshots.len(), view.space.generation), (1, 1));
}

/// Where a citizen of the space lives.
async fn street(stage: &Stage, space: &str) -> String {
    let space = stage
        .spaces
        .view(&stage.organisation.id, space)
        .await
        .unwrap()
        .space;
    let room = stage.spaces.room(&space).await.unwrap();
    let citizen = room.apis.identity.citizen("OTEST01").unwrap();
    let person = room.apis.residence.person(&citizen).await.unwrap();
    person.address.formatted.unwrap()
}

/// The citizen moves, in the register of the space.
async fn move_to(stage: &Stage, space: &str, street: &str) {
    let space = stage
        .spaces
        .view(&stage.organisation.id, space)
        .await
        .unwrap()
        .space;
    let room = stage.spaces.room(&space).await.unwrap();
    let citizen = room.apis.identity.citizen("OTEST01").unwrap();
    let place = aim_gov::residence::places()[0].locality.clone().unwrap();
    room.apis
        .residence
        .move_to(&citizen, &place, street)
        .await
        .unwrap();
}

#[tokio::test]
async fn registers_of_spaces_are_apart_from_each_other_and_from_the_platforms() {
    let stage = Stage::new().await;
    for name in ["spring", "autumn"] {
        stage.spaces.create(&stage.organisation.id, name).await.unwrap();
    }
    let before = street(&stage, "autumn").await;
    move_to(&stage, "spring", "Yaz küçəsi 1").await;
    assert!(street(&stage, "spring").await.ends_with("Yaz küçəsi 1"));
    assert_eq!(street(&stage, "autumn").await, before);
    let apis = stage.app.runtime.apis();
    let citizen = apis.identity.citizen("OTEST01").unwrap();
    let person = apis.residence.person(&citizen).await.unwrap();
    assert_eq!(person.address.formatted.unwrap(), before);
    // Nor does anybody have the same identifier in two of them.
    let space = stage
        .spaces
        .view(&stage.organisation.id, "spring")
        .await
        .unwrap()
        .space;
    let room = stage.spaces.room(&space).await.unwrap();
    let service = aim_gov::invocation::ServiceId(SERVICE.to_owned());
    let sub = |identity: &aim_gov::identity::Identity| identity.sub(&service, &citizen);
    assert_ne!(sub(&room.apis.identity), sub(&apis.identity));
}

#[tokio::test]
async fn reset_and_snapshots_replace_what_is_in_a_space() {
    let stage = Stage::new().await;
    let (spaces, ours) = (&stage.spaces, &stage.organisation.id);
    spaces.create(ours, "spring").await.unwrap();
    let born = street(&stage, "spring").await;
    move_to(&stage, "spring", "Yaz küçəsi 1").await;
    spaces
        .set_clock(ours, "spring", ClockChange::Advance(3 * DAY_MS))
        .await
        .unwrap();
    let before = spaces.view(ours, "spring").await.unwrap();
    let taken = spaces.snapshot(ours, "spring", "moved").await.unwrap();
    assert!(taken.stood_at >= before.shows);
    move_to(&stage, "spring", "Payız küçəsi 2").await;
    let reset = spaces.reset(ours, "spring").await.unwrap();
    assert_eq!(reset.clock, Setting::Ahead(0));
    assert_eq!(street(&stage, "spring").await, born);
    let restored = spaces.restore(ours, "spring", "moved").await.unwrap();
    assert_eq!(restored.clock, Setting::Frozen(taken.stood_at));
    assert!(street(&stage, "spring").await.ends_with("Yaz küçəsi 1"));
    // Of the earlier databases nothing is left on the disk.
    let folder = std::fs::read_dir(stage.folder.path().join("spaces")).unwrap();
    let files = |folder: std::fs::DirEntry| std::fs::read_dir(folder.path()).unwrap();
    let names: Vec<_> = folder
        .flat_map(|folder| files(folder.unwrap()))
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".sqlite") && !name.starts_with("snapshot"))
        .collect();
    assert_eq!(names, ["3.sqlite"]);
    spaces.delete(ours, "spring").await.unwrap();
    assert_eq!(
        std::fs::read_dir(stage.folder.path().join("spaces"))
            .unwrap()
            .count(),
        0
    );
}

#[tokio::test]
async fn end_of_the_test_follows_the_clock_of_the_space() {
    let (stage, pass) = with_service("spring").await;
    let (spaces, ours) = (&stage.spaces, &stage.organisation.id);
    let token = [("aim-space", pass.as_str())];
    assert_eq!(
        ask(&stage, "water-meter--spring", "/", &token).await.body,
        "first"
    );
    spaces
        .set_clock(ours, "spring", ClockChange::Advance(366 * DAY_MS))
        .await
        .unwrap();
    let ended = ask(&stage, "water-meter--spring", "/", &token).await;
    assert_eq!(ended.status.as_u16(), 410, "{}", ended.body);
    // The platform's clock stands where it stood.
    assert_eq!(stage.app.platform.clock.now(), NOW);
    spaces.reset(ours, "spring").await.unwrap();
    assert_eq!(
        ask(&stage, "water-meter--spring", "/", &token).await.body,
        "first"
    );
}

/// The browser that asked for it may be closed meanwhile.
#[tokio::test]
async fn clock_arrives_although_nobody_waits_for_it() {
    let stage = Stage::new().await;
    let (spaces, ours) = (&stage.spaces, &stage.organisation.id);
    spaces.create(ours, "spring").await.unwrap();
    {
        let mut moving = spaces.set_clock(ours, "spring", ClockChange::Advance(3 * DAY_MS));
        assert!(futures::poll!(&mut moving).is_pending());
    }
    let frozen = async {
        // The change that nobody waits for goes first.
        tokio::task::yield_now().await;
        spaces.set_clock(ours, "spring", ClockChange::Freeze).await
    };
    let frozen = frozen.await.unwrap();
    assert_eq!(frozen.clock, Setting::Frozen(NOW.plus_days(3)));
    let room = spaces.room(&frozen).await.unwrap();
    assert_eq!(room.platform.clock.now(), NOW.plus_days(3));
}

#[tokio::test]
async fn space_goes_on_after_it_was_closed() {
    let (stage, pass) = with_service("spring").await;
    let (spaces, ours) = (&stage.spaces, &stage.organisation.id);
    spaces
        .set_clock(ours, "spring", ClockChange::Freeze)
        .await
        .unwrap();
    move_to(&stage, "spring", "Yaz küçəsi 1").await;
    stage.app.platform.clock.advance_ms(IDLE_MS_MAX);
    spaces.tidy().await;
    assert!(spaces.rooms().is_empty());
    assert!(street(&stage, "spring").await.ends_with("Yaz küçəsi 1"));
    let token = [("aim-space", pass.as_str())];
    assert_eq!(
        ask(&stage, "water-meter--spring", "/", &token).await.body,
        "first"
    );
    let space = spaces.view(ours, "spring").await.unwrap().space;
    let room = spaces.room(&space).await.unwrap();
    assert_eq!(Setting::Frozen(room.platform.clock.now()), space.clock);
}

#[tokio::test]
async fn wrong_names_and_too_many_are_refused() {
    let stage = Stage::new().await;
    let (spaces, ours) = (&stage.spaces, &stage.organisation.id);
    let code = |error: Option<SpaceError>| error.unwrap().code().unwrap();
    assert_eq!(code(spaces.create(ours, "a--b").await.err()), "not-a-name");
    for number in 0..SPACES_MAX {
        spaces.create(ours, &format!("space-{number}")).await.unwrap();
    }
    assert_eq!(
        code(spaces.create(ours, "one-more").await.err()),
        "too-many-spaces"
    );
    let space = "space-0";
    assert_eq!(code(spaces.snapshot(ours, space, "A").await.err()), "not-a-name");
    for number in 0..SNAPSHOTS_MAX {
        spaces
            .snapshot(ours, space, &format!("at-{number}"))
            .await
            .unwrap();
    }
    assert_eq!(
        code(spaces.snapshot(ours, space, "one-more").await.err()),
        "too-many-snapshots"
    );
    assert_eq!(
        code(spaces.restore(ours, space, "never").await.err()),
        "no-snapshot"
    );
    spaces.delete_snapshot(ours, space, "at-0").await.unwrap();
    assert_eq!(
        code(spaces.snapshot(ours, space, "at-1").await.err()),
        "name-taken"
    );
}
