//! Who may say yes, and what a yes is about.

use aim_tests::actors::officer::{NIGAR, Officer};
use reqwest::StatusCode;

use crate::stage::{Stage, answering, ask, manifest};

#[tokio::test(flavor = "multi_thread")]
async fn two_different_officers_must_approve() {
    let stage = Stage::start().await;
    let id = stage
        .developer
        .publish_bytes(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await
        .unwrap();
    let stale = stage.panel.first.submission(&id).await.unwrap();
    let form = stale
        .form_to("/approve")
        .unwrap()
        .fill("note", "looks good")
        .unwrap();
    let first = stage.panel.first.agent.submit(&stale, &form).await.unwrap();
    assert_eq!(first.status, StatusCode::OK, "{first}");
    assert!(!stage.panel.first.may_approve(&id).await.unwrap());
    // The page does not offer it; a form sent nevertheless is refused.
    let again = stage.panel.first.agent.submit(&stale, &form).await.unwrap();
    assert!(again.status.is_client_error(), "{again}");
    assert_eq!(
        stage.developer.submission(&id).await.unwrap().text("state"),
        "first-approved"
    );
    let director = Officer::log_in(&stage.platform.url, NIGAR, "en").await.unwrap();
    assert!(!director.may_approve(&id).await.unwrap());
    assert_eq!(stage.ask("tea-house", "/").await.status, StatusCode::NOT_FOUND);

    stage.panel.second.approve(&id).await.unwrap().ok().unwrap();
    assert_eq!(stage.ask("tea-house", "/").await.body, "tea");
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_approves_what_their_own_organisation_publishes() {
    let stage = Stage::start().await;
    let id = stage
        .developer
        .publish_bytes(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await
        .unwrap();
    let Stage { platform, panel, .. } = stage;
    let stopped = platform.stop().await.unwrap();
    // There is no page that ties an officer to a startup: their employer tells the operator.
    let database = format!("sqlite:{}", stopped.dir().join("aim.sqlite").display());
    let pool = sqlx::sqlite::SqlitePoolOptions::new()
        .connect(&database)
        .await
        .unwrap();
    let tied =
        sqlx::query("UPDATE staff SET organisation = (SELECT MIN(id) FROM organisation) WHERE email = $1")
            .bind(aim_tests::actors::officer::AYSEL)
            .execute(&pool)
            .await
            .unwrap();
    assert_eq!(tied.rows_affected(), 1);
    pool.close().await;
    let platform = stopped.start().await.unwrap();
    assert!(!panel.first.may_approve(&id).await.unwrap());
    assert!(panel.second.may_approve(&id).await.unwrap());
    platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_service_answers_nobody_and_comes_back_only_through_the_director() {
    let stage = Stage::start().await;
    let id = stage
        .deploy(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await;
    stage.panel.first.act(&id, "suspend").await.unwrap();
    assert_eq!(
        stage.ask("tea-house", "/").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert!(stage.panel.second.act(&id, "resume").await.is_err());
    let director = Officer::log_in(&stage.platform.url, NIGAR, "en").await.unwrap();
    director.act(&id, "resume").await.unwrap();
    assert_eq!(stage.ask("tea-house", "/").await.body, "tea");
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn version_2_replaces_version_1_without_a_failed_request() {
    let stage = Stage::start().await;
    stage
        .deploy(&manifest("tea-house", "1.0.0", "[]"), &answering("one"))
        .await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let load: Vec<_> = (0..8)
        .map(|_| {
            let (stopped, url) = (stopped.clone(), stage.platform.origin("tea-house"));
            tokio::spawn(async move {
                let client = aim_tests::http::plain().unwrap();
                let (mut one, mut two) = (0_u32, 0_u32);
                while !*stopped.borrow() {
                    let response = client.get(&url).send().await.unwrap();
                    assert_eq!(response.status(), StatusCode::OK);
                    match response.text().await.unwrap().as_str() {
                        "one" => one += 1,
                        "two" => two += 1,
                        other => panic!("neither version answers `{other}`"),
                    }
                }
                (one, two)
            })
        })
        .collect();
    stage
        .deploy(&manifest("tea-house", "2.0.0", "[]"), &answering("two"))
        .await;
    assert_eq!(stage.ask("tea-house", "/").await.body, "two");
    stop.send(true).unwrap();
    let (mut one, mut two) = (0, 0);
    for task in load {
        let (a, b) = task.await.unwrap();
        one += a;
        two += b;
    }
    assert!(
        one > 0 && two > 0,
        "{one} answers of version 1, {two} of version 2"
    );
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_keeps_everything() {
    let stage = Stage::start().await;
    stage
        .deploy(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await;
    let stopped = stage.platform.stop().await.unwrap();
    assert!(stopped.status.success(), "{:?}", stopped.status);
    let platform = stopped.start().await.unwrap();
    assert_eq!(ask(&platform, "tea-house", "/").await.body, "tea");
    let service = stage.developer.service("tea-house").await.unwrap();
    assert_eq!(service.body["live"]["version"], "1.0.0", "{}", service.body);
    platform.stop().await.unwrap();
}
