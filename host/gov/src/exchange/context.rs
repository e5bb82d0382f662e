//! What a service says about a call: the operation, whom it is about, and why.

use std::collections::BTreeMap;

use crate::error::GovError;
use crate::registry_operation::Operation;
use crate::shown::ShownText;

/// Characters of a parameter's value.
pub const VALUE_CHARS_MAX: usize = 255;
/// Characters of a service's own number of a case.
pub const ISSUE_CHARS_MAX: usize = 255;

/// Whom or what a call is about (WIT `subject`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The citizen of this request.
    Current,
    /// A citizen who takes part in the service, by pseudonym.
    Citizen(String),
    /// The thing that the parameters identify, or nothing.
    Object,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub value: String,
}

/// A call, as a service describes it (WIT `context`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    pub operation: String,
    pub subject: Subject,
    pub parameters: Vec<Parameter>,
    pub purpose: String,
    pub issue: String,
}

impl Context {
    /// The parameters by name.
    ///
    /// # Errors
    /// `invalid-request` (`parameter-unknown`, `-malformed`, `-missing`).
    pub(super) fn values(&self, operation: &Operation) -> Result<BTreeMap<String, String>, GovError> {
        let mut values = BTreeMap::new();
        for Parameter { name, value } in &self.parameters {
            if !operation.parameters.contains(name) {
                return Err(GovError::invalid(
                    "parameter-unknown",
                    format!(
                        "`{}` is not a parameter of `{}`",
                        name.escape_default(),
                        operation.code
                    ),
                ));
            }
            ShownText::parse(value, VALUE_CHARS_MAX)
                .map_err(|wrong| GovError::invalid("parameter-malformed", format!("`{name}` {wrong}")))?;
            if values.insert(name.clone(), value.clone()).is_some() {
                return Err(GovError::invalid(
                    "parameter-malformed",
                    format!("`{name}` is given twice"),
                ));
            }
        }
        match operation
            .parameters
            .iter()
            .find(|name| !values.contains_key(*name))
        {
            None => Ok(values),
            Some(name) => Err(GovError::invalid(
                "parameter-missing",
                format!("`{}` needs a value for `{name}`", operation.code),
            )),
        }
    }

    /// The service's own number of the case, which travels in a header.
    ///
    /// # Errors
    /// `invalid-request` (`issue-malformed`).
    pub(super) fn issue(&self) -> Result<&str, GovError> {
        let fits = (1..=ISSUE_CHARS_MAX).contains(&self.issue.len())
            && self.issue.bytes().all(|byte| byte.is_ascii_graphic());
        if fits {
            return Ok(&self.issue);
        }
        Err(GovError::invalid(
            "issue-malformed",
            format!("`issue` is 1 to {ISSUE_CHARS_MAX} visible ASCII characters without spaces"),
        ))
    }
}
