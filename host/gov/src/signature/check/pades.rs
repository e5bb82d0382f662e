//! Signatures inside a PDF: PAdES (ETSI EN 319 142-1; ISO 32000-2, section 12.8), in the form that the platform makes.
//!
//! A signature covers its revision, from the first byte on, but for one hole. The hole holds the signature's value and not
//! one byte more: whatever else it held could be exchanged, and the file would show something else under the same
//! signature (Mladenov et al., CCS 2019: signature wrapping). What a signature says of itself is read in its own revision,
//! since an update may write another dictionary in its place.

use std::collections::BTreeSet;

use der::{Reader as _, SliceReader};
use lopdf::{Dictionary, Document, Object, ObjectId};
use x509_cert::Certificate;

use super::cms::Message;
use super::{Found, NotSigned, SIGNATURES_MAX, Stamp, SubIndication};
use crate::clock::Timestamp;
use crate::signature::cms::DATA;
use crate::signature::key::sha256;
use crate::signature::pdf;

/// Fields of a form that are looked at.
const FIELDS_MAX: usize = 1_000;
/// The form of PAdES (EN 319 142-1, section 5.3).
const SUB_FILTER: &[u8] = b"ETSI.CAdES.detached";
/// Digits of a moment without its zone (ISO 32000-2, section 7.9.4).
const MOMENT_DIGITS: usize = 14;

/// What a file says about each of its signatures, the oldest first.
pub(in crate::signature) fn read(file: &[u8], root: &Certificate) -> Result<Vec<Found>, NotSigned> {
    let document = pdf::readable(file).map_err(|_| NotSigned::NotPdf)?;
    let signatures = signatures(&document).ok_or(NotSigned::NotPdf)?;
    match signatures.len() {
        0 => Err(NotSigned::Missing),
        1..=SIGNATURES_MAX => {
            let found = signatures.into_iter().map(|signature| {
                let place = Place::of(file, signature);
                let end = place.as_ref().map_or(0, |place| place.end);
                let found = place.and_then(|place| checked(file, &place, root));
                (end, found.unwrap_or_else(Found::wrong))
            });
            let mut found: Vec<(usize, Found)> = found.collect();
            found.sort_by_key(|(end, _)| *end);
            Ok(found.into_iter().map(|(_, found)| found).collect())
        }
        _ => Err(NotSigned::NotPdf),
    }
}

/// The values of the form's fields for signatures; `None` for a form with more than [`FIELDS_MAX`] fields.
fn signatures(document: &Document) -> Option<Vec<&Dictionary>> {
    let form = document
        .catalog()
        .ok()
        .and_then(|catalog| dictionary(document, catalog, b"AcroForm"));
    let mut left: Vec<(&Object, bool)> = fields(document, form, b"Fields", false);
    let mut seen: BTreeSet<ObjectId> = BTreeSet::new();
    let mut values = Vec::new();
    let mut count = 0;
    while let Some((field, inherited)) = left.pop() {
        count += 1;
        if count > FIELDS_MAX {
            return None;
        }
        // A field that is under itself.
        if field.as_reference().is_ok_and(|id| !seen.insert(id)) {
            continue;
        }
        let Ok((_, Object::Dictionary(field))) = document.dereference(field) else {
            continue;
        };
        let is_signature = match field.get(b"FT").and_then(Object::as_name) {
            Ok(kind) => kind == b"Sig",
            Err(_) => inherited,
        };
        left.extend(fields(document, Some(field), b"Kids", is_signature));
        if is_signature {
            values.extend(dictionary(document, field, b"V"));
        }
    }
    Some(values)
}

fn fields<'a>(
    document: &'a Document,
    of: Option<&'a Dictionary>,
    key: &[u8],
    inherited: bool,
) -> Vec<(&'a Object, bool)> {
    let list = of.and_then(|of| document.dereference(of.get(key).ok()?).ok());
    match list {
        Some((_, Object::Array(list))) => list.iter().map(|one| (one, inherited)).collect(),
        _ => Vec::new(),
    }
}

fn dictionary<'a>(document: &'a Document, of: &'a Dictionary, key: &[u8]) -> Option<&'a Dictionary> {
    document.dereference(of.get(key).ok()?).ok()?.1.as_dict().ok()
}

/// Where a signature is in its file, and its value.
struct Place {
    /// Where the hole begins and ends.
    hole: (usize, usize),
    /// Where its revision ends.
    end: usize,
    value: Vec<u8>,
}

