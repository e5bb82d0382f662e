//! Compiling a new version from the functions of the deployed one: what is taken over, and from whom.

use std::path::PathBuf;

use aim_gov::invocation::ServiceId;
use aim_runtime::{Compilation, Limits, Rehearsal};

use crate::support::{Host, artefacts, bytes, handler, hashed, host, service};

/// The function that changed, and a few more: Cranelift's keys of some functions that did not change are not the
/// same in the next run. They become the same code.
const COMPILED_AGAIN_MAX: u32 = 3;

/// A service of some functions; the one that answers says this status.
fn component(status: u16) -> Vec<u8> {
    let others: String = (0..20)
        .map(|n| format!("(func (param i32) (result i32) (i32.mul (local.get 0) (i32.const {n})))"))
        .collect();
    let answer = format!("(call $respond (i32.const {status}) (i32.const 64) (i32.const 2))");
    handler(&[], &others, &answer)
}

async fn compile(host: &Host, id: &str, component: &[u8]) -> Compilation {
    let id = ServiceId(id.to_owned());
    host.runtime.compile(&id, &hashed(component)).await.unwrap()
}

/// The files of the store whose names end so.
fn files(host: &Host, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(artefacts(host.folder.path()))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn version_that_differs_in_one_function_compiles_that_one() {
    let host = host(Limits::default()).await;
    host.deploy("a", &component(200)).await;
    let second = compile(&host, "a", &component(201)).await;
    assert!(second.functions > 30, "{second:?}");
    let again = second.functions - second.reused;
    assert!((1..=COMPILED_AGAIN_MAX).contains(&again), "{second:?}");

    // It runs, with the new function among the old ones.
    assert_eq!(host.get("a", "/").await.status, 200);
    host.deploy("a", &component(201)).await;
    assert_eq!(host.get("a", "/").await.status, 201);

    // The third is compiled from the second, and the second is not compiled again.
    let third = compile(&host, "a", &component(202)).await;
    assert!(third.functions - third.reused <= COMPILED_AGAIN_MAX, "{third:?}");
    assert_eq!(compile(&host, "a", &component(201)).await.functions, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn code_is_the_same_as_if_nothing_had_been_taken_over() {
    let (warm, cold) = (host(Limits::default()).await, host(Limits::default()).await);
    warm.deploy("a", &component(200)).await;
    let second = compile(&warm, "a", &component(201)).await;
    assert!(second.reused > 0);
    assert_eq!(compile(&cold, "a", &component(201)).await.reused, 0);
    let code = |host: &Host| {
        let digest = second.digest.hex();
        let mut files = files(host, "aot").into_iter();
        let file = files
            .find(|path| path.to_str().unwrap().contains(&digest))
            .unwrap();
        // After the MAC, whose key each host has for itself.
        std::fs::read(file).unwrap().split_off(32)
    };
    assert!(code(&warm) == code(&cold));
}

/// Neither the functions of another service nor the code that was made with them.
#[tokio::test(flavor = "multi_thread")]
async fn compiled_functions_stay_with_their_service() {
    let host = host(Limits::default()).await;
    host.deploy("a", &component(200)).await;
    assert!(compile(&host, "a", &component(201)).await.reused > 0);
    // The very bytes that `a` had compiled.
    let other = compile(&host, "b", &component(201)).await;
    assert_eq!((other.functions > 0, other.reused), (true, 0), "{other:?}");
    // What came from the bytes alone is the same for everybody, and is not made twice.
    assert_eq!(compile(&host, "b", &component(200)).await.functions, 0);
}

/// Officers refused the first version, or have not looked yet: it must not decide about the code of one
/// that they approve.
#[tokio::test(flavor = "multi_thread")]
async fn version_that_was_never_deployed_leaves_nothing() {
    let host = host(Limits::default()).await;
    compile(&host, "a", &component(200)).await;
    assert_eq!(compile(&host, "a", &component(201)).await.reused, 0);
    assert_eq!(
        (files(&host, "waiting").len(), files(&host, "functions").len()),
        (1, 0)
    );
}

/// Nobody approved what runs in a test space; nor does its end there take anything from the deployed version.
#[tokio::test(flavor = "multi_thread")]
async fn version_in_a_test_space_leaves_nothing_and_takes_nothing_away() {
    let host = host(Limits::default()).await;
    let space = host
        .runtime
        .of_space(host.apis.clone(), Rehearsal::new(&host.apis.platform.random));
    let deploy = async |id, status| {
        let component = component(status);
        let service = service(id, &component, &[]);
        space.deploy(service.into(), bytes(&component)).await.unwrap();
    };
    deploy("b", 200).await;
    assert_eq!(files(&host, "functions"), Vec::<PathBuf>::new());
    assert_eq!(compile(&host, "b", &component(201)).await.reused, 0);
    host.deploy("a", &component(202)).await;
    assert_eq!(files(&host, "functions").len(), 1);
    deploy("a", 203).await;
    space.remove(&ServiceId("a".to_owned()));
    assert_eq!(files(&host, "functions").len(), 1);
    assert!(compile(&host, "a", &component(204)).await.reused > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn suspended_version_leaves_nothing() {
    let host = host(Limits::default()).await;
    host.deploy("a", &component(200)).await;
    host.runtime.suspend(&ServiceId("a".to_owned()));
    assert_eq!(files(&host, "functions"), Vec::<PathBuf>::new());
    assert_eq!(compile(&host, "a", &component(201)).await.reused, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn forged_functions_are_dropped() {
    let host = host(Limits::default()).await;
    host.deploy("a", &component(200)).await;
    host.deploy("b", &component(200)).await;
    let [kept] = &files(&host, "functions")[..] else {
        panic!("`b` was deployed from the code of `a`")
    };
    let genuine = std::fs::read(kept).unwrap();
    let mut status = 300;
    let mut after = async |forged: &[u8]| {
        std::fs::write(kept, forged).unwrap();
        status += 1;
        compile(&host, "a", &component(status)).await.reused
    };
    assert!(after(&genuine).await > 0);
    let mut flipped = genuine.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(after(&flipped).await, 0);
    assert_eq!(after(&genuine[..genuine.len() - 1]).await, 0);
    assert_eq!(after(b"").await, 0);
    assert!(after(&genuine).await > 0);

    // Genuine, but another service's.
    host.deploy("c", &component(299)).await;
    let theirs = files(&host, "functions")
        .into_iter()
        .find(|path| path != kept)
        .unwrap();
    std::fs::write(theirs, &genuine).unwrap();
    assert_eq!(compile(&host, "c", &component(298)).await.reused, 0);
}
