//! `[events]`: the events that the service receives.

use aim_gov::event_type::{EventType, Subscriptions};

use super::fields::Fields;
use super::one_of;

pub(super) fn read(fields: &mut Fields<'_>) -> Subscriptions {
    let mut found = Subscriptions::default();
    let Some(mut inner) = fields.section("events") else {
        return found;
    };
    let items = inner.text_list("subscribes", EventType::ALL.len());
    for (index, code) in items.into_iter().enumerate() {
        let field = format!("subscribes[{index}]");
        match code.parse::<EventType>() {
            Ok(event) if !found.types.insert(event) => {
                inner.error(&field, "duplicate", format!("`{code}` is listed twice"));
            }
            Ok(_) => {}
            Err(_) => inner.error(
                &field,
                "unknown-event",
                format!(
                    "`{code}` is not a type of events; choose among {}",
                    one_of(EventType::ALL.iter().map(|event| event.code()))
                ),
            ),
        }
    }
    inner.finish();
    found
}
