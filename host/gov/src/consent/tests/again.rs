//! Each state of a consent, and each thing that a citizen can do about it, through the pages.

use axum::http::StatusCode;

use super::site::Site;
use crate::clock::DAY_MS;
use crate::consent::{Change, State};
use crate::invocation::Service;
use crate::scene::{GREETING, service};

const SCREEN: &str = "/en/consent/tea-house?purpose=greeting&return=%2Fmenu";
const BACK: &str = "/en/services/tea-house/enter?return=%2Fmenu";

/// Where a consent can stand when its citizen comes to the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Before {
    Never,
    Active,
    Wider,
    Denied,
    Paused,
    PausedAndWider,
    Revoked,
    Released,
    Left,
    Withdrawn,
    Expired,
}

const ALL: [Before; 11] = [
    Before::Never,
    Before::Active,
    Before::Wider,
    Before::Denied,
    Before::Paused,
    Before::PausedAndWider,
    Before::Revoked,
    Before::Released,
    Before::Left,
    Before::Withdrawn,
    Before::Expired,
];

fn wider() -> Service {
    let mut wider = service("tea-house");
    wider
        .grant
        .capabilities
        .insert(crate::grant::Capability::Outbound);
    wider.grant.outbound_hosts.insert("api.more.example".to_owned());
    wider
}

impl Before {
    async fn reached(self) -> Site {
        let mut site = Site::open("OTEST01", service("tea-house")).await;
        if self == Self::Never {
            return site;
        }
        let (consent, citizen) = (site.scene.consent.clone(), site.scene.citizen.clone());
        if self == Self::Denied {
            consent.refuse(&site.service(), &citizen, GREETING).await.unwrap();
            // Records of one millisecond have no order among themselves.
            site.wait(1).await;
            return site;
        }
        let id = site.scene.agree(&site.visit(), GREETING).await;
        let change = async |change| consent.change(&citizen, &id, change).await.unwrap();
        site.wait(DAY_MS).await;
        match self {
            Self::Never | Self::Active | Self::Denied => {}
            Self::Wider => site.deploy(wider()),
            Self::Paused => change(Change::Pause).await,
            Self::PausedAndWider => {
                change(Change::Pause).await;
                site.deploy(wider());
            }
            Self::Revoked => change(Change::Revoke).await,
            Self::Released => {
                consent.release(&site.visit(), &id).await.unwrap();
            }
            Self::Left => {
                let left = site.post("/en/my/tests/tea-house/leave", "").await;
                assert_eq!(left.status, StatusCode::SEE_OTHER);
                consent.enrol(&site.service(), &citizen).await.unwrap();
            }
            Self::Withdrawn => {
                site.withdraw().await;
                site.deploy(service("tea-house"));
                consent.enrol(&site.service(), &citizen).await.unwrap();
            }
            Self::Expired => site.wait(29 * DAY_MS).await,
        }
        site.wait(DAY_MS).await;
        site
    }

    /// What the screen says of the decision before; `None` where it says nothing.
    fn words(self) -> Option<&'static str> {
        match self {
            Self::Never | Self::Active => None,
            Self::Wider => Some("You agreed on 21.11.2026. The service now asks for more"),
            Self::Denied => Some("You refused this on 21.11.2026."),
            Self::Paused | Self::PausedAndWider => Some("You paused this on 22.11.2026."),
            Self::Revoked => Some("You revoked this on 22.11.2026. Do you agree again?"),
            Self::Released => Some("The service released your consent on 22.11.2026."),
            Self::Left => Some("Your consent ended on 22.11.2026, when you left the test."),
            Self::Withdrawn => Some("Your consent ended on 22.11.2026, when the service was withdrawn."),
            Self::Expired => Some("Your consent expired on 21.12.2026."),
        }
    }

    fn is_wider(self) -> bool {
        matches!(self, Self::Wider | Self::PausedAndWider)
    }

    /// The state of the latest record; `None` where there is none.
    fn state(self) -> Option<State> {
        match self {
            Self::Never => None,
            Self::Active | Self::Wider => Some(State::Active),
            Self::Denied => Some(State::Denied),
            Self::Paused | Self::PausedAndWider => Some(State::Paused),
            Self::Revoked | Self::Released | Self::Left | Self::Withdrawn => Some(State::Revoked),
            Self::Expired => Some(State::Expired),
        }
    }
}

