//! The pages.

use aim_sdk::prelude::*;

use crate::fee::{Fee, THRESHOLD_MANATS};
use crate::registers::Institution;

fn title(locale: Locale) -> String {
    Localised::new("Uşaq bağçası", "Kindergarten")
        .get(locale)
        .to_owned()
}

/// The kindergartens of a region and the fee, with the numbers of the messages that were sent.
pub fn overview(
    locale: Locale,
    region: &str,
    fee: Fee,
    found: &[Institution],
    messages: &[String],
) -> Response {
    let text = |az, en| Localised::new(az, en).get(locale).to_owned();
    let list: Html = found
        .iter()
        .map(|one| html!("<li>{} <small>{}</small></li>", one.name, one.code))
        .collect();
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
        "<h1>{}</h1>\n<h2>{}: {}</h2>\n{}\n<p>{}</p>\n<details><summary>{}</summary><ul>{}</ul></details>",
        title(locale),
        text("Regionunuzdakı bağçalar", "Kindergartens in your region"),
        region,
        list,
        price
            .replace("{fee}", &fee.manats().to_string())
            .replace("{limit}", &THRESHOLD_MANATS.to_string()),
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
