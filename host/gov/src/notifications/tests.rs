//! The inbox through the router.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::middleware::from_fn;
use tower::ServiceExt as _;

use super::pages::{Pages, routes};
use super::{Attachment, Field, FieldKind, Kind, NewMessage, Notifications, Template, Value};
use crate::directory::Directory;
use crate::grant::{Capability, LawfulBasis};
use crate::invocation::{Invocation, Service};
use crate::scene::{GREETING, ONCE, Scene, service};
use crate::sessions::{self, Secure};
use crate::text::Localised;
use crate::web::{banner, keys};

struct Inbox {
    scene: Scene,
    notifications: Notifications,
    service: Arc<Service>,
    router: Router,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

fn text(az: &str) -> Localised {
    Localised {
        az: az.to_owned(),
        ..Localised::default()
    }
}

fn template(id: &str, kind: Kind) -> Template {
    Template {
        id: id.to_owned(),
        version: 1,
        name: text("Menyu"),
        kind,
        purpose: GREETING.to_owned(),
        subject: text("Menyu: ((day))"),
        body: text("Salam, ((day))\nMenyunu aç ((menu))\n((plan))"),
        fields: [
            ("day", FieldKind::Text),
            ("menu", FieldKind::Link),
            ("plan", FieldKind::File),
        ]
        .into_iter()
        .map(|(name, kind)| Field {
            name: name.to_owned(),
            kind,
            required: false,
        })
        .collect(),
    }
}

impl Inbox {
    async fn open() -> Self {
        let scene = Scene::set().await;
        let mut service = service("tea-house");
        service.grant.capabilities.insert(Capability::Notifications);
        service.grant.templates = vec![
            template("menu", Kind::Transactional),
            template("news", Kind::Subscription),
            template("notice", Kind::FormalNotice),
        ];
        service.grant.boundary.messages_max = 100;
        service.grant.boundary.messages_per_citizen_max = 5;
        for purpose in &mut service.grant.purposes {
            purpose.basis = LawfulBasis::Contract;
        }
        let service = Arc::new(service);
        let notifications = Notifications::new(scene.platform.clone(), scene.identity.clone());
        let found = service.clone();
        let router = routes(Pages {
            notifications: notifications.clone(),
            services: Directory::new(move |id| Some(found.clone()).filter(|service| service.id == *id)),
        })
        .layer(from_fn(banner::spend))
        .layer(sessions::layer(&scene.platform, Secure::No));
        Self {
            scene,
            notifications,
            service,
            router,
        }
    }

    /// Sends the citizen a message; its address in the inbox.
    async fn receive(&self, template: &str, values: &[(&str, Value)]) -> String {
        let invocation = Invocation {
            service: self.service.clone(),
            ..self.scene.at(service("tea-house"))
        };
        let citizen = &self.scene.citizen;
        self.scene.consent.enrol(&self.service, citizen).await.unwrap();
        let new = NewMessage {
            to: self.scene.identity.sub(&self.service.id, citizen),
            template: template.to_owned(),
            personalisation: values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            reference: None,
            language: None,
            send_at: None,
            discard_at: None,
        };
        let key = self
            .scene
            .platform
            .random
            .id("key", self.scene.platform.clock.now())
            .replace('_', "-");
        let sent = self.notifications.send(&invocation, &key, new).await.unwrap();
        let found = self.service.clone();
        let services = Directory::new(move |_| Some(found.clone()));
        self.notifications.deliver_due(&services).await.unwrap();
        format!("/en/my/messages/{}", sent.id)
    }

