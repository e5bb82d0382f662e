//! The end of an access token by its client.

use super::*;

#[tokio::test]
async fn client_revokes_only_its_own_token() {
    let site = Site::open().await;
    let (code, _) = site.code().await;
    let tokens = site.token(&sound(&code)).await.json();
    let token = tokens["access_token"].as_str().unwrap();
    let revoke = async |fields: &[(&str, &str)]| site.post("/id/revoke", fields).await;

    let stranger = [
        ("client_id", "bank"),
        ("client_secret", "other"),
        ("token", token),
    ];
    assert_eq!(revoke(&stranger).await.status, StatusCode::OK);
    assert_eq!(site.userinfo(token).await.status, StatusCode::OK);
    let unproven = [
        ("client_id", "shop"),
        ("client_secret", "guess"),
        ("token", token),
    ];
    assert_eq!(revoke(&unproven).await.json()["error"], "invalid_client");
    assert_eq!(site.userinfo(token).await.status, StatusCode::OK);
    let nothing = [("client_id", "shop"), ("client_secret", "s3cret")];
    assert_eq!(revoke(&nothing).await.json()["error"], "invalid_request");

    let own = [
        ("client_id", "shop"),
        ("client_secret", "s3cret"),
        ("token", token),
        ("token_type_hint", "access_token"),
    ];
    for _ in 0..2 {
        assert_eq!(revoke(&own).await.status, StatusCode::OK);
        assert_eq!(site.userinfo(token).await.status, StatusCode::UNAUTHORIZED);
    }
}
