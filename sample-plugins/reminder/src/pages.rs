//! The pages.

use aim_sdk::prelude::*;

use crate::subject::Subject;

/// One minute, in milliseconds.
const MINUTE_MS: u64 = 60_000;
/// One day, in milliseconds.
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// When the reminder comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delay {
    AtOnce,
    Day,
    Month,
}

impl Delay {
    const ALL: [Self; 3] = [Self::AtOnce, Self::Day, Self::Month];

    fn code(self) -> &'static str {
        match self {
            Self::AtOnce => "at-once",
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|delay| delay.code() == code)
    }

    fn words(self) -> Localised {
        match self {
            Self::AtOnce => Localised::new("indi, yoxlamaq üçün", "now, to try it"),
            Self::Day => Localised::new("sabah", "tomorrow"),
            Self::Month => Localised::new("30 gündən sonra", "in 30 days"),
        }
    }

    /// When it is due, by the minute: two clicks within one minute are one reminder.
    pub fn due(self, now: u64) -> u64 {
        let minute = now - now % MINUTE_MS;
        match self {
            Self::AtOnce => minute,
            Self::Day => minute.saturating_add(DAY_MS),
            Self::Month => minute.saturating_add(30 * DAY_MS),
        }
    }
}

/// Asks what to be reminded of, and when.
pub fn form(locale: Locale, name: &str) -> Response {
    let text = |az, en| Localised::new(az, en).get(locale).to_owned();
    let title = text("Xatırlatma", "Reminder");
    let body = html!(
        "<h1>{}</h1>\n<form method=\"post\" action=\"/\">\n\
         <p><label for=\"what\">{}</label><br><select id=\"what\" name=\"what\">{}</select></p>\n\
         <p><label for=\"when\">{}</label><br><select id=\"when\" name=\"when\">{}</select></p>\n\
         <p><button type=\"submit\">{}</button></p>\n</form>",
        text("Salam, {name}!", "Hello, {name}!").replace("{name}", name),
        text("Nəyi xatırladaq?", "What shall we remind you of?"),
        Subject::ALL
            .into_iter()
            .map(|subject| option(subject.code(), &subject.words(), locale))
            .collect::<Html>(),
        text("Nə vaxt?", "When?"),
        Delay::ALL
            .into_iter()
            .map(|delay| option(delay.code(), &delay.words(), locale))
            .collect::<Html>(),
        text("Xatırlat", "Remind me"),
    );
    Page::new(locale, &title).body(body).into()
}

fn option(code: &str, words: &Localised, locale: Locale) -> Html {
    html!("<option value=\"{}\">{}</option>", code, words.get(locale))
}

/// The reminder is set.
pub fn done(locale: Locale, subject: Subject) -> Response {
    let text = |az, en| Localised::new(az, en).get(locale).to_owned();
    let title = text("Xatırlatma quruldu", "The reminder is set");
    let body = html!(
        "<h1>{}</h1>\n<p>{}</p>\n<p><a href=\"/\">{}</a></p>",
        title,
        text(
            "Vaxtı çatanda platformadakı qutunuza mesaj gələcək: {what}.",
            "When the time comes, a message will be in your inbox on the platform: {what}.",
        )
        .replace("{what}", subject.words().get(locale)),
        text("Yeni xatırlatma", "Another reminder"),
    );
    Page::new(locale, &title).body(body).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_clicks_within_a_minute_are_one_reminder() {
        assert_eq!(Delay::Day.due(60_001), Delay::Day.due(119_999));
        assert_eq!(Delay::AtOnce.due(119_999), 60_000);
        assert_eq!(Delay::Month.due(0), 30 * DAY_MS);
    }

    #[test]
    fn each_choice_is_found_by_its_code() {
        for delay in Delay::ALL {
            assert_eq!(Delay::of_code(delay.code()), Some(delay));
        }
        for subject in Subject::ALL {
            assert_eq!(Subject::of_code(subject.code()), Some(subject));
        }
        assert_eq!(Subject::of_code("other"), None);
    }
}