#[tokio::test]
async fn screen_says_what_happened_and_offers_the_way_on() {
    for before in ALL {
        let site = before.reached().await;
        let screen = site.get(SCREEN).await;
        if before == Before::Active {
            assert_eq!(screen.location, BACK);
            continue;
        }
        assert_eq!(screen.status, StatusCode::OK, "{before:?}: {}", screen.body);
        if let Some(words) = before.words() {
            assert!(screen.body.contains(words), "{before:?}: {}", screen.body);
        }
        let resumes = before == Before::Paused;
        for (decision, offered) in [("agree", !resumes), ("refuse", !resumes), ("resume", resumes)] {
            let button = format!("name=\"decision\" value=\"{decision}\"");
            assert_eq!(screen.body.contains(&button), offered, "{before:?} {decision}");
        }
        for words in ["What is new", "api.more.example"] {
            assert_eq!(
                screen.body.contains(words),
                before.is_wider(),
                "{before:?} {words}"
            );
        }
        assert_eq!(
            screen.body.contains("<dd>Nobody</dd>"),
            !before.is_wider(),
            "{before:?}: {}",
            screen.body
        );
    }
}

#[tokio::test]
async fn each_answer_on_the_screen_acts_in_each_state() {
    for before in ALL.into_iter().filter(|before| *before != Before::Active) {
        for (decision, after) in [
            ("agree", Some(State::Active)),
            ("refuse", Some(State::Denied)),
            // Only what is paused and covers the terms of today is resumed.
            (
                "resume",
                if before == Before::Paused {
                    Some(State::Active)
                } else {
                    before.state()
                },
            ),
        ] {
            let site = before.reached().await;
            let answer = site.answer(SCREEN, GREETING, decision).await;
            assert_eq!(
                answer.status,
                StatusCode::SEE_OTHER,
                "{before:?} {decision}: {}",
                answer.body
            );
            let all = site
                .scene
                .consent
                .of_citizen(&site.scene.citizen, None)
                .await
                .unwrap();
            let state = all.first().map(|record| record.state);
            assert_eq!(state, after, "{before:?} {decision}");
            let next = site.get(&answer.location).await;
            let read = site
                .scene
                .identity
                .claims(&site.visit(), &["given_name".to_owned()], GREETING)
                .await;
            if decision == "agree" || before == Before::Paused && decision == "resume" {
                assert_eq!(next.location, BACK, "{before:?} {decision}: {}", next.body);
                assert!(read.is_ok(), "{before:?} {decision}: {read:?}");
            } else {
                let words = if decision == "refuse" {
                    "You refused"
                } else {
                    "value=\"agree\""
                };
                assert!(next.body.contains(words), "{before:?} {decision}: {}", next.body);
                assert!(read.is_err(), "{before:?} {decision}");
            }
        }
    }
}

#[tokio::test]
async fn my_consents_offer_what_each_state_allows() {
    let ask = "/en/consent/tea-house?purpose=greeting&#38;return=%2F";
    for before in ALL.into_iter().filter(|before| *before != Before::Never) {
        let state = before.state().unwrap();
        let live = matches!(state, State::Active | State::Paused);
        for (change, after) in [
            ("pause", (state == State::Active).then_some(State::Paused)),
            ("resume", (state == State::Paused).then_some(State::Active)),
            ("revoke", live.then_some(State::Revoked)),
        ] {
            let site = before.reached().await;
            let id = site.latest().await.id;
            let page = site.get("/en/my/consents").await;
            let button = match change {
                "revoke" => format!("href=\"/en/my/consents/{id}/revoke\""),
                _ => format!("name=\"change\" value=\"{change}\""),
            };
            assert_eq!(
                page.body.contains(&button),
                after.is_some(),
                "{before:?} {change}: {}",
                page.body
            );
            // An agreement that does not cover what is asked now, or is over, leads to the screen.
            assert_eq!(
                page.body.contains(ask),
                before.is_wider() || !live,
                "{before:?}: {}",
                page.body
            );
            let answer = site
                .post(&format!("/en/my/consents/{id}"), &format!("change={change}"))
                .await;
            let expected = if after.is_some() {
                StatusCode::SEE_OTHER
            } else {
                StatusCode::CONFLICT
            };
            assert_eq!(answer.status, expected, "{before:?} {change}");
            assert_eq!(
                site.latest().await.state,
                after.unwrap_or(state),
                "{before:?} {change}"
            );
        }
    }
}

/// Only the latest decision about a purpose is offered again.
#[tokio::test]
async fn replaced_decisions_are_not_offered_again() {
    let site = Before::Revoked.reached().await;
    site.scene.agree(&site.visit(), GREETING).await;
    let page = site.get("/en/my/consents").await;
    assert!(page.body.contains("Revoked"), "{}", page.body);
    assert!(!page.body.contains("Give consent again"), "{}", page.body);
}

/// Two windows: what is answered in one is not undone by the other, whose page is old.
#[tokio::test]
async fn resuming_in_two_windows_resumes_once() {
    let site = Before::Paused.reached().await;
    let page = site.get(SCREEN).await;
    let body = super::site::answer_to(&page.body, GREETING, "resume");
    for _ in 0..2 {
        let answer = site.post("/en/consent/tea-house", &body).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(site.get(&answer.location).await.location, BACK);
    }
    assert_eq!(site.latest().await.state, State::Active);
}
