//! A component that breaks every limit, beside one that behaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use aim_runtime::limits::{LOG_LINES_PER_REQUEST_MAX, MEMORY_BYTES_MAX, TABLE_ELEMENTS_MAX};
use aim_tests::guests::hostile;
use reqwest::StatusCode;

use crate::stage::{Stage, answering, ask, manifest};

/// Bytes of a page of WebAssembly memory.
const PAGE_BYTES: usize = 65_536;

/// The attack that lasts until its time is over.
const ENDLESS: &str = "/loop";

/// Requests of a quiet service beside a crowd of loops.
const QUIET_REQUESTS: u32 = 200;

/// What the developer reads about the service.
async fn log_of_hostile(stage: &Stage) -> String {
    let citizen = &stage.developer.citizen;
    let page = citizen.page("/developers/services/hostile/logs").await.unwrap();
    page.ok().unwrap().body
}

async fn stage() -> Stage {
    let stage = Stage::start().await;
    stage
        .deploy(
            &manifest("hostile", "1.0.0", "[\"logging\"]"),
            &hostile::component().unwrap(),
        )
        .await;
    stage
        .deploy(&manifest("neighbour", "1.0.0", "[]"), &answering("well"))
        .await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn service_that_breaks_a_limit_fails_alone() {
    let stage = stage().await;
    let stop = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicU32::new(0));
    let neighbour = {
        let (stop, answered) = (stop.clone(), answered.clone());
        let url = stage.platform.origin("neighbour");
        tokio::spawn(async move {
            let client = aim_tests::http::plain().unwrap();
            while !stop.load(Ordering::SeqCst) {
                let response = client.get(&url).send().await.unwrap();
                assert_eq!(response.status(), StatusCode::OK);
                assert_eq!(response.text().await.unwrap(), "well");
                answered.fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    let mut numbers = Vec::new();
    for path in hostile::FATAL {
        let before = answered.load(Ordering::SeqCst);
        let page = stage.ask("hostile", path).await;
        if path == ENDLESS {
            let during = answered.load(Ordering::SeqCst) - before;
            assert!(during > 1, "the neighbour waited until {path} was over");
        }
        assert!(
            matches!(page.status, StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT),
            "{path}: {page}"
        );
        assert!(
            page.body.contains("<html"),
            "{path} is a page for the citizen: {page}"
        );
        // The request's number is random and may spell anything.
        let number = page.headers["x-request-id"].to_str().unwrap();
        numbers.push((path, number.to_owned()));
        let shown = page.text().replace(number, "");
        for word in ["wasm", "trap", "backtrace", "0x"] {
            assert!(!shown.contains(word), "{path} tells the citizen too much: {page}");
        }
        assert_eq!(stage.ask("hostile", "/").await.body, "ok", "after {path}");
    }
    stop.store(true, Ordering::SeqCst);
    neighbour.await.unwrap();
    let log = log_of_hostile(&stage).await;
    for (path, number) in numbers {
        assert_eq!(
            log.matches(&number).count(),
            1,
            "the developer's line about {path}"
        );
    }
    stage.platform.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_answers_of_a_service_are_bounded() {
    let stage = stage().await;
    let pages: usize = stage.ask("hostile", "/memory").await.body.parse().unwrap();
    assert!(pages * PAGE_BYTES <= MEMORY_BYTES_MAX, "{pages} pages of memory");
    let elements: usize = stage.ask("hostile", "/table").await.body.parse().unwrap();
    assert!(elements <= TABLE_ELEMENTS_MAX, "{elements} table elements");

    let injected = stage.ask("hostile", "/inject").await;
    assert!(
        !injected.headers.contains_key("injected"),
        "{:?}",
        injected.headers
    );
    let cookie = stage.ask("hostile", "/cookie").await;
    let cookies: Vec<_> = cookie.headers.get_all("set-cookie").iter().collect();
    assert!(
        cookies
            .iter()
            .all(|cookie| !cookie.to_str().unwrap().contains("aim_session=forged")),
        "{cookies:?}"
    );
    let spam = stage.ask("hostile", "/spam").await;
    assert_eq!(spam.body, "ok");
    let number = spam.headers["x-request-id"].to_str().unwrap();
    let log = log_of_hostile(&stage).await;
    let request = log.split("</tbody>").find(|group| group.contains(number));
    let lines = u32::try_from(request.unwrap().matches("<td class=\"break said\"").count()).unwrap();
    assert_eq!(lines, LOG_LINES_PER_REQUEST_MAX);
    assert!(log.contains("log-limit"));
    stage.platform.stop().await.unwrap();
}

/// All places of one service are taken by requests that loop until their time is over. Meanwhile another
/// service answers more requests, one after the other, than it could if each waited for slices of the loops.
#[tokio::test(flavor = "multi_thread")]
async fn crowd_at_one_service_leaves_room_for_others() {
    let stage = Arc::new(stage().await);
    let crowd: Vec<_> = (0..200)
        .map(|_| {
            let stage = stage.clone();
            tokio::spawn(async move { ask(&stage.platform, "hostile", "/loop").await })
        })
        .collect();
    for _ in 0..QUIET_REQUESTS {
        let page = stage.ask("neighbour", "/").await;
        assert_eq!((page.status, page.body.as_str()), (StatusCode::OK, "well"));
    }
    assert!(
        crowd.iter().any(|asking| !asking.is_finished()),
        "the neighbour waited until the crowd was gone"
    );
    let mut busy = 0;
    for answer in crowd {
        let page = answer.await.unwrap();
        if page.status == StatusCode::SERVICE_UNAVAILABLE {
            busy += 1;
            assert!(page.headers.contains_key("retry-after"), "{:?}", page.headers);
        } else {
            assert!(page.status.is_server_error(), "{page}");
        }
    }
    assert!(busy > 0, "200 requests at once were all taken in");
}
