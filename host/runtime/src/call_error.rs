//! Types that the generated bindings need: the error of a host call, and the handle of a citizen.

use aim_gov::error::GovError;

/// The citizen of one request, as `aim:gov/identity` hands it to the plug-in. It has no data: the citizen is in
/// the invocation, so a handle can never name another one.
#[derive(Debug)]
pub struct Principal;

/// The result of a host call.
pub(crate) type CallResult<T> = Result<T, CallError>;

#[derive(Debug)]
pub enum CallError {
    /// An error for the plug-in to handle, which becomes the WIT `gov-error`.
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
