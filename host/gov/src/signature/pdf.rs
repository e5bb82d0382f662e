//! PDF files that may be signed: what people are shown must be all that there is, and the same everywhere
//! (ISO 32000-2; the attacks on signed files that Mladenov et al. describe, CCS 2019 and NDSS 2021).

use lopdf::{Dictionary, Document, LoadOptions, Object, dictionary};

/// Bytes that one compressed part of a file may unfold to.
const UNFOLDED_MAX: usize = 16 << 20;
/// Keys of dictionaries that run scripts, carry other files, show forms of another language, or let parts of a page be
/// switched off.
const KEYS: [&[u8]; 10] = [
    b"JS",
    b"JavaScript",
    b"XFA",
    b"EmbeddedFiles",
    b"EF",
    b"AA",
    b"RichMedia",
    b"OCProperties",
    b"Ref",
    b"Perms",
];
/// Actions that run something, send something away or bring something in (ISO 32000-2, section 12.6.4).
const ACTIONS: [&[u8]; 13] = [
    b"JavaScript",
    b"Launch",
    b"SubmitForm",
    b"ImportData",
    b"ResetForm",
    b"GoToR",
    b"GoToE",
    b"Rendition",
    b"Movie",
    b"Sound",
    b"RichMediaExecute",
    b"Hide",
    b"SetOCGState",
];

/// Why a file cannot be signed, for a developer.
#[derive(Debug, thiserror::Error)]
pub enum NotFit {
    #[error("is not a PDF that the platform can read: {0}")]
    Unreadable(#[from] lopdf::Error),
    #[error("is encrypted")]
    Encrypted,
    #[error("has no page")]
    Empty,
    #[error("has `/{0}`, which would show or do something that is not on its pages")]
    Active(String),
    #[error("refers to content outside of itself")]
    External,
}

/// A page could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the page cannot be written")]
pub struct BlankError(#[from] std::io::Error);

/// A file with one empty page (A4).
///
/// # Errors
/// [`BlankError`].
pub fn blank() -> Result<Vec<u8>, BlankError> {
    let mut document = Document::with_version("1.7");
    let pages = document.new_object_id();
    let page = document.add_object(dictionary! {
        "Type" => "Page",
        "Parent" => pages,
        "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
    });
    let kids = vec![Object::Reference(page)];
    document.set_object(
        pages,
        dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => 1 },
    );
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => pages });
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes)?;
    Ok(bytes)
}

/// The parsed file, if it can be read by everybody in the same way.
pub(super) fn readable(bytes: &[u8]) -> Result<Document, NotFit> {
    let options = LoadOptions {
        strict: true,
        max_decompressed_size: Some(UNFOLDED_MAX),
        ..LoadOptions::default()
    };
    let document = Document::load_mem_with_options(bytes, options)?;
    if document.is_encrypted() || document.was_encrypted() {
        return Err(NotFit::Encrypted);
    }
    document.catalog()?;
    Ok(document)
}

/// The parsed file, if it may be signed.
pub(super) fn fit(bytes: &[u8]) -> Result<Document, NotFit> {
    let document = readable(bytes)?;
    if document.page_iter().next().is_none() {
        return Err(NotFit::Empty);
    }
    let mut left: Vec<&Object> = document.objects.values().collect();
    while let Some(object) = left.pop() {
        match object {
            Object::Array(items) => left.extend(items),
            Object::Dictionary(dictionary) => {
                check(dictionary)?;
                left.extend(dictionary.iter().map(|(_, value)| value));
            }
            Object::Stream(stream) => {
                // The content of a stream in another file (section 7.3.8.2).
                if stream.dict.has(b"F") {
                    return Err(NotFit::External);
                }
                check(&stream.dict)?;
                left.extend(stream.dict.iter().map(|(_, value)| value));
            }
            _ => {}
        }
    }
    Ok(document)
}

fn check(dictionary: &Dictionary) -> Result<(), NotFit> {
    let named = |name: &[u8]| NotFit::Active(String::from_utf8_lossy(name).into_owned());
    if let Some(key) = KEYS.iter().find(|key| dictionary.has(key)) {
        return Err(named(key));
    }
    match dictionary.get(b"S").and_then(Object::as_name) {
        Ok(action) if ACTIONS.contains(&action) => Err(named(action)),
        _ => Ok(()),
    }
}
