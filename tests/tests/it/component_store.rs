//! Components in an S3-compatible store that others wrote.

mod aimd;

use std::collections::BTreeSet;

use aim_registry::component_store::{
    Bucket, COMPONENT_BYTES_MAX, ComponentStore, ComponentStoreError, digest_of,
};
use aim_tests::moto::Moto;
use reqwest::Method;

/// More than one part of an upload.
const BYTES: usize = 11_000_000;

async fn keep(components: &ComponentStore, bytes: &[u8]) -> String {
    let digest = digest_of(bytes);
    let mut incoming = components.receive(&digest).unwrap();
    // As it comes from a connection.
    for piece in bytes.chunks(60_001) {
        incoming.write(piece).await.unwrap();
    }
    incoming.finish().await.unwrap().unwrap();
    digest
}

fn large(seed: u8) -> Vec<u8> {
    (0..BYTES).map(|at| (at % 251) as u8 ^ seed).collect()
}

#[tokio::test]
async fn bucket_keeps_components_in_parts_and_lists_them_page_by_page() {
    let moto = Moto::start().await.unwrap();
    let components = ComponentStore::in_bucket(&moto.bucket().unwrap()).unwrap();
    components.probe().await.unwrap();
    assert_eq!(components.digests().await.unwrap(), BTreeSet::new());
    let bytes = large(0);
    let kept = keep(&components, &bytes).await;
    let found = components.get(&kept).await.unwrap().unwrap();
    assert!(found.bytes() == &bytes, "{} bytes", found.bytes().len());
    let mut there = BTreeSet::from([kept]);
    for bytes in [b"one", b"two", b"six", b"ten"] {
        there.insert(keep(&components, bytes).await);
    }
    // What others keep in the bucket: beside ours, and among them.
    let others = [
        format!("aim/two/sha256/{}", "a".repeat(64)),
        "aim/one/sha256/README".to_owned(),
        format!("aim/one/sha256/old/{}", "a".repeat(64)),
        format!("sha256/{}", "a".repeat(64)),
    ];
    for name in &others {
        moto.ask(Method::PUT, name, b"another's".to_vec()).await.unwrap();
    }
    assert_eq!(components.digests().await.unwrap(), there);
    components.remove(&there).await.unwrap();
    assert_eq!(components.digests().await.unwrap(), BTreeSet::new());
    for digest in &there {
        assert_eq!(components.get(digest).await.unwrap(), None);
    }
    for name in &others {
        moto.ask(Method::GET, name, Vec::new()).await.unwrap();
    }
}

#[tokio::test]
async fn upload_that_is_refused_or_abandoned_leaves_nothing_in_the_bucket() {
    let moto = Moto::start().await.unwrap();
    let components = ComponentStore::in_bucket(&moto.bucket().unwrap()).unwrap();
    let digest = digest_of(b"hello");
    for abandoned in [false, true] {
        let mut incoming = components.receive(&digest).unwrap();
        incoming.write(&large(0)).await.unwrap();
        let uploads = moto.uploads().await.unwrap();
        assert!(uploads.contains("<UploadId>"), "{uploads}");
        if abandoned {
            incoming.abandon().await;
        } else {
            assert_eq!(incoming.finish().await.unwrap(), Err(digest_of(&large(0))));
        }
        let uploads = moto.uploads().await.unwrap();
        assert!(!uploads.contains("<UploadId>"), "{uploads}");
        assert_eq!(components.get(&digest).await.unwrap(), None);
    }
}

#[tokio::test]
async fn two_nodes_may_keep_the_same_component_at_once() {
    let moto = Moto::start().await.unwrap();
    let [one, other] = [(); 2].map(|()| ComponentStore::in_bucket(&moto.bucket().unwrap()).unwrap());
    let bytes = large(1);
    let digest = digest_of(&bytes);
    let (half, rest) = bytes.split_at(BYTES / 2);
    let mut first = one.receive(&digest).unwrap();
    let mut second = other.receive(&digest).unwrap();
    first.write(half).await.unwrap();
    second.write(half).await.unwrap();
    first.write(rest).await.unwrap();
    first.finish().await.unwrap().unwrap();
    assert!(other.get(&digest).await.unwrap().unwrap().bytes() == &bytes);
    second.write(rest).await.unwrap();
    second.finish().await.unwrap().unwrap();
    assert!(one.get(&digest).await.unwrap().unwrap().bytes() == &bytes);
    // One that breaks off takes nothing away.
    let mut third = one.receive(&digest).unwrap();
    third.write(half).await.unwrap();
    third.abandon().await;
    assert!(one.get(&digest).await.unwrap().unwrap().bytes() == &bytes);
}

