//! Asking for documents: what the approval allows, what a request may say, idempotency and limits.

use aim_gov::clock::{DAY_MS, Timestamp};
use aim_gov::documents::{
    ANSWER_MS_MAX, ANYONE_MS_MAX, NewPresentation, NewWanted, OPEN_MAX, PresentationStatus, Presenter,
    WAITING_MAX,
};
use aim_gov::error::GovError;
use aim_gov::invocation::ServiceId;

use super::presenting::{KIND, asked, asking_anyone, asking_for_a_card, shop, wanted};
use super::*;

async fn refused(rig: &Rig, shop: &Invocation, key: &str, new: NewPresentation) -> &'static str {
    let documents = &rig.apis.documents;
    let refused = documents.request_presentation(shop, key, new).await;
    refused.unwrap_err().code()
}

#[tokio::test]
async fn only_what_the_approval_lists_is_asked_for() {
    on_both(|rig| async move {
        let shop_of = |change: fn(&mut Service)| shop(&rig, change);
        let open = shop_of(|_| ());
        let with = |wanted: NewWanted| NewPresentation {
            wanted: vec![wanted],
            ..asking_for_a_card(&rig)
        };
        let cases = [
            (
                NewPresentation {
                    purpose: "other".to_owned(),
                    ..asking_for_a_card(&rig)
                },
                "purpose-not-approved",
            ),
            // A purpose of consents is not a reason to show documents.
            (
                NewPresentation {
                    purpose: crate::contract::PURPOSE.to_owned(),
                    ..asking_for_a_card(&rig)
                },
                "purpose-not-approved",
            ),
            (
                with(wanted("card", &["reader-card"], &[])),
                "document-kind-not-approved",
            ),
            (
                with(wanted("card", &[KIND, "water-meter/other"], &[])),
                "document-kind-not-approved",
            ),
            (
                with(wanted("card", &[KIND], &["loans_max"])),
                "claims-not-approved",
            ),
            // Approved for one of the kinds, not for the other.
            (
                with(wanted("card", &[KIND, "school/student-card"], &["family_name"])),
                "claims-not-approved",
            ),
        ];
        for (index, (new, code)) in cases.into_iter().enumerate() {
            assert_eq!(refused(&rig, &open, &format!("k{index}"), new).await, code);
        }
        let current_alone = shop_of(|service| {
            service.grant.presentations[0].presenters = BTreeSet::from([Presenter::Current]);
        });
        assert_eq!(
            refused(&rig, &current_alone, "k", asking_anyone(&rig)).await,
            "presenter-not-approved"
        );
        let without = shop_of(|service| {
            service.grant.capabilities.remove(&Capability::Documents);
        });
        assert_eq!(
            refused(&rig, &without, "k", asking_for_a_card(&rig)).await,
            "capability-not-granted"
        );
        let nobody = Invocation {
            session: None,
            ..open.clone()
        };
        assert_eq!(
            refused(&rig, &nobody, "k", asking_for_a_card(&rig)).await,
            "login-required"
        );
        // Each refusal is in the citizen's log, and nothing was asked.
        assert_eq!(rig.decisions("request-presentation").await.len(), 7);
        let asked = rig.apis.documents.presentations_of(&rig.citizen).await.unwrap();
        assert_eq!(asked, []);
    })
    .await;
}

