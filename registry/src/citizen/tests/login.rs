//! Log-in and log-out at the platform.

use super::world::World;
use reqwest::StatusCode;

#[tokio::test]
async fn citizen_logs_in_and_the_page_knows_the_name() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.visit("/en/my/log").await;
    assert_eq!(page.address.path(), "/en/id/login");
    let answer = browser.fill_in(&page, "OTEST05", "111111").await;
    let page = browser.open(answer.location.unwrap()).await;
    assert_eq!((page.status, page.address.path()), (StatusCode::OK, "/en/my/log"));
    assert!(page.body.contains("Şıxlınski Ağaəli Mirzə oğlu"), "{}", page.body);
    assert!(
        page.body.contains("You logged in at the platform"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn session_gets_a_new_id_at_log_in_and_the_old_one_is_dead() {
    let world = World::start().await;
    let browser = world.browser();
    let session = async |to: &str| {
        let page = browser.visit(to).await;
        let answer = browser.fill_in(&page, "OTEST01", "111111").await;
        browser.send(browser.get(answer.location.unwrap())).await
    };
    let begun = session("/az/login").await;
    let before = begun.cookie("aim_portal").expect("a session");
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(begun.cookies[0].contains(attribute), "{}", begun.cookies[0]);
    }
    let again = session("/az/login?fresh=1").await;
    let after = again.cookie("aim_portal").expect("a new session");
    assert_ne!(before, after);

    let stranger = world.browser();
    let with = |cookie: &str| {
        let address = stranger.address("/az/my/consents");
        stranger
            .get(address)
            .header("cookie", format!("aim_portal={cookie}"))
    };
    assert_eq!(stranger.send(with(&before)).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stranger.send(with(&after)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn cookies_of_the_host_are_out_of_reach_of_scripts_and_other_sites() {
    let world = World::start().await;
    let browser = world.browser();
    let way_in = browser.address("/az/services/hello/enter");
    let mut page = browser.send(browser.get(way_in)).await;
    let mut set = Vec::new();
    for _ in 0..20 {
        set.append(&mut page.cookies);
        page = match page.location.clone() {
            Some(next) => browser.send(browser.get(next)).await,
            None if page.asks_to_join() => browser.join(&page).await,
            None if page.address.path() == "/az/id/login" => {
                browser.fill_in(&page, "OTEST01", "111111").await
            }
            None => break,
        };
    }
    assert!(page.body.starts_with("hello|"), "{}", page.body);
    let mut names = std::collections::BTreeSet::new();
    for cookie in &set {
        let (name, rest) = cookie.split_once('=').unwrap();
        names.insert(name);
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(rest.contains(attribute), "{cookie}");
        }
        assert!(!rest.contains("Domain"), "{cookie}");
    }
    let all = ["aim_entry", "aim_id", "aim_login", "aim_portal", "aim_session"];
    assert_eq!(names, all.into());
}

#[tokio::test]
async fn log_in_of_somebody_else_ends_the_log_ins_at_services() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    let inside = browser.visit("/az/services/hello/enter").await;
    assert!(inside.body.contains(" substantial|"), "{}", inside.body);
    let page = browser.visit("/az/login?fresh=1").await;
    let answer = browser.fill_in(&page, "OTEST02", "111111").await;
    browser.open(answer.location.unwrap()).await;
    let after = browser.send(browser.get(inside.address)).await;
    assert!(after.body.starts_with("hello|nobody|"), "{}", after.body);
}

#[tokio::test]
async fn visitors_without_a_log_in_leave_no_rows() {
    let world = World::start().await;
    let browser = world.browser();
    // What the platform makes once is there.
    browser.visit("/en/login").await;
    let before = world.rows().await;
    for _ in 0..3 {
        let stranger = world.browser();
        let begun = stranger
            .send(stranger.get(stranger.address("/en/login?return=/en/my/log")))
            .await;
        assert_eq!(begun.cookie("aim_portal"), None);
        let page = stranger.open(begun.location.unwrap()).await;
        assert_eq!(page.address.path(), "/en/id/login");
        let form = [
            ("request", page.hidden("request")),
            ("action", "cancel".to_owned()),
        ];
        let answer = stranger.send(stranger.post(page.address).form(&form)).await;
        stranger.open(answer.location.unwrap()).await;
        stranger.visit("/en/services/hello/enter?return=/p").await;
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn expired_log_in_goes_on_to_the_service_that_was_wanted() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.visit("/en/services/hello/enter?return=/p").await;
    world.clock.advance_ms(aim_gov::identity::provider::REQUEST_MS);
    let over = browser.fill_in(&page, "OTEST01", "111111").await;
    assert_eq!(over.status, StatusCode::BAD_REQUEST);
    let page = browser.visit(&over.link("Log in again")).await;
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    let inside = browser.open(answer.location.unwrap()).await;
    assert!(inside.body.ends_with(" substantial|/p|"), "{}", inside.body);
}

#[tokio::test]
async fn log_in_that_came_to_nothing_leads_to_another_for_the_same_place() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.visit("/en/login?return=/en/my/log").await;
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    world.clock.advance_ms(13 * 60 * 60 * 1000);
    let over = browser.open(answer.location.unwrap()).await;
    assert_eq!(over.status, StatusCode::BAD_REQUEST, "{}", over.body);
    let page = browser.visit(&over.link("Log in again")).await;
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    let page = browser.open(answer.location.unwrap()).await;
    assert_eq!((page.status, page.address.path()), (StatusCode::OK, "/en/my/log"));
}

#[tokio::test]
async fn session_ends_by_the_hosts_clock() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    world.clock.advance_ms(aim_gov::sessions::PORTAL_SESSION_MS);
    let page = browser
        .send(browser.get(browser.address("/az/my/consents")))
        .await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn log_out_ends_the_session_the_services_and_the_provider() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    let inside = browser.visit("/az/services/hello/enter?return=/p").await;
    assert!(inside.body.ends_with(" substantial|/p|"), "{}", inside.body);
    let out = browser.send(browser.post(browser.address("/az/logout"))).await;
    let home = browser.send(browser.get(out.location.unwrap())).await;
    assert_eq!(home.location.unwrap().path(), "/az/");
    let service = browser.send(browser.get(inside.address)).await;
    assert_eq!(service.body, "hello|nobody|/p|");
    // The provider asks again instead of logging the next person in as this one.
    let page = browser.visit("/az/login").await;
    assert_eq!(page.address.path(), "/az/id/login");
}

#[tokio::test]
async fn another_site_cannot_log_anybody_out() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    let address = browser.address("/az/logout");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "http://hello.localhost:1"),
    ] {
        let sent = browser.post(address.clone()).header(name, value);
        assert_eq!(browser.send(sent).await.status, StatusCode::FORBIDDEN);
    }
    let page = browser
        .send(browser.get(browser.address("/az/my/consents")))
        .await;
    assert_eq!(page.status, StatusCode::OK);
}

