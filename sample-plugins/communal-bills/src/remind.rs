//! Messages to the citizen: a reminder shortly before a bill is due, and the list of open bills.

use aim_sdk::date::Date;
use aim_sdk::notifications::{Message, NewMessage, key};
use aim_sdk::payments::Bill;
use aim_sdk::prelude::*;

use crate::{PURPOSE, UTILITIES, bills, pages};

/// How long before the due date the message arrives, in milliseconds: two days.
const BEFORE_MS: u64 = 2 * 24 * 60 * 60 * 1_000;

/// Lines of a list, as many as a message takes.
const LINES_MAX: usize = 20;

/// `POST /remind`: orders the reminder of a bill. A second click finds the first one.
pub fn start(request: &Request) -> Result<Response, Error> {
    let citizen = identity::current()?;
    let form = request.form();
    let wanted = form.get("bill").ok_or_else(Error::bad_request)?;
    let session = citizen.session();
    let bill = payments::bills(UTILITIES, PURPOSE)?
        .into_iter()
        .find(|bill| bill.id == wanted)
        .ok_or_else(Error::not_found)?;
    let due = bill.due.ok_or_else(Error::not_found)?;
    let message = message(&session.sub, session.locale, &bill, due);
    let sent = send(&key(&["remind", &bill.id, &session.sub]), &message)?;
    Ok(pages::reminded(session.locale, &sent))
}

/// `POST /keep`: sends the list of open bills to the citizen's inbox, once for each list.
pub fn keep() -> Result<Response, Error> {
    let citizen = identity::current()?;
    let session = citizen.session();
    let history = payments::bills(UTILITIES, PURPOSE)?;
    let open = bills::open(&history);
    if open.is_empty() {
        return Err(Error::not_found());
    }
    let total = bills::total(open.iter().copied());
    let (count, sum) = (open.len().to_string(), total.minor_units.to_string());
    let message = list(&session.sub, session.locale, &open);
    let sent = send(&key(&["keep", &session.sub, &count, &sum]), &message)?;
    Ok(pages::reminded(session.locale, &sent))
}

/// Sends a message; a citizen who has received as many as the approval allows in a week learns so.
fn send(key: &str, message: &NewMessage) -> Result<Message, Error> {
    notifications::send(key, message).map_err(|error| match &error {
        GovError::TooManyRequests(problem) if problem.code == "citizen-messages-too-many" => Error::refused(
            429,
            Localised::new("Bu həftə mesaj göndərə bilmirik", "No more messages this week"),
            Localised::new(
                "Bu xidmət sizə bir həftədə icazə verilən sayda mesaj göndərib. Hesablarınız bu saytda qalır; \
                 sonra yenidən cəhd edin.",
                "This service has sent you as many messages as it may in one week. Your bills stay on this site; \
                 try again later.",
            ),
        ),
        _ => error.into(),
    })
}

fn list(sub: &str, locale: Locale, open: &[&Bill]) -> NewMessage {
    let locale = crate::words::language(locale);
    let lines: Vec<String> = open
        .iter()
        .take(LINES_MAX)
        .map(|bill| format!("{}: {}", bill.description.get(locale), bill.amount.shown(locale)))
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    NewMessage::new(sub, "bill-list")
        .language(locale)
        .text("total", &bills::total(open.iter().copied()).shown(locale))
        .items("list", &lines)
        .link("bills", "/")
}

fn message(sub: &str, locale: Locale, bill: &Bill, due: u64) -> NewMessage {
    let locale = crate::words::language(locale);
    NewMessage::new(sub, "bill-due")
        .language(locale)
        .text("bill", bill.description.get(locale))
        .text("amount", &bill.amount.shown(locale))
        .text("due", &Date::of_timestamp(due).to_string())
        .link("bills", "/")
        .send_at(due.saturating_sub(BEFORE_MS))
}

#[cfg(test)]
mod tests {
    use aim_sdk::payments::{BillStatus, Money};

    use super::*;

    #[test]
    fn reminder_comes_two_days_before_the_due_date() {
        let bill = Bill {
            id: "bill_1".into(),
            service_code: "utilities.gas".into(),
            biller: "Azəriqaz".into(),
            period: "2026-10".into(),
            issued: 0,
            due: Some(10 * BEFORE_MS),
            amount: Money::azn(1_234),
            description: Localised::new("Qaz, oktyabr 2026", "Gas, October 2026"),
            status: BillStatus::Open,
            paid: None,
        };
        let message = message("sub", Locale::Ru, &bill, 10 * BEFORE_MS);
        assert_eq!(message.send_at, Some(9 * BEFORE_MS));
        assert_eq!(message.language, Some(Locale::Az));
        assert_eq!(message.personalisation.len(), 4);
    }
}