impl Place {
    fn of(file: &[u8], signature: &Dictionary) -> Result<Self, SubIndication> {
        Self::found(file, signature).ok_or(SubIndication::FormatFailure)
    }

    fn found(file: &[u8], signature: &Dictionary) -> Option<Self> {
        let range = signature.get(b"ByteRange").ok()?.as_array().ok()?;
        let range = range.iter().map(|one| usize::try_from(one.as_i64().ok()?).ok());
        let range: Vec<usize> = range.collect::<Option<_>>()?;
        let [0, begin, after, rest] = range.as_slice() else {
            return None;
        };
        let end = after.checked_add(*rest).filter(|end| *end <= file.len())?;
        let value = signature.get(b"Contents").ok()?.as_str().ok()?;
        let hole = file.get(*begin..*after)?;
        let digits = hole.strip_prefix(b"<")?.strip_suffix(b">")?;
        (hex::decode(digits).ok()? == value).then(|| Self {
            hole: (*begin, *after),
            end,
            value: value.to_vec(),
        })
    }

    /// What is signed.
    fn covered(&self, file: &[u8]) -> Option<Vec<u8>> {
        let before = file.get(..self.hole.0)?;
        let after = file.get(self.hole.1..self.end)?;
        Some([before, after].concat())
    }

    /// The message in DER. After it, up to the end of the hole, nothing but zeros.
    fn message(&self) -> Option<&[u8]> {
        let mut reader = SliceReader::new(&self.value).ok()?;
        let message = reader.tlv_bytes().ok()?;
        let padding = self.value.get(message.len()..)?;
        padding.iter().all(|byte| *byte == 0).then_some(message)
    }
}

fn checked(file: &[u8], place: &Place, root: &Certificate) -> Result<Found, SubIndication> {
    let malformed = || SubIndication::FormatFailure;
    let message = place.message().and_then(Message::read).ok_or_else(malformed)?;
    // The content is the file.
    let (DATA, None) = message.content() else {
        return Err(malformed());
    };
    let covered = place.covered(file).ok_or_else(malformed)?;
    let own = message.verified(&sha256(&covered))?;
    let found = Found::holding(own, &message.certificates, root);
    if found.chain.is_empty() {
        // Of somebody unknown: the rest is not worth the work.
        return Ok(found);
    }
    let revision = file.get(..place.end).ok_or_else(malformed)?;
    let says = Says::of(revision, place).ok_or_else(malformed)?;
    let stamped = sha256(message.value());
    let stamps = message.stamps().ok_or_else(malformed)?;
    let stamps = stamps
        .iter()
        .filter_map(|token| Stamp::read(token, &stamped, root));
    Ok(Found {
        claimed: says.claimed,
        stamps: stamps.collect(),
        covers_all: place.end == file.len(),
        ..found
    })
}

/// What a signature says of itself.
struct Says {
    claimed: Option<Timestamp>,
}

impl Says {
    /// In its own revision, which has a signature at this place too.
    fn of(revision: &[u8], place: &Place) -> Option<Self> {
        let document = pdf::readable(revision).ok()?;
        let signatures = signatures(&document)?;
        let own = signatures.into_iter().find(|signature| {
            let found = Place::found(revision, signature);
            found.is_some_and(|found| found.hole == place.hole && found.end == place.end)
        })?;
        let form = own.get(b"SubFilter").ok()?.as_name().ok()?;
        let time = own.get(b"M").and_then(Object::as_str).ok();
        let time = time.and_then(|time| std::str::from_utf8(time).ok());
        (form == SUB_FILTER).then(|| Self {
            claimed: time.and_then(moment),
        })
    }
}

/// A moment such as `D:20261130072500+04'00'`; without a zone, in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let (time, zone) = text.strip_prefix("D:")?.split_at_checked(MOMENT_DIGITS)?;
    let part = |from: usize| time.get(from..from + 2);
    let zone = match zone.get(..3) {
        Some(hours) if !zone.starts_with('Z') => {
            let minutes = zone.get(4..6).unwrap_or("00");
            format!("{hours}:{minutes}")
        }
        _ => "Z".to_owned(),
    };
    let (year, day) = (time.get(..4)?, format!("{}-{}", part(4)?, part(6)?));
    let time = format!("{}:{}:{}", part(8)?, part(10)?, part(12)?);
    Timestamp::parse(&format!("{year}-{day}T{time}{zone}"))
}

#[cfg(test)]
mod tests;
