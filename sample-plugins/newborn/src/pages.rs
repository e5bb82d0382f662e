//! The pages.

use aim_sdk::payments::Money;
use aim_sdk::prelude::*;

use crate::birth::{Benefit, Child};

fn text(locale: Locale, az: &str, en: &str) -> String {
    Localised::new(az, en).get(locale).to_owned()
}

fn page(locale: Locale, heading: &str, body: Html) -> Response {
    let body = html!("<h1>{}</h1>\n{}", heading, body);
    Page::new(locale, heading).body(body).into()
}

/// The children, and how it stands with each.
pub fn overview(locale: Locale, children: &[(Child, Benefit)]) -> Response {
    let list: Html = children
        .iter()
        .map(|(child, benefit)| entry(locale, child, benefit))
        .collect();
    let none = children.is_empty().then(|| {
        let words = text(
            locale,
            "VVAQ idarəsində uşağınız qeydə alınmayıb. Uşağınız doğulanda sizə mesaj gələcək.",
            "The civil registry office has no child of yours. When your child is born, a message will reach you.",
        );
        html!("<p>{}</p>", words)
    });
    let body = html!("{}{}", none.into_iter().collect::<Html>(), list);
    page(locale, &text(locale, "Uşaqlarınız", "Your children"), body)
}

fn entry(locale: Locale, child: &Child, benefit: &Benefit) -> Html {
    let unnamed = text(locale, "Adı qoyulmamış uşaq", "A child without a name");
    let name = child.name().unwrap_or(unnamed);
    let born = text(locale, "Doğum tarixi", "Born on");
    let next = match (&child.given_name, benefit) {
        (None, _) => html!(
            "<p><a href=\"/name?record={}\">{}</a></p>",
            child.record,
            text(locale, "Adını seç", "Choose the name"),
        ),
        (Some(_), benefit) => standing(locale, benefit),
    };
    html!(
        "<section><h2>{}</h2>\n<p>{}: {}</p>\n{}</section>",
        name,
        born,
        child.born,
        next
    )
}

fn standing(locale: Locale, benefit: &Benefit) -> Html {
    let words = match benefit {
        Benefit::None => return html!(""),
        Benefit::Waiting => text(
            locale,
            "Müavinət təyin olunur; qərar mesajla gələcək.",
            "The benefit is being assigned; a message will tell the decision.",
        ),
        Benefit::Assigned(assigned) => text(
            locale,
            "Müavinət təyin olunub: {date} tarixindən ayda {amount}.",
            "The benefit is assigned: {amount} a month from {date} on.",
        )
        .replace("{amount}", &Money::azn(assigned.qepik_a_month).shown(locale))
        .replace("{date}", &assigned.from),
        Benefit::Refused(title) => title.get(locale).to_owned(),
    };
    html!("<p>{}</p>", words)
}

/// Asks for the name; `mistake` says what was wrong with the last one.
pub fn form(locale: Locale, child: &Child, typed: &str, mistake: Option<Localised>) -> Response {
    let status = if mistake.is_some() { 422 } else { 200 };
    let (error, described) = match &mistake {
        Some(mistake) => (
            html!("<p id=\"error\" role=\"alert\">{}</p>", mistake.get(locale)),
            html!(" aria-invalid=\"true\" aria-describedby=\"error\""),
        ),
        None => (html!(""), html!("")),
    };
    let heading = text(locale, "Uşağınızın adı", "Your child's name");
    let body = html!(
        "<p>{}: {}. {}</p>\n{}\n<form method=\"post\" action=\"/name\">\n\
         <input type=\"hidden\" name=\"record\" value=\"{}\">\n\
         <p><label for=\"given_name\">{}</label><br>\
         <input id=\"given_name\" name=\"given_name\" autocomplete=\"off\" value=\"{}\"{}></p>\n\
         <p><button type=\"submit\">{}</button></p>\n</form>",
        text(locale, "Doğum tarixi", "Born on"),
        child.born,
        text(
            locale,
            "Ad VVAQ idarəsində bir dəfə qeydə alınır və burada dəyişdirilmir.",
            "The civil registry office registers the name once; it cannot be changed here.",
        ),
        error,
        child.record,
        text(locale, "Ad", "First name"),
        typed,
        described,
        text(locale, "Adı qeydə aldır", "Register the name"),
    );
    let body = html!("<h1>{}</h1>\n{}", heading, body);
    Response::from(Page::new(locale, heading).body(body)).with_status(status)
}
