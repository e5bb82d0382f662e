//! Faults of a manifest.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field's path in the file, as in `purpose[0].valid-days`; empty for the whole file.
    pub field: String,
    /// Stable, kebab-case: the rule that was broken.
    pub code: &'static str,
    /// What is wrong and what is allowed, for the developer.
    pub message: String,
}

/// All faults of a manifest. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct ManifestErrors(pub Vec<FieldError>);

impl ManifestErrors {
    pub(super) fn one(field: &str, code: &'static str, message: String) -> Self {
        Self(vec![FieldError {
            field: field.to_owned(),
            code,
            message,
        }])
    }
}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            if error.field.is_empty() {
                write!(f, "{}", error.message)?;
            } else {
                write!(f, "`{}`: {}", error.field, error.message)?;
            }
        }
        Ok(())
    }
}
