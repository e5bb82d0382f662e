//! The guess of separator and line of names, over the same strict rows that are read afterwards.

use std::collections::HashMap;

use super::Separator;
use super::kind::Kind;
use super::records::Records;

/// Rows that the guess looks at.
const SNIFFED_ROWS: usize = 1_000;

pub(super) struct Sniffed {
    pub separator: Separator,
    /// The line that names the columns, or 0.
    pub header_line: u32,
}

/// A separator, with how well it fits.
struct Fit {
    separator: Separator,
    /// The most frequent number of fields, and the rows that have it.
    width: usize,
    rows: usize,
}

/// Separator and line of names of `text`; the separator is `said`, or the one under which most rows have the same number
/// of fields, at least two.
pub(super) fn of(text: &str, said: Option<Separator>) -> Sniffed {
    // A comma may be the decimal sign between other separators, so that it comes last among equals.
    let candidates = match said {
        Some(separator) => vec![separator],
        None => vec![
            Separator::Tab,
            Separator::Semicolon,
            Separator::Bar,
            Separator::Comma,
        ],
    };
    let fits = candidates.iter().map(|separator| fit(text, *separator));
    let best = fits
        .filter(|fit| fit.width > 1)
        .reduce(|best, fit| if fit.rows > best.rows { fit } else { best })
        .unwrap_or_else(|| fit(text, said.unwrap_or(Separator::Comma)));
    Sniffed {
        separator: best.separator,
        header_line: header_line(text, &best),
    }
}

fn fit(text: &str, separator: Separator) -> Fit {
    let mut widths: HashMap<usize, usize> = HashMap::new();
    for (_, row) in Records::of(text, separator.byte()).take(SNIFFED_ROWS) {
        if let Ok(fields) = row {
            *widths.entry(fields.len()).or_default() += 1;
        }
    }
    // The wider one of two that are as frequent.
    let (width, rows) = widths
        .into_iter()
        .max_by_key(|(width, rows)| (*rows, *width))
        .unwrap_or_default();
    Fit {
        separator,
        width,
        rows,
    }
}

/// The first row of the usual width names the columns, unless a number is among its fields or one is empty.
fn header_line(text: &str, fit: &Fit) -> u32 {
    let mut records = Records::of(text, fit.separator.byte()).take(SNIFFED_ROWS);
    let first = records.find_map(|(line, row)| Some((line, row.ok().filter(|row| row.len() == fit.width)?)));
    let Some((line, fields)) = first else { return 1 };
    let is_value = |field: &std::borrow::Cow<'_, str>| {
        [Kind::Number, Kind::DecimalComma]
            .iter()
            .any(|kind| kind.published(field).is_some())
    };
    match fields.iter().any(is_value) {
        true => 0,
        false => u32::try_from(line).unwrap_or(1),
    }
}
