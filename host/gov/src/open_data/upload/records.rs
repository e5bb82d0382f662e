//! The rows of a file according to RFC 4180 (section 2), with any separator. The `csv` crate repairs a stray or unclosed
//! quote silently; here such a row is a bad one, and the next line is read again.

use std::borrow::Cow;

use super::kind::Kind;
use crate::shown::hidden_character;

/// Characters of a value that a fault repeats.
const ECHO_CHARS_MAX: usize = 40;

/// Why a row cannot be read.
#[derive(
    Clone,
    Debug,
    PartialEq,
    Eq,
    thiserror::Error,
    serde::Serialize,
    serde::Deserialize,
    strum::IntoStaticStr
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum RowFault {
    #[error("the row has {found} fields instead of {expected}")]
    Width { found: usize, expected: usize },
    #[error("the line is empty")]
    EmptyLine,
    #[error(
        "a quote stands in the middle of a field; put the whole field in quotes and write each quote inside twice"
    )]
    StrayQuote,
    #[error("a quote is never closed, so that the rest of the file cannot be read")]
    OpenQuote,
    #[error("the row holds the control character U+{0:04X}")]
    Control(u32),
    #[error("a field is longer than {} bytes", super::CELL_BYTES_MAX)]
    TooLong,
    #[error("`{value}` in column `{column}` is not of the type `{}`", kind.code())]
    Value {
        column: String,
        kind: Kind,
        value: String,
    },
    #[error("the value of `{0}` is an array or an object")]
    Nested(String),
    #[error("the item is not an object")]
    NotAnObject,
    #[error("the name `{0}` stands twice in the object")]
    NameTwice(String),
}

/// The beginning of a value, for a message.
pub(super) fn echo(value: &str) -> String {
    let mut echo: String = value.chars().take(ECHO_CHARS_MAX).collect();
    while let Some(hidden) = hidden_character(&echo) {
        echo = echo.replace(hidden, "\u{fffd}");
    }
    if value.chars().nth(ECHO_CHARS_MAX).is_some() {
        echo.push('…');
    }
    echo
}

/// Checks what is true of every cell.
pub(super) fn check(cell: &str) -> Result<(), RowFault> {
    let control = |letter: &char| letter.is_control() && !matches!(letter, '\t' | '\n' | '\r');
    if cell.len() > super::CELL_BYTES_MAX {
        return Err(RowFault::TooLong);
    }
    match cell.chars().find(control) {
        Some(letter) => Err(RowFault::Control(letter.into())),
        None => Ok(()),
    }
}

/// The rows of a text, each with its line.
#[derive(Clone)]
pub(super) struct Records<'t> {
    /// Without the line breaks at its end: some programs write several.
    text: &'t str,
    at: usize,
    line: u64,
    separator: u8,
}

impl<'t> Records<'t> {
    pub(super) fn of(text: &'t str, separator: u8) -> Self {
        Self {
            text: text.trim_end_matches(['\r', '\n']),
            at: 0,
            line: 1,
            separator,
        }
    }

    /// The rows from a line on; `None` if there is no such line.
    pub(super) fn starting_at(mut self, line: u64) -> Option<Self> {
        while self.line < line {
            self.skip_line();
            if self.at >= self.text.len() {
                return None;
            }
        }
        Some(self)
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Goes behind the next line break.
    fn skip_line(&mut self) {
        while let Some(byte) = self.byte() {
            if self.is_break(byte) {
                return self.take_break();
            }
            self.at += 1;
        }
    }

    #[expect(clippy::unused_self, reason = "reads as a property of the records")]
    fn is_break(&self, byte: u8) -> bool {
        matches!(byte, b'\r' | b'\n')
    }

    fn take_break(&mut self) {
        if self.byte() == Some(b'\r') {
            self.at += 1;
            if self.byte() == Some(b'\n') {
                self.at += 1;
            }
        } else {
            self.at += 1;
        }
        self.line += 1;
    }

    fn row(&mut self) -> Result<Vec<Cow<'t, str>>, RowFault> {
        if self.byte().is_some_and(|byte| self.is_break(byte)) {
            self.take_break();
            return Err(RowFault::EmptyLine);
        }
        let mut fields = Vec::new();
        loop {
            let field = match self.byte() {
                Some(b'"') => self.quoted()?,
                _ => self.plain()?,
            };
            fields.push(field);
            match self.byte() {
                Some(byte) if byte == self.separator => self.at += 1,
                Some(_) => {
                    self.take_break();
                    return Ok(fields);
                }
                None => return Ok(fields),
            }
        }
    }

    fn plain(&mut self) -> Result<Cow<'t, str>, RowFault> {
        let start = self.at;
        while let Some(byte) = self.byte() {
            if byte == b'"' {
                self.skip_line();
                return Err(RowFault::StrayQuote);
            }
            if byte == self.separator || self.is_break(byte) {
                break;
            }
            self.at += 1;
        }
        Ok(Cow::Borrowed(self.text.get(start..self.at).unwrap_or_default()))
    }

    fn quoted(&mut self) -> Result<Cow<'t, str>, RowFault> {
        self.at += 1;
        let (start, mut has_quotes) = (self.at, false);
        loop {
            match self.byte() {
                None => return Err(RowFault::OpenQuote),
                Some(b'"') if self.text.as_bytes().get(self.at + 1) == Some(&b'"') => {
                    has_quotes = true;
                    self.at += 2;
                }
                Some(b'"') => break,
                Some(b'\n') => {
                    self.line += 1;
                    self.at += 1;
                }
                Some(_) => self.at += 1,
            }
        }
        let field = self.text.get(start..self.at).unwrap_or_default();
        self.at += 1;
        match self.byte() {
            Some(byte) if byte != self.separator && !self.is_break(byte) => {
                self.skip_line();
                Err(RowFault::StrayQuote)
            }
            _ if has_quotes => Ok(Cow::Owned(field.replace("\"\"", "\""))),
            _ => Ok(Cow::Borrowed(field)),
        }
    }
}

impl<'t> Iterator for Records<'t> {
    type Item = (u64, Result<Vec<Cow<'t, str>>, RowFault>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let line = self.line;
        Some((line, self.row()))
    }
}
