//! Log-ins at services stem from one at the platform and end with it.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use axum::routing::get;
use tower::ServiceExt as _;

use super::*;
use crate::invocation::{ServiceId, Session};
use crate::scene::{Scene, service};

struct Door {
    scene: Scene,
    sessions: ServiceSessions,
    service: ServiceId,
    session: Session,
}

impl Door {
    async fn open() -> Self {
        let scene = Scene::set().await;
        Self {
            sessions: ServiceSessions::new(scene.platform.clone()),
            service: ServiceId("tea-house".to_owned()),
            session: scene.at(service("tea-house")).session.unwrap(),
            scene,
        }
    }

    async fn log_in(&self) -> String {
        self.sessions.keep_login(&self.scene.citizen, None).await.unwrap()
    }

    async fn ticket(&self, login: &str) -> String {
        let browser = hashed("browser");
        let issued = self.sessions.issue(&self.service, login, &browser, &self.session);
        issued.await.unwrap()
    }

    async fn redeem(&self, ticket: &str) -> Option<String> {
        self.sessions
            .redeem(&self.service, ticket, "browser")
            .await
            .unwrap()
    }

    async fn is_inside(&self, cookie: &str) -> bool {
        let known = self.sessions.resolve(&self.service, cookie).await.unwrap();
        known
            .as_ref()
            .inspect(|known| assert_eq!(**known, self.session))
            .is_some()
    }
}

#[tokio::test]
async fn tickets_and_sessions_end_with_their_log_in() {
    let door = Door::open().await;
    let login = door.log_in().await;
    door.scene.platform.clock.advance_ms(PORTAL_SESSION_MS - 60_000);
    let ticket = door.ticket(&login).await;
    let cookie = door.redeem(&ticket).await.unwrap();
    assert!(door.is_inside(&cookie).await);
    let late = door.ticket(&login).await;
    door.scene.platform.clock.advance_ms(59_999);
    assert!(door.is_inside(&cookie).await);
    door.scene.platform.clock.advance_ms(1);
    assert!(!door.is_inside(&cookie).await, "the platform's log-in is over");
    assert_eq!(door.redeem(&late).await, None);
}

/// The browser's value is another one at each origin; the ticket and the cookie are held to their service without it.
#[tokio::test]
async fn ticket_and_cookie_are_good_at_their_service_only() {
    let door = Door::open().await;
    let other = ServiceId("other".to_owned());
    let login = door.log_in().await;
    let ticket = door.ticket(&login).await;
    let at_other = door.sessions.redeem(&other, &ticket, "browser").await.unwrap();
    assert_eq!(at_other, None);
    let cookie = door.redeem(&door.ticket(&login).await).await.unwrap();
    assert_eq!(door.sessions.resolve(&other, &cookie).await.unwrap(), None);
    assert!(door.is_inside(&cookie).await);
}

#[tokio::test]
async fn stronger_log_in_prolongs_the_one_before() {
    let door = Door::open().await;
    let login = door.log_in().await;
    door.scene.platform.clock.advance_ms(PORTAL_SESSION_MS - 1);
    let cookie = door.redeem(&door.ticket(&login).await).await.unwrap();
    let again = door.sessions.keep_login(&door.scene.citizen, Some(login.clone()));
    assert_eq!(again.await.unwrap(), login);
    door.scene.platform.clock.advance_ms(1);
    assert!(door.is_inside(&cookie).await);
}

#[tokio::test]
async fn ticket_that_comes_after_the_log_out_opens_nothing() {
    let door = Door::open().await;
    let login = door.log_in().await;
    let before = door.ticket(&login).await;
    let cookie = door.redeem(&door.ticket(&login).await).await.unwrap();
    door.sessions.end_login(&login).await.unwrap();
    assert!(!door.is_inside(&cookie).await);
    let after = door.ticket(&login).await;
    assert_eq!(door.redeem(&before).await, None);
    assert_eq!(door.redeem(&after).await, None);
}

#[tokio::test]
async fn over_https_the_portals_cookie_can_be_planted_by_nobody() {
    let scene = Scene::set().await;
    let ask = async |secure, cookie: &str| {
        let pages: Router = Router::new()
            .route(
                "/",
                get(|session: tower_sessions::Session| async move {
                    let known = session.get::<u8>("seen").await.unwrap();
                    session.insert("seen", 1).await.unwrap();
                    format!("{known:?}")
                }),
            )
            .layer(layer(&scene.platform, secure));
        let request = Request::get("/")
            .header(header::COOKIE, cookie)
            .body(Body::empty());
        let response = pages.oneshot(request.unwrap()).await.unwrap();
        let set = response
            .headers()
            .get(header::SET_COOKIE)
            .map(|value| value.to_str().unwrap().to_owned());
        let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
        (set, body)
    };
    let (set, _) = ask(Secure::Yes, "").await;
    let set = set.unwrap();
    assert!(set.starts_with("__Host-aim_portal="), "{set}");
    assert!(
        set.contains("Secure") && set.contains("Path=/") && !set.contains("Domain"),
        "{set}"
    );
    let ours = set.split(';').next().unwrap();
    assert_eq!(ask(Secure::Yes, ours).await.1, "Some(1)");
    let planted = ours.strip_prefix("__Host-").unwrap();
    assert_eq!(ask(Secure::Yes, planted).await.1, "None");
}
