//! The way from the platform to a service's origin.

use super::world::{Browser, World, service};
use aim_gov::sessions::{SERVICE_SESSION_MS, TICKET_MS};
use reqwest::StatusCode;
use url::Url;

/// The address with the ticket, not opened yet.
async fn at_the_door(browser: &Browser, service: &str) -> Url {
    let mut next = browser.address(&format!("/az/services/{service}/enter?return=/p%3Fq%3D1"));
    loop {
        let mut page = browser.send(browser.get(next)).await;
        if page.asks_to_join() {
            page = browser.join(&page).await;
        }
        next = page.location.expect("a way on");
        if next.path() == "/.aim/enter" {
            return next;
        }
    }
}

#[tokio::test]
async fn citizen_who_is_not_logged_in_gets_to_the_page_that_was_asked_for() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.visit("/en/services/hello/enter?return=/p%3Fq%3D1").await;
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    let inside = browser.open(answer.location.unwrap()).await;
    let citizen = world.identity.citizen("OTEST01").unwrap();
    assert_eq!(inside.body, format!("hello|{} substantial|/p?q=1|", citizen.0));
    assert_eq!(inside.address.host_str(), Some("hello.localhost"));
    // Known at this service only.
    let elsewhere = browser.home.as_str().replace("localhost", "other.localhost");
    let elsewhere = browser.open(Url::parse(&elsewhere).unwrap()).await;
    assert_eq!(elsewhere.body, "other|nobody|/|");
}

#[tokio::test]
async fn ticket_works_once_in_time_in_its_browser_and_at_its_service() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;

    let door = at_the_door(&browser, "hello").await;
    let thief = world.browser();
    let stolen = thief.send(thief.get(door.clone())).await;
    assert_eq!(
        (stolen.status, stolen.cookie("aim_session")),
        (StatusCode::BAD_REQUEST, None)
    );

    // A stolen ticket is spent all the same.
    let late = browser.send(browser.get(door)).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    assert!(
        late.body.contains("/az/services/hello/enter?return=%2Fp%3Fq%3D1"),
        "{}",
        late.body
    );

    let door = at_the_door(&browser, "hello").await;
    let mut elsewhere = door.clone();
    elsewhere.set_host(Some("other.localhost")).unwrap();
    assert_eq!(
        browser.send(browser.get(elsewhere)).await.status,
        StatusCode::BAD_REQUEST
    );

    let door = at_the_door(&browser, "hello").await;
    let inside = browser.send(browser.get(door.clone())).await;
    assert_eq!(inside.location.as_ref().map(Url::path), Some("/p"));
    assert!(inside.cookie("aim_session").is_some());
    assert_eq!(
        browser.send(browser.get(door)).await.status,
        StatusCode::BAD_REQUEST
    );

    let door = at_the_door(&browser, "hello").await;
    world.clock.advance_ms(TICKET_MS);
    assert_eq!(
        browser.send(browser.get(door)).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn way_on_from_the_door_stays_at_the_service() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    for to in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "/.aim/leave?to=https%3A%2F%2Fevil.example",
    ] {
        let mut door = at_the_door(&browser, "hello").await;
        let fields: Vec<_> = door
            .query_pairs()
            .into_owned()
            .map(|(name, value)| {
                let value = if name == "to" { to.to_owned() } else { value };
                (name, value)
            })
            .collect();
        door.query_pairs_mut().clear().extend_pairs(fields);
        let way_on = browser.send(browser.get(door)).await.location.unwrap();
        assert_eq!(
            (way_on.host_str(), way_on.path()),
            (Some("hello.localhost"), "/"),
            "{to}"
        );
    }
}

#[tokio::test]
async fn prepared_link_does_not_log_a_citizen_in_as_somebody_else() {
    let world = World::start().await;
    let attacker = world.browser();
    attacker.log_in("OTEST02").await;
    let door = at_the_door(&attacker, "hello").await;
    let victim = world.browser();
    victim.log_in("OTEST01").await;
    victim.visit("/az/services/hello/enter").await;
    assert_eq!(
        victim.send(victim.get(door.clone())).await.status,
        StatusCode::BAD_REQUEST
    );
    let mut service = door;
    service.set_path("/");
    service.set_query(None);
    let citizen = world.identity.citizen("OTEST01").unwrap();
    let inside = victim.open(service).await;
    assert_eq!(inside.body, format!("hello|{} substantial|/|", citizen.0));
}

#[tokio::test]
async fn service_sees_no_cookie_of_the_host() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    let inside = browser.visit("/az/services/hello/enter").await;
    let sent = browser
        .get(inside.address)
        .header("cookie", "theme=dark; aim_session=guess; aim_portal=guess");
    let seen = browser.send(sent).await;
    assert_eq!(seen.body, "hello|nobody|/|theme=dark");
}

