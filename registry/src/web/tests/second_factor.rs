//! The second factor at log-in, before decisions, and on one's own account.

use aim_gov::db::DbError;
use aim_gov::random::Random;
use aim_gov::sealing::SealingKey;

use super::*;
use crate::domain::staff::Staff;
use crate::second_factor::{Factor, Keys, STEP_UP_MS, code_at, spend};

const AYSEL: &str = "aysel@aim.example";
/// The secret of RFC 6238's test vectors.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Gives Aysel a second factor and a recovery code of her own.
async fn enrol(stage: &Stage) -> Staff {
    let aysel = stage.person(AYSEL).await;
    let mut tx = stage.app.platform.db.begin().await.unwrap();
    store::staff::set_factor(&mut tx, &aysel.id, SECRET, 0)
        .await
        .unwrap();
    let codes = ["abcd-efgh-ijkl-mnop".to_owned()];
    store::staff::set_recovery_codes(&mut tx, &aysel.id.0, &codes)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    aysel
}

async fn log_in(stage: &Stage, code: &str) -> crate::testing::Answer {
    let fields = [
        ("email", AYSEL),
        ("password", crate::DEVELOPMENT_PASSWORD),
        ("code", code),
    ];
    stage.post_form("/en/staff/login", "", &fields).await
}

fn now_code(stage: &Stage) -> String {
    code_at(SECRET, stage.app.platform.clock.now()).unwrap()
}

#[tokio::test]
async fn code_counts_once_and_the_sandboxs_code_does_not_replace_it() {
    let stage = Stage::new().await;
    enrol(&stage).await;
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    assert_eq!(log_in(&stage, crate::DEVELOPMENT_CODE).await.status, wrong);
    assert_eq!(log_in(&stage, "").await.status, wrong);
    let code = now_code(&stage);
    let (start, end) = code.split_at(3);
    let answer = log_in(&stage, &format!(" {start} {end} ")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let again = log_in(&stage, &code).await;
    assert_eq!(again.status, wrong, "{}", again.body);
    stage.app.platform.clock.advance_ms(30_000);
    let next = log_in(&stage, &now_code(&stage)).await;
    assert_eq!(next.status, StatusCode::SEE_OTHER, "{}", next.body);
}

#[tokio::test]
async fn outside_a_development_sandbox_nobody_is_let_in_without_a_second_factor() {
    let mut stage = Stage::new().await;
    stage.app.sandbox_code = None;
    let refused = crate::staff_login::log_in(
        &stage.app,
        AYSEL,
        crate::DEVELOPMENT_PASSWORD.into(),
        crate::DEVELOPMENT_CODE,
        "",
    )
    .await;
    assert!(
        matches!(refused, Err(crate::staff_login::LoginError::Wrong)),
        "{refused:?}"
    );
    assert_eq!(crate::Seed::default().code, None);
}

#[tokio::test]
async fn recovery_code_lets_in_once_and_opens_no_decision() {
    let stage = Stage::new().await;
    enrol(&stage).await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let answer = log_in(&stage, "ABCD EFGH IJKL MNOP").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let again = log_in(&stage, "abcd-efgh-ijkl-mnop").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let asked = approve(
        &stage,
        &answer.cookie(),
        &approve_fields(&submission),
        &submission.id.0,
    )
    .await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN, "{}", asked.body);
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
}

#[tokio::test]
async fn recovery_code_confirms_no_decision() {
    let stage = Stage::new().await;
    enrol(&stage).await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let officer = log_in(&stage, &now_code(&stage)).await.cookie();
    stage.app.platform.clock.advance_ms(STEP_UP_MS);
    let mut fields = approve_fields(&submission);
    fields.push(("step-up-code", "ABCD EFGH IJKL MNOP".to_owned()));
    let refused = approve(&stage, &officer, &fields, &submission.id.0).await;
    assert_eq!(
        refused.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        refused.body
    );
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
}

