//! Puts the sample services on a running platform through the real pipeline: a persona's startup
//! publishes them, vetting looks at them, the two officers of a new sandbox approve them. What is there
//! already stays, and what an earlier run left half done is finished. `aim up --before-ready` runs it; it
//! finds the platform's address in `AIM_URL`.

use std::path::Path;

use aim_runtime::Digest;
use aim_tests::actors::developer::{Answer, Developer, ELCHIN, STARTUP, TAX_ID};
use aim_tests::guests;
use aim_tests::pipeline::Panel;
use aim_tests::steps::say;
use anyhow::{Context as _, Result};

/// The label and lifetime of the token that a run publishes with; it is revoked at the end.
const TOKEN: (&str, &str) = ("samples", "15m");

/// What the registry has of the version that a sample's manifest names.
#[derive(Debug, PartialEq, Eq)]
enum Known {
    /// Nothing, or this component on its way to the citizens.
    OnItsWay,
    /// This component, for citizens to use or stopped by an officer on purpose.
    Live,
    /// Another component: the code changed, and the version did not.
    Other,
    /// It came to an end in this state and cannot be sent again.
    Ended(String),
}

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("AIM_URL").ok())
        .context("name the platform's address: `publish-samples http://localhost:8080`")?;
    let url = url.trim_end_matches('/');
    let developer = Developer::start_with(url, ELCHIN, STARTUP, TAX_ID, TOKEN).await?;
    let published = publish_all(url, &developer).await;
    // Whatever came of it: an organisation may have only so many valid tokens.
    let revoked = developer.revoke_tokens(TOKEN.0).await;
    published.and(revoked)
}

async fn publish_all(url: &str, developer: &Developer) -> Result<()> {
    let mut panel = None;
    for folder in guests::samples()? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let version = version(&folder)?;
        let component = guests::build(&folder).await?;
        let digest = Digest::of(&std::fs::read(&component)?).to_string();
        match known(&developer.service(&name).await?, &version, &digest) {
            Known::Live => say(format_args!("{name} is there already")),
            Known::Other => say(format_args!(
                "{name} {version} is there as it was built before; raise `version` in its aim.toml to publish it as it is now"
            )),
            Known::Ended(state) => say(format_args!(
                "{name} {version} is {state}; raise `version` in its aim.toml to publish it again"
            )),
            Known::OnItsWay => {
                let id = developer.publish(&folder, Some(&component)).await?;
                let panel = match &panel {
                    Some(panel) => panel,
                    None => panel.insert(Panel::log_in(url).await?),
                };
                panel.approve(developer, &id).await?;
                say(format_args!("{name} is published, vetted, approved and deployed"));
            }
        }
    }
    Ok(())
}

/// The version in a sample's manifest.
fn version(folder: &Path) -> Result<String> {
    let path = folder.join("aim.toml");
    let manifest = std::fs::read_to_string(&path)?;
    manifest
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .map(str::to_owned)
        .with_context(|| format!("`{}` names no version", path.display()))
}

/// Reads what the registry says of a service.
fn known(service: &Answer, version: &str, digest: &str) -> Known {
    let submissions = service.body.get("submissions").and_then(|all| all.as_array());
    let text = |submission: &serde_json::Value, name: &str| {
        let value = submission.get(name).and_then(|value| value.as_str());
        value.unwrap_or_default().to_owned()
    };
    let same = submissions
        .into_iter()
        .flatten()
        .find(|submission| text(submission, "version") == version);
    let Some(same) = same else {
        return Known::OnItsWay;
    };
    match text(same, "state").as_str() {
        "draft" => Known::OnItsWay,
        state @ ("rejected" | "withdrawn" | "superseded" | "vetting-failed") => {
            Known::Ended(state.to_owned())
        }
        _ if text(same, "digest") != digest => Known::Other,
        "deployed" | "suspended" => Known::Live,
        _ => Known::OnItsWay,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn with(state: &str) -> Answer {
        Answer {
            status: reqwest::StatusCode::OK,
            body: json!({ "submissions": [{ "version": "1.0.0", "state": state, "digest": "sha256:a" }] }),
        }
    }

    #[test]
    fn each_state_leads_on() {
        for (state, digest, expected) in [
            ("draft", "sha256:b", Known::OnItsWay),
            ("first-approved", "sha256:a", Known::OnItsWay),
            ("first-approved", "sha256:b", Known::Other),
            ("approved", "sha256:a", Known::OnItsWay),
            ("deployed", "sha256:a", Known::Live),
            ("deployed", "sha256:b", Known::Other),
            ("suspended", "sha256:a", Known::Live),
            ("rejected", "sha256:a", Known::Ended("rejected".to_owned())),
        ] {
            assert_eq!(known(&with(state), "1.0.0", digest), expected, "{state} {digest}");
        }
        assert_eq!(known(&with("deployed"), "1.1.0", "sha256:b"), Known::OnItsWay);
    }
}
