//! Who may say yes, and what a yes is about.

use aim_gov::db::Db;
use aim_tests::actors::developer::TAX_ID;
use aim_tests::actors::officer::{AYSEL, NIGAR, Officer};
use aim_tests::html::Form;
use aim_tests::http::{self, Page};
use aim_tests::postgres::Postgres;
use reqwest::StatusCode;
use tokio::time::timeout;

use crate::stage::{Stage, answering, ask, manifest};

/// Sends the form that `offered` was shown to somebody who was not, and must be turned away.
async fn assert_forbidden(offered: &Page, form: Form, to: &Officer) {
    let answer = to.agent.submit(offered, &form).await.unwrap();
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_different_officers_must_approve() {
    two_different_officers(Stage::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_different_officers_must_approve_on_postgresql() {
    let postgres = Postgres::start().await.unwrap();
    two_different_officers(Stage::start_on(postgres.database().await.unwrap()).await).await;
}

async fn two_different_officers(stage: Stage) {
    let id = stage
        .developer
        .publish_bytes(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await
        .unwrap();
    let stale = stage.panel.first.verify(&id).await.unwrap();
    let form = Officer::approval(&stale).unwrap();
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
    let offered = stage.panel.second.submission(&id).await.unwrap();
    let yes = Officer::approval(&offered).unwrap();
    assert_forbidden(&offered, yes, &director).await;
    assert_eq!(stage.ask("tea-house", "/").await.status, StatusCode::NOT_FOUND);

    stage.panel.second.approve(&id).await.unwrap().ok().unwrap();
    assert_eq!(stage.ask("tea-house", "/").await.body, "tea");
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn approval_is_refused_to_officers_of_the_publisher() {
    let stage = Stage::start().await;
    let id = stage
        .developer
        .publish_bytes(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await
        .unwrap();
    let director = Officer::log_in(&stage.platform.url, NIGAR, "en").await.unwrap();
    director.tie(AYSEL, TAX_ID).await.unwrap();
    let panel = &stage.panel;
    assert!(!panel.first.may_approve(&id).await.unwrap());
    // The page does not offer it; the form that others are offered, sent nevertheless, is refused.
    let offered = panel.second.verify(&id).await.unwrap();
    let yes = Officer::approval(&offered).unwrap();
    assert_forbidden(&offered, yes, &panel.first).await;
    assert_eq!(
        stage.developer.submission(&id).await.unwrap().text("state"),
        "vetted"
    );
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_service_answers_nobody_and_comes_back_only_through_the_director() {
    let stage = Stage::start().await;
    let id = stage
        .deploy(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await;
    stage.panel.first.act(&id, "suspend").await.unwrap();
    assert_eq!(
        stage.ask("tea-house", "/").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let director = Officer::log_in(&stage.platform.url, NIGAR, "en").await.unwrap();
    let offered = director.submission(&id).await.unwrap();
    let again = offered.form_to("/resume").unwrap();
    // The officer's page does not offer it.
    assert!(
        stage
            .panel
            .second
            .submission(&id)
            .await
            .unwrap()
            .form_to("/resume")
            .is_err()
    );
    let form = again.fill("reason", "It is fine.").unwrap();
    assert_forbidden(&offered, form, &stage.panel.second).await;
    assert_eq!(
        stage.ask("tea-house", "/").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
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
    let (saw_two, mut seen_two) = tokio::sync::mpsc::unbounded_channel();
    let load: Vec<_> = (0..8)
        .map(|_| {
            let (stopped, url) = (stopped.clone(), stage.platform.origin("tea-house"));
            let saw_two = saw_two.clone();
            tokio::spawn(async move {
                let client = aim_tests::http::plain().unwrap();
                let (mut one, mut two) = (0_u32, 0_u32);
                while !*stopped.borrow() {
                    let response = client.get(&url).send().await.unwrap();
                    assert_eq!(response.status(), StatusCode::OK);
                    match response.text().await.unwrap().as_str() {
                        "one" => one += 1,
                        "two" => {
                            two += 1;
                            // Nobody counts them any more once all were told.
                            let _ = saw_two.send(());
                        }
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
    timeout(http::ANSWER_MAX, seen_two.recv()).await.unwrap().unwrap();
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
async fn suspended_service_is_suspended_after_a_restart_too() {
    let stage = Stage::start().await;
    let id = stage
        .deploy(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await;
    stage.panel.first.act(&id, "suspend").await.unwrap();
    let platform = stage.platform.kill().await.unwrap().start().await.unwrap();
    assert_eq!(
        ask(&platform, "tea-house", "/").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let director = Officer::log_in(&platform.url, NIGAR, "en").await.unwrap();
    director.act(&id, "resume").await.unwrap();
    assert_eq!(ask(&platform, "tea-house", "/").await.body, "tea");
    platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_keeps_everything() {
    let stage = Stage::start().await;
    stage
        .deploy(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await;
    let stopped = stage.platform.stop().await.unwrap();
    assert!(stopped.status.success(), "{:?}", stopped.status);
    let platform = stopped.start().await.unwrap();
    assert_eq!(ask(&platform, "tea-house", "/").await.body, "tea");
    let developer = stage.developer.at_platform(&platform.url);
    let service = developer.service("tea-house").await.unwrap();
    assert_eq!(service.body["live"]["version"], "1.0.0", "{}", service.body);
    platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_name_outlasts_withdrawal_and_next_version() {
    suspended_name(Stage::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_name_outlasts_withdrawal_and_next_version_on_postgresql() {
    let postgres = Postgres::start().await.unwrap();
    suspended_name(Stage::start_on(postgres.database().await.unwrap()).await).await;
}

async fn suspended_name(stage: Stage) {
    let first = stage
        .deploy(&manifest("tea-house", "1.0.0", "[]"), &answering("one"))
        .await;
    stage.panel.first.act(&first, "suspend").await.unwrap();
    stage.developer.withdraw(&first).await.unwrap();
    let second = stage
        .developer
        .publish_bytes(&manifest("tea-house", "2.0.0", "[]"), &answering("two"))
        .await
        .unwrap();
    // Both officers approve the next version, which changes nothing for citizens.
    assert!(stage.panel.approve(&stage.developer, &second).await.is_err());
    assert_eq!(
        stage.developer.submission(&second).await.unwrap().text("state"),
        "approved"
    );
    assert_ne!(stage.ask("tea-house", "/").await.body, "two");
    let platform = stage.platform.kill().await.unwrap().start().await.unwrap();
    assert_ne!(ask(&platform, "tea-house", "/").await.body, "two");
    let director = Officer::log_in(&platform.url, NIGAR, "en").await.unwrap();
    director.act(&second, "resume").await.unwrap();
    let officer = Officer::log_in(&platform.url, AYSEL, "en").await.unwrap();
    officer.act(&second, "deploy").await.unwrap();
    assert_eq!(ask(&platform, "tea-house", "/").await.body, "two");
    platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_limits_are_refused_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite:{}", folder.path().join("aim.db").display());
    edited_limits(database).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_limits_are_refused_at_the_next_start_on_postgresql() {
    let postgres = Postgres::start().await.unwrap();
    edited_limits(postgres.database().await.unwrap()).await;
}

/// Changes a column of every submission past the platform.
async fn edit(database: &str, column: &str, from: &str, to: &str) {
    let db = Db::open(database).await.unwrap();
    let sql = match column {
        "state_data" => "UPDATE submission SET state_data = REPLACE(state_data, $1, $2)",
        _ => "UPDATE submission SET manifest_data = REPLACE(manifest_data, $1, $2)",
    };
    let edited = db.run(sqlx::query(sql).bind(from).bind(to)).await.unwrap();
    assert_eq!(edited, 1);
}

async fn edited_limits(database: String) {
    let stage = Stage::start_on(database.clone()).await;
    let id = stage
        .deploy(&manifest("tea-house", "1.0.0", "[]"), &answering("tea"))
        .await;
    let mut stopped = stage.platform.stop().await.unwrap();
    for (column, asked, edited, words) in [
        (
            "state_data",
            "\"citizens_max\":200",
            "\"citizens_max\":99999",
            "An approval gives other limits than the log of decisions says",
        ),
        (
            "manifest_data",
            "\"days\":180",
            "\"days\":365",
            "The kept manifest differs from the vetted one: limits",
        ),
    ] {
        edit(&database, column, asked, edited).await;
        let platform = stopped.start().await.unwrap();
        assert_ne!(ask(&platform, "tea-house", "/").await.body, "tea", "{column}");
        let officer = Officer::log_in(&platform.url, AYSEL, "en").await.unwrap();
        let page = officer.submission(&id).await.unwrap().text();
        assert!(
            page.contains("has not loaded it") && page.contains(words),
            "{column}: {page}"
        );
        stopped = platform.stop().await.unwrap();
        edit(&database, column, edited, asked).await;
    }
    let platform = stopped.start().await.unwrap();
    assert_eq!(ask(&platform, "tea-house", "/").await.body, "tea");
    platform.stop().await.unwrap();
}
