//! One cell of a publisher's file.

use std::borrow::Cow;

/// One field.
#[derive(Clone, Debug)]
pub(super) struct Cell<'t> {
    pub text: Cow<'t, str>,
    /// Whether the file says that it is text.
    pub is_text: bool,
}
