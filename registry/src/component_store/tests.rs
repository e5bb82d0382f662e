use object_store::{MultipartUpload, PutPayload, PutResult, UploadPart};
use tokio::sync::oneshot;

use super::incoming::PART_BYTES;
use super::*;

async fn keep(components: &ComponentStore, bytes: &[u8]) -> String {
    let digest = digest_of(bytes);
    let mut incoming = components.receive(&digest).unwrap();
    incoming.write(bytes).await.unwrap();
    incoming.finish().await.unwrap().unwrap();
    digest
}

#[tokio::test]
async fn bytes_with_another_digest_are_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let components = ComponentStore::in_folder(folder.path()).unwrap();
    let whole = vec![7; PART_BYTES + 1];
    for other in [&b"other"[..], &whole] {
        let digest = digest_of(b"hello");
        let mut incoming = components.receive(&digest).unwrap();
        incoming.write(other).await.unwrap();
        assert_eq!(incoming.finish().await.unwrap(), Err(digest_of(other)));
        assert_eq!(components.get(&digest).await.unwrap(), None);
    }
    assert_eq!(components.digests().await.unwrap(), BTreeSet::new());

    let digest = digest_of(b"hello");
    let mut incoming = components.receive(&digest).unwrap();
    incoming.write(b"hel").await.unwrap();
    incoming.write(b"lo").await.unwrap();
    incoming.finish().await.unwrap().unwrap();
    let kept = components.get(&digest).await.unwrap().unwrap();
    assert_eq!(kept.bytes(), &b"hello"[..]);
}

#[tokio::test]
async fn component_is_the_same_however_its_bytes_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let components = ComponentStore::in_folder(folder.path()).unwrap();
    let bytes: Vec<u8> = (0..2 * PART_BYTES).map(|at| (at % 251) as u8).collect();
    for length in [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES] {
        for piece in [1_000_003, PART_BYTES, length] {
            let bytes = &bytes[..length];
            let digest = digest_of(bytes);
            let mut incoming = components.receive(&digest).unwrap();
            for piece in bytes.chunks(piece) {
                incoming.write(piece).await.unwrap();
            }
            incoming.finish().await.unwrap().unwrap();
            let kept = components.get(&digest).await.unwrap().unwrap();
            assert!(kept.bytes() == bytes, "{length} in pieces of {piece}");
        }
    }
}

#[tokio::test]
async fn component_that_is_removed_and_one_that_arrived_in_part_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let components = ComponentStore::in_folder(folder.path()).unwrap();
    let one = keep(&components, b"one").await;
    let two = keep(&components, b"two").await;
    // Killed in the middle of an upload.
    let mut cut = components.receive(&digest_of(b"three")).unwrap();
    cut.write(&[3; PART_BYTES]).await.unwrap();
    std::mem::forget(cut);
    let files = || {
        let kept = std::fs::read_dir(folder.path().join(KIND)).unwrap();
        kept.count()
    };
    assert_eq!(files(), 3);

    let components = ComponentStore::in_folder(folder.path()).unwrap();
    assert_eq!(files(), 2);
    assert_eq!(
        components.digests().await.unwrap(),
        [one.clone(), two.clone()].into()
    );
    components.remove(&[one.clone()].into()).await.unwrap();
    assert_eq!(components.get(&one).await.unwrap(), None);
    let kept = components.get(&two).await.unwrap().unwrap();
    assert_eq!(kept.bytes(), &b"two"[..]);
}

#[tokio::test]
async fn file_that_somebody_changed_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let components = ComponentStore::in_folder(folder.path()).unwrap();
    let digest = keep(&components, b"hello").await;
    let file = folder.path().join(digest.replace(':', "/"));
    std::fs::write(&file, b"hellO").unwrap();
    assert!(matches!(
        components.get(&digest).await,
        Err(ComponentStoreError::Changed { found, .. }) if found == digest_of(b"hellO")
    ));
    // It is not even read.
    let long = std::fs::File::create(&file).unwrap();
    long.set_len(COMPONENT_BYTES_MAX + 1).unwrap();
    assert!(matches!(
        components.get(&digest).await,
        Err(ComponentStoreError::TooLong { bytes, .. }) if bytes == COMPONENT_BYTES_MAX + 1
    ));
}

#[tokio::test]
async fn folder_that_is_gone_is_an_error_and_not_an_empty_one() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("objects");
    let components = ComponentStore::in_folder(&folder).unwrap();
    let digest = keep(&components, b"hello").await;
    components.probe().await.unwrap();
    std::fs::rename(&folder, parent.path().join("elsewhere")).unwrap();
    let gone = |error| matches!(error, ComponentStoreError::Folder(_));
    assert!(gone(components.probe().await.unwrap_err()));
    assert!(gone(components.get(&digest).await.unwrap_err()));
    std::fs::write(&folder, b"a file").unwrap();
    assert!(gone(ComponentStore::in_folder(&folder).unwrap_err()));
}

#[test]
fn path_is_not_a_digest() {
    let folder = tempfile::tempdir().unwrap();
    let components = ComponentStore::in_folder(folder.path()).unwrap();
    for bad in [
        "",
        "sha256:",
        "sha256:../../etc/passwd",
        "md5:00",
        &format!("sha256:{}", "A".repeat(64)),
    ] {
        assert!(
            matches!(components.receive(bad), Err(ComponentStoreError::NotADigest(_))),
            "{bad}"
        );
    }
}

/// Tells when it is aborted.
#[derive(Debug)]
struct Told(Option<oneshot::Sender<()>>);

#[async_trait::async_trait]
impl MultipartUpload for Told {
    fn put_part(&mut self, _: PutPayload) -> UploadPart {
        Box::pin(async { Ok(()) })
    }

    async fn complete(&mut self) -> object_store::Result<PutResult> {
        Err(object_store::Error::NotImplemented {
            operation: "complete".to_owned(),
            implementer: "a test".to_owned(),
        })
    }

    async fn abort(&mut self) -> object_store::Result<()> {
        self.0.take().unwrap().send(()).unwrap();
        Ok(())
    }
}

#[tokio::test]
async fn upload_that_is_dropped_or_fails_is_aborted() {
    let folder = tempfile::tempdir().unwrap();
    let components = ComponentStore::in_folder(folder.path()).unwrap();
    let begin = || {
        let (tell, told) = oneshot::channel();
        let mut incoming = components.receive(&digest_of(b"hello")).unwrap();
        incoming.continue_with(Box::new(Told(Some(tell))));
        (incoming, told)
    };
    let (incoming, told) = begin();
    drop(incoming);
    told.await.unwrap();

    let (mut incoming, told) = begin();
    incoming.write(b"hello").await.unwrap();
    let failed = incoming.finish().await.unwrap_err();
    assert!(matches!(failed, ComponentStoreError::Store(_)), "{failed}");
    told.await.unwrap();

    let (incoming, told) = begin();
    assert_eq!(incoming.finish().await.unwrap(), Err(digest_of(b"")));
    told.await.unwrap();
}
