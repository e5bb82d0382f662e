//! What the simulated agencies do with what is sent in to them: one file and one line in [`COUNTERS`] for each operation.
//! They keep what they took in, so that a message which comes again is answered as the first time.

mod child_benefit;
mod child_name;
mod marry;
mod place_application;

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::civil_status::CivilStatus;
use crate::clock::Timestamp;
use crate::db::{Conn, DbError};
use crate::identity::local_date;
use crate::random::Random;

/// Digits of a number of an agency.
const NUMBER_DIGITS: usize = 8;

/// The counters of the agencies.
const COUNTERS: &[&dyn Counter] = &[
    &place_application::PlaceApplication,
    &child_name::ChildName,
    &child_benefit::ChildBenefit,
    &marry::Marry,
];

/// The counter of an agency that takes one operation in.
#[async_trait::async_trait]
pub(super) trait Counter: Sync {
    /// The operation of `data/exchange.toml`.
    fn code(&self) -> &'static str;

    /// What the agency's own numbers begin with.
    fn prefix(&self) -> &'static str;

    /// Takes something in. Changes of simulated registers go through `desk.tx`; they last if the answer does.
    ///
    /// # Errors
    /// [`DbError`]: the agency is then out of order.
    async fn receive(&self, desk: &mut Desk<'_>, sent: &Sent) -> Result<Received, DbError>;

    /// What the agency says, beside its number, of a case that it decides at `decides`.
    fn interim(&self, _decides: Timestamp, _now: Timestamp) -> Map<String, Value> {
        Map::new()
    }

    /// Decides what was taken in for later, on the day or after it; as [`Counter::receive`].
    ///
    /// # Errors
    /// As there.
    async fn decide(&self, desk: &mut Desk<'_>, sent: &Sent) -> Result<Decision, DbError>;
}

/// What a counter has at hand.
pub(super) struct Desk<'a> {
    /// A transaction of the agency's own, apart from the platform's.
    pub(super) tx: &'a mut Conn,
    pub(super) now: Timestamp,
    pub(super) random: &'a Random,
    /// The agency's number of this case.
    pub(super) reference: String,
    /// What agencies know of each other.
    pub(super) state: &'a State,
}

/// What the simulated agencies share.
#[derive(Debug)]
pub(in crate::exchange) struct State {
    pub(super) office: CivilStatus,
    /// The root of the authority that certifies signatures, in DER.
    pub(super) root: Vec<u8>,
}

impl State {
    pub(in crate::exchange) fn new(office: CivilStatus, root: Vec<u8>) -> Self {
        Self { office, root }
    }
}

impl<'a> Desk<'a> {
    /// The counter with a new case, whose number begins with `prefix`.
    pub(super) fn with_new_case(
        tx: &'a mut Conn,
        now: Timestamp,
        random: &'a Random,
        state: &'a State,
        prefix: &str,
    ) -> Self {
        let mut desk = Self {
            tx,
            now,
            random,
            reference: String::new(),
            state,
        };
        desk.reference = desk.number(prefix);
        desk
    }

    /// A new number of the agency, such as that of a document: `prefix` and digits.
    pub(super) fn number(&self, prefix: &str) -> String {
        let mut drawn = [0; NUMBER_DIGITS];
        self.random.fill(&mut drawn);
        let digits = drawn.iter().map(|byte| char::from(b'0' + byte % 10));
        format!("{prefix}-{}", digits.collect::<String>())
    }

    /// The day in Baku.
    pub(super) fn today(&self) -> Date {
        local_date(self.now)
    }
}

/// What was sent in.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Sent {
    pub(super) fin: String,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) content_type: String,
    #[serde(with = "base64_bytes")]
    pub(super) content: Vec<u8>,
}

impl Sent {
    /// What a JSON body says; `None` where it is not of this form.
    pub(super) fn json<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.content).ok()
    }
}

/// What a counter says at once.
pub(super) enum Received {
    /// It is done. The object's members are part of the answer, beside `reference`.
    Done(Value),
    /// It is decided at this time or later.
    Later(Timestamp),
    Refused(Refusal),
}

/// What a counter says later.
pub(super) enum Decision {
    /// As [`Received::Done`].
    Done(Value),
    Refused(Refusal),
}

/// Why an agency refuses.
pub(super) struct Refusal {
    /// Kebab-case.
    pub(super) code: &'static str,
    pub(super) az: &'static str,
    pub(super) en: &'static str,
}

pub(super) fn counter(code: &str) -> Option<&'static dyn Counter> {
    COUNTERS.iter().find(|counter| counter.code() == code).copied()
}

/// How bytes are kept in JSON.
mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    pub fn serialize<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = <String as serde::Deserialize>::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(serde::de::Error::custom)
    }
}