#[tokio::test]
async fn decision_needs_a_fresh_code_and_keeps_what_was_typed() {
    let stage = Stage::new().await;
    enrol(&stage).await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let officer = log_in(&stage, &now_code(&stage)).await.cookie();
    stage.app.platform.clock.advance_ms(STEP_UP_MS);
    let fields = approve_fields(&submission);
    let asked = approve(&stage, &officer, &fields, &submission.id.0).await;
    assert_eq!(asked.status, StatusCode::FORBIDDEN, "{}", asked.body);
    assert!(
        asked.body.contains("Confirm that it is you") && asked.body.contains("The evidence was read."),
        "{}",
        asked.body
    );
    assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
    let with = |code: String| {
        let mut fields = fields.clone();
        fields.push(("step-up-code", code));
        fields
    };
    for wrong in ["000000", "abcd-efgh-ijkl-mnop"] {
        let wrong = approve(&stage, &officer, &with(wrong.to_owned()), &submission.id.0).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
        assert!(wrong.body.contains("code is not right"), "{}", wrong.body);
        assert_eq!(stage.submission(&submission.id).await.state.code(), "vetted");
    }
    let done = approve(&stage, &officer, &with(now_code(&stage)), &submission.id.0).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    assert_eq!(
        stage.submission(&submission.id).await.state.code(),
        "first-approved"
    );
}

#[tokio::test]
async fn wrong_codes_lock_decisions_for_a_while() {
    let stage = Stage::new().await;
    let aysel = enrol(&stage).await;
    for _ in 0..crate::second_factor::CODES_MAX {
        let wrong = crate::second_factor::prove(&stage.app, &aysel.id, "000000").await;
        assert!(matches!(wrong, Err(crate::staff_login::LoginError::Wrong)));
    }
    let locked = crate::second_factor::prove(&stage.app, &aysel.id, &now_code(&stage)).await;
    assert!(matches!(
        locked,
        Err(crate::staff_login::LoginError::Locked { .. })
    ));
}

#[tokio::test]
async fn new_password_needs_the_old_one_and_a_code_and_ends_every_log_in() {
    const NEW: &str = "quite another one";
    let stage = Stage::new().await;
    enrol(&stage).await;
    let here = log_in(&stage, &now_code(&stage)).await.cookie();
    assert_eq!(stage.get("/az/staff/account", &here).await.status, StatusCode::OK);
    let page = "/en/staff/account/password";
    let fields = |present: &'static str, code: String| {
        vec![
            ("present", present.to_owned()),
            ("code", code),
            ("new", NEW.to_owned()),
            ("again", NEW.to_owned()),
        ]
    };
    let post = async |fields: Vec<(&'static str, String)>| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        stage.post_form(page, &here, &fields).await
    };
    stage.app.platform.clock.advance_ms(30_000);
    let wrong = post(fields("not the password", now_code(&stage))).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    let wrong = post(fields(crate::DEVELOPMENT_PASSWORD, "000000".to_owned())).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert_eq!(stage.get("/en/staff", &here).await.status, StatusCode::OK);
    let done = post(fields(crate::DEVELOPMENT_PASSWORD, now_code(&stage))).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let shown = stage.get(done.location(), &here).await.body;
    assert!(shown.contains("Your password is changed."), "{shown}");
    let over = stage.get("/en/staff", &here).await;
    assert!(over.location().starts_with("/en/staff/login?"), "{}", over.body);
    stage.app.platform.clock.advance_ms(30_000);
    let old = log_in(&stage, &now_code(&stage)).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", old.body);
}

#[tokio::test]
async fn secret_is_sealed_for_its_person() {
    let mut stage = Stage::new().await;
    let key = SealingKey::open(&stage.folder.path().join("key"), &Random::seeded(1)).unwrap();
    stage.app.platform.db = stage.app.platform.db.clone().sealed_with(key);
    let now = stage.app.platform.clock.now();
    let keys = Keys::of(&stage.app);
    let (aysel, rashad) = (
        stage.person(AYSEL).await,
        stage.person("rashad@aim.example").await,
    );
    let sealed = keys.seal(&Random::seeded(2), &aysel.id, SECRET).unwrap();
    assert!(!sealed.contains(SECRET), "{sealed}");
    for (person, kept, is_right) in [
        (&aysel, sealed.as_str(), true),
        // What somebody with access to the database puts in its place.
        (&rashad, sealed.as_str(), false),
        (&aysel, SECRET, false),
    ] {
        let mut tx = stage.app.platform.db.begin().await.unwrap();
        store::staff::set_factor(&mut tx, &person.id, kept, 0)
            .await
            .unwrap();
        let spent = spend(&mut tx, &keys, &person.id, &code_at(SECRET, now).unwrap(), now).await;
        if is_right {
            assert_eq!(spent.unwrap(), Some(Factor::Code));
        } else {
            assert!(matches!(spent, Err(DbError::Corrupt { table: "staff", .. })));
        }
    }
}
