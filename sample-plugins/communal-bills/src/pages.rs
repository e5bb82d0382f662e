//! The pages.

use aim_sdk::chart::BarChart;
use aim_sdk::date::{Date, month_name};
use aim_sdk::notifications::{Message, Status};
use aim_sdk::payments::{Bill, Payment};
use aim_sdk::prelude::*;

use crate::due::Holidays;
use crate::words::{self, Words};
use crate::{PURPOSE, UTILITIES, bills};

/// What came of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Paid,
    Failed,
    Waiting,
}

/// `GET /`: the bills to pay, the year, the holidays.
pub fn overview(_request: &Request) -> Result<Response, Error> {
    let locale = identity::current()?.session().locale;
    let history = payments::bill_history(UTILITIES, PURPOSE)?;
    let open = bills::open(&history);
    let due_dates: Vec<Date> = open.iter().filter_map(|bill| due(bill)).collect();
    let holidays = match (due_dates.iter().min(), due_dates.iter().max()) {
        (Some(first), Some(last)) => Holidays::between(*first, *last)?,
        _ => Holidays::default(),
    };
    Ok(overview_page(locale, &history, &open, &holidays))
}

fn due(bill: &Bill) -> Option<Date> {
    bill.due.map(Date::of_timestamp)
}

fn overview_page(locale: Locale, history: &[Bill], open: &[&Bill], holidays: &Holidays) -> Response {
    let words = words::of(locale);
    let body = html!(
        "<h1>{}</h1>\n<section>\n<h2 id=\"open\">{}</h2>\n{}\n</section>\n\
         <section>\n<h2>{}</h2>\n{}\n</section>\n<section>\n<h2>{}</h2>\n{}\n</section>",
        words.title,
        words.open_heading,
        open_bills(words, locale, open, holidays),
        words.year_heading,
        year(words, locale, history),
        words.holidays_heading,
        moving_holidays(words, locale, open, holidays),
    );
    page(locale, words.title, body)
}

fn open_bills(words: &Words, locale: Locale, open: &[&Bill], holidays: &Holidays) -> Html {
    if open.is_empty() {
        return html!("<p>{}</p>", words.nothing_open);
    }
    let rows: Html = open
        .iter()
        .map(|bill| open_bill(words, locale, bill, holidays))
        .collect();
    html!(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"open\">\n<table>\n\
         <caption class=\"visually-hidden\">{caption}</caption>\n\
         <thead><tr><th scope=\"col\">{what_for}</th><th scope=\"col\">{biller}</th>\
         <th scope=\"col\">{due}</th><th scope=\"col\" class=\"num\">{amount}</th>\
         <th scope=\"col\">{action}</th></tr></thead>\n<tbody>\n{rows}</tbody>\n\
         <tfoot><tr><th scope=\"row\" colspan=\"3\">{total}</th><td class=\"num\">{sum}</td>\
         <td></td></tr></tfoot>\n</table>\n</div>\n\
         <form method=\"post\" action=\"/keep\"><button type=\"submit\" class=\"quiet\">{keep}</button></form>",
        caption = words.open_heading,
        what_for = words.what_for,
        biller = words.biller,
        due = words.due,
        amount = words.amount,
        action = words.action,
        rows = rows,
        total = words.total,
        keep = words.keep,
        sum = bills::total(open.iter().copied()).shown(locale),
    )
}

fn open_bill(words: &Words, locale: Locale, bill: &Bill, holidays: &Holidays) -> Html {
    let due = due(bill).map(|due| {
        let counts = holidays.working_day(due);
        if counts == due {
            html!("{}", due)
        } else {
            html!(
                "<strong>{}</strong><br><small>{} {}</small>",
                counts,
                words.moved,
                due
            )
        }
    });
    let description = bill.description.get(locale);
    html!(
        "<tr><th scope=\"row\">{description}</th><td>{biller}</td><td>{due}</td>\
         <td class=\"num\">{amount}</td>\
         <td class=\"actions\"><form method=\"post\" action=\"/pay\"><input type=\"hidden\" name=\"bill\" value=\"{id}\">\
         <button type=\"submit\">{pay}<span class=\"visually-hidden\"> {pay_for} {description}</span></button>\
         </form><form method=\"post\" action=\"/remind\"><input type=\"hidden\" name=\"bill\" value=\"{id}\">\
         <button type=\"submit\" class=\"quiet\">{remind}<span class=\"visually-hidden\"> {pay_for} {description}</span></button>\
         </form></td></tr>\n",
        description = description,
        biller = bill.biller,
        due = due,
        amount = bill.amount.shown(locale),
        id = bill.id,
        pay = words.pay,
        remind = words.remind,
        pay_for = words.pay_for,
    )
}

