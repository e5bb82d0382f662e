//! A strict check of a file before the CSV reader.
//!
//! The `csv` crate repairs faults silently: a stray or unclosed quote swallows the following text, an empty
//! line disappears, and a file with another separator becomes a table of one column. Published files come from
//! others, so a file that is not RFC 4180 under exactly one separator is refused, with the line of the fault.

use std::iter::Peekable;
use std::str::Bytes;

pub const TABLE_COLUMNS_MAX: usize = 256;

/// The allowed separators. The first is that of RFC 4180; spreadsheets write the others where the comma is the
/// decimal sign.
pub const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("line {line} is not UTF-8; save the file as UTF-8")]
    Encoding {
        /// The line of the first such byte.
        line: u64,
    },
    #[error("line {line} begins a document in HTML or XML; the file is not a table")]
    Markup {
        /// The line of the first tag.
        line: u64,
    },
    #[error("line {line} holds a control character (U+{character:04X})")]
    Control { line: u64, character: u32 },
    #[error("line {line} is empty; delete it, or write its separators")]
    EmptyLine { line: u64 },
    #[error("the quote that opens on line {line} is never closed")]
    OpenQuote { line: u64 },
    #[error(
        "line {line} has a quote in the middle of a field that begins on line {opened}; \
         put the whole field in quotes and write each quote inside it twice"
    )]
    StrayQuote { line: u64, opened: u64 },
    #[error(
        "line {line} has {found} fields and the first line has {expected}, separated by {}; the first line \
         names the columns, so delete titles above it, and put fields that hold the separator in quotes",
        name(*.separator)
    )]
    Width {
        line: u64,
        found: usize,
        /// The fields of the first line.
        expected: usize,
        separator: u8,
    },
    #[error(
        "the file is a table with {} and with {} as separator; say which, with `separator` in the catalogue",
        name(*.first),
        name(*.second)
    )]
    Ambiguous { first: u8, second: u8 },
}

/// The common name of a separator.
fn name(separator: u8) -> &'static str {
    match separator {
        b',' => "a comma",
        b';' => "a semicolon",
        b'\t' => "a tab",
        b'|' => "a vertical bar",
        _ => "another character",
    }
}

/// The text of a file, without its byte-order mark.
///
/// # Errors
/// [`Fault::Encoding`], [`Fault::Markup`], [`Fault::Control`].
pub fn text(file: &[u8]) -> Result<&str, Fault> {
    let text = std::str::from_utf8(file).map_err(|error| Fault::Encoding {
        line: line_at(file, error.valid_up_to()),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let begin = text.trim_start();
    if begin.starts_with('<') {
        let line = line_at(text.as_bytes(), text.len() - begin.len());
        return Err(Fault::Markup { line });
    }
    let control = |character: char| character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    match text.char_indices().find(|(_, character)| control(*character)) {
        Some((place, character)) => Err(Fault::Control {
            line: line_at(text.as_bytes(), place),
            character: character.into(),
        }),
        None => Ok(text),
    }
}

fn line_at(bytes: &[u8], place: usize) -> u64 {
    let before = bytes.iter().take(place).filter(|byte| **byte == b'\n').count();
    u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1)
}

/// The separator of a file: the one in the catalogue, or else the only one of [`SEPARATORS`] under which all
/// rows have the same number of fields, at least two. A file without any separator is a table of one column.
///
/// # Errors
/// Every [`Fault`] but those of [`text`].
pub fn separator(text: &str, said: Option<u8>) -> Result<u8, Fault> {
    if let Some(said) = said {
        return scan(text, said).map(|_| said);
    }
    let scans = SEPARATORS.map(|separator| (separator, scan(text, separator)));
    let mut tables = scans.iter().filter_map(|(separator, scanned)| match scanned {
        Ok(table) if table.width > 1 => Some(*separator),
        _ => None,
    });
    match (tables.next(), tables.next()) {
        (Some(only), None) => return Ok(only),
        (Some(first), Some(second)) => return Err(Fault::Ambiguous { first, second }),
        (None, _) => {}
    }
    // The reason under the most frequent separator, which is probably the intended one.
    let occurrences = |separator: u8| text.bytes().filter(|byte| *byte == separator).count();
    let meant = SEPARATORS
        .into_iter()
        .rev()
        .max_by_key(|separator| occurrences(*separator))
        .unwrap_or(b',');
    let [(_, by_comma), ..] = &scans;
    match scans.iter().find(|(separator, _)| *separator == meant) {
        Some((_, Err(fault))) => Err(fault.clone()),
        _ => by_comma.clone().map(|_| b','),
    }
}

/// The result of a scan.
#[derive(Clone, Debug)]
struct Scanned {
    /// Fields in each row; 0 in an empty file.
    width: usize,
}

/// Reads a file according to RFC 4180 (section 2), with `separator` instead of its comma, and refuses
/// everything else.
fn scan(text: &str, separator: u8) -> Result<Scanned, Fault> {
    let mut scanner = Scanner {
        bytes: text.bytes().peekable(),
        separator,
        line: 1,
    };
    let mut expected = None;
    loop {
        let line = scanner.line;
        let row = scanner.row()?;
        let width = *expected.get_or_insert(row.width);
        if row.is_empty {
            // Some programs end a file with empty lines.
            return if scanner.only_line_breaks_follow() {
                // An empty file has no first row, and so no fields.
                let width = if line == 1 { 0 } else { width };
                Ok(Scanned { width })
            } else {
                Err(Fault::EmptyLine { line })
            };
        }
        if row.width > TABLE_COLUMNS_MAX {
            // The caller reports a table that is too large.
            return Ok(Scanned { width: row.width });
        }
        if row.width != width {
            return Err(Fault::Width {
                line,
                found: row.width,
                expected: width,
                separator,
            });
        }
        if scanner.bytes.peek().is_none() {
            return Ok(Scanned { width });
        }
    }
}

struct Scanner<'t> {
    bytes: Peekable<Bytes<'t>>,
    separator: u8,
    line: u64,
}