#[tokio::test]
async fn wrong_codes_run_out() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.visit("/en/login").await;
    for left in (1..=4).rev() {
        let answer = browser.fill_in(&page, "OTEST01", "222222").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            answer.body.contains(&format!("Attempts left: {left}")),
            "{}",
            answer.body
        );
    }
    for code in ["222222", "111111"] {
        let answer = browser.fill_in(&page, "OTEST01", code).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(
            answer.body.contains("possible at 21.11.2026 12:01"),
            "{}",
            answer.body
        );
    }
    world.clock.advance_ms(aim_gov::identity::provider::WAIT_FIRST_MS);
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    assert!(answer.sent("code").is_some(), "{}", answer.body);
}

#[tokio::test]
async fn dead_cannot_log_in_and_a_fin_of_the_register_is_needed() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.visit("/en/login").await;
    let answer = browser.fill_in(&page, "OTEST06", "111111").await;
    assert!(answer.body.contains("this person has died"), "{}", answer.body);
    let answer = browser.fill_in(&page, "", "111111").await;
    assert!(answer.body.contains("Enter the FIN"), "{}", answer.body);
    let answer = browser.fill_in(&page, "7ABC123", "111111").await;
    assert!(answer.body.contains("nobody with this FIN"), "{}", answer.body);
}

#[tokio::test]
async fn cancelled_log_in_says_so() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.visit("/en/login").await;
    let form = [
        ("request", page.hidden("request")),
        ("action", "cancel".to_owned()),
    ];
    let answer = browser.send(browser.post(page.address).form(&form)).await;
    assert_eq!(answer.sent("error").as_deref(), Some("access_denied"));
    let page = browser.open(answer.location.unwrap()).await;
    assert!(page.body.contains("The log-in was cancelled"), "{}", page.body);
}

#[tokio::test]
async fn log_ins_in_two_windows_both_lead_on() {
    let world = World::start().await;
    let browser = world.browser();
    let one = browser.visit("/en/login?return=/en/my/consents").await;
    let two = browser.visit("/en/login?return=/en/my/log").await;
    for (page, path) in [(one, "/en/my/consents"), (two, "/en/my/log")] {
        let answer = browser.fill_in(&page, "OTEST01", "111111").await;
        let page = browser.open(answer.location.unwrap()).await;
        assert_eq!(
            (page.status, page.address.path()),
            (StatusCode::OK, path),
            "{}",
            page.body
        );
    }
}

#[tokio::test]
async fn callback_that_belongs_to_no_log_in_speaks_the_browsers_language() {
    let world = World::start().await;
    let browser = world.browser();
    for (wish, lang) in [("en-GB,en;q=0.9", "en"), ("az", "az")] {
        let request = browser.get(browser.address("/login/callback?state=x&code=y"));
        let page = browser.send(request.header("accept-language", wish)).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert!(
            page.body.contains(&format!("<html lang=\"{lang}\"")),
            "{}",
            page.body
        );
    }
}

#[tokio::test]
async fn foreign_cookie_beyond_ascii_changes_no_log_in_or_log_out() {
    const FOREIGN: &[u8] = "kampaniya=G\u{259}nc\u{259}".as_bytes();
    let world = World::start().await;
    let browser = world.browser();
    let beside = |cookies: String| {
        let all = [FOREIGN, b"; ", cookies.as_bytes()].concat();
        reqwest::header::HeaderValue::from_bytes(&all).unwrap()
    };
    let page = browser.visit("/az/login").await;
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    let provider = answer.cookie("aim_id").unwrap();
    let callback = browser.get(answer.location.unwrap());
    let portal = browser.send(callback).await.cookie("aim_portal").unwrap();

    let stranger = world.browser();
    let known = beside(format!("aim_portal={portal}"));
    let page = stranger.get(stranger.address("/az/my/consents"));
    assert_eq!(
        stranger.send(page.header("cookie", known.clone())).await.status,
        StatusCode::OK
    );

    // The log-out reaches the provider, so that the next person is asked who they are.
    let out = stranger
        .post(stranger.address("/az/logout"))
        .header("cookie", known);
    let out = stranger.send(out).await;
    let known = beside(format!("aim_id={provider}"));
    let end = stranger.get(out.location.unwrap()).header("cookie", known);
    assert_eq!(stranger.send(end).await.location.unwrap().path(), "/az/");
    let page = browser.visit("/az/login").await;
    assert_eq!(page.address.path(), "/az/id/login");
}
