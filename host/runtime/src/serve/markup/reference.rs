//! Where an attribute's value leads.

use std::borrow::Cow;

use url::Url;

use crate::reach::Reach;

/// Where a link leads.
pub(super) enum Lead {
    /// To where the service may lead, as it is written.
    Within,
    /// The same, to be written so that every browser reads the address that was judged.
    Spelt(String),
    Elsewhere(Box<Url>),
    /// To no address, or to a program that is not the browser.
    Nowhere,
}

/// Where the value of an `href` on the page at `path` leads.
pub(super) fn judge(raw: &[u8], path: &str, reach: &Reach) -> Lead {
    if is_plain_path(raw) || reach.on_platform(raw).is_some_and(is_plain) {
        return Lead::Within;
    }
    let value = decode(raw);
    let Some(url) = reach.resolve(path, &value) else {
        return Lead::Nowhere;
    };
    match url.scheme() {
        "mailto" | "tel" => {}
        "http" | "https" if reach.covers(&url) => {}
        "http" | "https" => return Lead::Elsewhere(Box::new(url)),
        _ => return Lead::Nowhere,
    }
    let mut written = Vec::with_capacity(raw.len());
    escape(&value, &mut written);
    match written == raw {
        true => Lead::Within,
        false => Lead::Spelt(value.into_owned()),
    }
}

/// Whether it can only be a path at the page's own origin: no scheme, no host, nothing that browsers remove or
/// read as something else.
fn is_plain_path(raw: &[u8]) -> bool {
    !raw.starts_with(b"//") && is_plain(raw)
}

/// Whether each byte is one that browsers neither remove nor read as something else; a colon, which ends a scheme,
/// is not.
fn is_plain(raw: &[u8]) -> bool {
    raw.iter()
        .all(|byte| matches!(byte, b'!' | b'#'..=b'%' | b'('..=b'9' | b';' | b'='..=b'[' | b']'..=b'~'))
}

/// The value with its character references read (HTML, 13.2.5.72 to 13.2.5.80): those by number, and those by name
/// that stand for an ASCII character. Any other stays as it is written, and is then written so that browsers do the
/// same.
pub(super) fn decode(raw: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(raw);
    if !text.contains('&') {
        return text;
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        match character(after) {
            Some((character, left)) => {
                decoded.push(character);
                rest = left;
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded.into()
}

/// The character that the reference after a `&` stands for, and what comes after it.
fn character(text: &str) -> Option<(char, &str)> {
    let Some(number) = text.strip_prefix('#') else {
        let (name, left) = text.split_once(';')?;
        return Some((named(name)?, left));
    };
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let left = digits.trim_start_matches(|c: char| c.is_digit(radix));
    let digits = digits.strip_suffix(left).filter(|digits| !digits.is_empty())?;
    let significant = digits.trim_start_matches('0');
    let number = match significant {
        "" => 0,
        digits => u32::from_str_radix(digits, radix).unwrap_or(u32::MAX),
    };
    let character = char::from_u32(number)
        .filter(|character| *character != '\0')
        .unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((character, left.strip_prefix(';').unwrap_or(left)))
}

/// The named references of ASCII characters (HTML, 13.5).
fn named(name: &str) -> Option<char> {
    Some(match name {
        "Tab" => '\t',
        "NewLine" => '\n',
        "excl" => '!',
        "quot" | "QUOT" => '"',
        "num" => '#',
        "dollar" => '$',
        "percnt" => '%',
        "amp" | "AMP" => '&',
        "apos" => '\'',
        "lpar" => '(',
        "rpar" => ')',
        "ast" | "midast" => '*',
        "plus" => '+',
        "comma" => ',',
        "period" => '.',
        "sol" => '/',
        "colon" => ':',
        "semi" => ';',
        "lt" | "LT" => '<',
        "equals" => '=',
        "gt" | "GT" => '>',
        "quest" => '?',
        "commat" => '@',
        "lsqb" | "lbrack" => '[',
        "bsol" => '\\',
        "rsqb" | "rbrack" => ']',
        "Hat" => '^',
        "lowbar" | "UnderBar" => '_',
        "grave" | "DiacriticalGrave" => '`',
        "lcub" | "lbrace" => '{',
        "verbar" | "vert" | "VerticalLine" => '|',
        "rcub" | "rbrace" => '}',
        _ => return None,
    })
}

/// Writes a value for double quotes.
pub(super) fn escape(value: &str, out: &mut Vec<u8>) {
    for byte in value.bytes() {
        match byte {
            b'&' => out.extend_from_slice(b"&amp;"),
            b'"' => out.extend_from_slice(b"&quot;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(byte),
        }
    }
}
