//! Requests that are not answered: each with the protocol's word and the place, and with what the site is told.

use aim_gov::documents::{ErrorCode, SiteAsked};

use super::*;
use crate::verifier::{Shared, key, signed};

/// A change of the request object, and what comes of it.
type Case = (fn(&mut Value), ErrorCode, &'static str);

/// The first document of the query.
fn first(members: &mut Value) -> &mut Value {
    &mut members["dcql_query"]["credentials"][0]
}

const CASES: [Case; 33] = [
    (
        |m| m["response_type"] = json!("code"),
        ErrorCode::UnsupportedResponseType,
        "response_type",
    ),
    (
        |m| m["response_mode"] = json!("fragment"),
        ErrorCode::InvalidRequest,
        "response_mode",
    ),
    (
        |m| m["redirect_uri"] = json!("http://x.example/"),
        ErrorCode::InvalidRequest,
        "redirect_uri",
    ),
    (
        |m| m["request_uri"] = json!("http://x.example/"),
        ErrorCode::InvalidRequest,
        "request_uri",
    ),
    (
        |m| m["transaction_data"] = json!(["e30"]),
        ErrorCode::InvalidTransactionData,
        "transaction_data",
    ),
    (|m| m["scope"] = json!("card"), ErrorCode::InvalidScope, "scope"),
    (|m| m["nonce"] = json!(""), ErrorCode::InvalidRequest, "nonce"),
    (|m| m["nonce"] = json!("a b"), ErrorCode::InvalidRequest, "nonce"),
    (
        |m| drop(m.as_object_mut().unwrap().remove("nonce")),
        ErrorCode::InvalidRequest,
        "nonce",
    ),
    (
        |m| drop(m.as_object_mut().unwrap().remove("dcql_query")),
        ErrorCode::InvalidRequest,
        "dcql_query",
    ),
    (
        |m| m["client_metadata"] = json!("x"),
        ErrorCode::InvalidRequest,
        "client_metadata",
    ),
    (
        |m| m["client_metadata"] = json!({ "vp_formats_supported": { "mso_mdoc": {} } }),
        ErrorCode::VpFormatsNotSupported,
        "the only format",
    ),
    (
        |m| {
            m["client_metadata"] =
                json!({ "vp_formats_supported": { "dc+sd-jwt": { "kb-jwt_alg_values": ["EdDSA"] } } })
        },
        ErrorCode::VpFormatsNotSupported,
        "the only format",
    ),
    (
        |m| m["response_mode"] = json!("direct_post.jwt"),
        ErrorCode::InvalidRequest,
        "client_metadata.jwks",
    ),
    (
        |m| {
            m["response_mode"] = json!("direct_post.jwt");
            m["client_metadata"] = json!({ "encrypted_response_enc_values_supported": ["A128CBC-HS256"] });
        },
        ErrorCode::InvalidRequest,
        "encrypted_response_enc_values_supported",
    ),
    (
        |m| m["dcql_query"] = json!({}),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials ",
    ),
    (
        |m| first(m)["format"] = json!("mso_mdoc"),
        ErrorCode::VpFormatsNotSupported,
        "dcql_query.credentials",
    ),
    (
        |m| first(m)["id"] = json!("ə"),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0].id",
    ),
    (
        |m| first(m)["meta"] = json!({}),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0].meta.vct_values",
    ),
    (
        |m| first(m)["meta"] = json!(7),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0].meta",
    ),
    (
        |m| first(m)["multiple"] = json!("yes"),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0].multiple",
    ),
    (
        |m| first(m)["trusted_authorities"] = json!([{ "type": "aki", "values": ["x"] }]),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0].trusted_authorities",
    ),
    (
        |m| first(m)["claims"] = json!([]),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0].claims",
    ),
    (
        |m| first(m)["claims"][0]["path"] = json!([-1]),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0].claims[0].path",
    ),
    (
        |m| first(m)["claims"][0]["values"] = json!([1.5]),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0].claims[0].values",
    ),
    (
        |m| first(m)["claim_sets"] = json!([["a"]]),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0].claims[0].id",
    ),
    // Not approved: the claim, a path into a claim, the kind.
    (
        |m| first(m)["claims"][0]["path"] = json!(["born"]),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0]: none",
    ),
    (
        |m| first(m)["claims"][0]["path"] = json!(["family_name", "x"]),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0]: none",
    ),
    (
        |m| first(m)["meta"]["vct_values"] = json!(["https://other.example/card"]),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[0]: none",
    ),
    (
        |m| m["dcql_query"]["credential_sets"] = json!([{ "options": [["other"]] }]),
        ErrorCode::InvalidRequest,
        "dcql_query.credential_sets[0].options",
    ),
    (
        |m| m["dcql_query"]["credential_sets"] = json!([{ "options": [["card"]], "required": 1 }]),
        ErrorCode::InvalidRequest,
        "dcql_query.credential_sets[0].required",
    ),
    (
        |m| {
            let twice = first(m).clone();
            m["dcql_query"]["credentials"].as_array_mut().unwrap().push(twice);
        },
        ErrorCode::InvalidRequest,
        "dcql_query.credentials[1].id",
    ),
    (
        |m| m["dcql_query"]["credentials"] = json!(vec![first(m).clone(); 9]),
        ErrorCode::InvalidRequest,
        "dcql_query.credentials ",
    ),
];

