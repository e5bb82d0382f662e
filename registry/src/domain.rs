//! The domain of the registry: its types and rules. No I/O, no clock, no SQL, no language.

pub mod change;
pub mod fixture;
pub mod organisation;
pub mod proposal;
pub mod public_reason;
pub mod report;
pub mod site;
pub mod space;
pub mod staff;
pub mod staff_event;
pub mod submission;
pub mod suspension;
pub mod token;
pub mod waiting;

/// Defines a newtype for one kind of identifier.
macro_rules! identifier {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// An organisation: `org_…`.
    OrganisationId
}
identifier! {
    /// An application for a web site: `sap_…`.
    ApplicationId
}
identifier! {
    /// A submission: `sub_…`.
    SubmissionId
}
identifier! {
    /// A member of AIM's staff: `stf_…`.
    StaffId
}
identifier! {
    /// A proposal about the staff: `prp_…`.
    ProposalId
}
identifier! {
    /// An API token, not its secret: `tok_…`.
    TokenId
}
