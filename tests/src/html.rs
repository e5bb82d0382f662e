//! A page as a person uses it: its text, its links, its forms.

use anyhow::{Context as _, Result, bail};
use scraper::node::Node;
use scraper::{ElementRef, Html, Selector};

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// `text`, `hidden`, `radio`, `checkbox`, `submit`, `select`, `textarea`…
    pub kind: String,
    /// The name that it is sent under.
    pub name: String,
    /// The value that it has now.
    pub value: String,
    /// Whether it is sent: a box that is ticked, anything that is not a box.
    pub on: bool,
}

/// A form, filled in step by step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// `get` or `post`.
    pub method: String,
    /// Where it is sent; empty for the page's own address.
    pub action: String,
    /// How the body is encoded.
    pub enctype: String,
    /// Its fields, buttons among them, in the page's order.
    pub fields: Vec<Field>,
}

impl Form {
    /// Writes `value` into the field `name`; picks the radio button or ticks the box of that value.
    ///
    /// # Errors
    /// When the form has no such field, or no such choice.
    pub fn fill(mut self, name: &str, value: &str) -> Result<Self> {
        let named = |field: &&mut Field| field.name == name && field.kind != "submit";
        let is_choice = self
            .fields
            .iter_mut()
            .filter(named)
            .any(|field| is_box(&field.kind));
        if !is_choice {
            let field = self
                .fields
                .iter_mut()
                .find(named)
                .with_context(|| format!("the form has no field `{name}`"))?;
            value.clone_into(&mut field.value);
            return Ok(self);
        }
        if !self
            .fields
            .iter_mut()
            .filter(named)
            .any(|field| field.value == value)
        {
            bail!("the field `{name}` has no choice `{value}`");
        }
        for field in self.fields.iter_mut().filter(named) {
            match (field.kind.as_str(), field.value == value) {
                (_, true) => field.on = true,
                ("radio", false) => field.on = false,
                _ => {}
            }
        }
        Ok(self)
    }

    /// Presses the button with this name and value, so that both are sent.
    ///
    /// # Errors
    /// When the form has no such button.
    pub fn press(mut self, name: &str, value: &str) -> Result<Self> {
        let button = self
            .fields
            .iter_mut()
            .find(|field| field.kind == "submit" && field.name == name && field.value == value)
            .with_context(|| format!("the form has no button `{name}={value}`"))?;
        button.on = true;
        Ok(self)
    }

    /// Whether it has a field, or a button, of this name.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// What is sent.
    pub fn values(&self) -> Vec<(&str, &str)> {
        self.fields
            .iter()
            .filter(|field| field.on && !field.name.is_empty())
            .map(|field| (field.name.as_str(), field.value.as_str()))
            .collect()
    }
}

fn is_box(kind: &str) -> bool {
    matches!(kind, "radio" | "checkbox")
}

/// A parsed page, or a row of one.
#[derive(Clone, Debug)]
pub struct Document(Html);

impl Document {
    /// Reads a page.
    pub fn parse(page: &str) -> Self {
        Self(Html::parse_document(page))
    }

    fn all(&self, selector: &str) -> impl Iterator<Item = ElementRef<'_>> {
        elements(self.0.root_element(), selector)
    }

    /// The text of the first element of this name.
    pub fn text_of(&self, element: &str) -> Option<String> {
        self.all(element).next().map(visible)
    }

    /// The text of the element with this id.
    pub fn text_by_id(&self, id: &str) -> Option<String> {
        let has = |element: &ElementRef<'_>| element.attr("id") == Some(id);
        self.all("[id]").find(has).map(visible)
    }

    /// The ids of all elements of this name that contain exactly this text.
    pub fn ids_of(&self, element: &str, text: &str) -> Vec<String> {
        let with_text = self.all(element).filter(|found| visible(*found) == text);
        with_text
            .filter_map(|found| found.attr("id").map(str::to_owned))
            .collect()
    }

    /// Everything that a reader sees.
    pub fn text(&self) -> String {
        visible(self.0.root_element())
    }

    /// The addresses and texts of all links.
    pub fn links(&self) -> Vec<(String, String)> {
        self.all("a[href]")
            .map(|link| (attribute(link, "href"), visible(link)))
            .collect()
    }

    /// The first link whose address contains `part`.
    pub fn link(&self, part: &str) -> Option<String> {
        let addresses = self.links().into_iter().map(|(href, _)| href);
        addresses.into_iter().find(|href| href.contains(part))
    }

    /// The rows of all tables, each as a page of its own.
    pub fn rows(&self) -> Vec<Self> {
        // Outside a table, a parser would drop the cells.
        let page = |row: ElementRef<'_>| Self::parse(&format!("<table>{}</table>", row.html()));
        self.all("tr").map(page).collect()
    }

    /// All forms.
    pub fn forms(&self) -> Vec<Form> {
        self.all("form")
            .map(|form| Form {
                method: form.attr("method").unwrap_or("get").to_ascii_lowercase(),
                action: attribute(form, "action"),
                enctype: attribute(form, "enctype"),
                fields: elements(form, "input, button, textarea, select")
                    .map(field)
                    .collect(),
            })
            .collect()
    }

    /// The first form that `wanted` accepts.
    ///
    /// # Errors
    /// When there is none; with the page's heading and forms.
    pub fn form(&self, wanted: impl Fn(&Form) -> bool) -> Result<Form> {
        let forms = self.forms();
        forms.iter().find(|form| wanted(form)).cloned().with_context(|| {
            format!(
                "the page `{}` has no such form; it has {forms:?}",
                self.text_of("h1").unwrap_or_default()
            )
        })
    }
}

