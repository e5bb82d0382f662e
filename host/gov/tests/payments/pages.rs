//! The payment pages as a browser walks through them.

use std::sync::Arc;

use aim_gov::audit;
use aim_gov::directory::Directory;
use aim_gov::invocation::{Acr, CitizenId, Service, Session as CitizenSession};
use aim_gov::payments::pages::{Pages, routes};
use aim_gov::payments::provider::{PROVIDER_WITHIN, RECONCILE_AFTER_MS};
use aim_gov::payments::rejection::REJECTIONS_MAX;
use aim_gov::payments::{NewPayment, Payment};
use aim_gov::text::Locale;
use aim_gov::web::keys;
use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use axum::{Extension, Router};
use tower::ServiceExt as _;
use tower_sessions::session::{Id, Record};
use tower_sessions::{Session, SessionStore, session_store};

use crate::scene::{GOOD_CARD, NOW, Scene, Sqlite, new_payment, service};
use crate::suite::{Faulty, How};

/// Sessions here live in their value.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl SessionStore for Nowhere {
    async fn save(&self, _: &Record) -> session_store::Result<()> {
        Ok(())
    }
    async fn load(&self, _: &Id) -> session_store::Result<Option<Record>> {
        Ok(None)
    }
    async fn delete(&self, _: &Id) -> session_store::Result<()> {
        Ok(())
    }
}

struct Browser {
    router: Router,
}

struct Page {
    status: StatusCode,
    location: Option<String>,
    text: String,
}

impl Browser {
    async fn of(scene: &Scene, citizen: Option<&CitizenId>) -> Self {
        let service = scene.service.clone();
        Self::with(scene, citizen, move || Some(service.clone())).await
    }

    async fn with(
        scene: &Scene,
        citizen: Option<&CitizenId>,
        service: impl Fn() -> Option<Arc<Service>> + Send + Sync + 'static,
    ) -> Self {
        let session = Session::new(None, Arc::new(Nowhere), None);
        if let Some(citizen) = citizen {
            let log_in = CitizenSession {
                citizen: citizen.clone(),
                acr: Acr::Substantial,
                amr: Vec::new(),
                auth_time: NOW,
                locale: Locale::Az,
            };
            session.insert(keys::CITIZEN, log_in).await.unwrap();
        }
        let pages = Pages {
            payments: scene.payments.clone(),
            services: Directory::new(move |_| service()),
        };
        Self {
            router: routes::<()>(pages).layer(Extension(session)),
        }
    }