#[tokio::test]
async fn object_that_somebody_changed_is_refused() {
    let moto = Moto::start().await.unwrap();
    let components = ComponentStore::in_bucket(&moto.bucket().unwrap()).unwrap();
    let digest = keep(&components, b"hello").await;
    let object = Moto::object_of(&digest);
    moto.ask(Method::PUT, &object, b"hellO".to_vec()).await.unwrap();
    assert!(matches!(
        components.get(&digest).await.unwrap_err(),
        ComponentStoreError::Changed { found, .. } if found == digest_of(b"hellO")
    ));
    let long = vec![0; usize::try_from(COMPONENT_BYTES_MAX).unwrap() + 1];
    moto.ask(Method::PUT, &object, long).await.unwrap();
    assert!(matches!(
        components.get(&digest).await.unwrap_err(),
        ComponentStoreError::TooLong { bytes, .. } if bytes == COMPONENT_BYTES_MAX + 1
    ));
}

/// What everything that asks this bucket ends with.
async fn failures(bucket: &Bucket) -> Vec<(&'static str, ComponentStoreError)> {
    let components = ComponentStore::in_bucket(bucket).unwrap();
    let digest = digest_of(b"hello");
    let keep = async {
        let mut incoming = components.receive(&digest).unwrap();
        incoming.write(b"hello").await?;
        incoming.finish().await
    };
    let kept = keep.await.unwrap_err();
    let mut incoming = components.receive(&digest).unwrap();
    let wrote = incoming.write(&large(0)).await.unwrap_err();
    vec![
        ("probe", components.probe().await.unwrap_err()),
        ("get", components.get(&digest).await.unwrap_err()),
        ("digests", components.digests().await.unwrap_err()),
        ("remove", components.remove(&[digest].into()).await.unwrap_err()),
        ("finish", kept),
        ("write", wrote),
    ]
}

#[tokio::test]
async fn bucket_is_opened_by_its_key_alone() {
    let moto = Moto::start().await.unwrap();
    let right = moto.demand_keys().await.unwrap();
    let components = ComponentStore::in_bucket(&right).unwrap();
    components.probe().await.unwrap();
    let bytes = large(2);
    let digest = keep(&components, &bytes).await;
    assert!(components.get(&digest).await.unwrap().unwrap().bytes() == &bytes);
    for wrong in [
        Bucket {
            secret_access_key: "hunter2".into(),
            ..right.clone()
        },
        Bucket {
            access_key_id: "AKIANOBODY".to_owned(),
            ..right.clone()
        },
    ] {
        for (asked, error) in failures(&wrong).await {
            // A listing that is refused is not told from one that fails.
            let refused = matches!(error, ComponentStoreError::Refused(_));
            assert_eq!(refused, asked != "digests", "{asked}: {error:?}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        let said = format!("{:?}", ComponentStore::in_bucket(&wrong).unwrap());
        assert!(!said.contains("hunter2"), "{said}");
    }
    components.remove(&[digest].into()).await.unwrap();
}

#[tokio::test]
async fn bucket_that_is_not_there_is_not_taken_for_an_empty_one() {
    let moto = Moto::start().await.unwrap();
    let missing = Bucket {
        name: "nobodys-bucket".to_owned(),
        ..moto.bucket().unwrap()
    };
    for (asked, error) in failures(&missing).await {
        let no_bucket = matches!(error, ComponentStoreError::NoBucket(_));
        assert_eq!(no_bucket, asked != "digests", "{asked}: {error:?}");
    }
    // A web server of another kind.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = Bucket {
        endpoint: format!("http://{}", listener.local_addr().unwrap())
            .parse()
            .unwrap(),
        ..moto.bucket().unwrap()
    };
    tokio::spawn(axum::serve(listener, axum::Router::new()).into_future());
    let components = ComponentStore::in_bucket(&other).unwrap();
    let failed = |error| matches!(error, ComponentStoreError::Store(_));
    assert!(failed(components.probe().await.unwrap_err()));
    let digest = digest_of(b"hello");
    assert!(failed(components.get(&digest).await.unwrap_err()));
    let bucket = moto.bucket().unwrap();
    moto.kill().await.unwrap();
    for (asked, error) in failures(&bucket).await {
        assert!(
            matches!(error, ComponentStoreError::Store(_)),
            "{asked}: {error:?}"
        );
    }
}
