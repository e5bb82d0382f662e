//! The platform's certificate. It is read again on the operator's request; until a new pair of files is
//! complete and matches, the old one stays in use.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use secrecy::ExposeSecret as _;
use tokio_rustls::TlsAcceptor;

use crate::secret_file::{self, SecretFileError};

/// The protocol of the accept loop (RFC 7301).
const ALPN: &[u8] = b"http/1.1";

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate's file cannot be read.
    #[error("the file `{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The key cannot be read, or is accessible to others.
    #[error(transparent)]
    Key(#[from] SecretFileError),
    /// The file has no usable content.
    #[error("the file `{}` holds no {what} in PEM form", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// The expected content.
        what: &'static str,
    },
    /// Certificate and key do not match, or are of an unsupported kind.
    #[error("certificate and key cannot be used together")]
    Pair(#[source] rustls::Error),
}

/// A certificate and its files. Clones share it.
#[derive(Clone, Debug)]
pub struct Tls {
    certificate_file: PathBuf,
    key_file: PathBuf,
    current: Arc<Current>,
}

impl Tls {
    /// Reads chain and key, both PEM; the server's own certificate comes first.
    pub fn open(certificate_file: PathBuf, key_file: PathBuf) -> Result<Self, TlsError> {
        let current = RwLock::new(Arc::new(read(&certificate_file, &key_file)?));
        Ok(Self {
            certificate_file,
            key_file,
            current: Arc::new(Current(current)),
        })
    }

    /// Reads the files again. New connections use their content, unless there is an error.
    pub fn reload(&self) -> Result<(), TlsError> {
        let new = Arc::new(read(&self.certificate_file, &self.key_file)?);
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .map_err(TlsError::Pair)?
            .with_no_client_auth()
            .with_cert_resolver(self.current.clone());
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Arc::new(config).into())
    }
}

#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn read(certificate_file: &Path, key_file: &Path) -> Result<CertifiedKey, TlsError> {
    let certificates = std::fs::read(certificate_file).map_err(|source| TlsError::Unreadable {
        path: certificate_file.to_owned(),
        source,
    })?;
    let chain: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&certificates).collect();
    let chain = chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| TlsError::Pem {
            path: certificate_file.to_owned(),
            what: "certificate",
        })?;
    let key = secret_file::read(key_file)?;
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes()).map_err(|_| TlsError::Pem {
        path: key_file.to_owned(),
        what: "private key",
    })?;
    CertifiedKey::from_der(chain, key, &default_provider()).map_err(TlsError::Pair)
}