#[tokio::test]
async fn front_door_passes_no_cookie_of_the_host_on() {
    let world = World::start().await;
    let browser = world.browser();
    let mut address = browser.home.clone();
    address.set_host(Some("hello.localhost")).unwrap();
    address.set_path("/sets-cookies");
    let answer = browser.send(browser.get(address)).await;
    assert_eq!(answer.cookies, ["theme=dark"]);
}

#[tokio::test]
async fn stronger_log_in_is_asked_for_and_kept() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    let page = browser.visit("/az/services/hello/enter?acr=high").await;
    assert!(page.body.contains("SİMA"), "{}", page.body);
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    let inside = browser.open(answer.location.unwrap()).await;
    assert!(inside.body.contains(" high|/|"), "{}", inside.body);

    world.clock.advance_ms(60_000);
    let since = world.clock.now().0;
    let page = browser
        .visit(&format!("/az/services/hello/enter?since={since}"))
        .await;
    assert_eq!(page.address.path(), "/az/id/login");
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    let inside = browser.open(answer.location.unwrap()).await;
    assert_eq!(inside.address.host_str(), Some("hello.localhost"));
    let tomorrow = since + aim_gov::clock::DAY_MS;
    let refused = browser
        .visit(&format!("/az/services/hello/enter?since={tomorrow}"))
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn test_takes_as_many_citizens_as_approved_and_no_minor() {
    let world = World::start().await;
    for fin in ["OTEST01", "OTEST02"] {
        let browser = world.browser();
        browser.log_in(fin).await;
        let inside = browser.visit("/az/services/hello/enter").await;
        assert_eq!(inside.address.host_str(), Some("hello.localhost"));
        // Coming again takes no second place.
        browser.visit("/az/services/hello/enter").await;
    }
    for (fin, words) in [
        ("OTEST04", "Sınaqda yer qalmayıb"),
        ("OTEST03", "18 yaşına çatmayanlar"),
    ] {
        let browser = world.browser();
        browser.log_in(fin).await;
        let page = browser.visit("/az/services/hello/enter").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.body.contains(words), "{}", page.body);
    }
}

#[tokio::test]
async fn joining_and_consent_wait_for_the_register() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    let enter = browser.address("/en/services/hello/enter");
    let consent = browser.address("/en/consent/hello?purpose=greeting&return=/");
    let joining = || browser.post(enter.clone()).form(&[("decision", "join")]);
    let asked = browser.send(browser.get(consent.clone())).await;
    let agreement = asked.hidden("agreement");
    let agreeing = || {
        let answer = [
            ("purpose", "greeting"),
            ("return", "/"),
            ("answered", "greeting"),
            ("agreement", &agreement),
            ("decision", "agree"),
        ];
        browser.post(consent.clone()).form(&answer)
    };
    let before = world.rows().await;
    world.register.is_out(true);
    for request in [
        browser.get(enter.clone()),
        joining(),
        browser.get(consent.clone()),
        agreeing(),
    ] {
        let page = browser.send(request).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{}", page.address);
        assert!(page.body.contains("not available right now"), "{}", page.body);
    }
    assert_eq!(world.rows().await, before);
    world.register.is_out(false);
    let agreed = browser.send(agreeing()).await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.body);
}

#[tokio::test]
async fn enrolment_needs_the_citizens_confirmation() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    let enter = browser.address("/en/services/hello/enter?return=/p");
    // An address that another page opens shows the question, and nothing more.
    for _ in 0..2 {
        let asked = browser.send(browser.get(enter.clone())).await;
        assert_eq!(asked.status, StatusCode::OK);
        assert!(
            asked.asks_to_join() && asked.body.contains("Nümunə MMC"),
            "{}",
            asked.body
        );
    }
    let form = |decision: &'static str, site: &'static str| {
        browser
            .post(enter.clone())
            .header("sec-fetch-site", site)
            .form(&[("decision", decision)])
    };
    let forged = browser.send(form("join", "same-site")).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let later = browser.send(form("not-now", "same-origin")).await;
    assert_eq!(later.location.as_ref().map(Url::path), Some("/en/services/hello"));
    assert!(browser.send(browser.get(enter.clone())).await.asks_to_join());

    let joined = browser.send(form("join", "same-origin")).await;
    assert_eq!(joined.location.as_ref(), Some(&enter));
    let inside = browser.send(browser.get(enter)).await;
    assert_eq!(inside.location.as_ref().map(Url::path), Some("/.aim/start"));
}

/// What a citizen enters goes to the hosts, whether or not the service asks for data: a new one is told.
#[tokio::test]
async fn new_outbound_host_is_told_before_the_next_visit() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    browser.visit("/en/services/hello/enter").await;
    let enter = browser.address("/en/services/hello/enter");
    let wider = |hosts: &[&str]| {
        let mut wider = service("hello", world.port);
        wider
            .grant
            .capabilities
            .insert(aim_gov::grant::Capability::Outbound);
        wider.grant.outbound_hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        wider
    };
    world.deploy(wider(&["api.one.example", "api.two.example"]));
    let asked = browser.send(browser.get(enter.clone())).await;
    assert!(asked.asks_to_join(), "{}", asked.body);
    for words in [
        "What is new",
        "api.one.example",
        "api.two.example",
        "Go on with the test",
    ] {
        assert!(asked.body.contains(words), "{words}: {}", asked.body);
    }
    let inside = browser.join(&asked).await;
    let inside = browser.send(browser.get(inside.location.unwrap())).await;
    assert_eq!(inside.location.as_ref().map(Url::path), Some("/.aim/start"));
    // Fewer ask nobody.
    world.deploy(wider(&["api.one.example"]));
    let inside = browser.send(browser.get(enter)).await;
    assert_eq!(inside.location.as_ref().map(Url::path), Some("/.aim/start"));
}

