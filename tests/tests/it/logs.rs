//! What a service says reaches its developer, with the request that it was said in, and nobody else.

use aim_tests::actors::citizen::Citizen;
use aim_tests::actors::developer::ELCHIN;
use aim_tests::guests;
use reqwest::StatusCode;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn log_lines_and_panics_reach_the_developer_alone() {
    let stage = Stage::start().await;
    let folder = guests::guest("talkative");
    let component = guests::build(&folder).await.unwrap();
    let manifest = std::fs::read_to_string(folder.join("aim.toml")).unwrap();
    stage.deploy(&manifest, &std::fs::read(component).unwrap()).await;

    assert_eq!(stage.ask("talkative", "/").await.body, "said");
    let failed = stage.ask("talkative", "/panic").await;
    assert_eq!(failed.status, StatusCode::BAD_GATEWAY, "{failed}");
    assert!(!failed.body.contains("tariffs"), "{failed}");

    let developer = &stage.developer.citizen;
    let log = developer
        .page("/developers/services/talkative/logs")
        .await
        .unwrap();
    let log = log.ok().unwrap().body;
    for said in [
        "the table is a month old",
        "<code>tariffs</code>",
        "the table of tariffs is empty",
    ] {
        assert!(log.contains(said), "no `{said}` in {log}");
    }
    // The citizen can quote the request; the developer finds it by that.
    let request = log
        .split("<code>req_")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    let request = format!("req_{}", request.unwrap());
    assert!(failed.body.contains(&request), "{request} is not in {failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_during_vetting_are_named_in_the_command_on_the_page_and_in_the_log() {
    let stage = Stage::start().await;
    let folder = guests::guest("faulty");
    let component = guests::build(&folder).await.unwrap();
    let folder = folder.display().to_string();
    let component = component.display().to_string();
    let published = ["publish", &folder, "--wait", "--component", &component];
    let output = stage.developer.aim(&published).await.unwrap();
    let terminal = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(5), "{terminal}");

    let developer = &stage.developer.citizen;
    let id = terminal
        .lines()
        .find_map(|line| line.trim().strip_prefix("submission"))
        .unwrap()
        .trim();
    let report = developer
        .page(&format!("/developers/submissions/{id}"))
        .await
        .unwrap();
    let log = developer.page("/developers/services/faulty/logs").await.unwrap();
    for shown in [
        terminal.clone(),
        report.ok().unwrap().body,
        log.ok().unwrap().body,
    ] {
        for said in [
            "the table of tariffs is empty",
            "and so is the cache",
            "src/lib.rs:9",
            "declare it as a",
        ] {
            assert!(shown.contains(said), "no `{said}` in {shown}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn log_survives_a_restart_with_paths_and_versions() {
    let stage = Stage::start().await;
    let folder = guests::guest("talkative");
    let component = guests::build(&folder).await.unwrap();
    let manifest = std::fs::read_to_string(folder.join("aim.toml")).unwrap();
    stage.deploy(&manifest, &std::fs::read(component).unwrap()).await;
    let asked = stage.ask("talkative", "/before/the-stop?name=Leyla").await;
    assert_eq!(asked.body, "said");

    let stopped = stage.platform.stop().await.unwrap();
    let platform = stopped.start().await.unwrap();
    let developer = Citizen::new(&platform.url, ELCHIN, "en").unwrap();
    developer.log_in().await.unwrap();
    let log = developer
        .page("/developers/services/talkative/logs")
        .await
        .unwrap();
    let log = log.ok().unwrap().body;
    for said in ["the table is a month old", "GET /before/the-stop", "1.0.0"] {
        assert!(log.contains(said), "no `{said}` in {log}");
    }
    assert!(!log.contains("Leyla"), "{log}");
}
