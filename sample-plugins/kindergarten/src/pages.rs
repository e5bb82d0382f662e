//! The pages.

use aim_sdk::exchange::{Status, Submission};
use aim_sdk::prelude::*;

use crate::applications::Applications;
use crate::fee::{Fee, THRESHOLD_MANATS};
use crate::registers::Institution;

fn title(locale: Locale) -> String {
    Localised::new("Uşaq bağçası", "Kindergarten")
        .get(locale)
        .to_owned()
}

/// What an agency says about an application.
#[derive(serde::Deserialize)]
struct Said {
    title: Option<Title>,
    kindergarten: Option<String>,
    from: Option<String>,
}

#[derive(serde::Deserialize)]
struct Title {
    az: String,
    en: String,
}

/// How an application stands, in words.
fn outcome(sent: &Submission) -> Localised {
    let said = sent.answer.as_ref();
    let said = said.and_then(|answer| serde_json::from_slice::<Said>(&answer.body).ok());
    match (sent.status, said) {
        (Status::Created, _) => Localised::new("yoldadır", "it is on its way"),
        (Status::Submitted, _) => Localised::new("qurum ərizəyə baxır", "the agency is looking at it"),
        (
            Status::Success,
            Some(Said {
                kindergarten: Some(code),
                from: Some(day),
                ..
            }),
        ) => Localised::new(
            format!("yer verildi: {code}, {day} tarixindən"),
            format!("a place is yours: {code}, from {day}"),
        ),
        (Status::Success, _) => Localised::new("yer verildi", "a place is yours"),
        (Status::Failed, Some(Said { title: Some(why), .. })) => Localised::new(
            format!("imtina edildi. {}", why.az),
            format!("it was refused. {}", why.en),
        ),
        (Status::Failed, _) => Localised::new("imtina edildi", "it was refused"),
        (Status::Error, _) => Localised::new(
            "nəticə məlum deyil; Mərkəz araşdırır",
            "the outcome is not known; the Centre looks into it",
        ),
    }
}

/// The same for a message, whose language the platform chooses.
pub fn outcome_in_both(sent: &Submission) -> String {
    let words = outcome(sent);
    format!("{} / {}", words.get(Locale::Az), words.get(Locale::En))
}

fn application(locale: Locale, sent: &Submission) -> Html {
    let number = sent.agency_reference.as_deref().unwrap_or(&sent.issue);
    html!("<li><code>{}</code>: {}</li>", number, outcome(sent).get(locale))
}

/// Asks for the child and the day.
pub fn form(locale: Locale, kindergarten: &str, number: u32) -> Response {
    let text = |az, en| Localised::new(az, en).get(locale).to_owned();
    let field = |name: &str, kind: &str, label: String| {
        html!(
            "<p><label for=\"{}\">{}</label><br><input id=\"{}\" name=\"{}\" type=\"{}\" required></p>\n",
            name,
            label,
            name,
            name,
            kind
        )
    };
    let fields: Html = [
        field("child_name", "text", text("Uşağın adı", "Name of the child")),
        field(
            "child_birthdate",
            "date",
            text("Uşağın doğum tarixi", "Date of birth of the child"),
        ),
        field(
            "from",
            "date",
            text("Bağçada ilk gün", "First day in the kindergarten"),
        ),
    ]
    .into_iter()
    .collect();
    let body = html!(
        "<h1>{}</h1>\n<form method=\"post\" action=\"/apply\">\n\
         <input type=\"hidden\" name=\"kindergarten\" value=\"{}\"><input type=\"hidden\" name=\"number\" value=\"{}\">\n\
         {}<p>{}</p>\n<p><button type=\"submit\">{}</button></p>\n</form>",
        text("Yer üçün ərizə: {code}", "Application for a place: {code}").replace("{code}", kindergarten),
        kindergarten,
        number,
        fields,
        text(
            "Ərizə təhsil qurumuna FİN-inizlə birgə göndərilir və geri götürülmür. Qurum 10 gün ərzində qərar verir.",
            "The application goes to the education agency together with your FIN, and cannot be taken back. The agency decides within 10 days.",
        ),
        text("Göndər", "Send"),
    );
    Page::new(locale, title(locale)).body(body).into()
}

