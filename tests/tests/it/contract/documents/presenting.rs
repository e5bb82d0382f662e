//! Showing documents to a service that asks for them.

use std::collections::BTreeMap;

use aim_gov::directory::Directory;
use aim_gov::documents::{
    Acceptance, Answered, Change, NewPresentation, NewWanted, Presentation, PresentationFailure,
    PresentationStatus, PresentationTerms, Presenter, READ_MS, ShownKind, State, Taken,
};
use aim_gov::event_type::EventType;
use aim_gov::invocation::{CitizenId, ServiceId};

use super::*;

/// The card of the rig's service, as requests name it.
pub(super) const KIND: &str = "water-meter/reader-card";
/// The reason of the shop.
pub(super) const REASON: &str = "discount";

/// A shop that asks for the cards of the rig's service, changed by `change`. The rig's citizen is in front of it.
pub(super) fn shop(rig: &Rig, change: impl FnOnce(&mut Service)) -> Invocation {
    let asking = issuing(rig, |service| {
        service.id = ServiceId("bookshop".to_owned());
        "http://bookshop.localhost".clone_into(&mut service.origin);
        let grant = &mut service.grant;
        grant.documents = Vec::new();
        grant.capabilities.insert(Capability::LifeEvents);
        grant.events.types = BTreeSet::from([EventType::PresentationFinished]);
        grant.boundary.presentations_max = 1_000;
        let shown = |kind: &str, claims: &[&str]| ShownKind {
            kind: kind.to_owned(),
            claims: names(claims),
        };
        grant.presentations = vec![PresentationTerms {
            code: REASON.to_owned(),
            text: text("Endirim üçün"),
            presenters: BTreeSet::from([Presenter::Current, Presenter::Anyone]),
            documents: vec![
                shown(KIND, &["family_name", "adult", "born"]),
                shown("school/student-card", &["adult"]),
            ],
            retention_days: 3,
            recipients: Vec::new(),
        }];
        change(service);
    });
    Invocation {
        session: rig.invocation.session.clone(),
        ..asking
    }
}

/// The same shop, which is told of events, and at which the rig's citizen takes part.
async fn open_shop(rig: &Rig) -> Invocation {
    let asking = shop(rig, |_| ());
    rig.apis.outbox.connect(directory(&asking));
    let service = &asking.service;
    rig.apis.consent.enrol(service, &rig.citizen).await.unwrap();
    asking
}

/// The services that are deployed: this one alone.
pub(super) fn directory(invocation: &Invocation) -> Directory {
    let service = invocation.service.clone();
    Directory::new(move |id| (*id == service.id).then(|| service.clone()))
}

