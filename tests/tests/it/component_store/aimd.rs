//! `aimd` with its components in a bucket.

use aim_registry::component_store::{Bucket, digest_of};
use aim_tests::actors::developer::{Developer, ELCHIN, STARTUP, TAX_ID};
use aim_tests::aimd::{Aimd, Desk, said};
use aim_tests::http;
use aim_tests::moto::Moto;
use aim_tests::pipeline::Panel;
use aim_tests::postgres::Postgres;
use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret as _;

use super::large;
use crate::stage::{answering, manifest};

/// Writes a configuration with this bucket, and what `aimd check` says about it.
async fn check(desk: &Desk, more: &str, bucket: &Bucket) -> (bool, String) {
    desk.write("secret", bucket.secret_access_key.expose_secret())
        .unwrap();
    let proxy = "trusted_proxies = [\"127.0.0.2/32\"]";
    desk.configure(&format!("{proxy}\n{more}\n{}", Moto::settings(bucket)))
        .unwrap();
    let checked = desk.run(&["check"]).await.unwrap();
    let said = said(&checked);
    assert!(!said.contains(bucket.secret_access_key.expose_secret()), "{said}");
    (checked.status.success(), said)
}

#[tokio::test(flavor = "multi_thread")]
async fn check_names_each_setting_of_a_bucket_that_cannot_be_used() {
    let moto = Moto::start().await.unwrap();
    let right = moto.demand_keys().await.unwrap();
    let desk = Desk::new().unwrap();
    assert_eq!(check(&desk, "", &right).await, (true, String::new()));
    let missing = Bucket {
        name: "nobodys-bucket".to_owned(),
        ..right.clone()
    };
    let stranger = Bucket {
        secret_access_key: "hunter2".into(),
        ..right.clone()
    };
    let elsewhere = Bucket {
        endpoint: "https://127.0.0.1:1".parse().unwrap(),
        ..right
    };
    for (bucket, words) in [
        (&missing, "aimd: s3.bucket: the store has no such bucket; make it"),
        (&stranger, "aimd: s3.access_key_id: the store refuses the key"),
        (&elsewhere, "aimd: s3.endpoint: the store does not answer"),
    ] {
        let (good, said) = check(&desk, "", bucket).await;
        assert!(!good && said.contains(words), "{words}: {said}");
    }
    // The database is asked too.
    let database = "database.url = \"postgres://aim@127.0.0.1:1/aim\"";
    let (_, said) = check(&desk, database, &missing).await;
    for words in ["could not be opened", "aimd: s3.bucket: "] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn store_over_tls_needs_a_certificate_that_the_system_trusts() {
    let mut desk = Desk::new().unwrap();
    let pair = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    desk.write("chain.pem", &pair.cert.pem()).unwrap();
    desk.write("key.pem", &pair.signing_key.serialize_pem()).unwrap();
    let (chain, key) = (desk.path("chain.pem"), desk.path("key.pem"));
    let moto = Moto::start_over_tls(&chain, &key).await.unwrap();
    let bucket = moto.bucket().unwrap();
    assert_eq!(bucket.endpoint.scheme(), "https");
    let (good, said) = check(&desk, "", &bucket).await;
    assert!(!good && said.contains("s3.endpoint: "), "{said}");
    desk.set("SSL_CERT_FILE", "chain.pem");
    assert_eq!(check(&desk, "", &bucket).await, (true, String::new()));
}

/// A component with so much in it that nobody reads that it is sent in parts.
fn large_component(text: &str) -> Vec<u8> {
    let mut component = answering(text);
    let padding = large(3);
    // A custom section (WebAssembly core specification, 5.5.3) with a name of one letter.
    component.push(0);
    let mut length = padding.len() + 2;
    while length >= 0x80 {
        component.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    component.extend([length as u8, 1, b'x']);
    component.extend(padding);
    component
}

/// What `/readyz` says.
async fn ready(aimd: &Aimd) -> (StatusCode, String) {
    let url = format!("http://{}/readyz", aimd.operator);
    let answer = http::plain().unwrap().get(url).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// What a service of this platform answers.
async fn ask(platform: &str, service: &str) -> (StatusCode, String) {
    let url = platform.replace("localhost", &format!("{service}.localhost"));
    let answer = http::plain().unwrap().get(url).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn service_runs_from_the_bucket_alone_and_without_it_once_it_runs() {
    let moto = Moto::start().await.unwrap();
    let postgres = Postgres::start().await.unwrap();
    let desk = Desk::new().unwrap();
    desk.write("url", &postgres.database().await.unwrap()).unwrap();
    desk.write("secret", "anything").unwrap();
    let url = desk
        .configure_sandbox(&format!(
            "database.url_file = \"url\"\nsecrets_key_file = \"secrets.key\"\n{}",
            Moto::settings(&moto.bucket().unwrap())
        ))
        .unwrap();
    let checked = desk.run(&["check"]).await.unwrap();
    assert!(checked.status.success(), "{}", said(&checked));
    let aimd = desk.serve().await.unwrap();
    assert_eq!(ready(&aimd).await.0, StatusCode::OK);
    let developer = Developer::start(&url, ELCHIN, STARTUP, TAX_ID).await.unwrap();
    let panel = Panel::log_in(&url).await.unwrap();
    let component = large_component("from the bucket");
    let id = developer
        .publish_bytes(&manifest("bucket", "1.0.0", "[]"), &component)
        .await
        .unwrap();
    panel.approve(&developer, &id).await.unwrap();
    let answered = (StatusCode::OK, "from the bucket".to_owned());
    assert_eq!(ask(&url, "bucket").await, answered);
    assert!(
        !desk.path("data/objects").exists(),
        "components are in the folder too"
    );
    let object = Moto::object_of(&digest_of(&component));
    let head = moto.ask(Method::HEAD, &object, Vec::new()).await.unwrap();
    let etag = head.headers()["etag"].to_str().unwrap();
    assert!(etag.ends_with("-3\""), "not in three parts: {etag}");

    // Another machine: nothing but the store, the database and its key are left. Changed bytes do not run there.
    assert!(aimd.stop().await.unwrap().success());
    std::fs::remove_dir_all(desk.path("data")).unwrap();
    moto.ask(Method::PUT, &object, answering("something else"))
        .await
        .unwrap();
    let aimd = desk.serve().await.unwrap();
    let (status, _) = ask(&url, "bucket").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(aimd.stop().await.unwrap().success());
    moto.ask(Method::PUT, &object, component).await.unwrap();
    let mut aimd = desk.serve().await.unwrap();
    assert_eq!(ask(&url, "bucket").await, answered);

    // The store is gone.
    moto.kill().await.unwrap();
    let (status, lines) = ready(&aimd).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(lines.contains("store: not ready"), "{lines}");
    aimd.logged("operator.store failed").await.unwrap();
    let lost = developer
        .announce(&manifest("lost", "1.0.0", "[]"), &answering("lost"))
        .await
        .unwrap();
    let refused = developer
        .upload(lost.text("upload"), answering("lost"))
        .await
        .unwrap();
    assert_eq!(
        (refused.status, refused.code()),
        (StatusCode::SERVICE_UNAVAILABLE, "store-unavailable")
    );
    assert!(
        refused.text("detail").contains("publish again later"),
        "{}",
        refused.body
    );
    assert_eq!(ask(&url, "bucket").await, answered);
    let checked = desk.run(&["check"]).await.unwrap();
    assert_eq!(checked.status.code(), Some(1));
    let words = said(&checked);
    assert!(
        words.contains("aimd: s3.endpoint: the store does not answer"),
        "{words}"
    );
    assert!(!words.contains("anything"), "{words}");
    assert!(aimd.stop().await.unwrap().success());
}
