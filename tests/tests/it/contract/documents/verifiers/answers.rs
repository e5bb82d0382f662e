//! What a site gets.

use aim_gov::documents::SiteRequestStatus;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

/// The payload of a token.
fn payload(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn copy_of(form: &str) -> String {
    let tokens: Value = serde_json::from_str(&field(form, "vp_token").unwrap()).unwrap();
    assert_eq!(tokens["card"].as_array().unwrap().len(), 1, "{tokens}");
    tokens["card"][0].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn site_gets_a_copy_of_what_its_citizen_shows_and_no_more() {
    on_both(|rig| async move {
        let (site, card) = with_card(&rig).await;
        let documents = &rig.apis.documents;
        let id = opened(&rig, &site).await;
        assert_eq!(site.got(), [] as [String; 0]);
        let stored = documents.request_of(&rig.citizen, &id).await.unwrap().unwrap();
        assert_eq!(stored.status, SiteRequestStatus::Waiting);
        let way_back = Some(format!("{}/done#code=1", site.origin));
        let done = SiteAnswered::Done {
            way_back: way_back.clone(),
        };
        assert_eq!(show(&rig, &id, &card).await, done);
        let got = site.got();
        assert_eq!(got.len(), 1, "{got:?}");
        assert_eq!(field(&got[0], "state").as_deref(), Some("s-1"));
        let copy = copy_of(&got[0]);
        let parts: Vec<&str> = copy.split('~').collect();
        let [token, disclosure, binding] = parts.as_slice() else {
            panic!("{parts:?}");
        };
        let disclosed: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(disclosure).unwrap()).unwrap();
        assert_eq!(
            (&disclosed[1], &disclosed[2]),
            (&json!("family_name"), &json!("Məmmədova"))
        );
        let binding = payload(binding);
        assert_eq!(
            (&binding["aud"], &binding["nonce"]),
            (&json!(site.id), &json!("n-1"))
        );
        // Its state can be asked, at a place of its own.
        assert_eq!(
            payload(token)["status"]["status_list"]["uri"],
            "http://localhost/documents/status/1"
        );
        let stored = documents.request_of(&rig.citizen, &id).await.unwrap().unwrap();
        assert_eq!(
            (stored.status, stored.way_back),
            (SiteRequestStatus::Shown, way_back)
        );
        let showings = documents.showings(&card.id).await.unwrap();
        assert_eq!(showings.len(), 1);
        assert_eq!(showings[0].shown_to.as_deref(), Some("Dükan"));
        assert_eq!(showings[0].claims, ["family_name"]);
        assert_eq!(rig.decisions("open-request").await, ["allowed"]);
        assert_eq!(rig.decisions("show-to-site").await, ["allowed"]);
        // What was answered stays so, and is nobody else's.
        assert_eq!(show(&rig, &id, &card).await, SiteAnswered::Over);
        assert_eq!(refuse(&rig, &id).await, SiteAnswered::Over);
        let other = rig.apis.identity.citizen("OTEST04").unwrap();
        assert!(documents.request_of(&other, &id).await.unwrap().is_none());
        assert!(documents.refuse_site(&other, &id).await.unwrap().is_none());
        assert_eq!(site.got(), [] as [String; 0]);
    })
    .await;
}

#[tokio::test]
async fn copies_of_two_requests_share_nothing_but_claims() {
    on_both(|rig| async move {
        let (site, card) = with_card(&rig).await;
        let mut tokens = Vec::new();
        for nonce in ["n-1", "n-2"] {
            site.set(|shared| shared.members["nonce"] = nonce.into());
            let id = opened(&rig, &site).await;
            show(&rig, &id, &card).await;
            tokens.push(payload(copy_of(&site.got()[0]).split('~').next().unwrap()));
        }
        for path in ["/cnf/jwk/x", "/status/status_list/idx", "/_sd/0", "/_sd/7"] {
            assert_ne!(tokens[0].pointer(path), tokens[1].pointer(path), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn refused_not_held_and_not_matching_look_alike() {
    on_both(|rig| async move {
        let (site, card) = with_card(&rig).await;
        let documents = &rig.apis.documents;
        let mut got = Vec::new();
        let other = rig.apis.identity.citizen("OTEST04").unwrap();
        let mut matching = card_query(&card);
        matching["credentials"][0]["claims"][0]["values"] = json!(["Əliyeva"]);
        for (nonce, citizen, query, fits) in [
            ("n-1", &rig.citizen, card_query(&card), true),
            ("n-2", &other, card_query(&card), false),
            ("n-3", &rig.citizen, matching, false),
        ] {
            site.set(|shared| {
                shared.members["nonce"] = nonce.into();
                shared.members["dcql_query"] = query;
            });
            let Opened::Waiting(id) = site.opened_by(&rig, citizen).await else {
                panic!("{nonce}");
            };
            let stored = documents.request_of(citizen, &id).await.unwrap().unwrap();
            let choices = documents.choices_for_site(&stored).await.unwrap();
            assert_eq!(!choices.is_empty(), fits, "{nonce}");
            if !fits {
                let chosen = std::collections::BTreeMap::from([("card".to_owned(), card.id.clone())]);
                let shown = documents.show_to_site(citizen, &id, 0, &chosen).await.unwrap();
                assert_eq!(shown, Some(SiteAnswered::NotFitting));
            }
            let refused = documents.refuse_site(citizen, &id).await.unwrap().unwrap();
            assert!(
                matches!(refused, SiteAnswered::Done { way_back: Some(_) }),
                "{refused:?}"
            );
            got.extend(site.got());
        }
        assert_eq!(got.len(), 3);
        assert_eq!(field(&got[0], "error").as_deref(), Some("access_denied"));
        assert!(got.iter().all(|body| *body == got[0]), "{got:?}");
        assert_eq!(rig.decisions("refuse-site").await, ["allowed", "allowed"]);
    })
    .await;
}

#[tokio::test]
async fn way_back_stays_at_the_site() {
    on_both(|rig| async move {
        let (site, _) = with_card(&rig).await;
        for (index, answer) in [
            "{\"redirect_uri\":\"https://evil.example/\"}",
            "{\"redirect_uri\":\"javascript:alert(1)\"}",
            "{\"redirect_uri\":7}",
            "{}",
            "not JSON",
        ]
        .into_iter()
        .enumerate()
        {
            site.set(|shared| {
                shared.members["nonce"] = format!("n-{index}").into();
                shared.answer = (StatusCode::OK, answer.to_owned());
            });
            let id = opened(&rig, &site).await;
            assert_eq!(
                refuse(&rig, &id).await,
                SiteAnswered::Done { way_back: None },
                "{answer}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn site_that_does_not_take_what_is_shown_is_told_to_the_citizen() {
    on_both(|rig| async move {
        let (site, card) = with_card(&rig).await;
        for (nonce, status) in [
            ("n-1", StatusCode::INTERNAL_SERVER_ERROR),
            ("n-2", StatusCode::TEMPORARY_REDIRECT),
        ] {
            site.set(|shared| {
                shared.members["nonce"] = nonce.into();
                shared.answer.0 = status;
            });
            let id = opened(&rig, &site).await;
            assert_eq!(show(&rig, &id, &card).await, SiteAnswered::Unanswered);
            let documents = &rig.apis.documents;
            let stored = documents.request_of(&rig.citizen, &id).await.unwrap().unwrap();
            assert_eq!(stored.status, SiteRequestStatus::Unanswered);
        }
    })
    .await;
}

#[tokio::test]
async fn sets_of_claims_and_of_documents_are_alternatives() {
    on_both(|rig| async move {
        let (site, card) = with_card(&rig).await;
        let kind = card_query(&card)["credentials"][0]["meta"].clone();
        site.set(|shared| {
            shared.members["dcql_query"] = json!({
                "credentials": [
                    { "id": "mdoc", "format": "mso_mdoc", "meta": { "doctype_value": "org.iso.18013.5.1.mDL" } },
                    { "id": "card", "format": "dc+sd-jwt", "meta": kind,
                      "claims": [
                        { "id": "a", "path": ["adult"], "values": [false] },
                        { "id": "f", "path": ["family_name"] },
                        { "id": "i", "path": ["issuing_authority"] },
                      ],
                      "claim_sets": [["a"], ["i", "f"]] },
                ],
                "credential_sets": [{ "options": [["mdoc"], ["card"]] }],
            });
        });
        let id = opened(&rig, &site).await;
        let documents = &rig.apis.documents;
        let stored = documents.request_of(&rig.citizen, &id).await.unwrap().unwrap();
        let choices = documents.choices_for_site(&stored).await.unwrap();
        assert_eq!(choices.len(), 1);
        assert_eq!(choices[0].option, 1);
        assert_eq!(choices[0].fitting[0].offers[0].claims, ["family_name"]);
    })
    .await;
}

#[tokio::test]
async fn request_is_handed_out_by_post_with_the_number_that_was_sent() {
    on_both(|rig| async move {
        let (site, _) = with_card(&rig).await;
        let asked = aim_gov::documents::SiteAsked {
            request_uri_method: "post".to_owned(),
            ..site.asked()
        };
        let documents = &rig.apis.documents;
        let opened = documents.open_request(&rig.citizen, &asked).await.unwrap();
        assert!(matches!(opened, Opened::Waiting(_)), "{opened:?}");
        let fetched = site.shared.lock().unwrap().fetched.clone();
        let metadata = field(&fetched[0], "wallet_metadata").unwrap();
        assert!(
            metadata.contains("\"client_id_prefixes_supported\":[\"pre-registered\"]"),
            "{metadata}"
        );
        // An object that somebody fetched before is not good for this citizen.
        let token = {
            let shared = site.shared.lock().unwrap();
            crate::verifier::signed(&shared, Some("another".to_owned()))
        };
        site.set(|shared| shared.token = Some(token));
        let opened = documents.open_request(&rig.citizen, &asked).await.unwrap();
        let Opened::Refused { refusal, .. } = opened else {
            panic!("{opened:?}");
        };
        assert!(refusal.detail.starts_with("wallet_nonce"), "{refusal:?}");
    })
    .await;
}
