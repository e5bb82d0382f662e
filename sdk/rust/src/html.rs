//! HTML in which every value is escaped.

use std::fmt::{self, Display, Write as _};

use crate::http::Response;
use crate::service::IntoResponse;
use crate::text::Locale;

/// Complete, escaped markup. Made by [`html!`](crate::html!).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Takes `markup` as it is, without escaping. Never pass text that comes from outside.
    pub fn trusted(markup: impl Into<String>) -> Self {
        Self(markup.into())
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<Html> for String {
    fn from(html: Html) -> Self {
        html.0
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(parts: I) -> Self {
        let mut whole = String::new();
        for part in parts {
            whole.push_str(&part.0);
        }
        Self(whole)
    }
}

/// A value of a template: markup is written as it is, everything else escaped.
pub trait Render {
    /// Writes the escaped value.
    ///
    /// # Errors
    /// Those of the formatter.
    fn render(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl Render for Html {
    fn render(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.0)
    }
}

impl Render for str {
    fn render(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.chars() {
            match letter {
                '&' => to.write_str("&amp;")?,
                '<' => to.write_str("&lt;")?,
                '>' => to.write_str("&gt;")?,
                '"' => to.write_str("&quot;")?,
                '\'' => to.write_str("&#39;")?,
                letter => to.write_char(letter)?,
            }
        }
        Ok(())
    }
}

impl Render for String {
    fn render(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().render(to)
    }
}

impl Render for char {
    fn render(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.encode_utf8(&mut [0; 4]).render(to)
    }
}

impl<T: Render + ?Sized> Render for &T {
    fn render(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).render(to)
    }
}

impl<T: Render> Render for Option<T> {
    fn render(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_ref().map_or(Ok(()), |value| value.render(to))
    }
}

macro_rules! render_numbers {
    ($($number:ty)*) => { $(
        impl Render for $number {
            fn render(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                Display::fmt(self, to)
            }
        }
    )* };
}
render_numbers!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize f64);

/// A value that is written with [`Render`].
#[doc(hidden)]
pub struct Rendered<'a, T: ?Sized>(pub &'a T);

impl<T: Render + ?Sized> Display for Rendered<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.render(f)
    }
}

/// Markup in the syntax of `format!`, with every argument escaped unless it is [`Html`]. Arguments follow the
/// text; capturing a variable with `{name}` is refused, because it would not be escaped.
///
/// ```
/// use aim_sdk::html;
/// let name = "<b>Ən & ən</b>";
/// assert_eq!(html!("<p>{}</p>", name).as_str(), "<p>&lt;b&gt;Ən &amp; ən&lt;/b&gt;</p>");
/// assert_eq!(html!("<p>{text}</p>", text = html!("<i>{}</i>", 5)).as_str(), "<p><i>5</i></p>");
/// ```
///
/// ```compile_fail
/// let name = "<b>";
/// aim_sdk::html!("<p>{name}</p>");
/// ```
#[macro_export]
macro_rules! html {
    ($format:literal $(,)?) => {
        $crate::html::Html::trusted(::std::format!(::core::concat!($format)))
    };
    ($format:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::html::Html::trusted(
            ::std::format!(::core::concat!($format), $($name = $crate::html::Rendered(&$value)),+)
        )
    };
    ($format:literal, $($value:expr),+ $(,)?) => {
        $crate::html::Html::trusted(
            ::std::format!(::core::concat!($format), $($crate::html::Rendered(&$value)),+)
        )
    };
}

/// A whole document: language, title, style sheet, and `<main>` around the body.
#[derive(Clone, Debug)]
pub struct Page {
    locale: Locale,
    title: String,
    stylesheet: Option<&'static str>,
    before: Html,
    body: Html,
}

impl Page {
    /// An empty page in this language.
    pub fn new(locale: Locale, title: impl Into<String>) -> Self {
        Self {
            locale,
            title: title.into(),
            stylesheet: None,
            before: Html::default(),
            body: Html::default(),
        }
    }

    /// The path of its style sheet, at the service's own origin.
    #[must_use]
    pub fn stylesheet(mut self, path: &'static str) -> Self {
        self.stylesheet = Some(path);
        self
    }

    /// The content before `<main>`: a `<header>`, a `<nav>`.
    #[must_use]
    pub fn header(mut self, header: Html) -> Self {
        self.before = header;
        self
    }

    /// The content of `<main>`, which should include the page's only `<h1>`.
    #[must_use]
    pub fn body(mut self, body: Html) -> Self {
        self.body = body;
        self
    }

    /// The document as markup.
    pub fn document(&self) -> Html {
        let style = self
            .stylesheet
            .map(|path| html!("<link rel=\"stylesheet\" href=\"{}\">\n", path));
        html!(
            "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{}</title>\n{}<link rel=\"icon\" href=\"data:,\">\n</head>\n<body>\n{}\
             <main id=\"main\">\n{}\n</main>\n</body>\n</html>\n",
            self.locale.tag(),
            self.title,
            style,
            self.before,
            self.body,
        )
    }
}

impl From<Page> for Response {
    fn from(page: Page) -> Self {
        Self::html(page.document())
    }
}

impl IntoResponse for Page {
    fn into_response(self, _: Locale) -> Response {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_but_markup_is_escaped() {
        let row: Html = ["a<b", "c\"d'"]
            .into_iter()
            .map(|cell| html!("<td title=\"{cell}\">{cell}</td>", cell = cell))
            .collect();
        assert_eq!(
            html!("<tr>{}</tr>", row).as_str(),
            "<tr><td title=\"a&lt;b\">a&lt;b</td><td title=\"c&quot;d&#39;\">c&quot;d&#39;</td></tr>"
        );
        assert_eq!(html!("{}{}", None::<&str>, '<').as_str(), "&lt;");
    }

    #[test]
    fn page_names_its_language_and_escapes_its_title() {
        let page = Page::new(Locale::En, "<Bills>")
            .stylesheet("/style.css")
            .body(html!("<h1>Bills</h1>"));
        let document = page.document();
        assert!(document.as_str().contains("<html lang=\"en\">"));
        assert!(document.as_str().contains("<title>&lt;Bills&gt;</title>"));
        assert!(document.as_str().contains("href=\"/style.css\""));
        assert!(document.as_str().contains("<main id=\"main\">\n<h1>Bills</h1>"));
    }
}
