//! Answers of the provider that somebody changed on the way.

use super::world::{Browser, Page, World};
use reqwest::StatusCode;
use url::Url;

/// A browser whose citizen has just proved who they are: the next address is the callback.
async fn at_the_callback(world: &World) -> (Browser, Url) {
    let browser = world.browser();
    let page = browser.visit("/az/login?return=/az/my/consents").await;
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    (browser, answer.location.unwrap())
}

fn with(address: &Url, change: impl Fn(&str, &str) -> Vec<(String, String)>) -> Url {
    let fields: Vec<_> = address
        .query_pairs()
        .flat_map(|(name, value)| change(&name, &value))
        .collect();
    let mut changed = address.clone();
    changed.query_pairs_mut().clear().extend_pairs(fields);
    changed
}

fn replaced(address: &Url, field: &str, value: &str) -> Url {
    with(address, |name, old| {
        let new = if name == field { value } else { old };
        vec![(name.to_owned(), new.to_owned())]
    })
}

fn without(address: &Url, field: &str) -> Url {
    with(address, |name, value| {
        if name == field {
            Vec::new()
        } else {
            vec![(name.to_owned(), value.to_owned())]
        }
    })
}

async fn nobody_is_logged_in(browser: &Browser, answer: &Page, what: &str) {
    assert!(
        matches!(
            answer.status,
            StatusCode::BAD_REQUEST | StatusCode::BAD_GATEWAY | StatusCode::OK
        ),
        "{what}: {}",
        answer.status
    );
    assert_eq!(answer.location, None, "{what}");
    let page = browser
        .send(browser.get(browser.address("/az/my/consents")))
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{what}");
}

#[tokio::test]
async fn changed_callback_is_refused() {
    let world = World::start().await;
    let (_, foreign) = at_the_callback(&world).await;
    let foreign = |name: &str| {
        let mut pairs = foreign.query_pairs();
        pairs.find(|(field, _)| field == name).unwrap().1.into_owned()
    };
    type Change = Box<dyn Fn(&Url) -> Url>;
    let issuer = format!("http://localhost:{}/id", world.port);
    let changes: Vec<(&str, Change)> = vec![
        ("no state", Box::new(|to| without(to, "state"))),
        ("empty state", Box::new(|to| replaced(to, "state", ""))),
        ("state of nobody", Box::new(|to| replaced(to, "state", "AAAA"))),
        ("state of another browser", {
            let state = foreign("state");
            Box::new(move |to| replaced(to, "state", &state))
        }),
        ("no code", Box::new(|to| without(to, "code"))),
        ("empty code", Box::new(|to| replaced(to, "code", ""))),
        ("invented code", Box::new(|to| replaced(to, "code", "AAAA"))),
        ("injected code of another citizen's browser", {
            let code = foreign("code");
            Box::new(move |to| replaced(to, "code", &code))
        }),
        ("no issuer", Box::new(|to| without(to, "iss"))),
        ("empty issuer", Box::new(|to| replaced(to, "iss", ""))),
        (
            "issuer of an attacker",
            Box::new(|to| replaced(to, "iss", "https://evil.example")),
        ),
        ("issuer with a slash more", {
            Box::new(move |to| replaced(to, "iss", &format!("{issuer}/")))
        }),
        ("an error beside the code", {
            Box::new(|to| {
                let mut to = to.clone();
                to.query_pairs_mut().append_pair("error", "access_denied");
                to
            })
        }),
        ("state given twice", {
            Box::new(|to| {
                let mut to = to.clone();
                to.query_pairs_mut().append_pair("state", "AAAA");
                to
            })
        }),
        ("nothing at all", {
            Box::new(|to| {
                let mut to = to.clone();
                to.set_query(None);
                to
            })
        }),
    ];
    for (what, change) in changes {
        let (browser, callback) = at_the_callback(&world).await;
        let answer = browser.send(browser.get(change(&callback))).await;
        nobody_is_logged_in(&browser, &answer, what).await;
    }
}

