//! The rotation of the keys that sign ID tokens.

use super::super::{KEY_AGE_MAX_MS, KEY_ANNOUNCED_MS, KEY_KEPT_MS};
use super::*;

/// The ids of the published keys, oldest first.
async fn published(site: &Site) -> Vec<String> {
    let keys = site
        .send(Request::get("/id/jwks").body(Body::empty()).unwrap())
        .await
        .json();
    let keys = keys["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// An ID token, and the id of the key that signed it.
async fn signed(site: &Site) -> (String, String) {
    let (code, _) = site.code().await;
    let tokens = site.token(&sound(&code)).await.json();
    let token = tokens["id_token"].as_str().unwrap().to_owned();
    let head = token.split('.').next().unwrap();
    let head: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(head).unwrap()).unwrap();
    (head["kid"].as_str().unwrap().to_owned(), token)
}

#[tokio::test]
async fn key_is_announced_before_it_signs_and_published_after() {
    let site = Site::open().await;
    let clock = &site.scene.platform.clock;
    let (first, hint) = signed(&site).await;
    clock.advance_ms(KEY_AGE_MAX_MS - 1);
    site.provider.rotate_keys().await.unwrap();
    assert_eq!(published(&site).await, std::slice::from_ref(&first));

    clock.advance_ms(1);
    site.provider.rotate_keys().await.unwrap();
    let keys = published(&site).await;
    assert_eq!((keys.len(), &keys[0]), (2, &first));
    assert_eq!(
        signed(&site).await.0,
        first,
        "signed with a key that nobody knows yet"
    );

    clock.advance_ms(KEY_ANNOUNCED_MS);
    site.provider.rotate_keys().await.unwrap();
    assert_eq!(published(&site).await, keys);
    assert_eq!(signed(&site).await.0, keys[1]);
    let challenge = challenge();
    let asked = with(good(&challenge), "id_token_hint", &hint);
    assert_eq!(
        site.authorize(&asked, "").await.sent("error"),
        None,
        "an old hint"
    );

    clock.advance_ms(KEY_KEPT_MS);
    site.provider.rotate_keys().await.unwrap();
    assert_eq!(published(&site).await, keys[1..]);
    let late = site.authorize(&asked, "").await;
    assert_eq!(late.sent("error").as_deref(), Some("invalid_request"));
    let kept = crate::identity::secrets::read(&site.scene.platform, "id-token-key").await;
    assert!(kept.unwrap().is_none(), "the secret of a key that is over");
}

#[tokio::test]
async fn nodes_of_one_database_agree_on_the_keys() {
    let site = Site::open().await;
    let config = ProviderConfig {
        platform: url::Url::parse("http://localhost").unwrap(),
        clients: vec![client("shop", "s3cret")],
        log_in: LogIn::Simulated {
            one_time_code: ONE_TIME_CODE.into(),
        },
    };
    let provider = Provider::open(site.scene.identity.clone(), config).await.unwrap();
    let other = Site {
        scene: Scene::set().await,
        router: routes(provider.clone()).into(),
        provider,
    };
    site.scene.platform.clock.advance_ms(KEY_AGE_MAX_MS);
    for node in [&other, &site, &other] {
        node.provider.rotate_keys().await.unwrap();
    }
    let keys = published(&site).await;
    assert_eq!((keys.len(), &published(&other).await), (2, &keys));
}
