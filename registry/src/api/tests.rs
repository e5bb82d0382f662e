mod spaces;
mod tokens;
mod versions;

use axum::body::Body;
use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::{Value, json};

use crate::component_store::{COMPONENT_BYTES_MAX, digest_of};
use crate::testing::{Answer, EMPTY_COMPONENT, NOW, Stage, manifest, request};

async fn announce(stage: &Stage, body: &Value) -> Answer {
    let request = request("POST", "/api/v1/submissions")
        .header(header::AUTHORIZATION, format!("Bearer {}", stage.secret))
        .header(header::CONTENT_TYPE, "application/json");
    stage
        .send(request.body(Body::from(body.to_string())).unwrap())
        .await
}

fn announcement(manifest: &str, component: &[u8]) -> Value {
    json!({
        "manifest": manifest,
        "component_sha256": digest_of(component),
        "component_bytes": component.len(),
    })
}

async fn announced(stage: &Stage, component: &[u8]) -> String {
    let answer = announce(stage, &announcement(&manifest("water-meter", "1.0.0"), component)).await;
    assert!(answer.status.is_success(), "{}", answer.body);
    answer.json()["upload"].as_str().unwrap().to_owned()
}

async fn upload(stage: &Stage, path: &str, body: impl Into<Body>) -> Answer {
    let request = request("PUT", path).header(header::AUTHORIZATION, format!("Bearer {}", stage.secret));
    stage.send(request.body(body.into()).unwrap()).await
}

