//! What is not a component, or not an honest manifest, gets an answer of its own.

use reqwest::StatusCode;

use crate::stage::{Stage, answering, manifest};

/// More than any component may have.
const HUGE: usize = 100_000_000;

#[tokio::test(flavor = "multi_thread")]
async fn each_wrong_file_is_called_by_its_name() {
    let stage = Stage::start().await;
    let elf = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let elf = elf.get(..4096).unwrap().to_vec();
    let mut precompiled = elf.clone();
    precompiled[7] = 200;
    let files = [
        ("elf-file", elf),
        ("core-module", wat::parse_str("(module)").unwrap()),
        ("wasm-text", b"(component)".to_vec()),
        ("precompiled-code", precompiled),
        ("not-wasm", b"hello, this is certainly no component".to_vec()),
    ];
    for (n, (expected, bytes)) in files.into_iter().enumerate() {
        let manifest = manifest(&format!("file-{n}"), "1.0.0", "[]");
        let announced = stage.developer.announce(&manifest, &bytes).await.unwrap();
        assert_eq!(announced.status, StatusCode::CREATED, "{}", announced.body);
        let answer = stage
            .developer
            .upload(announced.text("upload"), bytes)
            .await
            .unwrap();
        assert!(answer.status.is_client_error(), "{expected}: {}", answer.body);
        assert_eq!(answer.code(), expected, "{}", answer.body);
        assert!(!answer.text("detail").is_empty());
    }

    let empty = stage
        .developer
        .announce(&manifest("empty", "1.0.0", "[]"), b"")
        .await
        .unwrap();
    assert_eq!(empty.code(), "empty-component", "{}", empty.body);
    let huge = vec![0; HUGE];
    let answer = stage
        .developer
        .announce(&manifest("huge", "1.0.0", "[]"), &huge)
        .await
        .unwrap();
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::PAYLOAD_TOO_LARGE, "component-too-large")
    );
    stage.platform.stop().await.unwrap();
}

/// A liar announces a small file and sends a large one, or another one.
#[tokio::test(flavor = "multi_thread")]
async fn upload_shorter_than_announced_is_refused() {
    let stage = Stage::start().await;
    let good = answering("good");
    let announced = stage
        .developer
        .announce(&manifest("liar", "1.0.0", "[]"), &good)
        .await
        .unwrap();
    let path = announced.text("upload").to_owned();
    let mut huge = good.clone();
    huge.resize(HUGE, 0);
    let answer = stage.developer.upload(&path, huge).await.unwrap();
    assert_eq!(answer.code(), "component-too-large", "{}", answer.body);
    let answer = stage.developer.upload(&path, answering("evil")).await.unwrap();
    assert_eq!(answer.code(), "wrong-hash", "{}", answer.body);
    let answer = stage.developer.upload(&path, good).await.unwrap();
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_of_a_manifest_are_named() {
    let stage = Stage::start().await;
    let wrong =
        "name = \"X\"\nversion = \"one\"\ncapabilities = [\"teleport\"]\nsurprise = 1\n[title]\nen = \"x\"\n";
    let answer = stage.developer.announce(wrong, &answering("good")).await.unwrap();
    assert_eq!(
        (answer.status, answer.code()),
        (StatusCode::UNPROCESSABLE_ENTITY, "bad-manifest")
    );
    let named: Vec<_> = answer.body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap().to_owned())
        .collect();
    for field in [
        "name",
        "version",
        "capabilities",
        "surprise",
        "title.az",
        "summary",
        "contact",
    ] {
        assert!(
            named.iter().any(|name| name.starts_with(field)),
            "`{field}` is not named in {named:?}"
        );
    }
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn import_outside_the_manifest_does_not_pass_vetting() {
    let stage = Stage::start().await;
    let logging = aim_tests::guests::hostile::component().unwrap();
    // `aim publish` would refuse it on the developer's own machine; the API is open to any program.
    let announced = stage
        .developer
        .announce(&manifest("sly", "1.0.0", "[]"), &logging)
        .await
        .unwrap();
    let sent = stage
        .developer
        .upload(announced.text("upload"), logging)
        .await
        .unwrap();
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.body);
    let id = announced.text("id");
    let output = stage.developer.aim(&["status", id, "--wait"]).await.unwrap();
    assert_eq!(output.status.code(), Some(5));

    let submission = stage.developer.submission(id).await.unwrap();
    assert_eq!(submission.text("state"), "vetting-failed", "{}", submission.body);
    let failed: Vec<_> = submission.body["report"]["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["outcome"] == "failed" && check["severity"] == "block")
        .collect();
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0]["code"], "imports-declared");
    assert!(
        failed[0]["evidence"].to_string().contains("logging"),
        "{failed:?}"
    );
    assert!(!stage.panel.first.may_approve(id).await.unwrap());
    stage.platform.stop().await.unwrap();
}

