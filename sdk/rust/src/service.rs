//! Connects the component's export to the service's function.

use crate::bindings::exports::aim::gov::handler;
use crate::error::Error;
use crate::http::{Request, Response};
use crate::text::Locale;

/// What a service's function may return.
pub trait IntoResponse {
    /// The response; texts of the SDK itself are in `locale`.
    fn into_response(self, locale: Locale) -> Response;
}

impl IntoResponse for Response {
    fn into_response(self, _: Locale) -> Response {
        self
    }
}

impl<A: IntoResponse, E: Into<Error>> IntoResponse for Result<A, E> {
    fn into_response(self, locale: Locale) -> Response {
        match self {
            Ok(answer) => answer.into_response(locale),
            Err(error) => error.into().response(locale),
        }
    }
}

/// Runs a service's function; [`export_service!`](crate::export_service) calls it.
#[doc(hidden)]
pub fn run<A: IntoResponse>(
    request: handler::Request,
    service: impl FnOnce(Request) -> A,
) -> handler::Response {
    #[cfg(all(target_family = "wasm", not(target_os = "wasi")))]
    crate::panic::report();
    let request = Request::from_host(request);
    let locale = request.locale();
    service(request).into_response(locale).into_host()
}

/// Exports a function as the component's handler: what `#[aim_sdk::service]` expands to.
#[doc(hidden)]
#[macro_export]
macro_rules! export_service {
    ($function:path) => {
        #[allow(
            unsafe_code,
            unsafe_op_in_unsafe_fn,
            reason = "generated: the canonical ABI"
        )]
        const _: () = {
            struct ExportedService;

            impl $crate::bindings::exports::aim::gov::handler::Guest for ExportedService {
                fn handle(
                    request: $crate::bindings::exports::aim::gov::handler::Request,
                ) -> $crate::bindings::exports::aim::gov::handler::Response {
                    $crate::service::run(request, $function)
                }
            }

    $crate::bindings::export_component!(ExportedService with_types_in $crate::bindings);
        };
    };
}