fn assert_problem(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!(
        (answer.status, answer.json()["code"].as_str()),
        (status, Some(code)),
        "{}",
        answer.body
    );
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/problem+json");
    assert_eq!(answer.json()["status"], status.as_u16());
    assert!(
        answer.json()["detail"].as_str().unwrap().len() > 20,
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn version_is_announced_uploaded_and_waits_for_vetting() {
    let stage = Stage::new().await;
    let text = manifest("water-meter", "1.0.0");
    let answer = announce(&stage, &announcement(&text, EMPTY_COMPONENT)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let first = answer.json();
    assert_eq!(
        (&first["state"], &first["service"]),
        (&json!("draft"), &json!("water-meter"))
    );
    let path = first["upload"].as_str().unwrap();
    let answer = upload(&stage, path, EMPTY_COMPONENT).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
    assert_eq!(answer.json()["state"], "vetting");
    assert!(
        stage
            .app
            .components
            .get(&digest_of(EMPTY_COMPONENT))
            .await
            .unwrap()
            .is_some()
    );

    // The same again is the same submission, and starts nothing twice.
    stage.app.platform.clock.advance_ms(1_000);
    let again = announce(&stage, &announcement(&text, EMPTY_COMPONENT)).await;
    assert_eq!(
        (again.status, &again.json()["id"]),
        (StatusCode::OK, &first["id"])
    );
    assert_eq!(
        upload(&stage, path, EMPTY_COMPONENT).await.json()["state"],
        "vetting"
    );

    let shown = stage
        .send(
            request(
                "GET",
                &format!("/api/v1/submissions/{}", first["id"].as_str().unwrap()),
            )
            .header(header::AUTHORIZATION, format!("Bearer {}", stage.secret))
            .body(Body::empty())
            .unwrap(),
        )
        .await;
    assert_eq!(shown.json()["digest"], digest_of(EMPTY_COMPONENT));
}

#[tokio::test]
async fn version_with_other_content_needs_another_number() {
    let stage = Stage::new().await;
    let path = announced(&stage, EMPTY_COMPONENT).await;
    // Nothing arrived yet: the draft may still change.
    let other = [EMPTY_COMPONENT, &[0]].concat();
    assert_eq!(announced(&stage, &other).await, path);
    assert_eq!(announced(&stage, EMPTY_COMPONENT).await, path);
    upload(&stage, &path, EMPTY_COMPONENT).await;
    let text = manifest("water-meter", "1.0.0");
    let answer = announce(&stage, &announcement(&text, &other)).await;
    assert_problem(&answer, StatusCode::CONFLICT, "version-exists");
    let answer = announce(
        &stage,
        &announcement(&format!("{text}\n# other"), EMPTY_COMPONENT),
    )
    .await;
    assert_problem(&answer, StatusCode::CONFLICT, "version-exists");
}

#[tokio::test]
async fn name_belongs_to_who_took_it_first() {
    let stage = Stage::new().await;
    announced(&stage, EMPTY_COMPONENT).await;
    let token = stage.another_organisation().await;
    let wish = stage.announcement(&manifest("water-meter", "2.0.0"), EMPTY_COMPONENT);
    let refused = crate::publish::announce(&stage.app, &token, wish)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, crate::publish::PublishError::NameTaken(_)),
        "{refused}"
    );
}

#[tokio::test]
async fn every_wrong_file_gets_an_error_of_its_own() {
    let stage = Stage::new().await;
    for (file, code) in [
        (&b"\x7fELF\x02\x01\x01\0........"[..], "elf-file"),
        (b"\x7fELF\x02\x01\x01\xc8........", "precompiled-code"),
        (b"\0asm\x01\0\0\0", "core-module"),
        (b"(component)", "wasm-text"),
        (b"hello, world", "not-wasm"),
    ] {
        let path = announced(&stage, file).await;
        let answer = upload(&stage, &path, file.to_vec()).await;
        assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, code);
        assert_eq!(stage.app.components.get(&digest_of(file)).await.unwrap(), None);
    }
    let path = announced(&stage, EMPTY_COMPONENT).await;
    let answer = upload(&stage, &path, Body::empty()).await;
    assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "empty-component");
    let answer = upload(&stage, &path, [EMPTY_COMPONENT, &[0]].concat()).await;
    assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "wrong-size");
    let answer = upload(&stage, &path, b"\0asm\x0d\0\x01\x01".to_vec()).await;
    assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "unknown-wasm-version");
    let longer = [EMPTY_COMPONENT, b"\0\x02\x01a"].concat();
    let path = announced(&stage, &longer).await;
    let answer = upload(&stage, &path, [EMPTY_COMPONENT, b"\0\x02\x01b"].concat()).await;
    assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "wrong-hash");
    // Nothing of it counts: the right file is still welcome.
    assert_eq!(upload(&stage, &path, longer).await.status, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn huge_upload_is_refused_before_it_is_read() {
    let stage = Stage::new().await;
    let mut body = announcement(&manifest("water-meter", "1.0.0"), EMPTY_COMPONENT);
    body["component_bytes"] = json!(100_000_000);
    assert_problem(
        &announce(&stage, &body).await,
        StatusCode::PAYLOAD_TOO_LARGE,
        "component-too-large",
    );
    let path = announced(&stage, EMPTY_COMPONENT).await;
    let said = request("PUT", &path)
        .header(header::AUTHORIZATION, format!("Bearer {}", stage.secret))
        .header(header::CONTENT_LENGTH, "100000000")
        .body(Body::empty())
        .unwrap();
    assert_problem(
        &stage.send(said).await,
        StatusCode::PAYLOAD_TOO_LARGE,
        "component-too-large",
    );
    // Without a length, it is counted; how much was asked for shows where we stop to listen.
    const PIECE: usize = 1024 * 1024;
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = asked.clone();
    let endless = futures::stream::repeat_with(move || {
        let first = counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0;
        let mut piece = vec![0; PIECE];
        if first {
            piece[..EMPTY_COMPONENT.len()].copy_from_slice(EMPTY_COMPONENT);
        }
        Ok::<_, std::io::Error>(Bytes::from(piece))
    });
    let answer = upload(&stage, &path, Body::from_stream(endless)).await;
    assert_problem(&answer, StatusCode::PAYLOAD_TOO_LARGE, "component-too-large");
    let limit = (usize::try_from(COMPONENT_BYTES_MAX).unwrap() + super::upload::DRAIN_BYTES_MAX) / PIECE;
    assert!(asked.load(std::sync::atomic::Ordering::SeqCst) <= limit + 3);
}

#[tokio::test]
async fn packed_upload_is_refused() {
    let stage = Stage::new().await;
    let path = announced(&stage, EMPTY_COMPONENT).await;
    let packed = request("PUT", &path)
        .header(header::AUTHORIZATION, format!("Bearer {}", stage.secret))
        .header(header::CONTENT_ENCODING, "gzip")
        .body(Body::from(EMPTY_COMPONENT))
        .unwrap();
    assert_problem(
        &stage.send(packed).await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "content-encoding",
    );
}

#[tokio::test]
async fn wrong_fields_of_the_manifest_are_named() {
    let stage = Stage::new().await;
    let text = manifest("gov-meter", "one").replace("\"payments\"", "\"telepathy\"");
    let answer = announce(&stage, &announcement(&text, EMPTY_COMPONENT)).await;
    assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "bad-manifest");
    let errors = answer.json()["errors"].clone();
    let named: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["field"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        named,
        [
            ("name", "reserved-name"),
            ("version", "not-a-version"),
            ("capabilities[1]", "unknown-capability"),
        ]
    );
    let answer = announce(&stage, &json!({ "manifest": "" })).await;
    assert_problem(&answer, StatusCode::UNPROCESSABLE_ENTITY, "bad-announcement");
    let mut body = announcement(&manifest("water-meter", "1.0.0"), EMPTY_COMPONENT);
    body["component_sha256"] = json!("xyz");
    assert_problem(
        &announce(&stage, &body).await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "bad-hash",
    );
}