pub(super) fn wanted(id: &str, kinds: &[&str], claims: &[&str]) -> NewWanted {
    NewWanted {
        id: id.to_owned(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        claims: claims
            .iter()
            .map(|name| vec![Step::Key((*name).to_owned())])
            .collect(),
    }
}

/// Asks for the family name on a card.
pub(super) fn asking_for_a_card(rig: &Rig) -> NewPresentation {
    NewPresentation {
        presenter: Presenter::Current,
        wanted: vec![wanted("card", &[KIND], &["family_name"])],
        options: Vec::new(),
        purpose: REASON.to_owned(),
        reference: "visit-7".to_owned(),
        return_path: "/done?x=1".to_owned(),
        expires: rig.clock.now().plus_ms(60 * MINUTE_MS),
    }
}

/// The same of anyone.
pub(super) fn asking_anyone(rig: &Rig) -> NewPresentation {
    NewPresentation {
        presenter: Presenter::Anyone,
        expires: rig.clock.now().plus_ms(5 * MINUTE_MS),
        ..asking_for_a_card(rig)
    }
}

pub(super) async fn asked(rig: &Rig, shop: &Invocation, key: &str, new: NewPresentation) -> Presentation {
    rig.apis
        .documents
        .request_presentation(shop, key, new)
        .await
        .unwrap()
}

async fn get(rig: &Rig, shop: &Invocation, id: &str) -> Presentation {
    rig.apis.documents.get_presentation(shop, id).await.unwrap()
}

/// This citizen shows this document as the card.
async fn present(
    rig: &Rig,
    shop: &Invocation,
    citizen: &CitizenId,
    id: &str,
    document: &str,
) -> Option<Answered> {
    let chosen = BTreeMap::from([("card".to_owned(), document.to_owned())]);
    rig.apis
        .documents
        .present(citizen, id, 0, &chosen, &directory(shop))
        .await
        .unwrap()
}

/// What the shop was told: the status and the subject of each event, by id of the presentation.
async fn told(rig: &Rig, shop: &Invocation) -> Vec<(String, String, Option<String>)> {
    let recent = rig.apis.life_events.recent(shop, None).await.unwrap();
    let mut told: Vec<_> = recent
        .events
        .into_iter()
        .map(|event| {
            assert_eq!(event.event_type, EventType::PresentationFinished);
            changed(event)
        })
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn service_reads_what_it_asked_for_and_no_more_for_ten_minutes() {
    on_both(|rig| async move {
        let (issuer, sub) = joined(&rig).await;
        let card = accepted(&rig, &issuer, "key-1", &sub).await;
        let shop = open_shop(&rig).await;
        let asked = asked(&rig, &shop, "p-1", asking_for_a_card(&rig)).await;
        let page = format!("http://localhost/az/my/presentations/{}", asked.id);
        assert_eq!(asked.next_url, Some(page));
        assert_eq!((asked.status, asked.link), (PresentationStatus::Created, None));
        let documents = &rig.apis.documents;
        let stored = documents.presentation_of(&rig.citizen, &asked.id).await.unwrap();
        let choices = documents.choices(&rig.citizen, &stored.unwrap()).await.unwrap();
        assert_eq!(choices.len(), 1);
        assert_eq!(choices[0].fitting[0].documents[0].id, card.id);
        let answered = present(&rig, &shop, &rig.citizen, &asked.id, &card.id).await;
        assert_eq!(answered, Some(Answered::Done));
        let shown = get(&rig, &shop, &asked.id).await;
        assert_eq!(
            (shown.status, shown.next_url),
            (PresentationStatus::Success, None)
        );
        assert_eq!(shown.shown.len(), 1);
        let one = &shown.shown[0];
        // Neither `born`, which is approved, nor what is not.
        assert_eq!(one.claims, [claim("family_name", "\"Məmmədova\"")]);
        assert_eq!((one.wanted.as_str(), one.document.kind.as_str()), ("card", KIND));
        assert_eq!(one.document.issuer, "Sayğac MMC");
        assert_eq!(
            (one.document.state, one.state_checked),
            (State::Valid, rig.clock.now())
        );
        assert!(!one.document.id.contains(&card.id), "{one:?}");
        rig.clock.advance_ms(READ_MS - 1);
        assert_eq!(get(&rig, &shop, &asked.id).await.shown.len(), 1);
        rig.clock.advance_ms(1);
        let late = get(&rig, &shop, &asked.id).await;
        assert_eq!(
            (late.status, late.shown),
            (PresentationStatus::Success, Vec::new())
        );
        let found = documents.find_presentation(&shop, "p-1").await.unwrap().unwrap();
        assert_eq!(found.shown, []);
        // The citizen still reads what they showed.
        let stored = documents.presentation_of(&rig.citizen, &asked.id).await.unwrap();
        let mine = documents.shown_of(&stored.unwrap()).await.unwrap();
        assert_eq!(mine[0].1.id, card.id);
        let sub = rig.apis.identity.sub(&shop.service.id, &rig.citizen);
        assert_eq!(
            told(&rig, &shop).await,
            [(asked.id.clone(), "success".to_owned(), Some(sub))]
        );
        assert_eq!(rig.decisions("request-presentation").await, ["allowed"]);
        assert_eq!(rig.decisions("present").await, ["allowed"]);
        assert_eq!(rig.decisions("get-presentation").await, ["allowed"; 3]);
        assert_eq!(rig.decisions("find-presentation").await, ["allowed"]);
    })
    .await;
}

#[tokio::test]
async fn citizen_shows_own_good_documents_that_fit_alone() {
    on_both(|rig| async move {
        let (issuer, sub) = joined(&rig).await;
        let shop = open_shop(&rig).await;
        let documents = &rig.apis.documents;
        let other = rig.apis.identity.citizen("OTEST04").unwrap();
        rig.apis.consent.enrol(&issuer.service, &other).await.unwrap();
        let other_sub = rig.apis.identity.sub(&issuer.service.id, &other);
        let foreign = issue(&rig, &issuer, "key-1", new(&other_sub)).await.id;
        documents
            .answer(&other, &foreign, Answer::Accept)
            .await
            .unwrap()
            .unwrap();
        let offered = issue(&rig, &issuer, "key-2", new(&sub)).await.id;
        let deleted = accepted(&rig, &issuer, "key-3", &sub).await.id;
        answer(&rig, &deleted, Answer::Decline).await.unwrap();
        let mut without = new(&sub);
        without
            .claims
            .retain(|claim| claim.path != [Step::Key("born".to_owned())]);
        let without = issue(&rig, &issuer, "key-4", without).await.id;
        answer(&rig, &without, Answer::Accept).await.unwrap();
        let change = async |id: &str, change| {
            let key = format!("c-{}", id.replace('_', "-"));
            let done = documents.change_state(&issuer, &key, id, change, reason());
            done.await.unwrap();
        };
        let suspended = accepted(&rig, &issuer, "key-5", &sub).await.id;
        change(&suspended, Change::Suspend).await;
        let revoked = accepted(&rig, &issuer, "key-6", &sub).await.id;
        change(&revoked, Change::Revoke).await;
        let later = NewDocument {
            valid_from: Some(NOW.plus_days(2)),
            ..new(&sub)
        };
        let later = issue(&rig, &issuer, "key-7", later).await.id;
        answer(&rig, &later, Answer::Accept).await.unwrap();
        let request = NewPresentation {
            wanted: vec![wanted("card", &[KIND], &["family_name", "born"])],
            ..asking_for_a_card(&rig)
        };
        let asked = asked(&rig, &shop, "p-1", request).await;
        let stored = documents
            .presentation_of(&rig.citizen, &asked.id)
            .await
            .unwrap()
            .unwrap();
        assert!(documents.choices(&rig.citizen, &stored).await.unwrap().is_empty());
        for wrong in [
            foreign.as_str(),
            &offered,
            &deleted,
            &without,
            &suspended,
            &revoked,
            &later,
            "doc_x",
            "",
        ] {
            let answered = present(&rig, &shop, &rig.citizen, &asked.id, wrong).await;
            assert_eq!(answered, Some(Answered::NotFitting), "{wrong}");
        }
        let (services, chosen) = (directory(&shop), BTreeMap::new());
        let nothing = documents.present(&rig.citizen, &asked.id, 0, &chosen, &services);
        assert_eq!(nothing.await.unwrap(), Some(Answered::NotFitting));
        let good = accepted(&rig, &issuer, "key-8", &sub).await.id;
        let chosen = BTreeMap::from([("card".to_owned(), good.clone())]);
        let beyond = documents.present(&rig.citizen, &asked.id, 1, &chosen, &services);
        assert_eq!(beyond.await.unwrap(), Some(Answered::NotFitting));
        // Nobody else answers for the citizen.
        assert_eq!(present(&rig, &shop, &other, &asked.id, &foreign).await, None);
        assert_eq!(
            documents.refuse_presentation(&other, &asked.id).await.unwrap(),
            None
        );
        let seen = get(&rig, &shop, &asked.id).await;
        assert_eq!(
            (seen.status, seen.shown),
            (PresentationStatus::Created, Vec::new())
        );
        let answered = present(&rig, &shop, &rig.citizen, &asked.id, &good).await;
        assert_eq!(answered, Some(Answered::Done));
        let again = present(&rig, &shop, &rig.citizen, &asked.id, &good).await;
        assert_eq!(again, Some(Answered::Over));
    })
    .await;
}

/// What the service could compare of two presentations.
fn comparable(presentation: Presentation) -> Presentation {
    Presentation {
        id: String::new(),
        next_url: None,
        ..presentation
    }
}

#[tokio::test]
async fn refused_not_held_and_not_matching_look_alike() {
    on_both(|rig| async move {
        let (issuer, sub) = joined(&rig).await;
        let shop = open_shop(&rig).await;
        let documents = &rig.apis.documents;
        let mut ends = Vec::new();
        let end = async |key: &str| {
            let asked = asked(&rig, &shop, key, asking_for_a_card(&rig)).await;
            let refused = documents.refuse_presentation(&rig.citizen, &asked.id).await;
            assert_eq!(refused.unwrap(), Some(Answered::Done));
            let again = documents.refuse_presentation(&rig.citizen, &asked.id).await;
            assert_eq!(again.unwrap(), Some(Answered::Over));
            comparable(get(&rig, &shop, &asked.id).await)
        };
        ends.push(end("not-held").await);
        let card = accepted(&rig, &issuer, "key-1", &sub).await.id;
        documents
            .change_state(&issuer, "1", &card, Change::Suspend, reason())
            .await
            .unwrap();
        ends.push(end("not-matching").await);
        accepted(&rig, &issuer, "key-2", &sub).await;
        ends.push(end("refused").await);
        assert_eq!(ends[0].failure, Some(PresentationFailure::NotShown));
        assert_eq!(ends[0].status, PresentationStatus::Failed);
        assert_eq!(ends[0], ends[1]);
        assert_eq!(ends[0], ends[2]);
        assert_eq!(rig.decisions("refuse-presentation").await, ["allowed"; 3]);
        let statuses: BTreeSet<_> = told(&rig, &shop)
            .await
            .into_iter()
            .map(|(_, status, _)| status)
            .collect();
        assert_eq!(statuses, names(&["failed"]));
    })
    .await;
}

#[tokio::test]
async fn service_reads_the_state_of_the_moment() {
    on_both(|rig| async move {
        let (issuer, sub) = joined(&rig).await;
        let shop = open_shop(&rig).await;
        let card = accepted(&rig, &issuer, "key-1", &sub).await.id;
        let asked = asked(&rig, &shop, "p-1", asking_for_a_card(&rig)).await;
        present(&rig, &shop, &rig.citizen, &asked.id, &card).await;
        let state = async || get(&rig, &shop, &asked.id).await.shown[0].document.state;
        assert_eq!(state().await, State::Valid);
        rig.apis
            .documents
            .change_state(&issuer, "1", &card, Change::Suspend, reason())
            .await
            .unwrap();
        assert_eq!(state().await, State::Suspended);
        let held = answer(&rig, &card, Answer::Decline).await.unwrap();
        assert_eq!(held.acceptance(rig.clock.now()), Acceptance::Declined);
        assert_eq!(state().await, State::Revoked);
    })
    .await;
}

#[tokio::test]
async fn citizen_chooses_among_the_options_that_their_documents_satisfy() {
    on_both(|rig| async move {
        let (issuer, sub) = joined(&rig).await;
        let shop = open_shop(&rig).await;
        let documents = &rig.apis.documents;
        let card = accepted(&rig, &issuer, "key-1", &sub).await.id;
        let option = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        let request = NewPresentation {
            wanted: vec![
                wanted("student", &["school/student-card"], &["adult"]),
                wanted("age", &[KIND, "school/student-card"], &["adult"]),
                wanted("card", &[KIND], &["family_name"]),
            ],
            options: vec![option(&["student"]), option(&["age"]), option(&["age", "card"])],
            ..asking_for_a_card(&rig)
        };
        let asked = asked(&rig, &shop, "p-1", request).await;
        let stored = documents
            .presentation_of(&rig.citizen, &asked.id)
            .await
            .unwrap()
            .unwrap();
        let choices = documents.choices(&rig.citizen, &stored).await.unwrap();
        let options: Vec<usize> = choices.iter().map(|choice| choice.option).collect();
        assert_eq!(options, [1, 2]);
        let chosen = |ids: &[&str]| {
            let chosen = ids.iter().map(|id| ((*id).to_owned(), card.clone()));
            chosen.collect::<BTreeMap<String, String>>()
        };
        let answer = async |option: usize, ids: &[&str]| {
            let (services, chosen) = (directory(&shop), chosen(ids));
            let answered = documents.present(&rig.citizen, &asked.id, option, &chosen, &services);
            answered.await.unwrap()
        };
        assert_eq!(answer(0, &["student"]).await, Some(Answered::NotFitting));
        assert_eq!(answer(2, &["age"]).await, Some(Answered::NotFitting));
        // What belongs to another option is not shown.
        assert_eq!(answer(1, &["age", "card"]).await, Some(Answered::Done));
        let shown = get(&rig, &shop, &asked.id).await.shown;
        let ids: Vec<_> = shown.iter().map(|one| one.wanted.as_str()).collect();
        assert_eq!(ids, ["age"]);
        assert_eq!(shown[0].claims, [claim("adult", "true")]);
    })
    .await;
}

#[tokio::test]
async fn code_is_opened_by_one_citizen_whom_the_service_does_not_learn() {
    on_both(|rig| async move {
        let (issuer, sub) = joined(&rig).await;
        let open = open_shop(&rig).await;
        let card = accepted(&rig, &issuer, "key-1", &sub).await.id;
        let other = rig.apis.identity.citizen("OTEST04").unwrap();
        let documents = &rig.apis.documents;
        let shop = directory(&open);
        // Nobody is logged in at the till.
        let till = Invocation {
            session: None,
            ..open.clone()
        };
        let asked_first = asked(&rig, &till, "p-1", asking_anyone(&rig)).await;
        let id = &asked_first.id;
        let link = asked_first.link.clone().unwrap();
        let code = link.rsplit('/').next().unwrap();
        let counter = asked_first.next_url.clone().unwrap();
        let counter = counter.rsplit('/').next().unwrap();
        assert!(
            link.starts_with(&format!("http://localhost/az/present/{id}/")),
            "{link}"
        );
        assert!(documents.at_counter(id, counter).await.unwrap().is_some());
        // Neither code does the other's work.
        assert!(documents.at_counter(id, code).await.unwrap().is_none());
        for (id, wrong) in [(id.as_str(), counter), (id, ""), ("prs_x", code)] {
            assert!(documents.to_scan(id, wrong).await.unwrap().is_none());
            let taken = documents.take(&other, id, wrong, &shop).await.unwrap();
            assert_eq!(taken, Taken::Over);
        }
        // Looking opens nothing.
        for _ in 0..2 {
            assert!(documents.to_scan(id, code).await.unwrap().is_some());
        }
        assert!(
            documents
                .presentation_of(&rig.citizen, id)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(present(&rig, &till, &rig.citizen, id, &card).await, None);
        for _ in 0..2 {
            let taken = documents.take(&rig.citizen, id, code, &shop).await.unwrap();
            assert_eq!(taken, Taken::Mine);
        }
        assert_eq!(
            documents.take(&other, id, code, &shop).await.unwrap(),
            Taken::Over
        );
        assert!(documents.to_scan(id, code).await.unwrap().is_none());
        let started = get(&rig, &till, id).await;
        assert_eq!(
            (started.status, started.link),
            (PresentationStatus::Started, None)
        );
        let answered = present(&rig, &till, &rig.citizen, id, &card).await;
        assert_eq!(answered, Some(Answered::Done));
        let first = get(&rig, &till, id).await;

        // No value but the claims is the same in another presentation, here or elsewhere.
        let again = asked(&rig, &till, "p-2", asking_anyone(&rig)).await;
        let code = again.link.unwrap();
        let code = code.rsplit('/').next().unwrap();
        documents
            .take(&rig.citizen, &again.id, code, &shop)
            .await
            .unwrap();
        present(&rig, &till, &rig.citizen, &again.id, &card).await;
        let second = get(&rig, &till, &again.id).await;
        let known = asked(&rig, &open, "p-3", asking_for_a_card(&rig)).await;
        present(&rig, &open, &rig.citizen, &known.id, &card).await;
        let known = get(&rig, &open, &known.id).await;
        let ids = [&first, &second, &known].map(|one| one.shown[0].document.id.clone());
        assert_eq!(BTreeSet::from(ids.clone()).len(), 3, "{ids:?}");
        let told = told(&rig, &open).await;
        let subject = |id: &str| told.iter().find(|(about, ..)| about == id).unwrap().2.clone();
        assert_eq!((subject(&first.id), subject(&second.id)), (None, None));
        assert!(subject(&known.id).is_some());
        // Only the record of what the citizen did names them.
        assert_eq!(rig.decisions("open-presentation").await, ["allowed"; 2]);
        assert_eq!(rig.decisions("request-presentation").await, ["allowed"]);
    })
    .await;
}

#[tokio::test]
async fn document_has_one_id_at_a_service_and_another_elsewhere() {
    on_both(|rig| async move {
        let (issuer, sub) = joined(&rig).await;
        let card = accepted(&rig, &issuer, "key-1", &sub).await.id;
        let shops = [
            open_shop(&rig).await,
            shop(&rig, |service| service.id = ServiceId("museum".to_owned())),
        ];
        let mut ids = Vec::new();
        for shop in &shops {
            for key in ["p-1", "p-2"] {
                let asked = asked(&rig, shop, key, asking_for_a_card(&rig)).await;
                present(&rig, shop, &rig.citizen, &asked.id, &card).await;
                ids.push(get(&rig, shop, &asked.id).await.shown[0].document.id.clone());
            }
        }
        assert_eq!(ids[0], ids[1]);
        assert_eq!(ids[2], ids[3]);
        assert_ne!(ids[0], ids[2]);
    })
    .await;
}

/// A presentation that waits for the citizen of the rig, and one that waits for anyone.
struct Waiting {
    /// The citizen's own card.
    card: String,
    known: Presentation,
    anyone: Presentation,
    /// The code of the second one.
    code: String,
}

impl Waiting {
    async fn at(rig: &Rig, shop: &Invocation) -> Self {
        let (issuer, sub) = joined(rig).await;
        let anyone = asked(rig, shop, "p-2", asking_anyone(rig)).await;
        let link = anyone.link.as_deref().unwrap();
        Self {
            card: accepted(rig, &issuer, "key-1", &sub).await.id,
            known: asked(rig, shop, "p-1", asking_for_a_card(rig)).await,
            code: link.rsplit('/').next().unwrap().to_owned(),
            anyone,
        }
    }
}

#[tokio::test]
async fn presentation_without_an_answer_expires() {
    on_both(|rig| async move {
        let open = open_shop(&rig).await;
        let documents = &rig.apis.documents;
        let Waiting {
            card,
            known,
            anyone,
            code,
        } = Waiting::at(&rig, &open).await;
        rig.clock.advance_ms(60 * MINUTE_MS);
        // Before the job looks.
        for id in [&known.id, &anyone.id] {
            let late = get(&rig, &open, id).await;
            assert_eq!(late.status, PresentationStatus::Failed);
            assert_eq!(late.failure, Some(PresentationFailure::Expired));
            assert_eq!((late.next_url, late.link), (None, None));
        }
        let answered = present(&rig, &open, &rig.citizen, &known.id, &card).await;
        assert_eq!(answered, Some(Answered::Over));
        let refused = documents.refuse_presentation(&rig.citizen, &known.id).await;
        assert_eq!(refused.unwrap(), Some(Answered::Over));
        let taken = documents
            .take(&rig.citizen, &anyone.id, &code, &directory(&open))
            .await;
        assert_eq!(taken.unwrap(), Taken::Over);
        for _ in 0..2 {
            documents.expire_presentations().await.unwrap();
        }
        let told = told(&rig, &open).await;
        assert!(told.iter().all(|(_, status, _)| status == "failed"), "{told:?}");
        assert_eq!(told.len(), 2);
        assert_eq!(rig.decisions("expire-presentation").await, ["allowed"]);
        let cancelled = documents.cancel_presentation(&open, &known.id).await;
        assert_eq!(cancelled.unwrap_err().code(), "presentation-state");
    })
    .await;
}

#[tokio::test]
async fn nothing_is_shown_to_a_service_that_may_not_ask_any_more() {
    on_both(|rig| async move {
        let open = open_shop(&rig).await;
        let documents = &rig.apis.documents;
        let Waiting {
            card,
            known,
            anyone,
            code,
        } = Waiting::at(&rig, &open).await;
        let narrower = |change: fn(&mut PresentationTerms)| {
            directory(&shop(&rig, |service| change(&mut service.grant.presentations[0])))
        };
        let stopped = [
            Directory::new(|_| None),
            directory(&shop(&rig, |service| service.stopped = AtomicBool::new(true))),
            directory(&shop(&rig, |service| service.grant.presentations.clear())),
            narrower(|terms| terms.documents[0].claims = names(&["adult"])),
            narrower(|terms| drop(terms.documents.remove(0))),
            narrower(|terms| terms.presenters.clear()),
        ];
        let chosen = BTreeMap::from([("card".to_owned(), card)]);
        for services in &stopped {
            let answered = documents.present(&rig.citizen, &known.id, 0, &chosen, services);
            assert_eq!(answered.await.unwrap(), Some(Answered::Stopped));
            let taken = documents.take(&rig.citizen, &anyone.id, &code, services);
            assert_eq!(taken.await.unwrap(), Taken::Stopped);
        }
        let refused = documents.refuse_presentation(&rig.citizen, &known.id).await;
        assert_eq!(refused.unwrap(), Some(Answered::Done));
    })
    .await;
}
