//! The consent screen, a citizen's consents, the receipt and the log, through the router.

use axum::http::{Request, StatusCode};

use super::site::{Site, answer_to};
use crate::audit::{self, Entry};
use crate::grant::Capability;
use crate::invocation::ServiceId;
use crate::scene::{GREETING, ONCE, service};

const ASK: &str = "/en/consent/tea-house?purpose=greeting&purpose=once&return=%2Fmenu%3Fday%3D1";

#[tokio::test]
async fn screen_says_everything_and_asks_for_each_purpose() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let page = site.get(ASK).await;
    assert_eq!(page.status, StatusCode::OK);
    for words in [
        "Çayxana",
        "Çay MMC",
        "Purpose: greeting",
        "Purpose: once",
        "First name",
        "FIN (personal identification number)",
        "7 days",
        "21.12.2026",
        "Nobody",
        "If you refuse",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    // Equal weight: two plain buttons, nothing ticked.
    assert_eq!(
        page.body
            .matches("<button type=\"submit\" name=\"decision\"")
            .count(),
        4
    );
    assert!(!page.body.contains("checked"));

    let answer = site
        .post("/en/consent/tea-house", &answer_to(&page.body, GREETING, "agree"))
        .await;
    assert_eq!(
        (answer.status, answer.location.as_str()),
        (StatusCode::SEE_OTHER, ASK)
    );
    let page = site.get(&answer.location).await;
    assert!(!page.body.contains("Purpose: greeting"), "{}", page.body);
    let answer = site
        .post("/en/consent/tea-house", &answer_to(&page.body, ONCE, "agree"))
        .await;
    let done = site.get(&answer.location).await;
    assert_eq!(
        done.location,
        "/en/services/tea-house/enter?return=%2Fmenu%3Fday%3D1"
    );
}

#[tokio::test]
async fn refusal_is_kept_and_does_not_send_the_citizen_round_and_round() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let page = site.get("/en/consent/tea-house?purpose=greeting").await;
    let answer = site
        .post(
            "/en/consent/tea-house",
            &answer_to(&page.body, GREETING, "refuse"),
        )
        .await;
    let page = site.get(&answer.location).await;
    assert!(page.body.contains("You refused"), "{}", page.body);
    let record = &site
        .scene
        .consent
        .of_citizen(&site.scene.citizen, None)
        .await
        .unwrap()[0];
    assert_eq!(record.state.code(), "denied");
}

#[tokio::test]
async fn answer_to_terms_that_changed_meanwhile_counts_for_nothing() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let page = site.get("/en/consent/tea-house?purpose=greeting").await;
    let body = answer_to(&page.body, GREETING, "agree");
    let (start, rest) = body.split_once("agreement=").unwrap();
    let forged = format!("{start}agreement=0000{}", rest.get(4..).unwrap());
    let answer = site.post("/en/consent/tea-house", &forged).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let records = site
        .scene
        .consent
        .of_citizen(&site.scene.citizen, None)
        .await
        .unwrap();
    assert_eq!(records, []);
}

