//! The pages.

use aim_sdk::prelude::*;
use aim_sdk::signature::{Answer, Status};

use crate::application;
use crate::case::Case;
use crate::duty::{self, Duty};
use crate::office::Standing;

fn text(locale: Locale, az: &str, en: &str) -> String {
    Localised::new(az, en).get(locale).to_owned()
}

fn page(locale: Locale, body: Html) -> Response {
    let title = text(locale, "Nikahın qeydiyyatı", "Registration of a marriage");
    let body = html!("<h1>{}</h1>\n{}", title, body);
    Page::new(locale, title).body(body).into()
}

/// Asks whether to apply.
pub fn form(locale: Locale, name: &str, can_apply: bool) -> Response {
    let button = can_apply.then(|| {
        html!(
            "<form method=\"post\" action=\"/apply\"><button type=\"submit\">{}</button></form>",
            text(locale, "Ərizəyə keç", "Go to the application")
        )
    });
    let body = html!(
        "<p>{}</p>\n<p>{}</p>\n<ol><li>{}</li><li>{}</li><li>{}</li></ol>\n{}",
        text(locale, "Salam, {name}!", "Hello, {name}!").replace("{name}", name),
        text(
            locale,
            "Növbəti səhifə platformanındır: nikaha girəcəyiniz şəxsin FİN-ini orada yazırsınız, bu xidmət onu görmür.",
            "The next page is the platform's: there you type the FIN of the one whom you marry, which this service does not see.",
        ),
        text(
            locale,
            "Ərizəni hər ikiniz oxuyub imzalayırsınız.",
            "Both of you read the application and sign it.",
        ),
        text(
            locale,
            "14 gün sonra tibbi müayinənin nəticəsi gəlir, 30-cu gün nikah qeydə alınır.",
            "After 14 days the medical result comes, and on day 30 the marriage is registered.",
        ),
        text(
            locale,
            "Biriniz {duty} dövlət rüsumu ödəyir, hər ikiniz rəqəmsal şəhadətnamə alırsınız.",
            "One of you pays the state duty of {duty}, and both of you get a digital certificate.",
        )
        .replace("{duty}", &duty::amount().shown(locale)),
        button.into_iter().collect::<Html>(),
    );
    page(locale, body)
}

/// How a case stands.
pub fn case(locale: Locale, case: &Case, sub: &str) -> Response {
    let body = html!(
        "<h2>{}</h2>\n<p>{}</p>\n{}",
        application::title().get(locale),
        standing(locale, case),
        next(locale, case, sub).into_iter().collect::<Html>(),
    );
    page(locale, body)
}

fn standing(locale: Locale, case: &Case) -> String {
    match &case.standing {
        Standing::NotSent => signing(locale, case),
        Standing::Waiting => text(
            locale,
            "Ərizə VVAQ idarəsindədir; tibbi müayinənin nəticəsi gözlənilir.",
            "The application is at the civil registry office, which waits for the medical result.",
        ),
        Standing::Examined(day) => text(
            locale,
            "Tibbi müayinənin nəticəsi gəlib. Nikah {day} tarixində qeydə alınır.",
            "The medical result is in. The marriage is registered on {day}.",
        )
        .replace("{day}", day),
        Standing::Registered(marriage) => text(
            locale,
            "Nikah {day} tarixində qeydə alınıb: {one}, {other}.",
            "The marriage was registered on {day}: {one}, {other}.",
        )
        .replace("{day}", &marriage.since)
        .replace("{one}", &marriage.spouses[0])
        .replace("{other}", &marriage.spouses[1]),
        Standing::Refused(reason) => text(
            locale,
            "VVAQ idarəsi müraciəti qəbul etmədi: {reason}",
            "The civil registry office refused the application: {reason}",
        )
        .replace("{reason}", reason.get(locale)),
        Standing::Lost => text(
            locale,
            "Müraciətin taleyi məlum deyil; VVAQ idarəsi ilə əlaqə saxlayın.",
            "It is not known what became of the application; turn to the civil registry office.",
        ),
    }
}

fn signing(locale: Locale, case: &Case) -> String {
    let signed = case
        .signing
        .signers
        .iter()
        .filter(|one| one.answer == Answer::Signed);
    match (case.signing.status, signed.count()) {
        (Status::Failed | Status::Cancelled | Status::Error, _) => {
            text(locale, "Ərizə imzalanmayıb.", "The application was not signed.")
        }
        (_, 0) => text(
            locale,
            "Ərizə imzaları gözləyir.",
            "The application waits for both signatures.",
        ),
        (_, 1) => text(
            locale,
            "Biriniz imzalayıb, o birinin imzası gözlənilir.",
            "One of you has signed; the other signature is awaited.",
        ),
        _ => text(
            locale,
            "Hər ikiniz imzalamısınız; ərizə VVAQ idarəsinə göndərilir.",
            "Both of you have signed; the application is on its way to the civil registry office.",
        ),
    }
}

fn next(locale: Locale, case: &Case, sub: &str) -> Option<Html> {
    let mine = case
        .signing
        .signers
        .iter()
        .find(|one| one.who.as_deref() == Some(sub));
    if let Some(address) = mine.and_then(|one| one.next_url.as_ref()) {
        return Some(html!(
            "<p><a href=\"{}\">{}</a></p>",
            address,
            text(locale, "Platformada davam et", "Go on at the platform")
        ));
    }
    if !matches!(case.standing, Standing::Registered(_)) {
        return None;
    }
    Some(match &case.duty {
        Duty::Paid => html!(
            "<p>{}</p>",
            text(
                locale,
                "Rüsum ödənilib; şəhadətnamə platformadakı sənədlərinizdədir.",
                "The duty is paid; the certificate is among your documents on the platform.",
            )
        ),
        Duty::Under(payer, _) if payer != sub => html!(
            "<p>{}</p>",
            text(
                locale,
                "O biriniz rüsumu ödəyir.",
                "The other one of you is paying the duty."
            )
        ),
        Duty::Open | Duty::Under(..) => html!(
            "<form method=\"post\" action=\"/pay\"><input type=\"hidden\" name=\"id\" value=\"{}\">\
             <button type=\"submit\">{}</button></form>",
            case.signing.id,
            text(locale, "Rüsumu ödə: {duty}", "Pay the duty: {duty}")
                .replace("{duty}", &duty::amount().shown(locale)),
        ),
    })
}
