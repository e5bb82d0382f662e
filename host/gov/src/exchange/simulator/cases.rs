//! The cases of the simulated agencies: what was taken in, and what was said about it.

use serde_json::{Map, Value, json};

use super::counters::{self, Decision, Desk, Received, Refusal, Sent};
use super::{Simulator, SimulatorError};
use crate::clock::Timestamp;
use crate::exchange::kept;
use crate::exchange::message::Request;
use crate::platform::Platform;
use crate::registry_operation::Operation;
use crate::{row, sql};

const TABLE: &str = "sim_agency_case";

/// An answer of an agency: its status of HTTP, and its body.
pub(super) type Said = (u16, Value);

/// A case as it is stored.
struct Case {
    message_id: String,
    reference: Option<String>,
    sent: String,
    decides: Option<Timestamp>,
    status: u16,
    answer: String,
}

row!(Case, "sim_agency_case", "message_id", row => Self {
    message_id: row.get("message_id")?,
    reference: row.get("reference")?,
    sent: row.get("sent")?,
    decides: row.get("decides_ms")?,
    status: {
        let status: i64 = row.get("status")?;
        row.check(u16::try_from(status))?
    },
    answer: row.get("answer")?,
});

/// What an agency is asked about a case.
#[derive(serde::Deserialize)]
struct About {
    reference: String,
}

impl Case {
    fn said(&self, platform: &Platform) -> Result<Said, SimulatorError> {
        let answer = kept::open(platform, TABLE, &of_answer(&self.message_id), &self.answer)?;
        Ok((self.status, serde_json::from_str(&answer)?))
    }

    fn sent(&self, platform: &Platform) -> Result<Sent, SimulatorError> {
        let sent = kept::open(platform, TABLE, &self.message_id, &self.sent)?;
        Ok(serde_json::from_str(&sent)?)
    }
}

fn of_answer(message_id: &str) -> String {
    format!("{message_id}/answer")
}

impl Simulator {
    /// Takes in what a message brings, once: the same message gets the first answer.
    pub(super) async fn take_in(
        &self,
        operation: &Operation,
        request: &Request,
    ) -> Result<Said, SimulatorError> {
        let Some(counter) = counters::counter(&operation.code) else {
            return Ok((404, json!({ "error": "the agency does not know this service" })));
        };
        let Ok(sent) = serde_json::from_slice::<Sent>(&request.body) else {
            return Ok((400, json!({ "error": "the body is not a submission" })));
        };
        let platform = &self.platform;
        let mut tx = platform.db.begin_if_room().await?;
        if let Some(case) = case(&mut tx, &request.message_id).await? {
            return case.said(platform);
        }
        let now = platform.clock.now();
        let mut desk = Desk::with_new_case(&mut tx, now, &platform.random, &self.state, counter.prefix());
        let received = counter.receive(&mut desk, &sent).await?;
        let reference = desk.reference;
        let ((status, answer), decides, reference) = match received {
            Received::Done(answer) => (done(&reference, answer), None, Some(reference)),
            Received::Later(decides) => {
                let interim = counter.interim(decides, now);
                (later(&reference, interim), Some(decides), Some(reference))
            }
            Received::Refused(refusal) => (refused(None, &refusal), None, None),
        };
        let id = &request.message_id;
        let inserted = sql!(
            "exchange/sim_case_insert",
            id,
            &operation.code,
            reference,
            kept::seal(platform, id, &serde_json::to_string(&sent)?)?,
            decides,
            i64::from(status),
            kept::seal(platform, &of_answer(id), &answer.to_string())?
        )
        .run(&mut tx)
        .await?;
        if inserted == 0 {
            // Another one brought the same message meanwhile. What was changed here is undone.
            drop(tx);
            let mut reader = platform.db.reader().await?;
            let first = case(&mut reader, id).await?;
            return first.ok_or(SimulatorError::Vanished)?.said(platform);
        }
        tx.commit().await?;
        Ok((status, answer))
    }

    /// How a case stands. What is due is decided now.
    pub(super) async fn status(
        &self,
        operation: &Operation,
        request: &Request,
    ) -> Result<Said, SimulatorError> {
        let Ok(About { reference }) = serde_json::from_slice::<About>(&request.body) else {
            return Ok((400, json!({ "error": "the body names no case" })));
        };
        let platform = &self.platform;
        let mut tx = platform.db.begin_if_room().await?;
        let found: Option<Case> = sql!("exchange/sim_case_by_reference", &operation.code, &reference)
            .optional(&mut tx)
            .await?;
        let (Some(case), Some(counter)) = (found, counters::counter(&operation.code)) else {
            return Ok((404, json!({ "error": "the agency does not know this case" })));
        };
        let now = platform.clock.now();
        match case.decides {
            None => return case.said(platform),
            Some(decides) if now < decides => {
                return Ok(later(&reference, counter.interim(decides, now)));
            }
            Some(_) => {}
        }
        let sent = case.sent(platform)?;
        let mut desk = Desk {
            tx: &mut tx,
            now,
            random: &platform.random,
            reference: reference.clone(),
            state: &self.state,
        };
        let (status, answer) = match counter.decide(&mut desk, &sent).await? {
            Decision::Done(answer) => done(&reference, answer),
            Decision::Refused(refusal) => refused(case.reference.as_deref(), &refusal),
        };
        let id = &case.message_id;
        let kept = kept::seal(platform, &of_answer(id), &answer.to_string())?;
        let decided = sql!("exchange/sim_case_decide", id, i64::from(status), kept)
            .run(&mut tx)
            .await?;
        if decided == 1 {
            tx.commit().await?;
            return Ok((status, answer));
        }
        // Somebody else asked meanwhile, and it was decided then.
        drop(tx);
        let mut reader = platform.db.reader().await?;
        let decided = self::case(&mut reader, id).await?;
        decided.ok_or(SimulatorError::Vanished)?.said(platform)
    }
}

async fn case(conn: &mut crate::db::Conn, message_id: &str) -> Result<Option<Case>, crate::db::DbError> {
    sql!("exchange/sim_case", message_id).optional(conn).await
}

fn later(reference: &str, interim: Map<String, Value>) -> Said {
    let mut members = interim;
    members.insert("reference".to_owned(), json!(reference));
    members.insert("status".to_owned(), json!("under-review"));
    (202, Value::Object(members))
}

fn done(reference: &str, answer: Value) -> Said {
    let mut members = match answer {
        Value::Object(members) => members,
        other => Map::from_iter([("answer".to_owned(), other)]),
    };
    members.insert("reference".to_owned(), json!(reference));
    (200, Value::Object(members))
}

fn refused(reference: Option<&str>, refusal: &Refusal) -> Said {
    let mut answer = json!({
        "error": refusal.code,
        "title": { "az": refusal.az, "en": refusal.en },
    });
    if let (Some(reference), Value::Object(members)) = (reference, &mut answer) {
        members.insert("reference".to_owned(), json!(reference));
    }
    (422, answer)
}