#[tokio::test]
async fn another_site_cannot_decide_for_the_citizen() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let page = site.get("/en/consent/tea-house?purpose=greeting").await;
    let body = answer_to(&page.body, GREETING, "agree");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://tea-house.localhost"),
        ("origin", "null"),
    ] {
        let request = Request::post("/en/consent/tea-house")
            .header("host", "localhost")
            .header(name, value);
        let answer = site.send(request, &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let records = site
        .scene
        .consent
        .of_citizen(&site.scene.citizen, None)
        .await
        .unwrap();
    assert_eq!(records, []);
}

#[tokio::test]
async fn addresses_that_no_page_links_to_are_refused() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    for (path, status) in [
        // What became of a service is said on its own page.
        ("/en/consent/bakery?purpose=greeting", StatusCode::SEE_OTHER),
        ("/en/consent/Bakery%2F?purpose=greeting", StatusCode::NOT_FOUND),
        ("/en/consent/tea-house", StatusCode::BAD_REQUEST),
        (
            "/en/consent/tea-house?purpose=advertising",
            StatusCode::BAD_REQUEST,
        ),
        ("/en/my/consents/cns_nothing/receipt.json", StatusCode::NOT_FOUND),
        ("/en/my/consents/cns_nothing/receipt.jws", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(site.get(path).await.status, status, "{path}");
    }
    let answer = site.post("/en/my/consents/cns_nothing", "change=revoke").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_lead_to_the_log_in_and_back() {
    let mut site = Site::open("OTEST01", service("tea-house")).await;
    site.cookie = "aim_portal=AAAAAAAAAAAAAAAAAAAAAA".to_owned();
    for (path, login) in [
        ("/az/my/log", "/az/login?return=%2Faz%2Fmy%2Flog"),
        ("/en/my/consents", "/en/login?return=%2Fen%2Fmy%2Fconsents"),
        (
            "/en/consent/tea-house?purpose=greeting",
            "/en/login?return=%2Fen%2Fconsent%2Ftea-house%3Fpurpose%3Dgreeting",
        ),
    ] {
        assert_eq!(site.get(path).await.location, login);
    }
}

#[tokio::test]
async fn log_in_that_interrupted_a_form_leads_to_a_page() {
    let mut site = Site::open("OTEST01", service("tea-house")).await;
    let own = site.cookie.clone();
    for (path, form, status, location) in [
        (
            "/en/my/consents/cns_1",
            "change=pause",
            StatusCode::SEE_OTHER,
            "/en/my/consents",
        ),
        ("/en/my/tests/tea-house/leave", "", StatusCode::NOT_FOUND, ""),
    ] {
        site.cookie = "aim_portal=AAAAAAAAAAAAAAAAAAAAAA".to_owned();
        let login = site.post(path, form).await.location;
        assert_eq!(login, format!("/en/login?return={}", path.replace('/', "%2F")));
        site.cookie.clone_from(&own);
        let opened = site.get(path).await;
        assert_eq!((opened.status, &*opened.location), (status, location), "{path}");
    }
}

#[tokio::test]
async fn minor_is_not_asked() {
    let site = Site::open("OTEST03", service("tea-house")).await;
    let page = site.get("/en/consent/tea-house?purpose=greeting").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.body.contains("under 18"), "{}", page.body);
}

#[tokio::test]
async fn citizen_pauses_revokes_and_keeps_a_receipt() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let inv = site.scene.at(service("tea-house"));
    let id = site.scene.agree(&inv, GREETING).await;
    let page = site.get("/az/my/consents").await;
    assert!(page.body.contains("Qüvvədədir"), "{}", page.body);
    for (change, words) in [
        ("pause", "Dayandırılıb"),
        ("resume", "Qüvvədədir"),
        ("revoke", "Geri götürülüb"),
    ] {
        let answer = site
            .post(&format!("/az/my/consents/{id}"), &format!("change={change}"))
            .await;
        assert_eq!(answer.location, "/az/my/consents");
        let page = site.get("/az/my/consents").await;
        assert!(page.body.contains(words), "{change}: {}", page.body);
    }
    let again = site.post(&format!("/az/my/consents/{id}"), "change=revoke").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert!(again.body.contains("href=\"/en/my/consents\""), "{}", again.body);

    let receipt = site.get(&format!("/az/my/consents/{id}/receipt.json")).await;
    let receipt: serde_json::Value = serde_json::from_str(&receipt.body).unwrap();
    let sub = site.scene.identity.sub(&inv.service.id, &site.scene.citizen);
    for (field, value) in [
        ("record_id", id.as_str()),
        ("pii_principal_id", &sub),
        ("pii_controller", "Çay MMC"),
        ("event_state", "revoked"),
        ("lawful_basis", "consent"),
        ("withdrawal_method", "http://localhost/az/my/consents"),
    ] {
        assert_eq!(receipt[field], value, "{field}");
    }
    assert_eq!(receipt["pii_information"][0]["pii_type"], "birthdate");
    assert_eq!(receipt["pii_information"][0]["pii_category"], "personal");
}