    async fn send(&self, request: Request<Body>) -> Page {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let location = response
            .headers()
            .get(header::LOCATION)
            .map(|location| location.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Page {
            status,
            location,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    async fn get(&self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// Follows a redirect.
    #[track_caller]
    fn follow<'a>(&'a self, page: &'a Page) -> impl Future<Output = Page> + 'a {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        self.get(page.location.as_deref().unwrap())
    }
}

fn field(page: &Page, name: &str) -> String {
    let (_, rest) = page
        .text
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn card<'a>(confirmation: &'a str, number: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("confirmation", confirmation),
        ("card-number", number),
        ("expiry-month", "12"),
        ("expiry-year", "30"),
        ("cvc", "123"),
    ]
}

async fn scene() -> (Sqlite, Scene, Payment) {
    let file = Sqlite::new();
    let scene = Scene::new(file.open().await).await;
    let payment = scene.create(&scene.citizen(0), "k", 1_234).await.unwrap();
    (file, scene, payment)
}

#[tokio::test]
async fn a_citizen_pays_and_keeps_the_receipt() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/az/pay/{}", payment.id);
    let page = browser.get(&path).await;
    assert_eq!(page.status, StatusCode::OK);
    for shown in [
        "12,34\u{a0}AZN",
        "Su təchizatı idarəsi (sınaq)",
        "Su haqqı",
        "Ev MMC",
        "R-1",
        "4000 0025 0000 3155",
        "21.11.2026 13:30",
    ] {
        assert!(page.text.contains(shown), "{shown}");
    }
    let confirmation = field(&page, "confirmation");
    let form = card(&confirmation, "4242 4242 4242 4242");
    let sent = browser.post(&path, &form).await;
    let outcome = browser.follow(&sent).await;
    assert!(outcome.text.contains("Ödəniş qəbul edildi"));
    assert!(
        outcome
            .text
            .contains("href=\"http://communal-bills.localhost:8080/paid?ref=R-1\"")
    );
    // The back button and a second click change nothing.
    let again = browser.post(&path, &form).await;
    assert!(browser.follow(&again).await.text.contains("Ödəniş qəbul edildi"));
    let back = browser.get(&path).await;
    assert!(browser.follow(&back).await.text.contains("Ödəniş qəbul edildi"));
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 1_234);
    let (_, rest) = outcome.text.split_once("href=\"/az/receipts/").unwrap();
    let receipt = rest.split_once('"').unwrap().0;
    let page = browser.get(&format!("/en/receipts/{receipt}")).await;
    for shown in [
        "AZN\u{a0}12.34",
        receipt,
        "ACSC",
        "1423910",
        "210010",
        "Water",
        "21.11.2026 12:00",
    ] {
        assert!(page.text.contains(shown), "{shown}");
    }
    let mine = browser.get("/en/my/payments").await;
    assert!(mine.text.contains(&format!("/en/receipts/{receipt}")));
    assert!(mine.text.contains("Paid"));
}

#[tokio::test]
async fn citizen_who_waits_for_the_bank_is_told_not_to_pay_again() {
    for does_it in [false, true] {
        let (_file, mut scene, payment) = scene().await;
        let healthy = scene.payments.clone();
        let how = if does_it { How::AnswerLost } else { How::Fails };
        let faulty = Faulty::new(scene.platform.db.clone(), how);
        scene.payments = healthy.clone().with_provider(faulty, PROVIDER_WITHIN);
        let browser = Browser::of(&scene, Some(&payment.citizen)).await;
        let path = format!("/en/pay/{}", payment.id);
        let confirmation = field(&browser.get(&path).await, "confirmation");
        let form = card(&confirmation, "4242 4242 4242 4242");
        let sent = browser.post(&path, &form).await;
        let waiting = browser.follow(&sent).await;
        assert_eq!(waiting.status, StatusCode::OK);
        assert!(waiting.text.contains("Do not pay again"), "{}", waiting.text);
        assert!(waiting.text.contains(&format!("href=\"{path}/waiting\"")));
        // A second click, the pay page, the bank's and the outcome's lead there too.
        let again = browser.post(&path, &form).await;
        let back = browser.post(&format!("{path}/turn-back"), &[]).await;
        let bank = browser
            .post(&format!("{path}/bank"), &[("answer", "approve")])
            .await;
        let outcome = browser.get(&format!("{path}/outcome")).await;
        for page in [again, back, bank, outcome, browser.get(&path).await] {
            assert!(browser.follow(&page).await.text.contains("Do not pay again"));
        }
        let mine = browser.get("/en/my/payments").await;
        assert!(mine.text.contains("Waiting for the bank"));

        scene.platform.clock.advance_ms(i64::from(RECONCILE_AFTER_MS));
        scene.payments = healthy;
        let browser = Browser::of(&scene, Some(&payment.citizen)).await;
        let page = browser.get(&format!("{path}/waiting")).await;
        let page = browser.follow(&page).await;
        let expected = if does_it {
            "Payment complete"
        } else {
            "The bank never received your payment"
        };
        assert!(page.text.contains(expected), "{}", page.text);
        let moved = scene.verify().await.totals.debit.minor_units();
        assert_eq!(moved, if does_it { 1_234 } else { 0 });
        if !does_it {
            let sent = browser.post(&path, &form).await;
            assert!(browser.follow(&sent).await.text.contains("Payment complete"));
        }
    }
}

#[tokio::test]
async fn whoever_is_shown_a_receipt_can_check_it() {
    let (_file, scene, payment) = scene().await;
    let paid = scene.pay(&payment, GOOD_CARD).await;
    let id = paid.receipt_id.unwrap();
    let citizen = Browser::of(&scene, Some(&payment.citizen)).await;
    let page = citizen.get(&format!("/en/receipts/{id}")).await;
    let (_, rest) = page.text.split_once("Verification code</dt>").unwrap();
    let code = rest.split_once("<code>").unwrap().1.split_once('<').unwrap().0;
    let anybody = Browser::of(&scene, None).await;
    assert_eq!(anybody.get("/az/receipts").await.status, StatusCode::OK);
    let typed = code.to_uppercase();
    let page = anybody
        .post("/en/receipts", &[("number", &format!(" {id}")), ("code", &typed)])
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text.contains("This receipt is genuine") && page.text.contains("AZN\u{a0}12.34"));
    scene
        .change_payments("description_en = 'Fine paid', service_en = 'Court', controller = 'Court'")
        .await;
    for page in [
        anybody
            .post("/en/receipts", &[("number", &id), ("code", &typed)])
            .await,
        citizen.get(&format!("/en/receipts/{id}")).await,
    ] {
        assert!(page.text.contains("Water</dd>") && page.text.contains("Ev MMC"));
        assert!(!page.text.contains("Fine paid") && !page.text.contains("Court"));
    }
    let wrong = code.replace(char::is_numeric, "a");
    for (number, code) in [(id.as_str(), wrong.as_str()), (&id, ""), ("rcp_x", code)] {
        let page = anybody
            .post("/en/receipts", &[("number", number), ("code", code)])
            .await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.text.contains("There is no receipt with this number") && !page.text.contains("12.34"));
        assert_eq!(
            page.text
                .matches("aria-invalid=\"true\" aria-describedby=\"number-error\"")
                .count(),
            2
        );
    }
    let records = audit::of_citizen(&scene.platform.db, &payment.citizen, None, 100)
        .await
        .unwrap();
    let checks = records
        .iter()
        .filter(|record| record.operation == "check-receipt");
    assert_eq!(checks.count(), 2);
}