fn elements<'a>(inside: ElementRef<'a>, selector: &str) -> impl Iterator<Item = ElementRef<'a>> {
    let selector = Selector::parse(selector).ok();
    let found: Vec<_> = selector
        .iter()
        .flat_map(|selector| inside.select(selector))
        .collect();
    found.into_iter()
}

fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.attr(name).unwrap_or_default().to_owned()
}

fn field(element: ElementRef<'_>) -> Field {
    let tag = element.value().name();
    let kind = match tag {
        "input" => element.attr("type").unwrap_or("text"),
        "button" => element.attr("type").unwrap_or("submit"),
        other => other,
    };
    let value = match tag {
        "textarea" => visible(element),
        "select" => {
            let mut options = elements(element, "option");
            let first = options.next();
            let chosen = elements(element, "option[selected]").last().or(first);
            chosen.map_or_else(String::new, |option| {
                option
                    .attr("value")
                    .map_or_else(|| visible(option), str::to_owned)
            })
        }
        _ => element
            .attr("value")
            .unwrap_or(if is_box(kind) { "on" } else { "" })
            .to_owned(),
    };
    Field {
        on: match kind {
            "submit" => false,
            kind if is_box(kind) => element.attr("checked").is_some(),
            _ => tag != "button",
        },
        name: attribute(element, "name"),
        kind: kind.to_owned(),
        value,
    }
}

/// The text of an element, white space folded; scripts and styles are not for reading.
fn visible(element: ElementRef<'_>) -> String {
    fn add(element: ElementRef<'_>, text: &mut String) {
        for child in element.children() {
            match (child.value(), ElementRef::wrap(child)) {
                (Node::Text(part), _) => text.push_str(part),
                (_, Some(child)) => {
                    let name = child.value().name();
                    let is_inline = matches!(
                        name,
                        "a" | "b" | "strong" | "em" | "span" | "code" | "abbr" | "bdi"
                    );
                    let between = if is_inline { "" } else { " " };
                    text.push_str(between);
                    if !matches!(name, "script" | "style") {
                        add(child, text);
                    }
                    text.push_str(between);
                }
                _ => {}
            }
        }
    }
    let mut text = String::new();
    add(element, &mut text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r##"<!doctype html><title>A &amp; B</title><style>a>b{}</style><h1>Öd<b>ə</b>niş</h1>
        <a href="/x?a=1&amp;b=2" class=plain>there</a>
        <form method="POST" action='/pay'><input type=hidden name=key value="k&#x27;1"><input name="card" />
        <input type="radio" name="r" value="1" checked><input type="radio" name="r" value="2">
        <input type="checkbox" name="c" value="x"><select name="s"><option value="1">One<option selected>Two</select>
        <textarea name="t">a &lt; b</textarea><button name="do" value="go">Go</button></form>"##;

    #[test]
    fn page_gives_its_text_and_links() {
        let page = Document::parse(PAGE);
        assert_eq!(page.text_of("title").as_deref(), Some("A & B"));
        assert_eq!(page.text_of("h1").as_deref(), Some("Ödəniş"));
        assert_eq!(page.link("/x").as_deref(), Some("/x?a=1&b=2"));
        assert!(!page.text().contains("{}"));
    }

    #[test]
    fn table_gives_its_rows_and_what_they_are_about() {
        let page = Document::parse(
            "<table><tr><th id=\"a\">Laptop</th><td>1 AZN</td></tr>\
             <tr><th id=\"b\">Laptop 2</th><td><form action=\"/b\"></form></td></tr></table>",
        );
        let rows: Vec<_> = page.rows().iter().map(Document::text).collect();
        assert_eq!(rows, ["Laptop 1 AZN", "Laptop 2"]);
        let forms: Vec<_> = page.rows().iter().map(|row| row.forms().len()).collect();
        assert_eq!(forms, [0, 1]);
        assert_eq!(page.ids_of("th", "Laptop"), ["a"]);
    }

    #[test]
    fn form_sends_what_a_browser_would() {
        let form = Document::parse(PAGE).form(|form| form.has("card")).unwrap();
        assert_eq!(
            form.values(),
            [
                ("key", "k'1"),
                ("card", ""),
                ("r", "1"),
                ("s", "Two"),
                ("t", "a < b")
            ]
        );
        let filled = form
            .fill("card", "4000")
            .and_then(|form| form.fill("r", "2"))
            .and_then(|form| form.fill("c", "x"))
            .and_then(|form| form.press("do", "go"))
            .unwrap();
        assert_eq!(
            filled.values(),
            [
                ("key", "k'1"),
                ("card", "4000"),
                ("r", "2"),
                ("c", "x"),
                ("s", "Two"),
                ("t", "a < b"),
                ("do", "go")
            ]
        );
    }

    #[test]
    fn unknown_field_is_an_error() {
        let form = Document::parse(PAGE).form(|form| form.has("card")).unwrap();
        assert!(form.clone().fill("nothing", "1").is_err());
        assert!(form.fill("r", "3").is_err());
    }
}
