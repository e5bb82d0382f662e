//! The pages.

use aim_sdk::date::Date;
use aim_sdk::prelude::*;
use aim_sdk::signature::{Indication, Report, SignatureReport, Signing};

/// What is signed, as people read it.
pub fn title() -> Localised {
    Localised::new("Yataqxananın qaydaları", "House rules of the dormitory")
}

/// What the second signer is called.
pub fn roommate() -> Localised {
    Localised::new("otaq yoldaşı", "the person who shares the room")
}

fn text(locale: Locale, az: &str, en: &str) -> String {
    Localised::new(az, en).get(locale).to_owned()
}

fn page(locale: Locale, body: Html) -> Response {
    let title = title().get(locale).to_owned();
    Page::new(locale, title).body(body).into()
}

/// Asks whether to sign.
pub fn form(locale: Locale, name: &str, again: bool, can_ask: bool) -> Response {
    let last = again.then(|| {
        let words = text(
            locale,
            "Qaydalar imzalanmayıb. İstəsəniz, yenidən başlayın.",
            "The rules were not signed. You can begin again.",
        );
        html!("<p>{}</p>", words)
    });
    let button = can_ask.then(|| {
        html!(
            "<form method=\"post\" action=\"/\"><button type=\"submit\">{}</button></form>\n\
             <p>{}</p>\n\
             <form method=\"post\" action=\"/together\"><button type=\"submit\">{}</button></form>",
            text(locale, "Oxuyub imzala", "Read and sign"),
            text(
                locale,
                "Otağı bölüşürsünüzsə, qaydaları otaq yoldaşınızla birlikdə imzalayın: onu platformanın səhifəsində \
                 FİN ilə göstərirsiniz.",
                "If you share a room, sign the rules together with the other person: you name them by FIN on the \
                 platform's page.",
            ),
            text(locale, "Birlikdə imzala", "Sign together"),
        )
    });
    let body = html!(
        "<h1>{}</h1>\n<p>{}</p>\n{}\n<p>{}</p>\n{}",
        title().get(locale),
        text(locale, "Salam, {name}!", "Hello, {name}!").replace("{name}", name),
        last.into_iter().collect::<Html>(),
        text(
            locale,
            "Yataqxanaya köçməzdən əvvəl qaydaları platformanın səhifəsində oxuyub imzalayırsınız.",
            "Before you move in, you read the rules on the platform's page and sign them there.",
        ),
        button.into_iter().collect::<Html>(),
    );
    page(locale, body)
}

/// How a request stands that is signed or still open.
pub fn standing(locale: Locale, signing: &Signing) -> Response {
    let words = if signing.is_signed() {
        text(locale, "Qaydaları imzaladınız.", "You have signed the rules.")
    } else {
        text(
            locale,
            "Qaydalar imzanızı gözləyir.",
            "The rules wait for your signature.",
        )
    };
    let signed = signing.is_signed().then(|| {
        html!(
            "<p><a href=\"/signed.pdf\">{}</a></p>\n<p><a href=\"/check\">{}</a></p>",
            text(locale, "İmzalanmış fayl", "The signed file"),
            text(locale, "İmzaları yoxla", "Check the signatures")
        )
    });
    let next = signing.next_url.iter().map(|address| {
        html!(
            "<p><a href=\"{}\">{}</a></p>",
            address,
            text(locale, "Platformada davam et", "Go on at the platform")
        )
    });
    let body = html!(
        "<h1>{}</h1>\n<p>{}</p>\n{}\n{}",
        title().get(locale),
        words,
        signed.into_iter().collect::<Html>(),
        next.collect::<Html>(),
    );
    page(locale, body)
}

/// What a check of the signed file found, signature by signature.
pub fn report(locale: Locale, report: &Report) -> Response {
    let lines = report.signatures.iter().map(|signature| {
        html!(
            "<li>{}: {}{}</li>",
            signature.name.as_deref().unwrap_or("?"),
            result(locale, signature),
            proved(locale, signature)
        )
    });
    let body = html!(
        "<h1>{}</h1>\n<ul>{}</ul>\n<p><a href=\"/\">{}</a></p>",
        text(locale, "Faylın imzaları", "The signatures of the file"),
        lines.collect::<Html>(),
        text(locale, "Geri", "Back"),
    );
    page(locale, body)
}

fn result(locale: Locale, signature: &SignatureReport) -> String {
    let why = signature.sub_indication.as_deref().unwrap_or_default();
    match signature.indication {
        Indication::TotalPassed => text(locale, "imza etibarlıdır", "the signature is valid"),
        Indication::TotalFailed => {
            text(locale, "imza etibarsızdır", "the signature is not valid") + ": " + why
        }
        Indication::Indeterminate => {
            text(
                locale,
                "imza haqqında qərar vermək olmur",
                "the signature cannot be decided",
            ) + ": "
                + why
        }
    }
}

/// The day at which the signature is proved to have existed.
fn proved(locale: Locale, signature: &SignatureReport) -> String {
    match signature.proved_time {
        Some(time) => {
            let day = Date::of_timestamp(time).to_string();
            text(locale, ", vaxt möhürü: {day}", ", time stamp: {day}").replace("{day}", &day)
        }
        None => String::new(),
    }
}