#[tokio::test]
async fn wrong_fields_are_named_and_the_number_never_comes_back() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/en/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    let mut form = card(&confirmation, "5555 5555 5555 4444");
    form[2].1 = "13";
    form[4].1 = "98765";
    let page = browser.post(&path, &form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    for shown in [
        "<title>Error:",
        "href=\"#card-number\"",
        "href=\"#expiry-month\"",
        "href=\"#cvc\"",
        "This is not a test card",
        "value=\"13\" aria-invalid=\"true\" aria-describedby=\"expiry-error\"",
        "value=\"30\" aria-invalid=\"true\" aria-describedby=\"expiry-error\"",
    ] {
        assert!(page.text.contains(shown), "{shown}");
    }
    assert!(!page.text.contains("4444</") && !page.text.contains("5555") && !page.text.contains("98765"));
    // Nothing at all, not even a form of ours.
    assert_eq!(
        browser.post(&path, &[]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let page = browser.post(&path, &card("0", "4242424242424242")).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
}

#[tokio::test]
async fn the_bank_asks_and_the_citizen_answers() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/en/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    let sent = browser
        .post(&path, &card(&confirmation, "4000002500003155"))
        .await;
    let bank = browser.follow(&sent).await;
    assert!(bank.text.contains("Your bank asks you to confirm"));
    let odd = browser
        .post(&format!("{path}/bank"), &[("answer", "maybe")])
        .await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    assert!(odd.text.contains("<h1>The request is not right</h1>"));
    let sent = browser
        .post(&format!("{path}/bank"), &[("answer", "approve")])
        .await;
    assert!(browser.follow(&sent).await.text.contains("Payment complete"));
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 1_234);
}

