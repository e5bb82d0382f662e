//! Every page in every state of a submission.

use super::*;

#[tokio::test]
async fn every_page_renders_in_every_state_and_both_languages() {
    let stage = Stage::new().await;
    let submission = stage.vetted(&manifest("water-meter", "1.0.0")).await;
    let (officer, developer) = (stage.staff("aysel@aim.example").await, developer(&stage).await);
    let id = &submission.id.0;
    for state in states(&submission) {
        let code = state.code();
        let live = matches!(state, State::Deployed { .. } | State::Suspended { .. });
        force(&stage, &submission, state).await;
        for lang in Locale::PAGES {
            for (path, cookie) in [
                (format!("/{lang}/"), ""),
                (format!("/{lang}/?q=su+xezer"), ""),
                (format!("/{lang}/staff"), &officer),
                (format!("/{lang}/staff/submissions/{id}"), &officer),
                (format!("/{lang}/developers"), ""),
                (format!("/{lang}/developers"), &developer),
                (format!("/{lang}/developers/submissions/{id}"), &developer),
                (
                    format!("/{lang}/developers/services/water-meter/logs"),
                    &developer,
                ),
            ] {
                let answer = stage.get(&path, cookie).await;
                assert_eq!(answer.status, StatusCode::OK, "{code} {path}: {}", answer.body);
                assert!(
                    answer.body.contains(&format!("<html lang=\"{lang}\">")),
                    "{code} {path}"
                );
                assert_eq!(answer.body.matches("<h1").count(), 1, "{code} {path}");
                assert!(!answer.body.contains("<b>reason"), "{code} {path}");
            }
            let service = stage.get(&format!("/{lang}/services/water-meter"), "").await;
            assert_eq!(service.status == StatusCode::OK, live, "{code}: {}", service.body);
            let listed = stage
                .get(&format!("/{lang}/"), "")
                .await
                .body
                .contains("/services/water-meter");
            assert_eq!(listed, code == "deployed", "{code}");
        }
    }
}
