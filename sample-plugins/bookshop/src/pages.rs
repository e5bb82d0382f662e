//! The pages.

use aim_sdk::documents::Presentation;
use aim_sdk::prelude::*;

use crate::CARD;

fn title(locale: Locale) -> String {
    text(locale, "Kitab mağazası", "Bookshop")
}

fn text(locale: Locale, az: &str, en: &str) -> String {
    Localised::new(az, en).get(locale).to_owned()
}

fn page(locale: Locale, body: Html) -> Response {
    let title = title(locale);
    let body = html!("<h1>{}</h1>\n{}", title.as_str(), body);
    Page::new(locale, title).body(body).into()
}

/// What came of the newest request, in one sentence.
fn outcome(locale: Locale, last: &Presentation) -> String {
    let card = last.document(CARD);
    match (last.is_shown(), card) {
        (_, Some(card)) if card.is_good() => text(
            locale,
            "{name}, oxucu biletiniz üçün 10% endirim alırsınız.",
            "{name}, you get a discount of 10% for your reader's card.",
        )
        .replace("{name}", &card.text("given_name").unwrap_or_default()),
        (true, Some(_)) => text(
            locale,
            "Göstərdiyiniz bilet artıq qüvvədə deyil.",
            "The card that you showed is not valid any more.",
        ),
        (true, None) => text(
            locale,
            "Göstərdiyinizi oxumaq vaxtı keçib. Bileti yenidən göstərin.",
            "The time to read what you showed is over. Show the card again.",
        ),
        (false, None) if !last.finished => text(
            locale,
            "Bileti hələ göstərməmisiniz.",
            "You have not shown the card yet.",
        ),
        (false, _) => text(
            locale,
            "Bilet göstərilmədi, ona görə endirim yoxdur.",
            "The card was not shown, so the discount is not given.",
        ),
    }
}

/// The citizen's page.
pub fn home(locale: Locale, last: Option<&Presentation>, can_ask: bool) -> Response {
    let last = last.map(|last| html!("<p role=\"status\">{}</p>", outcome(locale, last)));
    let button = can_ask.then(|| {
        html!(
            "<form method=\"post\" action=\"/\"><button type=\"submit\">{}</button></form>",
            text(locale, "Oxucu biletini göstər", "Show the reader's card")
        )
    });
    let body = html!(
        "<p>{}</p>\n{}\n{}\n<p><a href=\"/till\">{}</a></p>",
        text(
            locale,
            "Kitabxananın oxucu bileti olanlara endirim edirik. Bileti platformanın səhifəsində göstərirsiniz.",
            "Readers of the library get a discount. You show the card on the platform's page.",
        ),
        last.into_iter().collect::<Html>(),
        button.into_iter().collect::<Html>(),
        text(locale, "Mağazanın kassası", "The shop's till"),
    );
    page(locale, body)
}

/// The till's page.
pub fn till(locale: Locale) -> Response {
    let body = html!(
        "<p>{}</p>\n<form method=\"post\" action=\"/till\"><button type=\"submit\">{}</button></form>",
        text(
            locale,
            "Müştəri kodu telefonu ilə oxudur və bileti özü göstərir. Kassa onun kim olduğunu öyrənmir.",
            "The customer scans a code with their phone and shows the card. The till does not learn who they are.",
        ),
        text(locale, "Kodu göstər", "Show the code"),
    );
    page(locale, body)
}

/// What came of a request of the till.
pub fn at_till(locale: Locale, asked: &Presentation) -> Response {
    let card = asked.document(CARD).filter(|card| card.is_good());
    let words = match (asked.finished, card) {
        (_, Some(card)) if card.yes_no("reading_room") == Some(true) => text(
            locale,
            "Müştəri oxucudur və oxu zalına girə bilər: 15% endirim.",
            "The customer is a reader with access to the reading room: 15% discount.",
        ),
        (_, Some(_)) => text(
            locale,
            "Müştəri oxucudur: 10% endirim.",
            "The customer is a reader: 10% discount.",
        ),
        (false, None) => text(
            locale,
            "Müştəri hələ cavab verməyib.",
            "The customer has not answered yet.",
        ),
        (true, None) => text(
            locale,
            "Qüvvədə olan bilet göstərilmədi.",
            "No valid card was shown.",
        ),
    };
    let waiting = asked.next_url.iter().map(|code| {
        html!(
            "<p><a href=\"{}\">{}</a></p>",
            code,
            text(locale, "Kodu yenidən göstər", "Show the code again")
        )
    });
    let body = html!(
        "<p role=\"status\">{}</p>\n{}\n<p><a href=\"/till\">{}</a></p>",
        words,
        waiting.collect::<Html>(),
        text(locale, "Növbəti müştəri", "The next customer"),
    );
    page(locale, body)
}
