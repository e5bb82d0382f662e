//! A birth: both parents are told, one names the child, the benefit is assigned, both get the certificate.

use anyhow::{Result, ensure};
use reqwest::Method;
use serde_json::json;

use super::{DAY, MOMENT, Space, expect};
use crate::actors::developer::Developer;
use crate::guests;
use crate::instance::Instance;
use crate::steps::Steps;

const SERVICE: &str = "newborn";
const MOTHER: &str = "OTEST01";
const FATHER: &str = "OTEST02";
const NAME: &str = "Nərgiz";

/// Tells the story in a test space of this developer.
///
/// # Errors
/// What a step failed with.
pub async fn birth(steps: &mut Steps, platform: &Instance, developer: &Developer) -> Result<()> {
    let space = steps
        .step(
            "birth: `newborn` passes vetting and runs in a test space",
            async {
                developer.publish(&guests::sample(SERVICE), None).await?;
                Space::make(platform, developer, "birth").await
            },
        )
        .await?;
    let (mother, father) = steps
        .step("birth: both parents agree to be told", async {
            let mother = space.let_in(MOTHER).await?;
            let father = space.let_in(FATHER).await?;
            for parent in [&mother, &father] {
                space.open(parent, SERVICE).await?;
            }
            Ok((mother, father))
        })
        .await?;
    steps
        .step(
            "birth: a hospital reports the birth, and both find a message",
            async {
                let born = json!({ "state": "new-parent", "fin": MOTHER, "child": "female" });
                space.ask(Method::POST, "/birth/people", &born).await?;
                space.go_on(MOMENT).await?;
                for parent in [&mother, &father] {
                    expect(parent, "/my/messages", "Uşağınızın adını seçin").await?;
                }
                Ok(())
            },
        )
        .await?;
    steps
        .step("birth: the mother names the child", async {
            let page = space.open(&mother, SERVICE).await?;
            let form = mother.agent.follow(&page, "/name?record=").await?.ok()?;
            let filled = form.form_to("/name")?.fill("given_name", NAME)?;
            let named = mother.agent.submit(&form, &filled).await?.ok()?;
            ensure!(named.text().contains(NAME), "the name is not on {named}");
            Ok(())
        })
        .await?;
    steps
        .step("birth: both get the certificate as a document", async {
            space.go_on(2 * DAY).await?;
            for parent in [&mother, &father] {
                expect(parent, "/my/documents", "Birth certificate").await?;
                expect(parent, "/my/messages", "Uşağınızın doğum haqqında şəhadətnaməsi").await?;
            }
            Ok(())
        })
        .await?;
    steps
        .step("birth: the benefit is assigned without an application", async {
            space.go_on(5 * DAY).await?;
            expect(&mother, "/my/messages", "Uşağa görə müavinət").await?;
            let page = space.open(&mother, SERVICE).await?;
            ensure!(page.text().contains("The benefit is assigned"), "not on {page}");
            Ok(())
        })
        .await
}
