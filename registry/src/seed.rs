//! Who shall be there from the start, and the credentials that everybody knows.

use crate::domain::staff::StaffRole;
use crate::staff_login::NewStaff;

/// Who shall be there from the start.
#[derive(Clone, Debug, Default)]
pub struct Seed {
    pub staff: Vec<NewStaff>,
    /// The code that lets in whoever of them has not set up a second factor. `None` wherever the platform is
    /// not a development sandbox: nobody is let in without a second factor there.
    pub code: Option<String>,
}

/// The password of every log-in of [`Seed::development`].
pub const DEVELOPMENT_PASSWORD: &str = "sandbox-2026";
/// The code of every log-in of [`Seed::development`] that has not set up a second factor, the same as that of
/// the made-up citizens.
pub const DEVELOPMENT_CODE: &str = aim_gov::identity::personas::ONE_TIME_CODE;

impl Seed {
    /// Two officers and a director with a password that everybody knows: for a sandbox on one's own
    /// machine, never for service.
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
