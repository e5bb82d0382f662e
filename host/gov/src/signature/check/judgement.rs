//! From what a file says and what the authority says to a result (EN 319 102-1, sections 5.3 and 5.5).

use std::collections::HashMap;

use der::Encode as _;
use x509_cert::Certificate;

use super::path::{self, Validity};
use super::{Found, Indication, Stamp, SubIndication};
use crate::clock::Timestamp;
use crate::signature::key::{Hash, sha256};
use crate::signature::signing::Level;
use crate::signature::status::Standing;
use crate::signature_terms::Assurance;

/// Whether the signer's certificate held at the best time that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateStatus {
    Active,
    /// It was over, or had not begun.
    Expired,
    Suspended,
    Revoked,
    /// The authority gave no answer, or the certificate is not one of the trusted authority.
    Unknown,
}

/// What a check found about one signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureReport {
    pub indication: Indication,
    pub sub_indication: Option<SubIndication>,
    /// The signer as the certificate names them, where the value holds and the certificate leads to the root.
    pub name: Option<String>,
    /// The same condition: what the trusted authority certifies.
    pub assurance: Option<Assurance>,
    pub level: Level,
    pub claimed: Option<Timestamp>,
    pub proved: Option<Timestamp>,
    pub certificate_status: CertificateStatus,
    pub covers_all: bool,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The worst of the signatures'.
    pub indication: Indication,
    pub signatures: Vec<SignatureReport>,
    pub validated: Timestamp,
}

/// What the authority says of certificates, by the hash of each.
pub(in crate::signature) type Standings = HashMap<Hash, Standing>;

/// The certificates whose status matters, each with its issuer; the root has none.
pub(in crate::signature) fn asked(found: &[Found]) -> HashMap<Hash, [Certificate; 2]> {
    let chains = found.iter().flat_map(|one| {
        let stamps = one.stamps.iter().map(|stamp| &stamp.chain);
        stamps.chain(std::iter::once(&one.chain))
    });
    let pairs = chains.flat_map(|chain| chain.windows(2));
    pairs
        .filter_map(|pair| match pair {
            [one, issuer] => Some((hash(one)?, [one.clone(), issuer.clone()])),
            _ => None,
        })
        .collect()
}

fn hash(certificate: &Certificate) -> Option<Hash> {
    Some(sha256(&certificate.to_der().ok()?))
}

fn standing(standings: &Standings, certificate: &Certificate) -> Standing {
    let hash = hash(certificate);
    let found = hash.and_then(|hash| standings.get(&hash).copied());
    found.unwrap_or(Standing::Unknown)
}

pub(in crate::signature) fn report(found: &[Found], standings: &Standings, now: Timestamp) -> Report {
    let signatures: Vec<SignatureReport> = found.iter().map(|one| judged(one, standings, now)).collect();
    let worst = signatures.iter().map(|one| one.indication).max();
    Report {
        indication: worst.unwrap_or(Indication::Failed),
        signatures,
        validated: now,
    }
}

fn judged(found: &Found, standings: &Standings, now: Timestamp) -> SignatureReport {
    let proved = found
        .stamps
        .iter()
        .filter(|stamp| is_trusted(stamp, standings))
        .map(|stamp| stamp.at)
        .min();
    let sub_indication = found
        .wrong
        .or_else(|| doubt(&found.chain, standings, proved, now));
    let at = proved.unwrap_or(now);
    let own = found.chain.first().filter(|own| path::may_sign(own));
    SignatureReport {
        indication: sub_indication.map_or(Indication::Passed, SubIndication::indication),
        sub_indication,
        name: own.and_then(path::name),
        assurance: own.map(|_| Assurance::Advanced),
        level: match proved {
            Some(_) => Level::BT,
            None => Level::BB,
        },
        claimed: found.claimed,
        proved,
        certificate_status: certificate_status(own, standings, at),
        covers_all: found.covers_all,
    }
}

/// A stamp proves its time while the authority stands by the stamper and its issuers; one that does not proves nothing
/// (section 5.5.4, step 2).
fn is_trusted(stamp: &Stamp, standings: &Standings) -> bool {
    let mut with_issuer = stamp.chain.windows(2).filter_map(<[Certificate]>::first);
    with_issuer.all(|one| standing(standings, one) == Standing::Good)
}

/// What the time and the status of the certificates leave open.
fn doubt(
    chain: &[Certificate],
    standings: &Standings,
    proved: Option<Timestamp>,
    now: Timestamp,
) -> Option<SubIndication> {
    let own = chain.first()?;
    let at = proved.unwrap_or(now);
    // Section 5.5.4, step 3: what existed before its certificate was not signed with it.
    if proved.is_some() && path::validity(own, at) == Validity::NotYet {
        return Some(SubIndication::NotYetValid);
    }
    // Section 5.2.6.4: of the current time; a proved time takes its place (section 5.5.4).
    if chain.iter().any(|one| path::validity(one, at) != Validity::Now) {
        return Some(SubIndication::OutOfBoundsNoPoe);
    }
    let mut with_issuer = chain.windows(2).filter_map(<[Certificate]>::first);
    with_issuer.find_map(|one| match standing(standings, one) {
        Standing::Good => None,
        // Section 5.5.4, step 3: revoked later than the signature existed.
        Standing::Revoked(since) if proved.is_some_and(|proved| proved < since) => None,
        Standing::Revoked(_) if one == own => Some(SubIndication::RevokedNoPoe),
        Standing::Revoked(_) => Some(SubIndication::RevokedCaNoPoe),
        // Section 5.2.6.4: a suspension may be lifted.
        Standing::Suspended | Standing::Unknown => Some(SubIndication::TryLater),
    })
}

fn certificate_status(own: Option<&Certificate>, standings: &Standings, at: Timestamp) -> CertificateStatus {
    let Some(own) = own else {
        return CertificateStatus::Unknown;
    };
    if path::validity(own, at) != Validity::Now {
        return CertificateStatus::Expired;
    }
    match standing(standings, own) {
        Standing::Good => CertificateStatus::Active,
        Standing::Revoked(since) if at < since => CertificateStatus::Active,
        Standing::Revoked(_) => CertificateStatus::Revoked,
        Standing::Suspended => CertificateStatus::Suspended,
        Standing::Unknown => CertificateStatus::Unknown,
    }
}