#[tokio::test]
async fn malformed_requests_are_refused() {
    on_both(|rig| async move {
        let open = shop(&rig, |_| ());
        let wanting = |wanted: Vec<NewWanted>| NewPresentation {
            wanted,
            ..asking_for_a_card(&rig)
        };
        let card = |id: &str| wanted(id, &[KIND], &["adult"]);
        let path = |path: Vec<Step>| {
            wanting(vec![NewWanted {
                claims: vec![path],
                ..card("card")
            }])
        };
        let long = "x".repeat(33);
        let malformed = [
            wanting(Vec::new()),
            wanting((0..9).map(|number| card(&format!("card-{number}"))).collect()),
            wanting(vec![card("")]),
            wanting(vec![card("a b")]),
            wanting(vec![card(&long)]),
            wanting(vec![card("card"), card("card")]),
            wanting(vec![wanted("card", &[], &[])]),
            wanting(vec![wanted("card", &[KIND, KIND], &[])]),
            wanting(vec![wanted("card", &[KIND; 6], &[])]),
            wanting(vec![wanted("card", &[KIND], &["adult", "adult"])]),
            wanting(vec![wanted("card", &[KIND], &["adult"; 21])]),
            path(Vec::new()),
            path(vec![Step::Every]),
            path(vec![Step::Index(0)]),
            path(vec![Step::Key("adult".to_owned()), Step::Index(0)]),
        ];
        for new in malformed {
            assert_eq!(
                refused(&rig, &open, "k", new.clone()).await,
                "wanted-malformed",
                "{new:?}"
            );
        }
        let choosing = |options: &[&[&str]]| NewPresentation {
            wanted: vec![card("a"), card("b")],
            options: options
                .iter()
                .map(|ids| ids.iter().map(|id| (*id).to_owned()).collect())
                .collect(),
            ..asking_for_a_card(&rig)
        };
        let wrong: [&[&[&str]]; 6] = [
            &[&[]],
            &[&["a"]],
            &[&["a", "c"], &["b"]],
            &[&["a", "a"], &["b"]],
            &[&["a", "b"], &["b", "a"]],
            &[
                &["a"],
                &["a"],
                &["a"],
                &["a"],
                &["a"],
                &["a"],
                &["a"],
                &["a"],
                &["a"],
            ],
        ];
        for options in wrong {
            let code = refused(&rig, &open, "k", choosing(options)).await;
            assert_eq!(code, "options-malformed", "{options:?}");
        }
        for reference in [String::new(), "a\u{202e}b".to_owned(), "x".repeat(256)] {
            let new = NewPresentation {
                reference,
                ..asking_for_a_card(&rig)
            };
            assert_eq!(refused(&rig, &open, "k", new).await, "text-out-of-range");
        }
        for return_path in ["", "done", "//evil.example", &format!("/{}", "x".repeat(2048))] {
            let new = NewPresentation {
                return_path: return_path.to_owned(),
                ..asking_for_a_card(&rig)
            };
            assert_eq!(refused(&rig, &open, "k", new).await, "return-path-malformed");
        }
        for (presenter, left, is_good) in [
            (Presenter::Current, MINUTE_MS - 1, false),
            (Presenter::Current, ANSWER_MS_MAX + 1, false),
            (Presenter::Current, i64::MAX - NOW.0, false),
            (Presenter::Anyone, ANYONE_MS_MAX + 1, false),
            (Presenter::Current, MINUTE_MS, true),
            (Presenter::Current, ANSWER_MS_MAX, true),
            (Presenter::Anyone, ANYONE_MS_MAX, true),
        ] {
            let new = NewPresentation {
                presenter,
                expires: Timestamp(NOW.0 + left),
                ..asking_for_a_card(&rig)
            };
            let key = format!("time-{left}-{}", presenter.code());
            let result = rig.apis.documents.request_presentation(&open, &key, new).await;
            let code = result.err().map(|error| error.code());
            assert_eq!(code, (!is_good).then_some("time-out-of-range"), "{left}");
        }
        let code = refused(&rig, &open, "a b", asking_for_a_card(&rig)).await;
        assert_eq!(code, "idempotency-key-malformed");
        let found = rig.apis.documents.find_presentation(&open, "a b").await;
        assert_eq!(found.unwrap_err().code(), "idempotency-key-malformed");
    })
    .await;
}