#[tokio::test]
async fn wrong_request_is_refused_with_its_place_and_the_site_is_told() {
    on_both(|rig| async move {
        let (site, _) = with_card(&rig).await;
        let right = site.shared.lock().unwrap().members.clone();
        for (index, (change, code, place)) in CASES.into_iter().enumerate() {
            site.set(|shared| {
                shared.members = right.clone();
                change(&mut shared.members);
            });
            let refused = refusal(&rig, &site).await;
            assert_eq!(refused.code, code, "{index}: {refused:?}");
            assert!(refused.detail.starts_with(place), "{index}: {refused:?}");
            let got = site.got();
            assert_eq!(got.len(), 1, "{index}");
            assert_eq!(field(&got[0], "error").as_deref(), Some(code.code()), "{index}");
            assert_eq!(
                field(&got[0], "error_description"),
                Some(refused.detail),
                "{index}"
            );
            assert_eq!(field(&got[0], "state").as_deref(), Some("s-1"), "{index}");
        }
        // Nothing of them is kept.
        assert_eq!(rig.decisions("open-request").await, [] as [String; 0]);
    })
    .await;
}

/// What is wrong with a request.
type Wrong = fn(&mut Shared);

/// Whoever made these is not known to be the site: nobody is told.
#[tokio::test]
async fn request_that_is_not_the_sites_own_is_refused_and_not_answered() {
    const CASES: [(Wrong, &str); 16] = [
        (
            |s| s.key = key(2),
            "the request object is not signed with a registered key",
        ),
        (
            |s| s.header["kid"] = json!("k2"),
            "the request object is not signed with a registered key",
        ),
        (
            |s| s.header["alg"] = json!("none"),
            "the request object has to be signed",
        ),
        (
            |s| s.header["alg"] = json!("HS256"),
            "the request object has to be signed",
        ),
        (
            |s| s.header["crit"] = json!(["exp"]),
            "the request object has to be signed",
        ),
        (|s| s.header["typ"] = json!("JWT"), "typ has to be"),
        (
            |s| s.token = Some("{}".to_owned()),
            "the request object is not a JWT",
        ),
        (
            |s| s.token = Some("a.b.c.d.e".to_owned()),
            "the request object is not a JWT",
        ),
        (
            |s| {
                let token = signed(s, None);
                let (head, rest) = token.split_once('.').unwrap();
                let (_, signature) = rest.split_once('.').unwrap();
                s.token = Some(format!("{head}.e30.{signature}"));
            },
            "the request object is not signed with a registered key",
        ),
        (|s| s.members["client_id"] = json!("site_other"), "client_id"),
        (|s| s.members["aud"] = json!("https://wallet.example"), "aud"),
        (|s| s.members["exp"] = json!(NOW.seconds() - 61), "exp"),
        (|s| s.members["iat"] = json!(NOW.seconds() + 61), "iat"),
        (|s| s.members["nbf"] = json!("soon"), "nbf"),
        (
            |s| s.members["response_uri"] = json!("https://evil.example/answer"),
            "response_uri",
        ),
        (|s| s.members["state"] = json!("a b"), "state"),
    ];
    on_both(|rig| async move {
        let (site, _) = with_card(&rig).await;
        let (members, header) = {
            let shared = site.shared.lock().unwrap();
            (shared.members.clone(), shared.header.clone())
        };
        for (index, (change, detail)) in CASES.into_iter().enumerate() {
            site.set(|shared| {
                shared.members = members.clone();
                shared.header = header.clone();
                shared.key = key(1);
                shared.token = None;
                change(shared);
            });
            let refused = refusal(&rig, &site).await;
            assert_eq!(refused.code, ErrorCode::InvalidRequest, "{index}");
            assert!(refused.detail.starts_with(detail), "{index}: {refused:?}");
            assert_eq!(site.got(), [] as [String; 0], "{index}");
        }
    })
    .await;
}