#[tokio::test]
async fn unknown_api_path_answers_json() {
    let stage = Stage::new().await;
    let answer = stage
        .send(request("GET", "/api/v1/nothing").body(Body::empty()).unwrap())
        .await;
    assert_problem(&answer, StatusCode::NOT_FOUND, "not-found");
    let answer = stage
        .send(
            request("DELETE", "/api/v1/submissions")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_problem(&answer, StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed");
}

#[tokio::test]
async fn version_that_is_over_takes_no_component() {
    let stage = Stage::new().await;
    let path = announced(&stage, EMPTY_COMPONENT).await;
    let id = crate::domain::SubmissionId(path.split('/').nth(4).unwrap().to_owned());
    let by = (&stage.citizen, "Elçin");
    crate::deploy::withdraw(&stage.app, by, &stage.organisation, &id)
        .await
        .unwrap();
    let answer = upload(&stage, &path, EMPTY_COMPONENT).await;
    assert_problem(&answer, StatusCode::CONFLICT, "version-over");
    assert_eq!(
        stage
            .app
            .components
            .get(&digest_of(EMPTY_COMPONENT))
            .await
            .unwrap(),
        None
    );
}

#[tokio::test]
async fn component_that_was_announced_anew_meanwhile_is_not_taken_for_the_new_one() {
    let stage = Stage::new().await;
    let path = announced(&stage, EMPTY_COMPONENT).await;
    let id = crate::domain::SubmissionId(path.split('/').nth(4).unwrap().to_owned());
    let other = [EMPTY_COMPONENT, &[0]].concat();
    announced(&stage, &other).await;
    let late = crate::publish::received(&stage.app, &stage.token, &id, &digest_of(EMPTY_COMPONENT)).await;
    assert!(matches!(late, Err(crate::publish::PublishError::Moved)));
    assert_eq!(stage.submission(&id).await.state.code(), "draft");
}

#[tokio::test]
async fn organisation_has_so_many_submissions_on_their_way() {
    let stage = Stage::new().await;
    for patch in 0..crate::publish::UNDECIDED_MAX {
        let text = manifest("water-meter", &format!("1.0.{patch}"));
        let answer = announce(&stage, &announcement(&text, EMPTY_COMPONENT)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }
    let text = manifest("water-meter", "2.0.0");
    let answer = announce(&stage, &announcement(&text, EMPTY_COMPONENT)).await;
    assert_problem(&answer, StatusCode::TOO_MANY_REQUESTS, "too-many");
    // Nor does a name stay taken for what was refused.
    let text = manifest("tea-house", "1.0.0");
    announce(&stage, &announcement(&text, EMPTY_COMPONENT)).await;
    let mut reader = stage.app.platform.db.reader().await.unwrap();
    let name = aim_gov::invocation::ServiceId("tea-house".to_owned());
    assert_eq!(
        crate::store::service::owner(&mut reader, &name).await.unwrap(),
        None
    );
}

/// Whoever sends a few bytes now and then holds none of the room that others need.
#[tokio::test]
async fn trickling_uploads_do_not_keep_others_from_publishing() {
    use futures::StreamExt as _;

    use crate::domain::organisation::NewOrganisation;
    use crate::domain::token::Lifetime;

    let stage = Stage::new().await;
    let mut paths = Vec::new();
    for number in 0..crate::publish::UPLOADS_MAX {
        let citizen = aim_gov::invocation::CitizenId(format!("trickler-{number}"));
        let new = NewOrganisation::parse("Damcı MMC", &format!("15000000{number:02}")).unwrap();
        let made = crate::account::register(&stage.app, &citizen, new).await.unwrap();
        let (token, secret) =
            crate::account::create_token(&stage.app, (&citizen, "Elçin"), &made.id, "laptop", Lifetime::Day)
                .await
                .unwrap();
        let wish = stage.announcement(&manifest(&format!("drop-{number}"), "1.0.0"), EMPTY_COMPONENT);
        let draft = crate::publish::announce(&stage.app, &token, wish).await.unwrap();
        paths.push((
            format!("/api/v1/submissions/{}/component", draft.id.0),
            secrecy::ExposeSecret::expose_secret(&secret).to_owned(),
        ));
    }
    let (reading, mut read) = tokio::sync::mpsc::unbounded_channel();
    for (number, (path, secret)) in paths.into_iter().enumerate() {
        let reading = reading.clone();
        let drops = futures::stream::once(async move {
            reading.send(()).unwrap();
            Ok::<_, std::io::Error>(Bytes::from_static(b"\0asm"))
        });
        let body = Body::from_stream(drops.chain(futures::stream::pending()));
        // Each from an address of its own, so that no share of one address is used up.
        let address = std::net::Ipv4Addr::from([192, 0, 2, u8::try_from(number).unwrap()]);
        let request = request("PUT", &path)
            .header(header::AUTHORIZATION, format!("Bearer {secret}"))
            .extension(axum::extract::ConnectInfo(std::net::SocketAddr::from((
                address, 1,
            ))));
        let router = stage.router.clone();
        tokio::spawn(tower::ServiceExt::oneshot(router, request.body(body).unwrap()));
    }
    for _ in 0..crate::publish::UPLOADS_MAX {
        read.recv().await.unwrap();
    }
    assert_eq!(stage.app.uploads.free(), crate::publish::UPLOADS_MAX);
    let path = announced(&stage, EMPTY_COMPONENT).await;
    let answer = upload(&stage, &path, EMPTY_COMPONENT).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.body);
}

#[tokio::test]
async fn address_that_floods_the_api_is_told_to_wait() {
    let stage = Stage::new().await;
    let ask = async |from: &str| {
        let from: std::net::SocketAddr = from.parse().unwrap();
        let request = request("GET", "/api/v1/whoami").extension(axum::extract::ConnectInfo(from));
        stage.send(request.body(Body::empty()).unwrap()).await
    };
    let mut answer = ask("192.0.2.1:1").await;
    // Some come on top while the test sends.
    let mut left = 100 * crate::rate::API_BURST.get();
    while answer.status == StatusCode::UNAUTHORIZED && left > 0 {
        answer = ask("192.0.2.1:2").await;
        left -= 1;
    }
    assert_problem(&answer, StatusCode::TOO_MANY_REQUESTS, "too-many-requests");
    assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    // Nobody else notices.
    assert_eq!(ask("192.0.2.2:1").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn manifest_that_names_the_platforms_own_host_is_refused() {
    let stage = Stage::new().await;
    let text = manifest("water-meter", "1.0.0").replace("\"payments\"]", "\"payments\", \"outbound\"]");
    let text = format!("{text}[outbound]\nhosts = [\"bills.aim.example\"]\n");
    let app = crate::app::App {
        public_url: "https://aim.example".parse().unwrap(),
        ..stage.app.clone()
    };
    let announce = |app| {
        let announcement = stage.announcement(&text, EMPTY_COMPONENT);
        crate::publish::announce(app, &stage.token, announcement)
    };
    let refused = announce(&app).await;
    let Err(crate::publish::PublishError::Manifest(errors)) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(errors.0[0].code, "platform-host");
    // At another platform it is somebody's.
    assert!(announce(&stage.app).await.is_ok());
}
