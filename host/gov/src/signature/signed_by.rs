//! Who signed a file of JSON signatures (JAdES), and what: for an agency that trusts the authority of this platform and
//! takes a signature at the time that it claims; the status of certificates is not asked for.

use der::Decode as _;
use x509_cert::Certificate;

use super::check::jades;
use super::key::Hash;

/// A good signature.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SignedBy {
    /// The FIN in the signer's certificate.
    pub(crate) fin: String,
    /// SHA-256 of each file that is signed.
    pub(crate) hashes: Vec<Hash>,
}

/// Without the person.
impl std::fmt::Debug for SignedBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedBy").finish_non_exhaustive()
    }
}

/// The signers of a file, each of whose signatures is good under `root`, a certificate in DER; `None` where one is not, or
/// where it is no such file.
pub(crate) fn signed_by(file: &[u8], root: &[u8]) -> Option<Vec<SignedBy>> {
    let root = Certificate::from_der(root).ok()?;
    let found = jades::read(file, &root).ok()?;
    let signers = found.into_iter().map(|one| {
        Some(SignedBy {
            fin: one.fin()?,
            hashes: one.covered.iter().map(|file| file.sha256).collect(),
        })
    });
    signers.collect()
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::super::key::sha256;
    use super::super::tests::{signed_text, signed_text_seeded};
    use super::*;

    #[tokio::test]
    async fn good_signature_names_its_signer_and_the_hash_of_the_file() {
        let (file, root) = signed_text("hello").await;
        let found = signed_by(&file, &root).unwrap();
        let [signer] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(signer.fin, "OTEST01");
        assert_eq!(signer.hashes, [sha256(b"hello")]);
    }

    /// The file with its only signature changed.
    fn changed(file: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        let mut json: serde_json::Value = serde_json::from_slice(file).unwrap();
        change(&mut json);
        serde_json::to_vec(&json).unwrap()
    }

    /// The same with another header of the signature.
    fn with_header(file: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        changed(file, |json| {
            let protected = json["signatures"][0]["protected"].as_str().unwrap();
            let header = URL_SAFE_NO_PAD.decode(protected).unwrap();
            let mut header: serde_json::Value = serde_json::from_slice(&header).unwrap();
            change(&mut header);
            let header = serde_json::to_vec(&header).unwrap();
            json["signatures"][0]["protected"] = URL_SAFE_NO_PAD.encode(header).into();
        })
    }

    #[tokio::test]
    async fn signature_that_is_not_good_names_nobody() {
        let (file, root) = signed_text("hello").await;
        let (_, foreign) = signed_text_seeded("hello", 8).await;
        assert_ne!(root, foreign);
        assert_eq!(signed_by(&file, &foreign), None);
        for bad in [
            b"hello".to_vec(),
            changed(&file, |json| json["signatures"] = serde_json::json!([])),
            changed(&file, |json| json["payload"] = "aGVsbG8".into()),
            changed(&file, |json| {
                json["signatures"][0]["signature"] = URL_SAFE_NO_PAD.encode([1; 64]).into();
            }),
            with_header(&file, |header| {
                header["sigD"]["hashV"][0] = URL_SAFE_NO_PAD.encode([1; 32]).into()
            }),
            with_header(&file, |header| header["iat"] = 0.into()),
        ] {
            assert_eq!(signed_by(&bad, &root), None);
        }
    }
}
