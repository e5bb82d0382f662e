//! Connects WIT and the APIs: the state of one request, and one module for each interface.
//!
//! # The structure of an interface's glue
//!
//! `glue/<interface>.rs` implements the generated `Host` trait of its interface for [`RequestState`]
//! and does nothing but convert: WIT types to the API's and back. Each operation that the platform
//! answers has this shape:
//!
//! ```ignore
//! use crate::bindings::aim::gov::payments::{Host, Payment};
//!
//! impl Host for RequestState {
//!     async fn get(&mut self, id: String) -> CallResult<Payment> {
//!         let call = self.begin(Capability::Payments, "get", || [("id", word(&id))])?;
//!         let result = call.wait_for(self.apis.payments.get(&self.invocation, &id)).await;
//!         Ok(self.end(call, result)?.into())
//!     }
//! }
//! ```
//!
//! [`RequestState::begin`] counts the call and refuses it beyond the limits, and keeps of its arguments what a developer may
//! read in the log of a test space (see [`crate::arguments`]); `wait_for` makes what happens a part of
//! the call's span; [`RequestState::end`]
//! writes it into the trace of a vetting run, and a refusal into the developer's log. An `Err` of [`GovError`] becomes the WIT `gov-error` by
//! itself (`glue/types.rs`). The citizen is never an argument: the API takes it from `invocation`.
//! The last step is a line for the interface in `link.rs`, in the order of `Capability::ALL`.

mod consent;
mod documents;
mod exchange;
mod identity;
mod life_events;
mod logging;
mod notifications;
mod open_data;
mod payments;
mod signature;
mod types;

use std::sync::Arc;

use aim_gov::apis::Apis;
use aim_gov::clock::Timestamp;
use aim_gov::error::GovError;
use aim_gov::grant::Capability;
use aim_gov::invocation::Invocation;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::arguments::Argument;
use crate::background::Slices;
pub(crate) use crate::call_error::{CallError, CallResult, Principal};
use crate::limiter::Limiter;
use crate::limits::{FIELDS_BYTES_MAX, HOST_RESOURCES_MAX};
use crate::log::RequestLog;
use crate::meter::{Meter, Started, named};
use crate::outbound::{Hooks, Outbound};

/// The capabilities of one request of one plug-in. Lives as long as its store: one request.
pub struct RequestState {
    pub(crate) invocation: Invocation,
    pub(crate) apis: Arc<Apis>,
    pub(crate) table: ResourceTable,
    pub(crate) log: RequestLog,
    pub(crate) meter: Meter,
    pub(crate) limiter: Limiter,
    pub(crate) slices: Arc<Slices>,
    began: Timestamp,
    outbound: Outbound,
    /// Made when the plug-in first calls WASI; most requests never do.
    wasi: Option<Box<Wasi>>,
}

struct Wasi {
    ctx: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
}

impl std::fmt::Debug for RequestState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RequestState")
            .field("request_id", &self.invocation.request_id)
            .finish_non_exhaustive()
    }
}

/// The parts of a request's state.
pub(crate) struct Parts {
    pub(crate) invocation: Invocation,
    pub(crate) apis: Arc<Apis>,
    pub(crate) log: RequestLog,
    pub(crate) meter: Meter,
    pub(crate) limiter: Limiter,
    pub(crate) slices: Arc<Slices>,
    /// When it began; its clocks stand at this time.
    pub(crate) began: Timestamp,
    pub(crate) outbound: Outbound,
}

impl RequestState {
    /// The state of one request.
    pub(crate) fn new(parts: Parts) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(HOST_RESOURCES_MAX);
        Self {
            invocation: parts.invocation,
            apis: parts.apis,
            table,
            log: parts.log,
            meter: parts.meter,
            limiter: parts.limiter,
            slices: parts.slices,
            began: parts.began,
            outbound: parts.outbound,
            wasi: None,
        }
    }

    /// Admits a government call; `operation` is its WIT name, `arguments` what a developer may read of them.
    ///
    /// # Errors
    /// `too-many-requests` beyond the calls of one request; `limit-exceeded` beyond the approval's calls
    /// a minute. Neither is written to the audit log: a flood of refusals must not become one of records.
    pub(crate) fn begin<const COUNT: usize>(
        &mut self,
        interface: Capability,
        operation: &'static str,
        arguments: impl FnOnce() -> [(&'static str, Argument); COUNT],
    ) -> Result<Started, CallError> {
        let arguments = self.meter.arguments(arguments);
        let call = self
            .meter
            .begin(interface, operation, arguments)
            .inspect_err(|refusal| self.log.refused(&named(interface, operation), refusal))?;
        self.slices.set_in_government_call(true);
        Ok(call)
    }

    /// Records how a call ended, logs a refusal for the developer, and returns its result.
    ///
    /// # Errors
    /// The error of the API.
    pub(crate) fn end<T>(&mut self, call: Started, result: Result<T, GovError>) -> Result<T, CallError> {
        self.slices.set_in_government_call(false);
        let result = match call.instead() {
            Some(lost) => result.and(Err(lost)),
            None => result,
        };
        if let Err(refusal) = &result {
            self.log.refused(&call.name(), refusal);
        }
        self.meter.end(call, result.as_ref().err());
        Ok(result?)
    }

    fn wasi(&mut self) -> (&mut Wasi, &mut ResourceTable) {
        let wasi = self.wasi.get_or_insert_with(|| {
            let mut http = WasiHttpCtx::new();
            http.set_field_size_limit(FIELDS_BYTES_MAX);
            Box::new(Wasi {
                ctx: crate::wasi::context(&self.log, self.began, &self.apis.platform.random),
                http,
                hooks: Hooks {
                    outbound: self.outbound.clone(),
                    invocation: self.invocation.clone(),
                    meter: self.meter.clone(),
                    platform: self.apis.platform.clone(),
                    log: self.log.clone(),
                },
            })
        });
        (wasi, &mut self.table)
    }
}

impl WasiView for RequestState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let (wasi, table) = self.wasi();
        WasiCtxView {
            ctx: &mut wasi.ctx,
            table,
        }
    }
}

impl WasiHttpView for RequestState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let (wasi, table) = self.wasi();
        WasiHttpCtxView {
            hooks: &mut wasi.hooks,
            table,
            ctx: &mut wasi.http,
        }
    }
}

#[cfg(test)]
mod tests;