struct Row {
    width: usize,
    /// Whether the line is empty: no character, no quote, no separator.
    is_empty: bool,
}

impl Scanner<'_> {
    fn row(&mut self) -> Result<Row, Fault> {
        let (mut width, mut is_empty) = (1, true);
        loop {
            let (has_text, end) = self.field()?;
            is_empty = is_empty && !has_text;
            match end {
                Some(byte) if byte == self.separator => {
                    is_empty = false;
                    width += 1;
                }
                _ => return Ok(Row { width, is_empty }),
            }
        }
    }

    /// One field: whether it has content, and the separator or line break that ends it.
    fn field(&mut self) -> Result<(bool, Option<u8>), Fault> {
        let opened = self.line;
        if self.bytes.next_if_eq(&b'"').is_some() {
            self.quoted(opened)?;
            let after = self.bytes.next();
            return match after {
                Some(byte) if byte != self.separator && !matches!(byte, b'\r' | b'\n') => {
                    Err(self.stray_quote(opened))
                }
                end => Ok((true, self.ended(end))),
            };
        }
        let mut has_text = false;
        loop {
            match self.bytes.next() {
                Some(b'"') => return Err(self.stray_quote(opened)),
                Some(byte) if byte != self.separator && !matches!(byte, b'\r' | b'\n') => has_text = true,
                end => return Ok((has_text, self.ended(end))),
            }
        }
    }

    /// The rest of a field in quotes; a quote inside it is written twice.
    fn quoted(&mut self, opened: u64) -> Result<(), Fault> {
        loop {
            match self.bytes.next() {
                None => return Err(Fault::OpenQuote { line: opened }),
                Some(b'"') if self.bytes.next_if_eq(&b'"').is_none() => return Ok(()),
                Some(b'\n') => self.line += 1,
                Some(_) => {}
            }
        }
    }

    /// Counts the line where a line break ended a field.
    fn ended(&mut self, end: Option<u8>) -> Option<u8> {
        if end == Some(b'\r') {
            self.bytes.next_if_eq(&b'\n');
        }
        if matches!(end, Some(b'\r' | b'\n')) {
            self.line += 1;
        }
        end
    }

    fn stray_quote(&self, opened: u64) -> Fault {
        Fault::StrayQuote {
            line: self.line,
            opened,
        }
    }

    fn only_line_breaks_follow(&self) -> bool {
        self.bytes.clone().all(|byte| matches!(byte, b'\n' | b'\r'))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by(file: &str) -> Result<u8, Fault> {
        separator(text(file.as_bytes())?, None)
    }

    #[test]
    fn separator_is_the_only_one_under_which_all_rows_are_equally_long() {
        for (file, expected) in [
            ("a,b\n1,2\n", b','),
            ("kod;ad;faiz\n1;Bakı;12,5\n2;Gəncə;7\n", b';'),
            ("kod;ad;əhali\n02;Bakı;2300500\n", b';'),
            ("kod\tad\n1\tBakı\n", b'\t'),
            ("kod|ad\r\n1|Bakı\r\n", b'|'),
            ("\u{feff}a,b\n\"1,5\",2", b','),
            ("a,b\n\"x;y\nz\",\"say \"\"so\"\"\"\n\n", b','),
            ("ad\nBakı\nGəncə\n", b','),
            ("", b','),
        ] {
            assert_eq!(by(file), Ok(expected), "{file}");
        }
    }

    #[test]
    fn faults_name_their_line() {
        let title = "\"Bələdiyyə üzvləri - tam siyahı\"\n\"Yeniləndi 17/01/2025\"\n\"kod\";\"ad\"\n\"02\";\"ALLEIN\"\n";
        let ragged = |line, found, expected, separator| Fault::Width {
            line,
            found,
            expected,
            separator,
        };
        for (file, expected) in [
            (
                "id,ad,qeyd\n1,Bakı,yaxşı\n2,Gəncə,\"15 kVt\n3,Şəki,yaxşı\n",
                Fault::OpenQuote { line: 3 },
            ),
            (
                "id,ad\n1,\"Bakı\n2,\"yaxşı\"\n",
                Fault::StrayQuote { line: 3, opened: 2 },
            ),
            ("id,ad\n1,15\" boru\n", Fault::StrayQuote { line: 2, opened: 2 }),
            ("id,ad\n1,\"a\"b\n", Fault::StrayQuote { line: 2, opened: 2 }),
            (title, ragged(3, 2, 1, b';')),
            ("a;b;c\n1;2\n", ragged(2, 2, 3, b';')),
            ("a,b\n1,2\n\n3,4\n", Fault::EmptyLine { line: 3 }),
            ("\n\na,b\n", Fault::EmptyLine { line: 1 }),
            (
                "<!doctype html><html><body>404</body></html>\n",
                Fault::Markup { line: 1 },
            ),
            ("\n<?xml version=\"1.0\"?>\n", Fault::Markup { line: 2 }),
            (
                "a,b\n1,\u{0}\n",
                Fault::Control {
                    line: 2,
                    character: 0,
                },
            ),
            (
                "a,b;c\n1,2;3\n",
                Fault::Ambiguous {
                    first: b',',
                    second: b';',
                },
            ),
        ] {
            assert_eq!(by(file), Err(expected), "{file}");
        }
        assert_eq!(text(b"a,b\n1,\xe7\n"), Err(Fault::Encoding { line: 2 }));
        assert_eq!(separator("a,b;c\n1,2;3\n", Some(b';')), Ok(b';'));
        assert_eq!(separator("a,b\n1,2;3\n", Some(b';')), Err(ragged(2, 2, 1, b';')));
    }

    proptest! {
        /// A file that the scan accepts is read completely by the reader; a file of a CSV writer is accepted.
        #[test]
        fn scan_agrees_with_the_reader(
            rows in prop::collection::vec(prop::collection::vec("[a-zə,;\"\n 0-9]{0,6}", 3), 1..6),
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let file = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(scan(&file, b',').unwrap().width, 3);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(file.as_bytes());
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            prop_assert_eq!(read, rows);
        }

        /// The reader returns rows of the scanned width for an accepted file, and without quotes exactly its
        /// lines.
        #[test]
        fn accepted_files_lose_no_row(file in "[ab,;\"\n\r]{0,40}") {
            let Ok(separator) = by(&file) else { return Ok(()) };
            let width = scan(&file, separator).unwrap().width;
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(separator)
                .from_reader(file.as_bytes());
            let read: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            prop_assert!(read.iter().all(|row| row.len() == width), "{:?}", read);
            if !file.contains('"') {
                let lines = file.replace("\r\n", "\n").replace('\r', "\n");
                let rows: Vec<Vec<String>> = lines
                    .trim_end_matches('\n')
                    .split('\n')
                    .filter(|line| !line.is_empty())
                    .map(|line| line.split(char::from(separator)).map(str::to_owned).collect())
                    .collect();
                prop_assert_eq!(read, rows);
            }
        }
    }
}
