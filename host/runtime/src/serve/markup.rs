//! Takes out of HTML what carries data to other origins without a script and without a policy that could forbid
//! it: links, hints to connect, and instructions to the browser in `<meta>`.
//!
//! A parser that follows a page's context (raw text, comments, foreign content) must agree with every browser about
//! that context, or markup hides where only one of them sees it. This filter has none: whatever the context, a
//! browser's start tag begins at a `<` before a letter, and its attributes are decided by the bytes from there on
//! (HTML, 13.2.5.6 to 13.2.5.40). So each such place is read as a tag, in comments and scripts too, and no `<` is
//! left inside a tag that passes. That is why it is not built on a rewriting library.

mod reference;
mod tag;

use std::collections::BTreeSet;

use bytes::Bytes;
use url::Url;

use self::tag::{Parsed, Tag};
use super::note;
use crate::limits::{MARKUP_TAG_BYTES_MAX, MARKUP_WASTE_BYTES_MAX};
use crate::log::RequestLog;
use crate::reach::Reach;

/// The address of the host's page that says where a link leads, at every service's origin.
pub const LEAVE_PATH: &str = "/.aim/leave";

/// What `<meta http-equiv>` may say. A refresh does not work on a page without scripts; the others make browsers
/// resolve names, send hints, or switch on features that the host's policy does not know.
const META_PASSED: [&str; 5] = [
    "content-type",
    "content-language",
    "content-security-policy",
    "default-style",
    "x-ua-compatible",
];

/// The `href` of a `<link>` that says that a page has no icon, as the SDK writes it: an address without a host, and
/// without content.
const NO_ICON: &[u8] = b"data:,";

pub(super) fn whole(page: Bytes, reach: &Reach, path: &str, log: &RequestLog) -> Bytes {
    let mut filter = Filter::new(path);
    let pass = filter.scan(&page, reach, true);
    filter.report(log);
    match pass.changed {
        false => page,
        true => pass.out.into(),
    }
}

/// A page that arrives in pieces.
pub(super) struct Filter {
    path: String,
    /// The beginning of a tag whose end has not arrived.
    pending: Vec<u8>,
    read: usize,
    begun: bool,
    tag: Tag,
    /// Bytes that were read as a tag and were none: a page that makes the filter read them again and again is
    /// not read any more.
    wasted: usize,
    removed: BTreeSet<&'static str>,
}

/// One run over the bytes that are here.
#[derive(Default)]
struct Pass {
    out: Vec<u8>,
    /// Whether `out` differs from what came in; else it is empty.
    changed: bool,
    /// How much of the input is in `out`.
    copied: usize,
}

impl Pass {
    /// Puts `replacement` in the place of the input from `from` to `to`.
    fn replace(&mut self, input: &[u8], from: usize, to: usize, replacement: &[u8]) {
        self.out
            .extend_from_slice(input.get(self.copied..from).unwrap_or_default());
        self.out.extend_from_slice(replacement);
        self.copied = to;
        self.changed = true;
    }
}

/// What becomes of a tag.
enum Fate {
    Kept,
    Dropped,
    Rewritten(Vec<u8>),
}

