//! Does with each event what the name of its reminder says. `/set/<name>` sets a reminder that is due at once.

use aim_sdk::life_events::{Delivery, NewTimer, Outcome};
use aim_sdk::prelude::*;

#[aim_sdk::service]
fn listener(request: Request) -> Result<Response, Error> {
    if let Some(name) = request.path().strip_prefix("/set/") {
        let key = aim_sdk::payments::key(&["set", name, request.id()]);
        life_events::set_timer(&key, &NewTimer::new(name, aim_sdk::clock::now_ms()))?;
    }
    Ok(Response::html("listening"))
}

#[aim_sdk::event_handler]
fn on_event(delivery: Delivery) -> Outcome {
    match delivery.event.timer_name() {
        Some("retry") => Outcome::Retry(Some(delivery.attempt)),
        Some("reject") => Outcome::Reject("not-wanted".to_owned()),
        #[allow(clippy::panic, reason = "it is asked to")]
        Some("trap") => panic!("asked to"),
        #[allow(clippy::empty_loop, reason = "it is asked to")]
        Some("loop") => loop {},
        Some("memory") => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![1; 1 << 20]);
            }
        }
        // Says with what code the platform refuses to name a citizen.
        Some("session") => match identity::current() {
            Ok(_) => Outcome::Done,
            Err(refusal) => Outcome::Reject(refusal.code().to_owned()),
        },
        // Says what it was told.
        Some("tell") => Outcome::Reject(format!(
            "attempt-{}-final-{}-subject-{}",
            delivery.attempt,
            delivery.final_attempt,
            delivery.event.subject.is_some()
        )),
        _ => Outcome::Done,
    }
}
