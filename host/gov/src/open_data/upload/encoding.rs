//! The encoding of a file.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{KOI8_R, KOI8_U, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1254};

use super::FileFault;

/// The encodings of files that spreadsheets write here. No encoding of one byte has `ə`, so that files with Azerbaijani
/// text are in one of the first three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[derive(strum::IntoStaticStr, strum::EnumString, strum::VariantArray)]
pub enum Encoding {
    #[serde(rename = "utf-8")]
    #[strum(serialize = "utf-8")]
    Utf8,
    #[serde(rename = "utf-16le")]
    #[strum(serialize = "utf-16le")]
    Utf16Le,
    #[serde(rename = "utf-16be")]
    #[strum(serialize = "utf-16be")]
    Utf16Be,
    /// Cyrillic.
    #[serde(rename = "windows-1251")]
    #[strum(serialize = "windows-1251")]
    Windows1251,
    /// Turkish.
    #[serde(rename = "windows-1254")]
    #[strum(serialize = "windows-1254")]
    Windows1254,
}

crate::coded!(Encoding);

impl Encoding {
    /// The encoding by the byte-order mark, or else UTF-8 if the file is that, or else the likelier of the two with one
    /// byte a letter.
    pub(super) fn guess(file: &[u8]) -> Self {
        match encoding_rs::Encoding::for_bom(file) {
            Some((encoding, _)) if encoding == UTF_16LE => return Self::Utf16Le,
            Some((encoding, _)) if encoding == UTF_16BE => return Self::Utf16Be,
            Some(_) => return Self::Utf8,
            None => {}
        }
        if std::str::from_utf8(file).is_ok() {
            return Self::Utf8;
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(file, true);
        let guess = detector.guess(Some(b"az"), Utf8Detection::Deny);
        if [WINDOWS_1251, KOI8_R, KOI8_U].contains(&guess) {
            Self::Windows1251
        } else {
            Self::Windows1254
        }
    }

    fn of(self) -> &'static encoding_rs::Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1251 => WINDOWS_1251,
            Self::Windows1254 => WINDOWS_1254,
        }
    }

    /// The text of a file, without its byte-order mark.
    ///
    /// # Errors
    /// [`FileFault::Encoding`], [`FileFault::Markup`].
    pub(super) fn decode(self, file: &[u8]) -> Result<Cow<'_, str>, FileFault> {
        let encoding = self.of();
        let file = match encoding_rs::Encoding::for_bom(file) {
            Some((marked, length)) if marked == encoding => file.get(length..).unwrap_or_default(),
            _ => file,
        };
        let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(file) else {
            let (text, _) = encoding.decode_without_bom_handling(file);
            let place = text.find(char::REPLACEMENT_CHARACTER).unwrap_or_default();
            let line = line_at(&text, place);
            return Err(FileFault::Encoding { line });
        };
        let begin = text.trim_start();
        if begin.starts_with('<') {
            let line = line_at(&text, text.len() - begin.len());
            return Err(FileFault::Markup { line });
        }
        Ok(text)
    }
}

/// The line of the byte at `place`, counted from 1.
pub(super) fn line_at(text: &str, place: usize) -> u64 {
    let before = text.bytes().take(place).filter(|byte| *byte == b'\n').count();
    u64::try_from(before).unwrap_or(u64::MAX).saturating_add(1)
}
