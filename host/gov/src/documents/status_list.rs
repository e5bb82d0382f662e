//! The states of signed copies, for whoever was shown one (Token Status List, sections 4, 5 and 7).
//!
//! A list says nothing of whose copies are in it. All copies of one document change together, however, so that whoever
//! watches a list can tell which places belong to one document once its state changes.

use std::collections::BTreeMap;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::document::{Acceptance, Standing};
use super::{Documents, Issuer, store};
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::random::Random;
use crate::sql;
use crate::statement::StatementKey;

/// The places of one list: 2^17, so that a list without compression has 32 KiB.
const PLACES: i64 = 1 << 17;
/// The share of a list, in places, that is given away before the next one begins: random places are found quickly.
const PLACES_USED_MAX: i64 = PLACES / 4 * 3;
/// How often a free place is looked for; with a quarter of them free, 64 misses happen once in 10^8.
const ATTEMPTS_MAX: usize = 64;
/// Bits of one state.
const BITS: u8 = 2;
/// How long verifiers may keep a list, in seconds (`ttl`).
pub(super) const KEEP_SECONDS: i64 = 300;
/// How long a list is good for verifiers who cannot ask again, in seconds (`exp`).
const GOOD_SECONDS: i64 = 24 * 60 * 60;
/// The type of the token (Token Status List, section 5.1).
const KIND: &str = "statuslist+jwt";

/// Where a copy's state can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) list: i64,
    pub(super) place: i64,
}

/// A state (Token Status List, section 7.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Status {
    Invalid = 1,
    Suspended = 2,
}

#[derive(Debug, thiserror::Error)]
pub enum ListError {
    #[error("the list cannot be compressed")]
    Compression(#[from] std::io::Error),
    #[error("the list has no JSON form")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Issuer {
    pub(super) fn list_address(&self, list: i64) -> String {
        format!("{}/documents/status/{list}", self.address)
    }
}

impl Documents {
    /// The signed list of this number; `None` if no copy has a place in it.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn status_list(&self, list: i64) -> Result<Option<String>, ListError> {
        let now = self.platform.clock.now();
        let mut reader = self.platform.db.reader().await?;
        let (there,): (i64,) = sql!("documents/list_exists", list).one(&mut reader).await?;
        if there == 0 || list < 1 {
            return Ok(None);
        }
        let rows: Vec<(i64, Standing, Acceptance)> = sql!("documents/list", list).all(&mut reader).await?;
        let places = rows
            .into_iter()
            .map(|(place, standing, acceptance)| {
                let status = match (standing, acceptance) {
                    (Standing::Suspended, Acceptance::Accepted) => Status::Suspended,
                    _ => Status::Invalid,
                };
                (place, status)
            })
            .collect();
        sign(&self.issuer.key, &self.issuer.list_address(list), &places, now).map(Some)
    }
}

/// Takes a free place at random, so that places do not tell in which order copies were made.
pub(super) async fn take_place(
    tx: &mut Conn,
    random: &Random,
    document: &str,
    ends: Timestamp,
) -> Result<Place, DbError> {
    let newest: Option<(i64, i64)> = sql!("documents/newest_list").optional(tx).await?;
    let list = match newest {
        Some((list, taken)) if taken >= PLACES_USED_MAX => list.saturating_add(1),
        Some((list, _)) => list,
        None => 1,
    };
    for _ in 0..ATTEMPTS_MAX {
        let mut bytes = [0; 4];
        random.fill(&mut bytes);
        let place = i64::from(u32::from_le_bytes(bytes)) % PLACES;
        let taken = sql!("documents/place_insert", list, place, document, ends)
            .run(tx)
            .await?;
        if taken == 1 {
            return Ok(Place { list, place });
        }
    }
    Err(store::vanished(document))
}

/// The token of a list (Token Status List, section 5.1).
fn sign(
    key: &StatementKey,
    address: &str,
    places: &BTreeMap<i64, Status>,
    now: Timestamp,
) -> Result<String, ListError> {
    let at = now.seconds();
    let payload = serde_json::json!({
        "sub": address,
        "iat": at,
        "exp": at.saturating_add(GOOD_SECONDS),
        "ttl": KEEP_SECONDS,
        "status_list": { "bits": BITS, "lst": compressed(places)? },
    });
    Ok(key.sign_payload(KIND, &payload)?)
}

/// Two bits a place, the first place in the lowest bits of the first byte; zlib; base64url (section 4.1).
fn compressed(places: &BTreeMap<i64, Status>) -> Result<String, std::io::Error> {
    let per_byte = i64::from(8 / BITS);
    let mut bytes = vec![0_u8; usize::try_from(PLACES / per_byte).unwrap_or_default()];
    for (place, status) in places {
        let byte = usize::try_from(place / per_byte)
            .ok()
            .and_then(|byte| bytes.get_mut(byte));
        if let Some(byte) = byte {
            let shift = u32::try_from(place % per_byte).unwrap_or_default() * u32::from(BITS);
            *byte |= (*status as u8) << shift;
        }
    }
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(&bytes)?;
    Ok(URL_SAFE_NO_PAD.encode(zlib.finish()?))
}