fn year(words: &Words, locale: Locale, history: &[Bill]) -> Html {
    let mut chart = BarChart::new(words.year_chart, words.month, words.amount, words.as_table);
    for (period, sum) in bills::by_month(history) {
        chart = chart.bar(&month(period, locale), sum.minor_units, &sum.shown(locale));
    }
    chart.figure("year")
}

/// `2026-10` as people say it.
fn month(period: &str, locale: Locale) -> String {
    let Some((year, month)) = period.split_once('-') else {
        return period.to_owned();
    };
    let name = month_name(month.parse().unwrap_or(0), words::language(locale));
    format!("{name} {year}")
}

fn moving_holidays(words: &Words, locale: Locale, open: &[&Bill], holidays: &Holidays) -> Html {
    let mut days: Vec<(Date, &Localised)> = open
        .iter()
        .filter_map(|bill| due(bill))
        .flat_map(|due| holidays.moving(due))
        .collect();
    days.sort_by_key(|(day, _)| *day);
    days.dedup_by_key(|(day, _)| *day);
    if days.is_empty() {
        return html!("<p>{} {}</p>", words.holidays_text, words.no_holidays);
    }
    let rows: Html = days
        .iter()
        .map(|(day, name)| {
            html!(
                "<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n",
                day,
                name.get(locale)
            )
        })
        .collect();
    html!(
        "<p>{}</p>\n<table>\n<caption class=\"visually-hidden\">{}</caption>\n\
         <thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\n\
         <tbody>\n{}</tbody>\n</table>\n<p><small>{}</small></p>",
        words.holidays_text,
        words.holidays_heading,
        words.date,
        words.holiday,
        rows,
        words.holidays_source,
    )
}

/// The page after the pay page.
pub fn outcome(locale: Locale, payment: &Payment, outcome: Outcome) -> Response {
    let words = words::of(locale);
    let (title, text) = match outcome {
        Outcome::Paid => (words.paid_title, words.paid_text),
        Outcome::Failed => (words.failed_title, words.failed_text),
        Outcome::Waiting => (words.waiting_title, words.waiting_text),
    };
    let link = |address: &Option<String>, label: &str| {
        address
            .as_ref()
            .map(|address| html!("<p><a class=\"button\" href=\"{}\">{}</a></p>\n", address, label))
    };
    let next = match outcome {
        Outcome::Paid => link(&payment.receipt_url, words.receipt),
        Outcome::Waiting => link(&payment.next_url, words.go_on),
        Outcome::Failed => None,
    };
    let body = html!(
        "<h1>{}</h1>\n<div class=\"amount\">{}</div>\n<p>{}</p>\n{}<p><a href=\"/\">{}</a></p>",
        title,
        payment.amount.shown(locale),
        text,
        next,
        words.back,
    );
    page(locale, title, body)
}

/// The page after a reminder was ordered.
pub fn reminded(locale: Locale, message: &Message) -> Response {
    let words = words::of(locale);
    let (title, text) = match message.status {
        Status::Created => (words.remind_title, words.remind_text),
        _ => (words.sent_title, words.reminded_text),
    };
    let body = html!(
        "<h1>{}</h1>\n<p>{}</p>\n<p><a href=\"/\">{}</a></p>",
        title,
        text,
        words.back,
    );
    page(locale, title, body)
}

fn page(locale: Locale, title: &str, body: Html) -> Response {
    let words = words::of(locale);
    let header = html!(
        "<a class=\"skip\" href=\"#main\">{}</a>\n<header><p><a href=\"/\">{}</a></p></header>\n",
        words.skip,
        words.title
    );
    Page::new(words::language(locale), title)
        .stylesheet("/style.css")
        .header(header)
        .body(body)
        .into()
}

#[cfg(test)]
mod tests;