#[tokio::test]
async fn way_into_a_service_that_is_gone_leads_to_its_page() {
    let world = World::start().await;
    let browser = world.browser();
    world.remove("hello");
    let enter = browser.address("/en/services/hello/enter?return=/p");
    let gone = browser.send(browser.get(enter)).await;
    assert_eq!(gone.location.as_ref().map(Url::path), Some("/en/services/hello"));
}

#[tokio::test]
async fn service_log_in_ends_by_the_hosts_clock() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    let inside = browser.visit("/az/services/hello/enter").await;
    world.clock.advance_ms(SERVICE_SESSION_MS);
    let after = browser.send(browser.get(inside.address)).await;
    assert_eq!(after.body, "hello|nobody|/|");
}

#[tokio::test]
async fn unknown_names_and_addresses_of_the_host_are_refused() {
    let world = World::start().await;
    let browser = world.browser();
    let at = |host: &str, path: &str| {
        let address = browser.address(path);
        browser.get(address).header("host", host.to_owned())
    };
    for host in [
        "evil.example",
        "localhost.evil.example",
        "a.b.localhost",
        ".localhost",
    ] {
        let page = browser.send(at(host, "/az/my/log")).await;
        assert!(
            matches!(
                page.status,
                StatusCode::MISDIRECTED_REQUEST | StatusCode::BAD_REQUEST
            ),
            "{host}: {}",
            page.status
        );
    }
    let page = browser.send(at("hello.localhost", "/.aim/secrets")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    // At a service's origin every link leads to the platform in full: a relative one is the plug-in's.
    let home = format!("href=\"{}az/\"", browser.home);
    assert!(page.body.contains(&home), "{}", page.body);
    assert!(
        !page.body.contains("href=\"/") && !page.body.contains("action="),
        "{}",
        page.body
    );
    let page = browser.visit("/az/services/nothing/enter").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    for bad in ["acr=divine", "browser=short"] {
        let page = world.browser();
        page.log_in("OTEST01").await;
        let page = page.visit(&format!("/az/services/hello/enter?{bad}")).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn long_address_gets_through_the_log_in_and_a_foreign_one_nowhere() {
    let world = World::start().await;
    let browser = world.browser();
    let long = format!("/p?q={}", "%C6%8F".repeat(330));
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("return", &long)
        .finish();
    let page = browser.visit(&format!("/az/services/hello/enter?{query}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let answer = browser.fill_in(&page, "OTEST01", "111111").await;
    let inside = browser.open(answer.location.unwrap()).await;
    assert!(inside.body.contains(&format!("|{long}|")), "{}", inside.body);
    for elsewhere in ["//evil.example/", "https://evil.example/"] {
        let inside = browser
            .visit(&format!("/az/services/hello/enter?return={elsewhere}"))
            .await;
        assert!(inside.body.ends_with("|/|"), "{elsewhere}: {}", inside.body);
    }
}

#[tokio::test]
async fn foreign_cookie_beyond_ascii_does_not_lock_a_citizen_out() {
    let world = World::start().await;
    let browser = world.browser();
    browser.log_in("OTEST01").await;
    let door = at_the_door(&browser, "hello").await;
    let inside = browser.send(browser.get(door)).await;
    let session = inside.cookie("aim_session").unwrap();
    let stranger = world.browser();
    let address = inside.location.unwrap();
    let cookies = format!("tema=a\u{e7}\u{131}q; aim_session={session}; a=b");
    let cookies = reqwest::header::HeaderValue::from_bytes(cookies.as_bytes()).unwrap();
    let seen = stranger
        .send(stranger.get(address).header("cookie", cookies))
        .await;
    assert!(
        seen.body
            .contains(" substantial|/p?q=1|tema=a\u{e7}\u{131}q; a=b"),
        "{}",
        seen.body
    );
}

#[tokio::test]
async fn expired_ticket_speaks_the_browsers_language() {
    let world = World::start().await;
    let browser = world.browser();
    let mut address = browser.address("/.aim/enter?ticket=old&to=/p");
    address.set_host(Some("hello.localhost")).unwrap();
    let page = browser
        .send(browser.get(address).header("accept-language", "en-GB,en"))
        .await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("<html lang=\"en\""), "{}", page.body);
    assert!(
        page.body.contains("/en/services/hello/enter?return=%2Fp"),
        "{}",
        page.body
    );
}
