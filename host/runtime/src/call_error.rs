//! What the generated bindings need of us: the error of a host call, and the handle of a citizen.

use aim_gov::error::GovError;

/// The citizen of one request, as `aim:gov/identity` hands it to the plug-in. Holds nothing: the
/// citizen stands in the invocation, so a handle can never name another one.
#[derive(Debug)]
pub struct Principal;

/// What a host call answers.
pub(crate) type CallResult<T> = Result<T, CallError>;

#[derive(Debug)]
pub enum CallError {
    /// The plug-in's to handle: becomes the WIT `gov-error`.
    Gov(GovError),
    Trap(wasmtime::Error),
}

impl From<GovError> for CallError {
    fn from(error: GovError) -> Self {
        Self::Gov(error)
    }
}

impl From<wasmtime::component::ResourceTableError> for CallError {
    /// A full table or a forged handle: the plug-in's fault, and no error code of the interface fits.
    fn from(error: wasmtime::component::ResourceTableError) -> Self {
        Self::Trap(error.into())
    }
}
