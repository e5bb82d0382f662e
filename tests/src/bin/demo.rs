//! The main path, driven as its users drive it: a platform in a temporary folder, a developer with the
//! `aim` command, two officers and a citizen with a browser each. Its arguments go to `aim up`, as in
//! `demo --database postgres://aim@localhost/empty`.

use std::process::ExitCode;

use aim_tests::actors::citizen::{Citizen, GOOD_CARD, ORDINARY, is_consent, is_join, is_login};
use aim_tests::actors::developer::{Developer, ELCHIN, STARTUP, TAX_ID};
use aim_tests::actors::officer::{AYSEL, NIGAR, Officer, RASHAD};
use aim_tests::guests;
use aim_tests::html::{Document, Form};
use aim_tests::http::Page;
use aim_tests::instance::{Instance, Start};
use aim_tests::steps::{Steps, say};
use aim_tests::stories;
use anyhow::{Context as _, Result, ensure};
use reqwest::StatusCode;

/// The sample service that the demo is about.
const SERVICE: &str = "communal-bills";
/// The service's title, what it did and what it read, as the Azerbaijani access log says it.
const READ: [&str; 3] = [
    "Kommunal hesablar",
    "Kommunal hesablarınızı oxudu",
    "Evinizin kommunal hesabları",
];
/// The heading of a suspended service.
const SUSPENDED: &str = "Bu xidmət dayandırılıb";
/// What every amount of money ends with on Azerbaijani pages.
const CURRENCY: &str = "AZN";

#[tokio::main]
async fn main() -> ExitCode {
    let mut steps = Steps::new("demo");
    if let Err(error) = run(&mut steps).await {
        say(format_args!("     {error:#}"));
    }
    steps.finish()
}

async fn run(steps: &mut Steps) -> Result<()> {
    let platform = steps
        .step(
            "the platform starts with an empty folder",
            Instance::start_with(Start {
                args: std::env::args().skip(1).collect(),
                ..Start::default()
            }),
        )
        .await?;
    let url = platform.url.clone();
    let developer = steps
        .step(
            "a developer logs in, registers a startup and makes an API token",
            Developer::start(&url, ELCHIN, STARTUP, TAX_ID),
        )
        .await?;
    let id = publish_and_approve(steps, &url, &developer).await?;
    let citizen = enter(steps, &platform).await?;
    pay(steps, &platform, &citizen).await?;
    look_back(steps, &platform, &citizen, &id).await?;
    // The stories happen in test spaces, whose database is a file whatever the platform's is.
    if !std::env::args().any(|argument| argument == "--database") {
        stories::birth(steps, &platform, &developer).await?;
        stories::marriage(steps, &platform, &developer).await?;
    }
    steps
        .step("the platform stops cleanly", async {
            let stopped = platform.stop().await?;
            ensure!(stopped.status.success(), "it ended with {}", stopped.status);
            Ok(())
        })
        .await
}

async fn publish_and_approve(steps: &mut Steps, url: &str, developer: &Developer) -> Result<String> {
    let id = steps
        .step(
            "`aim publish` builds, sends and vets `communal-bills`",
            developer.publish(&guests::sample(SERVICE), None),
        )
        .await?;
    let first = steps
        .step("the first officer reads the evidence and approves", async {
            let officer = Officer::log_in(url, AYSEL, "en").await?;
            officer.approve(&id).await?.ok()?;
            Ok(officer)
        })
        .await?;
    steps
        .step("the same officer cannot approve twice", async {
            ensure!(!first.may_approve(&id).await?, "a second approval is offered");
            Ok(())
        })
        .await?;
    steps
        .step(
            "the second officer approves, and the service is deployed",
            async {
                Officer::log_in(url, RASHAD, "az")
                    .await?
                    .approve(&id)
                    .await?
                    .ok()?;
                let submission = developer.submission(&id).await?;
                ensure!(
                    submission.text("state") == "deployed",
                    "it is {}",
                    submission.body
                );
                Ok(())
            },
        )
        .await?;
    Ok(id)
}

async fn enter(steps: &mut Steps, platform: &Instance) -> Result<Citizen> {
    let citizen = Citizen::new(&platform.url, ORDINARY, "az")?;
    steps
        .step("a citizen finds the service in the catalogue", async {
            let catalogue = citizen.page("/").await?.ok()?;
            citizen
                .agent
                .follow(&catalogue, &format!("/services/{SERVICE}"))
                .await?
                .ok()
        })
        .await?;
    let login = steps
        .step("the service sends the citizen to the log-in", async {
            let page = citizen.agent.get(platform.origin(SERVICE)).await?;
            ensure!(is_login(&page), "it is {page}");
            Ok(page)
        })
        .await?;
    let join = steps
        .step("the platform asks whether to take part in the test", async {
            let page = citizen.identify(&login).await?;
            ensure!(is_join(&page), "it is {page}");
            Ok(page)
        })
        .await?;
    let consent = steps
        .step("joining leads to the platform's consent screen", async {
            let page = citizen.join(&join, "join").await?;
            ensure!(is_consent(&page), "it is {page}");
            Ok(page)
        })
        .await?;
    steps
        .step("the citizen agrees and sees the household's open bills", async {
            let page = citizen.decide(&consent, "agree").await?;
            let page = citizen.pass(page).await?.ok()?;
            ensure!(!payable(&page).is_empty(), "no bill can be paid on {page}");
            Ok(())
        })
        .await?;
    Ok(citizen)
}

