//! A marriage: both sign, the medical result comes on day 14, the registration on day 30, one pays 10 AZN, both get the
//! certificate.

use anyhow::{Context as _, Result, ensure};

use super::{DAY, MOMENT, Space, expect};
use crate::actors::citizen::GOOD_CARD;
use crate::actors::developer::Developer;
use crate::guests;
use crate::instance::Instance;
use crate::steps::Steps;

const SERVICE: &str = "marriage";
const ONE: &str = "OTEST0A";
const OTHER: &str = "OTEST0B";

/// Tells the story in a test space of this developer.
///
/// # Errors
/// What a step failed with.
pub async fn marriage(steps: &mut Steps, platform: &Instance, developer: &Developer) -> Result<()> {
    let space = steps
        .step(
            "marriage: `marriage` passes vetting and runs in a test space",
            async {
                developer.publish(&guests::sample(SERVICE), None).await?;
                Space::make(platform, developer, "marriage").await
            },
        )
        .await?;
    let one = space.let_in(ONE).await?;
    let other = space.let_in(OTHER).await?;
    let code = steps
        .step("marriage: one applies, names the other by FIN and signs", async {
            let page = space.open(&one, SERVICE).await?;
            let form = page.form_to("/apply")?;
            let page = one.agent.submit(&page, &form).await?.ok()?;
            let named = page.form_to("/people/1")?.fill("fin", OTHER)?;
            let page = one.agent.submit(&page, &named).await?.ok()?;
            let code = page.document().text_of("output").context("no code is shown")?;
            one.sign(&page).await?;
            Ok(code)
        })
        .await?;
    steps
        .step(
            "marriage: the other enters the code, signs the agreement and the application",
            async {
                let list = other.open(&other.address("/my/signatures")).await?.ok()?;
                let page = other.agent.follow(&list, "/my/signatures/sgn").await?.ok()?;
                let form = page.form_to("/pair")?.fill("code", &code)?;
                let page = other.agent.submit(&page, &form).await?.ok()?;
                let form = page.form_to("/agree")?;
                let agreement = other.agent.submit(&page, &form).await?.ok()?;
                other.sign(&agreement).await?;
                let page = other.open(page.url.as_str()).await?.ok()?;
                other.sign(&page).await?;
                space.go_on(MOMENT).await
            },
        )
        .await?;
    steps
        .step(
            "marriage: on day 14 the medical result is in, and both are told",
            async {
                space.go_on(15 * DAY).await?;
                for spouse in [&one, &other] {
                    expect(spouse, "/my/messages", "Tibbi müayinənin nəticəsi gəlib").await?;
                }
                Ok(())
            },
        )
        .await?;
    steps
        .step("marriage: on day 30 the marriage is registered", async {
            space.go_on(16 * DAY).await?;
            for spouse in [&one, &other] {
                expect(spouse, "/my/messages", "Nikahınız qeydə alındı").await?;
            }
            let found = space.person(ONE).await?;
            ensure!(found.get("spouse").is_some_and(|one| one == OTHER), "{found}");
            Ok(())
        })
        .await?;
    steps
        .step("marriage: one pays the duty of 10 AZN", async {
            let page = space.open(&one, SERVICE).await?;
            ensure!(page.text().contains("AZN 10.00"), "the duty is not on {page}");
            let form = page.form_to("/pay")?;
            let checkout = one.agent.submit(&page, &form).await?.ok()?;
            one.pay(&checkout, GOOD_CARD).await?.ok()?;
            space.go_on(MOMENT).await
        })
        .await?;
    steps
        .step("marriage: both get the certificate as a document", async {
            for spouse in [&one, &other] {
                expect(spouse, "/my/documents", "Marriage certificate").await?;
                expect(spouse, "/my/messages", "Nikah haqqında şəhadətnaməniz").await?;
            }
            Ok(())
        })
        .await
}
