//! The pages.

use aim_sdk::date::Date;
use aim_sdk::documents::Issued;
use aim_sdk::prelude::*;

fn title(locale: Locale) -> String {
    text(locale, "Kitabxana bileti", "Library card")
}

fn text(locale: Locale, az: &str, en: &str) -> String {
    Localised::new(az, en).get(locale).to_owned()
}

/// Asks whether to issue a card.
pub fn form(locale: Locale, name: &str) -> Response {
    let body = html!(
        "<h1>{}</h1>\n<p>{}</p>\n<p>{}</p>\n<form method=\"post\" action=\"/\"><button type=\"submit\">{}</button></form>",
        title(locale),
        text(locale, "Salam, {name}!", "Hello, {name}!").replace("{name}", name),
        text(
            locale,
            "Bilet platformadakı sənədləriniz arasında saxlanır. Onu kitabxanada telefonunuzdan göstərirsiniz.",
            "The card is kept among your documents on the platform. You show it at the library from your phone.",
        ),
        text(locale, "Bilet al", "Get a card"),
    );
    Page::new(locale, title(locale)).body(body).into()
}

/// The card as it stands.
pub fn card(locale: Locale, card: &Issued) -> Response {
    // The last day: the card is over at the moment after it.
    let last = Date::of_timestamp(card.expires.saturating_sub(1));
    let state = if card.is_good() {
        text(
            locale,
            "Biletiniz bu günədək qüvvədədir: {day}",
            "Your card is valid until {day}",
        )
    } else {
        text(
            locale,
            "Biletiniz sizi gözləyir. Onu platformada qəbul edin.",
            "Your card is waiting. Accept it on the platform.",
        )
    };
    let body = html!(
        "<h1>{}</h1>\n<p>{}</p>\n{}\n<form method=\"post\" action=\"/give-back\"><button type=\"submit\">{}</button></form>",
        title(locale),
        state.replace("{day}", &last.to_string()),
        card.next_url
            .iter()
            .map(|page| html!(
                "<p><a href=\"{}\">{}</a></p>",
                page,
                text(locale, "Bileti qəbul et", "Accept the card")
            ))
            .collect::<Html>(),
        text(locale, "Bileti qaytar", "Give the card back"),
    );
    Page::new(locale, title(locale)).body(body).into()
}

/// The citizen has had as many cards as one may have.
pub fn no_more(locale: Locale) -> Response {
    let body = html!(
        "<h1>{}</h1>\n<p>{}</p>",
        title(locale),
        text(
            locale,
            "Daha bilet verilə bilməz. Kitabxanaya müraciət edin.",
            "No further card can be issued here. Ask at the library.",
        ),
    );
    Page::new(locale, title(locale)).body(body).into()
}