#[tokio::test]
async fn same_key_gets_the_first_presentation() {
    on_both(|rig| async move {
        let open = shop(&rig, |_| ());
        let documents = &rig.apis.documents;
        assert_eq!(documents.find_presentation(&open, "p-1").await.unwrap(), None);
        let first = asked(&rig, &open, "p-1", asking_for_a_card(&rig)).await;
        assert_eq!(asked(&rig, &open, "p-1", asking_for_a_card(&rig)).await, first);
        let found = documents.find_presentation(&open, "p-1").await.unwrap();
        assert_eq!(found, Some(first.clone()));
        let mut other = asking_for_a_card(&rig);
        other.reference = "visit-8".to_owned();
        assert_eq!(refused(&rig, &open, "p-1", other).await, "idempotency-key-reused");
        // Another citizen with the same key is another request.
        let somebody = rig.apis.identity.citizen("OTEST04").unwrap();
        let mut elsewhere = open.clone();
        elsewhere.session.as_mut().unwrap().citizen = somebody;
        assert_eq!(
            refused(&rig, &elsewhere, "p-1", asking_for_a_card(&rig)).await,
            "idempotency-key-reused"
        );
        // Another service reads, finds and ends nothing.
        let museum = shop(&rig, |service| service.id = ServiceId("museum".to_owned()));
        assert_eq!(documents.find_presentation(&museum, "p-1").await.unwrap(), None);
        for id in [first.id.as_str(), "prs_x", ""] {
            let read = documents.get_presentation(&museum, id).await;
            assert_eq!(read.unwrap_err(), GovError::NotFound);
            let ended = documents.cancel_presentation(&museum, id).await;
            assert_eq!(ended.unwrap_err(), GovError::NotFound);
        }
        let cancelled = documents.cancel_presentation(&open, &first.id).await.unwrap();
        assert_eq!(
            (cancelled.status, cancelled.next_url),
            (PresentationStatus::Cancelled, None)
        );
        let again = documents.cancel_presentation(&open, &first.id).await;
        assert_eq!(again.unwrap_err().code(), "presentation-state");
        let answered = documents.refuse_presentation(&rig.citizen, &first.id).await;
        assert_eq!(answered.unwrap(), Some(aim_gov::documents::Answered::Over));
    })
    .await;
}

#[tokio::test]
async fn presentations_that_wait_and_all_together_are_bounded() {
    on_both(|rig| async move {
        let open = shop(&rig, |_| ());
        let documents = &rig.apis.documents;
        let mut ids = Vec::new();
        for number in 0..OPEN_MAX {
            let one = asked(&rig, &open, &format!("c-{number}"), asking_for_a_card(&rig)).await;
            ids.push(one.id);
        }
        let one_more = refused(&rig, &open, "c-x", asking_for_a_card(&rig)).await;
        assert_eq!(one_more, "citizen-requests-too-many");
        documents.cancel_presentation(&open, &ids[0]).await.unwrap();
        asked(&rig, &open, "c-x", asking_for_a_card(&rig)).await;
        for number in 0..WAITING_MAX {
            asked(&rig, &open, &format!("a-{number}"), asking_anyone(&rig)).await;
        }
        let one_more = refused(&rig, &open, "a-x", asking_anyone(&rig)).await;
        assert_eq!(one_more, "service-requests-too-many");
        rig.clock.advance_ms(DAY_MS);
        let few = shop(&rig, |service| {
            service.id = ServiceId("museum".to_owned());
            service.grant.boundary.presentations_max = 2;
        });
        for key in ["1", "2"] {
            asked(&rig, &few, key, asking_anyone(&rig)).await;
        }
        // The first answer comes again, and is not counted.
        asked(&rig, &few, "2", asking_anyone(&rig)).await;
        let few = kept(&few);
        assert_eq!(
            refused(&rig, &few, "3", asking_anyone(&rig)).await,
            "presentations"
        );
        assert_eq!(used(&few), ["presentations 2 of 2 test"]);
    })
    .await;
}