#[tokio::test]
async fn a_citizen_turns_back_and_money_is_held() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let sent = browser
        .post(&format!("/en/pay/{}/turn-back", payment.id), &[])
        .await;
    let page = browser.follow(&sent).await;
    assert!(page.text.contains("You decided not to pay."));
    assert!(page.text.contains("No money left your card."));
    let delayed = NewPayment {
        delayed_capture: true,
        ..new_payment(200)
    };
    let by = scene.by(&payment.citizen);
    let payment = scene.payments.create(&by, "m", delayed).await.unwrap();
    let path = format!("/en/pay/{}", payment.id);
    let page = browser.get(&path).await;
    assert!(page.text.contains("first held on your card"));
    let sent = browser
        .post(&path, &card(&field(&page, "confirmation"), "4242424242424242"))
        .await;
    assert!(browser.follow(&sent).await.text.contains("held on your card"));
    scene.verify().await;
}

#[tokio::test]
async fn refused_card_says_why_and_another_is_tried_on_the_same_page() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/en/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    for (number, grouped, why, at) in [
        (
            "4000000000000002",
            "4000 0000 0000 0002",
            "Your bank declined this card.",
            "card-number",
        ),
        (
            "4000000000000069",
            "4000 0000 0000 0069",
            "Your bank says that this card has expired.",
            "expiry-month",
        ),
        (
            "4000000000000127",
            "4000 0000 0000 0127",
            "Your bank says that the security code is not right.",
            "cvc",
        ),
    ] {
        let page = browser.post(&path, &card(&confirmation, number)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
        let summary = format!("<a href=\"#{at}\">{why} Nothing was paid.");
        assert!(page.text.contains(&summary), "{number}: {}", page.text);
        assert_eq!(field(&page, "card-number"), grouped);
        assert!(
            page.text.contains("autocomplete=\"off\" value=\"30\""),
            "{}",
            page.text
        );
        assert!(!page.text.contains("value=\"123\""), "the code is sent back");
        let mine = browser.get("/en/my/payments").await;
        assert!(mine.text.contains(why), "{number}: {}", mine.text);
    }
    let sent = browser
        .post(&path, &card(&confirmation, "4000002500003155"))
        .await;
    browser.follow(&sent).await;
    let sent = browser
        .post(&format!("{path}/bank"), &[("answer", "refuse")])
        .await;
    let page = browser.follow(&sent).await;
    let why = "You told your bank that this payment is not yours.";
    assert!(page.text.contains(why), "{}", page.text);
    let sent = browser.post(&path, &card(&confirmation, GOOD_CARD)).await;
    assert!(browser.follow(&sent).await.text.contains("Payment complete"));
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 1_234);
}

#[tokio::test]
async fn payment_that_took_its_last_card_says_why() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/en/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    let mut sent = browser
        .post(&path, &card(&confirmation, "4000000000000002"))
        .await;
    for _ in 1..REJECTIONS_MAX {
        sent = browser
            .post(&path, &card(&confirmation, "4000000000000002"))
            .await;
    }
    let page = browser.follow(&sent).await;
    let why = "Your bank declined this card. Cards were refused too often.";
    assert!(page.text.contains(why), "{}", page.text);
    assert!(page.text.contains("No money left your card."), "{}", page.text);
    let mine = browser.get("/en/my/payments").await;
    assert!(mine.text.contains(why), "{}", mine.text);
}

#[tokio::test]
async fn test_cards_stand_beside_the_number() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let page = browser.get(&format!("/en/pay/{}", payment.id)).await.text;
    let at = |what: &str| page.find(what).unwrap_or_else(|| panic!("{what}: {page}"));
    assert!(at("id=\"card-number\"") < at("<details open>"));
    assert!(at("<details open>") < at("4000 0000 0000 0069"));
    assert!(at("4000 0000 0000 0069") < at("id=\"expiry-month\""));
}

