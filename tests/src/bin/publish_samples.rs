//! Puts the sample services on a running platform through the real pipeline: a persona's startup
//! publishes them, vetting looks at them, the two officers of a new sandbox approve them. What is there
//! already stays. `aim up --before-ready` runs it; it finds the platform's address in `AIM_URL`.

use aim_tests::actors::developer::{Developer, ELCHIN, STARTUP, TAX_ID};
use aim_tests::guests;
use aim_tests::pipeline::Panel;
use aim_tests::steps::say;
use anyhow::{Context as _, Result};
use reqwest::StatusCode;

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::args()
        .nth(1)
        .or_else(|| std::env::var("AIM_URL").ok())
        .context("name the platform's address: `publish-samples http://localhost:8080`")?;
    let url = url.trim_end_matches('/');
    let developer = Developer::start(url, ELCHIN, STARTUP, TAX_ID).await?;
    let mut panel = None;
    for folder in guests::samples()? {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        if is_live(&developer, &name).await? {
            say(format_args!("{name} is there already"));
            continue;
        }
        let component = guests::build(&folder).await?;
        let id = developer.publish(&folder, Some(&component)).await?;
        let panel = match &panel {
            Some(panel) => panel,
            None => panel.insert(Panel::log_in(url).await?),
        };
        panel.approve(&developer, &id).await?;
        say(format_args!("{name} is published, vetted, approved and deployed"));
    }
    Ok(())
}

/// Whether citizens can open this service already, or an officer stopped it on purpose.
async fn is_live(developer: &Developer, name: &str) -> Result<bool> {
    let service = developer.service(name).await?;
    Ok(service.status == StatusCode::OK && service.body.get("live").is_some_and(|live| !live.is_null()))
}
