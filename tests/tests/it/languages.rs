//! Services in other languages than Rust, whole language engines in a component: built by the usual tools,
//! published, compiled in sight of the developer, approved, and open to citizens.

use std::path::Path;

use aim_runtime::{Finding, JavaScriptFeature};
use aim_tests::actors::citizen::{Citizen, ORDINARY};
use aim_tests::guests::{self, languages};
use aim_tests::paths;
use reqwest::StatusCode;

use crate::stage::Stage;

/// Publishes the component and does not wait; answers with the submission's id.
async fn publish(stage: &Stage, folder: &Path, component: &Path) -> String {
    let (folder, component) = (folder.to_str().unwrap(), component.to_str().unwrap());
    let published = stage
        .developer
        .aim(&["publish", folder, "--component", component])
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&published.stdout);
    assert!(published.status.success(), "{published:?}");
    let mut lines = said.lines();
    let id = lines.find_map(|line| line.trim().strip_prefix("submission"));
    id.unwrap().trim().to_owned()
}

/// Looks at the submission's page until it shows how far the compilation is.
async fn watch(stage: &Stage, id: &str) {
    loop {
        let page = stage
            .developer
            .citizen
            .page(&format!("/developers/submissions/{id}"))
            .await
            .unwrap();
        if page.body.contains("Compiling:") && page.body.contains("<progress") {
            return;
        }
        let state = stage.developer.submission(id).await.unwrap();
        assert_eq!(
            state.text("state"),
            "vetting",
            "it was compiled unseen: {}",
            state.body
        );
    }
}

/// `aim status --wait` until vetting passed; answers with what it said on the way.
async fn wait(stage: &Stage, id: &str) -> String {
    let waited = stage.developer.aim(&["status", id, "--wait"]).await.unwrap();
    assert!(waited.status.success(), "{waited:?}");
    String::from_utf8_lossy(&waited.stderr).into_owned()
}

/// What the report says about the compilation.
async fn compilation(stage: &Stage, id: &str) -> String {
    let submission = stage.developer.submission(id).await.unwrap();
    let checks = submission.body["report"]["checks"].as_array().unwrap();
    let compiles = checks.iter().find(|check| check["code"] == "compiles").unwrap();
    compiles["evidence"][0].as_str().unwrap().to_owned()
}

/// Public holidays of 2026 in the data set that the platform serves.
fn holidays() -> usize {
    let rows = paths::project().join("host/gov/data/open-data/az-public-holidays.csv");
    let rows = std::fs::read_to_string(rows).unwrap();
    rows.lines().filter(|row| row.starts_with("2026-")).count()
}

async fn goes_the_whole_way(stage: &Stage, citizen: &Citizen, name: &str, component: &Path) {
    let id = publish(stage, &guests::guest(name), component).await;
    watch(stage, &id).await;
    let said = wait(stage, &id).await;
    assert!(said.contains("compiling, "), "{said}");
    let compilation = compilation(stage, &id).await;
    assert!(compilation.contains(" 0 of them"), "{compilation}");
    stage.panel.approve(&stage.developer, &id).await.unwrap();

    let origin = stage.platform.origin(name);
    let expected = format!("Hello Aygün, 2026 has {} holidays; answer 1\n", holidays());
    // The second answer counts from 1 again: no request sees what another one left in memory.
    for _ in 0..2 {
        let page = citizen
            .open(&format!("{origin}/?name=Aygün&year=2026"))
            .await
            .unwrap();
        assert_eq!(page.body, expected, "{page}");
    }
    let page = citizen
        .open(&format!("{origin}/?name=<Orxan>&year=1900"))
        .await
        .unwrap();
    assert_eq!(
        page.body, "Hello <Orxan>, 1900 has 0 holidays; answer 1\n",
        "{page}"
    );
}

/// What it prints and why it failed is in its log, as in any program of its language.
async fn says_why(stage: &Stage, name: &str, place: &str) {
    let failed = stage.ask(name, "/?year=soon").await;
    assert_eq!(failed.status, StatusCode::BAD_GATEWAY, "{failed}");
    let log = format!("/developers/services/{name}/logs");
    let log = stage.developer.citizen.page(&log).await.unwrap();
    let log = log.ok().unwrap().body;
    for said in ["asked for 2026", "asked for soon", "not a year: soon", place] {
        assert!(log.contains(said), "no `{said}` in {log}");
    }
}

/// Another version with the same engine: nearly all of its functions are as they were.
async fn next_version_takes_over(stage: &Stage, name: &str, component: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let manifest = std::fs::read_to_string(guests::guest(name).join("aim.toml")).unwrap();
    let manifest = manifest.replace("1.0.0", "1.0.1");
    std::fs::write(folder.path().join("aim.toml"), manifest).unwrap();
    // A custom section `note` without content: other bytes, another digest.
    let bytes = [std::fs::read(component).unwrap(), b"\0\x05\x04note".to_vec()].concat();
    let next = folder.path().join("next.wasm");
    std::fs::write(&next, bytes).unwrap();
    let id = publish(stage, folder.path(), &next).await;
    wait(stage, &id).await;
    let said = compilation(stage, &id).await;
    let numbers: Vec<u32> = said.split(' ').filter_map(|word| word.parse().ok()).collect();
    let [functions, reused] = numbers[..] else {
        panic!("{said}")
    };
    assert!(reused > functions / 10 * 9, "{said}");
}

/// What the tool notes about itself is what the platform looks for.
#[tokio::test]
async fn javascript_without_random_or_clocks_is_refused() {
    let component = languages::hello_js_without(&["random", "clocks"]).await.unwrap();
    let findings = aim_runtime::inspect(&std::fs::read(component).unwrap()).unwrap_err();
    let lacking = [JavaScriptFeature::Random, JavaScriptFeature::Clocks];
    assert_eq!(findings, lacking.map(Finding::JavaScriptWithout));
}

#[tokio::test(flavor = "multi_thread")]
async fn javascript_and_python_go_the_whole_way() {
    let (js, py) = tokio::join!(languages::hello_js(), languages::hello_py());
    let (js, py) = (js.unwrap(), py.unwrap());
    let stage = Stage::start().await;
    let citizen = Citizen::new(&stage.platform.url, ORDINARY, "az").unwrap();
    citizen.log_in().await.unwrap();
    goes_the_whole_way(&stage, &citizen, "hello-js", &js).await;
    goes_the_whole_way(&stage, &citizen, "hello-py", &py).await;
    says_why(&stage, "hello-js", "handle@hello.js").await;
    says_why(&stage, "hello-py", "app.py").await;
    next_version_takes_over(&stage, "hello-js", &js).await;
    stage.platform.stop().await.unwrap();
}