#[tokio::test]
async fn the_pages_are_the_payers_own() {
    let (_file, scene, payment) = scene().await;
    let paid = scene.paid(&payment.citizen, "p", 100).await;
    let paths = [
        format!("/az/pay/{}", payment.id),
        format!("/az/pay/{}/bank", payment.id),
        format!("/az/pay/{}/outcome", payment.id),
        format!("/az/receipts/{}", paid.receipt_id.unwrap()),
    ];
    let stranger = Browser::of(&scene, Some(&scene.citizen(3))).await;
    for path in &paths {
        assert_eq!(stranger.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(
        stranger
            .get("/az/my/payments")
            .await
            .text
            .contains("Hələ ödənişiniz yoxdur.")
    );
    let nobody = Browser::of(&scene, None).await;
    for path in &paths {
        let page = nobody.get(path).await;
        let back = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
        assert_eq!(page.location, Some(format!("/az/login?return={back}")));
    }
}

#[tokio::test]
async fn a_suspended_service_takes_no_card_and_no_answer() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    let path = format!("/az/pay/{}", payment.id);
    let confirmation = field(&browser.get(&path).await, "confirmation");
    let asked = scene.create(&payment.citizen, "asked", 100).await.unwrap();
    scene.pay(&asked, "4000002500003155").await;
    let bank = format!("/az/pay/{}/bank", asked.id);
    scene.service.stop();
    for page in [
        browser.get(&path).await,
        browser.post(&path, &card(&confirmation, GOOD_CARD)).await,
        browser.post(&bank, &[("answer", "approve")]).await,
    ] {
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert!(page.text.contains("Xidmət dayandırılıb"));
    }
    assert_eq!(scene.verify().await.totals.debit.minor_units(), 0);
    // Saying no is possible all the same.
    let refused = browser.post(&bank, &[("answer", "refuse")]).await;
    let page = browser.follow(&refused).await;
    assert!(
        page.text.contains("Siz ödənişdən imtina etdiniz."),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn every_form_comes_from_our_own_pages() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    for path in [
        format!("/az/pay/{}", payment.id),
        format!("/az/pay/{}/turn-back", payment.id),
        format!("/az/pay/{}/bank", payment.id),
        "/az/receipts".to_owned(),
    ] {
        let foreign = Request::post(&path)
            .header("sec-fetch-site", "cross-site")
            .body(Body::empty())
            .unwrap();
        assert_eq!(
            browser.send(foreign).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_log_in_on_the_way_back_leads_to_the_question_again() {
    let (_file, scene, payment) = scene().await;
    let path = format!("/az/pay/{}/turn-back", payment.id);
    let nobody = Browser::of(&scene, None).await;
    let sent = nobody.post(&path, &[]).await;
    let back = url::form_urlencoded::byte_serialize(path.as_bytes()).collect::<String>();
    assert_eq!(sent.location, Some(format!("/az/login?return={back}")));
    let citizen = Browser::of(&scene, Some(&payment.citizen)).await;
    let again = citizen.get(&path).await;
    assert_eq!(again.location, Some(format!("/az/pay/{}", payment.id)));
}

#[tokio::test]
async fn pages_are_in_the_languages_that_they_are_written_in() {
    let (_file, scene, payment) = scene().await;
    let browser = Browser::of(&scene, Some(&payment.citizen)).await;
    for path in [
        format!("/ru/pay/{}", payment.id),
        "/ru/receipts".to_owned(),
        "/ru/my/payments".to_owned(),
        "/zz/my/payments".to_owned(),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text.contains("<html lang=\"az\""), "{path}: {}", page.text);
    }
    assert_eq!(browser.get("/en/pay/%00").await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        browser.get("/en/my/payments?before=%00").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn the_way_back_is_where_the_service_is_now() {
    let (_file, scene, payment) = scene().await;
    let paid = scene.pay(&payment, GOOD_CARD).await;
    let mut moved = service("communal-bills", scene.service.grant.boundary.clone());
    moved.origin = "http://communal-bills.localhost:9000".to_owned();
    let moved = Arc::new(moved);
    let browser = Browser::with(&scene, Some(&payment.citizen), move || Some(moved.clone())).await;
    let pages = [
        format!("/en/pay/{}/outcome", paid.id),
        format!("/en/receipts/{}", paid.receipt_id.unwrap()),
    ];
    for path in &pages {
        let page = browser.get(path).await;
        assert!(
            page.text
                .contains("href=\"http://communal-bills.localhost:9000/paid?ref=R-1\"")
        );
    }
    // Gone: no way back, and the rest of the page.
    let browser = Browser::with(&scene, Some(&payment.citizen), || None).await;
    for path in &pages {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.text.contains("Back to the service"));
    }
}
