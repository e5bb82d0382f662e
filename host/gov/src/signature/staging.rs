//! Files that services hand over: `stage` of `wit/signature.wit`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::FutureExt as _;

use super::key::sha256;
use super::signing::File;
use super::{Signatures, pades, store};
use crate::audit::Entry;
use crate::clock::{DAY_MS, Timestamp};
use crate::db::{Conn, DbError};
use crate::error::{GovError, LimitKind};
use crate::grant::Capability;
use crate::invocation::Invocation;
use crate::shown::{ShownText, hidden_character};
use crate::sql;
use crate::usage::Window;

/// Bytes of one file.
pub const FILE_BYTES_MAX: usize = 2 << 20;
/// Characters of a file's name.
pub const NAME_CHARS_MAX: usize = 100;
/// Bytes of its type.
pub const TYPE_BYTES_MAX: usize = 100;
/// How long a file waits for a signing.
pub const STAGED_MS: i64 = DAY_MS;
/// Files of one service that wait, and their bytes together.
pub const STAGED_MAX: i64 = 1_000;
pub const STAGED_BYTES_MAX: i64 = 64 << 20;

const PDF: &str = "application/pdf";
const TEXT: &str = "text/plain";
const JSON: &str = "application/json";

/// A file to hand over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    pub name: String,
    pub media_type: String,
    pub content: Vec<u8>,
}

/// How many files of the service are kept, and their bytes.
async fn staged(tx: &mut Conn, asking: &Invocation, now: Timestamp) -> Result<(i64, i64), DbError> {
    let total = sql!("signature/staged_total", &asking.service.id, now);
    let (files, bytes) = total.one(tx).await?;
    let usage = &asking.usage;
    usage.count("staged-files", Window::Day, files, STAGED_MAX);
    usage.count("staged-bytes", Window::Day, bytes, STAGED_BYTES_MAX);
    Ok((files, bytes))
}

impl Signatures {
    /// Keeps a file for 24 hours. The same name, type and bytes have the same id.
    ///
    /// # Errors
    /// `invalid-request` (`file-too-large`, `media-type-unsupported`, `file-name-malformed`, `file-unfit`);
    /// `limit-exceeded` (`signatures`).
    pub async fn stage(&self, invocation: &Invocation, new: NewFile) -> Result<File, GovError> {
        let entry = Entry::of(invocation, Capability::Signature, "stage");
        self.platform
            .may_read(invocation, entry.clone(), |_, _, _| async { Ok(()) }.boxed())
            .await?;
        let at = self.platform.clock.now();
        // A file takes as long to check as its author wants; no transaction waits for that.
        let checked = tokio::task::spawn_blocking(move || check(&new, at).map(|()| new)).await;
        let checked = checked.unwrap_or_else(|_| Err(unfit("cannot be read".to_owned())));
        let (this, asking) = (self.clone(), invocation.clone());
        self.platform
            .act(invocation, entry, move |tx, entry, now| {
                async move {
                    let new = checked?;
                    let service = &asking.service.id;
                    let size = i64::try_from(new.content.len()).unwrap_or(i64::MAX);
                    let (files, bytes) = staged(tx, &asking, now).await?;
                    if files >= STAGED_MAX || bytes.saturating_add(size) > STAGED_BYTES_MAX {
                        return Err(GovError::LimitExceeded(LimitKind::Signatures));
                    }
                    let digest = digest(&new);
                    sql!(
                        "signature/stage",
                        this.platform.random.id(store::STAGED, now),
                        service,
                        &digest,
                        &new.name,
                        &new.media_type,
                        size,
                        hex::encode(sha256(&new.content)),
                        STANDARD.encode(&new.content),
                        now.plus_ms(STAGED_MS)
                    )
                    .run(tx)
                    .await?;
                    if asking.usage.is_kept() {
                        staged(tx, &asking, now).await?;
                    }
                    let file: File = sql!("signature/staged", service, &digest).one(tx).await?;
                    entry.object = Some(file.id.clone());
                    Ok(file)
                }
                .boxed()
            })
            .await
    }
}

fn digest(new: &NewFile) -> String {
    let content = hex::encode(sha256(&new.content));
    crate::idempotency::hash_fields(&[&new.name, &new.media_type, &content])
}

/// Of a type that people are shown: whether the file says no more than they see, and whether it can be signed. Of another
/// one, which is there to be checked, no more than its name and size.
fn check(new: &NewFile, at: Timestamp) -> Result<(), GovError> {
    if new.content.len() > FILE_BYTES_MAX {
        return Err(GovError::invalid(
            "file-too-large",
            format!("a file has at most {FILE_BYTES_MAX} bytes"),
        ));
    }
    check_name(&new.name)?;
    match new.media_type.as_str() {
        PDF => pades::Prepared::new(new.content.clone(), at)
            .map(drop)
            .map_err(|error| unfit(causes(&error))),
        TEXT => text(&new.content).map(drop),
        JSON => serde_json::from_str::<serde::de::IgnoredAny>(text(&new.content)?)
            .map(drop)
            .map_err(|error| unfit(format!("is not JSON (line {})", error.line()))),
        other => check_type(other),
    }
}

