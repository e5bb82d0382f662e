use std::sync::Arc;

use aim_gov::error::GovError;
use aim_gov::invocation::{Invocation, ServiceId};

use super::{PURPOSE, Rig, invocation, on_both};

#[tokio::test(flavor = "multi_thread")]
async fn claims_are_limited_to_those_asked_for() {
    on_both(async |rig: Rig| {
        rig.agree().await;
        let claims = rig
            .apis
            .identity
            .claims(&rig.invocation, &["given_name".to_owned()], PURPOSE)
            .await
            .unwrap();
        assert_eq!(claims.given_name.as_deref(), Some("Aygün"));
        assert_eq!((claims.family_name, claims.birthdate), (None, None));
        let fin = rig.apis.identity.fin(&rig.invocation, PURPOSE).await;
        assert!(matches!(fin, Err(GovError::AccessDenied(_))), "{fin:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_know_one_citizen_by_two_names() {
    on_both(async |rig: Rig| {
        let here = rig.apis.identity.current(&rig.invocation).await.unwrap().sub;
        assert_eq!(
            here,
            rig.apis.identity.current(&rig.invocation).await.unwrap().sub
        );
        let mut other = invocation(&rig.citizen);
        Arc::get_mut(&mut other.service).unwrap().id = ServiceId("tea-house".to_owned());
        assert_ne!(here, rig.apis.identity.current(&other).await.unwrap().sub);
        assert!(!here.contains(&rig.citizen.0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn call_without_a_session_answers_the_log_in_address() {
    on_both(async |rig: Rig| {
        let nobody = Invocation {
            session: None,
            ..rig.invocation.clone()
        };
        let Err(GovError::LoginRequired(url)) = rig.apis.identity.current(&nobody).await else {
            panic!("nobody is logged in")
        };
        assert!(
            url.starts_with("http://localhost/az/services/water-meter/enter?"),
            "{url}"
        );
    })
    .await;
}