/// A version that was refused stays refused: the command must not call it published.
#[tokio::test(flavor = "multi_thread")]
async fn refused_version_cannot_be_published_again() {
    let stage = Stage::start().await;
    let (manifest, component) = (manifest("tea-house", "1.0.0", "[]"), answering("tea"));
    let id = stage
        .developer
        .publish_bytes(&manifest, &component)
        .await
        .unwrap();
    stage.panel.first.act(&id, "reject").await.unwrap();
    let again = stage.developer.publish_bytes(&manifest, &component).await;
    let said = again.unwrap_err().to_string();
    assert!(!said.contains("published tea-house"), "{said}");
    for words in [
        "version 1.0.0 of `tea-house` was published on 20",
        "rejected by an officer on 20",
        "choose a new version number [version-ended]",
    ] {
        assert!(said.contains(words), "{said}");
    }
    stage.platform.stop().await.unwrap();
}

/// What is said of a version that is there already is true, and so is the exit code.
#[tokio::test(flavor = "multi_thread")]
async fn republished_version_is_told_what_became_of_it() {
    let stage = Stage::start().await;
    let folder = tempfile::tempdir().unwrap();
    let publish = async |version: &str, component: &[u8]| {
        std::fs::write(
            folder.path().join("aim.toml"),
            manifest("tea-house", version, "[]"),
        )
        .unwrap();
        let file = folder.path().join("component.wasm");
        std::fs::write(&file, component).unwrap();
        let (folder, file) = (folder.path().display().to_string(), file.display().to_string());
        let output = stage
            .developer
            .aim(&["publish", &folder, "--component", &file])
            .await
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    };
    let first = stage
        .deploy(&manifest("tea-house", "0.3.0", "[]"), &answering("one"))
        .await;
    // What runs is not published again.
    let (code, said) = publish("0.3.0", &answering("one")).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("tea-house 0.3.0 was published before") && said.contains("nothing was sent"),
        "{said}"
    );
    stage
        .deploy(&manifest("tea-house", "0.4.0", "[]"), &answering("two"))
        .await;
    for (version, component, words) in [
        (
            "0.3.0",
            "one",
            "and replaced by 0.4.0; choose a new version number [version-ended]",
        ),
        (
            "0.3.9",
            "new",
            "is older than 0.4.0, which is `deployed`; choose a version above 0.4.0 [version-older]",
        ),
        (
            "0.4.0+2",
            "new",
            "is the same version as 0.4.0, which is there already",
        ),
    ] {
        let (code, said) = publish(version, &answering(component)).await;
        assert_eq!(code, Some(5), "{version}: {said}");
        assert!(
            said.contains(words) && !said.contains("published tea-house"),
            "{version}: {said}"
        );
    }
    assert_eq!(
        stage.developer.submission(&first).await.unwrap().text("state"),
        "superseded"
    );
    stage.platform.stop().await.unwrap();
}