/// Whether people can be shown files of this type; others are there to be checked.
pub(super) fn is_shown(media_type: &str) -> bool {
    [PDF, TEXT, JSON].contains(&media_type)
}

/// A type without parameters (RFC 6838, section 4.2).
fn check_type(media_type: &str) -> Result<(), GovError> {
    let is_name = |name: &str| {
        let mut bytes = name.bytes();
        bytes.next().is_some_and(|first| first.is_ascii_alphanumeric())
            && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let both = media_type.split_once('/');
    let is_type = both.is_some_and(|(kind, subtype)| is_name(kind) && is_name(subtype));
    match is_type && media_type.len() <= TYPE_BYTES_MAX {
        true => Ok(()),
        false => Err(GovError::invalid(
            "media-type-unsupported",
            format!("a type is like {PDF}, without parameters, of at most {TYPE_BYTES_MAX} bytes"),
        )),
    }
}

/// What is wrong, and why.
fn causes(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        words.push_str(&format!(": {cause}"));
        next = cause.source();
    }
    words
}

fn check_name(name: &str) -> Result<(), GovError> {
    let malformed = |wrong: String| GovError::invalid("file-name-malformed", format!("the name {wrong}"));
    ShownText::parse(name, NAME_CHARS_MAX).map_err(|wrong| malformed(wrong.to_string()))?;
    let has_extension = name
        .rsplit_once('.')
        .is_some_and(|(stem, extension)| !stem.is_empty() && !extension.is_empty());
    match has_extension && !name.contains(['/', '\\', '"', ':']) {
        true => Ok(()),
        false => Err(malformed(
            "needs an extension, and has no `/`, `\\`, `\"` or `:`".to_owned(),
        )),
    }
}

/// UTF-8 that readers see as it is.
fn text(content: &[u8]) -> Result<&str, GovError> {
    let text = std::str::from_utf8(content).map_err(|_| unfit("is not UTF-8".to_owned()))?;
    let hidden = text.split(['\n', '\r', '\t']).find_map(hidden_character);
    match hidden {
        Some(hidden) => Err(unfit(format!(
            "holds the character U+{:04X}, which readers cannot see",
            u32::from(hidden)
        ))),
        None if text.trim().is_empty() => Err(unfit("is empty".to_owned())),
        None => Ok(text),
    }
}

fn unfit(wrong: String) -> GovError {
    GovError::invalid("file-unfit", format!("the file {wrong}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn code(name: &str, media_type: &str, content: &[u8]) -> Option<&'static str> {
        let new = NewFile {
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            content: content.to_vec(),
        };
        check(&new, Timestamp(0)).err().map(|error| error.code())
    }

    #[test]
    fn text_is_what_readers_see() {
        assert_eq!(code("a.txt", TEXT, "Razıyam.\n\tƏli\r\n".as_bytes()), None);
        for hidden in ["a\u{202e}b", "a\u{200b}", "\0", "", " \n", "\u{feff}a"] {
            assert_eq!(
                code("a.txt", TEXT, hidden.as_bytes()),
                Some("file-unfit"),
                "{hidden:?}"
            );
        }
        assert_eq!(code("a.txt", TEXT, &[0xff]), Some("file-unfit"));
        assert_eq!(code("a.json", JSON, b"{\"a\": 1}"), None);
        assert_eq!(code("a.json", JSON, b"{\"a\": 1"), Some("file-unfit"));
    }

    #[test]
    fn media_type_for_verify_alone_is_kept_as_it_is() {
        for kept in ["image/png", "application/jose+json", "application/octet-stream"] {
            assert_eq!(code("a.bin", kept, &[0xff]), None, "{kept}");
            assert!(!is_shown(kept));
        }
        let long = format!("a/{}", "b".repeat(TYPE_BYTES_MAX));
        for wrong in [
            "",
            "png",
            "image/",
            "/png",
            "a/b/c",
            "text/plain; charset=utf-8",
            "a/b\r\n",
            &long,
        ] {
            assert_eq!(
                code("a.bin", wrong, b"a"),
                Some("media-type-unsupported"),
                "{wrong}"
            );
        }
    }

    #[test]
    fn name_has_an_extension_and_no_folder() {
        for name in ["", "a", ".txt", "a.", "b/a.txt", "a\".txt", "a\u{202e}.txt"] {
            assert_eq!(code(name, TEXT, b"a"), Some("file-name-malformed"), "{name}");
        }
        assert_eq!(
            code(&format!("{}.txt", "a".repeat(97)), TEXT, b"a"),
            Some("file-name-malformed")
        );
        assert_eq!(code("Müqavilə 1.txt", TEXT, b"a"), None);
        assert_eq!(
            code("a.txt", TEXT, &vec![b'a'; FILE_BYTES_MAX + 1]),
            Some("file-too-large")
        );
    }
}