/// The kindergartens of a region and the fee, the citizen's applications, and the numbers of the messages that were sent.
pub fn overview(
    locale: Locale,
    region: &str,
    fee: Fee,
    found: &[Institution],
    applications: &Applications,
    messages: &[String],
) -> Response {
    let text = |az, en| Localised::new(az, en).get(locale).to_owned();
    let list: Html = found
        .iter()
        .map(|one| {
            html!(
                "<li><a href=\"/apply?kindergarten={}\">{}</a> <small>{}</small></li>",
                one.code,
                one.name,
                one.code
            )
        })
        .collect();
    let sent_in = &applications.sent;
    let sent_in = match sent_in.is_empty() {
        true => html!(
            "<p>{}</p>",
            text(
                "Ərizəniz yoxdur. Yer istəyirsinizsə, bağçanı seçin.",
                "You have not applied. To ask for a place, choose a kindergarten."
            )
        ),
        false => html!(
            "<ul>{}</ul>",
            sent_in
                .iter()
                .map(|one| application(locale, one))
                .collect::<Html>()
        ),
    };
    let list = match found.is_empty() {
        true => html!(
            "<p>{}</p>",
            text(
                "Bu regionda bağça yoxdur.",
                "There is no kindergarten in this region."
            )
        ),
        false => html!("<ul>{}</ul>", list),
    };
    let price = match fee {
        Fee::Full => text("Aylıq haqq: {fee} AZN.", "Monthly fee: AZN {fee}."),
        Fee::Undisclosed => text(
            "Aylıq haqq: {fee} AZN. Orta gəlirinizin {limit} manatdan az olub-olmadığını paylaşsanız, güzəşt ola bilər: «Razılıqlarım» səhifəsində seçin.",
            "Monthly fee: AZN {fee}. It may be reduced if you share whether your average income is below AZN {limit}: choose that in “My consents”.",
        ),
        Fee::Reduced => text(
            "Güzəştli aylıq haqq: {fee} AZN, çünki orta gəliriniz {limit} manatdan azdır.",
            "Reduced monthly fee: AZN {fee}, because your average income is below AZN {limit}.",
        ),
    };
    let sent: Html = messages
        .iter()
        .map(|id| html!("<li><code>{}</code></li>", id))
        .collect();
    let body = html!(
        "<h1>{}</h1>\n<h2>{}: {}</h2>\n{}\n<p>{}</p>\n<h2>{}</h2>\n{}\n<details><summary>{}</summary><ul>{}</ul></details>",
        title(locale),
        text("Regionunuzdakı bağçalar", "Kindergartens in your region"),
        region,
        list,
        price
            .replace("{fee}", &fee.manats().to_string())
            .replace("{limit}", &THRESHOLD_MANATS.to_string()),
        text("Ərizələrim", "My applications"),
        sent_in,
        text(
            "Reyestrlərə göndərilən sorğuların nömrələri",
            "Numbers of the messages to the registers"
        ),
        sent,
    );
    Page::new(locale, title(locale)).body(body).into()
}

/// The register of the population knows no region of this citizen.
pub fn no_address(locale: Locale) -> Response {
    let text = Localised::new(
        "Reyestrdə qeydiyyat ünvanınız yoxdur, ona görə bağça seçmək mümkün deyil. Ünvanı qeydiyyata aldırıb yenidən baxın.",
        "The register has no address of yours, so no kindergarten can be chosen. Have an address registered, and look again.",
    );
    let body = html!("<h1>{}</h1>\n<p>{}</p>", title(locale), text.get(locale));
    Page::new(locale, title(locale)).body(body).into()
}