/// Nothing is fetched for these.
#[tokio::test]
async fn address_that_is_wrong_is_refused_before_anything_is_fetched() {
    on_both(|rig| async move {
        let (site, _) = with_card(&rig).await;
        let documents = &rig.apis.documents;
        let of = |change: fn(&mut SiteAsked)| {
            let mut asked = site.asked();
            change(&mut asked);
            asked
        };
        for (asked, code, detail) in [
            (
                of(|a| a.client_id = "site_x".to_owned()),
                ErrorCode::InvalidClient,
                "client_id",
            ),
            (of(|a| a.client_id.clear()), ErrorCode::InvalidClient, "client_id"),
            (
                of(|a| a.client_id = "x509_hash:abc".to_owned()),
                ErrorCode::InvalidRequest,
                "client_id has a prefix",
            ),
            (
                of(|a| a.request_uri = "https://evil.example/request".to_owned()),
                ErrorCode::InvalidRequest,
                "request_uri",
            ),
            (
                of(|a| a.request_uri = a.request_uri.replace("//", "//user@")),
                ErrorCode::InvalidRequest,
                "request_uri",
            ),
            (
                of(|a| a.request_uri.clear()),
                ErrorCode::InvalidRequest,
                "send the request by request_uri",
            ),
            (
                of(|a| a.request = "a.b.c".to_owned()),
                ErrorCode::InvalidRequest,
                "send the request by request_uri",
            ),
            (
                of(|a| a.request_uri_method = "POST".to_owned()),
                ErrorCode::InvalidRequestUriMethod,
                "request_uri_method",
            ),
        ] {
            let shown = documents.asking(&asked).await.unwrap().map(|_| ()).unwrap_err();
            let opened = documents.open_request(&rig.citizen, &asked).await.unwrap();
            let Opened::Refused { refusal, way_back } = opened else {
                panic!("{asked:?}: {opened:?}");
            };
            assert_eq!(refusal, shown);
            assert_eq!((refusal.code, way_back), (code, None), "{asked:?}");
            assert!(refusal.detail.starts_with(detail), "{refusal:?}");
        }
        assert_eq!(site.shared.lock().unwrap().fetched, [] as [String; 0]);
        for path in ["moved", "long", "absent"] {
            let asked = SiteAsked {
                request_uri: format!("{}/{path}", site.origin),
                ..site.asked()
            };
            let opened = documents.open_request(&rig.citizen, &asked).await.unwrap();
            assert!(matches!(opened, Opened::Unreachable), "{path}: {opened:?}");
        }
        assert_eq!(site.shared.lock().unwrap().fetched, [] as [String; 0]);
    })
    .await;
}
