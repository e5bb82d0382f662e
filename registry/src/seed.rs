//! The accounts that exist from the start, and the well-known credentials.

use crate::domain::staff::StaffRole;
use crate::staff_login::NewStaff;

/// The accounts that exist from the start.
#[derive(Clone, Debug, Default)]
pub struct Seed {
    pub staff: Vec<NewStaff>,
    /// The code for those without a second factor. `None` unless the platform is a development sandbox:
    /// elsewhere nobody can log in without a second factor.
    pub code: Option<String>,
}

/// The password of every log-in of [`Seed::development`].
pub const DEVELOPMENT_PASSWORD: &str = "sandbox-2026";
/// The code of every log-in of [`Seed::development`] without a second factor, the same as that of the simulated
/// citizens.
pub const DEVELOPMENT_CODE: &str = aim_gov::identity::personas::ONE_TIME_CODE;

impl Seed {
    /// Two officers and a director with a well-known password: for a sandbox on a developer's machine, never
    /// for production.
    pub fn development() -> Self {
        let person = |email: &str, name: &str, role| NewStaff {
            email: email.to_owned(),
            name: name.to_owned(),
            role,
            password: DEVELOPMENT_PASSWORD.into(),
        };
        Self {
            code: Some(DEVELOPMENT_CODE.to_owned()),
            staff: vec![
                person("aysel@aim.example", "Aysel Quliyeva", StaffRole::Officer),
                person("rashad@aim.example", "Rəşad Əliyev", StaffRole::Officer),
                person("nigar@aim.example", "Nigar Həsənova", StaffRole::Director),
            ],
        }
    }
}
