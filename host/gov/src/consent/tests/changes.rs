//! What a citizen does on the list: each act is confirmed where it cannot be undone, said once, and kept.

use axum::http::StatusCode;

use super::site::Site;
use crate::clock::DAY_MS;
use crate::consent::State;
use crate::scene::{GREETING, service};

async fn agreed() -> (Site, String) {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let id = site.scene.agree(&site.visit(), GREETING).await;
    (site, id)
}

#[tokio::test]
async fn revocation_asks_first_and_says_that_it_worked_once() {
    let (site, id) = agreed().await;
    let path = format!("/en/my/consents/{id}/revoke");
    let list = site.get("/en/my/consents").await;
    assert!(list.body.contains(&format!("href=\"{path}\"")), "{}", list.body);
    assert!(!list.body.contains("value=\"revoke\""), "{}", list.body);
    let asked = site.get(&path).await;
    for words in [
        "Revoke this consent?",
        "This cannot be undone",
        "Keep the consent",
        "name=\"change\" value=\"revoke\"",
    ] {
        assert!(asked.body.contains(words), "{words}: {}", asked.body);
    }
    assert_eq!(site.latest().await.state, State::Active);
    site.post(&format!("/en/my/consents/{id}"), "change=revoke").await;
    let said = "You revoked the consent “";
    let list = site.get("/en/my/consents").await;
    assert!(list.body.contains(said), "{}", list.body);
    assert!(list.body.contains("21.11.2026"), "{}", list.body);
    let list = site.get("/en/my/consents").await;
    assert!(!list.body.contains(said), "{}", list.body);
    assert_eq!(site.get(&path).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn leaving_asks_first_and_says_that_it_worked_once() {
    let (site, _) = agreed().await;
    let path = "/en/my/tests/tea-house/leave";
    let list = site.get("/en/my/consents").await;
    assert!(list.body.contains(&format!("href=\"{path}\"")), "{}", list.body);
    assert!(
        !list.body.contains(&format!("action=\"{path}\"")),
        "{}",
        list.body
    );
    let asked = site.get(path).await;
    for words in [
        "Leave this test?",
        "Çayxana",
        "Stay in the test",
        "action=\"/en/my/tests/tea-house/leave\"",
    ] {
        assert!(asked.body.contains(words), "{words}: {}", asked.body);
    }
    assert_eq!(site.latest().await.state, State::Active);
    site.post(path, "").await;
    let said = "You left the test of “";
    let list = site.get("/en/my/consents").await;
    assert!(list.body.contains(said), "{}", list.body);
    let list = site.get("/en/my/consents").await;
    assert!(!list.body.contains(said), "{}", list.body);
    assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pause_is_undone_from_its_banner() {
    let (site, id) = agreed().await;
    site.post(&format!("/en/my/consents/{id}"), "change=pause").await;
    assert_eq!(site.latest().await.state, State::Paused);
    let list = site.get("/en/my/consents").await;
    let banner = list.body.split_once("class=\"banner\"").unwrap().1;
    let banner = banner.split_once("</form>").unwrap().0;
    for words in [
        "You paused the consent “",
        &format!("action=\"/en/my/consents/{id}\""),
        "name=\"change\" value=\"resume\">Undo",
    ] {
        assert!(banner.contains(words), "{words}: {banner}");
    }
    site.post(&format!("/en/my/consents/{id}"), "change=resume").await;
    assert_eq!(site.latest().await.state, State::Active);
    let list = site.get("/en/my/consents").await;
    assert!(list.body.contains("You resumed the consent “"), "{}", list.body);
}

#[tokio::test]
async fn consent_shows_when_it_was_last_decided_and_every_change() {
    let (mut site, id) = agreed().await;
    for (change, day) in [("pause", "22"), ("resume", "23"), ("revoke", "24")] {
        site.wait(DAY_MS).await;
        site.post(&format!("/en/my/consents/{id}"), &format!("change={change}"))
            .await;
        let list = site.get("/en/my/consents").await;
        let decided = list.body.split_once("<dt>Decided on</dt>").unwrap().1;
        let decided = decided.split_once("</dd>").unwrap().0;
        assert!(decided.contains(&format!("{day}.11.2026")), "{change}: {decided}");
    }
    let list = site.get("/en/my/consents").await;
    let history = list.body.split_once("All changes").unwrap().1;
    let history = history.split_once("</ol>").unwrap().0;
    let lines: Vec<_> = history
        .split("<li>")
        .skip(1)
        .map(|line| line.split_once("</span> – ").unwrap())
        .map(|(when, what)| {
            let when = when.trim_start_matches("<span class=\"when\">");
            let (day, _) = when.split_once(' ').unwrap();
            (day, what.trim_end_matches("</li>"))
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("21.11.2026", "You agreed"),
            ("22.11.2026", "You paused a consent"),
            ("23.11.2026", "You resumed a consent"),
            ("24.11.2026", "You revoked a consent"),
        ]
    );
}

#[tokio::test]
async fn end_that_the_citizen_did_not_decide_is_in_the_history_and_no_decision() {
    let (mut site, _) = agreed().await;
    site.wait(DAY_MS).await;
    site.withdraw().await;
    let list = site.get("/en/my/consents").await;
    let decided = list.body.split_once("<dt>Decided on</dt>").unwrap().1;
    assert!(decided.trim_start().starts_with("<dd>21.11.2026"), "{decided}");
    let history = list.body.split_once("All changes").unwrap().1;
    let history = history.split_once("</ol>").unwrap().0;
    assert!(
        history.contains("22.11.2026") && history.contains("Ended: the service was withdrawn"),
        "{history}"
    );
}

#[tokio::test]
async fn confirmations_are_for_whom_they_concern() {
    let (mut site, id) = agreed().await;
    for path in ["/en/my/consents/cns_nothing/revoke", "/en/my/tests/bakery/leave"] {
        assert_eq!(site.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let own = site.cookie.clone();
    site.cookie = "aim_portal=AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    let path = format!("/en/my/consents/{id}/revoke");
    let login = site.get(&path).await.location;
    assert_eq!(
        login,
        format!("/en/login?return=%2Fen%2Fmy%2Fconsents%2F{id}%2Frevoke")
    );
    site.cookie = own;
    assert_eq!(site.get(&path).await.status, StatusCode::OK);
}
