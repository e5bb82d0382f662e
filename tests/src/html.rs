//! Enough of HTML to use a page as a person does: its text, its links, its forms.
//!
//! The platform's pages are well formed, so this reads tags, attributes and text, and builds no tree.

use anyhow::{Context as _, Result, bail};

/// A piece of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// `<name attribute="value">`; names are in lower case.
    Start {
        /// The element.
        name: String,
        /// Its attributes, values decoded.
        attributes: Vec<(String, String)>,
    },
    /// `</name>`.
    End(String),
    /// Decoded text between tags.
    Text(String),
}

impl Token {
    /// The value of an attribute of a start tag.
    pub fn attribute(&self, wanted: &str) -> Option<&str> {
        match self {
            Self::Start { attributes, .. } => attributes
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value.as_str()),
            Self::End(_) | Self::Text(_) => None,
        }
    }

    fn starts(&self, wanted: &str) -> bool {
        matches!(self, Self::Start { name, .. } if name == wanted)
    }

    fn ends(&self, wanted: &str) -> bool {
        matches!(self, Self::End(name) if name == wanted)
    }
}

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// `text`, `hidden`, `radio`, `checkbox`, `submit`, `select`, `textarea`…
    pub kind: String,
    /// The name that it is sent under.
    pub name: String,
    /// The value that it has now.
    pub value: String,
    /// Whether it is sent: a box that is ticked, anything that is no box.
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

/// A parsed page.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// Its pieces in order.
    pub tokens: Vec<Token>,
}

impl Document {
    /// Reads a page.
    pub fn parse(page: &str) -> Self {
        Self { tokens: tokens(page) }
    }

    /// The text of the first element of this name.
    pub fn text_of(&self, element: &str) -> Option<String> {
        let start = self.tokens.iter().position(|token| token.starts(element))?;
        Some(visible(
            self.tokens
                .iter()
                .skip(start)
                .take_while(|token| !token.ends(element)),
        ))
    }

    /// The text of the element with this id.
    pub fn text_by_id(&self, id: &str) -> Option<String> {
        let found = |token: &Token| token.attribute("id") == Some(id);
        let start = self.tokens.iter().position(found)?;
        let Token::Start { name, .. } = self.tokens.get(start)? else {
            return None;
        };
        let inside = self.tokens.iter().skip(start);
        Some(visible(inside.take_while(|token| !token.ends(name))))
    }