    async fn cookie(&self, fin: &str) -> String {
        let log_in = self.scene.by(service("tea-house"), fin).session.unwrap();
        let log_in = axum::routing::get(async move |session: tower_sessions::Session| {
            session.insert(keys::CITIZEN, log_in).await.unwrap();
        });
        let router: Router = Router::new()
            .route("/", log_in)
            .layer(sessions::layer(&self.scene.platform, Secure::No));
        let response = router
            .oneshot(Request::get("/").body(Body::empty()).unwrap())
            .await
            .unwrap();
        let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn ask(&self, cookie: &str, path: &str, form: Option<&str>) -> Answer {
        let request = match form {
            Some(_) => Request::post(path),
            None => Request::get(path),
        };
        let request = request
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.unwrap_or_default().to_owned()))
            .unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 22).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}

#[tokio::test]
async fn fin_that_was_read_is_told_once_a_day() {
    let inbox = Inbox::open().await;
    let scene = &inbox.scene;
    let identity = scene
        .identity
        .clone()
        .with_notice(Arc::new(inbox.notifications.clone()));
    let invocation = scene.at(service("tea-house"));
    let told = async || {
        let (messages, _) = inbox.notifications.inbox(&scene.citizen, None).await.unwrap();
        let subjects = messages.into_iter().map(|message| message.subject);
        subjects.collect::<Vec<_>>()
    };
    assert!(identity.fin(&invocation, ONCE).await.is_err());
    assert!(told().await.is_empty(), "a refused read is told");
    for (days, messages) in [(0, 1), (0, 1), (1, 2)] {
        scene.platform.clock.advance_ms(days * crate::clock::DAY_MS + 1);
        scene.agree(&invocation, ONCE).await;
        identity.fin(&invocation, ONCE).await.unwrap();
        assert_eq!(told().await, vec!["«Çayxana» FİN-inizi oxudu"; messages]);
    }
    // The platform's message is not among those of the service.
    let reader = Invocation {
        service: inbox.service.clone(),
        ..invocation
    };
    let found = inbox.notifications.search(&reader, None, None).await;
    assert!(found.unwrap().messages.is_empty());
    let (messages, _) = inbox.notifications.inbox(&scene.citizen, None).await.unwrap();
    let cookie = inbox.cookie("OTEST01").await;
    let path = format!("/en/my/messages/{}", messages.first().unwrap().id);
    let shown = inbox.ask(&cookie, &path, None).await;
    assert_eq!(shown.status, StatusCode::OK);
    for words in ["Məqsəd: once", "Azərbaycan İnnovasiya Mərkəzi"] {
        assert!(shown.body.contains(words), "{words}: {}", shown.body);
    }
}

