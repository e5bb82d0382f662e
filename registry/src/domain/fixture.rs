//! A fixture: what a test space holds when a test begins, as a file that is kept with the service's code.

use aim_gov::persona_state::PersonaState;
use aim_runtime::faults::FaultPlan;

/// The most states of people in one fixture.
pub const STATES_MAX: usize = 100;

/// What a test space holds when a test begins. It is applied to an empty space in the order of its fields.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    serde::Serialize,
    serde::Deserialize,
    utoipa::ToSchema
)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fixture {
    /// The states into which people are brought, one after the other; at most 100.
    #[schema(max_items = 100)]
    pub people: Vec<PersonaState>,
    /// How far the clock goes forward then, in milliseconds; at most 366 days.
    #[schema(minimum = 0, maximum = 31_622_400_000_i64)]
    pub advance_ms: i64,
    /// Whether the clock stands still then.
    pub frozen: bool,
    /// What goes wrong from then on.
    pub faults: FaultPlan,
}