    /// The ids of all elements of this name that contain exactly this text.
    pub fn ids_of(&self, element: &str, text: &str) -> Vec<String> {
        self.tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.starts(element))
            .filter(|(at, _)| {
                let inside = self.tokens.iter().skip(*at);
                visible(inside.take_while(|token| !token.ends(element))) == text
            })
            .filter_map(|(_, token)| token.attribute("id").map(str::to_owned))
            .collect()
    }

    /// Everything that a reader sees.
    pub fn text(&self) -> String {
        visible(self.tokens.iter())
    }

    /// The addresses and texts of all links.
    pub fn links(&self) -> Vec<(String, String)> {
        self.tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.starts("a"))
            .filter_map(|(at, token)| {
                let inside = self.tokens.iter().skip(at).take_while(|token| !token.ends("a"));
                Some((token.attribute("href")?.to_owned(), visible(inside)))
            })
            .collect()
    }

    /// The first link whose address contains `part`.
    pub fn link(&self, part: &str) -> Option<String> {
        self.links()
            .into_iter()
            .find(|(href, _)| href.contains(part))
            .map(|(href, _)| href)
    }

    /// The rows of all tables, each as a page of its own.
    pub fn rows(&self) -> Vec<Self> {
        self.tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.starts("tr"))
            .map(|(at, _)| Self {
                tokens: self
                    .tokens
                    .iter()
                    .skip(at)
                    .take_while(|token| !token.ends("tr"))
                    .cloned()
                    .collect(),
            })
            .collect()
    }

    /// All forms.
    pub fn forms(&self) -> Vec<Form> {
        self.tokens
            .iter()
            .enumerate()
            .filter(|(_, token)| token.starts("form"))
            .map(|(at, token)| Form {
                method: token.attribute("method").unwrap_or("get").to_ascii_lowercase(),
                action: token.attribute("action").unwrap_or_default().to_owned(),
                enctype: token.attribute("enctype").unwrap_or_default().to_owned(),
                fields: fields(
                    self.tokens
                        .get(at..)
                        .unwrap_or_default()
                        .split(|token| token.ends("form"))
                        .next()
                        .unwrap_or_default(),
                ),
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

fn fields(tokens: &[Token]) -> Vec<Field> {
    let mut found: Vec<Field> = Vec::new();
    let mut select: Option<String> = None;
    for (at, token) in tokens.iter().enumerate() {
        let Token::Start { name, .. } = token else {
            if token.ends("select") {
                select = None;
            }
            continue;
        };
        let attribute = |wanted: &str| token.attribute(wanted).unwrap_or_default().to_owned();
        let text = || {
            visible(
                tokens
                    .iter()
                    .skip(at)
                    .take_while(|token| !token.ends(name.as_str())),
            )
        };
        match name.as_str() {
            "input" => {
                let kind = token.attribute("type").unwrap_or("text").to_owned();
                let value = token
                    .attribute("value")
                    .unwrap_or(if is_box(&kind) { "on" } else { "" });
                found.push(Field {
                    on: kind != "submit" && (!is_box(&kind) || token.attribute("checked").is_some()),
                    name: attribute("name"),
                    value: value.to_owned(),
                    kind,
                });
            }
            "button" => found.push(Field {
                kind: token.attribute("type").unwrap_or("submit").to_owned(),
                name: attribute("name"),
                value: attribute("value"),
                on: false,
            }),
            "textarea" => found.push(Field {
                kind: name.clone(),
                name: attribute("name"),
                value: text(),
                on: true,
            }),
            "select" => {
                select = Some(attribute("name"));
                found.push(Field {
                    kind: name.clone(),
                    name: attribute("name"),
                    value: String::new(),
                    on: true,
                });
            }
            "option" if select.is_some() => {
                // The end tag of an option may be left out.
                let label = || {
                    let inside = tokens.iter().skip(at + 1);
                    visible(inside.take_while(|token| matches!(token, Token::Text(_))))
                };
                let value = token.attribute("value").map_or_else(label, str::to_owned);
                if let Some(field) = found.last_mut()
                    && (field.value.is_empty() || token.attribute("selected").is_some())
                {
                    field.value = value;
                }
            }
            _ => {}
        }
    }
    found
}

/// The text in these tokens, white space folded; scripts and styles are not for reading.
fn visible<'a>(tokens: impl Iterator<Item = &'a Token>) -> String {
    let mut text = String::new();
    for token in tokens {
        match token {
            Token::Text(part) => text.push_str(part),
            Token::Start { name, .. } | Token::End(name) => {
                if !matches!(
                    name.as_str(),
                    "a" | "b" | "strong" | "em" | "span" | "code" | "abbr" | "bdi"
                ) {
                    text.push(' ');
                }
            }
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn tokens(page: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = page;
    while !rest.is_empty() {
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if let Some(declaration) = rest.strip_prefix("<!") {
            rest = declaration.split_once('>').map_or("", |(_, after)| after);
        } else if let Some(tag) = rest.strip_prefix("</") {
            let (name, after) = tag.split_once('>').unwrap_or((tag, ""));
            found.push(Token::End(name.trim().to_ascii_lowercase()));
            rest = after;
        } else if let Some(tag) = rest.strip_prefix('<') {
            let (token, after) = start_tag(tag);
            rest = after;
            if let Token::Start { name, .. } = &token
                && matches!(name.as_str(), "script" | "style")
            {
                rest = rest.split_once("</").map_or("", |(_, after)| after);
                rest = rest.split_once('>').map_or("", |(_, after)| after);
            } else {
                found.push(token);
            }
        } else {
            let (text, after) = rest.split_at(rest.find('<').unwrap_or(rest.len()));
            found.push(Token::Text(decode(text)));
            rest = after;
        }
    }
    found
}

/// Reads `name a="b" c>` and answers with what follows.
fn start_tag(tag: &str) -> (Token, &str) {
    let is_end = |c: char| c.is_whitespace() || c == '>' || c == '/' || c == '=';
    let (name, mut rest) = tag.split_at(tag.find(is_end).unwrap_or(tag.len()));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            break;
        }
        if let Some(after) = rest.strip_prefix('>') {
            rest = after;
            break;
        }
        let (key, after) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()).max(1));
        let after = after.trim_start();
        let (value, after) = match after.strip_prefix('=').map(str::trim_start) {
            None => ("", after),
            Some(quoted) => match quoted.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    let inside = quoted.strip_prefix(quote).unwrap_or(quoted);
                    inside.split_once(quote).unwrap_or((inside, ""))
                }
                _ => quoted.split_at(
                    quoted
                        .find(|c: char| c.is_whitespace() || c == '>')
                        .unwrap_or(quoted.len()),
                ),
            },
        };
        attributes.push((key.to_ascii_lowercase(), decode(value)));
        rest = after;
    }
    let name = name.to_ascii_lowercase();
    (Token::Start { name, attributes }, rest)
}

/// Replaces character references.
fn decode(text: &str) -> String {
    let mut decoded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let reference = after.split_once(';').and_then(|(name, after)| {
            let c = match name {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                "nbsp" => '\u{a0}',
                _ => {
                    let number = name.strip_prefix('#')?;
                    let code = match number.strip_prefix(['x', 'X']) {
                        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(code)?
                }
            };
            Some((c, after))
        });
        match reference {
            Some((c, after)) => {
                decoded.push(c);
                rest = after;
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
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
    fn a_page_gives_its_text_and_links() {
        let page = Document::parse(PAGE);
        assert_eq!(page.text_of("title").as_deref(), Some("A & B"));
        assert_eq!(page.text_of("h1").as_deref(), Some("Ödəniş"));
        assert_eq!(page.link("/x").as_deref(), Some("/x?a=1&b=2"));
        assert!(!page.text().contains("{}"));
    }

    #[test]
    fn a_table_gives_its_rows_and_what_they_are_about() {
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
    fn a_form_sends_what_a_browser_would() {
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
    fn an_unknown_field_is_an_error() {
        let form = Document::parse(PAGE).form(|form| form.has("card")).unwrap();
        assert!(form.clone().fill("nothing", "1").is_err());
        assert!(form.fill("r", "3").is_err());
    }
}