#[tokio::test]
async fn answer_works_once_and_in_its_own_browser() {
    let world = World::start().await;
    let (browser, callback) = at_the_callback(&world).await;
    let thief = world.browser();
    let answer = thief.send(thief.get(callback.clone())).await;
    nobody_is_logged_in(&thief, &answer, "another browser").await;
    let answer = browser.send(browser.get(callback.clone())).await;
    assert_eq!(answer.location.unwrap().path(), "/az/my/consents");
    let again = browser.send(browser.get(callback)).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn expired_code_is_refused() {
    let world = World::start().await;
    let (browser, callback) = at_the_callback(&world).await;
    world.clock.advance_ms(aim_gov::identity::provider::CODE_MS);
    let answer = browser.send(browser.get(callback)).await;
    nobody_is_logged_in(&browser, &answer, "old code").await;
}

/// The question to the provider is in the hands of whoever sits at the browser, and the provider answers it as it
/// arrives.
#[tokio::test]
async fn log_in_weaker_or_older_than_asked_for_is_refused() {
    let world = World::start().await;
    let browser = world.browser();
    let begun = browser
        .send(browser.get(browser.address("/az/login?acr=high")))
        .await;
    let weaker = replaced(&begun.location.unwrap(), "acr_values", "substantial");
    let page = browser.open(weaker).await;
    let callback = browser.fill_in(&page, "OTEST01", "111111").await.location;
    let answer = browser.send(browser.get(callback.unwrap())).await;
    nobody_is_logged_in(&browser, &answer, "a weaker log-in").await;

    // Two minutes later the provider still knows the browser.
    world.clock.advance_ms(2 * 60 * 1000);
    let begun = browser
        .send(browser.get(browser.address("/az/login?fresh=1")))
        .await;
    let older = without(&begun.location.unwrap(), "max_age");
    let callback = browser.send(browser.get(older)).await.location.unwrap();
    assert_eq!(callback.path(), "/login/callback");
    let answer = browser.send(browser.get(callback)).await;
    nobody_is_logged_in(&browser, &answer, "an older log-in").await;
}

#[tokio::test]
async fn expired_log_in_is_refused() {
    let world = World::start().await;
    let browser = world.browser();
    let begun = browser.send(browser.get(browser.address("/az/login"))).await;
    // The provider's own page begins only now, so that its code is a new one.
    world.clock.advance_ms(12 * 60 * 60 * 1000);
    let page = browser.open(begun.location.unwrap()).await;
    let callback = browser.fill_in(&page, "OTEST01", "111111").await.location;
    let answer = browser.send(browser.get(callback.unwrap())).await;
    nobody_is_logged_in(&browser, &answer, "an old question").await;
}

#[tokio::test]
async fn log_in_leads_back_to_the_platform_only() {
    let world = World::start().await;
    let browser = world.browser();
    for back in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "evil",
    ] {
        let mut address = browser.address("/az/login");
        address.query_pairs_mut().append_pair("return", back);
        let answer = browser.send(browser.get(address)).await;
        assert_eq!(
            (answer.status, answer.location),
            (StatusCode::BAD_REQUEST, None),
            "{back}"
        );
    }
}

#[tokio::test]
async fn log_in_that_was_begun_with_an_empty_cookie_works_in_its_own_browser_only() {
    let world = World::start().await;
    let attacker = world.browser();
    let begun = attacker
        .get(attacker.address("/az/login"))
        .header("cookie", "aim_login=");
    let begun = attacker.send(begun).await;
    let page = attacker.open(begun.location.unwrap()).await;
    let callback = attacker
        .fill_in(&page, "OTEST01", "111111")
        .await
        .location
        .unwrap();
    let victim = world.browser();
    for cookie in ["other=1", "aim_login="] {
        let request = victim.get(callback.clone()).header("cookie", cookie);
        let answer = victim.send(request).await;
        nobody_is_logged_in(&victim, &answer, cookie).await;
    }
}