impl Filter {
    pub(super) fn new(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            pending: Vec::new(),
            read: 0,
            begun: false,
            tag: Tag::default(),
            wasted: 0,
            removed: BTreeSet::new(),
        }
    }

    /// The next piece, as far as it can be told; the rest comes with the one after it.
    pub(super) fn push(&mut self, piece: &Bytes, reach: &Reach) -> Bytes {
        self.take(piece, reach, false)
    }

    /// What is left at the page's end, after the line for the developer.
    pub(super) fn finish(&mut self, reach: &Reach, log: &RequestLog) -> Bytes {
        let left = self.take(&Bytes::new(), reach, true);
        self.report(log);
        left
    }

    fn take(&mut self, piece: &Bytes, reach: &Reach, last: bool) -> Bytes {
        let input = if self.pending.is_empty() {
            piece.clone()
        } else if !last
            && memchr::memchr(b'>', piece).is_none()
            && self.pending.len().saturating_add(piece.len()) < self.read.saturating_mul(2)
        {
            // Reading it again for each byte of it would take the square of its length.
            self.pending.extend_from_slice(piece);
            return Bytes::new();
        } else {
            let mut joined = std::mem::take(&mut self.pending);
            joined.extend_from_slice(piece);
            joined.into()
        };
        let pass = self.scan(&input, reach, last);
        self.pending
            .extend_from_slice(input.get(pass.copied..).unwrap_or_default());
        self.read = self.pending.len();
        match pass.changed {
            true => pass.out.into(),
            false => input.slice(..pass.copied),
        }
    }

    /// Reads `input` as far as its tags are whole; all of it where it is the `last`.
    fn scan(&mut self, input: &[u8], reach: &Reach, last: bool) -> Pass {
        let mut pass = Pass::default();
        if !self.begun {
            if input.len() < 2 && !last {
                return pass;
            }
            self.begun = true;
            // A browser would read the page as UTF-16, whatever its header says (Encoding Standard, "BOM sniff").
            if matches!(input, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..]) {
                self.removed.insert("byte order mark of UTF-16");
                pass.replace(input, 0, 2, b"?");
            }
        }
        let mut at = pass.copied;
        while let Some(found) = input.get(at..).and_then(|rest| memchr::memchr(b'<', rest)) {
            let from = at + found;
            let Some(next) = input.get(from + 1) else {
                if last {
                    break;
                }
                return self.until(pass, input, from);
            };
            if !next.is_ascii_alphabetic() {
                at = from + 1;
                continue;
            }
            let rest = input.get(from..).unwrap_or_default();
            let read = match self.wasted > MARKUP_WASTE_BYTES_MAX {
                true => Parsed::Broken(0),
                false => self.tag.parse(rest),
            };
            let wasted = match read {
                Parsed::Whole(length) => {
                    at = from + length;
                    match self.judge(rest, reach) {
                        Fate::Kept => {}
                        // Without anything in its place, a `<` before it and a letter after it would be a tag.
                        Fate::Dropped => pass.replace(input, from, at, b" "),
                        Fate::Rewritten(tag) => pass.replace(input, from, at, &tag),
                    }
                    continue;
                }
                Parsed::Unfinished if !last && rest.len() <= MARKUP_TAG_BYTES_MAX => {
                    self.wasted = self.wasted.saturating_add(rest.len());
                    return self.until(pass, input, from);
                }
                Parsed::Unfinished => rest.len(),
                Parsed::Broken(length) => length,
            };
            // Not a tag that any browser should make of it; as text it is one in none.
            self.wasted = self.wasted.saturating_add(wasted);
            at = from + 1;
            pass.replace(input, from, at, b"&lt;");
        }
        self.until(pass, input, input.len())
    }

    fn until(&self, mut pass: Pass, input: &[u8], end: usize) -> Pass {
        if pass.changed {
            pass.out
                .extend_from_slice(input.get(pass.copied..end).unwrap_or_default());
        }
        pass.copied = end;
        pass
    }

    /// Decides about the tag that was read last.
    fn judge(&mut self, source: &[u8], reach: &Reach) -> Fate {
        if self.tag.attributes.is_empty() {
            return Fate::Kept;
        }
        let name = self.tag.name(source);
        let is = |names: &[&str]| {
            names
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
        };
        if is(&["meta"]) && !meta_passes(&self.tag, source) {
            self.removed.insert("meta");
            return Fate::Dropped;
        }
        if is(&["base"]) {
            self.removed.insert("base");
            return Fate::Dropped;
        }
        let is_link = is(&["link"]);
        let is_frame = is(&["iframe", "frame", "embed", "object", "fencedframe"]);
        let mut out = Vec::new();
        let mut changed = false;
        for attribute in &self.tag.attributes {
            let value = attribute.value(source);
            let lower = attribute.name(source).to_ascii_lowercase();
            let kept = match &*lower {
                b"ping" | b"attributionsrc" | b"srcdoc" | b"xml:base" => {
                    self.removed
                        .insert("attribute that makes the browser send or embed");
                    None
                }
                // The policy refuses frames, and forms to other origins, after Chromium has connected there.
                b"src" | b"data" if is_frame => {
                    self.removed.insert("frame");
                    None
                }
                b"action" | b"formaction" => match reference::judge(value, &self.path, reach) {
                    reference::Lead::Within => Some(None),
                    reference::Lead::Spelt(value) => Some(Some(value)),
                    reference::Lead::Elsewhere(_) | reference::Lead::Nowhere => {
                        self.removed.insert("form to another origin");
                        None
                    }
                },
                // Nothing opens another window on a page in a sandbox: without it the link works.
                b"target" | b"formtarget" => None,
                // SVG's animations change attributes without a script.
                b"attributename" if reference::decode(value).to_ascii_lowercase().contains("href") => {
                    self.removed.insert("animation of a link");
                    None
                }
                b"href" if is_link && value == NO_ICON => Some(None),
                name if name == b"href" || name.ends_with(b":href") => {
                    match reference::judge(value, &self.path, reach) {
                        reference::Lead::Within => Some(None),
                        reference::Lead::Spelt(value) => Some(Some(value)),
                        reference::Lead::Elsewhere(url) if !is_link => Some(Some(leave(&url))),
                        reference::Lead::Elsewhere(_) | reference::Lead::Nowhere if is_link => {
                            self.removed.insert("link to another origin");
                            return Fate::Dropped;
                        }
                        reference::Lead::Elsewhere(_) | reference::Lead::Nowhere => {
                            self.removed.insert("link that is not of the web");
                            None
                        }
                    }
                }
                _ => Some(None),
            };
            let Some(new_value) = kept else {
                changed = true;
                continue;
            };
            out.push(b' ');
            match new_value {
                Some(new_value) => {
                    changed = true;
                    out.extend_from_slice(attribute.name(source));
                    out.extend_from_slice(b"=\"");
                    reference::escape(&new_value, &mut out);
                    out.push(b'"');
                }
                None if memchr::memchr(b'<', value).is_some() => {
                    changed = true;
                    attribute.write_without_tags(source, &mut out);
                }
                None => out.extend_from_slice(attribute.source(source)),
            }
        }
        if !changed {
            return Fate::Kept;
        }
        let mut tag = Vec::with_capacity(out.len() + name.len() + 4);
        tag.push(b'<');
        tag.extend_from_slice(name);
        tag.extend_from_slice(&out);
        tag.extend_from_slice(if self.tag.self_closing { b" />" } else { b">" });
        Fate::Rewritten(tag)
    }

    fn report(&self, log: &RequestLog) {
        if !self.removed.is_empty() {
            let what = Vec::from_iter(self.removed.iter().copied()).join("; ");
            note(
                log,
                "html-removed",
                &format!("taken out of the page, because it leads browsers to other origins: {what}"),
            );
        }
    }
}

fn meta_passes(tag: &Tag, source: &[u8]) -> bool {
    tag.attributes.iter().all(|attribute| {
        let value = || {
            reference::decode(attribute.value(source))
                .trim()
                .to_ascii_lowercase()
        };
        let name = attribute.name(source);
        if name.eq_ignore_ascii_case(b"http-equiv") {
            META_PASSED.contains(&&*value())
        } else if name.eq_ignore_ascii_case(b"name") {
            value() != "referrer"
        } else {
            true
        }
    })
}

/// The host's page that says where a link leads.
fn leave(url: &Url) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("to", url.as_str())
        .finish();
    format!("{LEAVE_PATH}?{query}")
}

#[cfg(test)]
mod tests;