#[tokio::test]
async fn message_shows_what_the_service_wrote_and_leads_to_it_alone() {
    let inbox = Inbox::open().await;
    let values = [
        (
            "day",
            Value::Text("<script>alert(1)</script> evil.example".to_owned()),
        ),
        ("menu", Value::Link("/menu?day=\"><b>".to_owned())),
    ];
    let address = inbox.receive("menu", &values).await;
    let cookie = inbox.cookie("OTEST01").await;
    let list = inbox.ask(&cookie, "/en/my/messages", None).await;
    assert!(
        list.body.contains("Not read") && list.body.contains("Çayxana"),
        "{}",
        list.body
    );
    let page = inbox.ask(&cookie, &address, None).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        !page.body.contains("<script>") && !page.body.contains("\"><b>"),
        "{}",
        page.body
    );
    assert!(
        page.body
            .contains("<a href=\"http://tea-house.localhost/menu?day="),
        "{}",
        page.body
    );
    assert!(
        !page.body.contains("href=\"evil") && !page.body.contains("//evil"),
        "{}",
        page.body
    );
    let list = inbox.ask(&cookie, "/en/my/messages", None).await;
    assert!(!list.body.contains("Not read"), "{}", list.body);
    // A service that is stopped is not led to.
    inbox.service.stop();
    let page = inbox.ask(&cookie, &address, None).await;
    assert!(
        !page.body.contains("tea-house.localhost") && page.body.contains("Menyunu aç"),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn message_is_the_addressees_alone() {
    let inbox = Inbox::open().await;
    let file = Value::File(Attachment {
        name: "Plan \"ə\".csv".replace('"', "'"),
        media_type: "text/csv".to_owned(),
        content: b"a,b\n<script>".to_vec(),
        keep_days: 7,
    });
    let address = inbox.receive("notice", &[("plan", file)]).await;
    let other = inbox.cookie("OTEST02").await;
    let download = format!("{address}/file");
    for (path, form) in [
        (&address, None),
        (&download, None),
        (&address, Some("choice=confirm")),
    ] {
        let answer = inbox.ask(&other, path, form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.body.contains("Menyu"), "{}", answer.body);
    }
    let nobody = inbox.ask("", &address, None).await;
    assert_eq!(nobody.status, StatusCode::SEE_OTHER);
    assert!(
        nobody.headers[header::LOCATION]
            .to_str()
            .unwrap()
            .starts_with("/en/login?")
    );
    // The file is a download, whatever it holds.
    let cookie = inbox.cookie("OTEST01").await;
    let file = inbox.ask(&cookie, &download, None).await;
    assert_eq!(file.body, "a,b\n<script>");
    let disposition = file.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(
        disposition,
        "attachment; filename*=UTF-8''Plan%20%27%C9%99%27%2Ecsv"
    );
    assert_eq!(file.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
}

#[tokio::test]
async fn receipt_is_confirmed_and_news_ended_on_the_page() {
    let inbox = Inbox::open().await;
    let notice = inbox.receive("notice", &[]).await;
    let news = inbox.receive("news", &[]).await;
    let cookie = inbox.cookie("OTEST01").await;
    assert!(
        inbox
            .ask(&cookie, &notice, None)
            .await
            .body
            .contains("Confirm receipt")
    );
    let list = inbox.ask(&cookie, "/en/my/messages", None).await;
    assert!(list.body.contains("Receipt not confirmed"), "{}", list.body);
    let done = inbox.ask(&cookie, &notice, Some("choice=confirm")).await;
    assert_eq!(
        (done.status, done.headers[header::LOCATION].to_str().unwrap()),
        (StatusCode::SEE_OTHER, &*notice)
    );
    let page = inbox.ask(&cookie, &notice, None).await;
    assert!(
        page.body.contains("You confirmed receipt:") && !page.body.contains(">Confirm receipt<"),
        "{}",
        page.body
    );

    inbox.ask(&cookie, &news, Some("choice=unsubscribe")).await;
    let page = inbox.ask(&cookie, &news, None).await;
    assert!(
        page.body.contains("value=\"subscribe\"") && page.body.contains("You are unsubscribed"),
        "{}",
        page.body
    );
    inbox.ask(&cookie, &news, Some("choice=subscribe")).await;
    let page = inbox.ask(&cookie, &news, None).await;
    assert!(page.body.contains("value=\"unsubscribe\""), "{}", page.body);

    for (path, form, status) in [
        (news.as_str(), "choice=burn", StatusCode::BAD_REQUEST),
        (news.as_str(), "", StatusCode::BAD_REQUEST),
        (news.as_str(), "choice=confirm", StatusCode::NOT_FOUND),
        ("/en/my/messages/alerts", "on=maybe", StatusCode::BAD_REQUEST),
        (
            "/en/my/messages/msg_none",
            "choice=confirm",
            StatusCode::NOT_FOUND,
        ),
    ] {
        assert_eq!(
            inbox.ask(&cookie, path, Some(form)).await.status,
            status,
            "{path} {form}"
        );
    }
    let off = inbox
        .ask(&cookie, "/en/my/messages/alerts", Some("on=false"))
        .await;
    assert_eq!(off.headers[header::LOCATION], "/en/my/messages");
    let page = inbox.ask(&cookie, "/en/my/messages", None).await;
    assert!(page.body.contains("Turn alerts on"), "{}", page.body);
    let page = inbox.ask(&cookie, "/en/my/messages?before=x%27", None).await;
    assert_eq!(page.status, StatusCode::OK);
}