#[tokio::test]
async fn log_shows_uses_and_refused_attempts_in_both_languages() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let inv = site.scene.at(service("tea-house"));
    let name = ["given_name".to_owned()];
    let _ = site.scene.identity.claims(&inv, &name, GREETING).await;
    site.scene.agree(&inv, GREETING).await;
    site.scene.identity.claims(&inv, &name, GREETING).await.unwrap();
    for (path, words) in [
        (
            "/en/my/log",
            [
                "Read your data",
                "Refused: you had not agreed",
                "Allowed",
                "First name",
                "You yourself → Çayxana",
            ],
        ),
        (
            "/az/my/log",
            [
                "Məlumatlarınızı oxudu",
                "Rədd edildi: razılığınız yoxdur",
                "İcazə verildi",
                "Ad",
                "Siz özünüz → Çayxana",
            ],
        ),
    ] {
        let page = site.get(path).await;
        for words in words {
            assert!(page.body.contains(words), "{words}: {}", page.body);
        }
        assert!(!page.body.contains("Aygün"), "a value in the log: {}", page.body);
    }
    let empty = site.get("/en/my/log?before=log_0").await;
    assert!(empty.body.contains("There is no record yet"), "{}", empty.body);
}

#[tokio::test]
async fn citizen_leaves_a_test_on_the_page() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let leave = "/en/my/tests/tea-house/leave";
    assert_eq!(site.post(leave, "").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        site.post("/en/my/tests/%00/leave", "").await.status,
        StatusCode::NOT_FOUND
    );
    site.scene
        .agree(&site.scene.at(service("tea-house")), GREETING)
        .await;
    let page = site.get("/en/my/consents").await;
    assert!(page.body.contains(&format!("href=\"{leave}\"")), "{}", page.body);
    let foreign = Request::post(leave).header("sec-fetch-site", "cross-site");
    assert_eq!(site.send(foreign, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(site.post(leave, "").await.location, "/en/my/consents");
    let page = site.get("/en/my/consents").await;
    assert!(
        page.body.contains("Revoked") && !page.body.contains(leave),
        "{}",
        page.body
    );
    let log = site.get("/en/my/log").await;
    assert!(log.body.contains("You left the test"), "{}", log.body);
}

#[tokio::test]
async fn log_says_who_it_was() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    let platform = &site.scene.platform;
    let by_you = "You yourself → Çayxana";
    for (interface, operation, service, digest, who) in [
        (Capability::Payments, "pay", "tea-house", "", by_you),
        (
            Capability::Payments,
            "expire",
            "tea-house",
            "",
            "The state&#39;s platform",
        ),
        (
            Capability::Payments,
            "check-receipt",
            "tea-house",
            "",
            "Somebody with its number and code → Çayxana",
        ),
        (
            Capability::Identity,
            "current",
            "tea-house",
            "sha256:0",
            "Çayxana",
        ),
        (Capability::Identity, "userinfo", "bank", "", "bank"),
        (
            Capability::Identity,
            "log-in",
            "platform",
            "",
            "The state&#39;s platform",
        ),
    ] {
        platform.clock.advance_ms(1);
        let entry = Entry {
            service: ServiceId(service.to_owned()),
            digest: digest.to_owned(),
            ..Entry::of(
                &site.scene.at(crate::scene::service(service)),
                interface,
                operation,
            )
        };
        let mut tx = platform.db.begin().await.unwrap();
        let now = platform.clock.now();
        audit::append(&mut tx, &platform.random, now, &entry, audit::ALLOWED)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let page = site.get("/en/my/log").await.body;
        let first = page
            .split_once("<tbody>")
            .unwrap()
            .1
            .split_once("</tr>")
            .unwrap()
            .0;
        assert!(first.contains(&format!("\">{who}</td>")), "{operation}: {first}");
    }
}

#[tokio::test]
async fn malformed_ids_are_never_looked_up() {
    let site = Site::open("OTEST01", service("tea-house")).await;
    site.scene
        .agree(&site.scene.at(service("tea-house")), GREETING)
        .await;
    for path in ["/en/my/log?before=%00", "/en/my/consents?before=%00"] {
        let page = site.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.body.contains("Purpose: greeting"), "{path}: {}", page.body);
    }
    for kind in ["json", "jws"] {
        let receipt = site.get(&format!("/en/my/consents/%00/receipt.{kind}")).await;
        assert_eq!(receipt.status, StatusCode::NOT_FOUND, "{kind}");
    }
}
