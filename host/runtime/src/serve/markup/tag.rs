//! Reads one start tag as a browser's tokenizer does (HTML, 13.2.5.6 to 13.2.5.40).

use std::ops::Range;

/// A tag, as places in the bytes that it was read from. Kept from tag to tag, so that reading one allocates nothing.
#[derive(Default)]
pub(super) struct Tag {
    name: Range<usize>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) self_closing: bool,
}

pub(super) struct Attribute {
    name: Range<usize>,
    value: Range<usize>,
    end: usize,
}

/// What the bytes at a `<` before a letter are.
pub(super) enum Parsed {
    /// A tag of so many bytes.
    Whole(usize),
    Unfinished,
    /// After so many bytes comes a `<` outside quotes: no well-formed tag holds one.
    Broken(usize),
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

impl Tag {
    /// Reads the tag at the beginning of `source`, which begins with `<` and a letter.
    pub(super) fn parse(&mut self, source: &[u8]) -> Parsed {
        self.attributes.clear();
        self.self_closing = false;
        let mut at = 1;
        let name_ends = |byte: u8| is_space(byte) || matches!(byte, b'/' | b'>' | b'<');
        let Some(length) = position(source, at, name_ends) else {
            return Parsed::Unfinished;
        };
        self.name = at..length;
        at = length;
        loop {
            let Some(next) = position(source, at, |byte| !is_space(byte) && byte != b'/') else {
                return Parsed::Unfinished;
            };
            let after_slash = next > at && source.get(next - 1) == Some(&b'/');
            at = next;
            match source.get(at) {
                Some(b'>') => {
                    self.self_closing = after_slash;
                    return Parsed::Whole(at + 1);
                }
                Some(b'<') => return Parsed::Broken(at),
                _ => {}
            }
            match self.attribute(source, at) {
                Ok(Some(end)) => at = end,
                Ok(None) => return Parsed::Unfinished,
                Err(broken) => return Parsed::Broken(broken),
            }
        }
    }

    /// Reads the attribute at `start`; answers its end, or none where that has not arrived.
    fn attribute(&mut self, source: &[u8], start: usize) -> Result<Option<usize>, usize> {
        // A first `=` belongs to the name.
        let name_ends = |byte: u8| is_space(byte) || matches!(byte, b'/' | b'>' | b'=' | b'<');
        let Some(name_end) = position(source, start + 1, name_ends) else {
            return Ok(None);
        };
        let name = start..name_end;
        let Some(equals) = position(source, name_end, |byte| !is_space(byte)) else {
            return Ok(None);
        };
        match source.get(equals) {
            Some(b'<') => return Err(equals),
            Some(b'=') => {}
            _ => {
                self.attributes.push(Attribute {
                    end: name_end,
                    value: name_end..name_end,
                    name,
                });
                return Ok(Some(name_end));
            }
        }
        let Some(value) = position(source, equals + 1, |byte| !is_space(byte)) else {
            return Ok(None);
        };
        let (value, end) = match source.get(value) {
            Some(quote @ (b'"' | b'\'')) => {
                let rest = source.get(value + 1..).unwrap_or_default();
                let Some(length) = memchr::memchr(*quote, rest) else {
                    return Ok(None);
                };
                (value + 1..value + 1 + length, value + length + 2)
            }
            _ => {
                let ends = |byte: u8| is_space(byte) || matches!(byte, b'>' | b'<');
                let Some(end) = position(source, value, ends) else {
                    return Ok(None);
                };
                if source.get(end) == Some(&b'<') {
                    return Err(end);
                }
                (value..end, end)
            }
        };
        self.attributes.push(Attribute { name, value, end });
        Ok(Some(end))
    }

    pub(super) fn name<'s>(&self, source: &'s [u8]) -> &'s [u8] {
        source.get(self.name.clone()).unwrap_or_default()
    }
}

impl Attribute {
    pub(super) fn name<'s>(&self, source: &'s [u8]) -> &'s [u8] {
        source.get(self.name.clone()).unwrap_or_default()
    }

    /// The value as it is written, character references and all.
    pub(super) fn value<'s>(&self, source: &'s [u8]) -> &'s [u8] {
        source.get(self.value.clone()).unwrap_or_default()
    }

    /// Name, value and quotes as they are written.
    pub(super) fn source<'s>(&self, source: &'s [u8]) -> &'s [u8] {
        source.get(self.name.start..self.end).unwrap_or_default()
    }

    /// The same with each `<` of the value as a character reference, which means the same to a browser.
    pub(super) fn write_without_tags(&self, source: &[u8], out: &mut Vec<u8>) {
        for byte in self.source(source) {
            match byte {
                b'<' => out.extend_from_slice(b"&lt;"),
                byte => out.push(*byte),
            }
        }
    }
}

/// The first byte from `from` on that is `wanted`.
fn position(source: &[u8], from: usize, wanted: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = source.get(from..)?;
    rest.iter()
        .position(|byte| wanted(*byte))
        .map(|found| from + found)
}