/// The bills that can be paid: each one's amount and its form.
fn payable(page: &Page) -> Vec<(String, Form)> {
    page.document().rows().iter().filter_map(bill).collect()
}

fn bill(row: &Document) -> Option<(String, Form)> {
    let form = row
        .forms()
        .into_iter()
        .find(|form| form.method == "post" && form.has("bill"))?;
    let text = row.text();
    let words: Vec<_> = text.split(' ').collect();
    let at = words.iter().position(|word| *word == CURRENCY)?;
    let number = words.get(at.checked_sub(1)?)?;
    Some((format!("{number} {CURRENCY}"), form))
}

async fn pay(steps: &mut Steps, platform: &Instance, citizen: &Citizen) -> Result<()> {
    let bills = citizen.open(&platform.origin(SERVICE)).await?.ok()?;
    let (checkout, amount) = steps
        .step(
            "the citizen chooses a bill and comes to the platform's pay page",
            async {
                let (amount, form) = payable(&bills)
                    .into_iter()
                    .next()
                    .context("no bill can be paid")?;
                let page = citizen.agent.submit(&bills, &form).await?.ok()?;
                ensure!(page.text().contains(&amount), "{amount} is not on {page}");
                Ok((page, amount))
            },
        )
        .await?;
    let outcome = steps
        .step("the citizen pays with a card", async {
            citizen.pay(&checkout, GOOD_CARD).await?.ok()
        })
        .await?;
    steps
        .step("the receipt says what was paid", async {
            let receipt = citizen.agent.follow(&outcome, "/receipts/").await?.ok()?;
            ensure!(receipt.text().contains(&amount), "{amount} is not on {receipt}");
            Ok(())
        })
        .await?;
    steps
        .step("the paid bill is not owed any more", async {
            let before = payable(&bills).len();
            let after = payable(&citizen.open(&platform.origin(SERVICE)).await?.ok()?).len();
            ensure!(after + 1 == before, "{before} bills became {after}");
            Ok(())
        })
        .await
}

async fn look_back(steps: &mut Steps, platform: &Instance, citizen: &Citizen, id: &str) -> Result<()> {
    steps
        .step("the payment is among the citizen's payments", async {
            let page = citizen.page("/my/payments").await?.ok()?;
            ensure!(
                page.document().link("/receipts/").is_some(),
                "no receipt on {page}"
            );
            Ok(())
        })
        .await?;
    steps
        .step("the access log shows who read what", async {
            let page = citizen.page("/my/log").await?.ok()?;
            let rows = page.document().rows();
            let told = rows
                .iter()
                .map(Document::text)
                .any(|row| READ.iter().all(|word| row.contains(word)));
            ensure!(told, "no line says that the service read the bills: {page}");
            Ok(())
        })
        .await?;
    steps
        .step("an officer stops the service at once", async {
            Officer::log_in(&platform.url, AYSEL, "en")
                .await?
                .act(id, "suspend")
                .await?;
            let page = citizen.agent.get(platform.origin(SERVICE)).await?;
            let page = page.expect(StatusCode::SERVICE_UNAVAILABLE)?;
            ensure!(page.heading() == SUSPENDED, "it says something else: {page}");
            Ok(())
        })
        .await?;
    steps
        .step("the director lets it run again", async {
            Officer::log_in(&platform.url, NIGAR, "en")
                .await?
                .act(id, "resume")
                .await?;
            let page = citizen.agent.get(platform.origin(SERVICE)).await?.ok()?;
            ensure!(!payable(&page).is_empty(), "no bill can be paid on {page}");
            Ok(())
        })
        .await?;
    steps
        .step(
            "a consent taken back acts on the next call, which asks again",
            async {
                citizen.revoke_consent().await?.ok()?;
                let page = citizen.agent.get(platform.origin(SERVICE)).await?.ok()?;
                ensure!(is_consent(&page), "the consent screen does not ask again: {page}");
                ensure!(payable(&page).is_empty(), "bills are still shown: {page}");
                Ok(())
            },
        )
        .await
}
