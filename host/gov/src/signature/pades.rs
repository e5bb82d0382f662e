//! Signatures inside a PDF: PAdES, ETSI EN 319 142-1, as an incremental update (ISO 32000-2, section 12.8).

use lopdf::{Dictionary, Document, IncrementalDocument, Object, ObjectId, StringFormat, dictionary};

use super::key::{Hash, sha256};
use super::pdf::{self, NotFit};
use crate::clock::Timestamp;

/// Bytes that are left for the signature: a signature with its certificates and a time stamp has about 5,000.
const SIGNATURE_BYTES: usize = 12_000;
/// Digits that are left for a place in the file.
const PLACE_DIGITS: usize = 10;
/// What stands for a place until all is written: a number of [`PLACE_DIGITS`] digits.
const PLACE: i64 = 9_999_999_999;
/// Printed and locked, as the flags of a field that is an annotation (ISO 32000-2, table 167).
const FLAGS: i64 = 132;
/// Signatures exist, and the file is only to be appended to (table 225).
const SIGNATURE_FLAGS: i64 = 3;

/// Why a signature has no place in a file.
#[derive(Debug, thiserror::Error)]
pub enum PadesError {
    #[error("the file cannot be signed")]
    NotFit(#[from] NotFit),
    #[error("the file cannot be extended")]
    Pdf(#[from] lopdf::Error),
    #[error("the file cannot be written")]
    Write(#[from] std::io::Error),
    #[error("the update has no place for the signature")]
    NoPlace,
    #[error("the signature is larger than its place")]
    TooLarge,
}

/// A file with an empty place for the signature.
pub(super) struct Prepared {
    bytes: Vec<u8>,
    /// Where the place begins, with its bracket, and where it ends.
    begin: usize,
    end: usize,
}

impl Prepared {
    /// The file with an update that says when it was signed.
    pub(super) fn new(file: Vec<u8>, at: Timestamp) -> Result<Self, PadesError> {
        let document = pdf::fit(&file)?;
        let old = file.len();
        let mut update = IncrementalDocument::create_from(file, document);
        let signature = update.new_document.add_object(signature(at));
        place_field(&mut update, signature)?;
        let mut bytes = Vec::new();
        update.save_to(&mut bytes)?;
        Self::found(bytes, old)
    }

    /// Fills in the places of the parts that are signed: all but the signature itself.
    fn found(mut bytes: Vec<u8>, old: usize) -> Result<Self, PadesError> {
        let empty = format!("<{}>", "00".repeat(SIGNATURE_BYTES));
        let begin = find(&bytes, empty.as_bytes(), old).ok_or(PadesError::NoPlace)?;
        let end = begin + empty.len();
        let place = format!("[0 {PLACE} {PLACE} {PLACE}]");
        let at = find(&bytes, place.as_bytes(), old).ok_or(PadesError::NoPlace)?;
        let rest = bytes.len().saturating_sub(end);
        let mut range = format!("[0 {begin} {end} {rest}]");
        while range.len() < place.len() {
            range.push(' ');
        }
        let slot = bytes
            .get_mut(at..at + place.len())
            .filter(|slot| slot.len() == range.len())
            .ok_or(PadesError::NoPlace)?;
        slot.copy_from_slice(range.as_bytes());
        Ok(Self { bytes, begin, end })
    }

    /// The hash of what is signed.
    pub(super) fn hash(&self) -> Hash {
        let parts = [self.bytes.get(..self.begin), self.bytes.get(self.end..)];
        sha256(&parts.map(Option::unwrap_or_default).concat())
    }

    /// The signed file.
    pub(super) fn signed(mut self, cms: &[u8]) -> Result<Vec<u8>, PadesError> {
        let digits = hex::encode_upper(cms);
        let slot = self.begin + 1..self.begin + 1 + digits.len();
        if slot.end >= self.end {
            return Err(PadesError::TooLarge);
        }
        let slot = self.bytes.get_mut(slot).ok_or(PadesError::TooLarge)?;
        slot.copy_from_slice(digits.as_bytes());
        Ok(self.bytes)
    }
}

/// Where `wanted` begins in what was appended.
fn find(bytes: &[u8], wanted: &[u8], old: usize) -> Option<usize> {
    let appended = bytes.get(old..)?;
    let found = appended
        .windows(wanted.len())
        .position(|window| window == wanted)?;
    Some(old + found)
}

/// The signature's dictionary (table 255), with the claimed time (EN 319 142-1, section 5.3).
fn signature(at: Timestamp) -> Dictionary {
    let time = at
        .to_jiff()
        .map(|at| at.strftime("D:%Y%m%d%H%M%SZ").to_string())
        .unwrap_or_default();
    debug_assert_eq!(PLACE.to_string().len(), PLACE_DIGITS);
    dictionary! {
        "Type" => "Sig",
        "Filter" => "Adobe.PPKLite",
        "SubFilter" => "ETSI.CAdES.detached",
        "ByteRange" => vec![0.into(), PLACE.into(), PLACE.into(), PLACE.into()],
        "Contents" => Object::String(vec![0; SIGNATURE_BYTES], StringFormat::Hexadecimal),
        "M" => Object::string_literal(time),
    }
}

/// Adds a field without appearance for the signature to the first page and the form.
fn place_field(update: &mut IncrementalDocument, signature: ObjectId) -> Result<(), PadesError> {
    let before = update.get_prev_documents();
    let page = before.page_iter().next().ok_or(PadesError::NoPlace)?;
    let root = before.trailer.get(b"Root")?.as_reference()?;
    let name = field_name(before);
    let field = update.new_document.add_object(dictionary! {
        "Type" => "Annot",
        "Subtype" => "Widget",
        "FT" => "Sig",
        "T" => Object::string_literal(name),
        "V" => signature,
        "F" => FLAGS,
        "Rect" => vec![0.into(), 0.into(), 0.into(), 0.into()],
        "P" => page,
    });
    push(update, page, b"Annots", field)?;
    update.opt_clone_object_to_new_document(root)?;
    let catalog = update.new_document.get_dictionary_mut(root)?;
    match catalog.get(b"AcroForm") {
        Ok(Object::Reference(form)) => {
            let form = *form;
            push(update, form, b"Fields", field)?;
            let form = update.new_document.get_dictionary_mut(form)?;
            form.set("SigFlags", SIGNATURE_FLAGS);
        }
        Ok(Object::Dictionary(form)) => {
            // A form of its own, which can be extended like one that is referred to.
            let form = form.clone();
            let form = update.new_document.add_object(form);
            let catalog = update.new_document.get_dictionary_mut(root)?;
            catalog.set("AcroForm", form);
            push(update, form, b"Fields", field)?;
            let form = update.new_document.get_dictionary_mut(form)?;
            form.set("SigFlags", SIGNATURE_FLAGS);
        }
        _ => {
            let form = update.new_document.add_object(dictionary! {
                "Fields" => vec![Object::Reference(field)],
                "SigFlags" => SIGNATURE_FLAGS,
            });
            let catalog = update.new_document.get_dictionary_mut(root)?;
            catalog.set("AcroForm", form);
        }
    }
    Ok(())
}

/// Appends a reference to the list under `key` of an object, which may be an object of its own.
fn push(
    update: &mut IncrementalDocument,
    owner: ObjectId,
    key: &[u8],
    item: ObjectId,
) -> Result<(), PadesError> {
    update.opt_clone_object_to_new_document(owner)?;
    let dictionary = update.new_document.get_dictionary_mut(owner)?;
    match dictionary.get(key) {
        Ok(Object::Reference(list)) => {
            let list = *list;
            update.opt_clone_object_to_new_document(list)?;
            let list = update.new_document.get_object_mut(list)?.as_array_mut()?;
            list.push(Object::Reference(item));
        }
        Ok(Object::Array(list)) => {
            let mut list = list.clone();
            list.push(Object::Reference(item));
            dictionary.set(key, list);
        }
        _ => dictionary.set(key, vec![Object::Reference(item)]),
    }
    Ok(())
}

/// A name that no field of the document has.
fn field_name(document: &Document) -> String {
    let taken: Vec<&[u8]> = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok()?.get(b"T").ok()?.as_str().ok())
        .collect();
    let mut number = 1;
    loop {
        let name = format!("Signature{number}");
        if !taken.contains(&name.as_bytes()) {
            return name;
        }
        number += 1;
    }
}
