//! The staff's log-in, and who tries passwords.

use super::*;

#[tokio::test]
async fn wrong_passwords_lock_the_log_in_for_a_while() {
    const HERE: &str = "192.0.2.1";
    let stage = Stage::new().await;
    let max = usize::try_from(crate::staff_login::ATTEMPTS_MAX).unwrap();
    // Somebody who is not there gets the same words and the same lock; a password that is too long too.
    let long = "x".repeat(crate::staff_login::PASSWORD_BYTES_MAX + 1);
    for (email, wrong) in [
        ("aysel@aim.example", "guess"),
        ("nobody@aim.example", "guess"),
        ("rashad@aim.example", long.as_str()),
    ] {
        for _ in 0..max {
            let answer = try_password(&stage, HERE, email, wrong).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{email}");
            assert!(answer.body.contains("not right"), "{}", answer.body);
        }
        let answer = try_password(&stage, HERE, email, crate::DEVELOPMENT_PASSWORD).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{email}");
        assert!(answer.body.contains("Try again after"), "{}", answer.body);
    }
    // Who guesses elsewhere does not lock the officer out.
    let answer = try_password(
        &stage,
        "192.0.2.2",
        "aysel@aim.example",
        crate::DEVELOPMENT_PASSWORD,
    )
    .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    stage.app.platform.clock.advance_ms(crate::staff_login::LOCK_MS);
    let answer = try_password(&stage, HERE, "aysel@aim.example", crate::DEVELOPMENT_PASSWORD).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
}

#[tokio::test]
async fn passwords_that_are_tried_at_once_count_like_one_after_the_other() {
    const AT_ONCE: usize = 12;
    let stage = Stage::new().await;
    let tries = (0..AT_ONCE).map(|_| try_password(&stage, "192.0.2.1", "aysel@aim.example", "guess"));
    let answers = futures::future::join_all(tries).await;
    let tried = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::UNPROCESSABLE_ENTITY)
        .count();
    assert_eq!(
        i64::try_from(tried).unwrap(),
        crate::staff_login::ATTEMPTS_MAX,
        "passwords were looked at"
    );
}

#[tokio::test]
async fn guesses_from_everywhere_lock_the_log_in() {
    use crate::staff_login::{ATTEMPTS_EVERYWHERE_MAX, LOCK_MS, LoginError, log_in};
    let stage = Stage::new().await;
    let try_from = async |source: i64, password: &str| {
        let password = password.to_owned().into();
        let source = source.to_string();
        log_in(
            &stage.app,
            "aysel@aim.example",
            password,
            crate::DEVELOPMENT_CODE,
            &source,
        )
        .await
    };
    for source in 0..ATTEMPTS_EVERYWHERE_MAX {
        let guessed = try_from(source, "guess").await;
        assert!(matches!(guessed, Err(LoginError::Wrong)), "{source}: {guessed:?}");
    }
    let locked = try_from(ATTEMPTS_EVERYWHERE_MAX, crate::DEVELOPMENT_PASSWORD).await;
    assert!(matches!(locked, Err(LoginError::Locked { .. })), "{locked:?}");
    stage.app.platform.clock.advance_ms(LOCK_MS);
    let let_in = try_from(ATTEMPTS_EVERYWHERE_MAX, crate::DEVELOPMENT_PASSWORD).await;
    assert!(let_in.is_ok(), "{let_in:?}");
}

#[tokio::test]
async fn one_address_cannot_try_log_ins_for_ever() {
    for path in ["/en/staff/login", "/en/id/login"] {
        let stage = Stage::new().await;
        let mut refused = 0;
        for number in 0..=crate::rate::LOG_INS_BURST.get() {
            let email = format!("person-{number}@aim.example");
            // No password, so that nothing is hashed.
            let answer = stage.post_form(path, "", &[("mail", email.as_str())]).await;
            refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
        }
        assert!(refused > 0, "nobody stopped it at {path}");
        // Pages go on.
        assert_eq!(stage.get("/en/staff/login", "").await.status, StatusCode::OK);
    }
}
